//! Whether a tool may be run for a device.
//!
//! Must not do: allow what is not known to be read-only in effect. A kernel that would be tainted, or a device that would
//! be taken from its driver, is a reason against; so is not knowing.

use std::io;

use mlx5_schemas::model::manifest::Device;

use super::command::Package;
use super::program::Versioned;
use crate::discovery::{self, DRIVER};
use crate::errno;
use crate::root::Root;

/// First release of mstflint whose reads over fwctl ask for scope 1 (`mtcr_ul/fwctrl.c`). 4.33 asks for scope 3, which
/// taints the kernel.
const READS_AT_SCOPE_1: (u32, u32) = (4, 36);

/// Where securityfs is mounted, which has something in it (`lsm`) wherever it is.
const SECURITY: &str = "sys/kernel/security";

/// Why a tool is not run; `None` when it may be.
pub fn refusal(root: &Root, device: &Device, tool: &Versioned) -> Option<String> {
    if device.physical_function.is_some() {
        return Some("a virtual function: its physical function is asked".to_owned());
    }
    // A function that another driver holds belongs to somebody else: a guest, or a program in user space.
    if let Some(driver) = device.driver.as_deref().filter(|driver| *driver != DRIVER) {
        return Some(format!("bound to {driver}: it is in use by another program or guest"));
    }
    // Under lockdown the gateway is closed. Newer tools then bind the device to vfio-pci (`VFIODriverAccess`), which
    // takes it from its driver.
    match lockdown(root) {
        Lockdown::Open => {}
        Lockdown::Locked(level) => {
            return Some(format!(
                "the kernel is locked down ({level}): the PCI gateway is closed, and newer tools would take the device from its driver to get around that"
            ));
        }
        Lockdown::Unknown(why) => {
            return Some(format!(
                "{why}, so that it is not known whether the kernel is locked down; where it is, newer tools would take the device from its driver"
            ));
        }
    }
    // By PCI address a tool may choose fwctl by itself, for any function of the card.
    let nodes = discovery::nodes_of_card(root, &device.id);
    if let Some(node) = nodes.first()
        && !reads_at_scope_1(tool)
    {
        let version = tool.version.as_deref().unwrap_or("of an unknown version");
        return Some(format!(
            "the card has the fwctl node {node}, and {} ({version}) is not known to read over it without tainting the kernel",
            tool.program.word()
        ));
    }
    None
}

fn reads_at_scope_1(tool: &Versioned) -> bool {
    tool.program.package() == Package::Mstflint
        && tool.version.as_deref().and_then(number).is_some_and(|version| version >= READS_AT_SCOPE_1)
}

/// Major and minor number in what a tool of mstflint says of its version: `mstconfig, mstflint 4.33.0, Git SHA …`.
fn number(version: &str) -> Option<(u32, u32)> {
    let (_, rest) = version.split_once("mstflint ")?;
    let mut parts = rest.split(|c: char| !c.is_ascii_digit());
    Some((parts.next()?.parse().ok()?, parts.next()?.parse().ok()?))
}

/// What is known of the kernel's lockdown.
enum Lockdown {
    Open,
    Locked(String),
    Unknown(String),
}

/// The level in force. A kernel whose securityfs has no such file, or which has no securityfs, cannot be locked down.
fn lockdown(root: &Root) -> Lockdown {
    let name = format!("{SECURITY}/lockdown");
    let head = match root.read(&name, 4096) {
        Ok(head) => head,
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            return match root.names(SECURITY) {
                Ok(names) if names.is_empty() => {
                    Lockdown::Unknown(format!("securityfs is not mounted at /{SECURITY}"))
                }
                Ok(_) => Lockdown::Open,
                Err(error) if error.kind() == io::ErrorKind::NotFound => Lockdown::Open,
                Err(error) => Lockdown::Unknown(format!("/{SECURITY}: {}", errno::words(&error))),
            };
        }
        Err(error) => return Lockdown::Unknown(format!("/{name}: {}", errno::words(&error))),
    };
    let text = String::from_utf8_lossy(&head.bytes);
    let level = text.split_once('[').and_then(|(_, rest)| rest.split_once(']')).map(|(level, _)| level);
    match level {
        Some("none") => Lockdown::Open,
        Some(level) => Lockdown::Locked(level.chars().filter(char::is_ascii_alphanumeric).collect()),
        None => Lockdown::Unknown(format!("/{name} has an unknown form")),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::super::program::tests::versioned;
    use super::super::{Program, command};
    use super::*;

    fn device() -> Device {
        let device = serde_json::json!({
            "id": "0000:3b:00.1", "folder": "devices/0000-3b-00.1", "transport": "kernel", "driver": "mlx5_core",
            "pci": {}
        });
        serde_json::from_value(device).unwrap()
    }

    fn root(files: &[(&str, &str)]) -> (tempfile::TempDir, Root) {
        let folder = tempfile::tempdir().unwrap();
        for (path, content) in files {
            let path = folder.path().join(path);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            match content.strip_prefix("->") {
                Some(target) => std::os::unix::fs::symlink(target, path).unwrap(),
                None => std::fs::write(path, content).unwrap(),
            }
        }
        let root = Root::pretended(folder.path().to_owned());
        (folder, root)
    }

    fn refused(root: &Root, program: Program, version: Option<&str>) -> Option<String> {
        refusal(root, &device(), &versioned(program, version))
    }

    #[test]
    fn where_a_node_is_only_a_version_known_to_read_at_scope_1_is_run() {
        // The node belongs to the card's other function.
        let (_folder, root) = root(&[
            ("sys/class/fwctl/fwctl0/dev", "240:0\n"),
            ("sys/class/fwctl/fwctl0/device", "->../../../bus/pci/devices/0000:3b:00.0"),
        ]);
        for (program, version, is_run) in [
            (Program::Mstconfig, Some("mstconfig, mstflint 4.33.0, Git SHA Hash: N/A"), false),
            (Program::Mstconfig, Some("mstconfig, mstflint 4.9.0, built on"), false),
            (Program::Mstconfig, Some("mstconfig, mstflint 4.36.0, Git SHA Hash: N/A"), true),
            (Program::Mstflint, Some("mstflint, mstflint 5.0.1"), true),
            (Program::Mstflint, Some("something else"), false),
            (Program::Mstflint, None, false),
            (Program::Mlxconfig, Some("mlxconfig, mft 4.40.0-80, built on"), false),
        ] {
            let refused = refused(&root, program, version);
            assert_eq!(refused.is_none(), is_run, "{program:?} {version:?}: {refused:?}");
        }
        let words = refused(&root, Program::Mstconfig, Some("mstconfig, mstflint 4.33.0")).unwrap();
        assert!(words.contains("fwctl0") && words.contains("4.33.0") && words.contains("taint"), "{words}");
    }

    #[test]
    fn without_a_node_old_versions_are_run_too() {
        let (_folder, root) = root(&[
            ("sys/kernel/security/lockdown", "[none] integrity confidentiality\n"),
            ("sys/class/fwctl/fwctl0/device", "->../../../bus/pci/devices/0000:d8:00.0"),
        ]);
        assert_eq!(refused(&root, Program::Mstconfig, Some("mstconfig, mstflint 4.21.0")), None);
        assert_eq!(refused(&root, Program::Mlxconfig, None), None);
    }

    #[test]
    fn not_knowing_of_lockdown_is_a_reason_against() {
        let (folder, unmounted) = root(&[]);
        std::fs::create_dir_all(folder.path().join("sys/kernel/security")).unwrap();
        let words = refused(&unmounted, Program::Mstconfig, Some("mstconfig, mstflint 4.36.0")).unwrap();
        assert!(words.contains("securityfs is not mounted"), "{words}");
        // A securityfs that has other files and not this one is of a kernel without lockdown.
        let (_folder, without) = root(&[("sys/kernel/security/lsm", "capability,landlock")]);
        assert_eq!(refused(&without, Program::Mstconfig, None), None);
        for (text, words) in [("none integrity\n", "unknown form"), ("", "unknown form")] {
            let (_folder, odd) = root(&[("sys/kernel/security/lockdown", text)]);
            assert!(refused(&odd, Program::Mstconfig, None).unwrap().contains(words), "{text}");
        }
        let (folder, unreadable) = root(&[]);
        std::fs::create_dir_all(folder.path().join("sys/kernel/security/lockdown")).unwrap();
        assert!(refused(&unreadable, Program::Mstconfig, None).unwrap().contains("not known"));
    }

    #[test]
    fn a_locked_kernel_and_a_foreign_driver_are_reasons_against() {
        let (_folder, locked) =
            root(&[("sys/kernel/security/lockdown", "none [integrity] confidentiality\n")]);
        let words = refused(&locked, Program::Mstconfig, Some("mstconfig, mstflint 4.36.0")).unwrap();
        assert!(words.contains("(integrity)"), "{words}");
        let (_folder, open) = root(&[]);
        let tool = versioned(Program::Mstconfig, None);
        let held = Device { driver: Some("vfio-pci".to_owned()), ..device() };
        assert!(refusal(&open, &held, &tool).unwrap().contains("vfio-pci"));
        let vf = Device { physical_function: Some("0000:3b:00.0".to_owned()), ..device() };
        assert!(refusal(&open, &vf, &tool).is_some());
        let unbound = Device { driver: None, ..device() };
        assert_eq!(refusal(&open, &unbound, &tool), None);
        assert!(command::Address::new(&unbound.id).is_some());
    }
}
