//! Findings in = findings out: whatever a report holds, every format lists each finding or counts it.

use std::collections::BTreeSet;

use mlx5_analyzer::report::{Format, Rank};
use mlx5_schemas::model::baseline::Severity;
use mlx5_schemas::model::fact::Subject;
use mlx5_schemas::model::known_issue::Sure;
use mlx5_schemas::model::report::{Finding, Report, ReportResult};
use mlx5_schemas::model::verdict::{Assurance, CapReason, Verdict};
use proptest::prelude::*;

use super::hostile::NASTY;
use super::made::{bundle, cap, device, finding, rendered, report, verdicts};
use super::told::{Reading, read};
use crate::support::CARD;

const OTHER: &str = "0000:5e:00.0";

fn text() -> impl Strategy<Value = String> {
    prop_oneof![
        Just(String::new()),
        "[ -~]{1,30}",
        any::<String>(),
        proptest::sample::select(NASTY.to_vec()).prop_map(str::to_owned),
    ]
}

fn a_finding() -> impl Strategy<Value = Finding> {
    let subject = prop_oneof![
        Just(Subject::Host),
        Just(Subject::Device { device: CARD.to_owned() }),
        Just(Subject::Port { device: OTHER.to_owned(), port: 2 }),
        // Also one that the review does not list.
        text().prop_map(|device| Subject::Module { device, module: 0 }),
    ];
    let severity =
        proptest::sample::select(vec![Severity::Low, Severity::Medium, Severity::High, Severity::Critical]);
    let verdict = proptest::sample::select(verdicts());
    let level = proptest::sample::select(Assurance::ALL.to_vec());
    (subject, severity, verdict, level, proptest::option::of(Just(Sure::Likely)), text(), text(), text())
        .prop_map(|(subject, severity, verdict, assurance, sure, rule, name, tail)| {
            let made = finding("", verdict);
            Finding {
                severity,
                assurance,
                sure: sure.filter(|_| verdict == Verdict::Informational),
                rule: format!("site/{rule}"),
                path: format!("nv/{name}"),
                name,
                why: made.why.as_ref().map(|_| tail.clone()),
                // Sometimes many of one cause.
                message: if tail.len() % 2 == 0 { "of one cause".to_owned() } else { tail },
                subject,
                ..made
            }
        })
}

/// Up to forty findings over two bundles, each with an id of its own.
fn a_report() -> impl Strategy<Value = Report> {
    (proptest::collection::vec(a_finding(), 0..40), 0_usize..40).prop_map(|(mut findings, split)| {
        for (place, finding) in findings.iter_mut().enumerate() {
            finding.id = format!("{place:012x}");
        }
        let rest = findings.split_off(split.min(findings.len()));
        let devices = || vec![device(CARD), device(OTHER)];
        report(vec![bundle(devices(), findings), bundle(devices(), rest)])
    })
}

/// Where each format lists findings, and where it counts them, after `docs/reports.md`.
fn is_listed(format: Format, finding: &Finding) -> bool {
    let rank = Rank::of(finding);
    match format {
        Format::Json | Format::Xccdf => true,
        Format::Oneline => false,
        Format::Text | Format::Markdown | Format::Html => rank != Rank::Quiet,
        Format::Sarif => {
            matches!(rank, Rank::Outside | Rank::Pending | Rank::Error | Rank::Unknown | Rank::Waived)
        }
        Format::Junit => !matches!(finding.verdict, Verdict::NotSelected | Verdict::Informational),
        Format::Gitlab | Format::Github => !matches!(rank, Rank::Quiet | Rank::Informational),
    }
}

fn assert_nothing_is_lost(format: Format, findings: &[&Finding], reading: &Reading, text: &str) {
    let listed: Vec<&&Finding> = findings.iter().filter(|finding| is_listed(format, finding)).collect();
    let number: usize = reading.told.iter().map(|told| told.number).sum();
    assert_eq!(number, listed.len(), "{format:?} lists another number of findings\n{text}");
    // GitLab's issues have no member for it: there the fingerprints were told apart.
    if format != Format::Gitlab {
        let told: Vec<&String> = reading.told.iter().flat_map(|told| &told.ids).collect();
        let distinct: BTreeSet<&String> = told.iter().copied().collect();
        assert_eq!(distinct.len(), told.len(), "{format:?} tells a finding twice\n{text}");
        for finding in &listed {
            // Of many of one cause some are named and the others counted.
            let folded = reading.told.iter().any(|told| told.number > told.ids.len());
            assert!(folded || distinct.contains(&finding.id), "{format:?} loses {}\n{text}", finding.id);
        }
    }
    // A count is of all findings of that verdict, listed or not.
    let unlisted = findings.iter().filter(|finding| !is_listed(format, finding));
    for verdict in unlisted.map(|finding| finding.verdict.word()).collect::<BTreeSet<&str>>() {
        let number = findings.iter().filter(|finding| finding.verdict.word() == verdict).count();
        let counted = reading.counts.get(verdict).copied();
        assert_eq!(counted, u64::try_from(number).ok(), "{format:?} miscounts {verdict}\n{text}");
    }
}

/// What is said beside findings: troubles, what was accepted and why, what bounds the evidence, what a bundle lacks.
#[test]
fn nothing_beside_the_findings_is_lost() {
    let unknown = Verdict::Unknown { reason: mlx5_schemas::model::verdict::UnknownReason::Masked };
    let kept = Finding { accepted: vec!["masked".to_owned()], ..finding("a", unknown) };
    let mut card = device(CARD);
    card.assurance = Assurance::Read;
    card.next_only = true;
    card.caps = vec![cap(CapReason::SharedOwner, Subject::Device { device: CARD.to_owned() })];
    card.coverage.wanting = vec!["site/wanting".to_owned()];
    let mut review = bundle(vec![card], vec![finding("b", Verdict::Within), kept]);
    review.host_caps = vec![cap(CapReason::NoLockdown, Subject::Host)];
    review.bundle.complete = false;
    review.bundle.notes = vec!["noted".to_owned()];
    let mut report = report(vec![review]);
    if let ReportResult::Check(check) = &mut report.result {
        check.troubles = vec!["third: unreadable".to_owned(), "fourth: unreadable".to_owned()];
    }
    for format in Format::ALL.into_iter().filter(|format| *format != Format::Oneline) {
        let text = rendered(format, &report).replace('`', "");
        let has = |words: &str| assert!(text.contains(words), "{format:?} loses {words}\n{text}");
        has("third");
        has("shared-owner");
        has("no-lockdown");
        if format == Format::Json {
            has("\"accepted\": [");
        } else {
            has("on the command line: masked");
        }
        // XCCDF, for one, has no place for these.
        if matches!(format, Format::Text | Format::Json | Format::Markdown | Format::Html) {
            has("noted");
            has(if format == Format::Json { "\"complete\": false" } else { "asked for is missing" });
            has(if format == Format::Json { "\"next_only\": true" } else { "next only" });
            has("site/wanting");
        }
        has("fourth");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn every_finding_is_listed_or_counted(report in a_report()) {
        let check = super::made::check_of(&report);
        let findings: Vec<&Finding> = check.bundles.iter().flat_map(|bundle| &bundle.findings).collect();
        for format in Format::ALL {
            let text = rendered(format, &report);
            prop_assert_eq!(&text, &rendered(format, &report), "the same report, the same bytes");
            assert_nothing_is_lost(format, &findings, &read(format, &text), &text);
        }
    }
}
