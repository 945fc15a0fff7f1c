//! The report: what the analyzer's verbs say with `--format json`.
//!
//! One form for all verbs: an envelope with `schema` and `schema_version`, and under `result` what the verb found.
//! Changes within a version only add members.
//!
//! Must not do: know how a report is laid out for people.

mod baseline_diff;
mod baseline_test;
mod catalog;
mod check;
mod diff;
mod explain;
mod fold;
mod import;
mod lint;
mod triage;

use chrono::{DateTime, Utc};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::fact::Fact;
use super::manifest::{Device, Ending, ProbeReport, Seal, Source, Tool};
use super::verdict::{Assurance, Cap};

pub use baseline_diff::{BaselineChange, BaselineDiffReport, BaselineEffect, BaselinePart};
pub use baseline_test::{BaselineTestReport, Expectation};
pub use catalog::{
    CatalogCounts, CatalogEntry, CatalogIdentity, CatalogReport, EntryKind, EntryPlace, NamedValue,
};
pub use check::{
    BaselineIdentity, BundleReview, CheckReport, Counts, DeviceReview, Finding, Found, IncludedBaseline,
    Policy, RuleCoverage, WaivedBy, WaiverFileIdentity,
};
pub use diff::{
    Change, ChangeGroup, ChangeKind, ContextRow, DevicePair, DiffOutcome, DiffReport, DiffSelection,
    GroupCounts, MatchedBy, NotCompared, Sides,
};
pub use explain::{
    Bound, EvidenceShown, ExplainReport, FindingExplained, PatternExplained, RuleExplained, RuleReport,
};
pub use fold::{Fold, FoldCause};
pub use import::ImportReport;
pub use lint::{LintFinding, LintReport, LintSeverity};
pub use triage::{
    Ask, AskReport, CardTriage, ExpectFound, ExpectReport, ExpectRow, ExpectState, HostAsks, HostTriage,
    IssueFound, KnownReport, SettingDifference, Statement, Tone, Topic, TriageReport,
};

/// Value of [`Report::schema`].
pub const REPORT_SCHEMA: &str = "mlx5-report";
/// Value of [`Report::schema_version`].
pub const REPORT_VERSION: u32 = 1;

/// A report.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Report {
    /// Always `mlx5-report`.
    pub schema: String,
    /// Version of this form: 1.
    pub schema_version: u32,
    /// The analyzer that made it, with the catalog by which it decoded.
    pub tool: Tool,
    /// That catalog: the embedded one, or the one that was chosen.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub catalog: Option<CatalogIdentity>,
    /// What the verb found.
    pub result: ReportResult,
}

/// What a verb found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", tag = "verb")]
// One per run of the program: a box would save nothing.
#[allow(clippy::large_enum_variant)]
pub enum ReportResult {
    /// `verify`.
    Verify(VerifyReport),
    /// `show`.
    Show(ShowReport),
    /// `diff`.
    Diff(DiffReport),
    /// `check`.
    Check(CheckReport),
    /// `explain`.
    Explain(ExplainReport),
    /// `check --explain`.
    Rule(RuleReport),
    /// `catalog`.
    Catalog(CatalogReport),
    /// `import`.
    Import(ImportReport),
    /// `triage`.
    Triage(TriageReport),
    /// `ask`.
    Ask(AskReport),
    /// `expect`.
    Expect(ExpectReport),
    /// `known`.
    Known(KnownReport),
    /// `baseline diff`.
    BaselineDiff(BaselineDiffReport),
    /// `baseline lint`.
    BaselineLint(LintReport),
    /// `baseline test`.
    BaselineTest(BaselineTestReport),
}

/// Which bundle, and how it came to be.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct BundleIdentity {
    /// File name as it was given.
    pub file: String,
    /// The bundle's id.
    pub id: String,
    /// When collection began.
    pub created: DateTime<Utc>,
    /// The collector.
    pub collector: Tool,
    /// Where the evidence comes from.
    pub source: Source,
    /// Whether nothing that was asked for is missing.
    pub complete: bool,
    /// How the run ended.
    pub ending: Ending,
    /// The collector's words about the run.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<String>,
    /// What its signature is worth.
    pub signature: SignatureReport,
}

/// What a signature is worth.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct SignatureReport {
    /// Whose it is.
    pub signer: Signer,
    /// How the bundle says it was sealed.
    pub seal: Seal,
    /// Whether the seal that the manifest names and the signature found agree.
    pub agrees: bool,
}

/// Whose signature it is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", tag = "kind")]
pub enum Signer {
    /// A key that the user named.
    Trusted {
        /// The principal written beside it.
        principal: String,
        /// `SHA256:…` fingerprint.
        fingerprint: String,
    },
    /// A key that the user did not name.
    Unknown {
        /// `SHA256:…` fingerprint.
        fingerprint: String,
    },
    /// Nobody.
    Unsigned,
}

/// What `verify` found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct VerifyReport {
    /// File name as it was given.
    pub file: String,
    /// The outcome.
    pub state: VerifyState,
    /// The bundle, where it could be opened.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bundle: Option<BundleIdentity>,
    /// Number of members whose digests were compared.
    pub members: u64,
    /// Why it is broken, where it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
}

/// The outcome of `verify`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum VerifyState {
    /// Intact, and signed by a key that the user named.
    Trusted,
    /// Intact, but unsigned or signed by a key that the user did not name.
    NotTrusted,
    /// Refused.
    Broken,
}

/// What `show` found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ShowReport {
    /// The bundle.
    pub bundle: BundleIdentity,
    /// The devices.
    pub devices: Vec<DeviceSummary>,
    /// The host.
    pub host: HostSummary,
    /// The facts that the patterns match; none without patterns.
    pub facts: Vec<Fact>,
}

/// A device at a glance.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct DeviceSummary {
    /// The manifest's row.
    pub device: Device,
    /// Running firmware version, where it was read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub firmware: Option<String>,
    /// PSID, where it was read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub psid: Option<String>,
    /// Number of ports, where it was read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ports: Option<u64>,
    /// Coverage: the manifest's rows for this device.
    pub probes: Vec<ProbeReport>,
    /// Number of facts, and of those without a value.
    pub facts: FactCounts,
    /// How much the evidence about it can carry.
    pub assurance: Assurance,
    /// Why no more, the host's reasons first.
    pub caps: Vec<Cap>,
    /// What the device shows of itself: the facts under `taint/`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub signs: Vec<Fact>,
}

/// The host at a glance.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct HostSummary {
    /// The kernel's taint mask, where it was read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub taint: Option<u64>,
    /// The letters of the bits set.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub taint_letters: Option<String>,
    /// Kernel release.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kernel: Option<String>,
    /// Distribution.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub distribution: Option<String>,
    /// Lockdown.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lockdown: Option<String>,
    /// Coverage: the manifest's rows for the host.
    pub probes: Vec<ProbeReport>,
}

/// How many facts there are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
pub struct FactCounts {
    /// With a value.
    pub known: u64,
    /// Without one.
    pub unknown: u64,
}
