//! What was read of the host: files of the kernel and a few system calls, as they came.
//!
//! The member `host/captures.json` is a [`HostCaptures`]. Must not do: interpret (see `decode::host`).

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::status::CollectionStatus;

/// Name of the member that holds [`HostCaptures`].
pub const HOST_MEMBER: &str = "host/captures.json";

/// Attributes of a PCI function that are read (`sys/bus/pci/devices/ADDRESS/…`): identification, links, SR-IOV.
pub const FUNCTION_ATTRIBUTES: &[&str] = &[
    "vendor",
    "device",
    "subsystem_vendor",
    "subsystem_device",
    "revision",
    "class",
    "sriov_totalvfs",
    "sriov_numvfs",
    "sriov_drivers_autoprobe",
    "sriov_vf_total_msix",
    "sriov_offset",
    "sriov_stride",
    "current_link_speed",
    "current_link_width",
    "max_link_speed",
    "max_link_width",
    "numa_node",
];
/// Attributes of a network interface that are read (`…/net/NAME/…`).
pub const INTERFACE_ATTRIBUTES: &[&str] =
    &["operstate", "carrier", "speed", "duplex", "mtu", "dev_port", "phys_port_name"];
/// Attributes of an RDMA device that are read (`…/infiniband/NAME/…`).
pub const RDMA_ATTRIBUTES: &[&str] = &["fw_ver", "board_id", "hca_type", "node_type"];
/// Attributes of one of its ports that are read (`…/ports/N/…`).
pub const RDMA_PORT_ATTRIBUTES: &[&str] = &["state", "phys_state", "rate", "link_layer"];

/// All captures of the host, ordered by name.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct HostCaptures {
    /// One row per item that was looked for.
    pub captures: Vec<HostCapture>,
}

/// One item of the host.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct HostCapture {
    /// What it is: the path below the root for a file (`proc/sys/kernel/tainted`, without a leading slash), or
    /// `kernel-log` (only lines of fwctl and mlx5, one a line), or what was asked by a system call, with the PCI
    /// address that it was asked of: `ethtool-drvinfo@0000:3b:00.0/eth2`, `devlink-info@0000:3b:00.0`.
    pub name: String,
    /// What became of it.
    pub status: CollectionStatus,
    /// The text as it came, at most 64 KiB; bytes that are not UTF-8 are not kept (see `base16`).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
    /// The bytes in hex where they are not text (EFI variables, netlink messages, `struct ethtool_drvinfo`), in the
    /// host's byte order.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub base16: Option<String>,
    /// Why it is not captured, in words for people (with the errno's name); or what was left out of a captured text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}
