//! Overrides that change nothing, or that a later one of the same file takes back.
//!
//! Must not do: tell what the reader of baselines refuses already.

use mlx5_schemas::model::baseline::{BaselineRule, Override};

use super::desk::Desk;
use super::vocabulary::Vocabulary;
use super::{Stated, conditions, expectations, naming, selecting};
use crate::baseline::{Flaw, LoadedBaseline};

/// The overrides of a file.
pub(super) fn file(desk: &mut Desk<'_, '_>, loaded: &LoadedBaseline, vocabulary: &Vocabulary<'_>) {
    let overrides = &desk.file.baseline.overrides;
    for (place, change) in overrides.iter().enumerate() {
        let pointer = format!("/overrides/{place}");
        let later = overrides.iter().skip(place.saturating_add(1));
        if let Some(member) =
            later.filter(|later| later.rule == change.rule).find_map(|later| again(change, later))
        {
            let words = format!("a later override of {} changes `{member}` again", change.rule);
            desk.add(Flaw::Shadowed, &pointer, words);
        }
        let owner = loaded.files.iter().find_map(|file| {
            let id = change.rule.strip_prefix(&format!("{}/", file.baseline.name))?;
            Some((file, file.baseline.rules.iter().find(|rule| rule.id == id)?))
        });
        let Some((of, rule)) = owner else { continue };
        if is_idle(change, rule) {
            let words = format!("{} says all of this already", change.rule);
            desk.add(Flaw::IdleOverride, &pointer, words);
        }
        naming::repeated(desk, &change.except, &format!("{pointer}/except"));
        if let Some(select) = &change.select {
            selecting::lists(desk, select, &format!("{pointer}/select"));
        }
        let except = rule.except.iter().chain(&change.except).cloned().collect();
        let changed = BaselineRule {
            select: change.select.clone().unwrap_or_else(|| rule.select.clone()),
            when: change.when.clone(),
            except,
            expect: change.expect.clone().unwrap_or_else(|| rule.expect.clone()),
            ..rule.clone()
        };
        let stated = Stated { rule: &changed, within: &of.baseline.select, pointer: &pointer };
        if change.select.is_some() {
            selecting::rule(desk, vocabulary, stated);
        }
        conditions::rule(desk, vocabulary, stated);
        if change.expect.is_some() {
            expectations::rule(desk, vocabulary, stated);
        }
    }
}

/// A member that both change.
fn again(one: &Override, later: &Override) -> Option<&'static str> {
    let both = [
        ("severity", one.severity.is_some() && later.severity.is_some()),
        ("select", one.select.is_some() && later.select.is_some()),
        ("when", one.when.is_some() && later.when.is_some()),
        ("expect", one.expect.is_some() && later.expect.is_some()),
        ("off", later.off),
    ];
    both.into_iter().find(|(_, is)| *is).map(|(member, _)| member)
}

/// Whether the rule as it stands in its file says all of it.
fn is_idle(change: &Override, rule: &BaselineRule) -> bool {
    let Override { rule: _, why: _, off, severity, select, when, except, expect } = change;
    let says_something =
        severity.is_some() || select.is_some() || when.is_some() || expect.is_some() || !except.is_empty();
    !off && says_something
        && severity.is_none_or(|severity| severity == rule.severity)
        && select.as_ref().is_none_or(|select| *select == rule.select)
        && when.as_ref().is_none_or(|when| rule.when.as_ref() == Some(when))
        && except.iter().all(|pattern| rule.except.contains(pattern))
        && expect.as_ref().is_none_or(|expect| *expect == rule.expect)
}
