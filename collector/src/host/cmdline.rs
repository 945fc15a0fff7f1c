//! The kernel command line: only parameters that bear on the drivers, their trust and PCI are kept.
//!
//! Must not do: keep the rest. Command lines name hosts, addresses, disks and now and then passwords.

use mlx5_schemas::model::host::HostCapture;

use super::{CAPTURE_LIMIT, files, masking};
use crate::root::Root;

const NAME: &str = "proc/cmdline";

/// Parameters that are kept whole.
const KEPT: &[&str] = &[
    "lockdown",
    "module.sig_enforce",
    "panic_on_taint",
    "module_blacklist",
    "modprobe.blacklist",
    "rd.driver.blacklist",
    "iommu",
    "intel_iommu",
    "amd_iommu",
    "pci",
    "pcie_aspm",
    "pcie_port_pm",
    "default_hugepagesz",
    "hugepagesz",
    "hugepages",
    "debugfs",
    "efi",
    "kexec_load_disabled",
    "fips",
];

/// Beginnings of parameters that are kept whole: of the drivers, and of the IOMMU and PCI layers.
const KEPT_PREFIXES: &[&str] = &["mlx5_", "mlx5ctl.", "fwctl.", "ib_core.", "iommu.", "vfio"];

/// The command line with everything else left out; the reason says how much that was.
pub(super) fn capture(root: &Root) -> HostCapture {
    let head = match root.read(NAME, CAPTURE_LIMIT) {
        Ok(head) => head,
        Err(error) => return files::unreadable(NAME, &error),
    };
    let line = String::from_utf8_lossy(&head.bytes);
    let (kept, left_out): (Vec<&str>, Vec<&str>) =
        line.split_ascii_whitespace().partition(|word| is_kept(word));
    let mut text = masking::addresses(&kept.join(" "));
    text.push('\n');
    let mut capture = files::captured(NAME, text);
    if !left_out.is_empty() {
        capture.reason = Some(format!("{} other parameters are left out", left_out.len()));
    }
    capture
}

fn is_kept(word: &str) -> bool {
    let name = word.split('=').next().unwrap_or_default();
    KEPT.contains(&name) || KEPT_PREFIXES.iter().any(|prefix| name.starts_with(prefix))
}
