//! Changes that wait for a reset: next boot is not what is in force.
//!
//! Must not do: take a parameter of which one view was not read for one without a change.

use mlx5_schemas::model::condition::Relation;
use mlx5_schemas::model::fact::{Evidence, Fact, View};
use mlx5_schemas::model::manifest::Device;

use super::{About, Outcome, relation_holds};
use crate::case::{FactSet, Opened, Reading, Views, in_force, is_parameter, reading};
use crate::pattern::Pattern;

/// What is known of changes that wait, looked up once per device.
#[derive(Debug, Default)]
pub(super) struct Waiting<'a> {
    /// Parameters of which next boot is not current, with what shows both.
    changed: Vec<(&'a Fact, Vec<Evidence>)>,
    /// Parameters of which one of the two was not read.
    unread: Vec<&'a Fact>,
    /// One of the parameters of which both were read.
    compared: Option<&'a Fact>,
}

impl<'a> Waiting<'a> {
    /// Looks it up; `opened` tells a view without a stored value from one that was not read.
    pub(super) fn of(facts: &'a FactSet, device: &Device, opened: Option<&Opened>) -> Self {
        let mut waiting = Self::default();
        for (_, path, views) in facts.by_path(Some(&device.id)) {
            let Some(next) = views.in_view(View::Next).filter(|_| is_parameter(path)) else { continue };
            let [now, then] = [View::Current, View::Next].map(|view| in_force(opened, &views, view));
            match (now, then) {
                (Some((now, value)), Some((then, other))) => {
                    waiting.compared.get_or_insert(now);
                    if relation_holds(Relation::Same, value, other) != Some(true) {
                        let evidence = [now.evidence.clone(), then.evidence.clone()].concat();
                        waiting.changed.push((next, evidence));
                    }
                }
                (_, _) if opened.is_some_and(|opened| is_nothing(opened, &views)) => {}
                (_, _) => waiting.unread.push(next),
            }
        }
        waiting
    }

    /// Whether a change of one of these parameters waits.
    pub(super) fn condition(&self, about: &About<'_>, patterns: &[String]) -> Outcome {
        let compiled: Vec<Pattern> = patterns.iter().map(|text| Pattern::new(text)).collect();
        let all = patterns.iter().any(|text| text == "*");
        let named = |fact: &Fact| {
            let mut names = fact.aliases.iter().chain([&fact.path]);
            all || names.any(|name| compiled.iter().any(|pattern| pattern.matches_whole(name)))
        };
        if let Some((_, evidence)) = self.changed.iter().find(|(fact, _)| named(fact)) {
            return Outcome::met(true, evidence.clone());
        }
        let was_compared = match all {
            true => self.compared.is_some(),
            false => compiled.iter().any(|pattern| !about.index.take(pattern).is_empty()),
        };
        let lacks = |pattern: &Pattern| about.lacks(pattern);
        let is_lacking = if all { !about.unread.is_empty() } else { compiled.iter().any(lacks) };
        if was_compared && !is_lacking && !self.unread.iter().any(|fact| named(fact)) {
            return Outcome::not(self.compared.map(|fact| fact.evidence.clone()).unwrap_or_default());
        }
        let of = if all { String::new() } else { format!(" of {}", patterns.join(", ")) };
        Outcome::unknown(format!("whether a change{of} waits"), Vec::new())
    }
}

/// Whether nothing is there that could wait: nothing is stored in both views and the factory gives no value, the device
/// has no such thing, or it is a secret, which nobody compares.
fn is_nothing(opened: &Opened, views: &Views<'_>) -> bool {
    let [now, then] = [View::Current, View::Next].map(|view| reading(opened, views.in_view(view)));
    match (now, then) {
        // Of a secret one view alone says that it was not asked for.
        (_, Reading::Secret) => true,
        (Reading::NeverSet, Reading::NeverSet) | (Reading::Absent(_), Reading::Absent(_)) => true,
        (_, _) => false,
    }
}
