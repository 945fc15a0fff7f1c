//! What kind of difference it is: a changed value, or something that firmware added, took away, renamed or gave another
//! room.
//!
//! Must not do: say which firmware is right.

use mlx5_schemas::catalog::Catalog;
use mlx5_schemas::model::fact::Value;
use mlx5_schemas::model::report::ChangeKind;

use super::compare::{Plan, is_same_number};
use super::place::whole;
use super::side::{Key, Side, State};
use crate::case::tlv_of;

/// A difference by its kind.
#[derive(Debug)]
pub(super) struct Judged {
    pub(super) kind: ChangeKind,
    pub(super) note: Option<String>,
}

fn plainly(kind: ChangeKind) -> Option<Judged> {
    Some(Judged { kind, note: None })
}

/// Tells what two states come to; `None` where they are the same.
pub(super) fn kind(
    plan: &Plan<'_>,
    key: &Key,
    (left, ours): (&Side<'_>, &State),
    (right, theirs): (&Side<'_>, &State),
) -> Option<Judged> {
    if ours == theirs {
        return None;
    }
    match (ours, theirs) {
        (State::Absent, _) => plainly(ChangeKind::Added),
        (_, State::Absent) => plainly(ChangeKind::Removed),
        // Nothing stored means the factory's value.
        (State::NeverSet, State::Value(value)) => (left.factory(key) != Some(value)).then(changed),
        (State::Value(value), State::NeverSet) => (right.factory(key) != Some(value)).then(changed),
        (State::Value(one), State::Value(other)) if is_same_number(one, other) => {
            // Texts of tools print names as their release has them.
            let is_told = left.is_told(&key.0) || right.is_told(&key.0);
            if is_told { None } else { plainly(ChangeKind::Renamed) }
        }
        (State::Value(one), State::Value(other)) => Some(of_values(plan, key, (left, one), (right, other))),
        // These were dealt with: nothing is compared.
        (State::NeverSet | State::Value(_) | State::Gap(_) | State::NotAsked | State::Silent, _) => None,
    }
}

fn changed() -> Judged {
    Judged { kind: ChangeKind::Changed, note: None }
}

fn of_values(
    plan: &Plan<'_>,
    key: &Key,
    (left, one): (&Side<'_>, &Value),
    (right, other): (&Side<'_>, &Value),
) -> Judged {
    let (subject, path, view, _) = key;
    let re_ranged = |note: &str| Judged { kind: ChangeKind::ReRanged, note: Some(note.to_owned()) };
    if is_allowance(plan.catalog, path) {
        return re_ranged("what the firmware allows");
    }
    // Firmware that is known to be the same has one layout, whichever that is.
    let device = subject.device().unwrap_or_default();
    if plan.firmware_differs.get(device).copied().flatten() == Some(false) {
        return changed();
    }
    if let Some(tlv) = tlv_of(path) {
        let lengths = match (one, other) {
            (Value::Bytes { hex: one }, Value::Bytes { hex: other }) => one.len() != other.len(),
            (Value::Bytes { .. } | Value::Number { .. } | Value::Text { .. }, _) => false,
        };
        match tlv.part {
            "/length" | "/version" | "/supported_version" => return re_ranged("the TLV's layout"),
            "/data" if lengths => return re_ranged("the TLV's length"),
            _ => {}
        }
    }
    let companion = (subject.clone(), whole(path).to_owned(), *view);
    if left.companions.contains(&companion) || right.companions.contains(&companion) {
        return re_ranged("releases read these bytes differently, and the firmware differs");
    }
    changed()
}

/// Whether a fact says what may be set, not what is: a parameter of a TLV of capabilities, a capability's maximum.
fn is_allowance(catalog: &Catalog, path: &str) -> bool {
    let of_capability_tlv = |path: &str| {
        let place = tlv_of(path)?;
        let tlv = catalog.tlv(place.class, place.index)?;
        Some(tlv.capability && place.part.starts_with('.'))
    };
    path.starts_with("cap_max/") || of_capability_tlv(path).unwrap_or_default()
}
