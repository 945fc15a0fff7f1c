//! The condition of a rule, held against a target: view by view, where the condition names none.
//!
//! A rule that judges current and next boot holds in each of them by what the condition finds there; for a fact without
//! views it holds by what is in force now.
//!
//! Must not do: let a condition that could not be decided pass for one that is not met.

use mlx5_schemas::model::condition::Condition;
use mlx5_schemas::model::fact::{Evidence, View};
use mlx5_schemas::model::verdict::{NotApplicableReason, UnknownReason};

use super::rule::{Context, RuleMeta, Target};
use super::stand::Stand;
use crate::condition::{Expressions, Lens, Outcome, evaluate};

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
    pub(super) fn of(context: &Context<'_>, meta: &RuleMeta, target: &Target) -> Option<Self> {
        let When { condition, expressions } = meta.when.as_ref()?;
        let about = context.lookup.about(target);
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
        Some(Self { by_view: views.into_iter().map(hold).collect() })
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
