//! Findings of one cause, told as one row: two hundred refusals of one owner are one thing to know.
//!
//! Must not do: take a finding's place. Folded findings stay in the report and in its counts.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::model::fact::Evidence;
use crate::model::verdict::Verdict;

/// Findings of one cause.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Fold {
    /// Its name, which [`Finding::fold`](super::Finding::fold) has too.
    pub id: String,
    /// What they have in common.
    pub cause: FoldCause,
    /// The verdict of each.
    pub verdict: Verdict,
    /// The devices they are about, in the order of their ids; none where they are about the host.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub devices: Vec<String>,
    /// In words.
    pub message: String,
    /// How many findings they are. At least two.
    pub count: u64,
    /// Id of the first of them.
    pub first: String,
    /// What that one is about, for people.
    pub example: String,
    /// The bytes that show some of them, and the member in which the rest stands.
    pub evidence: Vec<Evidence>,
}

/// What folded findings have in common.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum FoldCause {
    /// Refused to this host by a card that others own too.
    SharedOwner,
    /// Refused.
    Denied,
    /// Not answered in time.
    Timeout,
    /// Firmware without current values.
    NextOnly,
    /// A container, in which the host's files are not seen.
    Container,
    /// Settings of virtual functions, which have none of their own.
    VirtualFunction,
    /// Settings that the functions of a card share.
    SameCard,
    /// The same reason in the same words.
    SameReason,
    /// Rules about other devices.
    NotSelected,
}

impl FoldCause {
    /// The word used in files and on screens.
    pub fn word(self) -> &'static str {
        match self {
            Self::SharedOwner => "shared-owner",
            Self::Denied => "denied",
            Self::Timeout => "timeout",
            Self::NextOnly => "next-only",
            Self::Container => "container",
            Self::VirtualFunction => "virtual-function",
            Self::SameCard => "same-card",
            Self::SameReason => "same-reason",
            Self::NotSelected => "not-selected",
        }
    }
}
