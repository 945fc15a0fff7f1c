//! The kind `equals_factory`: NV configuration is what the device's own factory view says.
//!
//! Named parameters are compared one by one. The bits of a TLV that no parameter names are compared as bytes:
//! equal ones are within, different ones are unknown, because nobody can say what they mean. A rule that names the
//! bytes themselves (`…/data`) is about all of them, and leaves nothing of them to rules that reach them by a wildcard.
//!
//! A view in which nothing is stored is at the factory value by definition. What the factory view does not give
//! cannot be compared, and is unknown; a capability TLV is the device's own statement and nobody's setting.
//!
//! Must not do: compare with anything but the same device's default view.

use mlx5_schemas::model::fact::{Fact, Value, View};
use mlx5_schemas::model::verdict::{NotApplicableReason, UnknownReason};

use super::coverage;
use super::findings::{Draft, Findings};
use super::layouts::agreed_with_factory;
use super::next_only;
use super::rule::{Context, Rule, RuleError, RuleMeta, Target, Wants};
use super::scope::Named;
use super::stand::{Stand, unread, verdict};
use super::unnamed_bits::{Difference, compare};
use super::values::{counts, is_secret};
use crate::case::{Reading, reading, tlv_of};

/// A rule of this kind.
#[derive(Debug)]
pub(super) struct EqualsFactory {
    meta: RuleMeta,
}

impl EqualsFactory {
    /// A rule that expects factory values.
    pub(super) fn new(meta: RuleMeta) -> Self {
        Self { meta }
    }

    pub(super) fn judge<'a>(&self, context: &Context<'a>, named: &Named<'a>) -> Draft {
        let default_fact = named.views.in_view(View::Default);
        let default = reading(&context.case.opened, default_fact);
        let mut rests_on: Vec<&Fact> = default_fact.into_iter().collect();
        let mut stands = Vec::new();
        let secret = is_secret(context, &named.views);
        if secret {
            stands.push((None, unread(&Reading::Secret, named.by_name, Wants::Value)));
        }
        for &view in self.meta.views.iter().filter(|_| !secret) {
            let fact = named.views.in_view(view);
            rests_on.extend(fact);
            let found = reading(&context.case.opened, fact);
            let unmet = context.held.as_ref().and_then(|held| held.stand(Some(view)));
            let judged = || stand(context, named, (&default, default_fact), (&found, fact));
            stands.push((Some(view), unmet.unwrap_or_else(judged)));
        }
        if rests_on.is_empty() {
            rests_on.extend(named.views.all());
        }
        let note =
            next_only::settle(context, (named.subject, named.path), &named.views, &mut stands, &mut rests_on);
        let (verdict, message) = next_only::noted(verdict(&stands), note);
        Draft::new(&self.meta, named.subject, named.path, verdict, message)
            .named(named.views.name())
            .resting_on(context, &rests_on)
            .shown_by(context.held.iter().flat_map(|held| held.evidence()))
            .found(context, &named.views)
    }
}

impl Rule for EqualsFactory {
    fn meta(&self) -> &RuleMeta {
        &self.meta
    }

    fn check(
        &self,
        context: &Context<'_>,
        target: &Target,
        findings: &mut Findings,
    ) -> Result<(), RuleError> {
        let reached = self.meta.scope.reach(context, target);
        let mut trouble = None;
        for named in &reached.named {
            if is_named_elsewhere(context, target, named) {
                continue;
            }
            if named.views.has_views() {
                findings.add(self.judge(context, named))?;
            } else {
                trouble.get_or_insert_with(|| RuleError::Kind {
                    name: named.views.name().to_owned(),
                    is: "no NV configuration",
                    expected: "a value with a factory view",
                });
            }
        }
        coverage::report(context, target, &self.meta, reached.took, findings)?;
        trouble.map_or(Ok(()), Err)
    }
}

/// Whether the bytes of a TLV, which this rule reaches along with the rest of it, are what another rule is about.
fn is_named_elsewhere(context: &Context<'_>, target: &Target, named: &Named<'_>) -> bool {
    let is_bytes = tlv_of(named.path).is_some_and(|tlv| tlv.part == "/data");
    let device = target.device().filter(|_| is_bytes && !named.as_bytes);
    device.is_some_and(|id| context.named_bytes.contains(&(id.to_owned(), named.path.to_owned())))
}

type Read<'r, 'a> = (&'r Reading<'a>, Option<&'a Fact>);

/// Where one view stands against the factory view.
fn stand(context: &Context<'_>, named: &Named<'_>, default: Read<'_, '_>, found: Read<'_, '_>) -> Stand {
    match (default.0, found.0) {
        (Reading::Value(factory), Reading::Value(value)) if same(factory, value) => {
            by_all_readings(context, default, found, true)
                .unwrap_or_else(|| same_stand(context, default, found))
        }
        (Reading::Value(_), Reading::Value(_)) => {
            let is_bytes = tlv_of(named.path).is_some_and(|tlv| tlv.part == "/data");
            match (default.1, found.1) {
                (Some(default), Some(found)) if is_bytes && !named.as_bytes => {
                    bytes_stand(context, default, found)
                }
                (_, _) => by_all_readings(context, default, found, false).unwrap_or(Stand::Out),
            }
        }
        (Reading::Value(_), Reading::NeverSet) => Stand::In,
        (Reading::NeverSet, Reading::NeverSet) => Stand::Nothing(
            NotApplicableReason::Absent,
            "nothing is stored, nor is there a factory value".to_owned(),
        ),
        (_, Reading::NeverSet) => factory_unread(context, named, default.0),
        (_, Reading::Value(_)) => factory_unread(context, named, default.0),
        // A value that the factory view gives is there: that another view lacks it is no excuse.
        (Reading::Value(_), silence) => unread(silence, true, Wants::Value),
        (_, silence) => unread(silence, named.by_name, Wants::Value),
    }
}

/// Where releases read the bytes differently and disagree about whether they are the factory's.
fn by_all_readings(
    context: &Context<'_>,
    default: Read<'_, '_>,
    found: Read<'_, '_>,
    is_same: bool,
) -> Option<Stand> {
    agreed_with_factory(context, default.1?, found.1?, is_same)
}

/// The bytes are the same; whether they are in force is not said where a valid flag is 0 in the factory view alone.
fn same_stand(context: &Context<'_>, default: Read<'_, '_>, found: Read<'_, '_>) -> Stand {
    let counts = |read: Read<'_, '_>| read.1.is_none_or(|fact| counts(context, fact));
    if matches!(default.0, Reading::Value(Value::Bytes { hex }) if hex.is_empty()) {
        return Stand::Nothing(NotApplicableReason::Absent, "the answers hold no bytes".to_owned());
    }
    if !counts(default) && counts(found) {
        let words = "it is set here, and by its valid flag the factory view leaves it to the firmware";
        return Stand::Unknown(UnknownReason::NotCaptured, words.to_owned());
    }
    Stand::In
}

/// Names are the catalog's; numbers are what is stored.
pub(super) fn same(factory: &Value, value: &Value) -> bool {
    match (factory, value) {
        (Value::Number { number: left, .. }, Value::Number { number: right, .. }) => left == right,
        (left, right) => left == right,
    }
}

/// There is a value, and no factory value to compare it with.
fn factory_unread(context: &Context<'_>, named: &Named<'_>, default: &Reading<'_>) -> Stand {
    let capability = tlv_of(named.path)
        .and_then(|tlv| context.catalog.tlv(tlv.class, tlv.index))
        .is_some_and(|tlv| tlv.capability);
    if capability && !named.by_name {
        let words = "a capability, which nobody sets; it has no factory view".to_owned();
        return Stand::Nothing(NotApplicableReason::ReadOnly, words);
    }
    match default {
        Reading::NeverSet => Stand::Unknown(
            UnknownReason::NotCaptured,
            "a value is stored, and the factory view holds none to compare it with".to_owned(),
        ),
        Reading::Absent(reason) => {
            Stand::Unknown(UnknownReason::NotCaptured, format!("the factory value was not given: {reason}"))
        }
        silence @ (Reading::Value(_) | Reading::Secret | Reading::Gap(..) | Reading::NotOffered) => {
            match unread(silence, true, Wants::Value) {
                Stand::Unknown(reason, words) => {
                    Stand::Unknown(reason, format!("the factory value: {words}"))
                }
                other @ (Stand::In | Stand::Out | Stand::Nothing(..)) => other,
            }
        }
    }
}

fn bytes_stand(context: &Context<'_>, default: &Fact, found: &Fact) -> Stand {
    match compare(context, default, found) {
        Difference::OnlyNamed => Stand::In,
        Difference::Unnamed { first_bit } => Stand::Unknown(
            UnknownReason::UnknownParameter,
            format!(
                "bits that no known parameter names differ from factory, the first at bit {first_bit} of the data"
            ),
        ),
        Difference::Length { factory, found } => Stand::Unknown(
            UnknownReason::UnknownParameter,
            format!("{found} bytes are stored where the factory view has {factory}"),
        ),
    }
}
