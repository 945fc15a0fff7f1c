//! Conditions on values: one fact, two facts against each other.
//!
//! Must not do: take a fact without a value for one that fails.

use std::cmp::Ordering;

use mlx5_schemas::model::condition::{Compare, FactTest, Operand, Relation, Test};
use mlx5_schemas::model::fact::{Evidence, Fact, Value, View};

use super::{Index, Outcome};
use crate::known::load::LoadedIssue;
use crate::pattern::Pattern;

/// One fact, or one of several.
pub(super) fn fact(index: &Index<'_>, loaded: &LoadedIssue, test: &FactTest) -> Outcome {
    let facts: Vec<&Fact> = index
        .take(&Pattern::new(&test.name))
        .into_iter()
        .filter(|fact| match (test.view, fact.view) {
            (Some(wanted), view) => view == Some(wanted),
            (None, Some(View::Current | View::Next) | None) => true,
            (None, Some(View::Default)) => false,
        })
        .collect();
    let mut unread = facts.is_empty();
    for fact in facts {
        match fact.value() {
            Some(value) if holds(loaded, &test.is, value) => {
                return Outcome::met(true, fact.evidence.clone());
            }
            Some(_) => {}
            None => unread = true,
        }
    }
    if unread { Outcome::unknown(named(&test.name, test.view)) } else { Outcome::not() }
}

fn named(name: &str, view: Option<View>) -> String {
    view.map_or_else(|| name.to_owned(), |view| format!("{name} ({})", view.word()))
}

fn holds(loaded: &LoadedIssue, test: &Test, value: &Value) -> bool {
    match test {
        Test::Equals(expected) => expected.is(value),
        Test::Not(expected) => !expected.is(value),
        Test::OneOf(list) => list.iter().any(|expected| expected.is(value)),
        Test::Range(range) => match value {
            Value::Number { number, .. } => {
                range.min.is_none_or(|min| *number >= min) && range.max.is_none_or(|max| *number <= max)
            }
            Value::Text { .. } | Value::Bytes { .. } => false,
        },
        // Compiled when the issue was read; one that is not there finds nothing.
        Test::Matches(text) => {
            loaded.expressions.get(text).is_some_and(|expression| expression.is_match(&value.to_string()))
        }
        Test::Known => true,
    }
}

/// Two facts against each other.
pub(super) fn compare(index: &Index<'_>, compare: &Compare) -> Outcome {
    let (left, right) = (operand(index, &compare.left), operand(index, &compare.right));
    let missing: Vec<String> = [(left.is_none(), &compare.left), (right.is_none(), &compare.right)]
        .into_iter()
        .filter(|(is_missing, _)| *is_missing)
        .map(|(_, operand)| named(&operand.name, operand.view))
        .collect();
    let (Some((left, shown)), Some((right, also))) = (left, right) else {
        return Outcome { met: None, missing, ..Outcome::default() };
    };
    let is = match compare.is {
        Relation::Same => Some(is_same(left, right)),
        Relation::Different => Some(!is_same(left, right)),
        Relation::Less => order(left, right).map(Ordering::is_lt),
        Relation::AtMost => order(left, right).map(Ordering::is_le),
        Relation::Greater => order(left, right).map(Ordering::is_gt),
        Relation::AtLeast => order(left, right).map(Ordering::is_ge),
    };
    match is {
        Some(is) => Outcome::when(is, true, [shown, also].concat()),
        None => Outcome::unknown(format!("numbers of {} and {}", compare.left.name, compare.right.name)),
    }
}

fn operand<'a>(index: &Index<'a>, operand: &Operand) -> Option<(&'a Value, Vec<Evidence>)> {
    let views = match operand.view {
        Some(view) => vec![Some(view)],
        None => vec![Some(View::Next), Some(View::Current), None],
    };
    let fact =
        views.into_iter().find_map(|view| index.one(&operand.name, view).filter(|f| f.value().is_some()))?;
    Some((fact.value()?, fact.evidence.clone()))
}

pub(super) fn is_same(left: &Value, right: &Value) -> bool {
    match (left, right) {
        (Value::Number { number: left, .. }, Value::Number { number: right, .. }) => left == right,
        (_, _) => left == right,
    }
}

/// Numbers by number; speeds (`8.0 GT/s`) by the number before the unit.
fn order(left: &Value, right: &Value) -> Option<Ordering> {
    let number = |value: &Value| match value {
        // Exact up to 2^53; no value that is compared comes near.
        Value::Number { number, .. } => u32::try_from(*number).ok().map(f64::from),
        Value::Text { text } => text.split_whitespace().next()?.parse::<f64>().ok(),
        Value::Bytes { .. } => None,
    };
    number(left)?.partial_cmp(&number(right)?)
}
