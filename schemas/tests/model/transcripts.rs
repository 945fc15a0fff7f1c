//! Requests and transcripts as bytes: there and back, and what is refused.

use mlx5_fixtures::reads::any_read;
use mlx5_schemas::model::exchange::{Exchange, Outcome, Reply, SkipReason};
use mlx5_schemas::model::request::{CapabilityMode, Request};
use mlx5_schemas::model::transcript::{MAGIC, MAX_WEIGHT, TranscriptError, decode, encode, weight};
use mlx5_schemas::redaction;
use proptest::prelude::*;

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

fn requests() -> impl Strategy<Value = Request> {
    let secrets = (0..redaction::SECRET_TLVS.len()).prop_map(|which| {
        let (class, index) = redaction::SECRET_TLVS[which];
        Request::left_out_secret(u32::from(class) << 24 | index).unwrap()
    });
    let registers = (any::<usize>(), any::<usize>(), any::<u64>())
        .prop_map(|(which, length, seed)| any_read(which, length, seed).unwrap());
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
