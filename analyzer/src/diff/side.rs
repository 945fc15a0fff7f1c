//! One side of a comparison: what it says of each fact, and what its silence means.
//!
//! A fact that is not there says something only where the unit that it belongs to was read: then the device has no such
//! thing. What was not asked for, or not answered, is neither there nor gone. Texts of other programs name what they
//! name, so that their silence says nothing at all.
//!
//! Must not do: compare.

use std::collections::{BTreeMap, BTreeSet};

use mlx5_schemas::catalog::Catalog;
use mlx5_schemas::model::fact::{Fact, Subject, Value, View};
use mlx5_schemas::model::status::CollectionStatus;

use super::place::{companion_of, is_stored, of_today, unit};
use crate::case::Case;
use crate::golden::{GoldenError, Said, is_golden, told_of, unnumbered};

/// Subject, path and view; facts of one key are told apart by their order.
pub(super) type Key = (Subject, String, Option<View>, usize);

/// What one side says of a fact.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum State {
    Value(Value),
    /// Nothing is stored: the factory's value applies.
    NeverSet,
    /// There is no such thing.
    Absent,
    /// It was asked for and not read.
    Gap(CollectionStatus),
    /// It was not asked for.
    NotAsked,
    /// A text does not name it.
    Silent,
}

impl State {
    /// What stands in the unified text.
    pub(super) fn said(&self) -> Option<Said> {
        match self {
            Self::Value(value) => Some(Said::Value(value.clone())),
            Self::NeverSet => Some(Said::NeverSet),
            Self::Absent => Some(Said::Absent),
            Self::Gap(status) => Some(Said::Gap(*status)),
            Self::NotAsked => Some(Said::Gap(CollectionStatus::Skipped)),
            Self::Silent => None,
        }
    }
}

impl From<Said> for State {
    fn from(said: Said) -> Self {
        match said {
            Said::Value(value) => Self::Value(value),
            Said::NeverSet => Self::NeverSet,
            Said::Absent => Self::Absent,
            Said::Gap(status) => Self::Gap(status),
        }
    }
}

/// One side.
pub(super) struct Side<'a> {
    pub(super) case: &'a Case,
    /// The facts, their subjects named as on the first side, their paths by today's names.
    pub(super) facts: BTreeMap<Key, &'a Fact>,
    /// Units of which something was read, or of which it is said that there are none.
    units: BTreeMap<(Subject, String, Option<View>), bool>,
    /// Facts of whose bytes another release makes something else, by view.
    pub(super) companions: BTreeSet<(Subject, String, Option<View>)>,
    /// By own id of a device, or `None` for the host: whether texts alone tell of it.
    told: BTreeMap<Option<String>, bool>,
    /// Devices whose decoding ended early.
    cut: BTreeSet<String>,
}

impl<'a> Side<'a> {
    /// `names` gives a device's name on the first side; devices without one are left out.
    pub(super) fn of(
        case: &'a Case,
        names: &BTreeMap<String, String>,
        catalog: &Catalog,
    ) -> Result<Self, GoldenError> {
        let golden = is_golden(&case.opened).then(|| told_of(&case.opened)).transpose()?;
        let is_told = |device: Option<&str>| match (&golden, device) {
            (Some(told), device) => told.contains(&device.map(str::to_owned)),
            (None, Some(device)) => case.opened.is_told(device),
            (None, None) => case.opened.is_imported(),
        };
        let mut told = BTreeMap::from([(None, is_told(None))]);
        told.extend(names.iter().map(|(own, name)| (Some(name.clone()), is_told(Some(own)))));
        let mut side = Self {
            case,
            facts: BTreeMap::new(),
            units: BTreeMap::new(),
            companions: BTreeSet::new(),
            told,
            cut: BTreeSet::new(),
        };
        let mut seen: BTreeMap<(Subject, String, Option<View>), usize> = BTreeMap::new();
        for fact in case.facts.iter() {
            let Some(subject) = renamed(&fact.subject, names) else { continue };
            if let Some(whole) = companion_of(&fact.path) {
                side.companions.insert((subject, whole.to_owned(), fact.view));
                continue;
            }
            if let ("decode/rest", Some(device)) = (fact.path.as_str(), subject.device()) {
                side.cut.insert(device.to_owned());
            }
            let (path, number) = match golden {
                Some(_) => unnumbered(&fact.path),
                None => (fact.path.as_str(), 0),
            };
            let path = of_today(catalog, path).unwrap_or_else(|| path.to_owned());
            side.note_unit(&subject, &path, fact);
            let place = seen.entry((subject.clone(), path.clone(), fact.view)).or_default();
            let number = number.max(*place);
            side.facts.insert((subject, path, fact.view, number), fact);
            *place = place.saturating_add(1);
        }
        Ok(side)
    }

    fn note_unit(&mut self, subject: &Subject, path: &str, fact: &Fact) {
        if is_stored(path) {
            return;
        }
        let (unit, view) = match path {
            "nv/access.stored_listed" => (path, None),
            _ => unit(path, fact.view),
        };
        let is_read = match Said::of(&self.case.opened, fact) {
            Said::Value(_) | Said::NeverSet => true,
            Said::Absent => false,
            Said::Gap(_) => return,
        };
        let known = self.units.entry((subject.clone(), unit.to_owned(), view)).or_insert(is_read);
        *known |= is_read;
    }

    /// Whether texts alone tell of a device, or of the host.
    pub(super) fn is_told(&self, subject: &Subject) -> bool {
        self.told.get(&subject.device().map(str::to_owned)).copied().unwrap_or_default()
    }

    /// What it says of a fact; `other` is the other side.
    pub(super) fn state(&self, key: &Key, other: &Side<'_>) -> State {
        let (subject, path, view, _) = key;
        let is_told = self.is_told(subject);
        if let Some(fact) = self.facts.get(key) {
            let said = Said::of(&self.case.opened, fact);
            return match said {
                Said::Value(value) => State::Value(value),
                Said::NeverSet | Said::Absent | Said::Gap(_) if is_told => State::Silent,
                Said::NeverSet | Said::Absent | Said::Gap(_) => said.into(),
            };
        }
        // Texts have words of their own: that nobody else has them says nothing. Nor does a log that goes by other lines.
        if is_told || other.is_told(subject) || path.starts_with("log/") {
            return State::Silent;
        }
        if subject.device().is_some_and(|device| self.cut.contains(device)) {
            return State::NotAsked;
        }
        if let Some(state) = self.above(key) {
            return state;
        }
        let read = |subject: &Subject, unit: &str, view: Option<View>| {
            self.units.get(&(subject.clone(), unit.to_owned(), view)).copied()
        };
        // The walk over stored items is the device's, whatever port an item is of.
        let (unit, unit_view) = unit(path, *view);
        let of_device = subject.device().map(|device| Subject::Device { device: device.to_owned() });
        let subject = if is_stored(path) { of_device.as_ref().unwrap_or(subject) } else { subject };
        match (read(subject, unit, unit_view), read(subject, unit, None)) {
            (Some(_), _) | (None, Some(false)) => State::Absent,
            // The TLV is there, and was not read in this view.
            (None, Some(true) | None) => State::NotAsked,
        }
    }

    /// What is said of something that the fact is a part of, where that has no value.
    fn above(&self, (subject, path, view, _): &Key) -> Option<State> {
        let ends = path.char_indices().rev().filter(|(_, c)| matches!(c, '/' | '.' | '['));
        for (end, _) in ends {
            let key = (subject.clone(), path.get(..end)?.to_owned(), *view, 0);
            if let Some(fact) = self.facts.get(&key) {
                return match Said::of(&self.case.opened, fact) {
                    Said::Value(_) | Said::NeverSet => None,
                    said @ (Said::Absent | Said::Gap(_)) => Some(said.into()),
                };
            }
        }
        None
    }

    /// The value that is in force where nothing is stored: the factory's.
    pub(super) fn factory(&self, (subject, path, _, place): &Key) -> Option<&Value> {
        self.facts.get(&(subject.clone(), path.clone(), Some(View::Default), *place))?.value()
    }
}

/// A subject by the first side's names.
pub(super) fn renamed(subject: &Subject, names: &BTreeMap<String, String>) -> Option<Subject> {
    let rename = |device: &String| names.get(device).cloned();
    Some(match subject {
        Subject::Host => Subject::Host,
        Subject::Device { device } => Subject::Device { device: rename(device)? },
        Subject::Port { device, port } => Subject::Port { device: rename(device)?, port: *port },
        Subject::Module { device, module } => Subject::Module { device: rename(device)?, module: *module },
    })
}
