//! What `import` made.
//!
//! Must not do: repeat what the bundle's source lists (texts, archives).

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{BundleIdentity, FactCounts};
use crate::model::manifest::Device;

/// What `import` made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ImportReport {
    /// The bundle; its `source` lists the texts that were read and those of their lines that were not.
    pub bundle: BundleIdentity,
    /// Length of the bundle's file in bytes.
    pub bytes: u64,
    /// Whether everything that was wanted was there: no archive ended too early or held more than is kept.
    pub whole: bool,
    /// The devices that the texts speak of.
    pub devices: Vec<Device>,
    /// Number of facts, and of those without a value.
    pub facts: FactCounts,
}
