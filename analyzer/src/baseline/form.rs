//! One file's text, read as a baseline: size, comments, version, members.
//!
//! Must not do: follow what it includes.

use std::fs::File;
use std::io::Read;
use std::path::Path;

use mlx5_schemas::catalog::Catalog;
use mlx5_schemas::model::baseline::{BASELINE_SCHEMA, BASELINE_VERSION, Baseline};
use serde::Deserialize;
use sha2::{Digest, Sha256};

use super::{BaselineError, LoadedFile, MAX_BYTES, comments, places, suggest, validate};
use crate::condition::KnownNames;

/// Reads a file's text.
pub(super) fn read(path: &Path, file: &str) -> Result<String, BaselineError> {
    let file = file.to_owned();
    let mut bytes = Vec::new();
    let read =
        File::open(path).and_then(|opened| opened.take(MAX_BYTES.saturating_add(1)).read_to_end(&mut bytes));
    match read {
        Err(source) => return Err(BaselineError::Read { file, source }),
        Ok(length) if u64::try_from(length).is_ok_and(|length| length <= MAX_BYTES) => {}
        Ok(_) => return Err(BaselineError::TooLarge { file }),
    }
    String::from_utf8(bytes).map_err(|error| {
        let is_zip = error.as_bytes().starts_with(b"PK");
        let hint = if is_zip { "; it looks like a bundle, which is named before --baseline" } else { "" };
        BaselineError::NoText { file, hint }
    })
}

/// What every version of the form has, so that a later one can be told from a broken one.
#[derive(Deserialize)]
struct FormLine {
    schema: Option<String>,
    schema_version: Option<u64>,
}

/// Understands a file's text.
pub(super) fn understand(file: String, text: String, catalog: &Catalog) -> Result<LoadedFile, BaselineError> {
    let wrong = |(line, column): (usize, usize), message: String| BaselineError::Invalid {
        file: file.clone(),
        line,
        column,
        message,
    };
    let at = |offset: usize| places::place_of(&text, offset);
    if text.trim().is_empty() {
        return Err(wrong((1, 1), "the file is empty".to_owned()));
    }
    if text.starts_with('\u{feff}') {
        let words = "the file begins with a byte order mark: save it as UTF-8 without one";
        return Err(wrong((1, 1), words.to_owned()));
    }
    let plain = comments::blanked(&text)
        .map_err(|comments::Unended(from)| wrong(at(from), "this comment has no end: `*/`".to_owned()))?;
    let json = |error: &serde_json::Error| {
        let column = places::column_of(&text, error.line(), error.column());
        wrong((error.line(), column), suggest::of_json_error(error))
    };
    let form: FormLine = serde_json::from_str(&plain).map_err(|error| json(&error))?;
    match (form.schema.as_deref(), form.schema_version) {
        (Some(BASELINE_SCHEMA), Some(version)) if version == u64::from(BASELINE_VERSION) => {}
        (Some(BASELINE_SCHEMA), Some(version)) => {
            let words = format!("schema_version {version} is not known here; known is {BASELINE_VERSION}");
            return Err(wrong(at(places::find(&plain, "/schema_version")), words));
        }
        (_, _) => {
            return Err(wrong(
                at(places::find(&plain, "/schema")),
                format!(
                    "not a baseline: it must say \"schema\": \"{BASELINE_SCHEMA}\" and \"schema_version\": {BASELINE_VERSION}"
                ),
            ));
        }
    }
    let baseline: Baseline = serde_json::from_str(&plain).map_err(|error| json(&error))?;
    let fault = validate::faults(&baseline, &KnownNames::of(catalog)).into_iter().next();
    if let Some(fault) = fault {
        return Err(wrong(at(places::find(&plain, &fault.pointer)), fault.message));
    }
    let sha256 = Sha256::digest(text.as_bytes()).iter().map(|byte| format!("{byte:02x}")).collect();
    Ok(LoadedFile { file, sha256, baseline, text: plain })
}
