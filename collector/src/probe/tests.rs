//! What the probes ask, by the answers they get.
#![allow(clippy::unwrap_used)]

use std::time::Duration;

use mlx5_schemas::model::exchange::{Exchange, ExchangeTime, Outcome, Reply, SkipReason};
use mlx5_schemas::model::request::{CapabilityMode, register};
use proptest::prelude::*;

use super::*;
use crate::recorder::{Clock, Recorder};
use crate::transport::{Transport, TransportError, guard};

mod nv;

struct NoClock;

impl Clock for NoClock {
    fn now(&self) -> u64 {
        0
    }

    fn pause(&self, _duration: Duration) {}
}

/// Answers by a function: a status and the data behind the header.
struct Device<F>(F);

impl<F: FnMut(&Request) -> (u8, Vec<u8>)> Transport for Device<F> {
    fn call(&mut self, request: &Request) -> Result<Reply, TransportError> {
        assert!(guard::check(request.bytes()).is_ok(), "{request:?}");
        let (status, data) = (self.0)(request);
        let mut output = vec![0; 16];
        output[0] = status;
        output.extend(data);
        output.resize(request.output_length(), 0);
        Ok(Reply::from_output(output).unwrap())
    }
}

fn collect(probes: &[ProbeId], device: impl FnMut(&Request) -> (u8, Vec<u8>)) -> Vec<Exchange> {
    let mut transport = Device(device);
    let mut exchanges = Vec::new();
    let mut sink = |request: &Request, outcome: &Outcome, _: ExchangeTime| {
        exchanges.push(Exchange { request: request.clone(), outcome: outcome.clone() });
    };
    let mut recorder = Recorder::new(&mut transport, &NoClock, &|| None, &mut sink);
    let mut knowledge = Knowledge::default();
    for &id in probes {
        probe(id).collect(&mut ProbeContext::new(&mut recorder, Catalog::embedded(), &mut knowledge));
    }
    exchanges
}

/// The data of all requests for one register, in order.
fn data_of(exchanges: &[Exchange], id: u16) -> Vec<Vec<u8>> {
    let registers = exchanges.iter().filter_map(|exchange| exchange.request.as_register());
    registers.filter(|(register, _)| *register == id).map(|(_, data)| data.to_vec()).collect()
}

fn head(dwords: &[u32]) -> Vec<u8> {
    dwords.iter().flat_map(|dword| dword.to_be_bytes()).collect()
}

/// What MNVDA answers when it holds nothing: about the item and the view that was asked for.
fn item(request: &[u8]) -> (u8, Vec<u8>) {
    (0, [&[0, request[1] & 0xc0, 0, 0], &request[4..8]].concat())
}

/// A device with two ports and two modules, all NV views, every TLV readable, all registers.
fn generous(request: &Request) -> (u8, Vec<u8>) {
    match request.as_register() {
        Some((register::MNVDA, data)) => item(data),
        // Modules are numbered in bits 23:14.
        Some((register::MNVQC, [9, high, low, _, ..])) if *high > 0 || low >> 6 > 1 => (3, Vec::new()),
        Some((register::MGIR, _)) => (0, head(&[0, 2 << 16])),
        Some((register::MNVGC, _)) => (0, head(&[3])),
        Some((register::MNVQC, _)) => (0, head(&[0, 1])),
        Some((register::MCQS, data)) => {
            let component = data[3];
            let last = if component == 2 { 1 << 31 } else { 0 };
            (0, head(&[last | u32::from(component), 0, if component == 1 { 4 } else { 0 }]))
        }
        Some(_) | None => (0, Vec::new()),
    }
}

#[test]
fn components_are_walked_to_the_last_with_pending_versions_where_one_waits() {
    let exchanges = collect(&[ProbeId::Identity], generous);
    let components: Vec<u8> = data_of(&exchanges, register::MCQS).iter().map(|data| data[3]).collect();
    assert_eq!(components, [0, 1, 2]);
    let versions = data_of(&exchanges, register::MCQI);
    let asked: Vec<(u8, u8, u8)> = versions.iter().map(|data| (data[0] >> 7, data[3], data[11])).collect();
    assert_eq!(
        asked,
        [
            (0, 0, 1),
            (0, 0, 0),
            (0, 0, 5),
            (0, 1, 1),
            (0, 1, 0),
            (0, 1, 5),
            (1, 1, 1),
            (1, 1, 0),
            (1, 1, 5),
            (0, 2, 1),
            (0, 2, 0),
            (0, 2, 5),
        ]
    );
}

#[test]
fn a_component_list_without_end_is_left() {
    let exchanges = collect(&[ProbeId::Identity], |_| (0, Vec::new()));
    assert_eq!(data_of(&exchanges, register::MCQS).len(), 64);
}

#[test]
fn mask_groups_are_asked_for() {
    let exchanges = collect(&[ProbeId::Identity], generous);
    let groups =
        |id| -> Vec<(u8, u8)> { data_of(&exchanges, id).iter().map(|data| (data[3], data[1])).collect() };
    assert_eq!(groups(register::MCAM), [(0, 0), (1, 0), (2, 0), (3, 0)]);
    assert_eq!(groups(register::PCAM), [(0, 0), (0, 1), (1, 0), (1, 1)]);
    assert_eq!(groups(register::QCAM), [(0, 0)]);
}

#[test]
fn each_port_has_its_registers_in_the_protocol_of_its_type() {
    for (port_type, protocols) in [(0, vec![1]), (1, vec![4]), (2, vec![4, 1])] {
        let exchanges = collect(&[ProbeId::Registers], |request| {
            if request.as_capability().is_some() {
                let mut page = vec![0; 64];
                page[54] = port_type;
                return (0, page);
            }
            generous(request)
        });
        let asked: Vec<(u8, u8)> =
            data_of(&exchanges, register::PTYS).iter().map(|data| (data[1], data[3])).collect();
        let expected: Vec<(u8, u8)> =
            [1, 2].iter().flat_map(|&port| protocols.iter().map(move |&protocol| (port, protocol))).collect();
        assert_eq!(asked, expected);
        for (id, count) in [
            (register::PAOS, 2),
            (register::PMLP, 2),
            (register::PFCC, 6),
            (register::PPLM, 4),
            (register::QETCR, 2),
            (register::QPTS, 2),
            (register::MPEIN, 1),
            (register::MFRL, 1),
            (register::MDSR, 8),
        ] {
            assert_eq!(data_of(&exchanges, id).len(), count, "0x{id:04x}");
        }
    }
}

#[test]
fn a_register_outside_a_mask_that_was_read_is_not_asked_for() {
    let mask = |bits: &[u16]| {
        let mask = bits.iter().fold(0_u128, |mask, bit| mask | 1 << bit);
        let mut data = vec![0; 8];
        data.extend(mask.to_be_bytes());
        data
    };
    let exchanges =
        collect(&[ProbeId::Identity, ProbeId::Registers], |request| match request.as_register() {
            // MFRL (0x9028) and not MPEIN (0x9050) in group 0; MDSR (0x9110) is in group 2, whose mask is
            // refused.
            Some((register::MCAM, data)) if data[3] == 0 => (0, mask(&[0x28])),
            Some((register::MCAM, _)) => (4, Vec::new()),
            Some((register::PCAM, data)) if data[3] == 0 && data[1] == 0 => (0, mask(&[0x02, 0x04])),
            Some(_) | None => generous(request),
        });
    let skipped = |id| {
        let of_register = exchanges
            .iter()
            .filter(|exchange| exchange.request.as_register().is_some_and(|(register, _)| register == id));
        let outcomes: Vec<bool> = of_register
            .map(|exchange| exchange.outcome == Outcome::NotAsked(SkipReason::CapabilityMask))
            .collect();
        assert!(!outcomes.is_empty(), "0x{id:04x} has no row");
        outcomes.into_iter().all(|skipped| skipped)
    };
    assert!(!skipped(register::MFRL) && skipped(register::MPEIN) && !skipped(register::MDSR));
    assert!(!skipped(register::PTYS) && !skipped(register::PMLP) && skipped(register::PAOS));
    // QCAM answered without any bit: that says nothing.
    assert!(!skipped(register::QPTS));
}

#[test]
fn a_register_whose_length_is_refused_is_asked_for_in_the_other() {
    let exchanges = collect(&[ProbeId::Registers], |request| match request.as_register() {
        Some((register::PTYS, data)) if data.len() == 68 => (0x50, Vec::new()),
        Some(_) | None => generous(request),
    });
    let lengths: Vec<usize> = data_of(&exchanges, register::PTYS).iter().map(Vec::len).collect();
    assert_eq!(lengths[..2], [68, 64]);
}

#[test]
fn without_an_answer_about_ports_the_first_is_asked_for() {
    let exchanges = collect(&[ProbeId::Registers], |request| match request.as_register() {
        Some((register::MGIR, _)) => (4, Vec::new()),
        Some(_) | None => generous(request),
    });
    assert_eq!(data_of(&exchanges, register::MGIR).len(), 1);
    let ports: Vec<u8> = data_of(&exchanges, register::PAOS).iter().map(|data| data[1]).collect();
    assert_eq!(ports, [1]);
}

#[test]
fn capability_pages_are_asked_for_current_and_maximum() {
    let exchanges = collect(&[ProbeId::Capabilities], generous);
    let asked: Vec<_> = exchanges.iter().filter_map(|exchange| exchange.request.as_capability()).collect();
    assert_eq!(asked[..2], [(0, CapabilityMode::Current), (0, CapabilityMode::Maximum)]);
    for page in Catalog::embedded().capabilities() {
        for mode in [CapabilityMode::Current, CapabilityMode::Maximum] {
            assert!(asked.contains(&(page.type_id, mode)), "{}", page.name);
        }
    }
}

#[test]
fn what_one_probe_learnt_the_next_does_not_ask_again() {
    let exchanges = collect(&ProbeId::ALL, generous);
    assert_eq!(data_of(&exchanges, register::MGIR).len(), 1);
    assert_eq!(data_of(&exchanges, register::MCAM).len(), 4);
    let general = exchanges
        .iter()
        .filter(|exchange| exchange.request.as_capability() == Some((0, CapabilityMode::Current)));
    assert_eq!(general.count(), 1);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    /// Whatever a device answers: every request passes the guard (the device here asserts it), the walk
    /// ends, and the same answers give the same walk.
    #[test]
    fn any_answers_give_a_bounded_walk(seed in any::<u64>(), refusals in 0_u64..8) {
        let device = |seed: u64| {
            let mut state = seed | 1;
            move |request: &Request| {
                // xorshift64: cheap bytes without a pattern that the probes know.
                let mut next = || {
                    state ^= state << 13;
                    state ^= state >> 7;
                    state ^= state << 17;
                    state
                };
                let refusal = [1, 2, 3, 4, 8, 0x50][usize::try_from(next() % 6).unwrap()];
                let status = if next() % 8 < refusals { refusal } else { 0 };
                let length = request.output_length() - 16;
                let data = std::iter::repeat_with(|| next().to_be_bytes()).flatten().take(length).collect();
                (status, data)
            }
        };
        let first = collect(&ProbeId::ALL, device(seed));
        prop_assert!(first.len() < 40_000, "{}", first.len());
        prop_assert_eq!(&first, &collect(&ProbeId::ALL, device(seed)));
    }
}
