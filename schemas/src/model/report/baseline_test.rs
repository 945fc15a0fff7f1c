//! The result of `baseline test`: each expectation, and whether it held.
//!
//! Must not do: know how it is laid out for people.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::BaselineIdentity;

/// Result of `baseline test`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct BaselineTestReport {
    /// The file of tests.
    pub file: String,
    /// Its name.
    pub name: String,
    /// The baselines that were tested.
    pub baselines: Vec<BaselineIdentity>,
    /// The expectations, in the order of the file.
    pub expectations: Vec<Expectation>,
    /// How many of them held.
    pub held: u64,
    /// How many did not.
    pub failed: u64,
}

/// Something that was expected.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Expectation {
    /// The bundle.
    pub bundle: String,
    /// Line of the file of tests that expects it, from 1.
    pub line: u64,
    /// Of what it is expected: `the word`, `vfs on NUM_OF_VFS`.
    pub about: String,
    /// What was expected.
    pub expected: String,
    /// What was found; where there are several things, each differing one.
    pub found: Vec<String>,
    /// Whether it held.
    pub held: bool,
    /// Why it is expected, where the file says so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub why: Option<String>,
}
