//! What `check` tells for context, for people: what differs from factory, and advice.
//!
//! Must not do: hide how much was left out for the length of a screen.

use mlx5_schemas::model::fact::{Knowledge, Subject, View};
use mlx5_schemas::model::report::Finding;
use mlx5_schemas::model::verdict::Verdict;

use super::{Page, Style};
use crate::check::advisories::{POSSIBLE, PREFIX as ADVISORY};
use crate::check::factory::RULE as FACTORY;
use crate::triage::rank;

/// Most parameters that are listed; the JSON report has all.
const MOST_PARAMETERS: usize = 12;
/// Columns by which it stands in.
const IN: usize = 2;

/// Whether a finding is told for context.
pub(super) fn is_context(finding: &Finding) -> bool {
    finding.verdict == Verdict::Informational
        && (finding.rule == FACTORY || finding.rule.starts_with(ADVISORY))
}

/// Lays out what is told for context of a device or the host.
pub(super) fn told(page: &mut Page, list: &[&Finding]) {
    let told = |rule: &dyn Fn(&str) -> bool| -> Vec<&Finding> {
        list.iter().copied().filter(|finding| rule(&finding.rule)).collect()
    };
    factory(page, told(&|rule| rule == FACTORY));
    let mut advice = told(&|rule| rule.starts_with(ADVISORY));
    advice.sort_by_key(|finding| (std::cmp::Reverse(finding.severity), finding.sure, &finding.rule));
    for (place, finding) in advice.iter().enumerate() {
        advisory(page, finding, place == 0);
    }
}

fn factory(page: &mut Page, list: Vec<&Finding>) {
    let (mut parameters, whole): (Vec<&Finding>, Vec<&Finding>) =
        list.into_iter().partition(|finding| !finding.found.is_empty());
    parameters.sort_by_key(|finding| (rank(&finding.name), finding.name.clone()));
    let mut label = "factory";
    for finding in whole {
        page.indented(IN, label, Style::Plain, &finding.message);
        label = "";
    }
    for finding in parameters.iter().take(MOST_PARAMETERS) {
        page.indented(
            IN,
            label,
            Style::Plain,
            &format!("{}{} {}", finding.name, about(finding), values(finding)),
        );
        label = "";
    }
    let more = parameters.len().saturating_sub(MOST_PARAMETERS);
    if more > 0 {
        page.indented(IN, "", Style::Dim, &format!("and {more} more; --format json has all"));
    }
}

/// Which port or module, where the name does not say it.
fn about(finding: &Finding) -> String {
    match &finding.subject {
        Subject::Port { port, .. } if !finding.name.ends_with(&format!("_P{port}")) => {
            format!(" (port {port})")
        }
        Subject::Module { module, .. } => format!(" (module {module})"),
        Subject::Host | Subject::Device { .. } | Subject::Port { .. } => String::new(),
    }
}

/// `8 → 16`; where a change waits, `8 → 16 now, 4 after the next reset`.
fn values(finding: &Finding) -> String {
    let value = |view: View| {
        let found = finding.found.iter().find(|found| found.view == Some(view));
        match found.and_then(|found| found.knowledge.as_ref()) {
            Some(Knowledge::Known { value }) => Some(value.to_string()),
            Some(Knowledge::Unknown { .. }) | None => None,
        }
    };
    let factory = value(View::Default).unwrap_or_else(|| "?".to_owned());
    match (value(View::Current), value(View::Next)) {
        (Some(now), Some(then)) if now == then => format!("{factory} → {now}"),
        (Some(now), Some(then)) if now == factory => format!("{factory} → {then} after the next reset"),
        (Some(now), Some(then)) if then == factory => {
            format!("{factory} → {now} now, {then} again after the next reset")
        }
        (Some(now), Some(then)) => format!("{factory} → {now} now, {then} after the next reset"),
        (Some(now), None) => format!("{factory} → {now} now"),
        (None, Some(then)) => format!("{factory} → {then} (next boot)"),
        (None, None) => factory,
    }
}

/// What is so, how sure, what to do, and where it is told.
fn advisory(page: &mut Page, finding: &Finding, is_first: bool) {
    let sure = finding.sure.map(|sure| format!(" ({})", sure.word())).unwrap_or_default();
    let label = if is_first { "advice" } else { "" };
    page.indented(IN, label, Style::Doubt, &format!("{} [{}]{sure}", finding.message, finding.name));
    // What to do about it is worth a line once it is known to be so.
    if finding.message.contains(POSSIBLE) {
        return;
    }
    if let Some(remedy) = &finding.remedy {
        page.indented(IN, "", Style::Plain, remedy);
    }
    if let Some(url) = finding.references.iter().find_map(|reference| reference.url.as_ref()) {
        page.indented(IN, "", Style::Dim, url);
    }
}
