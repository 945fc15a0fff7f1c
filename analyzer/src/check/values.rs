//! What the kinds that compare with values of the baseline have in common: going over facts and views.
//!
//! Must not do: know which values are admitted.

use mlx5_schemas::model::fact::{Fact, Value, View};
use mlx5_schemas::model::verdict::UnknownReason;

use super::coverage;
use super::findings::{Draft, Findings};
use super::rule::{Context, RuleError, RuleMeta, Target};
use super::scope::Named;
use super::stand::{Stand, unread, verdict};
use crate::case::{Reading, reading};

/// Says whether a value is admitted, or why that cannot be said of values of this kind.
pub(super) type Admits<'a> = &'a dyn Fn(&Fact, &Value) -> Result<bool, RuleError>;

/// Judges every value that the rule names on the target.
pub(super) fn check(
    context: &Context<'_>,
    target: &Target,
    meta: &RuleMeta,
    findings: &mut Findings,
    admits: Admits<'_>,
) -> Result<(), RuleError> {
    let reached = meta.scope.reach(context, target, false);
    for named in &reached.named {
        findings.add(judge(context, meta, named, admits)?)?;
    }
    coverage::report(context, target, meta, reached.took, findings)
}

fn judge(
    context: &Context<'_>,
    meta: &RuleMeta,
    named: &Named<'_>,
    admits: Admits<'_>,
) -> Result<Draft, RuleError> {
    let mut stands = Vec::new();
    let mut rests_on: Vec<&Fact> = Vec::new();
    if named.views.has_views() {
        for &view in &meta.views {
            let fact = named.views.in_view(view);
            rests_on.extend(fact);
            let found = reading(&context.case.opened, fact);
            let stand = if found == Reading::NeverSet && view != View::Default {
                let default = named.views.in_view(View::Default);
                rests_on.extend(default);
                never_set(context, default, admits)?
            } else {
                stand(&found, fact, named.by_name, admits)?
            };
            stands.push((Some(view), stand));
        }
    } else {
        for &fact in named.views.all() {
            rests_on.push(fact);
            let found = reading(&context.case.opened, Some(fact));
            stands.push((None, stand(&found, Some(fact), named.by_name, admits)?));
        }
    }
    if rests_on.is_empty() {
        rests_on.extend(named.views.all());
    }
    let (verdict, message) = verdict(&stands);
    Ok(Draft::new(meta, named.subject, named.path, verdict, message)
        .named(named.views.name())
        .resting_on(context, &rests_on)
        .found(context, &named.views))
}

fn stand(
    reading: &Reading<'_>,
    fact: Option<&Fact>,
    by_name: bool,
    admits: Admits<'_>,
) -> Result<Stand, RuleError> {
    match (reading, fact) {
        (Reading::Value(value), Some(fact)) => Ok(if admits(fact, value)? { Stand::In } else { Stand::Out }),
        (silence, _) => Ok(unread(silence, by_name)),
    }
}

/// Nothing is stored in the view, so the firmware's default is in force there; the factory view says which.
fn never_set(context: &Context<'_>, default: Option<&Fact>, admits: Admits<'_>) -> Result<Stand, RuleError> {
    match (reading(&context.case.opened, default), default) {
        (Reading::Value(value), Some(fact)) => Ok(if admits(fact, value)? { Stand::In } else { Stand::Out }),
        (_, _) => Ok(Stand::Unknown(
            UnknownReason::NotCaptured,
            "nothing is stored, and the factory value that applies instead was not read".to_owned(),
        )),
    }
}

/// The kind of a value, in words.
pub(super) fn kind(value: &Value) -> &'static str {
    match value {
        Value::Number { .. } => "a number",
        Value::Text { .. } => "text",
        Value::Bytes { .. } => "bytes",
    }
}
