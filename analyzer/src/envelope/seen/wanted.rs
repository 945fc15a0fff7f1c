//! Which facts a baseline is made of.
//!
//! Must not do: leave out silently what somebody could set: what is left out has a reason, and is listed.

use mlx5_schemas::catalog::Catalog;
use mlx5_schemas::model::fact::Fact;

use crate::case::{is_parameter, tlv_of};
use crate::diff::{is_companion, is_volatile, names_one_card};
use crate::pattern::Pattern;

/// What the baseline is about. The two do not go into one file: what the kernel tells carries less.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::envelope) enum Of {
    /// NV configuration alone.
    Nv,
    /// What the devices' firmware says: NV configuration and registers.
    Devices,
    /// What the kernel tells, of the host and of devices.
    Kernel,
    /// What tells whether the kernel can be trusted.
    Trust,
}

/// What is wanted.
#[derive(Debug, Clone)]
pub(in crate::envelope) struct Wanted<'p> {
    pub(in crate::envelope) of: Of,
    /// Only what these take, where there is one.
    pub(in crate::envelope) only: &'p [Pattern],
    /// Not what these take.
    pub(in crate::envelope) ignore: &'p [Pattern],
}

/// Why a fact is left out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::envelope) enum LeftOut {
    /// It changes by itself.
    Volatile,
    /// It names one card or one host.
    Identity,
    /// It says which firmware this is, which is the selection's to say.
    Firmware,
}

impl LeftOut {
    /// In words.
    pub(in crate::envelope) fn words(self) -> &'static str {
        match self {
            Self::Volatile => "change by themselves (measured, counted, clocked)",
            Self::Identity => "name one card or one host",
            Self::Firmware => "say which firmware and board it is, as the selection does",
        }
    }
}

/// Registers that say which firmware and board it is, and which others there are.
const FIRMWARE: &[&str] =
    &["reg/MGIR", "reg/MCQI", "reg/MCQS", "reg/MQIS", "reg/MSGI", "reg/MCAM", "reg/PCAM", "reg/QCAM"];
/// What the kernel tells that names one host, or one boot of it.
const OF_ONE_HOST: &[&str] = &[
    "host/cmdline",
    "host/container_hints",
    "host/fwctl_requester",
    "host/kernel_version",
    "host/distribution",
    "pci/numa_node",
    "host/hostname",
];
/// What tells whether the kernel can be trusted.
const TRUST: &[&str] = &["host/taint_at_end", "host/lockdown", "host/sig_enforce", "host/secure_boot"];

impl Wanted<'_> {
    /// Whether a fact is wanted; an error says why it is left out though it is of what is wanted.
    pub(in crate::envelope) fn takes(&self, fact: &Fact, catalog: &Catalog) -> Result<bool, LeftOut> {
        let path = fact.path.as_str();
        let named = self.only.iter().any(|pattern| pattern.takes(fact));
        let is_wanted = match self.of {
            Of::Nv => is_setting(catalog, path, named),
            Of::Devices => {
                is_setting(catalog, path, named)
                    || path.starts_with("reg/") && !is_index(catalog, path)
                    // What firmware can do is nobody's setting, unless somebody asks for it.
                    || named && (path.starts_with("cap/") || path.starts_with("cap_max/"))
            }
            Of::Kernel => ["host/", "pci/", "driver/", "netdev/", "rdma/", "devlink/"]
                .iter()
                .any(|root| path.starts_with(root)),
            Of::Trust => {
                TRUST.contains(&path)
                    || path.starts_with("host/taint/")
                    || path.starts_with("host/module/") && path.ends_with("/taint")
            }
        };
        let is_said = self.only.is_empty() || named;
        if !is_wanted
            || !is_said
            || is_companion(path)
            || self.ignore.iter().any(|pattern| pattern.takes(fact))
        {
            return Ok(false);
        }
        if is_volatile(path) {
            return Err(LeftOut::Volatile);
        }
        let last = path.rsplit(['/', '.']).next().unwrap_or(path);
        if names_one_card(path)
            || OF_ONE_HOST.contains(&path)
            || matches!(last, "srcversion" | "phys_port_name")
        {
            return Err(LeftOut::Identity);
        }
        let of_register = |register: &str| {
            path.strip_prefix(register).is_some_and(|rest| rest.starts_with(['.', '[', '/']))
        };
        let is_firmware = FIRMWARE.iter().any(|register| of_register(register))
            || path.starts_with("devlink/info.")
            || matches!(last, "fw_ver" | "board_id" | "hca_type");
        if is_firmware { Err(LeftOut::Firmware) } else { Ok(true) }
    }
}

/// Whether a field only says which instance of its register this is.
fn is_index(catalog: &Catalog, path: &str) -> bool {
    let Some((register, field)) = path.strip_prefix("reg/").and_then(|rest| rest.rsplit_once(['.'])) else {
        return false;
    };
    let name = register.split(['[', '.']).next().unwrap_or_default();
    let register = catalog.register_by_name(name);
    // The upper bits of a port's number are told of beside its lower ones.
    field == "lp_msb" || register.is_some_and(|known| known.indexes.iter().any(|index| index.path == field))
}

/// Whether a path is that of a parameter that somebody can set.
fn is_setting(catalog: &Catalog, path: &str, named: bool) -> bool {
    let of_capability = || {
        let tlv = tlv_of(path)?;
        Some(catalog.tlv(tlv.class, tlv.index)?.capability)
    };
    path.starts_with("nv/") && is_parameter(path) && (named || !of_capability().unwrap_or_default())
}

/// A path with `*` in place of what is called otherwise on each host: interfaces, RDMA devices, modules.
pub(super) fn family_of(path: &str) -> String {
    let starred = |root: &str| {
        let (_, attribute) = path.strip_prefix(root)?.split_once('.')?;
        Some(format!("{root}*.{attribute}"))
    };
    let module = || {
        let module = path.strip_prefix("host/module/")?.strip_suffix("/taint")?;
        (!module.contains('/')).then(|| "host/module/*/taint".to_owned())
    };
    starred("netdev/").or_else(|| starred("rdma/")).or_else(module).unwrap_or_else(|| path.to_owned())
}

/// A path without what stands in brackets.
pub(in crate::envelope) fn without_indexes(path: &str) -> String {
    let mut depth = 0_usize;
    let mut out = String::new();
    for character in path.chars() {
        match character {
            '[' => depth = depth.saturating_add(1),
            ']' => depth = depth.saturating_sub(1),
            _ if depth == 0 => out.push(character),
            _ => {}
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_one_host_are_patterns() {
        for (path, expected) in [
            ("netdev/eth0.mtu", "netdev/*.mtu"),
            ("rdma/mlx5_0.port1.state", "rdma/*.port1.state"),
            ("host/module/mlx5_core/taint", "host/module/*/taint"),
            ("host/module/mlx5_core/parameters/debug_mask", "host/module/mlx5_core/parameters/debug_mask"),
            ("host/taint/J", "host/taint/J"),
        ] {
            assert_eq!(family_of(path), expected);
        }
        assert_eq!(without_indexes("reg/MTMP[sensor_index=0].name[3]"), "reg/MTMP.name");
    }
}
