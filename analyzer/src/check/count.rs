//! The kind `count`: so many of the selected devices of a host have something so.
//!
//! Each device has it so, has not, or may have: what was not read, and whether the rule is about the device at all, can be
//! open. The number lies between the first and the last; the rule is decided where both ends are on one side.
//!
//! Must not do: take a device that could not be judged for one that has it, or has not.

use std::collections::BTreeSet;
use std::rc::Rc;

use mlx5_schemas::model::expected::Range;
use mlx5_schemas::model::fact::{Evidence, Fact, Subject, View};
use mlx5_schemas::model::verdict::{Assurance, CapReason, UnknownReason, Verdict};

use super::coverage;
use super::findings::{Draft, Findings};
use super::held::Held;
use super::rule::{Context, Rule, RuleError, RuleMeta, Target};
use super::select::{Selection, select};
use super::stand::{Stand, verdict};
use super::values::{Admit, Judged, admitted, in_view, views_of};
use crate::assurance::weakest;
use crate::pattern::Pattern;

/// A rule of this kind.
#[derive(Debug)]
pub(super) struct Count {
    meta: RuleMeta,
    of: Box<dyn Admit>,
    devices: Range,
}

/// Whether a device has it so.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Has {
    No,
    Maybe,
    Yes,
}

/// How many have, and how many may.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Tally {
    yes: u64,
    maybe: u64,
}

impl Has {
    fn of(stand: &Stand) -> Self {
        match stand {
            Stand::In => Self::Yes,
            Stand::Out | Stand::Nothing(..) => Self::No,
            Stand::Unknown(..) => Self::Maybe,
        }
    }
}

impl std::fmt::Display for Tally {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let devices = if self.yes == 1 { "device has" } else { "devices have" };
        write!(f, "{} {devices} it so", self.yes)?;
        if self.maybe > 0 {
            write!(f, ", and {} more may", self.maybe)?;
        }
        Ok(())
    }
}

impl Tally {
    fn add(&mut self, has: Has) {
        let slot = match has {
            Has::No => return,
            Has::Maybe => &mut self.maybe,
            Has::Yes => &mut self.yes,
        };
        *slot = slot.saturating_add(1);
    }

    fn stand(self, devices: Range) -> Stand {
        let most = self.yes.saturating_add(self.maybe);
        let is_below = devices.min.is_some_and(|min| most < min);
        let is_above = devices.max.is_some_and(|max| self.yes > max);
        if is_below || is_above {
            Stand::Out
        } else if devices.holds(self.yes) && devices.holds(most) {
            Stand::In
        } else {
            Stand::Unknown(UnknownReason::NotCaptured, self.to_string())
        }
    }
}

impl Count {
    /// A rule that expects a number of devices.
    pub(super) fn new(meta: RuleMeta, of: Box<dyn Admit>, devices: Range) -> Self {
        Self { meta: RuleMeta { is_joint: true, ..meta }, of, devices }
    }

    /// Whether a device has it so in each view that is judged.
    fn device<'a>(
        &self,
        context: &Context<'a>,
        target: &Target,
        views: &[Option<View>],
        shown: &mut Shown<'a>,
    ) -> Result<Vec<Has>, RuleError> {
        let meta = &self.meta;
        let held = Held::of(context, meta, target)?.map(Rc::new);
        shown.by.extend(held.iter().flat_map(|held| held.evidence()));
        if let Some(stand) = held.as_ref().and_then(|held| held.whole()) {
            return Ok(vec![Has::of(&stand); views.len()]);
        }
        let context = Context { held, ..context.clone() };
        let reached = meta.scope.reach(&context, target);
        let mut has = vec![Has::No; views.len()];
        for named in &reached.named {
            for (view, fact) in views_of(&context, meta, named) {
                let judged = match context.held.as_ref().and_then(|held| held.stand(view)) {
                    Some(stand) => Judged::from(stand),
                    None => in_view(&context, meta.wants, named, (view, fact), &|known| {
                        admitted(&context, self.of.as_ref(), known).map(Judged::from)
                    })?,
                };
                let this = Has::of(&judged.stand);
                shown.facts.extend(judged.rests_on);
                // What has no views is the same in all of them.
                for (of, slot) in views.iter().zip(&mut has) {
                    if view.is_none() || *of == view {
                        *slot = this.max(*slot);
                    }
                }
            }
        }
        // What the rule names and was not read may be so.
        let mut gaps = Findings::default();
        coverage::report(&context, target, meta, reached.took, &mut gaps)?;
        for gap in gaps.into_sorted() {
            if matches!(gap.verdict, Verdict::Unknown { .. }) {
                has.iter_mut().for_each(|slot| *slot = (*slot).max(Has::Maybe));
                shown.by.extend(gap.evidence);
            }
        }
        Ok(has)
    }
}

/// What the number rests on.
#[derive(Default)]
struct Shown<'a> {
    facts: Vec<&'a Fact>,
    by: Vec<Evidence>,
    /// What bounds how much that carries; nothing where nothing was read.
    bounds: Option<BTreeSet<CapReason>>,
}

impl Rule for Count {
    fn meta(&self) -> &RuleMeta {
        &self.meta
    }

    fn check(&self, _: &Context<'_>, _: &Target, _: &mut Findings) -> Result<(), RuleError> {
        Ok(())
    }

    fn check_joint(&self, context: &Context<'_>, findings: &mut Findings) -> Result<(), RuleError> {
        let meta = &self.meta;
        let views: Vec<Option<View>> = match meta.scope.names_nv() {
            true => meta.views.iter().copied().map(Some).collect(),
            false => vec![None],
        };
        let mut tallies = vec![Tally::default(); views.len()];
        let mut shown = Shown::default();
        let mut trouble = None;
        for device in context.case.opened.devices() {
            let most = match select(&meta.selects, context, device) {
                Selection::Selected => Has::Yes,
                Selection::Unknown { evidence, .. } => {
                    shown.by.extend(evidence);
                    Has::Maybe
                }
                Selection::NotSelected(evidence) => {
                    // That it is another one is told by its identity.
                    shown.by.extend(evidence);
                    let route = context.case.opened.device_route(device);
                    let reasons = context.caps.reasons_of_device(&device.id, route);
                    shown.bounds.get_or_insert_default().extend(reasons);
                    continue;
                }
            };
            let has = self.device(context, &Target::of(device), &views, &mut shown);
            let has = has.unwrap_or_else(|error| {
                trouble.get_or_insert(error);
                vec![Has::Maybe; views.len()]
            });
            for (tally, has) in tallies.iter_mut().zip(has) {
                tally.add(has.min(most));
            }
        }
        let stands: Vec<(Option<View>, Stand)> =
            views.iter().zip(&tallies).map(|(view, tally)| (*view, tally.stand(self.devices))).collect();
        let (verdict, message) = verdict(&stands);
        let is_alike = tallies.windows(2).all(|pair| matches!(pair, [a, b] if a == b));
        let counted = views.iter().zip(&tallies).map(|(view, tally)| match view.filter(|_| !is_alike) {
            Some(view) => format!("{}: {tally}", view.word()),
            None => tally.to_string(),
        });
        let counted: Vec<String> = counted.take(if is_alike { 1 } else { views.len() }).collect();
        let patterns = meta.scope.patterns.iter().map(Pattern::text);
        let names: Vec<&str> = patterns.collect();
        let path = names.first().copied().unwrap_or_default();
        let message = match verdict {
            Verdict::Unknown { .. } => message,
            Verdict::Within
            | Verdict::Waived
            | Verdict::Pending
            | Verdict::Outside
            | Verdict::NotApplicable { .. }
            | Verdict::NotSelected
            | Verdict::Informational
            | Verdict::Error => format!("{message}; {}", counted.join(", ")),
        };
        let draft = Draft::new(meta, &Subject::Host, path, verdict, message)
            .named(&names.join(", "))
            .resting_on(context, &shown.facts)
            .shown_by(shown.by)
            .shown_by([context.case.opened.manifest_evidence()]);
        let mut bounds = shown.bounds;
        for fact in shown.facts {
            bounds.get_or_insert_default().extend(context.caps.reasons(fact));
        }
        let draft = draft.carrying(bounds.as_ref().map_or(Assurance::Claimed, weakest));
        findings.add(draft.bounded_by(context, &bounds.unwrap_or_default()))?;
        trouble.map_or(Ok(()), Err)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_is_decided_where_both_ends_agree() {
        let of = |yes, maybe, min, max| Tally { yes, maybe }.stand(Range { min, max });
        assert_eq!(of(2, 0, Some(2), Some(2)), Stand::In);
        assert_eq!(of(2, 1, Some(2), None), Stand::In);
        assert_eq!(of(3, 2, None, Some(2)), Stand::Out);
        assert_eq!(of(0, 1, Some(2), None), Stand::Out);
        for (yes, maybe, min, max) in [(1, 1, Some(2), None), (2, 1, None, Some(2)), (0, 3, Some(1), Some(1))]
        {
            assert!(matches!(of(yes, maybe, min, max), Stand::Unknown(..)), "{yes} {maybe}");
        }
    }
}
