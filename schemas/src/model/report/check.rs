//! What `check` found: the judgement over bundles, and the findings that it rests on.
//!
//! Must not do: decide words or exit codes.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{BundleIdentity, Fold};
use crate::model::baseline::Severity;
use crate::model::fact::{Evidence, Knowledge, Subject, View};
use crate::model::known_issue::Sure;
use crate::model::reference::Reference;
use crate::model::verdict::{Assurance, Cap, Verdict, Word};

/// What `check` found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct CheckReport {
    /// The baselines, in the order given.
    pub baselines: Vec<BaselineIdentity>,
    /// Least assurance demanded.
    pub min_assurance: Assurance,
    /// What else was demanded or permitted.
    #[serde(default)]
    pub policy: Policy,
    /// The word over all bundles.
    pub word: Word,
    /// Whether an envelope was given. Without one nothing was judged: `word` is then no judgement but the least that
    /// can be said, and the exit code says only whether there was trouble.
    #[serde(default = "yes", skip_serializing_if = "is_yes")]
    pub judged: bool,
    /// The exit code.
    pub exit_code: u8,
    /// Over all bundles.
    pub counts: Counts,
    /// The bundles, in the order given.
    pub bundles: Vec<BundleReview>,
    /// Trouble that belongs to no single bundle.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub troubles: Vec<String>,
}

/// What stands in place of a word where no envelope was given.
const NOT_JUDGED: &str = "not judged";

impl CheckReport {
    /// The word as people read it.
    pub fn words(&self) -> &'static str {
        if self.judged { self.word.words() } else { NOT_JUDGED }
    }
}

impl BundleReview {
    /// The word as people read it.
    pub fn words(&self) -> &'static str {
        if self.judged { self.word.words() } else { NOT_JUDGED }
    }
}

fn yes() -> bool {
    true
}

/// Left out where it is so, as in every report before there was the other.
fn is_yes(judged: &bool) -> bool {
    *judged
}

/// What was demanded or permitted beyond the rules, by baselines or on the command line.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
pub struct Policy {
    /// Whether bundles had to be signed by a key that the user named.
    #[serde(default)]
    pub require_signature: bool,
    /// What the baselines demand as least assurance, where the command line put less in its place.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lowered_from: Option<Assurance>,
    /// Reasons of `unknown` and of caps that were accepted on the command line: what has no other reason does not keep
    /// anything from being inside.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub allow_unvouched: Vec<String>,
    /// Each of those reasons, with the number of findings that it was accepted for.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub accepted: BTreeMap<String, u64>,
    /// The files of waivers.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub waivers: Vec<WaiverFileIdentity>,
}

/// Which file of waivers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct WaiverFileIdentity {
    /// File name as it was given.
    pub file: String,
    /// SHA-256 of the file, in hex.
    pub sha256: String,
    /// Number of its waivers.
    pub waivers: u64,
}

/// Which baseline.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct BaselineIdentity {
    /// File name as it was given.
    pub file: String,
    /// Its name.
    pub name: String,
    /// SHA-256 of the file, in hex.
    pub sha256: String,
    /// What it is for, as it says itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// Who answers for it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub owner: Option<String>,
    /// Number of its rules, those of included files among them.
    pub rules: u64,
    /// Whether a rule about all that no rule names (`default`) is one more.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub has_default: bool,
    /// The files that it includes, directly or not, each once.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub included: Vec<IncludedBaseline>,
}

/// A file that a baseline includes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct IncludedBaseline {
    /// Its path, as its being included comes to.
    pub file: String,
    /// Its name.
    pub name: String,
    /// SHA-256 of the file, in hex.
    pub sha256: String,
}

/// The judgement over one bundle.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct BundleReview {
    /// The bundle.
    pub bundle: BundleIdentity,
    /// The word over its devices and host.
    pub word: Word,
    /// Whether an envelope was given: see [`CheckReport::judged`].
    #[serde(default = "yes", skip_serializing_if = "is_yes")]
    pub judged: bool,
    /// What support would say of it, in a few plain sentences.
    #[serde(default)]
    pub summary: String,
    /// Over all its findings.
    pub counts: Counts,
    /// What bounds all evidence of this host, each reason once.
    pub host_caps: Vec<Cap>,
    /// The devices.
    pub devices: Vec<DeviceReview>,
    /// The findings, ordered by subject, rule and path.
    pub findings: Vec<Finding>,
    /// Findings of one cause, which a reader need see once. All of them are among the findings and in the counts.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub folds: Vec<Fold>,
}

/// The judgement over one device.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct DeviceReview {
    /// Device id.
    pub id: String,
    /// Tells it from others of its kind, in every bundle of it: a digest of its base address, where that was read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key: Option<String>,
    /// Running firmware version, where it was read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub firmware: Option<String>,
    /// PSID, where it was read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub psid: Option<String>,
    /// The word; absent where the baselines have no rule about devices, and for a virtual function that is judged with
    /// its physical function.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub word: Option<Word>,
    /// What support would say of it, in a few plain sentences.
    #[serde(default)]
    pub summary: String,
    /// Which rules had the facts that they needed.
    #[serde(default)]
    pub coverage: RuleCoverage,
    /// Whether its firmware gives no current values: what is in force is known of a setting only where something else
    /// tells it, and what is judged is what the next reset brings.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub next_only: bool,
    /// Why it is not *inside*, in words.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub reasons: Vec<String>,
    /// Its findings.
    pub counts: Counts,
    /// The device whose NV configuration it shares: the physical function of a virtual one, the lowest function of the
    /// same card. What is shared is told there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub shares_with: Option<String>,
    /// How much the evidence about it can carry.
    pub assurance: Assurance,
    /// What bounds the evidence of this device, beyond the host's caps.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub caps: Vec<Cap>,
}

/// Which rules had the facts that they needed.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
pub struct RuleCoverage {
    /// Rules that are about the device.
    pub rules: u64,
    /// Those of them for which every fact that they name was read.
    pub judged: u64,
    /// The others.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub wanting: Vec<String>,
}

/// Findings by verdict.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
pub struct Counts {
    /// `within`.
    pub within: u64,
    /// `waived`.
    pub waived: u64,
    /// `pending`.
    pub pending: u64,
    /// `outside`.
    pub outside: u64,
    /// `unknown`.
    pub unknown: u64,
    /// `not-applicable`.
    pub not_applicable: u64,
    /// `not-selected`.
    pub not_selected: u64,
    /// `informational`.
    pub informational: u64,
    /// `error`.
    pub error: u64,
}

/// One result of one rule on one subject.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Finding {
    /// Stable name: the same finding has it in every run, whatever the value; `explain` and waivers take it.
    #[serde(default)]
    pub id: String,
    /// The rule: the baseline's name, a slash, the rule's id; built-in findings have no slash.
    pub rule: String,
    /// How much a violation matters.
    pub severity: Severity,
    /// Whom it is about.
    pub subject: Subject,
    /// Path of the fact, or the pattern that found none.
    pub path: String,
    /// Its name for people.
    pub name: String,
    /// What the value says.
    pub verdict: Verdict,
    /// In words.
    pub message: String,
    /// Why the rule exists, where it says so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub why: Option<String>,
    /// How sure an advisory is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sure: Option<Sure>,
    /// What to do about it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub remedy: Option<String>,
    /// Where what it rests on is told.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub references: Vec<Reference>,
    /// Who answers for the rule.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub owner: Option<String>,
    /// The waiver that accepts it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub waiver: Option<WaivedBy>,
    /// Reasons accepted on the command line which alone keep it from being vouched for: with them it holds nothing back.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub accepted: Vec<String>,
    /// What was expected, in words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expected: Option<String>,
    /// What was found. Left out, with `why` and `expected`, where the verdict is within, not-applicable or
    /// not-selected.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub found: Vec<Found>,
    /// Who wrote it, how it stands to the factory's value, and when it counts: no more than the device says.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub provenance: Option<String>,
    /// The fold that tells it along with others.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fold: Option<String>,
    /// How much the evidence can carry.
    pub assurance: Assurance,
    /// The bytes that show it. Never empty.
    pub evidence: Vec<Evidence>,
}

/// The waiver that accepts a finding.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct WaivedBy {
    /// Its id.
    pub id: String,
    /// Why the finding is accepted.
    pub reason: String,
    /// Who accepted it.
    pub owner: String,
    /// The last day on which it holds.
    pub expires: NaiveDate,
    /// Where it is dealt with.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ticket: Option<String>,
}

/// A value that was found, in one view where the fact has views.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Found {
    /// The view.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub view: Option<View>,
    /// The value, or why there is none; absent where the device does not offer the view.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub knowledge: Option<Knowledge>,
    /// Who wrote the TLV in this view, as the writer named itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub writer: Option<String>,
    /// With which priority it was written.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub priority: Option<String>,
}
