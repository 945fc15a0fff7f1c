//! `diff`: what differs between two bundles, fact by fact.
//!
//! Devices are matched first ([`matching`]), then every fact of a pair, and of the host, is looked up on both sides. What
//! was not read on one of them is neither the same nor changed, and is told apart. Facts that change by themselves are
//! told and do not count. Where all transcripts of a pair are the same byte for byte, and so is what the host shows of
//! taint and trust, they are not decoded: they cannot differ.
//!
//! Must not do: judge whether a change is good.

mod compare;
mod context;
mod kind;
mod marks;
mod matching;
mod place;
mod select;
mod side;
mod unified;
mod volatile;

use std::collections::{BTreeMap, BTreeSet};

use mlx5_schemas::catalog::Catalog;
use mlx5_schemas::model::fact::{Fact, Subject};
use mlx5_schemas::model::manifest::Device;
use mlx5_schemas::model::report::{
    Change, ChangeGroup, ChangeKind, ContextRow, DevicePair, DiffOutcome, DiffReport, DiffSelection,
    GroupCounts, NotCompared,
};

use crate::case::{Case, CaseError, Firmware, Identity, Opened};
use crate::golden::{GoldenError, selections_of};

use compare::{Compared, Plan, compare};
use matching::Pairs;
use side::Side;

pub use matching::HandPair;
pub use place::is_companion;
pub(crate) use place::{is_stored, unit};
pub use select::Selection;
pub(crate) use volatile::is_identity as names_one_card;
pub use volatile::is_volatile;

/// Why two sides cannot be compared.
#[derive(Debug, thiserror::Error)]
pub enum DiffError {
    /// One of them cannot be decoded.
    #[error(transparent)]
    Case(#[from] CaseError),
    /// One of them is an exported text with a line that is none.
    #[error(transparent)]
    Golden(#[from] GoldenError),
    /// A device that was named is not there.
    #[error("{file} has no device {device}; it has {}", words(devices))]
    NoSuchDevice {
        /// The side.
        file: String,
        /// As it was named.
        device: String,
        /// Those that there are.
        devices: Vec<String>,
    },
    /// A card was paired by hand with two.
    #[error("--pair {left}={right}: one of the two cards is paired already; give each card once")]
    PairedTwice {
        /// As it was named.
        left: String,
        /// As it was named.
        right: String,
    },
}

fn words(devices: &[String]) -> String {
    if devices.is_empty() { "none".to_owned() } else { devices.join(", ") }
}

/// What is asked of a comparison.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// What is compared.
    pub selection: Selection,
    /// Pairs that the user names.
    pub pairs: Vec<HandPair>,
    /// Whether a unified text is wanted.
    pub unified: bool,
}

/// What comes of it.
#[derive(Debug, Clone)]
pub struct Diffed {
    /// The report.
    pub report: DiffReport,
    /// The unified text, where it was wanted.
    pub unified: Option<String>,
}

/// Compares everything that two bundles say.
///
/// # Errors
/// When one of them cannot be decoded.
pub fn diff(left: Opened, right: Opened, catalog: &Catalog) -> Result<DiffReport, DiffError> {
    diff_with(left, right, &Options::default(), catalog).map(|diffed| diffed.report)
}

/// Compares two bundles, or exported texts, as far as was asked.
///
/// # Errors
/// When one of them cannot be decoded, or a device that was named is not there.
pub fn diff_with(
    left: Opened,
    right: Opened,
    options: &Options,
    catalog: &Catalog,
) -> Result<Diffed, DiffError> {
    let mut said = vec![options.selection.report()];
    said.extend(selections_of(&left)?);
    said.extend(selections_of(&right)?);
    let selections: Vec<Selection> = said.iter().map(Selection::of).collect();
    let (left, right) = (marks::early(left, catalog)?, marks::early(right, catalog)?);
    let pairs = matching::pair(&left, &right, &options.pairs)?;
    let is_trust_same = trust(&left) == trust(&right);
    let Equal { members, undecoded } = equal(&left, &right, &pairs.devices, is_trust_same);
    let decode = |case: Case, id: fn(&DevicePair) -> Option<&String>| {
        let equal: BTreeSet<&String> =
            undecoded.iter().filter_map(|place| id(pairs.devices.get(*place)?)).collect();
        match case.opened.is_imported() {
            true => Ok(case),
            false => case.opened.decode_without(catalog, &|device, member| {
                equal.contains(&device.id) && !is_identity(member)
            }),
        }
    };
    let left = decode(left, |pair| pair.left.as_ref())?;
    let right = decode(right, |pair| pair.right.as_ref())?;
    let (own, others) = names(&pairs.devices);
    let (left_side, right_side) = (Side::of(&left, &own, catalog)?, Side::of(&right, &others, catalog)?);
    let plan = Plan {
        catalog,
        selections: &selections,
        firmware_differs: &firmware_differs(&left, &right, &pairs.devices),
        others: &pairs
            .devices
            .iter()
            .filter(|pair| is_another(pair))
            .filter_map(|pair| pair.left.clone())
            .collect(),
        undecoded: &undecoded.iter().filter_map(|place| pairs.devices.get(*place)?.left.clone()).collect(),
        with_lines: options.unified,
    };
    let compared = compare(&plan, &left_side, &right_side);
    let mut context = context::rows(&left, &right, &pairs.devices, plan.undecoded);
    for row in &mut context {
        row.aside |= !selections.iter().all(|selection| selection.takes_row(row));
    }
    let unified = options.unified.then(|| unified::text(&left, &right, &pairs.devices, &compared.lines));
    let is_text = left.opened.has_told() || right.opened.has_told();
    let outcome = outcome(&pairs, &context, &compared, is_text);
    let groups = counts(&compared.changes, &compared.gaps);
    let report = DiffReport {
        left: left.opened.identity(),
        right: right.opened.identity(),
        selections: said.into_iter().filter(|selection| *selection != DiffSelection::default()).collect(),
        devices: pairs.devices,
        context,
        same: outcome == DiffOutcome::Same,
        outcome,
        groups,
        changes: compared.changes,
        equal_members: members,
        not_compared: compared.not_compared,
        gaps: compared.gaps,
        unread_by_both: compared.unread_by_both,
        // Two sources can speak of one thing under two paths: that they differ shows in the context alone.
        compared: is_text.then_some(compared.both_say),
    };
    Ok(Diffed { report, unified })
}

/// Suffix of the transcripts that say what a device is: always decoded, they are short.
const IDENTITY: &str = "/identity.exchanges";

fn is_identity(member: &str) -> bool {
    member.ends_with(IDENTITY)
}

/// What the host shows that bears on how much evidence carries.
fn trust(case: &Case) -> Vec<&Fact> {
    let of_host = case.facts.iter().filter(|fact| fact.subject == Subject::Host);
    of_host.filter(|fact| place::group(&fact.path) == ChangeGroup::Trust).collect()
}

/// Transcripts that are equal byte for byte.
struct Equal {
    members: u64,
    /// Places of the pairs all of whose transcripts are.
    undecoded: BTreeSet<usize>,
}

/// A device's transcripts but the one that is always decoded, by their names without its folder.
fn transcripts<'a>(case: &'a Case, device: &'a Device) -> BTreeMap<&'a str, &'a [u8]> {
    let members = case.opened.transcripts(device).filter(|member| !is_identity(member));
    let named = |member: &'a str| {
        let bytes = case.opened.bundle.members.get(member)?.as_slice();
        Some((member.strip_prefix(device.folder.as_str())?, bytes))
    };
    members.filter_map(named).collect()
}

fn equal(left: &Case, right: &Case, pairs: &[DevicePair], is_trust_same: bool) -> Equal {
    let mut equal = Equal { members: 0, undecoded: BTreeSet::new() };
    for (place, pair) in pairs.iter().enumerate() {
        let Some((own, other)) = device(left, pair.left.as_ref()).zip(device(right, pair.right.as_ref()))
        else {
            continue;
        };
        // Only the same kind of function, reached in the same way, decodes equal transcripts to equal facts.
        if own.transport != other.transport || own.pci.get("device") != other.pci.get("device") {
            continue;
        }
        let (own, other) = (transcripts(left, own), transcripts(right, other));
        let same = own.iter().filter(|(name, bytes)| other.get(*name) == Some(*bytes)).count();
        equal.members = equal.members.saturating_add(u64::try_from(same).unwrap_or(u64::MAX));
        if is_trust_same && own == other && !own.is_empty() {
            equal.undecoded.insert(place);
        }
    }
    equal
}

fn device<'a>(case: &'a Case, id: Option<&String>) -> Option<&'a Device> {
    case.opened.devices().iter().find(|device| Some(&device.id) == id)
}

/// For each side: names of the devices that have a partner, on the first side.
fn names(pairs: &[DevicePair]) -> (BTreeMap<String, String>, BTreeMap<String, String>) {
    let (mut own, mut others) = (BTreeMap::new(), BTreeMap::new());
    for (left, right) in pairs.iter().filter_map(|pair| pair.left.as_ref().zip(pair.right.as_ref())) {
        own.insert(left.clone(), left.clone());
        others.insert(right.clone(), left.clone());
    }
    (own, others)
}

/// Whether the two are known to be two cards.
fn is_another(pair: &DevicePair) -> bool {
    pair.unlike.iter().any(|what| matches!(what.as_str(), matching::SERIAL | matching::ADDRESS))
}

/// Whether the two firmware versions differ, by the device's name on the first side.
fn firmware_differs(left: &Case, right: &Case, pairs: &[DevicePair]) -> BTreeMap<String, Option<bool>> {
    let version = |case: &Case, id: Option<&String>| {
        let device = device(case, id)?;
        Identity::of(case, device).firmware_text().and_then(Firmware::parse)
    };
    let differs = |pair: &DevicePair| {
        let versions = version(left, pair.left.as_ref()).zip(version(right, pair.right.as_ref()));
        Some((pair.left.clone()?, versions.map(|(own, other)| own != other)))
    };
    pairs.iter().filter_map(differs).collect()
}

fn outcome(pairs: &Pairs, context: &[ContextRow], compared: &Compared, is_text: bool) -> DiffOutcome {
    let differs = pairs.has_surplus
        || context.iter().any(ContextRow::counts)
        || compared.changes.iter().any(Change::counts);
    // Silence is no sameness: of two texts that say nothing alike nothing was compared.
    let is_open = pairs.is_ambiguous || !compared.gaps.is_empty() || (is_text && compared.both_say == 0);
    match (differs, is_open) {
        (true, _) => DiffOutcome::Different,
        (false, true) => DiffOutcome::Undecided,
        (false, false) => DiffOutcome::Same,
    }
}

fn counts(changes: &[Change], gaps: &[NotCompared]) -> Vec<GroupCounts> {
    let count = |found: usize| u64::try_from(found).unwrap_or(u64::MAX);
    let all = ChangeGroup::ALL.map(|group| {
        let own = || changes.iter().filter(move |change| change.group == group);
        let of = |kind: ChangeKind| {
            count(own().filter(|change| !change.is_beside() && change.kind == kind).count())
        };
        GroupCounts {
            group,
            changed: of(ChangeKind::Changed),
            re_ranged: of(ChangeKind::ReRanged),
            added: of(ChangeKind::Added),
            removed: of(ChangeKind::Removed),
            renamed: of(ChangeKind::Renamed),
            volatile: count(own().filter(|change| change.volatile).count()),
            identity: count(own().filter(|change| change.identity).count()),
            gaps: count(gaps.iter().filter(|gap| gap.group == group).count()),
        }
    });
    let is_empty =
        |counts: &GroupCounts| *counts == GroupCounts { group: counts.group, ..GroupCounts::default() };
    all.into_iter().filter(|counts| !is_empty(counts)).collect()
}
