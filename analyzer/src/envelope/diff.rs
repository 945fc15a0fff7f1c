//! `baseline diff`: what a change of a baseline changes of the envelope, in the words of who reviews it.
//!
//! Compared is what the files mean: with what they include, in any order and form. Whether a change lets more through or
//! less is said where it can be proven from the two expectations, and `other` where it cannot.
//!
//! Must not do: call looser or tighter what only looks so.

mod expects;
mod narrow;
mod whole;

use std::collections::{BTreeMap, BTreeSet};

use mlx5_schemas::model::baseline::{BaselineRule, Expect, Rest};
use mlx5_schemas::model::fact::View;
use mlx5_schemas::model::reference::Reference;
use mlx5_schemas::model::report::{
    BaselineChange, BaselineDiffReport, BaselineEffect as Effect, BaselinePart,
};

use crate::baseline::{LoadedBaseline, LoadedRule};
use crate::check::rule::rules_of;
use crate::explain::{condition_words, selection_words};

/// One baseline, with its rules by what they are found by in the other one.
struct Side<'a> {
    loaded: &'a LoadedBaseline,
    rules: BTreeMap<String, &'a LoadedRule>,
    /// What each rule expects, in words, by its name.
    expected: BTreeMap<String, String>,
}

impl<'a> Side<'a> {
    fn of(loaded: &'a LoadedBaseline) -> Self {
        let own = loaded.files.len().saturating_sub(1);
        // The outer file may be called otherwise; its rules are the same all the same.
        let key = |rule: &LoadedRule| match rule.file == own {
            true => format!("/{}", rule.rule.id),
            false => rule.name.clone(),
        };
        let expected = rules_of(std::slice::from_ref(loaded));
        Self {
            loaded,
            rules: loaded.rules.iter().map(|rule| (key(rule), rule)).collect(),
            expected: expected
                .iter()
                .flatten()
                .map(|rule| (rule.meta().id.clone(), rule.meta().expected.clone()))
                .collect(),
        }
    }

    fn expected(&self, rule: &LoadedRule) -> String {
        self.expected.get(&rule.name).cloned().unwrap_or_default()
    }

    fn place(&self, rule: &LoadedRule) -> Option<String> {
        let file = self.loaded.files.get(rule.file)?;
        let (line, column) = file.text.place(&rule.pointer);
        Some(format!("{}:{line}:{column}", file.text.file))
    }

    fn rest_is_factory(&self) -> bool {
        self.loaded.baseline.default == Some(Rest::Factory)
    }
}

/// Whether two expectations do not come to the same.
pub(super) fn differs(one: &Expect, other: &Expect) -> bool {
    expects::effect(one, other).is_some()
}

/// Compares two baselines.
pub fn diff(left: &LoadedBaseline, right: &LoadedBaseline) -> BaselineDiffReport {
    let (ours, theirs) = (Side::of(left), Side::of(right));
    let mut changes: Vec<BaselineChange> = whole::change(left, right).into_iter().collect();
    let mut rules: Vec<BaselineChange> = Vec::new();
    let only = |one: &Side<'_>, other: &Side<'_>| -> BTreeSet<String> {
        one.rules.keys().filter(|key| !other.rules.contains_key(*key)).cloned().collect()
    };
    let (mut gone, mut new) = (only(&ours, &theirs), only(&theirs, &ours));
    for key in gone.clone() {
        let twin = new.iter().find(|other| is_renamed(&ours, &key, &theirs, other)).cloned();
        if let (Some(twin), Some(old)) = (twin, ours.rules.get(&key)) {
            gone.remove(&key);
            new.remove(&twin);
            let Some(now) = theirs.rules.get(&twin) else { continue };
            let part = part("id", Some(old.rule.id.clone()), Some(now.rule.id.clone()), Effect::Renamed);
            let note = "findings and waivers know it by its name".to_owned();
            let change = between(&ours, &theirs, Some(old), Some(now), Effect::Renamed, vec![part]);
            rules.push(BaselineChange { note: Some(note), ..change });
        }
    }
    for (keys, side, effect) in [(&gone, &ours, Effect::Removed), (&new, &theirs, Effect::Added)] {
        for rule in keys.iter().filter_map(|key| side.rules.get(key)) {
            let expected = Some(side.expected(rule));
            let is_new = effect == Effect::Added;
            let (was, now) = if is_new { (None, expected) } else { (expected, None) };
            let (old, new) = if is_new { (None, Some(*rule)) } else { (Some(*rule), None) };
            let mut change =
                between(&ours, &theirs, old, new, effect, vec![part("expect", was, now, effect)]);
            // What a rule names is its own; what it leaves, or leaves behind, is the rest's.
            change.note = match (is_new, ours.rest_is_factory(), theirs.rest_is_factory()) {
                (true, true, _) => {
                    Some("before, `default` wanted what it names as the factory set it".to_owned())
                }
                (false, _, true) => {
                    Some("now `default` wants what it named as the factory set it".to_owned())
                }
                (_, _, _) => None,
            };
            rules.push(change);
        }
    }
    for (key, old) in &ours.rules {
        let Some(now) = theirs.rules.get(key) else { continue };
        let parts = parts(&ours, &theirs, old, now);
        if !parts.is_empty() {
            let effect = together(parts.iter().map(|part| part.effect));
            rules.push(between(&ours, &theirs, Some(old), Some(now), effect, parts));
        }
    }
    rules.sort_by(|one, other| (one.effect, &one.rule).cmp(&(other.effect, &other.rule)));
    changes.append(&mut rules);
    BaselineDiffReport { left: left.identity(), right: right.identity(), same: changes.is_empty(), changes }
}

fn between(
    ours: &Side<'_>,
    theirs: &Side<'_>,
    old: Option<&LoadedRule>,
    now: Option<&LoadedRule>,
    effect: Effect,
    parts: Vec<BaselinePart>,
) -> BaselineChange {
    let rule = now.or(old);
    BaselineChange {
        rule: rule.map(|rule| rule.name.clone()),
        effect,
        severity: rule.map(|rule| rule.rule.severity),
        facts: rule.map(|rule| rule.rule.facts.clone()).unwrap_or_default(),
        parts,
        left_place: old.and_then(|rule| ours.place(rule)),
        right_place: now.and_then(|rule| theirs.place(rule)),
        note: None,
    }
}

fn part(what: &str, left: Option<String>, right: Option<String>, effect: Effect) -> BaselinePart {
    BaselinePart { what: what.to_owned(), left, right, effect }
}

/// Whether two rules are the same but for their ids.
fn is_renamed(ours: &Side<'_>, old: &str, theirs: &Side<'_>, new: &str) -> bool {
    let (Some(old), Some(new)) = (ours.rules.get(old), theirs.rules.get(new)) else { return false };
    // Only the outer file's rules change their names so.
    let is_own = |side: &Side<'_>, rule: &LoadedRule| rule.file.saturating_add(1) == side.loaded.files.len();
    is_own(ours, old) && is_own(theirs, new) && parts(ours, theirs, old, new).is_empty()
}

/// What several effects come to.
fn together(effects: impl Iterator<Item = Effect>) -> Effect {
    let judging: BTreeSet<Effect> = effects.filter(|effect| *effect != Effect::Words).collect();
    match judging.iter().collect::<Vec<_>>().as_slice() {
        [] => Effect::Words,
        [only] => **only,
        [_, _, ..] => Effect::Other,
    }
}

/// Each thing that differs between two rules.
fn parts(ours: &Side<'_>, theirs: &Side<'_>, left: &LoadedRule, right: &LoadedRule) -> Vec<BaselinePart> {
    let mut parts = Vec::new();
    let (old, new) = (&left.rule, &right.rule);
    if let Some(effect) = expects::effect(&old.expect, &new.expect) {
        parts.push(part("expect", Some(ours.expected(left)), Some(theirs.expected(right)), effect));
    }
    // More that is named is more that is judged; a count may be kept the more easily.
    let is_count = [old, new].iter().any(|rule| matches!(rule.expect, Expect::Count(_)));
    let of_one = |effect: Effect| if is_count { Effect::Other } else { effect };
    let named = set_effect(&old.facts, &new.facts, Effect::Tighter, Effect::Looser);
    parts.extend(named.map(|effect| part("facts", listed(&old.facts), listed(&new.facts), of_one(effect))));
    let excepted = set_effect(&old.except, &new.except, Effect::Looser, Effect::Tighter);
    parts.extend(
        excepted.map(|effect| part("except", listed(&old.except), listed(&new.except), of_one(effect))),
    );
    let views = |rule: &BaselineRule| rule.views.iter().map(|view| View::word(*view).to_owned()).collect();
    let (was, now): (Vec<String>, Vec<String>) = (views(old), views(new));
    let viewed = set_effect(&was, &now, Effect::Tighter, Effect::Looser);
    parts.extend(viewed.map(|effect| part("views", listed(&was), listed(&now), effect)));
    let selects = |rule: &LoadedRule| [rule.within.clone(), rule.rule.select.clone()];
    let (was, now) = (selects(left), selects(right));
    if let Some(effect) = narrow::effect(&was, &now) {
        let words = |both: &[_; 2]| {
            let lines: BTreeSet<String> = both.iter().flat_map(selection_words).collect();
            let lines: Vec<String> = lines.into_iter().collect();
            Some(if lines.is_empty() { "any device".to_owned() } else { lines.join("; ") })
        };
        parts.push(part("select", words(&was), words(&now), of_one(effect)));
    }
    if old.when != new.when {
        let words = |rule: &BaselineRule| rule.when.as_ref().map(condition_words);
        // A rule that holds always judges wherever the other one does.
        let effect = match (&old.when, &new.when) {
            (None, Some(_)) => Effect::Looser,
            (Some(_), None) => Effect::Tighter,
            (_, _) => Effect::Other,
        };
        parts.push(part("when", words(old), words(new), of_one(effect)));
    }
    if old.severity != new.severity {
        let words = |rule: &BaselineRule| Some(rule.severity.word().to_owned());
        parts.push(part("severity", words(old), words(new), Effect::Words));
    }
    let references = |rule: &BaselineRule| listed(&rule.references.iter().map(reference).collect::<Vec<_>>());
    for (what, was, now) in [
        ("why", left.why(), right.why()),
        ("remedy", old.remedy.clone(), new.remedy.clone()),
        ("owner", old.owner.clone(), new.owner.clone()),
        ("references", references(old), references(new)),
    ] {
        if was != now {
            parts.push(part(what, was, now, Effect::Words));
        }
    }
    parts
}

fn reference(reference: &Reference) -> String {
    reference
        .url
        .as_ref()
        .map_or_else(|| reference.title.clone(), |url| format!("{} ({url})", reference.title))
}

fn listed(list: &[String]) -> Option<String> {
    let sorted: BTreeSet<&str> = list.iter().map(String::as_str).collect();
    (!sorted.is_empty()).then(|| sorted.into_iter().collect::<Vec<_>>().join(", "))
}

/// What comes of a list that grew, shrank, or changed; nothing where it is the same in another order.
fn set_effect(old: &[String], new: &[String], more: Effect, less: Effect) -> Option<Effect> {
    let (old, new): (BTreeSet<&String>, BTreeSet<&String>) = (old.iter().collect(), new.iter().collect());
    match (old.is_subset(&new), new.is_subset(&old)) {
        (true, true) => None,
        (true, false) => Some(more),
        (false, true) => Some(less),
        (false, false) => Some(Effect::Other),
    }
}
