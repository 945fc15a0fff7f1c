//! A known issue: what is known of a fault, a trap or a habit of firmware, driver, tool or setup, as data.
//!
//! One JSON file per issue, its name the issue's id. `when` says on which facts it is about; a condition whose fact was
//! not read is neither met nor not met, and an issue whose conditions are partly so is *possible*. `examples` are the
//! issue's own tests: a few facts, and what is to come of them.
//!
//! Must not do: match (the analyzer does), or hold text that no reference bears out.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::condition::Condition;
use super::expected::Expected;
use super::fact::View;
use super::reference::Reference;

/// Value of [`KnownIssue::schema`].
pub const KNOWN_ISSUE_SCHEMA: &str = "mlx5-known-issue";
/// Value of [`KnownIssue::schema_version`] that this code reads.
pub const KNOWN_ISSUE_VERSION: u32 = 1;

/// A known issue.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct KnownIssue {
    /// Always `mlx5-known-issue`.
    pub schema: String,
    /// Version of this form: 1.
    pub schema_version: u32,
    /// Stable name, that of the file: lower-case letters, digits and dashes.
    pub id: String,
    /// One line, at most 70 characters.
    pub title: String,
    /// What kind of thing it is.
    pub kind: IssueKind,
    /// How sure it is that this is so where the conditions hold.
    pub sure: Sure,
    /// What happens and why, in a few sentences.
    pub text: String,
    /// What to do. It is printed, never run.
    pub remedy: String,
    /// Where it is told. At least one.
    pub references: Vec<Reference>,
    /// When it is about a device.
    pub when: Condition,
    /// Whether it is told only where every condition was read: for what would otherwise be *possible* in every other
    /// ticket.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub only_when_told: bool,
    /// A few facts each, and what is to come of them: at least one that matches and one that does not.
    pub examples: Vec<Example>,
}

/// What kind of thing an issue is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum IssueKind {
    /// How a waiting change takes effect, or why it does not.
    Reset,
    /// A fault of firmware.
    Firmware,
    /// A fault of the kernel or its driver.
    Driver,
    /// A fault or a trap of a tool.
    Tool,
    /// Settings that do not go together, or do not do what was meant.
    Configuration,
    /// The board, the slot, the cable.
    Hardware,
    /// Something worth knowing that is no fault.
    Advice,
}

impl IssueKind {
    /// The word used in files and on screens.
    pub fn word(self) -> &'static str {
        match self {
            Self::Reset => "reset",
            Self::Firmware => "firmware",
            Self::Driver => "driver",
            Self::Tool => "tool",
            Self::Configuration => "configuration",
            Self::Hardware => "hardware",
            Self::Advice => "advice",
        }
    }
}

/// How sure something is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Sure {
    /// The maker said so, or it follows from source code or documentation.
    Confirmed,
    /// Several people saw it, or one showed it well.
    Likely,
    /// Somebody saw it once.
    Suspected,
}

impl Sure {
    /// The word used in files and on screens.
    pub fn word(self) -> &'static str {
        match self {
            Self::Confirmed => "confirmed",
            Self::Likely => "likely",
            Self::Suspected => "suspected",
        }
    }
}

/// A few facts, and what is to come of them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Example {
    /// What is to come of it.
    pub gives: Match,
    /// Facts by path; parameters by the name that mstconfig prints. `log` lists messages of the kernel log.
    pub facts: BTreeMap<String, ExampleValue>,
}

/// A value in an example.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum ExampleValue {
    /// Without views.
    Plain(Expected),
    /// Lines of the kernel log.
    Lines(Vec<String>),
    /// By view.
    Views(BTreeMap<View, Expected>),
}

/// Whether an issue is about a device.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Match {
    /// All conditions hold.
    Matches,
    /// All that is known holds, something specific does, and something was not read.
    Possible,
    /// No.
    No,
}
