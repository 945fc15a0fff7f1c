//! The result of `baseline lint`: what is wrong with files of baselines, each with its place.
//!
//! Must not do: know how it is laid out for people.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Result of `baseline lint`.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
pub struct LintReport {
    /// Every file that was looked at, included ones too.
    pub files: Vec<String>,
    /// What was found, by file and place.
    pub findings: Vec<LintFinding>,
}

/// Something that is wrong with a file, or could be better.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
pub struct LintFinding {
    /// The file.
    pub file: String,
    /// Line, from 1.
    pub line: u64,
    /// Column in characters, from 1.
    pub column: u64,
    /// How bad it is.
    pub severity: LintSeverity,
    /// Stable word for what it is: `unknown-name`.
    pub kind: String,
    /// What is wrong, in a sentence.
    pub message: String,
    /// What to do about it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub remedy: Option<String>,
}

/// How bad a finding of `baseline lint` is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum LintSeverity {
    /// `check` refuses the baseline, or a rule of it fails.
    Error,
    /// `check` takes it, and it does not do what it seems to.
    Warning,
    /// It could be better for whoever reads a report.
    Advice,
}

impl LintSeverity {
    /// The word used in files and on screens.
    pub fn word(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Warning => "warning",
            Self::Advice => "advice",
        }
    }
}
