//! Rules held against each other: one that another makes useless, two that cannot both be kept, two that overlap.
//!
//! Must not do: compare rules that hold under different conditions, or on devices that are never the same.

use std::collections::BTreeSet;

use mlx5_schemas::model::baseline::{Expect, Select};

use super::domain;
use super::expectations::{asks, can_tell, compiled, word};
use super::selecting::conflict;
use super::vocabulary::Vocabulary;
use crate::baseline::{Flaw, LoadedBaseline, LoadedFile, LoadedRule};
use crate::pattern::Pattern;

/// A rule with what it names.
struct Scoped<'b> {
    loaded: &'b LoadedRule,
    named: BTreeSet<usize>,
    /// Patterns of what the catalog does not list.
    beyond: BTreeSet<&'b str>,
}

/// Puts a finding down.
type Put<'p> = &'p mut dyn FnMut(&LoadedFile, Flaw, &str, String);

/// All rules that count.
pub(super) fn rules(loaded: &LoadedBaseline, vocabulary: &Vocabulary<'_>, put: Put<'_>) {
    let scoped: Vec<Scoped<'_>> = loaded
        .rules
        .iter()
        .map(|rule| Scoped {
            loaded: rule,
            named: vocabulary.scope(&rule.rule.facts, &rule.rule.except),
            beyond: rule
                .rule
                .facts
                .iter()
                .map(String::as_str)
                .filter(|pattern| vocabulary.taken(pattern).is_empty())
                .collect(),
        })
        .collect();
    for (place, later) in scoped.iter().enumerate() {
        for earlier in scoped.iter().take(place) {
            if let Some((flaw, about, words)) = pair(vocabulary, earlier, later)
                && let Some(file) = loaded.files.get(about.loaded.file)
            {
                put(file, flaw, &about.loaded.pointer, words);
            }
        }
    }
}

fn pair<'s, 'b>(
    vocabulary: &Vocabulary<'_>,
    earlier: &'s Scoped<'b>,
    later: &'s Scoped<'b>,
) -> Option<(Flaw, &'s Scoped<'b>, String)> {
    let (one, other) = (&earlier.loaded.rule, &later.loaded.rule);
    let shared: BTreeSet<usize> = &earlier.named & &later.named;
    let share_beyond = !earlier.beyond.is_disjoint(&later.beyond);
    let has_view = one.views.iter().any(|view| other.views.contains(view));
    if (shared.is_empty() && !share_beyond) || !has_view || one.when != other.when {
        return None;
    }
    let selects = [&earlier.loaded.within, &one.select, &later.loaded.within, &other.select];
    if conflict(&selects).is_some() {
        return None;
    }
    let by = |rule: &Scoped<'_>| rule.loaded.name.clone();
    // The later one is told as useless where both are.
    for (useless, by_this) in [(later, earlier), (earlier, later)] {
        if covers(by_this, useless) && implies(vocabulary, useless, by_this) {
            return Some((Flaw::Shadowed, useless, format!("{} demands all of this", by(by_this))));
        }
    }
    if shared.is_empty() {
        return None;
    }
    let names = || shown(vocabulary, &shared);
    if demand_presence(&one.expect, &other.expect) || exclude(vocabulary, &shared, &one.expect, &other.expect)
    {
        let words = format!("{} demands of {} what cannot be together with this", by(earlier), names());
        return Some((Flaw::Contradiction, later, words));
    }
    match (&one.expect, &other.expect) {
        (Expect::EqualsFactory, Expect::EqualsFactory) => None,
        (Expect::EqualsFactory, expect) if is_of_value(expect) => Some((
            Flaw::FactoryToo,
            later,
            format!("{} wants the factory's value of {}", by(earlier), names()),
        )),
        (expect, Expect::EqualsFactory) if is_of_value(expect) => Some((
            Flaw::FactoryToo,
            earlier,
            format!("{} wants the factory's value of {}", by(later), names()),
        )),
        (left, right) if is_of_value(left) && is_of_value(right) => {
            Some((Flaw::Overlap, later, format!("{} judges {} too, in another way", by(earlier), names())))
        }
        (_, _) => None,
    }
}

/// Whether one rule is about all that another is about, wherever that is.
fn covers(one: &Scoped<'_>, other: &Scoped<'_>) -> bool {
    let wider = |wide: &Select, narrow: &Select| wide.is_empty() || wide == narrow;
    let selects = wider(&one.loaded.rule.select, &other.loaded.rule.select)
        && wider(&one.loaded.within, &other.loaded.within);
    let views = other.loaded.rule.views.iter().all(|view| one.loaded.rule.views.contains(view));
    let exact_beyond =
        other.beyond.is_subset(&one.beyond) && one.loaded.rule.except == other.loaded.rule.except;
    let names = other.named.is_subset(&one.named) && (other.beyond.is_empty() || exact_beyond);
    // A name demands that the thing is there; a pattern takes what there is.
    let of_one = &one.loaded.rule.facts;
    let demands =
        other.loaded.rule.facts.iter().all(|fact| Pattern::new(fact).is_wild() || of_one.contains(fact));
    selects && views && names && demands
}

/// Whether whatever keeps `by` keeps `useless`.
fn implies(vocabulary: &Vocabulary<'_>, useless: &Scoped<'_>, by: &Scoped<'_>) -> bool {
    let (this, that) = (&useless.loaded.rule.expect, &by.loaded.rule.expect);
    if let Expect::Count(_) = this {
        // Over more facts or devices another number is counted.
        let (this, that) = (&useless.loaded, &by.loaded);
        return this.rule.expect == that.rule.expect
            && (&this.rule.facts, &this.rule.except, &this.rule.select, &this.within)
                == (&that.rule.facts, &that.rule.except, &that.rule.select, &that.within);
    }
    if this == that {
        return true;
    }
    useless.beyond.is_empty() && of_values(vocabulary, &useless.named, this, that, |this, that| !that || this)
}

/// Whether no value is admitted by both, of each of these.
pub(super) fn exclude(
    vocabulary: &Vocabulary<'_>,
    shared: &BTreeSet<usize>,
    left: &Expect,
    right: &Expect,
) -> bool {
    of_values(vocabulary, shared, left, right, |left, right| !(left && right))
}

/// Whether something holds of what two expectations say of every value; false where that cannot be told.
fn of_values(
    vocabulary: &Vocabulary<'_>,
    named: &BTreeSet<usize>,
    left: &Expect,
    right: &Expect,
    holds: impl Fn(bool, bool) -> bool,
) -> bool {
    if !is_of_value(left) || !is_of_value(right) {
        return false;
    }
    let (of_left, of_right) = (compiled(left), compiled(right));
    vocabulary.all(named, |known| {
        let Some(domain) = domain::of(known, &[left, right]) else { return false };
        let ask = |value| {
            let left = asks(vocabulary, known, (left, &of_left), value)?.ok()?;
            Some((left, asks(vocabulary, known, (right, &of_right), value)?.ok()?))
        };
        can_tell(&domain, &[left, right])
            && domain.values.iter().all(|value| ask(value).is_some_and(|(left, right)| holds(left, right)))
    })
}

fn is_of_value(expect: &Expect) -> bool {
    !word(expect).is_empty() && !matches!(expect, Expect::Relation(_) | Expect::Count(_))
}

/// Whether one wants it there, and the other not.
fn demand_presence(left: &Expect, right: &Expect) -> bool {
    let wants_it = |expect: &Expect| is_of_value(expect) || *expect == Expect::Present;
    (*left == Expect::Absent && wants_it(right)) || (*right == Expect::Absent && wants_it(left))
}

fn shown(vocabulary: &Vocabulary<'_>, shared: &BTreeSet<usize>) -> String {
    let mut names =
        shared.iter().filter_map(|place| vocabulary.known(*place)).map(|known| known.shown.as_str());
    let first = names.next().unwrap_or_default();
    match names.count() {
        0 => first.to_owned(),
        more => format!("{first} and {more} more"),
    }
}
