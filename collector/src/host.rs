//! The host probe: files of the kernel that bear on taint, lockdown, drivers and the PCI functions asked.
//!
//! Every item that is looked for gives one capture, whether it is there or not. Must not do: keep host names, machine
//! ids or network addresses, interpret what it reads (see `mlx5_schemas::decode::host`), or change anything.

use mlx5_schemas::model::host::HostCapture;
use mlx5_schemas::model::status::CollectionStatus;

use crate::root::Root;

mod cmdline;
mod files;
mod kernel_log;
mod masking;
mod platform;

/// Most bytes of text that one capture keeps.
pub(crate) const CAPTURE_LIMIT: usize = 64 << 10;

/// Name of the capture of the taint mask.
const TAINT: &str = "proc/sys/kernel/tainted";
/// Name of the capture of the taint mask when everything else was done.
const TAINT_AT_END: &str = "proc/sys/kernel/tainted@end";

/// Files that are kept as they come.
const FILES: &[&str] = &[
    "proc/sys/kernel/random/boot_id",
    "proc/uptime",
    "proc/sys/kernel/osrelease",
    "proc/sys/kernel/arch",
    "sys/kernel/security/lockdown",
    "sys/module/module/parameters/sig_enforce",
    "sys/module/mlx5_core/parameters/debug_mask",
    "sys/module/mlx5_core/parameters/prof_sel",
];

/// Modules whose state counts: the in-tree driver, its fwctl interface, and what out-of-tree drivers bring.
const MODULES: &[&str] = &["mlx5_core", "mlx5_ib", "mlx5_fwctl", "fwctl", "mlx5ctl", "mlx_compat", "ib_core"];

/// Attributes of a PCI function that are configuration (all of them plain, quick reads).
const FUNCTION_ATTRIBUTES: &[&str] = &[
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

/// Reads everything and hands over each capture as soon as it is there, so that a file that hangs costs only what
/// comes after it. `functions` are the PCI addresses whose attributes are wanted.
pub fn capture(root: &Root, functions: &[String], sink: &mut dyn FnMut(HostCapture)) {
    sink(taint(root, TAINT));
    for name in FILES {
        sink(files::text(root, name));
    }
    sink(platform::version(root));
    sink(platform::distribution(root));
    sink(platform::secure_boot(root));
    sink(platform::debugfs(root));
    sink(platform::container(root));
    sink(cmdline::capture(root));
    modules(root, sink);
    for function in functions {
        for attribute in FUNCTION_ATTRIBUTES {
            sink(files::text(root, &format!("{}/{function}/{attribute}", crate::discovery::pci::FUNCTIONS)));
        }
    }
    kernel_log::capture(root, sink);
}

/// Reads the taint mask once more, after the last device was asked: the bundle itself shows whether the run set a bit.
pub fn taint_at_end(root: &Root) -> HostCapture {
    taint(root, TAINT_AT_END)
}

fn taint(root: &Root, name: &str) -> HostCapture {
    let capture = files::text(root, TAINT);
    // Every kernel has this file: one that is missing says nothing of taint, and is not to pass for "there is none".
    let is_absent = capture.status == CollectionStatus::Absent;
    let status = if is_absent { CollectionStatus::Error } else { capture.status };
    HostCapture { name: name.to_owned(), status, ..capture }
}

/// The named modules, and any other module that taints.
fn modules(root: &Root, sink: &mut dyn FnMut(HostCapture)) {
    for module in MODULES {
        for attribute in ["taint", "version", "srcversion"] {
            sink(files::text(root, &format!("sys/module/{module}/{attribute}")));
        }
    }
    for module in root.names("sys/module").unwrap_or_default() {
        if MODULES.contains(&module.as_str()) {
            continue;
        }
        // Built-in modules have no such file; most others are clean.
        let name = format!("sys/module/{module}/taint");
        if root.attribute(&name).is_some_and(|letters| !letters.is_empty()) {
            sink(files::text(root, &name));
        }
    }
}
