//! What `diff` found.
//!
//! Must not do: judge a change.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::BundleIdentity;
use crate::model::fact::{Evidence, Knowledge, Subject, View};

/// What `diff` found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct DiffReport {
    /// The first bundle.
    pub left: BundleIdentity,
    /// The second bundle.
    pub right: BundleIdentity,
    /// What was asked to be compared; everything where it is absent. An exported text on either side narrows it to what
    /// that text is of.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub selections: Vec<DiffSelection>,
    /// Which device was compared with which.
    pub devices: Vec<DevicePair>,
    /// Kernel, driver, firmware, command line and link side by side, whatever source says them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub context: Vec<ContextRow>,
    /// Whether nothing differs but what changes by itself.
    pub same: bool,
    /// The outcome; `same` is true for the first of them alone.
    #[serde(default)]
    pub outcome: DiffOutcome,
    /// How many changes there are, by group, in the order of what matters; groups without any are left out.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub groups: Vec<GroupCounts>,
    /// The changes, ordered by group, subject and path. Changes of volatile facts are here too, marked.
    pub changes: Vec<Change>,
    /// Transcripts that are equal byte for byte on both sides.
    pub equal_members: u64,
    /// Facts of paired devices and of the host that one side says and the other does not: they are neither the same nor
    /// different.
    #[serde(default)]
    pub not_compared: u64,
    /// Those of them that the other side should have said: it was not read. A text's silence is no such gap.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub gaps: Vec<NotCompared>,
    /// Facts that neither side read.
    #[serde(default)]
    pub unread_by_both: u64,
    /// Where a side is imported text: facts that both sides say. Without any, nothing was compared, and the two are not
    /// called the same. Absent between bundles.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub compared: Option<u64>,
}

/// What was asked to be compared, or exported.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
pub struct DiffSelection {
    /// NV configuration in this view alone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub view: Option<View>,
    /// What these patterns take; everything where there is none.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub only: Vec<String>,
    /// But not what these take.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub ignore: Vec<String>,
    /// Also what changes by itself.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub volatile: bool,
    /// Also what names one card among others of its kind: serial number, MAC, GUID.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub identity: bool,
}

/// What comes of a comparison.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum DiffOutcome {
    /// Nothing differs.
    Same,
    /// Something differs.
    Different,
    /// Nothing was seen to differ, and not all of it could be compared: one side was not read where the other was, it
    /// cannot be told which device is which, or nothing was compared at all.
    #[default]
    Undecided,
}

/// Which device was compared with which.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct DevicePair {
    /// Device id in the first bundle; absent where the second has it alone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub left: Option<String>,
    /// Device id in the second bundle; absent where the first has it alone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub right: Option<String>,
    /// By what they were matched.
    pub by: MatchedBy,
    /// What both say of the two and does not agree: `serial number`, `base MAC`, `PSID`, `PCI address`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub unlike: Vec<String>,
    /// Of a device without a partner: devices of the other side that it may be. With several of a kind nobody can say
    /// which; `--pair` does.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub candidates: Vec<String>,
}

/// By what two devices were matched, the surest first. Cards are matched; their functions follow.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum MatchedBy {
    /// The user said so.
    Hand,
    /// The serial number and the PSID, which no other card has together.
    Serial,
    /// The base MAC or GUID, which no other card has, and the same PCI device.
    Address,
    /// The PCI slot, the PSID and the PCI device.
    Slot,
    /// The same id, and the same kind of device; the PSID differs or was not read.
    Id,
    /// The same PSID and PCI device, the only such pair left.
    Kind,
    /// The only devices on either side, where an imported text does not say which device it is about.
    Only,
    /// Not matched.
    Nothing,
}

/// What changes are about, in the order of what matters.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "kebab-case")]
pub enum ChangeGroup {
    /// Taint, signs of the device, lockdown, signatures of modules: what the evidence rests on.
    Trust,
    /// Firmware versions, PSID, components.
    Firmware,
    /// NV configuration.
    Nv,
    /// Registers.
    Registers,
    /// Capabilities.
    Capabilities,
    /// Driver and kernel: PCI, network interfaces, devlink, modules, command line.
    Driver,
    /// Anything else.
    #[default]
    Host,
}

impl ChangeGroup {
    /// All of them, in order.
    pub const ALL: [Self; 7] = [
        Self::Trust,
        Self::Firmware,
        Self::Nv,
        Self::Registers,
        Self::Capabilities,
        Self::Driver,
        Self::Host,
    ];

    /// In words.
    pub fn words(self) -> &'static str {
        match self {
            Self::Trust => "taint and trust",
            Self::Firmware => "firmware",
            Self::Nv => "NV configuration",
            Self::Registers => "registers",
            Self::Capabilities => "capabilities",
            Self::Driver => "driver and kernel",
            Self::Host => "host",
        }
    }
}

/// What kind of difference it is.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "kebab-case")]
pub enum ChangeKind {
    /// Two values for one thing.
    #[default]
    Changed,
    /// What is allowed differs, or where a value stands: a maximum, a TLV's length or version, bytes that releases read
    /// differently while the firmware differs. The values as such are not comparable.
    ReRanged,
    /// Only the second side has it; the first says that there is none.
    Added,
    /// Only the first side has it; the second says that there is none.
    Removed,
    /// The same value under another name. It does not count.
    Renamed,
}

impl ChangeKind {
    /// All of them, in the order of counts.
    pub const ALL: [Self; 5] = [Self::Changed, Self::ReRanged, Self::Added, Self::Removed, Self::Renamed];

    /// The word used on screens.
    pub fn word(self) -> &'static str {
        match self {
            Self::Changed => "changed",
            Self::ReRanged => "re-ranged",
            Self::Added => "added",
            Self::Removed => "removed",
            Self::Renamed => "renamed",
        }
    }
}

/// One difference.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Change {
    /// About whom; named as in the first bundle where it has that device.
    pub subject: Subject,
    /// Path of the fact.
    pub path: String,
    /// Its path in the first bundle, where that is an older one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub left_path: Option<String>,
    /// Its path in the second bundle, where that is an older one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub right_path: Option<String>,
    /// Its name for people.
    pub name: String,
    /// The view, for NV configuration.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub view: Option<View>,
    /// What it is about.
    #[serde(default)]
    pub group: ChangeGroup,
    /// What kind of difference it is.
    #[serde(default)]
    pub kind: ChangeKind,
    /// Why it is of that kind, where that is not plain.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
    /// What the first bundle says; absent where it has no such fact.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub left: Option<Knowledge>,
    /// What the second bundle says; absent where it has no such fact.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub right: Option<Knowledge>,
    /// Whether it changes by itself and does not count.
    pub volatile: bool,
    /// Whether it names one card among others of its kind, where the two are known to be two cards: it does not count.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub identity: bool,
    /// The bytes on the first side.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub left_evidence: Vec<Evidence>,
    /// The bytes on the second side.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub right_evidence: Vec<Evidence>,
}

impl Change {
    /// Whether it makes the two sides different.
    pub fn counts(&self) -> bool {
        !self.is_beside() && self.kind != ChangeKind::Renamed
    }

    /// Whether it is told and never counts, whatever its kind.
    pub fn is_beside(&self) -> bool {
        self.volatile || self.identity
    }
}

/// What two bundles say of kernel, driver, firmware and link, whatever source says it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ContextRow {
    /// About whom; named as in the first bundle where it has that device.
    pub subject: Subject,
    /// What: `kernel`, `driver`, `running firmware`, ….
    pub what: String,
    /// What the first bundle says; absent where it says nothing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub left: Option<String>,
    /// What the second bundle says; absent where it says nothing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub right: Option<String>,
    /// Whether both say something and it differs.
    pub differs: bool,
    /// Whether it is told beside what was asked for, and does not count.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub aside: bool,
    /// Paths of the facts that this tells: their [`Change`]s are not told again to people.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub paths: Vec<String>,
    /// The bytes on the first side.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub left_evidence: Vec<Evidence>,
    /// The bytes on the second side.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub right_evidence: Vec<Evidence>,
}

impl ContextRow {
    /// Whether it makes the two sides different.
    pub fn counts(&self) -> bool {
        self.differs && !self.aside
    }

    /// Whether a change is told by this row.
    pub fn tells(&self, change: &Change) -> bool {
        change.subject == self.subject && self.paths.contains(&change.path)
    }
}

/// How many changes of a group there are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
pub struct GroupCounts {
    /// The group.
    pub group: ChangeGroup,
    /// Two values for one thing.
    pub changed: u64,
    /// What is allowed differs, or where a value stands.
    pub re_ranged: u64,
    /// Only the second side has it.
    pub added: u64,
    /// Only the first side has it.
    pub removed: u64,
    /// The same value under another name.
    pub renamed: u64,
    /// Changes by itself.
    pub volatile: u64,
    /// Names one card, and the two are two cards.
    pub identity: u64,
    /// Said by one side, and not read on the other.
    pub gaps: u64,
}

/// Which side.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Sides {
    /// The first.
    Left,
    /// The second.
    Right,
}

/// A fact that one side says and the other did not read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct NotCompared {
    /// About whom; named as in the first bundle where it has that device.
    pub subject: Subject,
    /// Path of the fact.
    pub path: String,
    /// Its name for people.
    pub name: String,
    /// The view, for NV configuration.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub view: Option<View>,
    /// What it is about.
    pub group: ChangeGroup,
    /// The side that did not read it.
    pub side: Sides,
    /// What became of it there: a status, or `not asked`.
    pub status: String,
    /// In words.
    pub reason: String,
}
