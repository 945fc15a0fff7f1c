//! GitHub annotations: workflow commands, one finding a line, in a job's log.
//!
//! GitHub shows ten of each kind per step, so the word comes first and then the most pressing. What is quiet or said for
//! context is in the counts of the first line.
//!
//! Must not do: write a line that is no command of ours: everything in the log that looks like one is carried out.

use std::collections::BTreeSet;
use std::io::{self, Write};

use mlx5_schemas::model::baseline::Severity;
use mlx5_schemas::model::report::{BundleReview, CheckReport, Finding, LintReport, LintSeverity};
use mlx5_schemas::model::verdict::Word;

use super::words::{accepted, said};
use super::{
    Judgement, Rank, assurance, counts, deciding, devices_by_word, named, policy_line, ranked, sayings,
};
use crate::sanitize::sanitize;

pub(super) fn write(judgement: &Judgement<'_>, out: &mut dyn Write) -> io::Result<()> {
    let check = judgement.check;
    let words = format!(
        "devices: {}; values: {}; {}{}",
        devices_by_word(check),
        counts(&check.counts),
        policy_line(check),
        bounds(check)
    );
    command(out, kind_of_word(check.word), &check.words().to_uppercase(), &words)?;
    for trouble in &check.troubles {
        command(out, "error", "trouble", trouble)?;
    }
    for review in &check.bundles {
        for saying in sayings(review).into_iter().filter(|saying| saying.device.is_some() && saying.is_news())
        {
            let title = format!("{} {}", review.bundle.file, saying.subject());
            command(out, kind_of_word(saying.word), &title, &saying.words())?;
        }
    }
    for review in &check.bundles {
        for (rank, list) in ranked(&review.findings) {
            for finding in list {
                if let Some(kind) = kind(rank, finding.severity) {
                    command(out, kind, &title(review, finding), &message(review, finding))?;
                }
            }
        }
    }
    Ok(())
}

/// What bounds the evidence, also where all is inside and no line more is written.
fn bounds(check: &CheckReport) -> String {
    let caps = check.bundles.iter().flat_map(|review| {
        review.host_caps.iter().chain(review.devices.iter().flat_map(|device| &device.caps))
    });
    let reasons: BTreeSet<&str> = caps.map(|cap| cap.reason.word()).collect();
    if reasons.is_empty() {
        return String::new();
    }
    format!("; evidence bounded by {}", reasons.into_iter().collect::<Vec<_>>().join(", "))
}

fn title(review: &BundleReview, finding: &Finding) -> String {
    format!("{} {}: {}", review.bundle.file, finding.subject, finding.rule)
}

fn message(review: &BundleReview, finding: &Finding) -> String {
    let remedy = finding.remedy.as_ref().map(|remedy| format!("; remedy: {remedy}")).unwrap_or_default();
    format!(
        "{} {}{}{remedy}; assurance {}; finding {}",
        named(&[finding]),
        said(finding),
        accepted(finding),
        assurance(finding.assurance, &deciding(review, finding)),
        finding.id
    )
}

fn kind_of_word(word: Word) -> &'static str {
    match word {
        Word::Inside => "notice",
        Word::CannotBeVouchedFor => "warning",
        Word::Outside => "error",
    }
}

/// `None` for what is only counted.
fn kind(rank: Rank, severity: Severity) -> Option<&'static str> {
    match (rank, severity) {
        (Rank::Outside, Severity::High | Severity::Critical) | (Rank::Error, _) => Some("error"),
        (Rank::Outside, Severity::Low) | (Rank::Waived | Rank::Advisory, _) => Some("notice"),
        (Rank::Outside, Severity::Medium) | (Rank::Pending | Rank::Unknown, _) => Some("warning"),
        (Rank::Informational | Rank::Quiet, _) => None,
    }
}

/// What is wrong with files of baselines, where it stands.
pub fn annotations(report: &LintReport) -> String {
    let each = report.findings.iter().map(|finding| {
        let kind = match finding.severity {
            LintSeverity::Error => "error",
            LintSeverity::Warning => "warning",
            LintSeverity::Advice => "notice",
        };
        let remedy = finding.remedy.as_ref().map(|remedy| format!("; remedy: {remedy}")).unwrap_or_default();
        let (file, title) = (property(&finding.file), property(&finding.kind));
        let words = door(&format!("{}{remedy}", finding.message));
        format!("::{kind} file={file},line={},col={},title={title}::{words}\n", finding.line, finding.column)
    });
    each.collect()
}

fn command(out: &mut dyn Write, kind: &'static str, title: &str, message: &str) -> io::Result<()> {
    writeln!(out, "::{kind} title={}::{}", property(title), door(message))
}

/// Text as the value of a property.
fn property(text: &str) -> String {
    door(text).replace(':', "%3A").replace(',', "%2C")
}

/// Line ends cannot be in it any more; the percent sign is what GitHub undoes.
fn door(text: &str) -> String {
    sanitize(text).replace('%', "%25")
}
