//! Every hostile bundle is refused, for the reason that it was made for.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

use mlx5_fixtures::hostile::archive::Archive;
use mlx5_fixtures::hostile::{HostileBundle, Refusal, all, sample};
use mlx5_schemas::bundle::trust::trust;
use mlx5_schemas::bundle::{Limits, OpenError, open, seal};
use mlx5_schemas::model::exchange::{Exchange, Outcome, SkipReason};
use mlx5_schemas::model::manifest::{Device, TransportKind};
use mlx5_schemas::model::request::Request;
use mlx5_schemas::model::transcript::{encode, weight};

use super::{now, sample_allowed};

/// Made once: a few of them are large.
pub(super) static ALL: LazyLock<Vec<HostileBundle>> = LazyLock::new(all);

/// What the reader makes of a file, in the words of [`Refusal`]; `None` when it is accepted.
fn refusal(bytes: &[u8]) -> Option<Refusal> {
    match open(bytes, &Limits::default()) {
        Err(error) => Some(Refusal::Open(error.code())),
        Ok(bundle) => {
            trust(&bundle, Some(&sample_allowed()), now()).err().map(|e| Refusal::Signature(e.code()))
        }
    }
}

#[test]
fn the_testkit_writes_the_good_bundle_as_the_product_does() {
    let own = Archive::of(sample::parts()).bytes();
    assert_eq!(own, sample::sealed().unwrap());
    assert_eq!(refusal(&own), None);
}

#[test]
fn each_is_refused_by_name() {
    let wrong: Vec<String> = ALL
        .iter()
        .filter(|hostile| refusal(&hostile.bytes) != Some(hostile.refusal))
        .map(|HostileBundle { name, bytes, refusal: expected }| {
            format!("{name}: expected {expected:?}, found {:?}", refusal(bytes))
        })
        .collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn names_are_unique() {
    let names: BTreeSet<&str> = ALL.iter().map(|hostile| hostile.name).collect();
    assert_eq!(names.len(), ALL.len());
}

#[test]
fn messages_are_one_line_of_printable_ascii_and_not_long() {
    for hostile in ALL.iter() {
        let Err(error) = open(&hostile.bytes, &Limits::default()) else { continue };
        let message = error.to_string();
        assert!(
            message.bytes().all(|byte| byte == b' ' || byte.is_ascii_graphic()),
            "{}: {message:?}",
            hostile.name
        );
        assert!(message.len() < 400, "{}: {message}", hostile.name);
    }
}

#[test]
fn limits_are_the_callers() {
    let bytes = sample::sealed().unwrap();
    let lower = |change: fn(&mut Limits)| {
        let mut limits = Limits::default();
        change(&mut limits);
        open(&bytes, &limits)
    };
    for refused in [
        lower(|limits| limits.archive_bytes = 1000),
        lower(|limits| limits.members = 5),
        lower(|limits| limits.member_bytes = 379),
        lower(|limits| limits.total_bytes = 1500),
        lower(|limits| limits.manifest_bytes = 500),
        lower(|limits| limits.signature_bytes = 100),
    ] {
        assert!(matches!(refused, Err(OpenError::TooLarge { .. })), "{refused:?}");
    }
    let strict = Limits { ratio: 2, ratio_free_bytes: 300, ..Limits::default() };
    assert_eq!(open(&bytes, &strict).unwrap_err().code(), "zip-bomb");
    let short = Limits { name_bytes: 20, ..Limits::default() };
    assert_eq!(open(&bytes, &short).unwrap_err().code(), "odd-name");
}

/// A device of which the manifest says no more than it must.
pub(super) fn device(id: &str) -> Device {
    Device::new(id, TransportKind::Fwctl)
}

#[test]
fn devices_and_exchanges_have_limits_over_the_whole_bundle() {
    let asked = Exchange { request: Request::adapter(), outcome: Outcome::NotAsked(SkipReason::Deadline) };
    let transcript = encode([&asked, &asked]);
    let mut manifest = sample::manifest(&BTreeMap::new(), None);
    manifest.devices = vec![device("0000:3b:00.0"), device("0000:3b:00.1")];
    let members =
        manifest.devices.iter().map(|d| (format!("{}/nv.exchanges", d.folder), transcript.clone())).collect();
    let bytes = seal(manifest, &members, None).unwrap();
    let with = |devices, exchange_bytes| {
        let limits = Limits { devices, exchange_bytes, ..Limits::default() };
        open(&bytes, &limits).map(|_| ()).map_err(|error| error.to_string())
    };
    let both = 2 * weight(&transcript) as u64;
    assert_eq!(with(2, both), Ok(()));
    assert!(with(1, both).unwrap_err().starts_with("the number of devices exceeds the limit of 1 (2)"));
    let refused = with(2, both - 1).unwrap_err();
    assert!(refused.starts_with("the memory for all exchanges in bytes exceeds"), "{refused}");
}
