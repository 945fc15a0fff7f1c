//! JSON that people write: baselines, waivers, known issues.
//!
//! Files are read within bounds. Comments (`// …` and `/* … */`) are blanked out, each byte by a blank, so that every
//! message keeps the line and column of the file as it was written. A form that is not known, a version that is not
//! known and a member that is not known are refused, with the word that may have been meant.
//!
//! Must not do: know any of the forms, or take anything in the place of what was written.

mod comments;
mod places;

use std::fs::File;
use std::io::Read;
use std::path::Path;

use serde::Deserialize;
use serde::de::DeserializeOwned;
use sha2::{Digest, Sha256};

use crate::baseline::suggest;

/// What a file is to be.
#[derive(Debug, Clone, Copy)]
pub struct Form {
    /// For messages: `baseline`.
    pub what: &'static str,
    /// What its member `schema` says.
    pub schema: &'static str,
    /// What its member `schema_version` says.
    pub version: u32,
    /// Most bytes of a file.
    pub max_bytes: u64,
}

/// Why a file cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum JsonTextError {
    /// It cannot be read.
    #[error("{file}: cannot be read")]
    Read {
        /// The file as it was given.
        file: String,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// It is too large.
    #[error("{file}: no {what}: more than {max_bytes} bytes")]
    TooLarge {
        /// The file as it was given.
        file: String,
        /// What it is to be.
        what: &'static str,
        /// Most bytes.
        max_bytes: u64,
    },
    /// It is no text.
    #[error("{file}: no {what}, which is JSON text{hint}")]
    NoText {
        /// The file as it was given.
        file: String,
        /// What it is to be.
        what: &'static str,
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

/// A file's text.
#[derive(Debug, Clone)]
pub struct JsonText {
    /// The file as it was given.
    pub file: String,
    /// SHA-256 of the file as it was written, in hex.
    pub sha256: String,
    /// Its text as it was written, and with blanks in place of comments.
    written: String,
    plain: String,
    form: Form,
}

/// What every version of a form has, so that a later one can be told from a broken one.
#[derive(Deserialize)]
struct FormLine {
    schema: Option<String>,
    schema_version: Option<u64>,
}

impl JsonText {
    /// Reads a file.
    ///
    /// # Errors
    /// When it cannot be read, is too large, is no text, or has a comment without an end.
    pub fn load(path: &Path, form: Form) -> Result<Self, JsonTextError> {
        let (what, max_bytes) = (form.what, form.max_bytes);
        let file = path.display().to_string();
        let mut bytes = Vec::new();
        let read = File::open(path)
            .and_then(|opened| opened.take(max_bytes.saturating_add(1)).read_to_end(&mut bytes));
        match read {
            Err(source) => return Err(JsonTextError::Read { file, source }),
            Ok(length) if u64::try_from(length).is_ok_and(|length| length <= max_bytes) => {}
            Ok(_) => return Err(JsonTextError::TooLarge { file, what, max_bytes }),
        }
        match String::from_utf8(bytes) {
            Ok(text) => Self::new(file, &text, form),
            Err(error) => {
                let is_zip = error.as_bytes().starts_with(b"PK");
                let hint =
                    if is_zip { "; it looks like a bundle, which is named without an option" } else { "" };
                Err(JsonTextError::NoText { file, what, hint })
            }
        }
    }

    /// Takes a text; `file` names it in messages.
    ///
    /// # Errors
    /// When it has a comment without an end.
    pub fn new(file: String, written: &str, form: Form) -> Result<Self, JsonTextError> {
        let sha256 = Sha256::digest(written.as_bytes()).iter().map(|byte| format!("{byte:02x}")).collect();
        let whole = Self { file, sha256, written: written.to_owned(), plain: String::new(), form };
        if written.starts_with('\u{feff}') {
            let words = "the file begins with a byte order mark: save it as UTF-8 without one";
            return Err(whole.invalid((1, 1), words.to_owned()));
        }
        match comments::blanked(written) {
            Ok(plain) => Ok(Self { plain, ..whole }),
            Err(comments::Unended(from)) => {
                let words = "this comment has no end: `*/`";
                Err(whole.invalid(places::place_of(written, from), words.to_owned()))
            }
        }
    }

    /// What it says, if it is of the form.
    ///
    /// # Errors
    /// When anything in it is not understood.
    pub fn parse<T: DeserializeOwned>(&self) -> Result<T, JsonTextError> {
        if self.plain.trim().is_empty() {
            return Err(self.invalid((1, 1), "the file is empty".to_owned()));
        }
        let Form { what, schema, version, .. } = self.form;
        let form: FormLine =
            serde_json::from_str(&self.plain).map_err(|error| self.not_understood(&error))?;
        match (form.schema.as_deref(), form.schema_version) {
            (Some(found), Some(known)) if found == schema && known == u64::from(version) => {}
            (Some(found), Some(other)) if found == schema => {
                let words = format!("schema_version {other} is not known here; known is {version}");
                return Err(self.wrong("/schema_version", words));
            }
            (_, _) => {
                let words = format!(
                    "not a {what}: it must say \"schema\": \"{schema}\" and \"schema_version\": {version}"
                );
                return Err(self.wrong("/schema", words));
            }
        }
        serde_json::from_str(&self.plain).map_err(|error| self.not_understood(&error))
    }

    /// Something is wrong with what stands under a JSON pointer (`/rules/0/facts/1`).
    pub fn wrong(&self, pointer: &str, message: String) -> JsonTextError {
        self.invalid(self.place(pointer), message)
    }

    /// Line and column (in characters, from 1) of the value under a JSON pointer; of what is nearest above it where there is
    /// no such value.
    pub fn place(&self, pointer: &str) -> (usize, usize) {
        places::place_of(&self.written, places::find(&self.plain, pointer))
    }

    /// Lines of comment right above the value under a pointer to an element of a list; above everything, for the empty one.
    /// What stands on the line of what comes before belongs to that.
    pub fn comments_above(&self, pointer: &str) -> Vec<String> {
        let end = places::find(&self.plain, pointer);
        let before = self.plain.get(..end).unwrap_or_default().trim_end();
        let mut region = self.written.get(before.len()..end).unwrap_or_default();
        if !before.is_empty() {
            region = region.split_once('\n').map_or("", |(_, rest)| rest);
        }
        comments::lines(region)
    }

    /// How many lines of comment there are.
    pub fn comment_lines(&self) -> usize {
        comments::pieces(&self.written).map(|comment| comments::lines(comment).len()).sum()
    }

    fn not_understood(&self, error: &serde_json::Error) -> JsonTextError {
        let (line, column) = (error.line(), error.column());
        let message = match places::ends_with_comma(&self.plain, line, column) {
            true => "a comma before this bracket is one too many".to_owned(),
            false => suggest::of_json_error(error),
        };
        self.invalid((line, places::column_of(&self.written, line, column)), message)
    }

    fn invalid(&self, (line, column): (usize, usize), message: String) -> JsonTextError {
        JsonTextError::Invalid { file: self.file.clone(), line, column, message }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FORM: Form = Form { what: "thing", schema: "mlx5-thing", version: 1, max_bytes: 100 };

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Thing {
        #[serde(rename = "schema")]
        _schema: String,
        #[serde(rename = "schema_version")]
        _version: u32,
        #[serde(rename = "number")]
        _number: u64,
    }

    fn refusal(text: &str) -> String {
        let parsed = JsonText::new("t.json".to_owned(), text, FORM).and_then(|text| text.parse::<Thing>());
        parsed.err().map(|error| error.to_string()).unwrap_or_default()
    }

    #[test]
    fn messages_keep_the_place_of_the_file_as_it_was_written() {
        let good = "// first\n{\"schema\": /* here */ \"mlx5-thing\", \"schema_version\": 1, \"number\": 5}";
        assert_eq!(refusal(good), "");
        for (text, expected) in [
            ("", "t.json:1:1: the file is empty"),
            (" // only this", "t.json:1:1: the file is empty"),
            ("{ /* x", "t.json:1:3: this comment has no end: `*/`"),
            (
                "\u{feff}{}",
                "t.json:1:1: the file begins with a byte order mark: save it as UTF-8 without one",
            ),
            (
                "{}",
                "t.json:1:1: not a thing: it must say \"schema\": \"mlx5-thing\" and \"schema_version\": 1",
            ),
            (
                "{\"schema\": \"mlx5-thing\",\n// two\n\"schema_version\": 2}",
                "t.json:3:19: schema_version 2 is not known here; known is 1",
            ),
            (
                "{\"schema\": \"mlx5-thing\", \"schema_version\": 1, /*\n*/ \"numbr\": 1}",
                "t.json:2:10: unknown field `numbr`, expected one of `schema`, `schema_version`, `number`; did you \
                 mean `number`?",
            ),
        ] {
            assert_eq!(refusal(text), expected);
        }
    }

    #[test]
    fn what_is_no_text_or_too_large_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let write = |bytes: &[u8]| {
            let path = folder.path().join("x");
            std::fs::write(&path, bytes).unwrap();
            let refused = JsonText::load(&path, FORM).err().map(|error| error.to_string());
            refused.unwrap_or_default().rsplit_once("/x: ").map(|(_, words)| words.to_owned())
        };
        assert_eq!(write(&[b' '; 101]).as_deref(), Some("no thing: more than 100 bytes"));
        assert_eq!(
            write(b"PK\x03\x04\xff\xff").as_deref(),
            Some("no thing, which is JSON text; it looks like a bundle, which is named without an option")
        );
        assert_eq!(write(b"\xff").as_deref(), Some("no thing, which is JSON text"));
        assert_eq!(write(b"{}"), None);
    }
}
