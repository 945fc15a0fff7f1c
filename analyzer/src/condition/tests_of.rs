//! Conditions on values: one fact, two facts against each other.
//!
//! Must not do: take a fact without a value for one that fails.

use std::collections::BTreeMap;

use mlx5_schemas::model::condition::{Compare, FactTest, Operand, Test};
use mlx5_schemas::model::fact::{Evidence, Fact, Knowledge, Subject, Value, View};

use super::in_force::{InForce, view_of};
use super::{About, Expressions, Lens, Outcome, readings, relation_holds};
use crate::case::Views;
use crate::pattern::Pattern;

/// One fact, or one of several.
pub(super) fn fact(about: &About<'_>, expressions: &Expressions, lens: Lens, test: &FactTest) -> Outcome {
    let mut taken: BTreeMap<(&Subject, &str), Views<'_>> = BTreeMap::new();
    let pattern = Pattern::new(&test.name);
    for fact in about.index.take(&pattern) {
        taken
            .entry((&fact.subject, &fact.path))
            .or_insert_with(|| about.facts.views(&fact.subject, &fact.path));
    }
    let mut unread = taken.is_empty() || about.lacks(&pattern);
    let mut looked_at: Vec<Evidence> = Vec::new();
    for views in taken.values() {
        // Without a view both are looked at, and one of them suffices.
        let each: &[Option<View>] = match (test.view, lens) {
            (None, Lens::Any) if views.has_views() => &[Some(View::Current), Some(View::Next)],
            (_, _) => &[view_of(views, test.view, lens)],
        };
        for &view in each {
            // A view that is not offered is no gap where another one of the two will do.
            if test.view.is_none() && lens == Lens::Any && view.is_some_and(|v| views.in_view(v).is_none()) {
                unread |= each.iter().flatten().all(|view| views.in_view(*view).is_none());
                continue;
            }
            let Some(known) = about.in_force(views, view) else {
                let shown = evidence_of(views, view);
                if is_unread_so(expressions, &test.is, views, view) {
                    return Outcome::met(true, shown);
                }
                unread = true;
                looked_at.extend(shown);
                continue;
            };
            looked_at.extend(known.fact.evidence.iter().cloned());
            let is_so = |value: &&Value| holds(expressions, &test.is, value);
            match readings(&known).map(|all| (all.iter().any(is_so), all.iter().all(is_so))) {
                Some((_, true)) => return Outcome::met(true, known.fact.evidence.clone()),
                Some((false, false)) => {}
                // Releases read the bytes differently, and do not agree about this.
                Some((true, false)) | None => unread = true,
            }
        }
    }
    if unread { Outcome::unknown(named(&test.name, test.view), looked_at) } else { Outcome::not(looked_at) }
}

fn evidence_of(views: &Views<'_>, view: Option<View>) -> Vec<Evidence> {
    fact_of(views, view).map(|fact| fact.evidence.clone()).unwrap_or_default()
}

fn fact_of<'a>(views: &Views<'a>, view: Option<View>) -> Option<&'a Fact> {
    view.map_or_else(|| views.plain(), |view| views.in_view(view))
}

/// Whether it is asked why there is no value, and the reason is so.
fn is_unread_so(expressions: &Expressions, test: &Test, views: &Views<'_>, view: Option<View>) -> bool {
    match (test, fact_of(views, view).map(|fact| &fact.knowledge)) {
        (Test::Unread(expression), Some(Knowledge::Unknown { reason, .. })) => {
            expressions.find(expression, reason)
        }
        (_, _) => false,
    }
}

fn named(name: &str, view: Option<View>) -> String {
    view.map_or_else(|| name.to_owned(), |view| format!("{name} ({})", view.word()))
}

/// Whether a value is so.
fn holds(expressions: &Expressions, test: &Test, value: &Value) -> bool {
    match test {
        Test::Equals(expected) => expected.is(value),
        Test::Not(expected) => !expected.is(value),
        Test::OneOf(list) => list.iter().any(|expected| expected.is(value)),
        Test::Range(range) => match value {
            Value::Number { number, .. } => range.holds(*number),
            Value::Text { .. } | Value::Bytes { .. } => false,
        },
        Test::Matches(expression) => expressions.find(expression, &value.to_string()),
        Test::Known => true,
        Test::Unread(_) => false,
    }
}

/// Two facts against each other.
pub(super) fn compare(about: &About<'_>, lens: Lens, compare: &Compare) -> Outcome {
    let sides = [&compare.left, &compare.right].map(|side| (side, operand(about, lens, side)));
    let missing: Vec<String> = sides
        .iter()
        .filter(|(_, known)| known.is_none())
        .map(|(side, _)| named(&side.name, side.view))
        .collect();
    let shown = |known: &InForce<'_>| known.fact.evidence.clone();
    let looked_at: Vec<Evidence> =
        sides.iter().filter_map(|(_, known)| known.as_ref()).flat_map(shown).collect();
    let [(_, Some(left)), (_, Some(right))] = &sides else {
        return Outcome { met: None, missing, looked_at, ..Outcome::default() };
    };
    let (left, right) = (readings(left).unwrap_or_default(), readings(right).unwrap_or_default());
    let mut answers = left.iter().flat_map(|l| right.iter().map(move |r| relation_holds(compare.is, l, r)));
    match answers.next().flatten() {
        Some(is) if answers.all(|answer| answer == Some(is)) => Outcome::when(is, true, looked_at),
        Some(_) | None => {
            let words = format!("numbers of {} and {}", compare.left.name, compare.right.name);
            Outcome::unknown(words, looked_at)
        }
    }
}

fn operand<'a>(about: &About<'a>, lens: Lens, operand: &Operand) -> Option<InForce<'a>> {
    let mut named: Vec<(&Subject, &str)> = Vec::new();
    for fact in about.index.named(&operand.name) {
        if !named.contains(&(&fact.subject, &fact.path)) {
            named.push((&fact.subject, &fact.path));
        }
    }
    let is_one = named.len() < 2 && !about.lacks(&Pattern::new(&operand.name));
    if !is_one && lens != Lens::Any {
        // Several ports have it, or may: which one is meant, the name does not say.
        return None;
    }
    named.into_iter().find_map(|(subject, path)| {
        let views = about.facts.views(subject, path);
        about.in_force(&views, view_of(&views, operand.view, lens))
    })
}
