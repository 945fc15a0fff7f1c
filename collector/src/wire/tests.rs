//! Frames come back as they were sent, in pieces of any size; anything else is refused and never panics.
#![allow(clippy::unwrap_used)]

use mlx5_schemas::model::command::HEADER_LENGTH;
use mlx5_schemas::model::exchange::{ExchangeTime, Outcome, Reply, SkipReason};
use mlx5_schemas::model::request::{CapabilityMode, Request, register};
use proptest::prelude::*;

use super::*;
use mlx5_schemas::model::exchange::Exchange;

fn any_frame() -> impl Strategy<Value = Frame> {
    let probe = proptest::sample::select(&ProbeId::ALL[..]);
    let info = (any::<u32>(), any::<u32>(), any::<u32>())
        .prop_map(|(device_type, uid, uctx_caps)| FwctlInfo { device_type, uid, uctx_caps });
    let control = (any::<u16>(), any::<u32>(), any::<u32>(), any::<u32>())
        .prop_map(|(uid, uctx_cap, dev_uctx_cap, ucap)| Mlx5ctlInfo { uid, uctx_cap, dev_uctx_cap, ucap });
    let info = prop_oneof![info.prop_map(NodeInfo::Fwctl), control.prop_map(NodeInfo::Mlx5ctl)];
    let outcome = prop_oneof![
        proptest::collection::vec(any::<u8>(), 16..272)
            .prop_map(|output| Outcome::Replied(Reply::from_output(output).unwrap())),
        (1_i32..=4095).prop_map(|errno| Outcome::Undelivered { errno }),
        Just(Outcome::NotAsked(SkipReason::Secret)),
    ];
    prop_oneof![
        proptest::option::of(info).prop_map(|info| Frame::Opened { info }),
        (1_i32..=4095, ".{0,80}").prop_map(|(errno, words)| Frame::NotOpened { errno, words }),
        (probe.clone(), any::<u64>()).prop_map(|(probe, at_us)| Frame::ProbeStarted { probe, at_us }),
        (probe, any::<u64>()).prop_map(|(probe, at_us)| Frame::ProbeEnded { probe, at_us }),
        (any::<u64>(), any::<u64>(), outcome).prop_map(|(start_us, elapsed_us, outcome)| Frame::Exchange(
            SentExchange::new(&Request::adapter(), &outcome, ExchangeTime { start_us, elapsed_us })
        )),
        Just(Frame::Done),
    ]
}

fn read(bytes: &[u8], piece: usize) -> Result<(Vec<Frame>, bool), WireError> {
    let mut frames = Frames::default();
    let mut taken = Vec::new();
    for piece in bytes.chunks(piece) {
        frames.push(piece);
        while let Some(frame) = frames.take()? {
            if let Frame::Exchange(sent) = &frame {
                sent.read()?;
            }
            taken.push(frame);
        }
    }
    Ok((taken, frames.is_empty()))
}

/// Requests with inputs of all kinds of lengths, as far as they are set or to the end.
fn any_request() -> impl Strategy<Value = Request> {
    prop_oneof![
        Just(Request::adapter()),
        (0_u16..0x8000).prop_map(|page| Request::capability(page, CapabilityMode::Current).unwrap()),
        (0_u32..256).prop_map(|item| Request::nv(register::MNVDA, [0x0200_0100, item]).unwrap()),
        Just(Request::nv(register::MNVGC, [0, 0]).unwrap()),
    ]
}

/// Of any length that there is room for, with and without zeros at the end.
fn any_output(request: &Request) -> impl Strategy<Value = Vec<u8>> + use<> {
    let room = request.output_length();
    (HEADER_LENGTH..=room, 0..=room, 1_u8..).prop_map(|(length, set, byte)| {
        let mut output = vec![byte; set.min(length)];
        output.resize(length, 0);
        output
    })
}

proptest! {
    #[test]
    fn an_exchange_is_read_as_it_was_sent(
        (request, output) in any_request().prop_flat_map(|request| {
            let output = any_output(&request);
            (Just(request), output)
        }),
        errno in 1_i32..=4095,
        reason in 1_u8..=7,
        (start_us, elapsed_us) in any::<(u64, u64)>(),
    ) {
        let time = ExchangeTime { start_us, elapsed_us };
        for outcome in [
            Outcome::Replied(Reply::from_output(output).unwrap()),
            Outcome::Undelivered { errno },
            Outcome::NotAsked(SkipReason::of_number(reason).unwrap()),
        ] {
            let sent = SentExchange::new(&request, &outcome, time);
            let exchange = Exchange { request: request.clone(), outcome };
            prop_assert_eq!(sent.read(), Ok((exchange, time)));
        }
    }

    #[test]
    fn any_body_of_an_exchange_is_read_to_an_end(
        bytes in proptest::collection::vec(any::<u8>(), 0..80),
        outcome in 0_u8..4,
        lengths in proptest::array::uniform4(0_u16..40),
    ) {
        let _ = SentExchange::of_body(bytes.clone()).read();
        // With a head that could be one.
        let head = [vec![0; 16], vec![outcome, 0, 0, 0, 0], lengths.map(u16::to_be_bytes).concat()].concat();
        let _ = SentExchange::of_body([head, vec![1, 1], bytes].concat()).read();
    }

    #[test]
    fn frames_come_back_as_they_were_sent(
        sent in proptest::collection::vec(any_frame(), 0..8),
        piece in 1_usize..300,
    ) {
        let mut bytes = Vec::new();
        for frame in &sent {
            put_frame(frame, &mut bytes);
        }
        prop_assert_eq!(read(&bytes, piece), Ok((sent, true)));
    }

    #[test]
    fn any_bytes_are_read_to_an_end(
        bytes in proptest::collection::vec(any::<u8>(), 0..600),
        piece in 1_usize..600,
    ) {
        if let Ok((frames, _)) = read(&bytes, piece) {
            prop_assert!(frames.len() <= bytes.len() / PREFIX);
        }
    }

    #[test]
    fn a_damaged_frame_is_refused_or_is_another_frame(
        frame in any_frame(),
        at in any::<proptest::sample::Index>(),
        flip in 1_u8..,
    ) {
        let mut bytes = Vec::new();
        put_frame(&frame, &mut bytes);
        let at = at.index(bytes.len());
        bytes[at] ^= flip;
        prop_assert_ne!(read(&bytes, 64), Ok((vec![frame], true)));
    }
}

#[test]
fn a_frame_cut_short_is_not_taken() {
    let mut bytes = Vec::new();
    put_frame(&Frame::ProbeStarted { probe: ProbeId::Nv, at_us: 7 }, &mut bytes);
    bytes.pop();
    assert_eq!(read(&bytes, 64), Ok((Vec::new(), false)));
}

#[test]
fn refused_by_name() {
    assert_eq!(read(&[9, 0, 0, 0, 0], 64), Err(WireError::Kind { kind: 9 }));
    assert_eq!(read(&[4, 0, 1, 0, 0], 64), Err(WireError::Length { length: 0x1_0000 }));
    assert_eq!(read(&[3, 0, 0, 0, 1, 9], 64), Err(WireError::Body { kind: 3 }));
    assert_eq!(read(&[6, 0, 0, 0, 1, 0], 64), Err(WireError::Body { kind: 6 }), "bytes behind the body");
    assert_eq!(read(&[2, 0, 0, 0, 4, 0, 0, 0, 0], 64), Err(WireError::Body { kind: 2 }), "errno 0");
}

/// The places of the body: outcome 16, detail 17-20, lengths 21-28, then the two bytes of QUERY_ADAPTER that are set.
#[test]
fn an_exchange_that_no_worker_sends_is_refused() {
    let reply = Outcome::Replied(Reply::from_output(vec![7; 20]).unwrap());
    let sound = |outcome: &Outcome| {
        SentExchange::new(&Request::adapter(), outcome, ExchangeTime::default()).body().to_vec()
    };
    let refused = |outcome: &Outcome, change: &dyn Fn(&mut Vec<u8>)| {
        let mut body = sound(outcome);
        assert!(SentExchange::of_body(body.clone()).read().is_ok());
        change(&mut body);
        assert!(SentExchange::of_body(body.clone()).read().is_err(), "{body:x?}");
    };
    refused(&reply, &|body| body.truncate(20));
    refused(&reply, &|body| body.truncate(body.len() - 1));
    refused(&reply, &|body| body.push(0));
    refused(&reply, &|body| body[16] = 3);
    refused(&reply, &|body| body[20] = 1);
    // An output that there was no room for, and more bytes than there are.
    refused(&reply, &|body| body[25] = 0x10);
    refused(&reply, &|body| body[26] = 19);
    // Neither errno nor reason.
    refused(&Outcome::Undelivered { errno: 5 }, &|body| body[20] = 0);
    refused(&Outcome::Undelivered { errno: 5 }, &|body| body[19] = 0x10);
    refused(&Outcome::NotAsked(SkipReason::Secret), &|body| body[20] = 8);
    refused(&Outcome::NotAsked(SkipReason::Secret), &|body| body[26] = 16);
    // A register access that is no read, and an opcode outside the list.
    for opcode in [[8, 5], [1, 2]] {
        let mut body = sound(&reply);
        body[29..31].copy_from_slice(&opcode);
        let read = SentExchange::of_body(body).read();
        assert!(matches!(read, Err(WireError::Request { .. })), "{read:?}");
    }
    // An errno that is none does not become one.
    for errno in [0, -5, 4096] {
        let sent =
            SentExchange::new(&Request::adapter(), &Outcome::Undelivered { errno }, ExchangeTime::default());
        assert_eq!(sent.read(), Err(WireError::Body { kind: kind::EXCHANGE }));
    }
}

#[test]
fn long_words_are_cut_between_characters() {
    let words = "é".repeat(MAX_WORDS);
    let mut bytes = Vec::new();
    put_frame(&Frame::NotOpened { errno: 5, words }, &mut bytes);
    let (frames, _) = read(&bytes, 4096).unwrap();
    assert_eq!(frames, [Frame::NotOpened { errno: 5, words: "é".repeat(MAX_WORDS / 2) }]);
}
