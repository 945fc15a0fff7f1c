//! What an outcome counts as: absent, refused, silent, not asked.

use mlx5_schemas::model::command::CommandStatus;
use mlx5_schemas::model::exchange::{Outcome, Reply, SkipReason};
use mlx5_schemas::model::request::register;
use mlx5_schemas::model::status::{CollectionStatus, classify, errno};

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
