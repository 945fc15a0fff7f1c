//! GitLab code quality: a list of issues.
//!
//! GitLab shows what a merge request adds and takes away by fingerprint, and has no place for results that are no
//! issues. So there is one issue more for the word on each bundle, which carries counts, assurance and policy, and for each
//! device that cannot be vouched for; what is quiet or said for context is only in their counts.
//!
//! Must not do: give two issues one fingerprint: GitLab would keep one of them.

use std::io::{self, Write};

use mlx5_schemas::model::baseline::Severity;
use mlx5_schemas::model::report::{BundleReview, Finding};
use mlx5_schemas::model::verdict::Word;
use serde_json::{Value, json};

use super::fingerprint::Fingerprints;
use super::words::{accepted, said};
use super::{Judgement, Rank, Saying, WORD_RULE, assurance, deciding, named, policy_line, sayings};
use crate::sanitize::sanitize;

pub(super) fn write(judgement: &Judgement<'_>, out: &mut dyn Write) -> io::Result<()> {
    let check = judgement.check;
    let mut fingerprints = Fingerprints::default();
    let mut issues = Vec::new();
    for trouble in &check.troubles {
        issues.push(json!({
            "description": door(trouble),
            "check_name": "trouble",
            "fingerprint": fingerprints.of_trouble(trouble),
            "severity": "blocker",
            "location": {"path": "manifest.json", "lines": {"begin": 1}},
        }));
    }
    let policy = policy_line(check);
    for review in &check.bundles {
        for saying in sayings(review) {
            let fingerprint = fingerprints.of_saying(&saying);
            if saying.is_news() {
                issues.push(of_saying(&saying, &fingerprint, &policy));
            }
        }
        for finding in &review.findings {
            let fingerprint = fingerprints.of(review, finding);
            issues.extend(severity(finding).map(|severity| issue(review, finding, severity, &fingerprint)));
        }
    }
    serde_json::to_writer_pretty(&mut *out, &issues)?;
    out.write_all(b"\n")
}

fn of_saying(saying: &Saying<'_>, fingerprint: &str, policy: &str) -> Value {
    let words = format!("{}; {policy}", saying.words());
    json!({
        "description": door(&words),
        "check_name": WORD_RULE,
        "fingerprint": fingerprint,
        "severity": match saying.word {
            Word::Inside => "info",
            Word::CannotBeVouchedFor => "major",
            Word::Outside => "critical",
        },
        "location": {"path": "manifest.json", "lines": {"begin": 1}},
    })
}

fn issue(review: &BundleReview, finding: &Finding, severity: &str, fingerprint: &str) -> Value {
    let words = format!(
        "{} on {}: {}{}; assurance {}",
        named(&[finding]),
        finding.subject,
        said(finding),
        accepted(finding),
        assurance(finding.assurance, &deciding(review, finding)),
    );
    let path = finding.evidence.first().map_or("manifest.json", |evidence| evidence.member.as_str());
    json!({
        "description": door(&words),
        "check_name": door(&finding.rule),
        "fingerprint": fingerprint,
        "severity": severity,
        // Members are no text files with lines; GitLab wants one.
        "location": {"path": door(path), "lines": {"begin": 1}},
        "content": {"body": finding.remedy.as_deref().map(door)},
    })
}

/// `None` for what is only counted.
fn severity(finding: &Finding) -> Option<&'static str> {
    match (Rank::of(finding), finding.severity) {
        (Rank::Error, _) => Some("blocker"),
        (Rank::Outside | Rank::Pending, Severity::Critical | Severity::High) => Some("critical"),
        (Rank::Outside | Rank::Pending, Severity::Medium) | (Rank::Unknown, _) => Some("major"),
        (Rank::Outside | Rank::Pending, Severity::Low) => Some("minor"),
        (Rank::Waived | Rank::Advisory, _) => Some("info"),
        (Rank::Informational | Rank::Quiet, _) => None,
    }
}

fn door(text: &str) -> String {
    sanitize(text).into_owned()
}
