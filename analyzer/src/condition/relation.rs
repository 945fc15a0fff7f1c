//! How one value stands to another.
//!
//! Must not do: compare what has no common measure: that is no answer.

use std::cmp::Ordering;

use mlx5_schemas::model::condition::Relation;
use mlx5_schemas::model::fact::Value;

use super::in_force::InForce;

/// Whether a value stands so to another; `None` where the two cannot be compared.
pub(crate) fn holds(is: Relation, left: &Value, right: &Value) -> Option<bool> {
    let ordered = |is_so: fn(Ordering) -> bool| order(left, right).map(is_so);
    match is {
        Relation::Same => same(left, right),
        Relation::Different => same(left, right).map(|is_same| !is_same),
        Relation::Less => ordered(Ordering::is_lt),
        Relation::AtMost => ordered(Ordering::is_le),
        Relation::Greater => ordered(Ordering::is_gt),
        Relation::AtLeast => ordered(Ordering::is_ge),
    }
}

/// Names are the catalog's; numbers are what is stored. A number and a text are the same where the text is the number.
fn same(left: &Value, right: &Value) -> Option<bool> {
    match (left, right) {
        (Value::Number { number: left, .. }, Value::Number { number: right, .. }) => Some(left == right),
        (Value::Text { text: left }, Value::Text { text: right }) => Some(left == right),
        (Value::Bytes { hex: left }, Value::Bytes { hex: right }) => Some(left == right),
        (_, _) => order(left, right).map(Ordering::is_eq),
    }
}

/// Numbers by number; texts such as `8.0 GT/s` by the number before the unit, which both must have alike where both have
/// one.
fn order(left: &Value, right: &Value) -> Option<Ordering> {
    if let (Value::Number { number: left, .. }, Value::Number { number: right, .. }) = (left, right) {
        return Some(left.cmp(right));
    }
    let ((left, of), (right, also)) = (measured(left)?, measured(right)?);
    let is_comparable = of.is_none() || also.is_none() || of == also;
    left.partial_cmp(&right).filter(|_| is_comparable)
}

/// A number and its unit.
fn measured(value: &Value) -> Option<(f64, Option<&str>)> {
    match value {
        // Exact up to 2^53; what is compared with a text comes nowhere near.
        Value::Number { number, .. } => u32::try_from(*number).ok().map(|number| (f64::from(number), None)),
        Value::Text { text } => {
            let mut words = text.split_whitespace();
            let number = words.next()?.parse::<f64>().ok().filter(|number| number.is_finite())?;
            Some((number, words.next()))
        }
        Value::Bytes { .. } => None,
    }
}

/// Every reading of a value; `None` where another release makes no value of its bytes.
pub(crate) fn readings<'a>(known: &InForce<'a>) -> Option<Vec<&'a Value>> {
    known.others.as_ref().map(|others| [known.value].into_iter().chain(others.iter().copied()).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn number(number: u64) -> Value {
        Value::Number { number, name: None }
    }

    fn text(text: &str) -> Value {
        Value::Text { text: text.to_owned() }
    }

    #[test]
    fn values_are_compared_by_measure() {
        use Relation::{AtLeast, AtMost, Different, Greater, Less, Same};
        for (left, is, right, expected) in [
            (number(8), AtMost, number(8), Some(true)),
            (number(9), AtMost, number(8), Some(false)),
            (number(u64::MAX), Greater, number(u64::MAX - 1), Some(true)),
            (text("8.0 GT/s"), Less, text("16.0 GT/s"), Some(true)),
            (text("2.5 GT/s"), AtLeast, text("16 GT/s"), Some(false)),
            (text("8 GT/s"), Less, text("16 Gb/s"), None),
            (text("16"), Same, number(16), Some(true)),
            (text("x"), Same, number(16), None),
            (text("x"), Different, text("y"), Some(true)),
            (text("x"), Less, text("y"), None),
            (text("NaN"), AtMost, number(1), None),
            (Value::Bytes { hex: "00".to_owned() }, Same, number(0), None),
        ] {
            assert_eq!(holds(is, &left, &right), expected, "{left} {is:?} {right}");
        }
    }
}
