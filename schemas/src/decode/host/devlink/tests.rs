#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::arithmetic_side_effects)]

use proptest::prelude::*;

use super::super::host_facts;
use super::super::netlink::build::{attribute, message, nested, text};
use crate::model::fact::{Knowledge, Route};
use crate::model::host::{HostCapture, HostCaptures};
use crate::model::status::CollectionStatus;

const DEVICE: &str = "0000:3b:00.0";

fn capture(kind: &str, bytes: &[u8]) -> HostCapture {
    HostCapture {
        name: format!("devlink-{kind}@{DEVICE}"),
        status: CollectionStatus::Captured,
        text: None,
        base16: Some(bytes.iter().map(|byte| format!("{byte:02x}")).collect()),
        reason: None,
    }
}

/// `path=value` of every fact; all of them are of the device.
fn shown(capture: HostCapture) -> Vec<String> {
    let facts = host_facts(Route::Kernel, "m", &HostCaptures { captures: vec![capture] });
    facts
        .into_iter()
        .map(|fact| {
            assert_eq!(fact.subject.device(), Some(DEVICE));
            match fact.knowledge {
                Knowledge::Known { value } => format!("{}={value}", fact.path),
                Knowledge::Unknown { status, reason } => format!("{}: {status}: {reason}", fact.path),
            }
        })
        .collect()
}

fn handle() -> [Vec<u8>; 2] {
    [text(1, "pci"), text(2, DEVICE)]
}

fn version(kind: u16, name: &str, value: &str) -> Vec<u8> {
    nested(kind, &[text(103, name), text(104, value)])
}

#[test]
fn versions_have_their_group_and_name() {
    let [bus, name] = handle();
    let bytes = message(&[
        bus,
        name,
        text(98, "mlx5_core"),
        text(99, "XXXXXXXXXXXX"),
        version(100, "fw.psid", "MT_0000000359"),
        version(101, "fw.version", "22.41.1000"),
        version(101, "fw", "22.41.1000"),
        version(102, "fw.version", "22.43.1014"),
    ]);
    assert_eq!(
        shown(capture("info", &bytes)),
        [
            "devlink/info.driver=mlx5_core",
            "devlink/info.fixed.fw.psid=MT_0000000359",
            "devlink/info.running.fw.version=22.41.1000",
            "devlink/info.running.fw=22.41.1000",
            "devlink/info.stored.fw.version=22.43.1014",
        ]
    );
}

fn value(kind: u8, data: Option<Vec<u8>>, mode: u8, default: Option<Vec<u8>>) -> Vec<u8> {
    let mut inner: Vec<Vec<u8>> = data.into_iter().map(|data| attribute(86, &data)).collect();
    inner.push(attribute(87, &[mode]));
    inner.extend(default.map(|default| attribute(182, &default)));
    nested(
        80,
        &[
            text(81, &format!("name{kind}")),
            attribute(82, &[]),
            attribute(83, &[kind]),
            nested(84, &[nested(85, &inner)]),
        ],
    )
}

#[test]
fn parameters_have_their_mode_and_are_told_in_devlinks_own_words() {
    let bytes = [
        message(&[value(6, Some(Vec::new()), 1, None)]),
        message(&[value(6, None, 0, None)]),
        message(&[value(3, Some(64_u32.to_le_bytes().to_vec()), 1, Some(1024_u32.to_le_bytes().to_vec()))]),
        message(&[value(5, Some(b"smfs\0".to_vec()), 0, None)]),
        message(&[value(2, Some(vec![1, 2, 3]), 2, None)]),
    ]
    .concat();
    assert_eq!(
        shown(capture("param", &bytes)),
        [
            "devlink/param.name6.driverinit=true",
            "devlink/param.name6.runtime=false",
            "devlink/param.name3.driverinit.default=1024",
            "devlink/param.name3.driverinit=64",
            "devlink/param.name5.runtime=smfs",
            "devlink/param.name2.permanent: error: the value has 3 bytes",
        ]
    );
}

#[test]
fn reporters_reloads_and_the_eswitch_are_told() {
    let reporter = |name: &str, state: u8| {
        nested(
            114,
            &[
                text(115, name),
                attribute(116, &[state]),
                attribute(117, &2_u64.to_le_bytes()),
                attribute(120, &60_000_u64.to_le_bytes()),
                attribute(121, &[1]),
            ],
        )
    };
    let port = attribute(3, &65_535_u32.to_le_bytes());
    let bytes = [message(&[reporter("fw", 0)]), message(&[port, reporter("tx", 1)])].concat();
    assert_eq!(
        shown(capture("health", &bytes)),
        [
            "devlink/health.fw.state=healthy",
            "devlink/health.fw.error=2",
            "devlink/health.fw.grace_period=60000",
            "devlink/health.fw.auto_recover=true",
            "devlink/health.tx.port65535.state=error",
            "devlink/health.tx.port65535.error=2",
            "devlink/health.tx.port65535.grace_period=60000",
            "devlink/health.tx.port65535.auto_recover=true",
        ]
    );
    let mode = message(&[attribute(25, &1_u16.to_le_bytes()), attribute(26, &[9]), attribute(62, &[1])]);
    assert_eq!(
        shown(capture("eswitch", &mode)),
        [
            "devlink/eswitch.mode=switchdev",
            "devlink/eswitch.inline-mode=9",
            "devlink/eswitch.encap-mode=basic"
        ]
    );
    assert_eq!(shown(capture("device", &message(&[attribute(136, &[1])]))), ["devlink/reload_failed=1"]);
}

#[test]
fn what_failed_leaves_the_versions_unknown() {
    let denied = HostCapture {
        status: CollectionStatus::Denied,
        base16: None,
        reason: Some("EPERM: Operation not permitted".to_owned()),
        ..capture("info", &[])
    };
    let shown_denied = shown(denied);
    assert_eq!(shown_denied.len(), 3);
    assert!(
        shown_denied
            .contains(&"devlink/info.running.fw.version: denied: EPERM: Operation not permitted".to_owned())
    );

    let odd = message(&[version(101, "fw\u{1b}[2J", "22.41.1000")]);
    assert!(shown(capture("info", &odd)).iter().all(|fact| fact.contains("odd name")), "{odd:?}");
    let cut = message(&[version(101, "fw", "22.41.1000")]);
    assert!(shown(capture("info", &cut[..cut.len() - 4])).iter().all(|fact| fact.contains("not netlink")));
    let no_hex = HostCapture { base16: Some("é".to_owned()), ..capture("info", &[]) };
    assert!(shown(no_hex).iter().all(|fact| fact.contains("not hex")));
}

proptest! {
    #[test]
    fn no_bytes_panic(
        kind in prop_oneof![Just("info"), Just("param"), Just("health"), Just("eswitch"), Just("device")],
        bytes in proptest::collection::vec(any::<u8>(), 0..160),
        at in 0_usize..200,
        with in any::<u8>(),
    ) {
        let _ = shown(capture(kind, &bytes));
        // And sound answers with one byte changed.
        let [bus, name] = handle();
        let mut sound = message(&[
            bus,
            name,
            version(101, "fw.version", "22.41.1000"),
            value(3, Some(64_u32.to_le_bytes().to_vec()), 1, None),
            nested(114, &[text(115, "fw"), attribute(116, &[0])]),
        ]);
        if let Some(byte) = sound.get_mut(at) {
            *byte = with;
        }
        let _ = shown(capture(kind, &sound));
    }
}
