//! Transcripts for tests: real answers of a ConnectX-5 Ex, and whole devices with bytes made up by a rule.

use mlx5_schemas::catalog::{Catalog, instances};
use mlx5_schemas::decode::device_facts;
use mlx5_schemas::model::command::{CAPABILITY_LENGTH, CommandStatus};
use mlx5_schemas::model::exchange::{Exchange, Outcome, Reply};
use mlx5_schemas::model::fact::{Fact, Route, Subject, Value, View};
use mlx5_schemas::model::manifest::{Device, TransportKind};
use mlx5_schemas::model::request::{CapabilityMode, Readable, Request, register};
use mlx5_schemas::model::transcript::{Recorded, decode, encode};
use mlx5_schemas::redaction::{is_secret_tlv, kept};

pub(crate) const DEVICE: &str = "0000:3b:00.0";

/// MGIR of a ConnectX-5 Ex (MCX516A-CDA, firmware 16.35.4506) as the device answered.
pub(crate) const REAL_MGIR: &str = "00001019000210000000020d000000000000043f72eae2100000000000015ee6\
    000000000000000012222024000000204d545f3030303030303030313300000000000000000000100000002300\
    00119a00000000000000000000000000000000000000001132000003060386\
    0e1d000f00000000000000000000000000000000000000000000000000000000000000000000000000000000";

/// NV item 0:0x2 of the same device: header and data, and the stale bytes that it left behind them.
pub(crate) const REAL_BASE_ADDRESSES: &str =
    "0300001000000002000000000000043f72eae210043f720300eae21000015ee6";

pub(crate) fn device() -> Device {
    Device::new(DEVICE, TransportKind::Fwctl)
}

pub(crate) fn unhex(text: &str) -> Vec<u8> {
    let digits: Vec<u8> = text
        .chars()
        .filter_map(|digit| digit.to_digit(16))
        .map(|digit| u8::try_from(digit).unwrap())
        .collect();
    digits.chunks(2).map(|pair| pair[0] << 4 | pair[1]).collect()
}

/// A register read with index bytes at places.
pub(crate) fn read(id: u16, length: usize, set: &[(usize, u8)]) -> Request {
    let mut data = vec![0; length];
    for &(at, byte) in set {
        data[at] = byte;
    }
    Request::register(id, data).unwrap()
}

/// An MNVDA read; `mode` is the access mode (0 next, 1 current, 2 factory).
pub(crate) fn read_nv(type_dword: u32, mode: u8) -> Request {
    let t = type_dword.to_be_bytes();
    read(register::MNVDA, 268, &[(0, 2), (1, mode << 6), (2, 1), (4, t[0]), (5, t[1]), (6, t[2]), (7, t[3])])
}

pub(crate) fn query_nv(type_dword: u32) -> Request {
    let t = type_dword.to_be_bytes();
    read(register::MNVQC, 8, &[(0, t[0]), (1, t[1]), (2, t[2]), (3, t[3])])
}

/// An answer with this data; kept as a collector keeps it. MNVDA repeats the access mode.
pub(crate) fn answered(request: Request, data: &[u8]) -> Exchange {
    let mut output = vec![0; 16];
    output.extend_from_slice(data);
    if let (Some((register::MNVDA, asked)), Some(byte)) = (request.as_register(), output.get_mut(17)) {
        *byte = *byte & 0x3f | asked[1] & 0xc0;
    }
    output.resize(request.output_length(), 0);
    let reply = kept(&request, Reply::from_output(output).unwrap());
    Exchange { request, outcome: Outcome::Replied(reply) }
}

/// An answer of which only the first `length` bytes of the output came.
pub(crate) fn cut(exchange: Exchange, length: usize) -> Exchange {
    let Exchange { request, outcome: Outcome::Replied(mut reply) } = exchange else { panic!("no answer") };
    reply.output.truncate(length);
    Exchange { request, outcome: Outcome::Replied(reply) }
}

pub(crate) fn refused(request: Request, status: CommandStatus, syndrome: u32) -> Exchange {
    let mut output = vec![status.0, 0, 0, 0];
    output.extend_from_slice(&syndrome.to_be_bytes());
    output.resize(16, 0);
    Exchange { request, outcome: Outcome::Replied(Reply::from_output(output).unwrap()) }
}

pub(crate) fn undelivered(request: Request, errno: i32) -> Exchange {
    Exchange { request, outcome: Outcome::Undelivered { errno } }
}

/// MNVDA's answer: header of this length, written by mstconfig, and data.
pub(crate) fn nv_answer(type_dword: u32, data: &[u8]) -> Vec<u8> {
    let mut bytes = vec![0x02, 0x09, 0, u8::try_from(data.len()).unwrap()];
    bytes.extend_from_slice(&type_dword.to_be_bytes());
    bytes.extend_from_slice(&[0; 4]);
    bytes.extend_from_slice(data);
    bytes
}

pub(crate) fn member(name: &str, exchanges: &[Exchange]) -> (String, Vec<Recorded>) {
    (format!("devices/0000-3b-00.0/{name}.exchanges"), decode(&encode(exchanges)).unwrap())
}

pub(crate) fn facts(exchanges: &[Exchange]) -> Vec<Fact> {
    device_facts(Catalog::embedded(), &device(), Route::Fwctl, &[member("nv", exchanges)])
}

/// The one fact with this path, view and subject.
pub(crate) fn one<'a>(facts: &'a [Fact], path: &str, view: Option<View>, subject: &Subject) -> &'a Fact {
    let found: Vec<&Fact> = facts
        .iter()
        .filter(|fact| fact.path == path && fact.view == view && fact.subject == *subject)
        .collect();
    assert_eq!(found.len(), 1, "{path} {view:?} {subject}: {} facts", found.len());
    found[0]
}

pub(crate) fn on_device() -> Subject {
    Subject::Device { device: DEVICE.to_owned() }
}

pub(crate) fn on_port(port: u32) -> Subject {
    Subject::Port { device: DEVICE.to_owned(), port }
}

pub(crate) fn number(number: u64) -> Value {
    Value::Number { number, name: None }
}

pub(crate) fn named(number: u64, name: &str) -> Value {
    Value::Number { number, name: Some(name.to_owned()) }
}

pub(crate) fn text(text: &str) -> Value {
    Value::Text { text: text.to_owned() }
}

/// Bytes made up by a rule, different for each seed.
pub(crate) fn noise(seed: u32, length: usize) -> Vec<u8> {
    let mut state = seed.wrapping_mul(2_654_435_761).wrapping_add(1);
    (0..length)
        .map(|_| {
            state ^= state << 13;
            state ^= state >> 17;
            state ^= state << 5;
            state.to_be_bytes()[0]
        })
        .collect()
}

/// Every NV item but the secrets in every view, every readable register and every capability page of a two-port device.
pub(crate) fn whole_device() -> Vec<Exchange> {
    let catalog = Catalog::embedded();
    let mut exchanges = vec![answered(read(register::MNVGC, 16, &[]), &[0, 0, 0, 7])];
    for tlv in catalog.tlvs().iter().filter(|tlv| !is_secret_tlv(tlv.class, tlv.index)) {
        for instance in instances(tlv, 2, 2) {
            let dword = instance.type_dword;
            exchanges.push(answered(query_nv(dword), &[&dword.to_be_bytes()[..], &[0, 0, 0, 0xf3]].concat()));
            for mode in 0..3 {
                let data = noise(
                    dword.wrapping_mul(3).wrapping_add(u32::from(mode)),
                    usize::from(tlv.size.min(255)),
                );
                exchanges.push(answered(read_nv(dword, mode), &nv_answer(dword, &data)));
            }
        }
    }
    for &Readable { id, lengths, .. } in Readable::all() {
        if ![register::MNVDA, register::MNVQC, register::MNVGC].contains(&id) {
            let length = usize::from(lengths[0]);
            let noise = noise(u32::from(id), length);
            exchanges.push(answered(read(id, length, &[]), &noise));
        }
    }
    exchanges.push(answered(Request::adapter(), &noise(9, 256)));
    for page in catalog.capabilities() {
        for mode in [CapabilityMode::Maximum, CapabilityMode::Current] {
            let request = Request::capability(page.type_id, mode).unwrap();
            exchanges.push(answered(request, &noise(u32::from(page.type_id), CAPABILITY_LENGTH)));
        }
    }
    exchanges
}
