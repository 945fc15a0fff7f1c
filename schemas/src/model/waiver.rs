//! Waivers: findings that somebody accepted, with a reason and until a day.
//!
//! `docs/waivers.md` explains every member with examples. The form is versioned; a reader refuses versions and members that
//! it does not know, because a waiver that is not understood must not accept anything.
//!
//! Must not do: waive. What a waiver is about in a bundle is the analyzer's to find out.

use chrono::NaiveDate;
use schemars::JsonSchema;
use serde::{Deserialize, Deserializer, Serialize, de};

use super::reference::Reference;

/// Value of [`Waivers::schema`].
pub const WAIVERS_SCHEMA: &str = "mlx5-waivers";
/// Value of [`Waivers::schema_version`] that this code reads.
pub const WAIVERS_VERSION: u32 = 1;

/// A file of waivers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Waivers {
    /// Always `mlx5-waivers`.
    pub schema: String,
    /// Version of this form: 1.
    pub schema_version: u32,
    /// What the file is for, in words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// The waivers. At least one.
    pub waivers: Vec<Waiver>,
}

/// One waiver. It names either a finding, or a rule and a subject.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Waiver {
    /// Stable name, unique over all files given: lower-case letters, digits and dashes.
    pub id: String,
    /// The finding, by the id that reports give it. The id is the same on every host whose device has the same PCI address;
    /// `subject` narrows it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub finding: Option<String>,
    /// Pattern of rules: `site/virtual-functions`, `site/*`. It needs a subject.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rule: Option<String>,
    /// Whom it is about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub subject: Option<WaiverSubject>,
    /// Patterns of paths and aliases of facts; every fact of the rule without them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub facts: Vec<String>,
    /// Why it is accepted.
    pub reason: String,
    /// Who accepted it.
    pub owner: String,
    /// The last day on which it holds, in UTC: `2027-03-31`.
    #[serde(deserialize_with = "day")]
    pub expires: NaiveDate,
    /// Where it is dealt with.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ticket: Option<String>,
    /// What it rests on.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub references: Vec<Reference>,
}

/// Whom a waiver is about. Every member that is given must hold; what was not read of a device does not hold. At least one.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct WaiverSubject {
    /// The device's PCI address: `0000:3b:00.0`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub device: Option<String>,
    /// Pattern over its PSID: `MT_0000000436`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub psid: Option<String>,
    /// Its serial number, where a text tells it. Some boards share one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub serial: Option<String>,
    /// Its base MAC address: `b8:3f:d2:00:01:00`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub base_mac: Option<String>,
    /// A port of it, from 1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub port: Option<u32>,
    /// Findings about the host itself, and no device of it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub host: bool,
}

/// The form that the JSON Schema names and no other, with an error that says so.
fn day<'de, D: Deserializer<'de>>(deserializer: D) -> Result<NaiveDate, D::Error> {
    let text = String::deserialize(deserializer)?;
    let day = NaiveDate::parse_from_str(&text, "%Y-%m-%d").ok();
    day.filter(|day| day.to_string() == text)
        .ok_or_else(|| de::Error::custom(format!("`{text}` is no day such as 2027-03-31")))
}
