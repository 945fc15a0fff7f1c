//! The baseline: the declared envelope, as a distribution or a fleet's owner writes it.
//!
//! `docs/baseline.md` explains every member with examples. The form is versioned; a reader refuses versions and
//! members that it does not know, because a rule that is not understood must not count as kept.
//!
//! Must not do: judge, or look at a device.

use schemars::JsonSchema;
use serde::de::{self, Deserializer, Visitor};
use serde::{Deserialize, Serialize};

use super::fact::{Value, View};
use super::verdict::Assurance;

/// Value of [`Baseline::schema`].
pub const BASELINE_SCHEMA: &str = "mlx5-baseline";
/// Value of [`Baseline::schema_version`] that this code reads.
pub const BASELINE_VERSION: u32 = 1;

/// A baseline file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Baseline {
    /// Always `mlx5-baseline`.
    pub schema: String,
    /// Version of this form: 1.
    pub schema_version: u32,
    /// Name for reports.
    pub name: String,
    /// What it is for, in words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// Least assurance that the evidence must carry.
    #[serde(default)]
    pub min_assurance: Assurance,
    /// Whether the bundle must be signed by a key that the user names.
    #[serde(default)]
    pub require_signature: bool,
    /// The rules. At least one.
    pub rules: Vec<BaselineRule>,
}

/// One rule.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct BaselineRule {
    /// Stable name, unique in the file: lower-case letters, digits and dashes.
    pub id: String,
    /// Why the rule exists, for whoever reads a report.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub why: Option<String>,
    /// How much a violation matters. It sorts reports; it never changes a verdict or an exit code.
    #[serde(default)]
    pub severity: Severity,
    /// Which devices it is about; all of them without it.
    #[serde(default, skip_serializing_if = "Select::is_empty")]
    pub select: Select,
    /// Patterns over paths and aliases of facts. At least one.
    pub facts: Vec<String>,
    /// Patterns of facts to leave out of those.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub except: Vec<String>,
    /// Which views of NV configuration are judged.
    #[serde(default = "current_and_next")]
    pub views: Vec<View>,
    /// What is expected.
    pub expect: Expect,
}

fn current_and_next() -> Vec<View> {
    vec![View::Current, View::Next]
}

/// How much a violation matters.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "kebab-case")]
pub enum Severity {
    /// Tidiness.
    Low,
    /// The usual.
    #[default]
    Medium,
    /// Support depends on it.
    High,
    /// Operation depends on it.
    Critical,
}

impl Severity {
    /// The word used in files and on screens.
    pub fn word(self) -> &'static str {
        match self {
            Self::Low => "low",
            Self::Medium => "medium",
            Self::High => "high",
            Self::Critical => "critical",
        }
    }
}

/// Which devices a rule is about. Every member that is given must hold.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Select {
    /// Patterns over the PSID (`MT_0000000*`); one must match.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub psid: Vec<String>,
    /// PCI device ids (`0x101d`); one must be the device's.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub device: Vec<String>,
    /// Firmware versions.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub firmware: Option<FirmwareRange>,
}

impl Select {
    /// Whether it leaves nothing out.
    pub fn is_empty(&self) -> bool {
        self.psid.is_empty() && self.device.is_empty() && self.firmware.is_none()
    }
}

/// Firmware versions from one to another, both included (`22.41.1000`; each part a number).
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct FirmwareRange {
    /// The first version; from the beginning without it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<String>,
    /// The last version; without an end where it is missing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub to: Option<String>,
}

/// What a rule expects of every value that it names.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Expect {
    /// This value.
    Equals(Expected),
    /// One of these values. At least one.
    OneOf(Vec<Expected>),
    /// A number in this range.
    Range(Range),
    /// What the device's own factory view says.
    EqualsFactory,
}

/// A range of numbers, both ends included; at least one end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Range {
    /// The least number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub min: Option<u64>,
    /// The greatest number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max: Option<u64>,
}

/// An expected value: a number, or text (the name of a number, text, or bytes in lower-case hex).
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, JsonSchema)]
#[serde(untagged)]
pub enum Expected {
    /// A number.
    Number(u64),
    /// Text.
    Text(String),
}

impl Expected {
    /// Whether a value is the expected one. Text is compared with the text, with the name of a number, with
    /// the number as it is shown (`ETH(2)`), or with the hex of bytes.
    pub fn is(&self, value: &Value) -> bool {
        match (self, value) {
            (Self::Number(expected), Value::Number { number, .. }) => expected == number,
            (Self::Text(expected), Value::Number { name: Some(name), .. }) => {
                expected == name || *expected == value.to_string()
            }
            (Self::Text(expected), Value::Text { text }) => expected == text,
            (Self::Text(expected), Value::Bytes { hex }) => expected == hex,
            (Self::Text(_), Value::Number { name: None, .. })
            | (Self::Number(_), Value::Text { .. } | Value::Bytes { .. }) => false,
        }
    }
}

impl std::fmt::Display for Expected {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Number(number) => write!(f, "{number}"),
            Self::Text(text) => f.write_str(text),
        }
    }
}

// By hand, because serde's untagged enums lose the place of an error in the file.
impl<'de> Deserialize<'de> for Expected {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct ExpectedVisitor;
        impl Visitor<'_> for ExpectedVisitor {
            type Value = Expected;

            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("a non-negative number or text (True and False are written as text)")
            }

            fn visit_u64<E: de::Error>(self, number: u64) -> Result<Expected, E> {
                Ok(Expected::Number(number))
            }

            fn visit_str<E: de::Error>(self, text: &str) -> Result<Expected, E> {
                Ok(Expected::Text(text.to_owned()))
            }
        }
        deserializer.deserialize_any(ExpectedVisitor)
    }
}
