//! What `triage`, `ask`, `expect` and `known` found.
//!
//! Must not do: decide what a line means; it is in the words, and its evidence beside it.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::BundleIdentity;
use crate::model::fact::{Evidence, Knowledge, Route, Subject, Value, View};
use crate::model::known_issue::{IssueKind, Match, Sure};
use crate::model::reference::Reference;
use crate::model::verdict::{Assurance, Cap};

/// What `triage` found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct TriageReport {
    /// The hosts: each bundle and each archive is one, and all loose texts together are one.
    pub hosts: Vec<HostTriage>,
}

/// A host at a glance.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct HostTriage {
    /// The bundle, or the texts as one.
    pub bundle: BundleIdentity,
    /// How much the weakest of the evidence can carry.
    pub assurance: Assurance,
    /// By which ways it came, each once.
    pub routes: Vec<Route>,
    /// Why no more.
    pub caps: Vec<Cap>,
    /// What holds for all cards: kernel, taint, driver where it is one for all.
    pub host: Vec<Statement>,
    /// The cards, in the order of their devices.
    pub cards: Vec<CardTriage>,
}

/// A card at a glance.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct CardTriage {
    /// Ids of its physical functions.
    pub functions: Vec<String>,
    /// Ids of virtual functions.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub virtual_functions: Vec<String>,
    /// Family, where it was told: `ConnectX-6 Dx`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub family: Option<String>,
    /// PSID, where it was told.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub psid: Option<String>,
    /// Running firmware version, where it was told.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub firmware: Option<String>,
    /// Stored firmware version, where it was told.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stored_firmware: Option<String>,
    /// What is said of it, in the order of a page.
    pub statements: Vec<Statement>,
    /// Changes that wait for a reset.
    pub pending: Vec<SettingDifference>,
    /// Parameters whose next value is not the factory's, the most telling first.
    pub changed: Vec<SettingDifference>,
    /// Known issues that match, or may.
    pub issues: Vec<IssueFound>,
    /// What to ask for next, the most valuable first.
    pub asks: Vec<Ask>,
}

/// One thing said, with what shows it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Statement {
    /// About what.
    pub topic: Topic,
    /// How it is meant.
    pub tone: Tone,
    /// In words.
    pub words: String,
    /// The bytes that show it; empty only where nothing was read.
    pub evidence: Vec<Evidence>,
}

/// About what a statement is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Topic {
    /// Kernel and distribution.
    Host,
    /// The kernel's taint.
    Taint,
    /// The board.
    Board,
    /// Whose firmware configuration it is.
    Psid,
    /// Firmware versions.
    Firmware,
    /// The driver.
    Driver,
    /// PCI and network link.
    Link,
    /// Settings as they are, where nothing more can be said of them.
    Settings,
    /// Changes that wait.
    Pending,
    /// Differences from factory.
    Factory,
    /// The kernel log.
    Log,
}

impl Topic {
    /// The word used on screens.
    pub fn word(self) -> &'static str {
        match self {
            Self::Host => "host",
            Self::Taint => "taint",
            Self::Board => "board",
            Self::Psid => "PSID",
            Self::Firmware => "firmware",
            Self::Driver => "driver",
            Self::Link => "link",
            Self::Settings => "settings",
            Self::Pending => "pending",
            Self::Factory => "factory",
            Self::Log => "log",
        }
    }
}

/// How a statement is meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Tone {
    /// It is so.
    Plain,
    /// It was not read.
    Unknown,
    /// It is worth a look.
    Attention,
}

/// A parameter that differs between two views.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct SettingDifference {
    /// About whom.
    pub subject: Subject,
    /// Path of the fact.
    pub path: String,
    /// Its name for people.
    pub name: String,
    /// The value now, or the factory's.
    pub from: Value,
    /// The value after the next reset.
    pub to: Value,
    /// The bytes that show both.
    pub evidence: Vec<Evidence>,
}

/// A known issue that matches a card, or may.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct IssueFound {
    /// Its id.
    pub id: String,
    /// Its kind.
    pub kind: IssueKind,
    /// How sure it is.
    pub sure: Sure,
    /// Whether it matches, or may.
    pub matched: Match,
    /// One line.
    pub title: String,
    /// What happens and why.
    pub text: String,
    /// What to do.
    pub remedy: String,
    /// Where it is told.
    pub references: Vec<Reference>,
    /// What was not read, where it is only possible.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub missing: Vec<String>,
    /// The bytes on which it matched.
    pub evidence: Vec<Evidence>,
}

/// Something to ask for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Ask {
    /// The command, which only reads.
    pub command: String,
    /// What it would tell.
    pub tells: String,
    /// Words of the formats by which its output is read.
    pub formats: Vec<String>,
    /// Whether it needs root.
    pub root: bool,
}

/// What `ask` found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct AskReport {
    /// The hosts: each bundle and each archive is one, and all loose texts together are one.
    pub hosts: Vec<HostAsks>,
}

/// What to ask of one host.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct HostAsks {
    /// The bundle, or the texts as one.
    pub bundle: BundleIdentity,
    /// The commands, the most valuable first, each once.
    pub asks: Vec<Ask>,
    /// Why these and no others.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<String>,
    /// One line for a shell that gathers them all into one file; absent where there is nothing to ask.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hand_over: Option<String>,
}

/// What `expect` found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ExpectReport {
    /// The bundle or text.
    pub bundle: BundleIdentity,
    /// How much the evidence can carry.
    pub assurance: Assurance,
    /// By device and name, in the order asked.
    pub rows: Vec<ExpectRow>,
    /// The exit code.
    pub exit_code: u8,
}

/// Whether one setting took on one device.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ExpectRow {
    /// About whom.
    pub subject: Subject,
    /// The name as it was asked.
    pub name: String,
    /// The value as it was asked.
    pub wanted: String,
    /// What became of it.
    pub state: ExpectState,
    /// In words.
    pub words: String,
    /// What the views say.
    pub found: Vec<ExpectFound>,
    /// The bytes that show it.
    pub evidence: Vec<Evidence>,
}

/// What one view says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ExpectFound {
    /// The view; absent for facts without one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub view: Option<View>,
    /// The value, or why there is none.
    pub knowledge: Knowledge,
}

/// What became of a setting.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum ExpectState {
    /// The current value is the wanted one.
    Took,
    /// The next boot's value is the wanted one, the current is not.
    Pending,
    /// Neither is.
    NotSet,
    /// It was not read.
    Unknown,
}

impl ExpectState {
    /// The word used on screens.
    pub fn word(self) -> &'static str {
        match self {
            Self::Took => "took",
            Self::Pending => "pending",
            Self::NotSet => "not set",
            Self::Unknown => "unknown",
        }
    }
}

/// What `known` found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct KnownReport {
    /// The issues, by id.
    pub issues: Vec<crate::model::known_issue::KnownIssue>,
    /// What is wrong with files, for `lint`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub faults: Vec<String>,
}
