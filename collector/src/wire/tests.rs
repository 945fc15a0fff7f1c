//! Frames come back as they were sent, in pieces of any size; anything else is refused and never panics.
#![allow(clippy::unwrap_used)]

use mlx5_schemas::model::exchange::{Outcome, Reply, SkipReason};
use mlx5_schemas::model::request::Request;
use proptest::prelude::*;

use super::*;

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
            SentExchange::new(
                &Exchange { request: Request::adapter(), outcome },
                ExchangeTime { start_us, elapsed_us }
            )
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

proptest! {
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

#[test]
fn long_words_are_cut_between_characters() {
    let words = "é".repeat(MAX_WORDS);
    let mut bytes = Vec::new();
    put_frame(&Frame::NotOpened { errno: 5, words }, &mut bytes);
    let (frames, _) = read(&bytes, 4096).unwrap();
    assert_eq!(frames, [Frame::NotOpened { errno: 5, words: "é".repeat(MAX_WORDS / 2) }]);
}
