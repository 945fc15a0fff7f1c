//! Reads known issues from files: strictly, since an issue that is not understood must not pass for one that does not
//! match.
//!
//! Must not do: match.

use std::path::Path;

use mlx5_schemas::model::known_issue::{KNOWN_ISSUE_SCHEMA, KNOWN_ISSUE_VERSION, KnownIssue};

use crate::condition::{Expressions, expressions_of};
use crate::json_text::{Form, JsonText, JsonTextError};

/// What the file of a known issue is.
const FORM: Form = Form {
    what: "known issue",
    schema: KNOWN_ISSUE_SCHEMA,
    version: KNOWN_ISSUE_VERSION,
    max_bytes: 256 << 10,
};
/// Most files of a folder.
pub const MAX_FILES: usize = 2000;

/// Why a known issue cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum KnownError {
    /// A file is no known issue.
    #[error(transparent)]
    Text(#[from] JsonTextError),
    /// A folder cannot be read.
    #[error("{folder}: cannot be read")]
    Folder {
        /// The folder.
        folder: String,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// A folder has too many files.
    #[error("{folder}: more than {MAX_FILES} files")]
    TooMany {
        /// The folder.
        folder: String,
    },
    /// An expression cannot be compiled.
    #[error("{file}: the expression {expression:?} cannot be used")]
    Expression {
        /// The file.
        file: String,
        /// The expression.
        expression: String,
        /// Why.
        #[source]
        source: Box<regex::Error>,
    },
    /// Two files have one id.
    #[error("{file}: the id {id} is that of {other} too")]
    Twice {
        /// The file.
        file: String,
        /// The id.
        id: String,
        /// The other file.
        other: String,
    },
}

/// A known issue that was read and understood.
#[derive(Debug, Clone)]
pub struct LoadedIssue {
    /// The file.
    pub file: String,
    /// The issue.
    pub issue: KnownIssue,
    /// Its expressions, compiled.
    pub(super) expressions: Expressions,
}

/// Reads one issue; `file` names it in messages.
///
/// # Errors
/// When anything in it is not understood.
pub fn parse(file: &str, text: &str) -> Result<LoadedIssue, KnownError> {
    understood(&JsonText::new(file.to_owned(), text, FORM)?)
}

fn understood(text: &JsonText) -> Result<LoadedIssue, KnownError> {
    let file = &text.file;
    let issue: KnownIssue = text.parse()?;
    let mut expressions = Expressions::default();
    for expression in expressions_of(&issue.when) {
        expressions.add(expression).map_err(|source| KnownError::Expression {
            file: file.clone(),
            expression: expression.to_owned(),
            source: Box::new(source),
        })?;
    }
    Ok(LoadedIssue { file: file.clone(), issue, expressions })
}

/// Reads every `*.json` of a folder, in the order of names, and adds them.
///
/// # Errors
/// When one cannot be read or is not understood, or has the id of another.
pub fn add_folder(issues: &mut Vec<LoadedIssue>, folder: &Path) -> Result<(), KnownError> {
    let name = folder.display().to_string();
    let failed = |source| KnownError::Folder { folder: name.clone(), source };
    let mut paths = Vec::new();
    for entry in std::fs::read_dir(folder).map_err(failed)? {
        let path = entry.map_err(failed)?.path();
        if path.extension().is_some_and(|ending| ending == "json") {
            paths.push(path);
        }
        if paths.len() > MAX_FILES {
            return Err(KnownError::TooMany { folder: name });
        }
    }
    paths.sort();
    for path in paths {
        let loaded = understood(&JsonText::load(&path, FORM)?)?;
        if let Some(other) = issues.iter().find(|other| other.issue.id == loaded.issue.id) {
            return Err(KnownError::Twice {
                file: loaded.file,
                id: loaded.issue.id,
                other: other.file.clone(),
            });
        }
        issues.push(loaded);
    }
    Ok(())
}
