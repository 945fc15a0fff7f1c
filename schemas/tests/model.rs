//! Requests, transcripts and what is kept of an answer.
#![allow(clippy::unwrap_used, clippy::panic, missing_docs)]

use mlx5_schemas::model::command::{CommandStatus, HEADER_LENGTH};
use mlx5_schemas::model::exchange::{Exchange, Outcome, Reply, SkipReason};
use mlx5_schemas::model::request::{CapabilityMode, Readable, Request, RequestError, register};
use mlx5_schemas::model::status::{CollectionStatus, classify, errno};
use mlx5_schemas::model::transcript::{MAGIC, MAX_WEIGHT, TranscriptError, decode, encode, weight};
use mlx5_schemas::redaction;
use proptest::prelude::*;

fn mnvda(data: &[u8]) -> Request {
    let mut whole = data.to_vec();
    whole.resize(268, 0);
    Request::register(register::MNVDA, whole).unwrap()
}

/// The worked example of the NV protocol: class 0 index 0x80, next boot, with the writer left out.
#[test]
fn mnvda_bytes_are_those_of_the_protocol() {
    let input = mnvda(&[0x02, 0x00, 0x01, 0x00, 0, 0, 0, 0x80]).input();
    assert_eq!(input.len(), 284);
    assert_eq!(input[..16], [0x08, 0x05, 0, 0, 0, 0, 0, 1, 0, 0, 0x90, 0x24, 0, 0, 0, 0]);
    assert_eq!(input[16..24], [0x02, 0x00, 0x01, 0x00, 0, 0, 0, 0x80]);
    assert!(input[24..].iter().all(|&byte| byte == 0));
}

#[test]
fn capability_op_mod_is_type_and_mode() {
    let op_mod = |mode| Request::capability(0xc, mode).unwrap().input()[6..8].to_vec();
    assert_eq!(op_mod(CapabilityMode::Maximum), [0, 0x18]);
    assert_eq!(op_mod(CapabilityMode::Current), [0, 0x19]);
}

#[test]
fn a_register_write_cannot_be_read_back_as_a_request() {
    for &Readable { id, lengths, .. } in Readable::all() {
        let mut input = Request::register(id, vec![0; usize::from(lengths[0])]).unwrap().input();
        assert!(Request::from_input(&input).is_ok());
        input[7] = 0;
        assert!(matches!(Request::from_input(&input), Err(RequestError::NotARequest { .. })), "0x{id:04x}");
    }
}

#[test]
fn registers_outside_the_list_have_no_request() {
    // MNVDI and MNVIA delete NV settings; MTCQ's read makes a token challenge; MFBA reaches flash.
    for id in [0x9025, 0x9033, 0x9029, 0x9109, 0x9011, 0xc009] {
        assert!(matches!(Request::register(id, vec![0; 16]), Err(RequestError::RegisterNotReadable { .. })));
    }
}

/// What the read plan says must be zero on a read, one register each: clear, reset, apply, enable, end, start.
#[test]
fn nothing_but_index_fields_can_be_set() {
    for (id, length, bit, what) in [
        (0x9110, 48, 32, "MDSR.end"),
        (0x9110, 48, 33, "MDSR.revoke_version"),
        (0xb001, 24, 128, "SBPR.clr"),
        (0xb002, 40, 160, "SBCM.clr"),
        (0x900a, 32, 65, "MTMP.mtr"),
        (0x5012, 16, 0, "PMAOS.rst"),
        (0x5018, 8, 22, "PPLR.apply_im"),
        (0x5037, 36, 1, "PPRT.s"),
        (0x5027, 76, 19, "SLTP.c_db"),
        (0x9028, 8, 35, "MFRL.pci_sync_for_fw_update_resp"),
        (0x9062, 32, 24, "MCC.instruction"),
        (0x902c, 20, 2, "MVTS.clear_all_ts_flag"),
    ] {
        let mut data = vec![0; length];
        data[bit / 8] |= 0x80 >> (bit % 8);
        let input =
            [[8, 5, 0, 0, 0, 0, 0, 1, 0, 0].as_slice(), &u16::to_be_bytes(id), &[0; 4], &data].concat();
        assert_eq!(Request::register(id, data), Err(RequestError::NotAnIndexBit { id, bit }), "{what}");
        assert_eq!(Request::from_input(&input), Err(RequestError::NotAnIndexBit { id, bit }), "{what}");
    }
}

#[test]
fn an_index_has_only_the_values_of_the_plan() {
    // Page 9 of PDDR shows latched flags of the module, which many modules clear when they are read.
    let refused = Request::read(0x5031, 256, &[("local_port", 1), ("page_select", 9)]);
    assert_eq!(refused, Err(RequestError::IndexValue { id: 0x5031, field: "page_select", value: 9 }));
    assert!(Request::read(0x5031, 256, &[("local_port", 1), ("page_select", 8)]).is_ok());
    // All tokens at once goes with `end` only.
    assert!(Request::read(register::MDSR, 48, &[("type_of_token", 255)]).is_err());
    // A value that does not fit, a field twice, a field that is none.
    for indexes in [&[("local_port", 256)][..], &[("local_port", 1), ("local_port", 1)], &[("clr", 1)]] {
        assert!(Request::read(register::PAOS, 16, indexes).is_err(), "{indexes:?}");
    }
    let bytes = Request::read(register::PTYS, 64, &[("local_port", 2), ("proto_mask", 4)]).unwrap();
    assert_eq!(bytes.as_register().unwrap().1[..4], [0, 2, 0, 4]);
}

#[test]
fn what_only_a_write_of_an_nv_register_would_set_has_no_request() {
    let header = |dword: u32| {
        let mut data = [dword.to_be_bytes(), 0x80_u32.to_be_bytes()].concat();
        data.resize(268, 0);
        Request::register(register::MNVDA, data)
    };
    // mlxconfig's own header, and the one that tells an echo.
    assert!(header(0x0209_0100).is_ok() && header(0x100a_0100).is_ok());
    // A version, rd_en, access mode 3, another writer.
    for dword in [0x0200_1100, 0x0300_0100, 0x02c0_0100, 0x0204_0100] {
        assert!(matches!(header(dword), Err(RequestError::NvField { id: 0x9024, .. })), "0x{dword:08x}");
    }
    // A byte of data, as a write has it: not even as bytes.
    let mut input = mnvda(&[0x02, 0, 1, 0, 0, 0, 0, 0x80]).input();
    input[28] = 1;
    assert!(matches!(Request::from_input(&input), Err(RequestError::NvField { .. })));
}

#[test]
fn a_secret_has_a_row_and_no_request() {
    for &(class, index) in redaction::SECRET_TLVS {
        // As it stands, of another function and host, and for all functions.
        let plain = u32::from(class) << 24 | index;
        let mut dwords = vec![plain];
        if class == 3 {
            dwords.extend([plain | 1 << 18 | 2 << 10, plain | 0xc000_0000, plain | 0x4000_0000]);
        }
        for type_dword in dwords {
            let mut data = vec![2, 0, 1, 0];
            data.extend(type_dword.to_be_bytes());
            data.resize(268, 0);
            let asked = Request::register(register::MNVDA, data);
            assert_eq!(asked, Err(RequestError::Secret { type_dword }));
            let row = Request::left_out_secret(type_dword).unwrap();
            assert_eq!(row.secret(), Some(type_dword));
            assert_eq!(Request::from_input(&row.input()), Ok(row.clone()), "old bundles have such rows");
            // Should an answer to it turn up all the same, nothing of it is kept.
            let reply = Reply::from_output(vec![0; 284]).unwrap();
            assert_eq!(redaction::kept_length(&row, &reply), HEADER_LENGTH);
        }
    }
    assert!(Request::left_out_secret(0x80).is_err());
}

#[test]
fn of_the_walk_over_the_store_no_data_is_kept() {
    let request = Request::register(register::MNVGN, vec![0; 284]).unwrap();
    let mut output = vec![0xee; 300];
    output[..16].fill(0);
    let kept = redaction::kept(&request, Reply::from_output(output).unwrap());
    assert_eq!(kept.output.len(), 16 + 28);
}

#[test]
fn what_lies_behind_the_declared_length_is_not_kept() {
    let request = mnvda(&[0x02, 0, 1, 0, 0, 0, 0, 2]);
    let mut output = vec![0xee; 284];
    output[..16].fill(0);
    output[16..20].copy_from_slice(&[0x03, 0, 0, 0x10]);
    let reply = Reply::from_output(output.clone()).unwrap();
    assert_eq!(redaction::kept_length(&request, &reply), 16 + 12 + 16);
    output[0] = CommandStatus::BAD_PARAM.0;
    let refused = redaction::kept(&request, Reply::from_output(output).unwrap());
    assert_eq!(refused.output.len(), HEADER_LENGTH);
}

#[test]
fn mcqi_is_kept_to_its_declared_size() {
    let request = Request::register(register::MCQI, vec![0; 148]).unwrap();
    let mut output = vec![0xee; 16 + 148];
    output[..40].fill(0);
    output[31] = 0x14; // info_size
    output[39] = 0x14; // data_size
    let mut reply = Reply::from_output(output).unwrap();
    assert_eq!(redaction::kept_length(&request, &reply), 16 + 24 + 0x14);
    // A device that echoes the room that was asked for still declares the size of the item.
    reply.output[39] = 0x7c;
    assert_eq!(redaction::kept_length(&request, &reply), 16 + 24 + 0x14);
}

#[test]
fn an_output_is_as_long_as_it_says() {
    let returned = |request: &Request, data: &[u8]| {
        let output = [&[0; HEADER_LENGTH], data].concat();
        redaction::returned_length(request, &Reply::from_output(output).unwrap())
    };
    let nv = mnvda(&[0x02, 0, 1, 0, 0, 0, 0, 2]);
    // The nine bits of the length, whatever stands above them, and whether that many bytes are there or not.
    assert_eq!(returned(&nv, &[0, 0, 0xfe, 0x10]), 16 + 12 + 0x10);
    assert_eq!(returned(&nv, &[0, 0, 0x01, 0x00]), 16 + 12 + 0x100);
    // Too short to declare anything: all was asked for.
    assert_eq!(returned(&nv, &[0, 0, 0]), 284);
    let ptys = Request::register(register::PTYS, vec![0; 64]).unwrap();
    assert_eq!(returned(&ptys, &[0; 8]), 80);
    // No more is kept than there was room for, or than is there.
    let kept = |request: &Request, length: usize| {
        redaction::kept_length(request, &Reply::from_output(vec![0; length]).unwrap())
    };
    assert_eq!((kept(&ptys, 300), kept(&ptys, 24)), (80, 24));
}

#[test]
fn secrets_are_those_of_the_parameter_database() {
    for (class, index) in
        [(0, 0x19b), (3, 0x238), (3, 0x239), (3, 0x245), (3, 0x247), (3, 0x255), (3, 0x257), (6, 1)]
    {
        assert!(redaction::is_secret_tlv(class, index), "{class}:0x{index:x}");
    }
    for (class, index) in [(0, 0x19c), (3, 0x19b), (3, 0x237), (3, 0x246), (0, 0x238), (7, 0x83)] {
        assert!(!redaction::is_secret_tlv(class, index), "{class}:0x{index:x}");
    }
    // Whatever the database says is a password, a CHAP identity or a private key is one of them.
    for tlv in mlx5_schemas::catalog::Catalog::embedded().tlvs() {
        if ["chap", "passw", "pwd", "secure_host"].iter().any(|word| tlv.name.contains(word)) {
            assert!(redaction::is_secret_tlv(tlv.class, tlv.index), "{}", tlv.name);
        }
    }
}

#[test]
fn a_transcript_that_unpacks_to_too_much_is_refused() {
    // Seven bytes a record, four kilobytes of zeros each.
    let reply = Reply::from_output(vec![0; 4112]).unwrap();
    let request = Request::capability(0, CapabilityMode::Maximum).unwrap();
    let exchange = Exchange { request, outcome: Outcome::Replied(reply) };
    let one = weight(&encode([&exchange]));
    assert!((4128..8192).contains(&one), "{one}");
    let most = MAX_WEIGHT / one;
    let member = encode(std::iter::repeat_n(&exchange, most));
    assert_eq!(member.len(), MAGIC.len() + 7 * most);
    assert_eq!(decode(&member).unwrap().len(), most);
    assert_eq!(weight(&member), one * most);
    let more = encode(std::iter::repeat_n(&exchange, most + 1));
    assert_eq!(decode(&more), Err(TranscriptError::TooMany));
    assert!(weight(&more) > MAX_WEIGHT);
    assert_eq!((weight(b""), weight(b"MLX5XCH1"), weight(b"MLX5XCH1\xff")), (0, 0, 0));
}

#[test]
fn silences_are_told_apart() {
    let replied = |status| Outcome::Replied(Reply { status, syndrome: 0, output: vec![0; 16] });
    let cases = [
        (None, replied(CommandStatus::OK), CollectionStatus::Captured),
        (None, replied(CommandStatus::BAD_PARAM), CollectionStatus::Absent),
        (None, replied(CommandStatus::INT_ERR), CollectionStatus::Error),
        (Some(register::MNVQC), replied(CommandStatus::INT_ERR), CollectionStatus::Absent),
        (Some(register::MNVGC), replied(CommandStatus::INT_ERR), CollectionStatus::Absent),
        (Some(register::MNVDA), replied(CommandStatus::INT_ERR), CollectionStatus::Error),
        (None, replied(CommandStatus::RES_BUSY), CollectionStatus::Error),
        (Some(register::MNVQC), replied(CommandStatus::RES_BUSY), CollectionStatus::Error),
        (None, replied(CommandStatus::NOT_RECORDED), CollectionStatus::NotRecorded),
        (None, replied(CommandStatus(0x77)), CollectionStatus::Error),
        (None, Outcome::Undelivered { errno: errno::ETIMEDOUT }, CollectionStatus::Timeout),
        (None, Outcome::Undelivered { errno: errno::EBADMSG }, CollectionStatus::Denied),
        (None, Outcome::Undelivered { errno: 6 }, CollectionStatus::Error),
        (None, Outcome::Undelivered { errno: errno::EPERM }, CollectionStatus::Denied),
        (None, Outcome::Undelivered { errno: errno::EACCES }, CollectionStatus::Denied),
        (None, Outcome::NotAsked(SkipReason::DeviceGivenUp), CollectionStatus::Skipped),
        (None, Outcome::NotAsked(SkipReason::Unchosen), CollectionStatus::Skipped),
    ];
    for (register, outcome, expected) in cases {
        assert_eq!(classify(register, &outcome), expected, "{register:?} {outcome:?}");
    }
}

/// The policy for every status of `device.h`: which say "not here", and which leave a gap.
#[test]
fn every_status_is_absent_or_an_error() {
    for status in 1..=u8::MAX {
        let outcome =
            Outcome::Replied(Reply { status: CommandStatus(status), syndrome: 0, output: vec![0; 16] });
        let expected = match status {
            2 | 3 | 4 | 5 | 9 | 0xa | 0xf => CollectionStatus::Absent,
            0xfe => CollectionStatus::NotRecorded,
            _ => CollectionStatus::Error,
        };
        assert_eq!(classify(Some(register::PTYS), &outcome), expected, "0x{status:02x}");
    }
}

#[test]
fn what_leaves_a_gap() {
    use CollectionStatus::{Absent, Captured, Denied, Error, Masked, NotRecorded, Skipped, Timeout};
    for status in [Captured, Absent, Masked] {
        assert!(!status.is_gap(), "{status}");
    }
    for status in [Skipped, NotRecorded, Denied, Error, Timeout] {
        assert!(status.is_gap(), "{status}");
    }
    // The order by which the worst of several is found.
    assert!([Captured, Absent, Masked, Skipped, NotRecorded, Denied, Error, Timeout].is_sorted());
    for reason in
        [SkipReason::DeviceGivenUp, SkipReason::Deadline, SkipReason::Interrupted, SkipReason::DeviceBudget]
    {
        assert!(reason.is_gap(), "{reason:?}");
    }
    for reason in [SkipReason::Unchosen, SkipReason::CapabilityMask, SkipReason::Secret] {
        assert!(!reason.is_gap(), "{reason:?}");
    }
}

#[test]
fn bits_outside_the_vocabulary_make_no_request() {
    // User context, reserved bytes, the argument of ACCESS_REG, data behind QUERY_ADAPTER, `other_function`.
    let register = Request::register(register::QPTS, vec![0; 8]).unwrap().input();
    let capability = Request::capability(0, CapabilityMode::Current).unwrap().input();
    let adapter = Request::adapter().input();
    for (input, at) in
        [(&register, 3), (&register, 4), (&register, 15), (&capability, 8), (&adapter, 7), (&adapter, 10)]
    {
        let mut changed = input.clone();
        changed[at] |= 0x80;
        assert!(matches!(Request::from_input(&changed), Err(RequestError::NotARequest { .. })), "byte {at}");
    }
    for input in [&adapter, &capability] {
        let longer = [input.as_slice(), &[0]].concat();
        assert!(matches!(Request::from_input(&longer), Err(RequestError::NotARequest { .. })));
    }
    assert!(Request::from_input(&adapter[..15]).is_err());
}

#[test]
fn non_canonical_framing_is_refused() {
    let exchange = Exchange { request: Request::adapter(), outcome: Outcome::Undelivered { errno: 110 } };
    let good = encode([&exchange]);
    assert_eq!(decode(&good).unwrap().len(), 1);
    assert_eq!(decode(&good[..good.len() - 1]), Err(TranscriptError::Truncated { at: 8 }));
    assert_eq!(decode(b"MLX5XCH2"), Err(TranscriptError::Magic));
    // errno 110 is one byte; the same number in two bytes is refused.
    let mut long = good.clone();
    *long.last_mut().unwrap() |= 0x80;
    long.push(0);
    assert!(matches!(decode(&long), Err(TranscriptError::Malformed { .. })));
    let malformed = |record: &[u8], reason: &str| match decode(&[MAGIC.as_slice(), record].concat()) {
        Err(TranscriptError::Malformed { at: 8, reason: found }) => assert_eq!(found, reason),
        other => panic!("{record:?}: {other:?}"),
    };
    // QUERY_ADAPTER: 16 bytes of input, of which two are stored (01 01).
    malformed(&[1, 16, 2, 1, 1, 0], "errno out of range");
    malformed(&[1, 16, 2, 1, 1, 0x80, 0x20], "errno out of range");
    malformed(&[1, 16, 3, 1, 1, 0, 110], "trailing zeros that were not trimmed");
    malformed(&[1, 16, 17, 1, 1, 0, 110], "a length out of range");
    malformed(&[3, 16, 2, 1, 1, 0], "unknown outcome");
    malformed(&[2, 16, 2, 1, 1, 8], "unknown reason");
    malformed(&[0, 16, 2, 1, 1, 15, 0], "output shorter than a header");
    malformed(&[0, 16, 2, 1, 1, 0x91, 0x02, 0], "more output than there was room for");
    malformed(&[1, 0x80, 0x80, 0x80, 1], "a number of more than three bytes");
}

/// A read of any register in any length, its index fields set as far as `seed` has permitted values for them.
fn any_read(which: usize, length: usize, seed: u64) -> Request {
    let readable = &Readable::all()[which % Readable::all().len()];
    let length = readable.lengths[length % readable.lengths.len()];
    let mut indexes = Vec::new();
    for (at, index) in (0..).step_by(17).zip(readable.indexes) {
        let value = match (readable.id, index.name) {
            // A view, and room for any item: of all dwords few are the header of a read.
            (register::MNVDA, "header") => 0x0200_0100 | (seed % 3) << 22,
            _ => seed.rotate_left(at) & ((1 << index.bit_width) - 1),
        };
        indexes.push((index.name, value));
        if Request::read(readable.id, length, &indexes).is_err() {
            indexes.pop();
        }
    }
    Request::read(readable.id, length, &indexes).unwrap()
}

fn requests() -> impl Strategy<Value = Request> {
    let secrets = (0..redaction::SECRET_TLVS.len()).prop_map(|which| {
        let (class, index) = redaction::SECRET_TLVS[which];
        Request::left_out_secret(u32::from(class) << 24 | index).unwrap()
    });
    let registers = (any::<usize>(), any::<usize>(), any::<u64>())
        .prop_map(|(which, length, seed)| any_read(which, length, seed));
    let capabilities = (0u16..0x40, any::<bool>()).prop_map(|(kind, current)| {
        let mode = if current { CapabilityMode::Current } else { CapabilityMode::Maximum };
        Request::capability(kind, mode).unwrap()
    });
    prop_oneof![registers, secrets, capabilities, Just(Request::adapter())]
}

fn exchanges() -> impl Strategy<Value = Exchange> {
    let outcomes = prop_oneof![
        prop::collection::vec(any::<u8>(), 16..4112).prop_map(|bytes| Some(Ok(bytes))),
        (1i32..4096).prop_map(|errno| Some(Err(errno))),
        Just(None),
    ];
    (requests(), outcomes).prop_map(|(request, outcome)| {
        let outcome = match outcome {
            Some(Ok(mut bytes)) => {
                bytes.truncate(request.output_length());
                Outcome::Replied(Reply::from_output(bytes).unwrap())
            }
            Some(Err(errno)) => Outcome::Undelivered { errno },
            None => Outcome::NotAsked(SkipReason::Deadline),
        };
        Exchange { request, outcome }
    })
}

proptest! {
    #[test]
    fn requests_survive_their_bytes(request in requests()) {
        prop_assert_eq!(Request::from_input(&request.input()), Ok(request));
    }

    #[test]
    fn transcripts_survive_their_bytes(list in prop::collection::vec(exchanges(), 0..12)) {
        let member = encode(&list);
        let back = decode(&member).unwrap();
        let mut at = MAGIC.len();
        for (record, exchange) in back.iter().zip(&list) {
            prop_assert_eq!(&record.exchange, exchange);
            prop_assert_eq!(record.place.start, at);
            at = record.place.end;
        }
        prop_assert_eq!(at, member.len());
        prop_assert_eq!(back.len(), list.len());
    }

    #[test]
    fn any_bytes_are_a_transcript_or_an_error(bytes in prop::collection::vec(any::<u8>(), 0..512)) {
        let mut member = MAGIC.to_vec();
        member.extend(bytes);
        if let Ok(records) = decode(&member) {
            let again = encode(records.iter().map(|record| &record.exchange));
            prop_assert_eq!(again, member);
        }
    }
}
