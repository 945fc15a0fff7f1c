//! The host probe: files of the kernel that bear on taint, lockdown, drivers and the PCI functions asked.
//!
//! Every item that is looked for gives one capture, whether it is there or not. Must not do: keep host names, machine
//! ids or network addresses, interpret what it reads (see `mlx5_schemas::decode::host`), or change anything.

use std::path::Path;

use mlx5_schemas::model::host::HostCapture;
use mlx5_schemas::model::status::CollectionStatus;
use serde::{Deserialize, Serialize};

use crate::root::Root;

pub mod apart;
mod cmdline;
mod devlink;
mod ethtool;
mod files;
mod function;
mod kernel_log;
mod masking;
mod netlink;
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

/// A PCI function of which the kernel's view is wanted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Function {
    /// Its address.
    pub address: String,
    /// Whether it is a virtual function of one that is here too, which says nearly all that it could say.
    pub is_virtual: bool,
    /// Whether it has a usable fwctl node, by which its firmware is read.
    pub has_node: bool,
}

/// Reads everything and hands over each capture as soon as it is there, so that a file that hangs costs only what
/// comes after it. `functions` are the PCI addresses whose attributes are wanted.
pub fn capture(root: &Root, functions: &[Function], sink: &mut dyn FnMut(HostCapture)) {
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
        function::attributes(root, function, sink);
    }
    kernel_log::capture(root, sink);
    if root.is_running() {
        apart::capture(Path::new("/proc/self/exe"), functions, sink);
    } else {
        capture_devices(root, functions, sink);
    }
}

/// What the drivers tell of the functions, some of it after asking the firmware.
fn capture_devices(root: &Root, functions: &[Function], sink: &mut dyn FnMut(HostCapture)) {
    for function in functions {
        function::interfaces(root, function, sink);
    }
    // Below another root are files only; what runs here is not what is described there.
    if root.is_running() {
        ethtool::capture(root, functions, sink);
        devlink::capture(functions, sink);
    }
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
