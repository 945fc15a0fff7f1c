//! What is wrong with baselines, and what does not do what it seems to: all of it at once, each with its place.
//!
//! Must not do: judge a device, change a file, or stop at the first fault.

use std::path::PathBuf;

use mlx5_schemas::catalog::Catalog;
use mlx5_schemas::model::report::{LintFinding, LintReport, LintSeverity};

use crate::baseline;
use crate::json_text::JsonTextError;
use crate::verify::with_causes;

/// What came of looking at files.
#[derive(Debug, Default)]
pub struct Linted {
    /// What was found.
    pub report: LintReport,
    /// Files that were given and could not be read, in words.
    pub unread: Vec<String>,
}

/// Looks at baselines and all that they include.
pub fn lint(files: &[PathBuf], catalog: &Catalog) -> Linted {
    let mut linted = Linted::default();
    for path in files {
        match baseline::load_by(path, catalog) {
            Ok(loaded) => {
                linted.report.files.extend(loaded.files.iter().map(|file| file.text.file.clone()));
            }
            Err(JsonTextError::Invalid { file, line, column, message }) => {
                let wide = |number: usize| u64::try_from(number).unwrap_or(u64::MAX);
                linted.report.findings.push(LintFinding {
                    file,
                    line: wide(line),
                    column: wide(column),
                    severity: LintSeverity::Error,
                    kind: "refused".to_owned(),
                    message,
                    remedy: None,
                });
            }
            Err(
                error @ (JsonTextError::Read { .. }
                | JsonTextError::TooLarge { .. }
                | JsonTextError::NoText { .. }),
            ) => linted.unread.push(with_causes(&error)),
        }
    }
    linted
}
