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

use super::baseline::{Expected, FirmwareRange, Range};
use super::fact::View;

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

/// Where something is told.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Reference {
    /// What it is: `sriov-network-operator pull 449`, a mail's subject and date.
    pub title: String,
    /// Its address, where it has a stable one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
}

/// A condition. Each is met, not met, or unknown because a fact was not read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Condition {
    /// All of them. At least one.
    All(Vec<Condition>),
    /// At least one of them. At least one.
    Any(Vec<Condition>),
    /// It is not met.
    Not(Box<Condition>),
    /// One of these families: `ConnectX-6 Dx`.
    Family(Vec<String>),
    /// One of these PCI device ids: `0x101d`.
    PciDevice(Vec<String>),
    /// The running firmware is in this range.
    Firmware(FirmwareRange),
    /// The driver calls itself by a version in this range; each run of digits a number.
    Driver(VersionRange),
    /// The kernel release is in this range; each run of digits a number, as far as the bound has them.
    Kernel(VersionRange),
    /// One of these patterns matches the PSID: `DEL*`.
    Psid(Vec<String>),
    /// A fact, or a parameter by the name that mstconfig prints, is so.
    Fact(FactTest),
    /// Two facts stand so to each other.
    Compare(Compare),
    /// A change of one of these parameters waits for a reset: next boot is not current. Patterns.
    Pending(Vec<String>),
    /// The kernel log holds an event that is so; every member that is given must hold.
    Log(LogTest),
}

/// Versions from one to another, both included.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct VersionRange {
    /// The first; from the beginning without it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<String>,
    /// The last, with everything that begins with it (`5.14` holds 5.14.21); without an end where it is missing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub to: Option<String>,
}

/// What is expected of a fact. Of several that a pattern takes, one suffices.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct FactTest {
    /// Pattern over paths and aliases: `NUM_OF_VFS`, `LINK_TYPE_P*`, `pci/current_link_speed`, `host/lockdown`.
    pub name: String,
    /// The view, for NV configuration; without it any of current and next boot.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub view: Option<View>,
    /// What it is.
    pub is: Test,
}

/// A test of one value.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Test {
    /// This value.
    Equals(Expected),
    /// Another value than this one.
    Not(Expected),
    /// One of these values.
    OneOf(Vec<Expected>),
    /// A number in this range.
    Range(Range),
    /// Text (of a number, as it is shown) that this regular expression finds something in.
    Matches(String),
    /// It was read, whatever it is.
    Known,
}

/// How two facts stand to each other.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Compare {
    /// The first.
    pub left: Operand,
    /// How it stands to the second.
    pub is: Relation,
    /// The second.
    pub right: Operand,
}

/// A fact by its name or path, without wildcards.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Operand {
    /// Path or alias.
    pub name: String,
    /// The view, for NV configuration; without it the next boot's, else the current one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub view: Option<View>,
}

/// How one value stands to another.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Relation {
    /// The same value.
    Same,
    /// Another value.
    Different,
    /// A smaller number; of speeds such as `8.0 GT/s` the number before the unit.
    Less,
    /// A greater number; of speeds such as `8.0 GT/s` the number before the unit.
    Greater,
}

/// An event of the kernel log.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct LogTest {
    /// Regular expression that finds something in the message.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub matches: Option<String>,
    /// Kind: `power`, `link`, `health`, `command-failed`, ….
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kind: Option<String>,
    /// Firmware command: `SET_ROCE_ADDRESS`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub command: Option<String>,
    /// Syndrome of a failed command, `0x…`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub syndrome: Option<String>,
    /// Extended syndrome of the health buffer, `0x…`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ext_synd: Option<String>,
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
