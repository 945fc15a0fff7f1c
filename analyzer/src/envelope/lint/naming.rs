//! What the patterns of a rule take: names that nothing has, secrets, clocks, exceptions that except nothing.
//!
//! Must not do: tell what the reader of baselines refuses already.

use std::collections::BTreeSet;

use mlx5_schemas::model::baseline::Expect;
use mlx5_schemas::redaction::is_secret_tlv;

use super::desk::Desk;
use super::vocabulary::{Vocabulary, is_of_catalog, is_secret, tlv};
use super::{Stated, host_facts};
use crate::baseline::Flaw;
use crate::case::tlv_of;
use crate::condition::suggestion;
use crate::diff::is_volatile;

/// The patterns of a rule.
pub(super) fn rule(desk: &mut Desk<'_, '_>, vocabulary: &Vocabulary<'_>, stated: Stated<'_>) {
    let (rule, pointer) = (stated.rule, stated.pointer);
    let wants_value = !matches!(rule.expect, Expect::Present | Expect::Absent);
    for (member, patterns) in [("facts", &rule.facts), ("except", &rule.except)] {
        repeated(desk, patterns, &format!("{pointer}/{member}"));
        for (place, pattern) in patterns.iter().enumerate() {
            let at = format!("{pointer}/{member}/{place}");
            if name(desk, vocabulary, pattern, &at) && member == "facts" && wants_value {
                moving(desk, vocabulary, pattern, &at);
            }
        }
    }
    for (place, pattern) in rule.facts.iter().enumerate() {
        let taken = vocabulary.taken(pattern);
        let left = vocabulary.scope(std::slice::from_ref(pattern), &rule.except);
        let at = format!("{pointer}/facts/{place}");
        if !taken.is_empty() && left.is_empty() {
            desk.add(Flaw::ExceptsAll, &at, format!("`except` leaves nothing of {pattern}"));
        }
        let is_capability = |known: &_| tlv(known).is_some_and(|tlv| tlv.capability);
        if rule.expect == Expect::EqualsFactory && vocabulary.all(&left, is_capability) {
            let words = format!("{pattern} is what firmware says of itself: it has no factory view");
            desk.add(Flaw::ReadOnlyFact, &at, words);
        }
    }
    exceptions(desk, vocabulary, stated);
    if let Expect::Relation(to) = &rule.expect
        && let Some(other) = &to.to
    {
        name(desk, vocabulary, other, &format!("{pointer}/expect/relation/to"));
    }
}

/// What is listed twice.
pub(super) fn repeated(desk: &mut Desk<'_, '_>, list: &[String], pointer: &str) {
    let mut seen = BTreeSet::new();
    for (place, text) in list.iter().enumerate() {
        if !seen.insert(text) {
            desk.add(Flaw::Repeated, &format!("{pointer}/{place}"), format!("{text} is listed before"));
        }
    }
}

/// What a name or pattern takes; says whether it takes something, as far as can be told.
pub(super) fn name(
    desk: &mut Desk<'_, '_>,
    vocabulary: &Vocabulary<'_>,
    pattern: &str,
    pointer: &str,
) -> bool {
    if pattern.is_empty() {
        return false;
    }
    if let Some(fault) = vocabulary.names.fault(pattern) {
        // The others are refused, and told by the reader.
        if fault.is_unsure {
            desk.add(fault.flaw, pointer, fault.message);
        }
        return false;
    }
    if pattern.starts_with("host/") {
        if let Some(letter) = host_facts::unknown_letter(pattern) {
            desk.add(Flaw::UnknownTaint, pointer, format!("the kernel taints with no letter {letter}"));
            return false;
        }
        if let Err(near) = host_facts::takes_some(pattern) {
            let words = format!("no fact of the host is called {pattern}{}", suggestion(near.as_deref()));
            desk.add(Flaw::UnknownHostFact, pointer, words);
            return false;
        }
        return true;
    }
    let taken = vocabulary.taken(pattern);
    let is_secret = vocabulary.all(&taken, is_secret)
        || tlv_of(pattern).is_some_and(|tlv| is_secret_tlv(tlv.class, tlv.index));
    if is_secret {
        desk.add(Flaw::SecretFact, pointer, format!("{pattern} is a secret: nobody asks for it"));
        return false;
    }
    if taken.is_empty() && is_of_catalog(pattern) {
        let words = format!("{pattern} takes nothing that the catalog has");
        desk.add(Flaw::MatchesNothing, pointer, words);
        return false;
    }
    true
}

fn moving(desk: &mut Desk<'_, '_>, vocabulary: &Vocabulary<'_>, pattern: &str, pointer: &str) {
    let is_moving = |name: &String| is_volatile(name);
    let all_move = vocabulary.all(&vocabulary.taken(pattern), |known| known.names.iter().all(is_moving));
    if all_move || is_volatile(pattern) {
        desk.add(Flaw::VolatileFact, pointer, format!("{pattern} changes by itself"));
    }
}

fn exceptions(desk: &mut Desk<'_, '_>, vocabulary: &Vocabulary<'_>, stated: Stated<'_>) {
    let (rule, pointer) = (stated.rule, stated.pointer);
    let can_tell = |patterns: &[String]| patterns.iter().all(|pattern| is_of_catalog(pattern));
    let named = vocabulary.scope(&rule.facts, &[]);
    for (place, pattern) in rule.except.iter().enumerate() {
        let taken = vocabulary.taken(pattern);
        let is_idle = can_tell(&rule.facts)
            && is_of_catalog(pattern)
            && !named.is_empty()
            && !taken.is_empty()
            && taken.is_disjoint(&named);
        if is_idle {
            let words = format!("the rule names nothing that {pattern} takes");
            desk.add(Flaw::IdleExcept, &format!("{pointer}/except/{place}"), words);
        }
    }
}
