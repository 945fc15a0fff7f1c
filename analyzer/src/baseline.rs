//! Reading a baseline file: strictly, with the place of what is wrong and the word that may have been meant.
//!
//! Must not do: judge. A baseline that is not understood in full is refused in full.

pub mod suggest;
mod validate;

use std::fs::File;
use std::io::Read;
use std::path::Path;

use mlx5_schemas::model::baseline::{BASELINE_SCHEMA, BASELINE_VERSION, Baseline};
use mlx5_schemas::model::report::BaselineIdentity;
use serde::Deserialize;
use sha2::{Digest, Sha256};

/// Most bytes of a baseline file.
const MAX_BYTES: u64 = 4 << 20;

/// Why a baseline cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum BaselineError {
    /// The file cannot be read.
    #[error("{file}: cannot be read")]
    Read {
        /// The file as it was given.
        file: String,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// The file is too large to be a baseline.
    #[error("{file}: no baseline: more than {MAX_BYTES} bytes")]
    TooLarge {
        /// The file as it was given.
        file: String,
    },
    /// The file is no text.
    #[error("{file}: no baseline, which is JSON text{hint}")]
    NoText {
        /// The file as it was given.
        file: String,
        /// What it may be instead.
        hint: &'static str,
    },
    /// Something in it is wrong.
    #[error("{file}:{line}:{column}: {message}")]
    Invalid {
        /// The file as it was given.
        file: String,
        /// Line, from 1.
        line: usize,
        /// Column, from 1.
        column: usize,
        /// What is wrong, and what may have been meant.
        message: String,
    },
}

/// A baseline that was read and understood.
#[derive(Debug, Clone)]
pub struct LoadedBaseline {
    /// The file as it was given.
    pub file: String,
    /// SHA-256 of the file, in hex.
    pub sha256: String,
    /// The baseline.
    pub baseline: Baseline,
}

impl LoadedBaseline {
    /// What reports say of it.
    pub fn identity(&self) -> BaselineIdentity {
        BaselineIdentity {
            file: self.file.clone(),
            name: self.baseline.name.clone(),
            sha256: self.sha256.clone(),
            rules: u64::try_from(self.baseline.rules.len()).unwrap_or(u64::MAX),
        }
    }
}

/// Reads a baseline file.
///
/// # Errors
/// When it cannot be read, or anything in it is not understood.
pub fn load(path: &Path) -> Result<LoadedBaseline, BaselineError> {
    let file = path.display().to_string();
    let mut bytes = Vec::new();
    let read =
        File::open(path).and_then(|opened| opened.take(MAX_BYTES.saturating_add(1)).read_to_end(&mut bytes));
    match read {
        Err(source) => return Err(BaselineError::Read { file, source }),
        Ok(length) if u64::try_from(length).is_ok_and(|length| length <= MAX_BYTES) => {}
        Ok(_) => return Err(BaselineError::TooLarge { file }),
    }
    match String::from_utf8(bytes) {
        Ok(text) => parse(file, &text),
        Err(error) => {
            let is_zip = error.as_bytes().starts_with(b"PK");
            let hint = if is_zip { "; it looks like a bundle, which is named before --baseline" } else { "" };
            Err(BaselineError::NoText { file, hint })
        }
    }
}

/// What every version of the form has, so that a later one can be told from a broken one.
#[derive(Deserialize)]
struct FormLine {
    schema: Option<String>,
    schema_version: Option<u64>,
}

/// Reads a baseline's text; `file` names it in messages.
///
/// # Errors
/// When anything in it is not understood.
pub fn parse(file: String, text: &str) -> Result<LoadedBaseline, BaselineError> {
    let invalid = |(line, column): (usize, usize), message: String| BaselineError::Invalid {
        file: file.clone(),
        line,
        column,
        message,
    };
    let json = |error: &serde_json::Error| {
        let message = error.to_string();
        // The message ends with the place, which is said already.
        let message = message.rsplit_once(" at line ").map_or(message.as_str(), |(message, _)| message);
        let hint = suggest::for_serde_message(message);
        invalid((error.line(), error.column()), format!("{message}{hint}"))
    };
    if text.trim().is_empty() {
        return Err(invalid((1, 1), "the file is empty".to_owned()));
    }
    let form: FormLine = serde_json::from_str(text).map_err(|error| json(&error))?;
    let place_of_form = validate::place_of_key(text, "schema").unwrap_or((1, 1));
    match (form.schema.as_deref(), form.schema_version) {
        (Some(BASELINE_SCHEMA), Some(version)) if version == u64::from(BASELINE_VERSION) => {}
        (Some(BASELINE_SCHEMA), Some(version)) => {
            let place = validate::place_of_key(text, "schema_version").unwrap_or(place_of_form);
            return Err(invalid(
                place,
                format!("schema_version {version} is not known here; known is {BASELINE_VERSION}"),
            ));
        }
        (_, _) => {
            return Err(invalid(
                place_of_form,
                format!(
                    "not a baseline: it must say \"schema\": \"{BASELINE_SCHEMA}\" and \"schema_version\": {BASELINE_VERSION}"
                ),
            ));
        }
    }
    let baseline: Baseline = serde_json::from_str(text).map_err(|error| json(&error))?;
    if let Err(fault) = validate::validate(&baseline) {
        return Err(invalid(fault.place(text), fault.message));
    }
    let sha256 = Sha256::digest(text.as_bytes()).iter().map(|byte| format!("{byte:02x}")).collect();
    Ok(LoadedBaseline { file, sha256, baseline })
}
