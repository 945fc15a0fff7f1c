//! The truth table: every verdict, at every assurance, for every cause, in every format.
//!
//! `golden/FORMAT.tsv` has a line for each: verdict, severity, assurance, cause, the word and exit code that come of it,
//! and what the format makes of the finding. After a change that is meant:
//! `MLX5_REGENERATE=1 cargo test -p mlx5-analyzer --test analyzer truth_table`, and read the difference.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::path::Path;

use mlx5_analyzer::report::Format;
use mlx5_schemas::model::baseline::Severity;
use mlx5_schemas::model::fact::Subject;
use mlx5_schemas::model::known_issue::Sure;
use mlx5_schemas::model::report::{Finding, Report};
use mlx5_schemas::model::verdict::{Assurance, CapReason, Verdict};

use super::made::{
    bundle, cap, cap_reasons, check_of, device, finding, of_trouble, rendered, report, unjudged, verdicts,
};
use super::told::read;
use crate::support::CARD;

/// A finding of one row of the table: the name of its verdict, and what is special about it.
fn rows() -> Vec<(String, Finding)> {
    let mut rows = Vec::new();
    for verdict in verdicts() {
        let severities: &[Severity] = if verdict == Verdict::Outside {
            &[Severity::Low, Severity::Medium, Severity::High, Severity::Critical]
        } else {
            &[Severity::Medium]
        };
        for severity in severities {
            let row = Finding { severity: *severity, ..finding("0123456789ab", verdict) };
            rows.push((format!("{verdict}\t{}", severity.word()), row));
        }
    }
    let advisory = Finding { sure: Some(Sure::Likely), ..finding("0123456789ab", Verdict::Informational) };
    rows.push(("informational, advisory\tmedium".to_owned(), advisory));
    rows
}

/// The report of one cell: one card with one finding, under one cap of the host or none.
fn cell(row: &Finding, cause: Option<CapReason>) -> Report {
    let level = cause.map_or(Assurance::Strong, CapReason::level);
    let mut card = device(CARD);
    card.assurance = level;
    let mut review = bundle(vec![card], vec![Finding { assurance: level, ..row.clone() }]);
    review.host_caps = cause.map(|reason| cap(reason, Subject::Host)).into_iter().collect();
    report(vec![review])
}

fn causes() -> Vec<Option<CapReason>> {
    let mut causes: Vec<Option<CapReason>> = cap_reasons().into_iter().map(Some).collect();
    causes.sort_by_key(|cause| cause.map(CapReason::level));
    causes.push(None);
    causes
}

fn table(format: Format) -> String {
    let mut table = "verdict\tseverity\tassurance\tcause\tword\texit\tthe format says\n".to_owned();
    for (name, row) in rows() {
        for cause in causes() {
            let report = cell(&row, cause);
            let check = check_of(&report);
            let level = cause.map_or(Assurance::Strong, CapReason::level);
            let reading = read(format, &rendered(format, &report));
            let says = match reading.told.as_slice() {
                [] => "counted".to_owned(),
                [one] => one.says.clone(),
                several => panic!("{} findings of one", several.len()),
            };
            writeln!(
                table,
                "{name}\t{level}\t{}\t{}\t{}\t{says}{}",
                cause.map_or("-", CapReason::word),
                check.word.words(),
                check.exit_code,
                reading.words.iter().map(|word| format!(" | word: {word}")).collect::<String>(),
            )
            .unwrap();
        }
    }
    table
}

#[test]
fn truth_table() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden");
    let regenerate = std::env::var_os("MLX5_REGENERATE").is_some();
    let mut differs = Vec::new();
    for format in Format::ALL {
        let path = folder.join(format!("{}.tsv", format.word()));
        let made = table(format);
        if regenerate {
            std::fs::write(&path, &made).unwrap();
        }
        let golden = std::fs::read_to_string(&path).unwrap_or_default();
        let line = golden.lines().zip(made.lines()).find(|(golden, made)| golden != made);
        if golden != made {
            differs.push(format!("{}: first difference {line:?}", path.display()));
        }
    }
    assert!(differs.is_empty(), "{}\nMLX5_REGENERATE=1 writes them anew", differs.join("\n"));
}

/// What a format says of a verdict is the same at every assurance, but for the assurance itself: the two axes meet only
/// in the word.
#[test]
fn assurance_never_changes_what_is_said_of_a_value() {
    for format in Format::ALL {
        for (name, row) in rows() {
            let mut sayings: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
            for cause in causes() {
                let level = cause.map_or(Assurance::Strong, CapReason::level);
                let assurance = match cause {
                    Some(cause) => format!("{level} ({})", cause.word()),
                    None => level.to_string(),
                };
                let reading = read(format, &rendered(format, &cell(&row, cause)));
                let says = reading.told.first().map(|told| told.says.clone()).unwrap_or_default();
                if format != Format::Json && !says.is_empty() {
                    assert!(says.replace('`', "").contains(&assurance), "{format:?} {name}: {says}");
                }
                let quoted = format!("\"{level}\"");
                let plain = says.replace('`', "").replace(&assurance, "").replace(&quoted, "\"\"");
                sayings.entry(plain).or_default().insert(assurance);
            }
            assert_eq!(sayings.len(), 1, "{format:?} {name}: {sayings:#?}");
        }
    }
}

/// A format that lists no finding of a judged value shows by the word that not all is well.
#[test]
fn no_format_is_green_where_the_word_is_not_inside() {
    for cause in causes() {
        let report = cell(&finding("0123456789ab", Verdict::Within), cause);
        let inside = cause.is_none_or(|cause| cause.level() >= Assurance::Read);
        for format in Format::ALL {
            assert_eq!(is_green(format, &report), inside, "{format:?} {cause:?}");
        }
    }
}

fn is_green(format: Format, report: &Report) -> bool {
    let text = rendered(format, report);
    let words = read(format, &text).words;
    match format {
        Format::Text | Format::Markdown | Format::Html | Format::Oneline => words == ["inside"],
        Format::Json => words == ["\"inside\""],
        // Nothing to see is what green looks like there.
        Format::Sarif => words.is_empty(),
        Format::Junit => words.iter().all(|word| word == "passed"),
        Format::Gitlab => words.iter().all(|word| word == "info"),
        Format::Xccdf => words.iter().all(|word| word == "pass") || !text.contains(">0</score>"),
        Format::Github => words == ["notice"],
    }
}

/// Nor where nothing was judged, though the exit code is 0 then, or nothing could be opened.
#[test]
fn no_format_is_green_without_an_envelope_or_a_bundle() {
    for format in Format::ALL {
        assert!(!is_green(format, &unjudged()), "{format:?}");
        let says = rendered(format, &unjudged()).to_lowercase();
        let says_it = says.contains("not judged") || says.contains("\"judged\": false");
        assert!(says_it, "{format:?} says that nothing was judged: {says}");
        if format != Format::Gitlab {
            assert!(!is_green(format, &of_trouble(&["a.zip: no such file"])), "{format:?}");
        }
    }
}

#[test]
fn the_manual_names_every_format_and_verdict() {
    let manual = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/reports.md");
    let manual = std::fs::read_to_string(manual).unwrap();
    for format in Format::ALL {
        assert!(manual.contains(&format!("| `{}` |", format.word())), "{format:?}");
    }
    for verdict in verdicts() {
        let row = format!("| `{}`", verdict.word());
        assert!(manual.lines().any(|line| line.starts_with(&row)), "{verdict}");
    }
}
