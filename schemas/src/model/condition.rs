//! Conditions over the facts of a device: when a known issue is about it, and when a rule of a baseline is.
//!
//! Must not do: evaluate (the analyzer does, in three values: a fact that was not read meets nothing and fails nothing).

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::expected::{Expected, FirmwareRange, Range, VersionRange};
use super::fact::View;

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
    /// It was looked for and has no value, and this regular expression finds something in the reason that is given.
    Unread(String),
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
    /// No greater number.
    AtMost,
    /// A greater number; of speeds such as `8.0 GT/s` the number before the unit.
    Greater,
    /// No smaller number.
    AtLeast,
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
