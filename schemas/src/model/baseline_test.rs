//! A test of baselines: bundles, and what is to be said of them. `baseline test` holds them against each other, so that
//! whoever keeps an envelope sees in CI what a change of it does.
//!
//! Must not do: judge.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::verdict::{Assurance, Word};

/// Value of [`BaselineTest::schema`].
pub const BASELINE_TEST_SCHEMA: &str = "mlx5-baseline-test";
/// Value of [`BaselineTest::schema_version`] that this code reads.
pub const BASELINE_TEST_VERSION: u32 = 1;

/// A file of tests.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct BaselineTest {
    /// Always `mlx5-baseline-test`.
    pub schema: String,
    /// Version of this form: 1.
    pub schema_version: u32,
    /// Name for reports.
    pub name: String,
    /// What it is for, in words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// The baselines that are tested: paths, beside this file if relative. At least one.
    pub baselines: Vec<String>,
    /// Least assurance, in place of what the baselines demand.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub min_assurance: Option<Assurance>,
    /// The bundles, each judged by itself. At least one.
    pub bundles: Vec<BundleTest>,
}

/// A bundle, and what is to be said of it. At least one thing is expected.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct BundleTest {
    /// The bundle, archive or text: a path, beside this file if relative.
    pub file: String,
    /// Why this is expected of it, for whoever reads a failure.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub why: Option<String>,
    /// The word over its devices and host.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub word: Option<Word>,
    /// What is to be said of devices, by their ids (`0000:3b:00.0`).
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub devices: BTreeMap<String, DeviceTest>,
    /// What rules are to find.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub findings: Vec<FindingTest>,
    /// Whether nothing but what `findings` names may be outside, pending, unknown or an error.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub nothing_else: bool,
}

/// What is to be said of a device. At least one of the two.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct DeviceTest {
    /// Its word.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub word: Option<Word>,
    /// How much the evidence about it carries.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub assurance: Option<Assurance>,
}

/// What a rule is to find: at least one finding, and all that are meant so.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct FindingTest {
    /// The rule, in full (`BASELINE/RULE`) or by its id alone.
    pub rule: String,
    /// Pattern over the names and paths of what is found; all that the rule finds without it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Whom it is about, as reports say it: `host`, `0000:3b:00.0`, `0000:3b:00.0 port 1`; whomever without it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub subject: Option<String>,
    /// The verdict.
    pub verdict: VerdictWord,
    /// Its reason, where it carries one: `timeout`; whatever it is without it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// How much the evidence carries.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub assurance: Option<Assurance>,
}

/// A verdict without its reason.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum VerdictWord {
    /// Read, and inside the envelope.
    Within,
    /// Outside, and accepted by a waiver that is in force.
    Waived,
    /// Current and next-boot values disagree about the envelope.
    Pending,
    /// Read, and outside the envelope.
    Outside,
    /// Not judged.
    Unknown,
    /// Nothing to judge.
    NotApplicable,
    /// The rule's selection leaves the device out.
    NotSelected,
    /// Said for context.
    Informational,
    /// The rule could not be carried out.
    Error,
}

impl VerdictWord {
    /// The word used in files and on screens.
    pub fn word(self) -> &'static str {
        match self {
            Self::Within => "within",
            Self::Waived => "waived",
            Self::Pending => "pending",
            Self::Outside => "outside",
            Self::Unknown => "unknown",
            Self::NotApplicable => "not-applicable",
            Self::NotSelected => "not-selected",
            Self::Informational => "informational",
            Self::Error => "error",
        }
    }
}
