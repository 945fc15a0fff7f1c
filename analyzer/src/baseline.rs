//! Reading baseline files: strictly, with the place of what is wrong and the word that may have been meant.
//!
//! [`load`] reads a file with all that it includes, [`parse`] a text; both give a [`LoadedBaseline`]: what holds of the
//! whole, the rules with the files that they are from, and the files as they stand.
//!
//! Must not do: judge. A baseline that is not understood in full is refused in full.

mod flaw;
mod include;
mod overrides;
pub mod suggest;
mod validate;
mod whole;

use std::path::Path;

use mlx5_schemas::catalog::Catalog;
use mlx5_schemas::model::baseline::{
    BASELINE_SCHEMA, BASELINE_VERSION, Baseline, BaselineRule, Rest, Select,
};
use mlx5_schemas::model::report::{BaselineIdentity, IncludedBaseline};

use crate::condition::Expressions;
use crate::json_text::{Form, JsonText};

pub use crate::json_text::JsonTextError;

pub use flaw::Flaw;
pub(crate) use include::{Reading, Trouble};

/// What a baseline file is.
const FORM: Form =
    Form { what: "baseline", schema: BASELINE_SCHEMA, version: BASELINE_VERSION, max_bytes: 4 << 20 };

/// A baseline that was read and understood, with all that it includes.
#[derive(Debug, Clone)]
pub struct LoadedBaseline {
    /// The file as it was given.
    pub file: String,
    /// SHA-256 of the file, in hex.
    pub sha256: String,
    /// What holds of the whole: the file's own word, else that of what it includes. Its `rules`, `include` and `overrides`
    /// are the file's own, as they stand there.
    pub baseline: Baseline,
    /// All rules that count, those of included files first, with their overrides done.
    pub rules: Vec<LoadedRule>,
    /// Every file, each once, an included one before the first that includes it; this one is the last.
    pub files: Vec<LoadedFile>,
    /// Places in `files` of those that say what `default` is.
    rest_from: Vec<usize>,
}

/// A file as it stands.
#[derive(Debug, Clone)]
pub struct LoadedFile {
    /// Its text. Its name is as it was given, or the path that its being included comes to.
    pub text: JsonText,
    /// What it says.
    pub baseline: Baseline,
}

/// A rule that counts.
#[derive(Debug, Clone)]
pub struct LoadedRule {
    /// Its baseline's name, a slash, its id.
    pub name: String,
    /// The rule, with all overrides done; its owner is its baseline's where it names none.
    pub rule: BaselineRule,
    /// Which devices its file is about; the rule's own selection narrows that.
    pub within: Select,
    /// Place of its file in [`LoadedBaseline::files`].
    pub file: usize,
    /// Where it stands there: `/rules/3`.
    pub pointer: String,
    /// What changed it, the first first.
    pub changes: Vec<Change>,
    /// Its expressions, compiled.
    pub(crate) expressions: Expressions,
}

/// An override that was done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// Name of the baseline that changes the rule.
    pub by: String,
    /// Why.
    pub why: String,
}

impl LoadedRule {
    /// Whether it is the same rule, as it is reached by another baseline.
    pub(crate) fn is_same_as(&self, other: &Self) -> bool {
        (&self.name, &self.rule, &self.within, &self.changes)
            == (&other.name, &other.rule, &other.within, &other.changes)
    }

    /// Why the rule is there, and why it is as it is where another baseline changed it.
    pub fn why(&self) -> Option<String> {
        let changes = self.changes.iter().map(|change| format!("(changed by {}: {})", change.by, change.why));
        let words: Vec<String> = self.rule.why.iter().cloned().chain(changes).collect();
        (!words.is_empty()).then(|| words.join(" "))
    }
}

impl LoadedBaseline {
    /// What reports say of it.
    pub fn identity(&self) -> BaselineIdentity {
        let included = self.files.iter().take(self.files.len().saturating_sub(1));
        BaselineIdentity {
            file: self.file.clone(),
            name: self.baseline.name.clone(),
            sha256: self.sha256.clone(),
            description: self.baseline.description.clone(),
            owner: self.baseline.owner.clone(),
            rules: u64::try_from(self.rules.len()).unwrap_or(u64::MAX),
            has_default: self.baseline.default == Some(Rest::Factory),
            included: included
                .map(|file| IncludedBaseline {
                    file: file.text.file.clone(),
                    name: file.baseline.name.clone(),
                    sha256: file.text.sha256.clone(),
                })
                .collect(),
        }
    }

    /// The files whose word on `default` counts, each for the devices that it selects.
    pub(crate) fn rest_from(&self) -> impl Iterator<Item = &Baseline> {
        self.rest_from.iter().filter_map(|place| self.files.get(*place)).map(|file| &file.baseline)
    }
}

/// Reads a baseline file and all that it includes.
///
/// # Errors
/// When one cannot be read, or anything in one is not understood.
pub fn load(path: &Path) -> Result<LoadedBaseline, JsonTextError> {
    load_by(path, Catalog::embedded())
}

/// Reads a baseline file and all that it includes; names of parameters are those of a catalog.
///
/// # Errors
/// As for [`load`].
pub fn load_by(path: &Path, catalog: &Catalog) -> Result<LoadedBaseline, JsonTextError> {
    include::load(JsonText::load(path, FORM)?, catalog)
}

/// Reads a baseline file and all that it includes, and goes on where something is wrong.
///
/// # Errors
/// When the file itself cannot be read.
pub(crate) fn read_by(path: &Path, catalog: &Catalog) -> Result<Reading, JsonTextError> {
    match JsonText::load(path, FORM) {
        Ok(text) => Ok(include::read(text, catalog)),
        Err(error @ JsonTextError::Invalid { .. }) => {
            Ok(Reading { loaded: None, troubles: vec![Trouble::of_form(error)] })
        }
        Err(error) => Err(error),
    }
}

/// Reads a baseline's text; `file` names it in messages, and what it includes is looked for beside that.
///
/// # Errors
/// As for [`load`].
pub fn parse(file: String, text: &str) -> Result<LoadedBaseline, JsonTextError> {
    parse_by(file, text, Catalog::embedded())
}

/// The same; names of parameters are those of a catalog.
///
/// # Errors
/// As for [`load`].
pub fn parse_by(file: String, text: &str, catalog: &Catalog) -> Result<LoadedBaseline, JsonTextError> {
    include::load(JsonText::new(file, text, FORM)?, catalog)
}
