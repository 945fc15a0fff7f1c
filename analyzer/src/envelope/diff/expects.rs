//! Whether one expectation admits all that another one admits.
//!
//! Must not do: guess. What cannot be shown from the two alone is neither.

use mlx5_schemas::model::baseline::{Bits, Expect};
use mlx5_schemas::model::expected::{Expected, Range};
use mlx5_schemas::model::report::BaselineEffect as Effect;

/// Most numbers of a range that are gone through one by one.
const MOST: u64 = 4096;

/// What comes of the second in place of the first; nothing where they admit the same.
pub(super) fn effect(old: &Expect, new: &Expect) -> Option<Effect> {
    match (admits_all(new, old), admits_all(old, new)) {
        (Some(true), Some(true)) => None,
        (Some(true), _) => Some(Effect::Looser),
        (_, Some(true)) => Some(Effect::Tighter),
        (_, _) => Some(Effect::Other),
    }
}

/// Whether `wide` admits all that `narrow` does; `None` where it cannot be told.
fn admits_all(wide: &Expect, narrow: &Expect) -> Option<bool> {
    if wide == narrow {
        return Some(true);
    }
    let each = |values: &[Expected]| all(values.iter().map(|value| admits(wide, value)));
    match (wide, narrow) {
        (Expect::Present, other) => match other {
            Expect::Absent => Some(false),
            Expect::Count(_) => None,
            Expect::Equals(_)
            | Expect::OneOf(_)
            | Expect::NoneOf(_)
            | Expect::Range(_)
            | Expect::Bits(_)
            | Expect::Matches(_)
            | Expect::Relation(_)
            | Expect::Present
            | Expect::EqualsFactory => Some(true),
        },
        (_, Expect::Equals(value)) => admits(wide, value),
        (_, Expect::OneOf(values)) => each(values),
        (Expect::Range(wide), Expect::Range(narrow)) => Some(holds(wide, narrow)),
        (_, Expect::Range(range)) => of_range(wide, range),
        (Expect::NoneOf(wide), Expect::NoneOf(narrow)) => {
            // By a name and by a number it may be one and the same.
            let is_left_out = |value: &Expected| any(narrow.iter().map(|other| same(other, value)));
            all(wide.iter().map(is_left_out))
        }
        (Expect::Bits(wide), Expect::Bits(narrow)) => {
            let within = |bits: fn(&Bits) -> u64| bits(wide) & !bits(narrow) == 0;
            Some(
                within(|bits| bits.set.map_or(0, |mask| mask.0))
                    && within(|bits| bits.clear.map_or(0, |mask| mask.0)),
            )
        }
        (Expect::Count(wide), Expect::Count(narrow)) if wide.of == narrow.of => {
            Some(holds(&wide.devices, &narrow.devices))
        }
        (
            Expect::Equals(_)
            | Expect::OneOf(_)
            | Expect::NoneOf(_)
            | Expect::Range(_)
            | Expect::Bits(_)
            | Expect::Matches(_)
            | Expect::Relation(_)
            | Expect::Absent
            | Expect::Count(_)
            | Expect::EqualsFactory,
            _,
        ) => None,
    }
}

/// Whether a value is admitted.
fn admits(expect: &Expect, value: &Expected) -> Option<bool> {
    let number = match value {
        Expected::Number(number) => Some(*number),
        Expected::Text(_) => None,
    };
    match expect {
        Expect::Equals(other) => same(other, value),
        Expect::OneOf(list) => any(list.iter().map(|other| same(other, value))),
        Expect::NoneOf(list) => any(list.iter().map(|other| same(other, value))).map(|is| !is),
        Expect::Range(range) => number.map(|number| range.holds(number)),
        Expect::Bits(bits) => number.map(|number| {
            let mask = |mask: Option<mlx5_schemas::model::expected::Mask>| mask.map_or(0, |mask| mask.0);
            number & mask(bits.set) == mask(bits.set) && number & mask(bits.clear) == 0
        }),
        Expect::Present => Some(true),
        Expect::Absent => Some(false),
        Expect::Matches(_) | Expect::Relation(_) | Expect::Count(_) | Expect::EqualsFactory => None,
    }
}

fn of_range(wide: &Expect, range: &Range) -> Option<bool> {
    let (Some(min), Some(max)) = (range.min, range.max) else { return None };
    if max.saturating_sub(min) < MOST {
        return all((min..=max).map(|number| admits(wide, &Expected::Number(number))));
    }
    None
}

/// Whether one range holds the other.
fn holds(wide: &Range, narrow: &Range) -> bool {
    let below = wide.min.is_none_or(|wide| narrow.min.is_some_and(|narrow| narrow >= wide) || wide == 0);
    let above =
        wide.max.is_none_or(|wide| narrow.max.is_some_and(|narrow| narrow <= wide) || wide == u64::MAX);
    below && above
}

/// Whether two words of a file mean one value; a name and a number may.
fn same(one: &Expected, other: &Expected) -> Option<bool> {
    match (one, other) {
        (Expected::Number(one), Expected::Number(other)) => Some(one == other),
        // `ETH(2)` is ETH as well; two other texts may not be names at all, and then they differ.
        (Expected::Text(one), Expected::Text(other)) if one == other => Some(true),
        (Expected::Text(one), Expected::Text(other)) => {
            if one.contains('(') || other.contains('(') {
                None
            } else {
                Some(false)
            }
        }
        (Expected::Number(_), Expected::Text(_)) | (Expected::Text(_), Expected::Number(_)) => None,
    }
}

fn all(answers: impl Iterator<Item = Option<bool>>) -> Option<bool> {
    let mut whole = Some(true);
    for answer in answers {
        match answer {
            Some(false) => return Some(false),
            Some(true) => {}
            None => whole = None,
        }
    }
    whole
}

fn any(answers: impl Iterator<Item = Option<bool>>) -> Option<bool> {
    all(answers.map(|answer| answer.map(|is| !is))).map(|is| !is)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(old: serde_json::Value, new: serde_json::Value) -> &'static str {
        let expect = |json| serde_json::from_value::<Expect>(json).unwrap();
        effect(&expect(old), &expect(new)).map_or("same", Effect::word)
    }

    #[test]
    fn more_admitted_is_looser() {
        use serde_json::json;
        for (old, new, expected) in [
            (json!({"range": {"max": 64}}), json!({"range": {"min": 0, "max": 64}}), "same"),
            (json!({"range": {"min": 0, "max": 64}}), json!({"range": {"min": 0, "max": 127}}), "looser"),
            (json!({"range": {"min": 0, "max": 64}}), json!({"range": {"min": 1, "max": 127}}), "other"),
            (json!({"equals": 8}), json!({"one_of": [8]}), "same"),
            (json!({"equals": 8}), json!({"one_of": [8, 16]}), "looser"),
            (json!({"one_of": [16, 8]}), json!({"one_of": [8, 16]}), "same"),
            (json!({"one_of": [8, 16]}), json!({"range": {"min": 8, "max": 16}}), "looser"),
            (json!({"range": {"min": 8, "max": 9}}), json!({"one_of": [9, 8]}), "same"),
            (json!({"range": {"min": 8, "max": 90}}), json!({"one_of": [9, 8]}), "tighter"),
            (json!({"none_of": ["IB"]}), json!({"none_of": ["IB", "VPI"]}), "tighter"),
            (json!({"none_of": ["IB"]}), json!({"equals": "ETH"}), "tighter"),
            (json!({"equals": "ETH"}), json!({"equals": 2}), "other"),
            (json!({"equals": "ETH"}), json!({"one_of": ["ETH", 1]}), "looser"),
            (json!({"bits": {"clear": "0x3"}}), json!({"bits": {"clear": "0x1"}}), "looser"),
            (json!({"bits": {"clear": "0x3"}}), json!({"bits": {"set": "0x4"}}), "other"),
            (json!({"bits": {"set": "0x4"}}), json!({"equals": 5}), "tighter"),
            (json!({"matches": "a"}), json!("present"), "looser"),
            (json!("absent"), json!("present"), "other"),
            (json!("equals_factory"), json!({"equals": 8}), "other"),
            (json!({"count": {"devices": {"min": 1}}}), json!({"count": {"devices": {"min": 2}}}), "tighter"),
        ] {
            assert_eq!(of(old.clone(), new.clone()), expected, "{old} {new}");
            let back = match expected {
                "looser" => "tighter",
                "tighter" => "looser",
                other => other,
            };
            assert_eq!(of(new.clone(), old.clone()), back, "{new} {old}");
        }
    }
}
