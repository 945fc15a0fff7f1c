//! Fact by fact: what differs, in what way, and what cannot be compared.
//!
//! Must not do: call anything the same, or changed, that was not read on both sides.

use std::collections::{BTreeMap, BTreeSet};

use mlx5_schemas::catalog::Catalog;
use mlx5_schemas::model::fact::{Fact, Knowledge, Subject, Value};
use mlx5_schemas::model::report::{Change, ChangeKind, NotCompared, Sides};

use super::Selection;
use super::kind::{Judged, kind};
use super::place::{group, of_today};
use super::side::{Key, Side, State};
use super::volatile::{is_identity, is_volatile};
use crate::golden::{Said, fact_line, unnumbered};

/// What comes of comparing fact by fact.
#[derive(Debug, Default)]
pub(super) struct Compared {
    /// Ordered by group, subject and path.
    pub(super) changes: Vec<Change>,
    /// Facts that have a value on both sides.
    pub(super) both_say: u64,
    /// Facts that one side says, while the other is silent or did not read them.
    pub(super) not_compared: u64,
    /// Those that were not read.
    pub(super) gaps: Vec<NotCompared>,
    /// Facts that neither side read.
    pub(super) unread_by_both: u64,
    /// The lines of both sides' texts, in one order.
    pub(super) lines: Vec<(Option<String>, Option<String>)>,
}

/// What is compared, and how.
pub(super) struct Plan<'a> {
    pub(super) catalog: &'a Catalog,
    /// All of them must take a fact; the first is the command line's, the others are what exported texts are of.
    pub(super) selections: &'a [Selection],
    /// Whether the firmware differs, by device; `None` where one side does not say it.
    pub(super) firmware_differs: &'a BTreeMap<String, Option<bool>>,
    /// Devices that are known to be another card on the other side.
    pub(super) others: &'a BTreeSet<String>,
    /// Devices whose transcripts were not decoded, since they are equal.
    pub(super) undecoded: &'a BTreeSet<String>,
    /// Whether the lines of the texts are wanted.
    pub(super) with_lines: bool,
}

pub(super) fn compare(plan: &Plan<'_>, left: &Side<'_>, right: &Side<'_>) -> Compared {
    let mut compared = Compared::default();
    let keys: BTreeSet<&Key> = left.facts.keys().chain(right.facts.keys()).collect();
    for key in keys {
        let (a, b) = (left.facts.get(key).copied(), right.facts.get(key).copied());
        if !plan.takes(key, a, b) {
            continue;
        }
        let (ours, theirs) = (left.state(key, right), right.state(key, left));
        if plan.with_lines && !is_volatile(&key.1) {
            compared.lines.extend(lines(key, (a, &ours), (b, &theirs)));
        }
        take(plan, key, (left, a, ours), (right, b, theirs), &mut compared);
    }
    compared.changes.sort_by(|one, other| place(one).cmp(&place(other)));
    compared
}

fn place(change: &Change) -> impl Ord + '_ {
    (change.group, &change.subject, &change.path, change.view)
}

impl Plan<'_> {
    fn takes(&self, (subject, path, _, _): &Key, left: Option<&Fact>, right: Option<&Fact>) -> bool {
        // Signs are made of other facts, of which some were not decoded here; those are equal, and so are the signs.
        let is_partial = path.starts_with("taint/")
            && subject.device().is_some_and(|device| self.undecoded.contains(device));
        let is_taken = |(place, selection): (usize, &Selection)| {
            // A text that was made without what changes by itself, or what names a card, says nothing of it.
            (place == 0 || selection.keeps(path))
                && [left, right].into_iter().flatten().any(|fact| selection.takes(self.catalog, fact))
        };
        !is_partial && self.selections.iter().enumerate().all(is_taken)
    }
}

type Told<'a, 's> = (&'s Side<'a>, Option<&'a Fact>, State);

fn take(plan: &Plan<'_>, key: &Key, left: Told<'_, '_>, right: Told<'_, '_>, compared: &mut Compared) {
    let (left_side, a, ours) = left;
    let (right_side, b, theirs) = right;
    let count = |number: &mut u64| *number = number.saturating_add(1);
    match (&ours, &theirs) {
        (State::Silent, State::Silent) => return,
        (State::Silent, State::Value(_)) | (State::Value(_), State::Silent) => {
            return count(&mut compared.not_compared);
        }
        // A text names no such thing, and the device has none; or it was not read, and nobody says it.
        (State::Silent, _) | (_, State::Silent) => return,
        (State::Gap(_) | State::NotAsked, State::Gap(_) | State::NotAsked) => {
            // Of what is equal byte for byte not everything was decoded, and so not everything counted.
            let is_partial = key.0.device().is_some_and(|device| plan.undecoded.contains(device));
            if !is_volatile(&key.1) && !is_partial {
                count(&mut compared.unread_by_both);
            }
            return;
        }
        // Nobody asked, and the other side has none.
        (State::NotAsked, State::Absent) | (State::Absent, State::NotAsked) => return,
        (State::Gap(_) | State::NotAsked, _) => {
            return gap(key, Sides::Left, &ours, a, a.or(b), compared);
        }
        (_, State::Gap(_) | State::NotAsked) => {
            return gap(key, Sides::Right, &theirs, b, a.or(b), compared);
        }
        (State::Value(_), State::Value(_)) => {
            // The head of a text names the card; that two cards have one name says nothing of their settings.
            if !key.1.starts_with("board/") {
                count(&mut compared.both_say);
            }
        }
        (
            State::Value(_) | State::NeverSet | State::Absent,
            State::Value(_) | State::NeverSet | State::Absent,
        ) => {}
    }
    let judged = kind(plan, key, (left_side, &ours), (right_side, &theirs));
    let old_path = |fact: Option<&Fact>| {
        let path = unnumbered(&fact?.path).0;
        (path != key.1 && of_today(plan.catalog, path).is_some()).then(|| path.to_owned())
    };
    let (left_path, right_path) = (old_path(a), old_path(b));
    let Some(Judged { kind, note }) = judged.or_else(|| {
        let is_renamed = left_path.is_some() || right_path.is_some();
        is_renamed.then_some(Judged { kind: ChangeKind::Renamed, note: None })
    }) else {
        return;
    };
    let Some(fact) = b.filter(|_| left_path.is_some()).or(a).or(b) else { return };
    compared.changes.push(Change {
        subject: key.0.clone(),
        path: key.1.clone(),
        left_path,
        right_path,
        name: fact.name().to_owned(),
        view: key.2,
        group: group(&key.1),
        kind,
        note,
        left: a.map(|fact| fact.knowledge.clone()),
        right: b.map(|fact| fact.knowledge.clone()),
        volatile: is_volatile(&key.1),
        identity: is_identity(&key.1) && key.0.device().is_some_and(|device| plan.others.contains(device)),
        left_evidence: a.map(|fact| fact.evidence.clone()).unwrap_or_default(),
        right_evidence: b.map(|fact| fact.evidence.clone()).unwrap_or_default(),
    });
}

fn gap(
    key: &Key,
    side: Sides,
    state: &State,
    own: Option<&Fact>,
    named: Option<&Fact>,
    compared: &mut Compared,
) {
    if is_volatile(&key.1) {
        return;
    }
    compared.not_compared = compared.not_compared.saturating_add(1);
    let (status, reason) = match (state, own.map(|fact| &fact.knowledge)) {
        (State::Gap(status), Some(Knowledge::Unknown { reason, .. })) => (status.word(), reason.clone()),
        (State::Gap(status), _) => (status.word(), "what it is a part of was not read".to_owned()),
        (State::Value(_) | State::NeverSet | State::Absent | State::NotAsked | State::Silent, _) => {
            ("not-asked", "nothing was asked that would tell".to_owned())
        }
    };
    compared.gaps.push(NotCompared {
        subject: key.0.clone(),
        path: key.1.clone(),
        name: named.map_or(key.1.as_str(), Fact::name).to_owned(),
        view: key.2,
        group: group(&key.1),
        side,
        status: status.to_owned(),
        reason,
    });
}

/// The lines of both texts. What a text is silent on is in neither.
fn lines(
    key: &Key,
    (a, ours): (Option<&Fact>, &State),
    (b, theirs): (Option<&Fact>, &State),
) -> Option<(Option<String>, Option<String>)> {
    let (ours, theirs) = (ours.said()?, theirs.said()?);
    let label = match &key.0 {
        Subject::Host => "host".to_owned(),
        Subject::Device { device } => device.clone(),
        Subject::Port { device, port } => format!("{device}.port{port}"),
        Subject::Module { device, module } => format!("{device}.module{module}"),
    };
    let name = a.or(b).map_or(key.1.as_str(), Fact::name);
    let line = |said| fact_line(&label, &key.1, key.2, said, name);
    let is_there = |said: &Said| *said != Said::Absent;
    // That there is none is no line where the other side has one.
    let left = (a.is_some() || is_there(&ours)).then(|| line(&ours));
    let right = (b.is_some() || is_there(&theirs)).then(|| line(&theirs));
    Some((left, right))
}

/// Whether both say the same number, by whatever name; or one gives only the name.
pub(super) fn is_same_number(left: &Value, right: &Value) -> bool {
    match (left, right) {
        (Value::Number { number: one, .. }, Value::Number { number: other, .. }) => one == other,
        (Value::Text { text }, Value::Number { name: Some(name), .. })
        | (Value::Number { name: Some(name), .. }, Value::Text { text }) => text == name,
        (Value::Number { .. } | Value::Text { .. } | Value::Bytes { .. }, _) => false,
    }
}
