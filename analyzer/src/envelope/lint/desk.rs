//! Where findings about one file are put down, each with its place.
//!
//! Must not do: find anything.

use mlx5_schemas::model::report::LintFinding;

use crate::baseline::{Flaw, LoadedFile};

/// Findings about one file.
pub(super) struct Desk<'f, 'l> {
    pub(super) file: &'f LoadedFile,
    pub(super) findings: &'l mut Vec<LintFinding>,
}

impl Desk<'_, '_> {
    /// Puts down what is wrong with the value under a JSON pointer.
    pub(super) fn add(&mut self, flaw: Flaw, pointer: &str, message: impl Into<String>) {
        let file = self.file.text.file.clone();
        self.findings.push(finding(flaw, file, self.file.text.place(pointer), message.into()));
    }
}

/// A finding with its place.
pub(super) fn finding(
    flaw: Flaw,
    file: String,
    (line, column): (usize, usize),
    message: String,
) -> LintFinding {
    let wide = |number: usize| u64::try_from(number).unwrap_or(u64::MAX);
    LintFinding {
        file,
        line: wide(line),
        column: wide(column),
        severity: flaw.severity(),
        kind: flaw.word().to_owned(),
        message,
        remedy: Some(flaw.helps().to_owned()),
    }
}
