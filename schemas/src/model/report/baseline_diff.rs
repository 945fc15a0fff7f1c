//! The result of `baseline diff`: what a change of a baseline changes of the envelope, rule by rule.
//!
//! Must not do: know how it is laid out for people.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::check::BaselineIdentity;
use crate::model::baseline::Severity;

/// Result of `baseline diff`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct BaselineDiffReport {
    /// The first baseline.
    pub left: BaselineIdentity,
    /// The second one.
    pub right: BaselineIdentity,
    /// Whether they say the same.
    pub same: bool,
    /// What differs: of the whole first, then rule by rule.
    pub changes: Vec<BaselineChange>,
}

/// A difference of one rule, or of what a baseline says of the whole.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct BaselineChange {
    /// The rule, by its name in the second baseline (in the first, where only that has it); none for the whole.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rule: Option<String>,
    /// What comes of it.
    pub effect: BaselineEffect,
    /// Severity of the rule, in the second baseline where that has it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub severity: Option<Severity>,
    /// What the rule names, likewise.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub facts: Vec<String>,
    /// Each thing that differs.
    pub parts: Vec<BaselinePart>,
    /// `file:line:column` in the first.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub left_place: Option<String>,
    /// `file:line:column` in the second.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub right_place: Option<String>,
    /// What else a reader should know of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
}

/// What comes of a change.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum BaselineEffect {
    /// More is inside than before, or less is asked for.
    Looser,
    /// A rule is gone.
    Removed,
    /// It cannot be told, or some is inside that was not and some is not that was.
    Other,
    /// A rule is new.
    Added,
    /// Less is inside than before, or more is asked for.
    Tighter,
    /// The same under another id.
    Renamed,
    /// Only words or the severity: no verdict changes.
    Words,
}

impl BaselineEffect {
    /// All of them, what lets most through first.
    pub const ALL: [Self; 7] =
        [Self::Looser, Self::Removed, Self::Other, Self::Added, Self::Tighter, Self::Renamed, Self::Words];

    /// The word used in reports and on screens.
    pub fn word(self) -> &'static str {
        match self {
            Self::Looser => "looser",
            Self::Removed => "removed",
            Self::Other => "other",
            Self::Added => "added",
            Self::Tighter => "tighter",
            Self::Renamed => "renamed",
            Self::Words => "words",
        }
    }
}

/// One thing that differs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct BaselinePart {
    /// The member: `expect`, `select`, `when`, `facts`, `except`, `views`, `severity`, `why`, ….
    pub what: String,
    /// What the first says, in words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub left: Option<String>,
    /// What the second says.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub right: Option<String>,
    /// What comes of it.
    pub effect: BaselineEffect,
}
