//! The manifest: the bundle's table of contents and its own account of how it was made. It is what is signed.
//!
//! Must not do: hold values of the device (those are in the members, raw).

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::status::CollectionStatus;

/// Member name of the manifest, always the first.
pub const MANIFEST_MEMBER: &str = "manifest.json";
/// Member name of the manifest's signature, the second where there is one.
pub const SIGNATURE_MEMBER: &str = "manifest.json.sig";
/// SSHSIG namespace of the signature.
pub const SIGNATURE_NAMESPACE: &str = "mlx5-bundle-v1";
/// Value of [`Manifest::format`].
pub const FORMAT: &str = "mlx5-bundle";
/// Value of [`Manifest::version`] that this code writes.
pub const FORMAT_VERSION: u32 = 1;

/// The manifest of a bundle.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Manifest {
    /// Always `mlx5-bundle`.
    pub format: String,
    /// Format version; readers refuse versions they do not know.
    pub version: u32,
    /// Identity of this bundle: 16 hex digits, random.
    pub id: String,
    /// When collection began.
    pub created: DateTime<Utc>,
    /// How long it took, in milliseconds.
    pub elapsed_ms: u64,
    /// What made it.
    pub tool: Tool,
    /// Where the evidence comes from.
    pub source: Source,
    /// Whether something that was asked for is missing.
    pub complete: bool,
    /// How the run ended.
    pub ending: Ending,
    /// How the bundle is sealed. This is the writer's own word; only the signature itself proves anything.
    pub seal: Seal,
    /// The devices, ordered by id.
    pub devices: Vec<Device>,
    /// Nodes of the same class that belong to other drivers, left alone.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub other_nodes: Vec<OtherNode>,
    /// One row per probe and device.
    pub probes: Vec<ProbeReport>,
    /// Words about the run as a whole (why there is no device, what was cut short).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<String>,
    /// Every member but the manifest and its signature, in name order.
    pub members: Vec<Member>,
}

/// The collector that made a bundle.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Tool {
    /// Program name.
    pub name: String,
    /// Program version.
    pub version: String,
    /// SHA-256 of the catalog by which it planned, in hex.
    pub catalog_sha256: String,
}

/// Where the evidence comes from. Anything but `live` caps assurance at `claimed`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", tag = "kind", deny_unknown_fields)]
pub enum Source {
    /// The running system.
    Live,
    /// Simulated cards.
    Simulated {
        /// The models by file name and SHA-256 (hex), in the order given; then the files that they extend.
        models: Vec<Model>,
        /// The root given for the host's files, if any.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        root: Option<String>,
    },
    /// Files below another root; no device was asked.
    AlternateRoot {
        /// The root as it was given.
        root: String,
    },
    /// Text of other programs, handed over as it was. `created` is then when it was imported.
    Imported {
        /// The texts that were read, in order.
        files: Vec<ImportedFile>,
        /// The archives and folders that some of them were in.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        archives: Vec<ImportedArchive>,
    },
}

/// An archive or folder that texts were taken from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ImportedArchive {
    /// Its file name without folders.
    pub name: String,
    /// SHA-256 of the file, in hex; none for a folder.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sha256: Option<String>,
    /// What it is: `sos-report`, `sysinfo-snapshot`, `archive`, `folder`.
    pub kind: String,
    /// Number of regular files in it.
    pub entries: u64,
    /// How many of them were read as texts.
    pub read: u64,
    /// When it was made, where it says so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub made: Option<DateTime<Utc>>,
}

/// A text that was imported.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ImportedFile {
    /// Its member name.
    pub name: String,
    /// What it was called where it came from: the path in its archive, or the file's name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub origin: Option<String>,
    /// The archive it was in: its place in `archives`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub archive: Option<u64>,
    /// SHA-256 of the member, in hex.
    pub sha256: String,
    /// Whether the member is only a part of the text: the lines of a kernel log that speak of these devices, or a
    /// text with secrets blotted out.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub reduced: bool,
    /// What the text is, all formats that were found in it: `mlxconfig-query`, `kernel-log`, ….
    pub format: String,
    /// Number of lines, blank ones too.
    pub lines: u64,
    /// Number of lines that say something and could not be read.
    pub unread: u64,
    /// The first of those lines, at most 100.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub unread_lines: Vec<UnreadLine>,
}

/// A line of an imported text that could not be read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct UnreadLine {
    /// Line number, from 1.
    pub line: u64,
    /// Its beginning, at most 120 characters.
    pub text: String,
    /// Why it was not read.
    pub reason: String,
}

/// A model of a simulated card.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Model {
    /// File name without folders.
    pub name: String,
    /// SHA-256 of the file, in hex.
    pub sha256: String,
    /// The recording, where the file is a bundle whose answers were given again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub replay: Option<Replay>,
}

impl Model {
    /// The file's name, and of a bundle what of it is given again.
    pub fn words(&self) -> String {
        match &self.replay {
            None => self.name.clone(),
            Some(replay) => format!("{} of {}, replayed", replay.device, self.name),
        }
    }
}

/// What was given again. It is the bundle's own word: replaying looks at no signature.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Replay {
    /// Id of the bundle.
    pub bundle: String,
    /// When it was collected.
    pub created: DateTime<Utc>,
    /// The device in it.
    pub device: String,
}

/// How a run ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Ending {
    /// Everything planned was tried.
    Finished,
    /// The overall deadline passed.
    Deadline,
    /// The user interrupted it.
    Interrupted,
}

/// How a bundle is sealed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", tag = "kind", deny_unknown_fields)]
pub enum Seal {
    /// A key made in memory for this run and forgotten: it seals, it does not identify.
    OneRunKey {
        /// `SHA256:…` fingerprint of the public key.
        fingerprint: String,
    },
    /// A key that the user named.
    NamedKey {
        /// `SHA256:…` fingerprint of the public key.
        fingerprint: String,
    },
    /// Not signed; the user asked for that.
    Unsigned,
}

/// How requests reach a device.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum TransportKind {
    /// `/dev/fwctl/fwctlN`.
    Fwctl,
    /// `/dev/mlx5ctl-*` of the out-of-tree mlx5ctl driver.
    Mlx5ctl,
    /// A simulated card in the collector's own process.
    Simulated,
    /// Its firmware by the vendor's installed tools only, which go through the PCI gateway.
    VendorTool,
    /// Its firmware not at all; what the kernel tells of it.
    Kernel,
    /// Not reached at all: a text speaks of it.
    Imported,
}

/// One device that was found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Device {
    /// The PCI address (`0000:3b:00.0`); stable where node numbers are not.
    pub id: String,
    /// Folder of its members: `devices/0000-3b-00.0`.
    pub folder: String,
    /// How it is reached.
    pub transport: TransportKind,
    /// Node name (`fwctl0`), where there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub node: Option<String>,
    /// `major:minor` of the node.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub device_number: Option<String>,
    /// Driver bound to the PCI function.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub driver: Option<String>,
    /// PCI identification as in sysfs: `vendor`, `device`, `subsystem_vendor`, `subsystem_device`, `revision`,
    /// `class`, each `0x…`.
    pub pci: BTreeMap<String, String>,
    /// Network interfaces of the function.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub netdevs: Vec<String>,
    /// RDMA devices of the function.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub rdma_devices: Vec<String>,
    /// The physical function's id when this is a virtual function.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub physical_function: Option<String>,
    /// FWCTL_INFO as it came.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fwctl: Option<FwctlInfo>,
    /// MLX5CTL_IOCTL_INFO as it came.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mlx5ctl: Option<Mlx5ctlInfo>,
}

impl Device {
    /// A device of which nothing is known but its id, with the folder that goes with it.
    pub fn new(id: impl Into<String>, transport: TransportKind) -> Self {
        let id = id.into();
        Self {
            folder: format!("devices/{}", id.replace(':', "-")),
            id,
            transport,
            node: None,
            device_number: None,
            driver: None,
            pci: BTreeMap::new(),
            netdevs: Vec::new(),
            rdma_devices: Vec::new(),
            physical_function: None,
            fwctl: None,
            mlx5ctl: None,
        }
    }
}

/// The answer to FWCTL_INFO (`include/uapi/fwctl/fwctl.h`, `mlx5.h`).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct FwctlInfo {
    /// `out_device_type`; 1 is mlx5.
    pub device_type: u32,
    /// User context id (`uid`).
    pub uid: u32,
    /// User context capabilities (`uctx_caps`); bit 2 is TOOLS_RESOURCES.
    pub uctx_caps: u32,
}

/// The answer to MLX5CTL_IOCTL_INFO (`struct mlx5ctl_info` of the driver's fourth version).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Mlx5ctlInfo {
    /// User context id (`uctx_uid`).
    pub uid: u16,
    /// Capabilities that the open user context was given (`uctx_cap`); 1 is RAW_TX, 2 INTERNAL_DEVICE_RESOURCES, 4
    /// TOOLS_RESOURCES.
    pub uctx_cap: u32,
    /// Those that the device has to give (`dev_uctx_cap`).
    pub dev_uctx_cap: u32,
    /// `ucap`: numbers of the caller's capabilities (13, 17, 21), put together by OR and so not to be taken apart.
    pub ucap: u32,
}

/// A node in `/sys/class/fwctl` or of mlx5ctl that is not an mlx5 device, or not one that can be placed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct OtherNode {
    /// Node name.
    pub node: String,
    /// Driver bound to its parent, where known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub driver: Option<String>,
    /// Why it was left alone.
    pub reason: String,
}

/// What became of one probe on one device (or on the host).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ProbeReport {
    /// Device id; absent for the host.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub device: Option<String>,
    /// Probe id: `identity`, `nv`, `capabilities`, `registers`, `tools`, `host`.
    pub probe: String,
    /// The worst of its items, by the order of [`CollectionStatus`].
    pub status: CollectionStatus,
    /// Why, where the status is a gap.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// Milliseconds from the start of the run to the start of the probe.
    pub start_ms: u64,
    /// How long it took, in milliseconds.
    pub elapsed_ms: u64,
    /// Number of items by status, without zeros.
    pub items: BTreeMap<String, u64>,
    /// Names of the members it wrote.
    pub members: Vec<String>,
}

/// One member of the bundle.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Member {
    /// Name in the archive.
    pub name: String,
    /// Uncompressed length in bytes.
    pub length: u64,
    /// SHA-256 of the uncompressed bytes, in hex.
    pub sha256: String,
}
