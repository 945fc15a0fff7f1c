//! Which rules had the facts that they needed, device by device.
//!
//! Must not do: count what is no baseline's rule (advisories, waivers, what is built in), or call a rule judged of which a
//! part was not. A rule of which a device only says that another one is to be looked at is not about that device.

use std::collections::{BTreeMap, BTreeSet};

use mlx5_schemas::model::fact::{Knowledge, View};
use mlx5_schemas::model::report::{Finding, RuleCoverage};
use mlx5_schemas::model::verdict::{NotApplicableReason, Verdict};

use super::rule::Rule;

/// Coverage by device id. A rule is about a device where it left a finding there other than that it is about others.
pub(super) fn of(findings: &[Finding], rules: &[Vec<Box<dyn Rule>>]) -> BTreeMap<String, RuleCoverage> {
    let views: BTreeMap<&str, &[View]> =
        rules.iter().flatten().map(|rule| (rule.meta().id.as_str(), rule.meta().views.as_slice())).collect();
    let mut wants: BTreeMap<&str, BTreeMap<&str, bool>> = BTreeMap::new();
    for finding in findings.iter().filter(|finding| is_about_the_device(finding.verdict)) {
        let Some((device, views)) = finding.subject.device().zip(views.get(finding.rule.as_str())) else {
            continue;
        };
        *wants.entry(device).or_default().entry(&finding.rule).or_default() |= wants_facts(finding, views);
    }
    wants.into_iter().map(|(device, rules)| (device.to_owned(), sum(&rules))).collect()
}

fn is_about_the_device(verdict: Verdict) -> bool {
    !matches!(
        verdict,
        Verdict::NotSelected
            | Verdict::NotApplicable {
                reason: NotApplicableReason::VirtualFunction | NotApplicableReason::SameCard
            }
    )
}

fn sum(rules: &BTreeMap<&str, bool>) -> RuleCoverage {
    let number = |count: usize| u64::try_from(count).unwrap_or(u64::MAX);
    let wanting: BTreeSet<&str> = rules.iter().filter(|(_, wants)| **wants).map(|(rule, _)| *rule).collect();
    RuleCoverage {
        rules: number(rules.len()),
        judged: number(rules.len().saturating_sub(wanting.len())),
        wanting: wanting.into_iter().map(str::to_owned).collect(),
    }
}

/// Whether something that the rule names was not read, or could not be judged.
fn wants_facts(finding: &Finding, views: &[View]) -> bool {
    match finding.verdict {
        Verdict::Unknown { .. } | Verdict::Error => true,
        // Outside in one view, whatever was not read in another.
        Verdict::Outside | Verdict::Waived => finding.found.iter().any(|found| {
            found.view.is_some_and(|view| views.contains(&view))
                && matches!(&found.knowledge, Some(Knowledge::Unknown { status, .. }) if status.is_gap())
        }),
        Verdict::Within
        | Verdict::Pending
        | Verdict::NotApplicable { .. }
        | Verdict::NotSelected
        | Verdict::Informational => false,
    }
}
