//! Everything about one finding, and a rule as it is understood.
//!
//! Must not do: judge. What is explained is what `check` found.

mod commands;
mod condition;
mod evidence;
mod rule;

use std::collections::BTreeMap;

use mlx5_schemas::catalog::Catalog;
use mlx5_schemas::model::fact::{Fact, Subject};
use mlx5_schemas::model::report::{
    Bound, BundleReview, CheckReport, ExplainReport, Finding, FindingExplained,
};
use mlx5_schemas::model::verdict::CapReason;

use crate::assurance::Caps;
use crate::baseline::{LoadedBaseline, suggest};
use crate::case::Case;
use crate::check::findings::found;

pub use rule::{RuleNotFound, explain_rule};

pub(crate) use condition::{select as selection_words, words as condition_words};

/// There is no such finding.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("no finding here has the id {id}{hint}")]
pub struct FindingNotFound {
    id: String,
    hint: String,
}

/// Explains the finding of this id in each bundle that has one. Of an id its beginning will do, where it begins one id only.
///
/// # Errors
/// When no bundle has one, or several ids begin so.
pub fn explain(
    id: &str,
    report: &CheckReport,
    cases: &[&Case],
    baselines: &[LoadedBaseline],
    catalog: &Catalog,
) -> Result<ExplainReport, FindingNotFound> {
    let id = whole_id(id, report)?;
    let of_bundle = |(review, case): (&BundleReview, &&Case)| {
        let finding = review.findings.iter().find(|finding| finding.id == id)?;
        Some(explain_one(finding, review, report, case, baselines, catalog))
    };
    // Reviews stand in the order of the bundles that could be opened.
    let findings = report.bundles.iter().zip(cases).filter_map(of_bundle).collect();
    Ok(ExplainReport { id, findings })
}

/// Least number of characters by which an id is told from others.
const SHORTEST: usize = 4;

fn whole_id(id: &str, report: &CheckReport) -> Result<String, FindingNotFound> {
    let mut ids: Vec<&str> = report
        .bundles
        .iter()
        .flat_map(|bundle| &bundle.findings)
        .map(|finding| finding.id.as_str())
        .collect();
    ids.sort_unstable();
    ids.dedup();
    if ids.binary_search(&id).is_ok() {
        return Ok(id.to_owned());
    }
    let refuse = |hint: String| Err(FindingNotFound { id: id.to_owned(), hint });
    let begin: Vec<&&str> = ids.iter().filter(|known| known.starts_with(id)).collect();
    match (begin.as_slice(), id.len() >= SHORTEST) {
        ([one], true) => Ok((**one).to_owned()),
        ([_, _, ..], true) => refuse(format!("; {} begin so: give more of it", begin.len())),
        (_, _) => refuse(match suggest::nearest(id, ids.iter().copied()) {
            Some(near) => format!("; did you mean {near}?"),
            None => "; reports give it with each finding (check --format json)".to_owned(),
        }),
    }
}

fn explain_one(
    finding: &Finding,
    review: &BundleReview,
    report: &CheckReport,
    case: &Case,
    baselines: &[LoadedBaseline],
    catalog: &Catalog,
) -> FindingExplained {
    let views = case.facts.views(&finding.subject, &finding.path);
    let device = review.devices.iter().find(|device| Some(device.id.as_str()) == finding.subject.device());
    let mut names: Vec<String> = Vec::new();
    for name in views.all().iter().flat_map(|fact| &fact.aliases) {
        if !names.contains(name) {
            names.push(name.clone());
        }
    }
    let rule = explain_rule(&finding.rule, baselines, catalog).ok();
    FindingExplained {
        bundle: review.bundle.clone(),
        finding: finding.clone(),
        names,
        found: if finding.found.is_empty() { found(case, &views) } else { finding.found.clone() },
        psid: device.and_then(|device| device.psid.clone()),
        firmware: device.and_then(|device| device.firmware.clone()),
        word: match finding.subject {
            Subject::Host => Some(review.word),
            Subject::Device { .. } | Subject::Port { .. } | Subject::Module { .. } => {
                device.and_then(|device| device.word)
            }
        },
        min_assurance: report.min_assurance,
        bounds: bounds(finding, case),
        evidence: evidence::shown(finding, case, catalog),
        commands: commands::more(finding, &case.opened.file, rule.as_ref()),
        rule,
    }
}

/// What bounds the evidence of a finding: of each fact that it rests on, the caps and the way by which it came.
fn bounds(finding: &Finding, case: &Case) -> Vec<Bound> {
    let caps = Caps::of(case);
    let of_subject = || case.facts.of_device(finding.subject.device().unwrap_or_default());
    let of_host = || case.facts.below(&Subject::Host, "");
    let rests_on = |fact: &&Fact| fact.evidence.iter().any(|item| finding.evidence.contains(item));
    let mut reasons: BTreeMap<CapReason, Bound> = BTreeMap::new();
    for reason in of_subject().chain(of_host()).filter(rests_on).flat_map(|fact| caps.reasons(fact)) {
        let own = finding.subject.device().map(|device| caps.device(device)).unwrap_or_default();
        let cap = caps.host().iter().chain(own).find(|cap| cap.reason == reason).cloned();
        reasons.entry(reason).or_insert(Bound { level: reason.level(), reason, cap });
    }
    let mut bounds: Vec<Bound> = reasons.into_values().collect();
    bounds.sort_by_key(|bound| (bound.level, bound.reason));
    bounds
}
