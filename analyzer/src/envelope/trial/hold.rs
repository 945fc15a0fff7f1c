//! Holds what was found against what is expected.
//!
//! Must not do: take silence for agreement: an expectation that meets nothing has failed.

use mlx5_schemas::model::baseline_test::{DeviceTest, FindingTest};
use mlx5_schemas::model::report::{BundleReview, Expectation, Finding};
use mlx5_schemas::model::verdict::Word;

use super::Trial;
use crate::pattern::Pattern;
use crate::report;

/// Most lines of what was found in place of one thing.
const MOST_FOUND: usize = 8;

/// Everything that is expected of one bundle; what went wrong on the way is not what `nothing_else` may pass over.
pub(super) fn bundle(
    trial: &Trial,
    place: usize,
    (review, troubles): (&BundleReview, &[String]),
    into: &mut Vec<Expectation>,
) {
    let Some(test) = trial.test.bundles.get(place) else { return };
    let mut expect = |pointer: &str, about: String, expected: String, found: Vec<String>, held: bool| {
        let (line, _) = trial.text.place(&format!("/bundles/{place}{pointer}"));
        into.push(Expectation {
            bundle: test.file.clone(),
            line: u64::try_from(line).unwrap_or(u64::MAX),
            about,
            expected,
            found: if held { Vec::new() } else { found },
            held,
            why: test.why.clone(),
        });
    };
    if let Some(word) = test.word {
        let found = said(Some(review.word), &review.summary);
        expect("/word", "the word".to_owned(), word.words().to_owned(), vec![found], word == review.word);
    }
    for (id, device) in &test.devices {
        let DeviceTest { word, assurance } = device;
        let found = review.devices.iter().find(|found| found.id == *id);
        let ids = || review.devices.iter().map(|found| found.id.as_str()).collect::<Vec<_>>().join(", ");
        let missing = || format!("no such device; there are: {}", ids());
        if let Some(word) = word {
            let held = found.is_some_and(|found| found.word == Some(*word));
            let words = found.map_or_else(missing, |found| said(found.word, &found.summary));
            expect(
                &format!("/devices/{id}/word"),
                format!("the word on {id}"),
                word.words().to_owned(),
                vec![words],
                held,
            );
        }
        if let Some(assurance) = assurance {
            let held = found.is_some_and(|found| found.assurance == *assurance);
            let words = found.map_or_else(missing, |found| found.assurance.word().to_owned());
            let about = format!("the assurance of {id}");
            expect(
                &format!("/devices/{id}/assurance"),
                about,
                assurance.word().to_owned(),
                vec![words],
                held,
            );
        }
    }
    for (place, finding) in test.findings.iter().enumerate() {
        let meant: Vec<&Finding> = review.findings.iter().filter(|found| is_meant(finding, found)).collect();
        let other: Vec<&&Finding> = meant.iter().filter(|found| !agrees(finding, found)).collect();
        let held = !meant.is_empty() && other.is_empty();
        let found = match meant.is_empty() {
            true => vec!["no such finding".to_owned()],
            false => cut(other.into_iter().map(|found| shown(found)).collect()),
        };
        expect(&format!("/findings/{place}"), about(finding), wanted(finding), found, held);
    }
    if test.nothing_else {
        let others = review.findings.iter().filter(|found| {
            found.verdict.holds_back()
                && !test.findings.iter().any(|finding| is_meant(finding, found) && agrees(finding, found))
        });
        let others: Vec<String> = troubles.iter().cloned().chain(others.map(shown)).collect();
        let held = others.is_empty();
        let about = "everything else".to_owned();
        expect("/nothing_else", about, "within, or nothing to judge".to_owned(), cut(others), held);
    }
}

fn said(word: Option<Word>, summary: &str) -> String {
    match word {
        Some(word) => format!("{}: {summary}", word.words()),
        None => "no word: no rule is about it".to_owned(),
    }
}

fn is_meant(test: &FindingTest, found: &Finding) -> bool {
    let is_rule =
        found.rule == test.rule || found.rule.rsplit_once('/').is_some_and(|(_, id)| id == test.rule);
    let is_name = test.name.as_deref().is_none_or(|name| {
        let pattern = Pattern::new(name);
        pattern.matches(&found.name) || pattern.matches(&found.path)
    });
    // Where there is nothing to judge there is nothing to agree with, unless that is what is expected.
    let is_quiet = |word: &str| matches!(word, "not-applicable" | "not-selected");
    let is_told = is_quiet(test.verdict.word()) || !is_quiet(found.verdict.word());
    is_rule
        && is_name
        && is_told
        && test.subject.as_ref().is_none_or(|subject| *subject == found.subject.to_string())
}

fn agrees(test: &FindingTest, found: &Finding) -> bool {
    found.verdict.word() == test.verdict.word()
        && test.reason.as_deref().is_none_or(|reason| found.verdict.reason() == Some(reason))
        && test.assurance.is_none_or(|assurance| found.assurance == assurance)
}

fn about(test: &FindingTest) -> String {
    let name = test.name.iter().map(|name| format!(" on {name}"));
    let subject = test.subject.iter().map(|subject| format!(" of {subject}"));
    [test.rule.clone()].into_iter().chain(name).chain(subject).collect()
}

fn wanted(test: &FindingTest) -> String {
    let reason = test.reason.iter().map(|reason| format!("({reason})"));
    let assurance = test.assurance.iter().map(|assurance| format!(", assurance {}", assurance.word()));
    [test.verdict.word().to_owned()].into_iter().chain(reason).chain(assurance).collect()
}

fn shown(found: &Finding) -> String {
    let said = match found.found.is_empty() {
        true => found.message.clone(),
        false => report::found(&found.found),
    };
    let (verdict, assurance) = (found.verdict, found.assurance.word());
    format!("{verdict}, assurance {assurance}: {} on {} of {}: {said}", found.rule, found.name, found.subject)
}

fn cut(mut lines: Vec<String>) -> Vec<String> {
    let more = lines.len().saturating_sub(MOST_FOUND);
    lines.truncate(MOST_FOUND);
    lines.extend((more > 0).then(|| format!("and {more} more")));
    lines
}
