//! Two selections as one.
//!
//! Must not do: say with one what only both say. Where that cannot be done there is none.

use mlx5_schemas::model::baseline::Select;
use mlx5_schemas::model::expected::{FirmwareRange, VersionRange};

use crate::case::Firmware;

/// What both hold.
pub(super) fn both(one: &Select, other: &Select) -> Option<Select> {
    Some(Select {
        family: names(&one.family, &other.family)?,
        psid: patterns(&one.psid, &other.psid)?,
        part_number: patterns(&one.part_number, &other.part_number)?,
        device: names(&one.device, &other.device)?,
        firmware: firmware(one.firmware.as_ref(), other.firmware.as_ref())?,
        driver: versions(one.driver.as_ref(), other.driver.as_ref())?,
        kernel: versions(one.kernel.as_ref(), other.kernel.as_ref())?,
        role: names(&one.role, &other.role)?,
    })
}

/// What one of the two holds: they differ in one list alone.
pub(super) fn either(one: &Select, other: &Select) -> Option<Select> {
    let mut whole = one.clone();
    let mut widened = 0_u32;
    for (list, more) in [
        (&mut whole.family, &other.family),
        (&mut whole.psid, &other.psid),
        (&mut whole.part_number, &other.part_number),
        (&mut whole.device, &other.device),
    ] {
        if list == more {
            continue;
        }
        widened = widened.saturating_add(1);
        // An empty list is about any.
        if list.is_empty() || more.is_empty() {
            list.clear();
        } else {
            let new: Vec<String> = more.iter().filter(|item| !list.contains(item)).cloned().collect();
            list.extend(new);
        }
    }
    let rest = |select: &Select| {
        let Select { family: _, psid: _, part_number: _, device: _, firmware, driver, kernel, role } = select;
        (firmware.clone(), driver.clone(), kernel.clone(), role.clone())
    };
    (widened <= 1 && rest(one) == rest(other)).then_some(whole)
}

/// What stands in both lists; an empty list is about any. None where nothing would be left: an empty list would say the
/// opposite.
fn names<T: PartialEq + Clone>(one: &[T], other: &[T]) -> Option<Vec<T>> {
    if one.is_empty() || other.is_empty() {
        return Some([one, other].concat());
    }
    let shared: Vec<T> = one.iter().filter(|item| other.contains(item)).cloned().collect();
    (!shared.is_empty()).then_some(shared)
}

/// Patterns are not understood here: both must be the same, or one of them about any.
fn patterns(one: &[String], other: &[String]) -> Option<Vec<String>> {
    match (one.is_empty(), other.is_empty()) {
        (true, _) => Some(other.to_vec()),
        (_, true) => Some(one.to_vec()),
        (false, false) => (one == other).then(|| one.to_vec()),
    }
}

fn versions(one: Option<&VersionRange>, other: Option<&VersionRange>) -> Option<Option<VersionRange>> {
    match (one, other) {
        (Some(one), Some(other)) => (one == other).then(|| Some(one.clone())),
        (one, other) => Some(one.or(other).cloned()),
    }
}

fn firmware(one: Option<&FirmwareRange>, other: Option<&FirmwareRange>) -> Option<Option<FirmwareRange>> {
    let (Some(one), Some(other)) = (one, other) else { return Some(one.or(other).cloned()) };
    let ends = |of: fn(&FirmwareRange) -> Option<&String>| {
        let ends = [one, other].into_iter().filter_map(of);
        ends.filter_map(|text| Some((Firmware::parse(text)?, text.clone())))
    };
    let from = ends(|range| range.from.as_ref()).max();
    let to = ends(|range| range.to.as_ref()).min();
    let is_empty = from.as_ref().zip(to.as_ref()).is_some_and(|((from, _), (to, _))| from > to);
    (!is_empty)
        .then(|| Some(FirmwareRange { from: from.map(|(_, text)| text), to: to.map(|(_, text)| text) }))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn select(json: serde_json::Value) -> Select {
        serde_json::from_value(json).unwrap()
    }

    #[test]
    fn one_selection_says_what_two_say_or_there_is_none() {
        use serde_json::json;
        let of = |one, other| both(&select(one), &select(other));
        let range = |from: &str, to: &str| json!({"firmware": {"from": from, "to": to}});
        assert_eq!(
            of(range("22.1.1", "22.5.0"), range("22.3.0", "22.9.0")),
            Some(select(range("22.3.0", "22.5.0")))
        );
        assert_eq!(of(range("22.1.1", "22.2.0"), range("22.3.0", "22.9.0")), None);
        assert_eq!(
            of(json!({"psid": ["MT_*"]}), json!({"psid": ["MT_1"]})),
            None,
            "patterns are not understood"
        );
        assert_eq!(of(json!({"psid": ["A"]}), json!({})), Some(select(json!({"psid": ["A"]}))));
        assert_eq!(of(json!({"device": ["0x101d"]}), json!({"device": ["0x1021"]})), None);
        let either = |one, other| either(&select(one), &select(other));
        assert_eq!(
            either(json!({"psid": ["A"]}), json!({"psid": ["B"]})),
            Some(select(json!({"psid": ["A", "B"]})))
        );
        assert_eq!(either(json!({"psid": ["A"]}), json!({"psid": ["B"], "device": ["0x101d"]})), None);
        assert_eq!(either(json!({"psid": ["A"]}), json!({})), Some(Select::default()));
        assert_eq!(either(range("22.1.1", "22.2.0"), json!({})), None);
    }
}
