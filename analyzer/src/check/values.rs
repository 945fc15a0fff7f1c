//! What the kinds that compare with values of the baseline have in common: going over facts and views.
//!
//! Must not do: know which values are admitted.

use mlx5_schemas::model::fact::{Fact, Value, View};
use mlx5_schemas::model::verdict::UnknownReason;

use super::coverage;
use super::findings::{Draft, Findings};
use super::layouts;
use super::next_only;
use super::rule::{Context, RuleError, RuleMeta, Target};
use super::scope::Named;
use super::stand::{Stand, unread, verdict};
use crate::case::{Reading, Views, reading, tlv_of};

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
    let mut trouble = None;
    for named in &reached.named {
        // What cannot be compared hides nothing of what can.
        match judge(context, meta, named, admits) {
            Ok(draft) => findings.add(draft)?,
            Err(error) => {
                trouble.get_or_insert(error);
            }
        }
    }
    coverage::report(context, target, meta, reached.took, findings)?;
    trouble.map_or(Ok(()), Err)
}

fn judge(
    context: &Context<'_>,
    meta: &RuleMeta,
    named: &Named<'_>,
    admits: Admits<'_>,
) -> Result<Draft, RuleError> {
    let mut stands = Vec::new();
    let mut rests_on: Vec<&Fact> = Vec::new();
    if is_secret(context, &named.views) {
        stands.push((None, unread(&Reading::Secret, named.by_name)));
    } else if named.views.has_views() {
        for &view in &meta.views {
            let fact = named.views.in_view(view);
            rests_on.extend(fact);
            let found = reading(&context.case.opened, fact);
            rests_on.extend(fact.into_iter().flat_map(|fact| layouts::others(context, fact)));
            let flag = fact.and_then(|fact| valid_flag(context, fact)).filter(|flag| is_zero(flag));
            rests_on.extend(flag);
            let stand = if flag.is_some() || found == Reading::NeverSet {
                let default = named.views.in_view(View::Default).filter(|_| view != View::Default);
                rests_on.extend(default);
                firmware_default(context, default, admits)?
            } else {
                stand(context, &found, fact, named.by_name, admits)?
            };
            stands.push((Some(view), stand));
        }
    } else {
        for &fact in named.views.all() {
            rests_on.push(fact);
            let found = reading(&context.case.opened, Some(fact));
            rests_on.extend(layouts::others(context, fact));
            stands.push((None, stand(context, &found, Some(fact), named.by_name, admits)?));
        }
    }
    if rests_on.is_empty() {
        rests_on.extend(named.views.all());
    }
    let note =
        next_only::settle(context, (named.subject, named.path), &named.views, &mut stands, &mut rests_on);
    let (verdict, message) = next_only::noted(verdict(&stands), note);
    Ok(Draft::new(meta, named.subject, named.path, verdict, message)
        .named(named.views.name())
        .resting_on(context, &rests_on)
        .found(context, &named.views))
}

/// Whether this is a secret: then no view was asked for, and one of them says so.
pub(super) fn is_secret(context: &Context<'_>, views: &Views<'_>) -> bool {
    views.all().iter().any(|fact| reading(&context.case.opened, Some(fact)) == Reading::Secret)
}

fn stand(
    context: &Context<'_>,
    reading: &Reading<'_>,
    fact: Option<&Fact>,
    by_name: bool,
    admits: Admits<'_>,
) -> Result<Stand, RuleError> {
    match (reading, fact) {
        (Reading::Value(value), Some(fact)) => layouts::agreed(context, fact, value, admits),
        (silence, _) => Ok(unread(silence, by_name)),
    }
}

/// The flag that says whether a parameter counts, in the same view, where the catalog names one.
fn valid_flag<'a>(context: &Context<'a>, fact: &Fact) -> Option<&'a Fact> {
    let name = tlv_of(&fact.path)?;
    let parameter = name.part.strip_prefix('.')?.split('[').next()?;
    let tlv = context.catalog.tlv(name.class, name.index)?;
    let known = tlv.parameters.iter().find(|known| known.name == parameter)?;
    let path = format!("{}.{}", name.path, known.valid_flag.as_ref()?);
    context.case.facts.views(&fact.subject, &path).in_view(fact.view?)
}

/// Whether a value counts: it has no valid flag in its view, or the flag is not 0.
pub(super) fn counts(context: &Context<'_>, fact: &Fact) -> bool {
    !valid_flag(context, fact).is_some_and(is_zero)
}

fn is_zero(flag: &Fact) -> bool {
    matches!(flag.value(), Some(Value::Number { number: 0, .. }))
}

/// Nothing is stored in the view, or its valid flag is 0: the firmware's default is in force there. The factory view
/// says which, unless its own flag says that it does not.
fn firmware_default(
    context: &Context<'_>,
    default: Option<&Fact>,
    admits: Admits<'_>,
) -> Result<Stand, RuleError> {
    match (reading(&context.case.opened, default), default) {
        (Reading::Value(value), Some(fact)) if counts(context, fact) => {
            layouts::agreed(context, fact, value, admits)
        }
        (_, _) => Ok(Stand::Unknown(
            UnknownReason::NotCaptured,
            "the firmware's default is in force, and the factory view does not say which".to_owned(),
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
