//! What the analyzer says of the catalog itself: which one was used, and what is in it.
//!
//! Must not do: hold a catalog; this is what is told of one.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Which catalog was decoded by.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct CatalogIdentity {
    /// SHA-256 of its text, in hex.
    pub sha256: String,
    /// Where its facts come from.
    pub source: String,
}

/// What `catalog` tells.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct CatalogReport {
    /// Which catalog.
    pub catalog: CatalogIdentity,
    /// How much it has in all.
    pub counts: CatalogCounts,
    /// What was asked for, in the catalog's order.
    pub entries: Vec<CatalogEntry>,
    /// The file that it was kept in, by `catalog import`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub file: Option<String>,
    /// What could not be taken from the files, or stayed the embedded catalog's.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<String>,
}

/// How much a catalog has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct CatalogCounts {
    /// TLVs.
    pub tlvs: usize,
    /// Parameters of all TLVs.
    pub parameters: usize,
    /// Parameters that mstconfig has a name for.
    pub named_parameters: usize,
    /// Registers.
    pub registers: usize,
    /// Leaf fields of all registers.
    pub register_fields: usize,
    /// Capability pages.
    pub capabilities: usize,
    /// Fields of all capability pages.
    pub capability_fields: usize,
}

/// What an entry is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum EntryKind {
    /// A TLV.
    Tlv,
    /// A parameter of a TLV.
    Parameter,
    /// A register.
    Register,
    /// A capability page.
    Capability,
    /// A field of a register or page.
    Field,
    /// Something that only other releases have.
    Gone,
}

/// One thing of a catalog.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct CatalogEntry {
    /// What it is.
    pub kind: EntryKind,
    /// Its path, as facts have it.
    pub path: String,
    /// Its names: today's first.
    pub names: Vec<String>,
    /// In short: sizes, versions, kind of value, access.
    pub words: Vec<String>,
    /// First bit from the start of the TLV's data, register or page, and bits.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub place: Option<EntryPlace>,
    /// Named values.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub values: Vec<NamedValue>,
    /// When it means anything, as the source says it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub conditions: Vec<String>,
    /// What other releases say of it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub releases: Vec<String>,
}

/// A place in data.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct EntryPlace {
    /// First bit, bit 0 being the most significant of byte 0.
    pub bit_offset: u32,
    /// Bits (of one element).
    pub bit_width: u32,
    /// Elements, where it is an array; 0: known only at run time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub elements: Option<u32>,
}

/// A value with a name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct NamedValue {
    /// The number.
    pub number: u64,
    /// The name.
    pub name: String,
}
