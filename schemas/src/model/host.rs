//! What was read of the host: files of the kernel and a few system calls, as they came.
//!
//! The member `host/captures.json` is a [`HostCaptures`]. Must not do: interpret (see `decode::host`).

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::status::CollectionStatus;

/// Name of the member that holds [`HostCaptures`].
pub const HOST_MEMBER: &str = "host/captures.json";

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
