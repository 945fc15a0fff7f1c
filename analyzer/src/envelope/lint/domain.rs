//! Which values a parameter or field can have.
//!
//! Must not do: know what is expected of them.

use std::collections::BTreeSet;

use mlx5_schemas::catalog::ParameterKind;
use mlx5_schemas::model::baseline::Expect;
use mlx5_schemas::model::expected::Expected;
use mlx5_schemas::model::fact::Value;

use crate::check::resolve::{Known, Of};

/// Fields with at most so many bits are gone through value by value.
const NARROW: u32 = 8;

/// Values that stand for all.
#[derive(Debug, Clone)]
pub(super) struct Domain {
    /// Some values; all of them where the field is narrow.
    pub(super) values: Vec<Value>,
    /// The greatest number; none for text and bytes.
    pub(super) greatest: Option<u64>,
    /// Whether all values are there.
    pub(super) is_all: bool,
    /// Whether it is True or False.
    pub(super) is_boolean: bool,
}

/// What something can be; of a wide field zero, the greatest, and the numbers at which these expectations change their
/// mind.
pub(super) fn of(known: &Known<'_>, expects: &[&Expect]) -> Option<Domain> {
    let (width, is_text, is_boolean) = match known.of {
        Of::Parameter(_, parameter) => {
            let (_, width) = parameter.element(0)?;
            (width, parameter.kind == ParameterKind::Text, parameter.kind == ParameterKind::Boolean)
        }
        Of::Field(field) => (field.bit_width, false, false),
    };
    if is_text {
        let values = vec![Value::Text { text: "some text".to_owned() }];
        return Some(Domain { values, greatest: None, is_all: false, is_boolean });
    }
    let greatest = match width {
        0 | 65.. => return None,
        64 => u64::MAX,
        _ => 1_u64.checked_shl(width)?.checked_sub(1)?,
    };
    let named = |number: u64| Value::Number {
        number,
        name: match known.of {
            Of::Parameter(_, parameter) => parameter.value_name(number),
            Of::Field(field) => field.value_name(number),
        }
        .map(str::to_owned),
    };
    let is_all = width <= NARROW;
    let numbers: BTreeSet<u64> = match is_all {
        true => (0..=greatest).collect(),
        false => {
            let turns = expects.iter().flat_map(|expect| turns(expect));
            let around = turns.flat_map(|at| [at.saturating_sub(1), at, at.saturating_add(1)]);
            around.chain([0, greatest]).filter(|number| *number <= greatest).chain(names(known)).collect()
        }
    };
    Some(Domain {
        values: numbers.into_iter().map(named).collect(),
        greatest: Some(greatest),
        is_all,
        is_boolean,
    })
}

/// Whether the numbers at which an expectation changes its mind are known, so that values around them stand for all.
pub(super) fn is_plain(expect: &Expect) -> bool {
    matches!(expect, Expect::Equals(_) | Expect::OneOf(_) | Expect::NoneOf(_) | Expect::Range(_))
}

/// The numbers that have a name.
fn names(known: &Known<'_>) -> Vec<u64> {
    let enumeration = match known.of {
        Of::Parameter(_, parameter) => &parameter.enumeration,
        Of::Field(field) => &field.enumeration,
    };
    enumeration.iter().map(|(number, _)| *number).collect()
}

/// The numbers that an expectation names, each with its place below the expectation.
pub(super) fn constants(expect: &Expect) -> Vec<(String, u64)> {
    let number = |value: &Expected| match value {
        Expected::Number(number) => Some(*number),
        Expected::Text(_) => None,
    };
    let listed = |member: &str, values: &[Expected]| -> Vec<(String, u64)> {
        let each = values.iter().enumerate();
        each.filter_map(|(place, value)| Some((format!("/{member}/{place}"), number(value)?))).collect()
    };
    match expect {
        Expect::Equals(value) => {
            number(value).map(|number| ("/equals".to_owned(), number)).into_iter().collect()
        }
        Expect::OneOf(values) => listed("one_of", values),
        Expect::NoneOf(values) => listed("none_of", values),
        Expect::Range(range) => {
            let ends = [("/range/min", range.min), ("/range/max", range.max)];
            ends.into_iter().filter_map(|(at, end)| Some((at.to_owned(), end?))).collect()
        }
        Expect::Bits(bits) => {
            let masks = [("/bits/set", bits.set), ("/bits/clear", bits.clear)];
            masks.into_iter().filter_map(|(at, mask)| Some((at.to_owned(), mask?.0))).collect()
        }
        Expect::Matches(_)
        | Expect::Relation(_)
        | Expect::Present
        | Expect::Absent
        | Expect::Count(_)
        | Expect::EqualsFactory => Vec::new(),
    }
}

fn turns(expect: &Expect) -> Vec<u64> {
    let mut turns: Vec<u64> = constants(expect).into_iter().map(|(_, number)| number).collect();
    if let Expect::Bits(bits) = expect {
        turns.extend(bits.clear.map(|mask| !mask.0));
    }
    turns
}
