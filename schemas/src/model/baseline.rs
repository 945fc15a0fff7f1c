//! The baseline: the declared envelope, as a distribution or a fleet's owner writes it.
//!
//! `docs/baseline.md` explains every member with examples. The form is versioned; a reader refuses versions and
//! members that it does not know, because a rule that is not understood must not count as kept.
//!
//! Must not do: judge, or look at a device.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::condition::{Condition, Relation, Test};
use super::expected::{Expected, FirmwareRange, Mask, Range, VersionRange};
use super::fact::View;
use super::reference::Reference;
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
    /// Who answers for it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub owner: Option<String>,
    /// Where what it demands is told.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub references: Vec<Reference>,
    /// Baselines that this one builds on (vendor, then distribution, then site): paths, beside this file if relative.
    /// Their rules come first and keep their names; what this file says of the whole takes the place of what they say.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub include: Vec<String>,
    /// Changes to rules of included baselines.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub overrides: Vec<Override>,
    /// Least assurance that the evidence must carry.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub min_assurance: Option<Assurance>,
    /// Whether the bundle must be signed by a key that the user names.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub require_signature: Option<bool>,
    /// Which devices it is about at all; a rule's own selection narrows it further.
    #[serde(default, skip_serializing_if = "Select::is_empty")]
    pub select: Select,
    /// What holds for NV configuration that no rule of this file, or of those that it includes, names.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub default: Option<Rest>,
    /// Which advisories count.
    #[serde(default, skip_serializing_if = "Advisories::is_empty")]
    pub advisories: Advisories,
    /// The rules. At least one, here or in an included file, unless `default` judges the rest.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub rules: Vec<BaselineRule>,
}

/// What holds for NV configuration that no rule names.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Rest {
    /// It must be what the device's own factory view says.
    Factory,
    /// It is not looked at.
    #[default]
    Ignore,
    /// What differs from the factory view is told, and judges nothing.
    Report,
}

/// A change to a rule of an included baseline. At least one thing is changed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Override {
    /// The rule: its baseline's name, a slash, its id.
    pub rule: String,
    /// Why.
    pub why: String,
    /// Whether the rule is left out.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub off: bool,
    /// Another severity.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub severity: Option<Severity>,
    /// Another selection, in place of the rule's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub select: Option<Select>,
    /// Another condition, in place of the rule's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub when: Option<Condition>,
    /// Further patterns to leave out.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub except: Vec<String>,
    /// Another expectation, in place of the rule's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expect: Option<Expect>,
}

/// Which advisories count. Without a word about it an advisory is informational.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Advisories {
    /// Advisories that put a device outside; one that is only possible makes it unknown.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub raise: Vec<Raise>,
    /// Patterns of advisories that are not told.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub ignore: Vec<String>,
}

impl Advisories {
    /// Whether it says nothing.
    pub fn is_empty(&self) -> bool {
        self.raise.is_empty() && self.ignore.is_empty()
    }
}

/// Advisories that count.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Raise {
    /// Pattern of ids: `more-vfs-than-pci-offers`, `*`.
    pub id: String,
    /// How much it matters.
    #[serde(default)]
    pub severity: Severity,
    /// Why it counts here.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub why: Option<String>,
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
    /// What to do about a violation. It is printed, never run.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub remedy: Option<String>,
    /// Where what it demands is told.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub references: Vec<Reference>,
    /// Who answers for it; the baseline's owner without it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub owner: Option<String>,
    /// Which devices it is about; all of the baseline's without it.
    #[serde(default, skip_serializing_if = "Select::is_empty")]
    pub select: Select,
    /// It holds where this condition is met: `where SRIOV_EN is true`. Where that was not read, the rule is unknown.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub when: Option<Condition>,
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

/// The views that are judged where a rule names none.
pub fn current_and_next() -> Vec<View> {
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
    /// Families (`ConnectX-6 Dx`); one must be the device's.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub family: Vec<String>,
    /// Patterns over the PSID (`MT_0000000*`); one must match.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub psid: Vec<String>,
    /// Patterns over the part number (`MCX623106*`); one must match.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub part_number: Vec<String>,
    /// PCI device ids (`0x101d`); one must be the device's.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub device: Vec<String>,
    /// Firmware versions.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub firmware: Option<FirmwareRange>,
    /// Versions by which the driver calls itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub driver: Option<VersionRange>,
    /// Kernel releases.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kernel: Option<VersionRange>,
    /// What the function is to this host; one must hold.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub role: Vec<Role>,
}

impl Select {
    /// Whether it leaves nothing out.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

/// What a function is to the host that the bundle is of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Role {
    /// A physical function.
    Physical,
    /// A virtual function, of a physical one on this host or passed through to it.
    Virtual,
    /// A BlueField seen from the host it is plugged into.
    BluefieldHost,
    /// A BlueField seen from its own processor.
    BluefieldArm,
}

impl Role {
    /// The word that stands in files.
    pub fn word(self) -> &'static str {
        match self {
            Self::Physical => "physical",
            Self::Virtual => "virtual",
            Self::BluefieldHost => "bluefield-host",
            Self::BluefieldArm => "bluefield-arm",
        }
    }
}

/// What a rule expects of every value that it names.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Expect {
    /// This value.
    Equals(Expected),
    /// One of these values. At least one.
    OneOf(Vec<Expected>),
    /// None of these values. At least one.
    NoneOf(Vec<Expected>),
    /// A number in this range.
    Range(Range),
    /// A number with these bits set, and those clear.
    Bits(Bits),
    /// Text (of a number, as it is shown) that this regular expression finds something in.
    Matches(String),
    /// It stands so to another fact, or to another view of itself.
    Relation(RelationTo),
    /// It was read, whatever it is.
    Present,
    /// The device says that it has no such thing.
    Absent,
    /// So many of the selected devices of a host have it so.
    Count(CountOf),
    /// What the device's own factory view says.
    EqualsFactory,
}

/// Bits of a number; numbers as `"0x…"` text or plain. At least one of the two.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Bits {
    /// Bits that must be set.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub set: Option<Mask>,
    /// Bits that must be clear.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub clear: Option<Mask>,
}

/// How a value stands to another fact of the same device, or to another view.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RelationTo {
    /// How.
    pub is: Relation,
    /// Path or alias of the other fact, without wildcards (a path under `host/` is the host's); the same fact without it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub to: Option<String>,
    /// The view of the other; the one that is judged without it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub view: Option<View>,
}

/// How many of the selected devices of a host have a fact so.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CountOf {
    /// What is asked of each; that it was read, without it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub of: Option<Test>,
    /// How many there must be.
    pub devices: Range,
}
