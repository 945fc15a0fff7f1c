//! Facts: what analysis sees. Everything that is compared is one.
//!
//! Must not do: judge (no verdicts here), or hold a value without the bytes that show it.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::status::CollectionStatus;

/// Whom or what a fact is about.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", tag = "kind", deny_unknown_fields)]
pub enum Subject {
    /// The host.
    Host,
    /// A device as its PCI function shows it: `device` is the manifest's device id.
    Device {
        /// Device id.
        device: String,
    },
    /// A port of a device, from 1.
    Port {
        /// Device id.
        device: String,
        /// Port number.
        port: u32,
    },
    /// A cable module of a device, from 0.
    Module {
        /// Device id.
        device: String,
        /// Module number.
        module: u32,
    },
}

impl Subject {
    /// The device id, but for the host.
    pub fn device(&self) -> Option<&str> {
        match self {
            Self::Host => None,
            Self::Device { device } | Self::Port { device, .. } | Self::Module { device, .. } => Some(device),
        }
    }
}

impl std::fmt::Display for Subject {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Host => f.write_str("host"),
            Self::Device { device } => f.write_str(device),
            Self::Port { device, port } => write!(f, "{device} port {port}"),
            Self::Module { device, module } => write!(f, "{device} module {module}"),
        }
    }
}

/// The views of NV configuration.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum View {
    /// Factory default.
    Default,
    /// In force now.
    Current,
    /// In force after the next reset.
    Next,
}

impl View {
    /// All views, in the order of columns.
    pub const ALL: [Self; 3] = [Self::Default, Self::Current, Self::Next];

    /// The word used in files and on screens.
    pub fn word(self) -> &'static str {
        match self {
            Self::Default => "default",
            Self::Current => "current",
            Self::Next => "next",
        }
    }
}

/// A value.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", tag = "type", deny_unknown_fields)]
pub enum Value {
    /// An unsigned number, with its name where an enumeration gives one (`ETH`, `True`).
    Number {
        /// The number.
        number: u64,
        /// Its name.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        name: Option<String>,
    },
    /// Text.
    Text {
        /// The text.
        text: String,
    },
    /// Bytes, in hex.
    Bytes {
        /// Lower-case hex, two digits a byte.
        hex: String,
    },
}

impl std::fmt::Display for Value {
    /// As mstconfig prints: `ETH(2)`, `16`; text and hex as they are.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Number { number, name: Some(name) } => write!(f, "{name}({number})"),
            Self::Number { number, name: None } => write!(f, "{number}"),
            Self::Text { text } => f.write_str(text),
            Self::Bytes { hex } => f.write_str(hex),
        }
    }
}

/// A known value, or why there is none.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", tag = "state", deny_unknown_fields)]
pub enum Knowledge {
    /// Read.
    Known {
        /// The value.
        value: Value,
    },
    /// Not known, and why.
    Unknown {
        /// What became of the item.
        status: CollectionStatus,
        /// In words: firmware status and syndrome, errno, or the reason for not asking.
        reason: String,
    },
}

/// How a value reached us; it bounds how much the value can carry.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Route {
    /// Firmware, over fwctl.
    Fwctl,
    /// Firmware, over the out-of-tree mlx5ctl.
    Mlx5ctl,
    /// The vendor's installed tools, run by the collector.
    VendorTool,
    /// The host's kernel (procfs, sysfs, devlink, its log).
    Kernel,
    /// A simulated card.
    Simulated,
    /// Files below another root.
    AlternateRoot,
    /// Text of another program that somebody handed over; nobody sealed it where it was made.
    Imported,
}

/// The bytes that show a fact.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Evidence {
    /// Member of the bundle.
    pub member: String,
    /// First byte of the record within the (uncompressed) member.
    pub offset: u64,
    /// Length of the record in bytes.
    pub length: u64,
    /// The field within the command output that the record holds, where the fact is a field.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub field: Option<FieldPlace>,
}

/// A field of a command output.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct FieldPlace {
    /// Bit offset from the first byte of the output, bit 0 being the most significant bit of byte 0.
    pub bit_offset: u32,
    /// Width in bits.
    pub bit_width: u32,
}

/// One fact.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Fact {
    /// About whom.
    pub subject: Subject,
    /// Stable path: `nv/0:0x080.total_vfs`, `reg/PTYS.eth_proto_admin`, `cap/GENERAL.uctx_cap`, `host/taint`.
    pub path: String,
    /// Other names of the same thing, the one that mstconfig prints first (`NUM_OF_VFS`, `LINK_TYPE_P1`).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub aliases: Vec<String>,
    /// The view, for NV configuration.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub view: Option<View>,
    /// The value.
    pub knowledge: Knowledge,
    /// How it reached us.
    pub route: Route,
    /// The bytes that show it. Never empty.
    pub evidence: Vec<Evidence>,
}

impl Fact {
    /// The value, where it is known.
    pub fn value(&self) -> Option<&Value> {
        match &self.knowledge {
            Knowledge::Known { value } => Some(value),
            Knowledge::Unknown { .. } => None,
        }
    }

    /// The name for people: the first alias, or the path.
    pub fn name(&self) -> &str {
        self.aliases.first().unwrap_or(&self.path)
    }
}
