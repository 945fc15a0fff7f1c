//! What the kinds that judge one value at a time have in common: going over facts and views.
//!
//! Must not do: know which values are admitted.

use mlx5_schemas::catalog::Catalog;
use mlx5_schemas::model::fact::{Fact, Value, View};
use mlx5_schemas::model::verdict::UnknownReason;

use super::coverage;
use super::findings::{Draft, Findings};
use super::layouts;
use super::next_only;
use super::rule::{Context, Rule, RuleError, RuleMeta, Target, Wants};
use super::scope::Named;
use super::stand::{Stand, unread, verdict};
use crate::case::{Reading, Views, cleared_flag, reading};

/// Says whether a value is admitted, or why that cannot be said of values of this kind.
pub(super) type Admits<'a> = &'a dyn Fn(&Fact, &Value) -> Result<bool, RuleError>;

/// A kind that admits a value or not, whatever else there is.
pub(super) trait Admit: std::fmt::Debug {
    /// Whether it does.
    ///
    /// # Errors
    /// When no value of this fact could be admitted: otherwise a slip in the baseline would read as a device outside its
    /// envelope.
    fn admits(&self, catalog: &Catalog, fact: &Fact, value: &Value) -> Result<bool, RuleError>;
}

/// A rule of such a kind.
#[derive(Debug)]
pub(super) struct ByValue {
    meta: RuleMeta,
    kind: Box<dyn Admit>,
}

impl ByValue {
    /// A rule that expects what the kind admits.
    pub(super) fn new(meta: RuleMeta, kind: Box<dyn Admit>) -> Self {
        Self { meta, kind }
    }
}

impl Rule for ByValue {
    fn meta(&self) -> &RuleMeta {
        &self.meta
    }

    fn check(
        &self,
        context: &Context<'_>,
        target: &Target,
        findings: &mut Findings,
    ) -> Result<(), RuleError> {
        check(context, target, &self.meta, findings, &|known| {
            admitted(context, self.kind.as_ref(), known).map(Judged::from)
        })
    }
}

/// Where a value stands that a kind admits or not, in every reading of its bytes.
pub(super) fn admitted(
    context: &Context<'_>,
    kind: &dyn Admit,
    known: &Known<'_>,
) -> Result<Stand, RuleError> {
    let admits = |fact: &Fact, value: &Value| kind.admits(context.catalog, fact, value);
    layouts::agreed(context, known.fact, known.value, &admits)
}

/// A value that is in force.
#[derive(Debug, Clone, Copy)]
pub(super) struct Known<'a> {
    /// The fact that says it; the factory's, where nothing is stored in the view.
    pub(super) fact: &'a Fact,
    pub(super) value: &'a Value,
    /// The view that is judged; none for a fact without views.
    pub(super) view: Option<View>,
}

/// What is made of one.
#[derive(Debug)]
pub(super) struct Judged<'a> {
    pub(super) stand: Stand,
    /// What else that rests on.
    pub(super) rests_on: Vec<&'a Fact>,
    /// What it was held against, in words.
    pub(super) against: Option<String>,
}

impl From<Stand> for Judged<'_> {
    fn from(stand: Stand) -> Self {
        Self { stand, rests_on: Vec::new(), against: None }
    }
}

/// Says where a value stands.
pub(super) type Judge<'j, 'a> = &'j dyn Fn(&Known<'a>) -> Result<Judged<'a>, RuleError>;

/// Judges every value that the rule names on the target.
pub(super) fn check<'a>(
    context: &Context<'a>,
    target: &Target,
    meta: &RuleMeta,
    findings: &mut Findings,
    judge: Judge<'_, 'a>,
) -> Result<(), RuleError> {
    let reached = meta.scope.reach(context, target);
    let mut trouble = None;
    for named in &reached.named {
        // What cannot be compared hides nothing of what can.
        match draft(context, meta, named, judge) {
            Ok(draft) => findings.add(draft)?,
            Err(error) => {
                trouble.get_or_insert(error);
            }
        }
    }
    coverage::report(context, target, meta, reached.took, findings)?;
    trouble.map_or(Ok(()), Err)
}

fn draft<'a>(
    context: &Context<'a>,
    meta: &RuleMeta,
    named: &Named<'a>,
    judge: Judge<'_, 'a>,
) -> Result<Draft, RuleError> {
    let mut stands = Vec::new();
    let mut rests_on: Vec<&Fact> = Vec::new();
    let mut against: Vec<String> = Vec::new();
    for (view, fact) in views_of(context, meta, named) {
        let judged = match context.held.as_ref().and_then(|held| held.stand(view)) {
            Some(stand) => Judged::from(stand),
            None => in_view(context, meta.wants, named, (view, fact), judge)?,
        };
        rests_on.extend(judged.rests_on);
        against.extend(judged.against);
        stands.push((view, judged.stand));
    }
    if rests_on.is_empty() {
        rests_on.extend(named.views.all());
    }
    against.dedup();
    let note =
        next_only::settle(context, (named.subject, named.path), &named.views, &mut stands, &mut rests_on);
    let (verdict, message) = next_only::noted(verdict(&stands), note);
    let draft = Draft::new(meta, named.subject, named.path, verdict, message)
        .named(named.views.name())
        .resting_on(context, &rests_on)
        .shown_by(context.held.iter().flat_map(|held| held.evidence()))
        .found(context, &named.views);
    Ok(match against.is_empty() {
        true => draft,
        false => draft.expected(Some(format!("{} ({})", meta.expected, against.join("; ")))),
    })
}

/// A view and what it says; a fact without views stands under none.
pub(super) type InView<'a> = (Option<View>, Option<&'a Fact>);

/// What is judged of what a rule names: the rule's views, or every fact where it has none.
pub(super) fn views_of<'a>(context: &Context<'a>, meta: &RuleMeta, named: &Named<'a>) -> Vec<InView<'a>> {
    if is_secret(context, &named.views) {
        vec![(None, None)]
    } else if named.views.has_views() {
        meta.views.iter().map(|view| (Some(*view), named.views.in_view(*view))).collect()
    } else {
        named.views.all().iter().map(|fact| (None, Some(*fact))).collect()
    }
}

/// Where one thing stands in one view.
pub(super) fn in_view<'a>(
    context: &Context<'a>,
    wants: Wants,
    named: &Named<'a>,
    (view, fact): InView<'a>,
    judge: Judge<'_, 'a>,
) -> Result<Judged<'a>, RuleError> {
    if is_secret(context, &named.views) {
        return Ok(unread(&Reading::Secret, named.by_name, wants).into());
    }
    let mut rests_on: Vec<&Fact> = fact.into_iter().collect();
    rests_on.extend(fact.into_iter().flat_map(|fact| layouts::others(context, fact)));
    let flag = fact.and_then(|fact| cleared_flag(context.catalog, &context.case.facts, fact));
    rests_on.extend(flag);
    let found = reading(&context.case.opened, fact);
    let mut judged = if flag.is_some() || found == Reading::NeverSet {
        let default = named.views.in_view(View::Default).filter(|_| view != Some(View::Default));
        rests_on.extend(default);
        firmware_default(context, default, view, judge)?
    } else {
        match (found, fact) {
            (Reading::Value(value), Some(fact)) => judge(&Known { fact, value, view })?,
            (silence, _) => unread(&silence, named.by_name, wants).into(),
        }
    };
    rests_on.append(&mut judged.rests_on);
    Ok(Judged { rests_on, ..judged })
}

/// Whether this is a secret: then no view was asked for, and one of them says so.
pub(super) fn is_secret(context: &Context<'_>, views: &Views<'_>) -> bool {
    views.all().iter().any(|fact| reading(&context.case.opened, Some(fact)) == Reading::Secret)
}

/// Whether a value counts: it has no valid flag in its view, or the flag is not 0.
pub(super) fn counts(context: &Context<'_>, fact: &Fact) -> bool {
    cleared_flag(context.catalog, &context.case.facts, fact).is_none()
}

/// Nothing is stored in the view, or its valid flag is 0: the firmware's default is in force there. The factory view
/// says which, unless its own flag says that it does not.
fn firmware_default<'a>(
    context: &Context<'a>,
    default: Option<&'a Fact>,
    view: Option<View>,
    judge: Judge<'_, 'a>,
) -> Result<Judged<'a>, RuleError> {
    match (reading(&context.case.opened, default), default) {
        (Reading::Value(value), Some(fact)) if counts(context, fact) => judge(&Known { fact, value, view }),
        (_, _) => Ok(Stand::Unknown(
            UnknownReason::NotCaptured,
            "the firmware's default is in force, and the factory view does not say which".to_owned(),
        )
        .into()),
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

/// The number, or why that cannot be asked of the fact.
pub(super) fn number_of(fact: &Fact, value: &Value) -> Result<u64, RuleError> {
    match value {
        Value::Number { number, .. } => Ok(*number),
        Value::Text { .. } | Value::Bytes { .. } => {
            Err(RuleError::Kind { name: fact.name().to_owned(), is: kind(value), expected: "a number" })
        }
    }
}
