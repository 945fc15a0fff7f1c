//! What stands around the configuration: kernel, driver, firmware, command line, PSID, link. "It worked last week" is
//! told by these more often than by a parameter.
//!
//! The two sides need not say a thing in the same way: the running firmware of a flint query and of `ethtool -i` is one
//! thing, under two paths.
//!
//! Must not do: call silence a difference.

use std::collections::BTreeSet;

use mlx5_schemas::model::fact::{Evidence, Fact, Subject, Value};
use mlx5_schemas::model::manifest::Device;
use mlx5_schemas::model::report::{ContextRow, DevicePair};

use crate::assurance::Caps;
use crate::case::{Case, Driver, DriverOrigin, Firmware, Identity, kernel_release};

/// What one side says.
struct Said {
    words: String,
    /// What is compared: spellings of one version are one.
    key: String,
    paths: Vec<String>,
    evidence: Vec<Evidence>,
}

/// All rows of which a side says something: the host first, then each pair of devices.
pub(super) fn rows(
    left: &Case,
    right: &Case,
    pairs: &[DevicePair],
    undecoded: &BTreeSet<String>,
) -> Vec<ContextRow> {
    let mut rows = Vec::new();
    let caps = (Caps::of(left), Caps::of(right));
    host(left, right, &mut rows);
    for pair in pairs {
        let (Some(ours), Some(theirs)) =
            (find(left, pair.left.as_deref()), find(right, pair.right.as_deref()))
        else {
            continue;
        };
        let subject = Subject::Device { device: ours.id.clone() };
        if !undecoded.contains(&ours.id) && !left.opened.is_imported() && !right.opened.is_imported() {
            let (own, other) = (assurance(left, &caps.0, ours), assurance(right, &caps.1, theirs));
            push(&mut rows, &subject, "assurance", Some(own), Some(other));
            // What it rests on is compared by itself.
            rows.iter_mut().rev().take(1).for_each(|row| row.aside = true);
        }
        for (what, say) in DEVICE_ROWS {
            push(&mut rows, &subject, what, say(left, ours), say(right, theirs));
        }
    }
    rows
}

fn find<'a>(case: &'a Case, id: Option<&str>) -> Option<&'a Device> {
    case.opened.devices().iter().find(|device| Some(device.id.as_str()) == id)
}

fn push(rows: &mut Vec<ContextRow>, subject: &Subject, what: &str, left: Option<Said>, right: Option<Said>) {
    if left.is_none() && right.is_none() {
        return;
    }
    let differs = left.as_ref().zip(right.as_ref()).is_some_and(|(left, right)| left.key != right.key);
    let paths: BTreeSet<String> =
        [&left, &right].into_iter().flatten().flat_map(|said| said.paths.iter().cloned()).collect();
    let parts =
        |said: Option<Said>| said.map_or((None, Vec::new()), |said| (Some(said.words), said.evidence));
    let ((left, left_evidence), (right, right_evidence)) = (parts(left), parts(right));
    rows.push(ContextRow {
        subject: subject.clone(),
        what: what.to_owned(),
        left,
        right,
        differs,
        aside: false,
        paths: paths.into_iter().collect(),
        left_evidence,
        right_evidence,
    });
}

fn host(left: &Case, right: &Case, rows: &mut Vec<ContextRow>) {
    let kernel = |case: &Case| {
        // Any function's driver may be the one that tells it.
        let mut devices = case.opened.devices().iter();
        let (release, fact) = kernel_release(&case.facts, None)
            .or_else(|| devices.find_map(|device| kernel_release(&case.facts, Some(device))))?;
        Some(said(release.to_owned(), release.to_owned(), &[fact]))
    };
    push(rows, &Subject::Host, "kernel", kernel(left), kernel(right));
    for (what, path) in [
        ("distribution", "host/distribution"),
        ("mlx5_core srcversion", "host/module/mlx5_core/srcversion"),
        ("lockdown", "host/lockdown"),
    ] {
        let say = |case: &Case| {
            let fact = case.facts.plain(&Subject::Host, path)?;
            let value = fact.value()?.to_string();
            Some(said(value.clone(), value, &[fact]))
        };
        push(rows, &Subject::Host, what, say(left), say(right));
    }
    command_line(left, right, rows);
}

/// The words that only one side has; both in one row each.
fn command_line(left: &Case, right: &Case, rows: &mut Vec<ContextRow>) {
    const PATH: &str = "host/cmdline";
    let fact =
        |case: &Case| case.facts.plain(&Subject::Host, PATH).filter(|fact| fact.value().is_some()).cloned();
    let (Some(ours), Some(theirs)) = (fact(left), fact(right)) else { return };
    let words = |fact: &Fact| -> Vec<String> {
        fact.value()
            .map(ToString::to_string)
            .unwrap_or_default()
            .split_whitespace()
            .map(str::to_owned)
            .collect()
    };
    let (our_words, their_words) = (words(&ours), words(&theirs));
    let only = |these: &[String], those: &[String]| {
        // BOOT_IMAGE names the kernel's file, which the kernel's row tells.
        let list: Vec<&str> = these
            .iter()
            .filter(|word| !those.contains(word) && !word.starts_with("BOOT_IMAGE="))
            .map(String::as_str)
            .collect();
        if list.is_empty() { "-".to_owned() } else { list.join(" ") }
    };
    let (left_only, right_only) = (only(&our_words, &their_words), only(&their_words, &our_words));
    let is_same = left_only == "-" && right_only == "-";
    let words = |only: String| if is_same { "the same words".to_owned() } else { only };
    let side = |fact: &Fact, only: String| {
        let words = words(only);
        said(words.clone(), words, &[fact])
    };
    let (left, right) = (side(&ours, left_only), side(&theirs, right_only));
    push(rows, &Subject::Host, "command line", Some(left), Some(right));
}

/// What is said of a device, by name.
type Say = fn(&Case, &Device) -> Option<Said>;
const DEVICE_ROWS: [(&str, Say); 7] = [
    ("driver", driver),
    ("running firmware", running),
    ("stored firmware", stored),
    ("PSID", psid),
    ("PCI link", |case, device| joined(case, device, &["pci/current_link_speed", "pci/current_link_width"])),
    ("VFs enabled", |case, device| joined(case, device, &["pci/sriov_numvfs"])),
    ("e-switch", |case, device| joined(case, device, &["devlink/eswitch.mode"])),
];

fn said(words: String, key: String, facts: &[&Fact]) -> Said {
    Said {
        words,
        key,
        paths: facts.iter().map(|fact| fact.path.clone()).collect(),
        evidence: facts.iter().flat_map(|fact| fact.evidence.iter().cloned()).collect(),
    }
}

/// How much the evidence about a device carries, with the reasons that cap it.
fn assurance(case: &Case, caps: &Caps, device: &Device) -> Said {
    let level = caps.of_device(&device.id, case.opened.device_route(device));
    let own: Vec<_> =
        caps.host().iter().chain(caps.device(&device.id)).filter(|cap| cap.level == level).collect();
    let reasons: BTreeSet<&str> = own.iter().map(|cap| cap.reason.word()).collect();
    let reasons: Vec<&str> = reasons.into_iter().collect();
    let words = match reasons.as_slice() {
        [] => level.word().to_owned(),
        reasons => format!("{} ({})", level.word(), reasons.join(", ")),
    };
    let mut evidence: Vec<Evidence> = own.iter().flat_map(|cap| cap.evidence.iter().cloned()).collect();
    if evidence.is_empty() {
        evidence.push(case.opened.manifest_evidence());
    }
    Said { words, key: level.word().to_owned(), paths: Vec::new(), evidence }
}

fn driver(case: &Case, device: &Device) -> Option<Said> {
    let driver = Driver::of(&case.facts, device);
    let version = driver.version.clone()?;
    let origin = match driver.origin {
        DriverOrigin::InTree => ", the kernel's own",
        DriverOrigin::OutOfTree => ", MLNX_OFED or DOCA",
        DriverOrigin::Unknown => "",
    };
    let name = driver.name.as_deref().unwrap_or("mlx5_core");
    Some(Said {
        words: format!("{name} {version}{origin}"),
        key: version,
        paths: vec!["ethtool/version".to_owned(), "host/module/mlx5_core/version".to_owned()],
        evidence: driver.evidence,
    })
}

fn version(text: Option<&str>, facts: &[&Fact]) -> Option<Said> {
    let text = text?;
    // 20.27.446 and 20.27.0446 are one version.
    let key = Firmware::parse(text).map_or_else(|| text.to_owned(), |version| format!("{version:?}"));
    Some(said(text.to_owned(), key, facts))
}

fn running(case: &Case, device: &Device) -> Option<Said> {
    let identity = Identity::of(case, device);
    version(identity.firmware_text(), &identity.running)
}

fn stored(case: &Case, device: &Device) -> Option<Said> {
    let identity = Identity::of(case, device);
    version(identity.stored_text(), &identity.stored)
}

fn psid(case: &Case, device: &Device) -> Option<Said> {
    let identity = Identity::of(case, device);
    let text = identity.psid_text()?.to_owned();
    Some(said(text.clone(), text, &identity.psids))
}

fn joined(case: &Case, device: &Device, paths: &[&str]) -> Option<Said> {
    let subject = Subject::Device { device: device.id.clone() };
    let facts: Vec<&Fact> = paths
        .iter()
        .filter_map(|path| case.facts.plain(&subject, path))
        .filter(|fact| fact.value().is_some())
        .collect();
    if facts.is_empty() {
        return None;
    }
    let words: Vec<String> = facts
        .iter()
        .map(|fact| match (fact.path.as_str(), fact.value()) {
            ("pci/current_link_width", Some(Value::Number { number, .. })) => format!("x{number}"),
            (_, Some(value)) => value.to_string().trim_end_matches(" PCIe").to_owned(),
            (_, None) => String::new(),
        })
        .collect();
    let words = words.join(" ");
    Some(said(words.clone(), words, &facts))
}
