//! Known issues: faults, traps and habits that are known in public (or to whoever keeps a folder of them), as data.
//!
//! The shipped ones are within the program; `--known DIR` adds more, without a release. A device's facts are held
//! against each: *matches*, *possible* (all that is known holds, and something was not read), or no.
//!
//! Must not do: judge. A known issue explains; it makes nothing outside.

mod examples;
mod lint;
mod load;
mod matching;
mod shipped;
mod versions;

use mlx5_schemas::model::known_issue::{IssueKind, Match};
use mlx5_schemas::model::report::IssueFound;

use crate::case::Case;

pub use lint::lint;
pub use load::{KnownError, LoadedIssue, MAX_FILES, add_folder, parse};
pub use matching::{About, log_is_read};
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
            let outcome = matching::evaluate(about, loaded);
            let matched = outcome.matched();
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
