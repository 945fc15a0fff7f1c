//! `diff`: what differs between two bundles, fact by fact.
//!
//! Facts that change by themselves (times, boot ids, counters of uptime) are told and do not count. A transcript that
//! is the same byte for byte on both sides of a pair is not decoded: it cannot differ.
//!
//! Must not do: judge whether a change is good.

mod context;
mod matching;
mod volatile;

use std::collections::{BTreeMap, BTreeSet};

use mlx5_schemas::catalog::Catalog;
use mlx5_schemas::model::fact::{Fact, Knowledge, Subject, Value, View};
use mlx5_schemas::model::manifest::Device;
use mlx5_schemas::model::report::{Change, DevicePair, DiffReport, MatchedBy};

use crate::case::{Case, CaseError, Opened};

pub use matching::pair;
pub use volatile::is_volatile;

/// Compares two bundles.
///
/// # Errors
/// When one of them cannot be decoded.
pub fn diff(left: Opened, right: Opened, catalog: &Catalog) -> Result<DiffReport, CaseError> {
    // The identity transcripts are always decoded: matching by kind needs them, and they are short.
    let same_id = |opened: &Opened, id: &str| opened.devices().iter().find(|device| device.id == id).cloned();
    let mut equal = BTreeSet::new();
    for device in left.devices() {
        let Some(twin) = same_id(&right, &device.id).filter(|twin| is_same_kind(device, twin)) else {
            continue;
        };
        for member in left.transcripts(device) {
            let twin_member =
                member.strip_prefix(&device.folder).map(|rest| format!("{}{rest}", twin.folder));
            let twin_bytes = twin_member.as_ref().and_then(|name| right.bundle.members.get(name));
            if !member.ends_with(IDENTITY)
                && twin_bytes.is_some()
                && twin_bytes == left.bundle.members.get(member)
            {
                equal.insert((
                    device.id.clone(),
                    member.strip_prefix(&device.folder).unwrap_or(member).to_owned(),
                ));
            }
        }
    }
    let leave_out = |device: &Device, member: &str| {
        let rest = member.strip_prefix(&device.folder).unwrap_or(member).to_owned();
        equal.contains(&(device.id.clone(), rest))
    };
    let left = left.decode_without(catalog, &leave_out)?;
    let right = right.decode_without(catalog, &leave_out)?;
    let devices = pair(&left, &right);
    let is_text = left.opened.has_told() || right.opened.has_told();
    let Compared { changes, both_say, not_compared } = compare(&left, &right, &devices, is_text);
    let unmatched = devices.iter().any(|pair| pair.by == MatchedBy::Nothing);
    let context = context::rows(&left, &right, &devices);
    // Two sources can speak of one thing under two paths: that they differ shows here alone.
    let differs = context.iter().any(|row| row.differs);
    let changed = unmatched || differs || changes.iter().any(|change| !change.volatile);
    Ok(DiffReport {
        left: left.opened.identity(),
        right: right.opened.identity(),
        context,
        // Silence is no sameness: of two texts that say nothing alike nothing was compared.
        same: !changed && (!is_text || both_say > 0),
        devices,
        changes,
        equal_members: u64::try_from(equal.len()).unwrap_or(u64::MAX),
        not_compared,
        compared: is_text.then_some(both_say),
    })
}

/// Suffix of the transcripts that say what a device is.
const IDENTITY: &str = "/identity.exchanges";

/// Whether two rows of manifests are about the same kind of PCI function, reached in the same way: only then do equal
/// transcripts decode to equal facts.
fn is_same_kind(left: &Device, right: &Device) -> bool {
    left.transport == right.transport && left.pci.get("device") == right.pci.get("device")
}

/// Subject, path and view; facts of one key are told apart by their order.
type Key = (Subject, String, Option<View>, usize);

/// What comes of comparing fact by fact.
struct Compared {
    changes: Vec<Change>,
    /// Facts that have a value on both sides.
    both_say: u64,
    /// Facts that were not compared because one side is imported text and one does not say them.
    not_compared: u64,
}

fn compare(left: &Case, right: &Case, devices: &[DevicePair], is_text: bool) -> Compared {
    let (mut both_say, mut not_compared) = (0_u64, 0_u64);
    let renamed: BTreeMap<&str, &str> =
        devices.iter().filter_map(|pair| Some((pair.right.as_deref()?, pair.left.as_deref()?))).collect();
    let ours: BTreeSet<&str> = devices.iter().filter_map(|pair| pair.left.as_deref()).collect();
    let left_facts = keyed(left, &|id| Some(id.to_owned()));
    // A device of the second bundle keeps its own name where it has no partner, unless the first has that name.
    let right_facts = keyed(right, &|id| match renamed.get(id) {
        Some(partner) => Some((*partner).to_owned()),
        None => (!ours.contains(id)).then(|| id.to_owned()),
    });
    let unmatched: BTreeSet<&str> = devices
        .iter()
        .filter(|pair| pair.by == MatchedBy::Nothing)
        .flat_map(|pair| [&pair.left, &pair.right])
        .flatten()
        .map(String::as_str)
        .collect();
    let keys: BTreeSet<&Key> = left_facts.keys().chain(right_facts.keys()).collect();
    let mut changes = Vec::new();
    for key in keys {
        // A device without a partner is one difference, told with the devices, not thousands.
        if key.0.device().is_some_and(|id| unmatched.contains(id)) {
            continue;
        }
        // Signs are made of other facts, which are compared themselves; here some of those may not have been decoded.
        if key.1.starts_with("taint/") {
            continue;
        }
        let (a, b) = (left_facts.get(key).copied(), right_facts.get(key).copied());
        let says = |fact: Option<&Fact>| fact.and_then(Fact::value).is_some();
        // The head of a text names the card; that two cards have one name says nothing of their settings.
        if says(a) && says(b) && !key.1.starts_with("board/") {
            both_say = both_say.saturating_add(1);
        }
        if a.map(|fact| &fact.knowledge) == b.map(|fact| &fact.knowledge) {
            continue;
        }
        if is_text {
            if !says(a) || !says(b) {
                not_compared = not_compared.saturating_add(1);
                continue;
            }
            if same_number(a, b) {
                continue;
            }
        }
        let Some(fact) = a.or(b) else { continue };
        let knowledge =
            |fact: Option<&Fact>| -> Option<Knowledge> { fact.map(|fact| fact.knowledge.clone()) };
        changes.push(Change {
            subject: key.0.clone(),
            path: key.1.clone(),
            name: fact.name().to_owned(),
            view: key.2,
            left: knowledge(a),
            right: knowledge(b),
            volatile: is_volatile(&key.1),
            left_evidence: a.map(|fact| fact.evidence.clone()).unwrap_or_default(),
            right_evidence: b.map(|fact| fact.evidence.clone()).unwrap_or_default(),
        });
    }
    Compared { changes, both_say, not_compared }
}

/// Whether both say the same number, by whatever name: names change between releases of the tool that printed a text.
fn same_number(left: Option<&Fact>, right: Option<&Fact>) -> bool {
    let number = |fact: Option<&Fact>| match fact.and_then(Fact::value) {
        Some(Value::Number { number, .. }) => Some(*number),
        Some(Value::Text { .. } | Value::Bytes { .. }) | None => None,
    };
    number(left).is_some() && number(left) == number(right)
}

fn keyed<'a>(case: &'a Case, rename: &dyn Fn(&str) -> Option<String>) -> BTreeMap<Key, &'a Fact> {
    let mut seen: BTreeMap<(Subject, String, Option<View>), usize> = BTreeMap::new();
    let mut facts = BTreeMap::new();
    for fact in case.facts.iter() {
        let Some(subject) = renamed(&fact.subject, rename) else { continue };
        let place = seen.entry((subject.clone(), fact.path.clone(), fact.view)).or_default();
        facts.insert((subject, fact.path.clone(), fact.view, *place), fact);
        *place = place.saturating_add(1);
    }
    facts
}

fn renamed(subject: &Subject, rename: &dyn Fn(&str) -> Option<String>) -> Option<Subject> {
    Some(match subject {
        Subject::Host => Subject::Host,
        Subject::Device { device } => Subject::Device { device: rename(device)? },
        Subject::Port { device, port } => Subject::Port { device: rename(device)?, port: *port },
        Subject::Module { device, module } => Subject::Module { device: rename(device)?, module: *module },
    })
}
