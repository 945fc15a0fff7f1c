//! Known issues: faults, traps and habits that are known in public (or to whoever keeps a folder of them), as data.
//!
//! The shipped ones are within the program; `--known DIR` adds more, without a release. A device's facts are held
//! against each: *matches*, *possible* (all that is known holds, and something was not read), or no.
//!
//! Must not do: judge. A known issue explains; it makes nothing outside.

mod examples;
mod lint;
mod load;
mod shipped;

use mlx5_schemas::model::known_issue::{IssueKind, Match};
use mlx5_schemas::model::report::IssueFound;

use crate::case::Case;
use crate::condition::{self, Lens, Outcome};

pub use crate::condition::{About, log_is_read};
pub use lint::lint;
pub use load::{KnownError, LoadedIssue, MAX_FILES, add_folder, parse};
pub use shipped::{NAMES, shipped};

/// The order of a page: what matches, what is more than advice, what is surer, then by kind.
pub fn order(one: &IssueFound) -> impl Ord + use<> {
    (one.matched, one.kind == IssueKind::Advice, one.sure, one.kind, one.id.clone())
}

/// The issues that match a device of a case or may, in the order of a page.
pub fn of_device(case: &Case, about: &About<'_>, issues: &[LoadedIssue]) -> Vec<IssueFound> {
    let mut found: Vec<IssueFound> = issues
        .iter()
        .filter_map(|loaded| {
            let outcome = evaluate(about, loaded);
            let matched = matched(&outcome);
            (matched != Match::No).then(|| {
                let issue = &loaded.issue;
                let mut evidence = outcome.evidence;
                if evidence.is_empty() {
                    evidence.push(case.opened.manifest_evidence());
                }
                IssueFound {
                    id: issue.id.clone(),
                    kind: issue.kind,
                    sure: issue.sure,
                    matched,
                    title: issue.title.clone(),
                    text: issue.text.clone(),
                    remedy: issue.remedy.clone(),
                    references: issue.references.clone(),
                    missing: outcome.missing,
                    evidence,
                }
            })
        })
        .collect();
    found.sort_by_key(order);
    found
}

/// Holds an issue against a device.
fn evaluate(about: &About<'_>, loaded: &LoadedIssue) -> Outcome {
    let issue = &loaded.issue;
    let mut outcome = condition::evaluate(about, &loaded.expressions, Lens::Any, &issue.when);
    outcome.evidence.dedup();
    if issue.only_when_told && outcome.met.is_none() {
        return Outcome { met: Some(false), ..Outcome::default() };
    }
    outcome
}

/// What it means for the issue: one of which everything known holds, and something that is about it in particular does,
/// is possible.
fn matched(outcome: &Outcome) -> Match {
    match outcome.met {
        Some(true) => Match::Matches,
        None if outcome.specific => Match::Possible,
        Some(false) | None => Match::No,
    }
}
