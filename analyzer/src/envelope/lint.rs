//! What is wrong with baselines, and what does not do what it seems to: all of it at once, each with its place.
//!
//! What the reader of baselines refuses is told as it tells it ([`crate::baseline`] goes on here where it would stop
//! elsewhere); the rest is found by holding rules against the catalog and against each other.
//!
//! Must not do: judge a device, change a file, or stop at the first fault.

mod conditions;
mod desk;
mod domain;
mod expectations;
mod head;
mod host_facts;
mod naming;
mod overriding;
mod pairs;
mod selecting;
mod vocabulary;

use std::collections::BTreeSet;
use std::path::PathBuf;

use mlx5_schemas::catalog::Catalog;
use mlx5_schemas::model::baseline::{BaselineRule, Select};
use mlx5_schemas::model::report::{LintFinding, LintReport, LintSeverity};

use crate::baseline::{self, LoadedBaseline, LoadedFile, Trouble};
use crate::json_text::JsonTextError;
use crate::known::LoadedIssue;
use crate::verify::with_causes;

use desk::Desk;
use vocabulary::Vocabulary;

/// What came of looking at files.
#[derive(Debug, Default)]
pub struct Linted {
    /// What was found.
    pub report: LintReport,
    /// Files that were given and could not be read, in words.
    pub unread: Vec<String>,
}

/// Looks at baselines by a catalog.
#[derive(Debug)]
pub struct Linter<'c> {
    vocabulary: Vocabulary<'c>,
    issues: &'c [LoadedIssue],
}

impl<'c> Linter<'c> {
    /// One that knows the names of a catalog, and these advisories.
    pub fn new(catalog: &'c Catalog, issues: &'c [LoadedIssue]) -> Self {
        Self { vocabulary: Vocabulary::of(catalog), issues }
    }

    /// Looks at files and all that they include.
    pub fn lint(&self, files: &[PathBuf]) -> Linted {
        let mut linted = Linted::default();
        for path in files {
            match baseline::read_by(path, self.vocabulary.catalog) {
                Ok(reading) => {
                    let findings = &mut linted.report.findings;
                    for trouble in &reading.troubles {
                        match told(trouble) {
                            Some(finding) => findings.push(finding),
                            // Whatever has no place in a file is not lost for that.
                            None => linted.unread.push(with_causes(&trouble.error)),
                        }
                    }
                    if let Some(loaded) = &reading.loaded {
                        self.examine(loaded, findings);
                    }
                    let read = reading.loaded.iter().flat_map(|loaded| &loaded.files);
                    linted.report.files.extend(read.map(|file| file.text.file.clone()));
                    linted.report.files.push(path.display().to_string());
                }
                Err(error) => linted.unread.push(with_causes(&error)),
            }
        }
        let LintReport { files, findings } = &mut linted.report;
        let mut seen = BTreeSet::new();
        files.retain(|file| seen.insert(file.clone()));
        settle(findings);
        linted
    }

    fn examine(&self, loaded: &LoadedBaseline, findings: &mut Vec<LintFinding>) {
        let vocabulary = &self.vocabulary;
        for file in &loaded.files {
            let mut desk = Desk { file, findings };
            head::file(&mut desk, loaded, self.issues);
            selecting::lists(&mut desk, &file.baseline.select, "/select");
            overriding::file(&mut desk, loaded, vocabulary);
            for (place, rule) in file.baseline.rules.iter().enumerate() {
                let pointer = format!("/rules/{place}");
                let stated = Stated { rule, within: &file.baseline.select, pointer: &pointer };
                head::rule(&mut desk, loaded, stated);
                naming::rule(&mut desk, vocabulary, stated);
                selecting::lists(&mut desk, &rule.select, &format!("{pointer}/select"));
                selecting::rule(&mut desk, vocabulary, stated);
                conditions::rule(&mut desk, vocabulary, stated);
                expectations::rule(&mut desk, vocabulary, stated);
            }
        }
        pairs::rules(loaded, vocabulary, &mut |file: &LoadedFile, flaw, pointer: &str, message: String| {
            Desk { file, findings: &mut *findings }.add(flaw, pointer, message);
        });
    }
}

/// What the reader refuses.
fn told(trouble: &Trouble) -> Option<LintFinding> {
    let JsonTextError::Invalid { file, line, column, message } = &trouble.error else { return None };
    Some(desk::finding(trouble.flaw, file.clone(), (*line, *column), message.clone()))
}

/// In the order of the files; each once, though several of the files given include it. Where something is refused, what
/// else is doubtful in the same place follows from that.
fn settle(findings: &mut Vec<LintFinding>) {
    let place = |finding: &LintFinding| (finding.file.clone(), finding.line, finding.column);
    let refused: BTreeSet<_> =
        findings.iter().filter(|finding| finding.severity == LintSeverity::Error).map(place).collect();
    findings.retain(|finding| finding.severity == LintSeverity::Error || !refused.contains(&place(finding)));
    findings.sort();
    findings.dedup_by(|one, other| place(one) == place(other) && one.kind == other.kind);
}

/// A rule as it stands in a file, or as an override makes it.
#[derive(Clone, Copy)]
struct Stated<'b> {
    rule: &'b BaselineRule,
    /// Which devices its file is about.
    within: &'b Select,
    /// Where it stands: `/rules/3`, `/overrides/0`.
    pointer: &'b str,
}
