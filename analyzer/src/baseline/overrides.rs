//! Rules as they count: named, with their expressions compiled, and changed by the baselines that build on theirs.
//!
//! Must not do: change a rule that the file does not include.

use std::collections::BTreeSet;

use mlx5_schemas::model::baseline::{BaselineRule, Expect, Override};

use super::include::{Trouble, wrong};
use super::{Change, Flaw, LoadedFile, LoadedRule, suggest, validate};
use crate::condition::{Expressions, KnownNames, expression_of, expressions_of, suggestion};

/// The rules of a file, and what is wrong with their expressions.
pub(super) fn rules_of(file: &LoadedFile, place: usize) -> (Vec<LoadedRule>, Vec<Trouble>) {
    let baseline = &file.baseline;
    let mut troubles = Vec::new();
    let each = baseline.rules.iter().enumerate().map(|(at, rule)| {
        let pointer = format!("/rules/{at}");
        let owner = rule.owner.clone().or_else(|| baseline.owner.clone());
        let rule = BaselineRule { owner, ..rule.clone() };
        LoadedRule {
            name: format!("{}/{}", baseline.name, rule.id),
            expressions: compiled(file, &rule, &pointer, &mut troubles),
            rule,
            within: baseline.select.clone(),
            file: place,
            pointer,
            changes: Vec::new(),
        }
    });
    (each.collect(), troubles)
}

/// Does a file's overrides, and tells what is wrong with them.
pub(super) fn apply(
    file: &LoadedFile,
    reaches: &BTreeSet<usize>,
    rules: &mut Vec<LoadedRule>,
    names: &KnownNames,
) -> Vec<Trouble> {
    let mut troubles = Vec::new();
    for (at, change) in file.baseline.overrides.iter().enumerate() {
        let pointer = format!("/overrides/{at}");
        let is_meant = |rule: &LoadedRule| rule.name == change.rule && reaches.contains(&rule.file);
        let Some(place) = rules.iter().position(is_meant) else {
            let words = unknown(file, change, rules.iter().filter(|rule| reaches.contains(&rule.file)));
            troubles.push(wrong(file, Flaw::OverrideUnknown, &format!("{pointer}/rule"), words));
            continue;
        };
        if change.off {
            rules.remove(place);
            continue;
        }
        let Some(rule) = rules.get_mut(place) else { continue };
        let before = validate::rule_faults(&rule.rule, names);
        changed(&mut rule.rule, change);
        rule.expressions = compiled(file, &rule.rule, &pointer, &mut troubles);
        rule.changes.push(Change { by: file.baseline.name.clone(), why: change.why.clone() });
        let faults = validate::rule_faults(&rule.rule, names).into_iter();
        troubles.extend(faults.filter(|fault| !before.contains(fault)).map(|fault| {
            let message = format!("with this, {}", fault.message);
            wrong(file, fault.flaw, &format!("{pointer}{}", fault.pointer), message)
        }));
    }
    troubles
}

/// A rule that is not among those of included files.
fn unknown<'r>(file: &LoadedFile, change: &Override, rules: impl Iterator<Item = &'r LoadedRule>) -> String {
    let own = format!("{}/", file.baseline.name);
    if change.rule.strip_prefix(&own).is_some_and(|id| file.baseline.rules.iter().any(|rule| rule.id == id)) {
        return format!("{} is this file's own rule: change it there", change.rule);
    }
    let names: Vec<&str> = rules.map(|rule| rule.name.as_str()).collect();
    if names.is_empty() {
        return format!("there is no rule {}: nothing is included that has rules", change.rule);
    }
    // An id alone is what people write first.
    let whole = names.iter().find(|name| name.rsplit('/').next() == Some(&change.rule)).copied();
    let near = whole.or_else(|| suggest::nearest(&change.rule, names.iter().copied()));
    format!("no included baseline has a rule {}{}", change.rule, suggestion(near))
}

fn changed(rule: &mut BaselineRule, change: &Override) {
    let Override { rule: _, why: _, off: _, severity, select, when, except, expect } = change;
    if let Some(severity) = severity {
        rule.severity = *severity;
    }
    if let Some(select) = select {
        rule.select = select.clone();
    }
    if let Some(when) = when {
        rule.when = Some(when.clone());
    }
    rule.except.extend(except.iter().cloned());
    if let Some(expect) = expect {
        rule.expect = expect.clone();
    }
}

/// The expressions of a rule, compiled; what is wrong with one is told.
fn compiled(
    file: &LoadedFile,
    rule: &BaselineRule,
    pointer: &str,
    troubles: &mut Vec<Trouble>,
) -> Expressions {
    let in_expect = match &rule.expect {
        Expect::Matches(expression) => Some(expression.as_str()),
        Expect::Count(count) => count.of.as_ref().and_then(expression_of),
        Expect::Equals(_)
        | Expect::OneOf(_)
        | Expect::NoneOf(_)
        | Expect::Range(_)
        | Expect::Bits(_)
        | Expect::Relation(_)
        | Expect::Present
        | Expect::Absent
        | Expect::EqualsFactory => None,
    };
    let in_when = rule.when.iter().flat_map(expressions_of).map(|expression| ("when", expression));
    let mut expressions = Expressions::default();
    for (member, expression) in in_expect.map(|expression| ("expect", expression)).into_iter().chain(in_when)
    {
        if let Err(error) = expressions.add(expression) {
            // The parser draws its message over several lines, the last of which says it.
            let words = error.to_string();
            let last = words.lines().last().unwrap_or_default().trim_start_matches("error: ").to_owned();
            let words = format!("the expression {expression:?} cannot be used: {last}");
            troubles.push(wrong(file, Flaw::InvalidExpression, &format!("{pointer}/{member}"), words));
        }
    }
    expressions
}
