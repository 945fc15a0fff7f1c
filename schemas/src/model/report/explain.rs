//! What `explain` tells of a finding, and `check --explain` of a rule.
//!
//! Must not do: hold anything that cannot be derived from the bundle, the baseline and the catalog.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{BaselineIdentity, BundleIdentity, Finding, Found};
use crate::model::baseline::Severity;
use crate::model::fact::{Evidence, View};
use crate::model::reference::Reference;
use crate::model::verdict::{Assurance, Cap, CapReason, Word};

/// What `explain` found: the finding of this id in each bundle that has one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ExplainReport {
    /// The id.
    pub id: String,
    /// The finding, bundle by bundle.
    pub findings: Vec<FindingExplained>,
}

/// Everything about one finding.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct FindingExplained {
    /// The bundle.
    pub bundle: BundleIdentity,
    /// The finding.
    pub finding: Finding,
    /// All names of the fact that it is about.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub names: Vec<String>,
    /// What was found of that fact, also where the finding itself leaves it out.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub found: Vec<Found>,
    /// The rule; absent for what the program says by itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rule: Option<RuleExplained>,
    /// The device's PSID, where it was read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub psid: Option<String>,
    /// The device's firmware version, where it was read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub firmware: Option<String>,
    /// The word on the device; of the host, on the bundle.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub word: Option<Word>,
    /// Least assurance demanded.
    pub min_assurance: Assurance,
    /// What bounds how much its evidence can carry, the weakest first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub bounds: Vec<Bound>,
    /// Its evidence, down to the bytes.
    pub evidence: Vec<EvidenceShown>,
    /// Commands that show more; all of them only read files.
    pub commands: Vec<String>,
}

/// One thing that bounds how much evidence can carry.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Bound {
    /// The level it bounds at.
    pub level: Assurance,
    /// Its name.
    pub reason: CapReason,
    /// The cap with its evidence; absent where the way by which the value came is the bound.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cap: Option<Cap>,
}

/// What a piece of evidence holds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct EvidenceShown {
    /// Where it is.
    pub evidence: Evidence,
    /// Path of the fact that it shows, where it shows one that the finding is about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub path: Option<String>,
    /// The view of that fact.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub view: Option<View>,
    /// What the device was asked, in words; absent where it is no exchange with a device.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub asked: Option<String>,
    /// What became of that, in words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub answered: Option<String>,
    /// The answer in hex, header included; the field of the evidence counts its bits.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub output: Option<String>,
    /// The field's bits as a number in hex, where it has at most 64.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub field: Option<String>,
    /// The record as text, where it is no exchange; its beginning, where it is long.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
}

/// A rule as it is understood.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct RuleExplained {
    /// The baseline's name, a slash, the rule's id.
    pub rule: String,
    /// The baseline that was given: the rule's own, or one that includes that.
    pub baseline: BaselineIdentity,
    /// Where it stands: file, line and column.
    pub place: String,
    /// What baselines that include its own changed, by whom and why.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub changes: Vec<String>,
    /// How much a violation matters.
    pub severity: Severity,
    /// Why it exists.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub why: Option<String>,
    /// What to do about a violation.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub remedy: Option<String>,
    /// Where what it demands is told.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub references: Vec<Reference>,
    /// Who answers for it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub owner: Option<String>,
    /// Which devices it is about, in words, all of which must hold; every device without any.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub select: Vec<String>,
    /// Where it holds, in words; everywhere without it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub when: Option<String>,
    /// What it names.
    pub facts: Vec<PatternExplained>,
    /// What is left out of that.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub except: Vec<String>,
    /// Which views of NV configuration it judges.
    pub views: Vec<View>,
    /// What it expects, in words.
    pub expect: String,
}

/// What a pattern of a rule names.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct PatternExplained {
    /// The pattern.
    pub pattern: String,
    /// What the catalog has under it, by the names for people: parameters of ports 1 and 2 and of module 0, fields of
    /// registers and capability pages.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub names: Vec<String>,
    /// What else is to be said of it: that it is the host's, that the catalog lists no such facts, or what may have been
    /// meant.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
}

/// What `check --explain` found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct RuleReport {
    /// The rule.
    pub rule: RuleExplained,
}
