//! Where something is told: the public pages that known issues, rules and findings point at.
//!
//! Must not do: fetch anything.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

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
