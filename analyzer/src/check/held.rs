//! The condition of a rule, held against a target: view by view, where the condition names none.
//!
//! A rule that judges current and next boot holds in each of them by what the condition finds there; for a fact without
//! views it holds by what is in force now.
//!
//! Must not do: let a condition that could not be decided, or that no value could meet, pass for one that is not met.

use mlx5_schemas::catalog::Catalog;
use mlx5_schemas::model::condition::{Condition, FactTest, Test};
use mlx5_schemas::model::fact::{Evidence, Fact, Value, View};
use mlx5_schemas::model::verdict::{NotApplicableReason, UnknownReason};

use super::equals;
use super::rule::{Context, RuleError, RuleMeta, Target};
use super::stand::Stand;
use super::values::number_of;
use crate::condition::{About, Expressions, Lens, Outcome, evaluate};

/// A rule's condition, ready to be held against something.
#[derive(Debug, Clone)]
pub struct When {
    pub(super) condition: Condition,
    pub(super) expressions: Expressions,
}

/// What came of it.
#[derive(Debug)]
pub struct Held {
    by_view: Vec<(Option<View>, Outcome)>,
}

impl Held {
    /// Holds a rule's condition against a target; `None` where it has none.
    ///
    /// # Errors
    /// When it asks for a value that what it names cannot have: it would never be met, and the rule would never hold.
    pub(super) fn of(
        context: &Context<'_>,
        meta: &RuleMeta,
        target: &Target,
    ) -> Result<Option<Self>, RuleError> {
        let Some(When { condition, expressions }) = meta.when.as_ref() else { return Ok(None) };
        let about = context.lookup.about(target);
        possible(context.catalog, about, condition)?;
        let mut views: Vec<Option<View>> = Vec::new();
        if meta.scope.names_nv() {
            views.extend(meta.views.iter().copied().map(Some));
        }
        if meta.scope.names_beyond_nv() || views.is_empty() {
            views.push(None);
        }
        let hold = |view: Option<View>| {
            let lens = view.map_or(Lens::Now, Lens::View);
            (view, evaluate(about, expressions, lens, condition))
        };
        Ok(Some(Self { by_view: views.into_iter().map(hold).collect() }))
    }

    /// Whether it is met wherever it was looked at.
    pub(super) fn is_met_everywhere(&self) -> bool {
        self.by_view.iter().all(|(_, outcome)| outcome.met == Some(true))
    }

    /// Where everything stands that the rule names, if the condition is met nowhere; a rule that holds somewhere goes on.
    pub(super) fn whole(&self) -> Option<Stand> {
        if self.by_view.iter().any(|(_, outcome)| outcome.met == Some(true)) {
            return None;
        }
        let undecided = self.by_view.iter().find(|(_, outcome)| outcome.met.is_none());
        undecided.or(self.by_view.first()).map(|(_, outcome)| stand_of(outcome))
    }

    /// Where something stands in a view in which the condition is not met; `None` where it is.
    pub(super) fn stand(&self, view: Option<View>) -> Option<Stand> {
        match self.by_view.iter().find(|(of, _)| *of == view) {
            Some((_, outcome)) if outcome.met == Some(true) => None,
            Some((_, outcome)) => Some(stand_of(outcome)),
            // Not looked at there: nothing is known.
            None => Some(stand_of(&Outcome::default())),
        }
    }

    /// What was looked at.
    pub(super) fn evidence(&self) -> Vec<Evidence> {
        self.by_view.iter().flat_map(|(_, outcome)| outcome.looked_at.iter().cloned()).collect()
    }
}

/// Whether what a condition asks for can be so of what it names here.
fn possible(catalog: &Catalog, about: &About<'_>, condition: &Condition) -> Result<(), RuleError> {
    match condition {
        Condition::All(parts) | Condition::Any(parts) => {
            parts.iter().try_for_each(|part| possible(catalog, about, part))
        }
        Condition::Not(part) => possible(catalog, about, part),
        Condition::Fact(test) => {
            // Of several one suffices, so that one that can have such a value does.
            let known = about.taken(&test.name).into_iter().filter_map(|fact| Some((fact, fact.value()?)));
            let mut trouble = None;
            for (fact, value) in known {
                match comparable(catalog, test, fact, value) {
                    Ok(()) => return Ok(()),
                    Err(error) => trouble = Some(error),
                }
            }
            trouble.map_or(Ok(()), Err)
        }
        Condition::Family(_)
        | Condition::PciDevice(_)
        | Condition::Firmware(_)
        | Condition::Driver(_)
        | Condition::Kernel(_)
        | Condition::Psid(_)
        | Condition::Compare(_)
        | Condition::Pending(_)
        | Condition::Log(_) => Ok(()),
    }
}

/// Whether a value can be what a test asks for, or is of another kind or without such a name.
fn comparable(catalog: &Catalog, test: &FactTest, fact: &Fact, value: &Value) -> Result<(), RuleError> {
    match &test.is {
        Test::Equals(expected) | Test::Not(expected) => {
            equals::is(catalog, expected, fact, value).map(|_| ())
        }
        Test::OneOf(list) => {
            list.iter().try_for_each(|expected| equals::is(catalog, expected, fact, value).map(|_| ()))
        }
        Test::Range(_) => number_of(fact, value).map(|_| ()),
        Test::Matches(_) | Test::Known | Test::Unread(_) => Ok(()),
    }
}

fn stand_of(outcome: &Outcome) -> Stand {
    match outcome.met {
        Some(_) => Stand::Nothing(
            NotApplicableReason::Condition,
            "the condition of the rule is not met here".to_owned(),
        ),
        None => {
            let mut missing = outcome.missing.clone();
            missing.dedup();
            let on = if missing.is_empty() { "its condition".to_owned() } else { missing.join(" and ") };
            Stand::Unknown(
                UnknownReason::NotCaptured,
                format!("whether the rule holds here depends on {on}, which was not read"),
            )
        }
    }
}
