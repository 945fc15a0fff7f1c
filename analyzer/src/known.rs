//! Known issues: faults, traps and habits that are known in public (or to whoever keeps a folder of them), as data.
//!
//! The shipped ones are within the program; `--known DIR` adds more, without a release. A device's facts are held
//! against each: *matches*, *possible* (all that is known holds, and something was not read), or no.
//!
//! Must not do: judge. A known issue explains; it makes nothing outside.

mod examples;
mod lint;
mod load;
mod names;
mod shipped;

use mlx5_schemas::model::fact::Evidence;
use mlx5_schemas::model::known_issue::{IssueKind, KnownIssue, Match};
use mlx5_schemas::model::report::IssueFound;

use crate::case::Case;
use crate::condition::{self, Lens, Outcome};

pub use crate::condition::{About, log_is_read};
pub use lint::lint;
pub use load::{KnownError, LoadedIssue, MAX_FILES, add_folder, parse};
pub use names::{is_known_advisory, unknown_advisory};
pub use shipped::{NAMES, shipped};

/// The order of a page: what matches, what is more than advice, what is surer, then by kind.
pub fn order(one: &IssueFound) -> impl Ord + use<> {
    (one.matched, one.kind == IssueKind::Advice, one.sure, one.kind, one.id.clone())
}

/// What came of an issue on a card, over all its functions: what one function's facts do not tell another's may.
#[derive(Debug, Clone)]
pub struct Held<'a> {
    /// The issue.
    pub issue: &'a KnownIssue,
    /// Which of the functions it is told of: the first of which it says most.
    pub function: usize,
    /// Whether it is about the host alone: then it is told once, not of each card.
    pub of_host: bool,
    /// Whether its conditions are met on a function; `None` where something was not read.
    pub met: Option<bool>,
    /// Whether it is about the card.
    pub matched: Match,
    /// What was not read.
    pub missing: Vec<String>,
    /// What shows what is met; of what is not, what was looked at.
    pub evidence: Vec<Evidence>,
}

impl Held<'_> {
    /// Whether it is only possible because it is of one family, and which the card's is was not read.
    pub fn wants_family(&self) -> bool {
        self.missing.iter().any(|missing| missing == condition::FAMILY)
    }

    /// As reports tell it; `None` where it is not about the card.
    pub fn found(self, case: &Case) -> Option<IssueFound> {
        let issue = self.issue;
        (self.matched != Match::No).then(|| IssueFound {
            id: issue.id.clone(),
            kind: issue.kind,
            sure: issue.sure,
            matched: self.matched,
            title: issue.title.clone(),
            text: issue.text.clone(),
            remedy: issue.remedy.clone(),
            references: issue.references.clone(),
            missing: self.missing,
            evidence: match self.evidence.is_empty() {
                true => vec![case.opened.manifest_evidence()],
                false => self.evidence,
            },
        })
    }
}

/// Holds every issue against the functions of a card.
pub fn on_card<'a>(about: &[About<'_>], issues: &'a [LoadedIssue]) -> Vec<Held<'a>> {
    issues.iter().filter_map(|loaded| on_functions(about, loaded)).collect()
}

fn on_functions<'a>(about: &[About<'_>], loaded: &'a LoadedIssue) -> Option<Held<'a>> {
    let mut best: Option<Held<'a>> = None;
    for (function, about) in about.iter().enumerate() {
        let outcome = evaluate(about, loaded);
        let held = Held {
            issue: &loaded.issue,
            function,
            // Of what is not so, no part says whose it is.
            of_host: match outcome.met {
                Some(false) => condition::is_of_host(&loaded.issue.when),
                Some(true) | None => !outcome.of_device,
            },
            met: outcome.met,
            matched: matched(&outcome, loaded),
            missing: outcome.missing,
            evidence: if outcome.met == Some(false) { outcome.looked_at } else { outcome.evidence },
        };
        // Met, then not known, then not met.
        let rank = |held: &Held<'_>| (held.matched, held.met == Some(false), held.met.is_none());
        if best.as_ref().is_none_or(|best| rank(&held) < rank(best)) {
            best = Some(held);
        }
    }
    best
}

/// The issues that match a card of a case or may, in the order of a page.
pub fn of_card(case: &Case, about: &[About<'_>], issues: &[LoadedIssue]) -> Vec<IssueFound> {
    let mut found: Vec<IssueFound> =
        on_card(about, issues).into_iter().filter_map(|held| held.found(case)).collect();
    found.sort_by_key(order);
    found
}

/// Holds an issue against a device.
fn evaluate(about: &About<'_>, loaded: &LoadedIssue) -> Outcome {
    let mut outcome = condition::evaluate(about, &loaded.expressions, Lens::Any, &loaded.issue.when);
    outcome.evidence.dedup();
    outcome
}

/// What it means for the issue: one of which everything known holds, and something that is about it in particular does,
/// is possible.
fn matched(outcome: &Outcome, loaded: &LoadedIssue) -> Match {
    match outcome.met {
        Some(true) => Match::Matches,
        None if outcome.specific && !loaded.issue.only_when_told => Match::Possible,
        Some(false) | None => Match::No,
    }
}
