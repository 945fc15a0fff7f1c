//! Finds the devices: the nodes of `/sys/class/fwctl`, and who stands behind each.
//!
//! Must not do: open a device node (that alone makes firmware execute a command), load a module, or touch the nodes
//! of other drivers.

use std::path::PathBuf;

use mlx5_schemas::model::manifest::{Device, OtherNode, TransportKind};
use mlx5_schemas::model::status::CollectionStatus;
use rustix::fs::{Access, AtFlags, FileType};

use crate::errno;
use crate::root::Root;

pub mod absence;
pub mod container;
pub mod pci;

pub use absence::Absence;

/// The folder with one entry per fwctl device.
pub(crate) const CLASS: &str = "sys/class/fwctl";
/// The driver whose devices are asked.
const DRIVER: &str = "mlx5_core";

/// Why a device that was found cannot be asked.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NodeProblem {
    /// sysfs lists the device, `/dev` has no node for it.
    #[error("{} is missing (no udev here, or a container without the device)", node.display())]
    NoNode {
        /// The node looked for.
        node: PathBuf,
    },
    /// The node is not the device that sysfs describes.
    #[error("{} is not the device that sysfs describes: {found}, expected character device {expected}", node.display())]
    WrongNode {
        /// The node.
        node: PathBuf,
        /// What it is.
        found: String,
        /// `major:minor` that sysfs gives.
        expected: String,
    },
    /// This user may not read and write the node.
    #[error("no permission on {} (mode {mode:04o}, owner uid {uid}); run as root", node.display())]
    NoPermission {
        /// The node.
        node: PathBuf,
        /// Its permission bits.
        mode: u32,
        /// Its owner.
        uid: u32,
    },
    /// This user may not even look at the node.
    #[error("{} cannot be looked at: {reason}; run as root", node.display())]
    OutOfSight {
        /// The node.
        node: PathBuf,
        /// What the system said.
        reason: String,
    },
    /// sysfs has no readable `dev` attribute.
    #[error("{attribute} gives no major:minor")]
    NoDeviceNumber {
        /// The attribute.
        attribute: String,
    },
    /// The files below another root describe a device; there is none to ask.
    #[error("no device is asked when the files are read below another root")]
    AlternateRoot,
}

impl NodeProblem {
    /// Whether permissions are the reason.
    pub fn is_denial(&self) -> bool {
        match self {
            Self::NoPermission { .. } | Self::OutOfSight { .. } => true,
            Self::NoNode { .. }
            | Self::WrongNode { .. }
            | Self::NoDeviceNumber { .. }
            | Self::AlternateRoot => false,
        }
    }
}

/// One mlx5 device behind an fwctl node.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// How the manifest describes it.
    pub device: Device,
    /// The node and its `(major, minor)`, or why it cannot be asked.
    pub node: Result<(PathBuf, (u32, u32)), NodeProblem>,
}

/// What there is.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Discovery {
    /// mlx5 devices, ordered by PCI address.
    pub devices: Vec<Found>,
    /// Nodes of other drivers.
    pub other_nodes: Vec<OtherNode>,
    /// Why there is no device, where there is none.
    pub absence: Option<Absence>,
}

/// Looks at `/sys/class/fwctl` below `root`.
pub fn discover(root: &Root) -> Discovery {
    let mut discovery = Discovery::default();
    for node in root.names(CLASS).unwrap_or_default() {
        let class = format!("{CLASS}/{node}");
        let driver = root.link_name(&format!("{class}/device"), "driver");
        if driver.as_deref() == Some(DRIVER) {
            match root.link_name(&class, "device").filter(|name| pci::is_address(name)) {
                Some(address) => discovery.devices.push(describe(root, &node, address)),
                None => discovery.other_nodes.push(OtherNode {
                    node,
                    driver,
                    reason: "its parent is not a PCI function".to_owned(),
                }),
            }
        } else {
            let reason = match &driver {
                Some(driver) => format!("it belongs to {driver}, not to {DRIVER}"),
                None => "its driver is not known".to_owned(),
            };
            discovery.other_nodes.push(OtherNode { node, driver, reason });
        }
    }
    discovery.devices.sort_by(|a, b| a.device.id.cmp(&b.device.id));
    if discovery.devices.is_empty() {
        discovery.absence = Some(absence::explain(root));
    }
    discovery
}

fn describe(root: &Root, node: &str, address: String) -> Found {
    let class = format!("{CLASS}/{node}");
    let function = format!("{class}/device");
    let number = root.attribute(&format!("{class}/dev"));
    let device = Device {
        folder: folder(&address),
        id: address,
        transport: TransportKind::Fwctl,
        node: Some(node.to_owned()),
        device_number: number.clone(),
        driver: Some(DRIVER.to_owned()),
        pci: pci::identification(root, &function),
        netdevs: root.names(&format!("{function}/net")).unwrap_or_default(),
        rdma_devices: root.names(&format!("{function}/infiniband")).unwrap_or_default(),
        physical_function: root.link_name(&function, "physfn"),
        fwctl: None,
    };
    Found { node: check_node(root, node, number.as_deref()), device }
}

/// The folder of a device's members, from its PCI address.
pub fn folder(address: &str) -> String {
    format!("devices/{}", address.replace(':', "-"))
}

/// Compares the node with what sysfs says of it, without opening it.
fn check_node(root: &Root, name: &str, number: Option<&str>) -> Result<(PathBuf, (u32, u32)), NodeProblem> {
    if root.is_alternate() {
        return Err(NodeProblem::AlternateRoot);
    }
    let expected = number.and_then(parse_number);
    let (Some(number), Some(expected)) = (number, expected) else {
        return Err(NodeProblem::NoDeviceNumber { attribute: format!("/{CLASS}/{name}/dev") });
    };
    let relative = format!("dev/fwctl/{name}");
    let node = root.join(&relative);
    let stat = match root.stat(&relative) {
        Ok(stat) => stat,
        Err(error) if errno::status(&error) == CollectionStatus::Denied => {
            return Err(NodeProblem::OutOfSight { node, reason: errno::words(&error) });
        }
        Err(_) => return Err(NodeProblem::NoNode { node }),
    };
    let found = (rustix::fs::major(stat.st_rdev), rustix::fs::minor(stat.st_rdev));
    if FileType::from_raw_mode(stat.st_mode) != FileType::CharacterDevice {
        let found = "not a character device".to_owned();
        return Err(NodeProblem::WrongNode { node, found, expected: number.to_owned() });
    }
    if found != expected {
        let found = format!("character device {}:{}", found.0, found.1);
        return Err(NodeProblem::WrongNode { node, found, expected: number.to_owned() });
    }
    let access = Access::READ_OK | Access::WRITE_OK;
    if rustix::fs::accessat(rustix::fs::CWD, &node, access, AtFlags::EACCESS).is_err() {
        return Err(NodeProblem::NoPermission { node, mode: stat.st_mode & 0o7777, uid: stat.st_uid });
    }
    Ok((node, expected))
}

fn parse_number(text: &str) -> Option<(u32, u32)> {
    let (major, minor) = text.split_once(':')?;
    Some((major.parse().ok()?, minor.parse().ok()?))
}

/// Which devices the user named (`-d`): PCI addresses, with or without domain, or node names.
#[derive(Debug, Clone, Default)]
pub struct Selection(Vec<String>);

impl Selection {
    /// Takes the arguments as they were given.
    pub fn new(arguments: &[String]) -> Self {
        Self(arguments.to_vec())
    }

    /// Whether a device is chosen; without arguments every device is.
    pub fn chooses(&self, device: &Device) -> bool {
        self.0.is_empty() || self.0.iter().any(|argument| names(argument, device))
    }

    /// The arguments that name none of `devices`.
    pub fn unmatched<'a>(&'a self, devices: &[&Device]) -> Vec<&'a str> {
        self.0
            .iter()
            .filter(|argument| !devices.iter().any(|device| names(argument, device)))
            .map(String::as_str)
            .collect()
    }
}

fn names(argument: &str, device: &Device) -> bool {
    let argument = argument.strip_prefix("/dev/fwctl/").unwrap_or(argument);
    device.node.as_deref() == Some(argument) || pci::full_address(argument).as_deref() == Some(&device.id)
}

#[cfg(test)]
mod tests;
