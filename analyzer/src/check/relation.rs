//! The kind `relation`: every value named stands so to another fact of the same device or host, or to another view of
//! itself.
//!
//! Must not do: take the other for anything where it was not read, or choose between several of one name.

use mlx5_schemas::model::baseline::RelationTo;
use mlx5_schemas::model::condition::Relation;
use mlx5_schemas::model::fact::{Fact, Subject, Value, View};
use mlx5_schemas::model::verdict::UnknownReason;

use super::findings::Findings;
use super::layouts;
use super::names::names_of_tlv;
use super::rule::{Context, Rule, RuleError, RuleMeta, Target, Wants};
use super::stand::{Stand, unread};
use super::values::{self, Judged, Known};
use crate::case::{Views, reading, tlv_of};
use crate::condition::{Lens, readings, relation_holds, suggestion, view_of};
use crate::pattern::Pattern;

/// A rule of this kind.
#[derive(Debug)]
pub(super) struct Related {
    meta: RuleMeta,
    relation: RelationTo,
}

impl Related {
    /// A rule that expects a relation.
    pub(super) fn new(meta: RuleMeta, relation: RelationTo) -> Self {
        Self { meta, relation }
    }

    fn judge<'a>(
        &self,
        context: &Context<'a>,
        target: &Target,
        known: &Known<'a>,
    ) -> Result<Judged<'a>, RuleError> {
        let other = match &self.relation.to {
            None => context.case.facts.views(&known.fact.subject, &known.fact.path),
            Some(name) => match self.other(context, target, &known.fact.subject, name) {
                Ok(views) => views,
                Err(stand) => return Ok(stand.into()),
            },
        };
        let name = self.relation.to.as_deref().unwrap_or(other.name());
        if let Some(view) = self.relation.view.filter(|_| !other.has_views()) {
            return Err(RuleError::NoView { name: name.to_owned(), view: view.word() });
        }
        let lens = known.view.map_or(Lens::Now, Lens::View);
        let view = view_of(&other, self.relation.view, lens);
        let at = view.map(|view| format!(" ({})", view.word())).unwrap_or_default();
        let Some(right) = context.lookup.about(target).in_force(&other, view) else {
            let fact = view.map_or_else(|| other.plain(), |view| other.in_view(view));
            let stand = match unread(&reading(&context.case.opened, fact), true, Wants::Value) {
                Stand::Unknown(reason, words) => Stand::Unknown(reason, format!("{name}{at}: {words}")),
                stand @ (Stand::In | Stand::Out | Stand::Nothing(..)) => stand,
            };
            return Ok(Judged { rests_on: fact.into_iter().collect(), ..Judged::from(stand) });
        };
        let against = Some(format!("{name}{at} is {}", right.value));
        let rests_on = vec![right.fact];
        let others = layouts::others(context, known.fact);
        let left: Option<Vec<&Value>> =
            [Some(known.value)].into_iter().chain(others.into_iter().map(Fact::value)).collect();
        let (Some(left), Some(right)) = (left, readings(&right)) else {
            let words = "releases of mstflint read these bytes differently".to_owned();
            let stand = Stand::Unknown(UnknownReason::AmbiguousLayout, words);
            return Ok(Judged { stand, rests_on, against });
        };
        let mut stand = None;
        for (left, right) in left.iter().flat_map(|left| right.iter().map(move |right| (left, right))) {
            let is =
                relation_holds(self.relation.is, left, right).ok_or_else(|| RuleError::Incomparable {
                    left: known.fact.name().to_owned(),
                    right: name.to_owned(),
                    values: format!("{left} and {right}"),
                })?;
            let this = if is { Stand::In } else { Stand::Out };
            match &stand {
                Some(first) if *first != this => {
                    let words = "releases of mstflint read these bytes differently".to_owned();
                    stand = Some(Stand::Unknown(UnknownReason::AmbiguousLayout, words));
                    break;
                }
                Some(_) => {}
                None => stand = Some(this),
            }
        }
        let nothing = || Stand::Unknown(UnknownReason::NotCaptured, "nothing was compared".to_owned());
        Ok(Judged { stand: stand.unwrap_or_else(nothing), rests_on, against })
    }

    /// The other fact: of the same port or module, else of the device, else of the host.
    fn other<'a>(
        &self,
        context: &Context<'a>,
        target: &Target,
        subject: &Subject,
        name: &str,
    ) -> Result<Views<'a>, Stand> {
        let about = context.lookup.about(target);
        let named = about.named(name);
        let of = |subject: &Subject| -> Vec<&'a Fact> {
            named.iter().copied().filter(|fact| fact.subject == *subject).collect()
        };
        // `LINK_TYPE_P1` says whose it is. A path does not: one port's is no answer for another one's, nor for the device
        // while another one's may be there.
        let is_device = matches!(subject, Subject::Device { .. } | Subject::Host);
        let is_whole = is_device && !about.lacks(&Pattern::new(name));
        let elsewhere = named.iter().copied().filter(|fact| is_whole || fact.path != name).collect();
        let tiers = [of(subject), of(&target.subject()), of(&Subject::Host), elsewhere];
        let Some(facts) = tiers.into_iter().find(|facts| !facts.is_empty()) else {
            if let Some(stand) = silent(context, target, subject, name) {
                return Err(stand);
            }
            let words = format!("nothing here is called {name}{}", suggestion(about.nearest(name)));
            return Err(Stand::Unknown(UnknownReason::UnknownParameter, words));
        };
        let (Some(first), false) = (
            facts.first(),
            facts
                .windows(2)
                .any(|pair| matches!(pair, [a, b] if (&a.subject, &a.path) != (&b.subject, &b.path))),
        ) else {
            let words = format!("several things here are called {name}");
            return Err(Stand::Unknown(UnknownReason::UnknownParameter, words));
        };
        Ok(context.case.facts.views(&first.subject, &first.path))
    }
}

/// What is known of a parameter of which there is no fact: why its TLV was not read.
fn silent(context: &Context<'_>, target: &Target, subject: &Subject, name: &str) -> Option<Stand> {
    let mut about = context.case.facts.of_device(target.device()?);
    let stand = about.find_map(|fact| {
        let of = tlv_of(&fact.path).filter(|tlv| tlv.part == "/supported")?;
        let tlv = context.catalog.tlv(of.class, of.index)?;
        let names = names_of_tlv(context.catalog, tlv, of.path, &fact.subject);
        let is_meant = [subject, &target.subject()].contains(&&fact.subject) || !name.starts_with("nv/");
        let is_it = is_meant && names.iter().any(|known| known == name);
        is_it.then(|| unread(&reading(&context.case.opened, Some(fact)), true, Wants::Value))
    })?;
    Some(match stand {
        Stand::Unknown(reason, words) => Stand::Unknown(reason, format!("{name}: {words}")),
        stand @ (Stand::In | Stand::Out | Stand::Nothing(..)) => stand,
    })
}

impl Rule for Related {
    fn meta(&self) -> &RuleMeta {
        &self.meta
    }

    fn check(
        &self,
        context: &Context<'_>,
        target: &Target,
        findings: &mut Findings,
    ) -> Result<(), RuleError> {
        values::check(context, target, &self.meta, findings, &|known| self.judge(context, target, known))
    }
}

/// The views that such a rule judges: not the one that it compares with.
pub(crate) fn views(relation: &RelationTo, views: &[View]) -> Vec<View> {
    let is_itself = |view: &&View| relation.to.is_none() && relation.view == Some(**view);
    views.iter().filter(|view| !is_itself(view)).copied().collect()
}

/// What is expected, in words.
pub(super) fn words(relation: &RelationTo) -> String {
    let is = match relation.is {
        Relation::Same => "the same as",
        Relation::Different => "different from",
        Relation::Less => "less than",
        Relation::AtMost => "at most",
        Relation::Greater => "greater than",
        Relation::AtLeast => "at least",
    };
    match (&relation.to, relation.view) {
        (Some(to), Some(view)) => format!("{is} {to} ({})", view.word()),
        (Some(to), None) => format!("{is} {to}"),
        (None, Some(View::Default)) => format!("{is} its factory value"),
        (None, Some(view)) => format!("{is} its {} value", view.word()),
        (None, None) => format!("{is} itself"),
    }
}
