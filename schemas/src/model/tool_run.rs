//! Runs of the vendor's tools: the command lines with all that came of them.
//!
//! The member `devices/…/tools.json` is a [`ToolRuns`]; what a run printed is a member of its own. Must not do: hold a
//! command line that changes anything (the collector's list is closed), or interpret what was printed.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::status::CollectionStatus;

/// Name of the member of a device's folder that holds [`ToolRuns`].
pub const TOOLS_MEMBER: &str = "tools.json";

/// All runs for one device, in the order in which they were made.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ToolRuns {
    /// One row per command line that was to be run.
    pub runs: Vec<ToolRun>,
}

/// One run of a tool.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ToolRun {
    /// Program and arguments, as they were run.
    pub command: Vec<String>,
    /// The program's file.
    pub program: ToolProgram,
    /// What became of it: captured (also with a failing exit code), timeout, error, skipped.
    pub status: CollectionStatus,
    /// Why, where nothing was captured; or what is to be known of what was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// Exit code, where it exited.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub exit_code: Option<i32>,
    /// Signal that ended it, where one did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub signal: Option<i32>,
    /// How long it took, in milliseconds.
    pub elapsed_ms: u64,
    /// Member with what it printed on stdout.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stdout: Option<String>,
    /// Member with what it printed on stderr, where it printed anything.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stderr: Option<String>,
    /// Whether output was cut because it was too long.
    pub cut: bool,
}

/// The program that was run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ToolProgram {
    /// Its file, symbolic links resolved.
    pub path: String,
    /// SHA-256 of the file, in hex.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sha256: Option<String>,
    /// What it says of its version.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version: Option<String>,
}
