//! What a rule expects, held against the values that its parameters can have.
//!
//! Must not do: judge a device. Whether a value is admitted is asked of the kinds of rules themselves.

use std::collections::BTreeSet;

use mlx5_schemas::model::baseline::Expect;
use mlx5_schemas::model::condition::Test;
use mlx5_schemas::model::expected::Expected;
use mlx5_schemas::model::fact::Value;

use super::Stated;
use super::desk::Desk;
use super::domain::{self, Domain};
use super::vocabulary::Vocabulary;
use crate::baseline::Flaw;
use crate::check::admits;
use crate::check::resolve::Known;
use crate::check::rule::RuleError;
use crate::condition::Expressions;

/// What a rule expects.
pub(super) fn rule(desk: &mut Desk<'_, '_>, vocabulary: &Vocabulary<'_>, stated: Stated<'_>) {
    let rule = stated.rule;
    let named = vocabulary.scope(&rule.facts, &rule.except);
    let pointer = format!("{}/expect", stated.pointer);
    if let Expect::Count(count) = &rule.expect {
        if let Some(expect) = count.of.as_ref().and_then(of_test) {
            expectation(desk, vocabulary, &named, &expect, &format!("{pointer}/count/of"));
        }
        return;
    }
    expectation(desk, vocabulary, &named, &rule.expect, &pointer);
}

/// A test of a condition as an expectation.
pub(super) fn of_test(test: &Test) -> Option<Expect> {
    match test {
        Test::Equals(value) => Some(Expect::Equals(value.clone())),
        Test::Not(value) => Some(Expect::NoneOf(vec![value.clone()])),
        Test::OneOf(values) => Some(Expect::OneOf(values.clone())),
        Test::Range(range) => Some(Expect::Range(*range)),
        Test::Matches(expression) => Some(Expect::Matches(expression.clone())),
        Test::Known | Test::Unread(_) => None,
    }
}

/// Which values an expectation admits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Admitted {
    All,
    None,
    Some,
    /// Not all values were looked at, or the expectation cannot be held against them.
    CannotTell,
}

/// Holds an expectation against what is named; says which values it admits of all of them.
pub(super) fn expectation(
    desk: &mut Desk<'_, '_>,
    vocabulary: &Vocabulary<'_>,
    named: &BTreeSet<usize>,
    expect: &Expect,
    pointer: &str,
) -> Admitted {
    if word(expect).is_empty() || matches!(expect, Expect::Relation(_) | Expect::Count(_)) {
        return Admitted::CannotTell;
    }
    let before = desk.findings.len();
    let known: Vec<&Known<'_>> = named.iter().filter_map(|place| vocabulary.known(*place)).collect();
    elements(desk, vocabulary, &known, expect, pointer);
    widths(desk, &known, expect, pointer);
    if let Some((words, flaw)) = failing(vocabulary, &known, expect) {
        if desk.findings.len() == before {
            desk.add(flaw, &format!("{pointer}{}", word(expect)), words);
        }
        return Admitted::CannotTell;
    }
    let mut all = known.iter().map(|known| of_one(vocabulary, known, expect));
    let admitted = match all.next() {
        Some(first) if all.all(|other| other == first) => first,
        Some(_) | None => Admitted::CannotTell,
    };
    if desk.findings.len() == before {
        let what = match known.as_slice() {
            [one] => one.shown.clone(),
            _ => "what is named".to_owned(),
        };
        let at = format!("{pointer}{}", word(expect));
        match admitted {
            Admitted::All => desk.add(Flaw::AlwaysInside, &at, format!("no value of {what} can be outside")),
            Admitted::None => desk.add(Flaw::NeverInside, &at, format!("no value of {what} can be inside")),
            Admitted::Some | Admitted::CannotTell => {}
        }
    }
    admitted
}

/// The values of a list, and the one of `equals`: each by itself, so that the one at fault is named.
fn elements(
    desk: &mut Desk<'_, '_>,
    vocabulary: &Vocabulary<'_>,
    known: &[&Known<'_>],
    expect: &Expect,
    pointer: &str,
) {
    let one: Vec<(String, &Expected)> = match expect {
        Expect::Equals(value) => vec![("/equals".to_owned(), value)],
        Expect::OneOf(values) => listed("one_of", values),
        Expect::NoneOf(values) => listed("none_of", values),
        Expect::Range(_)
        | Expect::Bits(_)
        | Expect::Matches(_)
        | Expect::Relation(_)
        | Expect::Present
        | Expect::Absent
        | Expect::Count(_)
        | Expect::EqualsFactory => Vec::new(),
    };
    let mut seen: Vec<(Vec<u64>, &Expected)> = Vec::new();
    for (at, value) in one {
        let at = format!("{pointer}{at}");
        let equals = Expect::Equals(value.clone());
        if let Some((words, flaw)) = failing(vocabulary, known, &equals) {
            desk.add(flaw, &at, words);
            continue;
        }
        let numbers = meant(vocabulary, known, &equals);
        let is_same = |(other, text): &(Vec<u64>, &Expected)| {
            *text == value || (!numbers.is_empty() && *other == numbers)
        };
        if let Some((_, earlier)) = seen.iter().find(|seen| is_same(seen)) {
            desk.add(Flaw::Repeated, &at, format!("{value} is listed before, as {earlier}"));
        }
        seen.push((numbers, value));
        let are_boolean = !known.is_empty()
            && known.iter().all(|known| domain::of(known, &[]).is_some_and(|domain| domain.is_boolean));
        if let (true, Expected::Number(number @ (0 | 1))) = (are_boolean, value) {
            let word = if *number == 1 { "True" } else { "False" };
            desk.add(Flaw::BooleanAsNumber, &at, format!("{number} is shown as {word}"));
        }
    }
}

fn listed<'e>(member: &str, values: &'e [Expected]) -> Vec<(String, &'e Expected)> {
    values.iter().enumerate().map(|(place, value)| (format!("/{member}/{place}"), value)).collect()
}

/// The numbers that a value stands for.
fn meant(vocabulary: &Vocabulary<'_>, known: &[&Known<'_>], equals: &Expect) -> Vec<u64> {
    let Some(first) = known.first() else { return Vec::new() };
    let Some(domain) = domain::of(first, &[equals]) else { return Vec::new() };
    let is =
        |value: &&Value| asks(vocabulary, first, (equals, &Expressions::default()), value) == Some(Ok(true));
    let numbers = domain.values.iter().filter(is).filter_map(|value| match value {
        Value::Number { number, .. } => Some(*number),
        Value::Text { .. } | Value::Bytes { .. } => None,
    });
    numbers.collect()
}

/// Numbers that none of the fields can hold.
fn widths(desk: &mut Desk<'_, '_>, known: &[&Known<'_>], expect: &Expect, pointer: &str) {
    let greatest: Option<Vec<u64>> = known.iter().map(|known| domain::of(known, &[])?.greatest).collect();
    let Some(greatest) = greatest.and_then(|all| all.into_iter().max()) else { return };
    for (at, number) in domain::constants(expect) {
        if number > greatest {
            let words = format!("{number} is greater than the field can hold, which ends at {greatest}");
            desk.add(Flaw::ValueTooWide, &format!("{pointer}{at}"), words);
        }
    }
}

/// Why an expectation cannot be held against something that is named.
fn failing(vocabulary: &Vocabulary<'_>, known: &[&Known<'_>], expect: &Expect) -> Option<(String, Flaw)> {
    let expressions = compiled(expect);
    let asked = (expect, &expressions);
    let error = known.iter().find_map(|known| {
        let domain = domain::of(known, &[expect])?;
        domain.values.iter().find_map(|value| asks(vocabulary, known, asked, value)?.err())
    })?;
    let flaw = match &error {
        RuleError::ValueName { hint, .. } if hint.contains("without quotes") => Flaw::QuotedNumber,
        RuleError::ValueName { .. } => Flaw::UnknownValue,
        RuleError::Kind { .. }
        | RuleError::Incomparable { .. }
        | RuleError::NoView { .. }
        | RuleError::NoEvidence { .. } => Flaw::WrongKind,
    };
    Some((error.to_string(), flaw))
}

/// Whether an expectation admits a value; `None` where it is not about the value alone.
pub(super) fn asks(
    vocabulary: &Vocabulary<'_>,
    known: &Known<'_>,
    (expect, expressions): (&Expect, &Expressions),
    value: &Value,
) -> Option<Result<bool, RuleError>> {
    let path = known.names.first().map(String::as_str).unwrap_or_default();
    admits(expect, expressions, (vocabulary.catalog, path, &known.shown), value)
}

/// The expression of an expectation, compiled; one that cannot be used is refused by the reader, and finds nothing.
pub(super) fn compiled(expect: &Expect) -> Expressions {
    let mut expressions = Expressions::default();
    if let Expect::Matches(expression) = expect {
        let _ = expressions.add(expression);
    }
    expressions
}

fn of_one(vocabulary: &Vocabulary<'_>, known: &Known<'_>, expect: &Expect) -> Admitted {
    let Some(domain) = domain::of(known, &[expect]) else { return Admitted::CannotTell };
    if !can_tell(&domain, &[expect]) {
        return Admitted::CannotTell;
    }
    let expressions = compiled(expect);
    let asked = (expect, &expressions);
    let answers: Option<Vec<bool>> =
        domain.values.iter().map(|value| asks(vocabulary, known, asked, value)?.ok()).collect();
    match answers {
        None => Admitted::CannotTell,
        Some(all) if all.iter().all(|is| *is) => Admitted::All,
        Some(all) if !all.iter().any(|is| *is) => Admitted::None,
        Some(_) => Admitted::Some,
    }
}

/// Whether the values of a domain stand for all values, where these expectations are asked.
pub(super) fn can_tell(domain: &Domain, expects: &[&Expect]) -> bool {
    domain.greatest.is_some() && (domain.is_all || expects.iter().all(|expect| domain::is_plain(expect)))
}

/// The member of an expectation, below it; a word that stands alone has none.
pub(super) fn word(expect: &Expect) -> &'static str {
    match expect {
        Expect::Equals(_) => "/equals",
        Expect::OneOf(_) => "/one_of",
        Expect::NoneOf(_) => "/none_of",
        Expect::Range(_) => "/range",
        Expect::Bits(_) => "/bits",
        Expect::Matches(_) => "/matches",
        Expect::Relation(_) => "/relation",
        Expect::Count(_) => "/count",
        Expect::Present | Expect::Absent | Expect::EqualsFactory => "",
    }
}
