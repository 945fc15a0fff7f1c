//! Reads known issues from files: strictly, since an issue that is not understood must not pass for one that does not
//! match.
//!
//! Must not do: match.

use std::fs::File;
use std::io::Read;
use std::path::Path;

use mlx5_schemas::model::known_issue::{KNOWN_ISSUE_SCHEMA, KNOWN_ISSUE_VERSION, KnownIssue};

use crate::condition::{Expressions, expressions_of};

/// Most bytes of a file.
const MAX_BYTES: u64 = 256 << 10;
/// Most files of a folder.
pub const MAX_FILES: usize = 2000;

/// Why a known issue cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum KnownError {
    /// A file or folder cannot be read.
    #[error("{file}: cannot be read")]
    Read {
        /// The file or folder.
        file: String,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// It is too large.
    #[error("{file}: {what}")]
    TooLarge {
        /// The file or folder.
        file: String,
        /// What there is too much of.
        what: String,
    },
    /// Something in it is wrong.
    #[error("{file}:{line}:{column}: {message}")]
    Invalid {
        /// The file.
        file: String,
        /// Line, from 1.
        line: usize,
        /// Column, from 1.
        column: usize,
        /// What is wrong, and what may have been meant.
        message: String,
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
    let invalid =
        |line, column, message| KnownError::Invalid { file: file.to_owned(), line, column, message };
    let issue: KnownIssue = serde_json::from_str(text).map_err(|error| {
        let message = error.to_string();
        let place = format!(" at line {} column {}", error.line(), error.column());
        let message = message.strip_suffix(&place).unwrap_or(&message).to_owned();
        let hint = crate::baseline::suggest::for_serde_message(&message);
        invalid(error.line(), error.column(), format!("{message}{hint}"))
    })?;
    if issue.schema != KNOWN_ISSUE_SCHEMA {
        let message = format!("schema is {:?}, and a known issue has {KNOWN_ISSUE_SCHEMA:?}", issue.schema);
        return Err(invalid(1, 1, message));
    }
    if issue.schema_version != KNOWN_ISSUE_VERSION {
        let message = format!(
            "schema_version is {}, and this program reads {KNOWN_ISSUE_VERSION}",
            issue.schema_version
        );
        return Err(invalid(1, 1, message));
    }
    let mut expressions = Expressions::default();
    for expression in expressions_of(&issue.when) {
        expressions.add(expression).map_err(|source| KnownError::Expression {
            file: file.to_owned(),
            expression: expression.to_owned(),
            source: Box::new(source),
        })?;
    }
    Ok(LoadedIssue { file: file.to_owned(), issue, expressions })
}

/// Reads every `*.json` of a folder, in the order of names, and adds them.
///
/// # Errors
/// When one cannot be read or is not understood, or has the id of another.
pub fn add_folder(issues: &mut Vec<LoadedIssue>, folder: &Path) -> Result<(), KnownError> {
    let name = folder.display().to_string();
    let failed = |source| KnownError::Read { file: name.clone(), source };
    let mut paths = Vec::new();
    for entry in std::fs::read_dir(folder).map_err(failed)? {
        let path = entry.map_err(failed)?.path();
        if path.extension().is_some_and(|ending| ending == "json") {
            paths.push(path);
        }
        if paths.len() > MAX_FILES {
            return Err(KnownError::TooLarge { file: name, what: format!("more than {MAX_FILES} files") });
        }
    }
    paths.sort();
    for path in paths {
        let file = path.display().to_string();
        let mut text = String::new();
        let opened = File::open(&path)
            .and_then(|opened| opened.take(MAX_BYTES.saturating_add(1)).read_to_string(&mut text));
        match opened {
            Err(source) => return Err(KnownError::Read { file, source }),
            Ok(length) if u64::try_from(length).is_ok_and(|length| length <= MAX_BYTES) => {}
            Ok(_) => return Err(KnownError::TooLarge { file, what: format!("more than {MAX_BYTES} bytes") }),
        }
        let loaded = parse(&file, &text)?;
        if let Some(other) = issues.iter().find(|other| other.issue.id == loaded.issue.id) {
            return Err(KnownError::Twice { file, id: loaded.issue.id, other: other.file.clone() });
        }
        issues.push(loaded);
    }
    Ok(())
}
