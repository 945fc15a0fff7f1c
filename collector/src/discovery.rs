//! Finds the devices: the nodes of `/sys/class/fwctl` and of mlx5ctl, who stands behind each, and the PCI functions of mlx5
//! without one.
//!
//! Must not do: open a device node (that alone makes firmware execute a command), load a module, or touch the nodes
//! of other drivers.

use mlx5_schemas::model::pci_address;
use std::path::PathBuf;

use mlx5_schemas::model::manifest::{Device, OtherNode, TransportKind};
use mlx5_schemas::model::status::CollectionStatus;
use rustix::fs::{Access, AtFlags, FileType};

use crate::errno;
use crate::root::Root;

pub mod absence;
pub mod container;
pub(crate) mod mlx5ctl;
pub mod pci;

pub use absence::Absence;

/// The folder with one entry per fwctl device.
pub(crate) const CLASS: &str = "sys/class/fwctl";
/// The driver whose devices are asked.
pub(crate) const DRIVER: &str = "mlx5_core";

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
    /// The PCI function has no node.
    #[error("no fwctl node: {why}; {remedy}")]
    NoWay {
        /// Why not.
        why: String,
        /// What the administrator can do about it.
        remedy: String,
    },
    /// A virtual function without a node.
    #[error("a virtual function without a fwctl node; its firmware settings are {}", of(physical_function))]
    Virtual {
        /// The physical function, where it is here.
        physical_function: Option<String>,
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
            | Self::NoWay { .. }
            | Self::Virtual { .. }
            | Self::AlternateRoot => false,
        }
    }

    /// Whether there is nothing to miss: what a virtual function could tell, its physical function tells.
    pub fn is_no_loss(&self) -> bool {
        matches!(self, Self::Virtual { physical_function: Some(_) })
    }
}

fn of(physical_function: &Option<String>) -> String {
    match physical_function {
        Some(function) => format!("those of {function}"),
        None => "the hypervisor's to read".to_owned(),
    }
}

/// One mlx5 device: a PCI function, with a node or without.
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
    /// Nodes of other drivers, and of what is no PCI function.
    pub other_nodes: Vec<OtherNode>,
    /// Why there is no node of mlx5, where there is none.
    pub absence: Option<Absence>,
    /// How many virtual functions without a node are left out for their number.
    pub left_out: usize,
}

/// Most virtual functions without a node that are listed. A host can have thousands, and they tell little.
const MAX_VIRTUAL_FUNCTIONS: usize = 256;

/// Looks at `/sys/class/fwctl`, at the nodes of mlx5ctl and at the PCI functions below `root`.
pub fn discover(root: &Root) -> Discovery {
    let mut discovery = Discovery::default();
    for node in root.names(CLASS).unwrap_or_default() {
        let class = format!("{CLASS}/{node}");
        let driver = root.link_name(&format!("{class}/device"), "driver");
        if driver.as_deref() == Some(DRIVER) {
            match function_of_fwctl(root, &node).filter(|name| pci_address::is_full(name)) {
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
    over_mlx5ctl(root, &mut discovery);
    let functions = pci::mlx5_functions(root);
    let absence = absence::explain(root, functions.as_deref());
    if discovery.devices.is_empty() {
        discovery.absence = Some(absence.clone());
    }
    without_node(root, &functions.unwrap_or_default(), &absence, &mut discovery);
    discovery.devices.sort_by(|a, b| a.device.id.cmp(&b.device.id));
    discovery
}

/// The PCI function that a node of fwctl belongs to.
pub(crate) fn function_of_fwctl(root: &Root, node: &str) -> Option<String> {
    root.link_name(&format!("{CLASS}/{node}"), "device")
}

/// Adds the functions that only a node of mlx5ctl belongs to. fwctl goes first: there the kernel too keeps to what a
/// reader may ask, and leaves a trace of those who ask for more.
fn over_mlx5ctl(root: &Root, discovery: &mut Discovery) {
    for node in mlx5ctl::nodes(root) {
        let Some(address) = mlx5ctl::function(root, &node) else {
            let reason = "it belongs to no PCI function (a subfunction has one too)".to_owned();
            discovery.other_nodes.push(OtherNode { node, driver: None, reason });
            continue;
        };
        if discovery.devices.iter().any(|found| found.device.id == address) {
            continue;
        }
        let function = format!("{}/{address}", pci::FUNCTIONS);
        let attribute = format!("{}/{node}/dev", mlx5ctl::CLASS);
        let number = root.attribute(&attribute);
        let device = Device {
            transport: TransportKind::Mlx5ctl,
            node: Some(node.clone()),
            device_number: number.clone(),
            driver: root.link_name(&function, "driver"),
            ..device(root, &function, address)
        };
        let node = check_node(root, &attribute, &format!("dev/{node}"), number.as_deref());
        discovery.devices.push(Found { device, node });
    }
}

/// Adds the functions that no node belongs to.
fn without_node(root: &Root, functions: &[pci::Function], absence: &Absence, discovery: &mut Discovery) {
    let mut virtual_functions = 0_usize;
    for function in functions {
        if discovery.devices.iter().any(|found| found.device.id == function.address) {
            continue;
        }
        if function.is_virtual() {
            virtual_functions = virtual_functions.saturating_add(1);
            if virtual_functions > MAX_VIRTUAL_FUNCTIONS {
                discovery.left_out = discovery.left_out.saturating_add(1);
                continue;
            }
        }
        let problem = if function.is_virtual() {
            NodeProblem::Virtual { physical_function: function.physical_function.clone() }
        } else {
            let absence = absence.of_function(function);
            NodeProblem::NoWay { why: absence.why(), remedy: absence.remedy() }
        };
        let folder = format!("{}/{}", pci::FUNCTIONS, function.address);
        let device = Device {
            transport: TransportKind::Kernel,
            driver: function.driver.clone(),
            ..device(root, &folder, function.address.clone())
        };
        discovery.devices.push(Found { device, node: Err(problem) });
    }
}

fn describe(root: &Root, node: &str, address: String) -> Found {
    let class = format!("{CLASS}/{node}");
    let number = root.attribute(&format!("{class}/dev"));
    let device = Device {
        node: Some(node.to_owned()),
        device_number: number.clone(),
        ..device(root, &format!("{class}/device"), address)
    };
    let attribute = format!("{class}/dev");
    Found { node: check_node(root, &attribute, &format!("dev/fwctl/{node}"), number.as_deref()), device }
}

/// A device by what the folder of its PCI function holds, as one with a node and `mlx5_core`.
fn device(root: &Root, function: &str, address: String) -> Device {
    Device {
        driver: Some(DRIVER.to_owned()),
        pci: pci::identification(root, function),
        netdevs: root.names(&format!("{function}/net")).unwrap_or_default(),
        rdma_devices: root.names(&format!("{function}/infiniband")).unwrap_or_default(),
        physical_function: root.link_name(function, "physfn"),
        ..Device::new(address, TransportKind::Fwctl)
    }
}

/// The nodes of fwctl that belong to a function of the card at `address`, whatever the node's driver.
pub fn nodes_of_card(root: &Root, address: &str) -> Vec<String> {
    let mut nodes = root.names(CLASS).unwrap_or_default();
    nodes.retain(|node| {
        function_of_fwctl(root, node).is_some_and(|function| pci::card(&function) == pci::card(address))
    });
    nodes
}

/// Compares the node with what sysfs says of it, without opening it.
/// `attribute` is where sysfs gives its number, `relative` the node's own path.
fn check_node(
    root: &Root,
    attribute: &str,
    relative: &str,
    number: Option<&str>,
) -> Result<(PathBuf, (u32, u32)), NodeProblem> {
    if root.is_alternate() {
        return Err(NodeProblem::AlternateRoot);
    }
    let expected = number.and_then(parse_number);
    let (Some(number), Some(expected)) = (number, expected) else {
        return Err(NodeProblem::NoDeviceNumber { attribute: format!("/{attribute}") });
    };
    let node = root.join(relative);
    let stat = match root.stat(relative) {
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
    let node = argument.strip_prefix("/dev/fwctl/").or_else(|| argument.strip_prefix("/dev/"));
    let argument = node.unwrap_or(argument);
    device.node.as_deref() == Some(argument) || pci_address::full(argument).as_deref() == Some(&device.id)
}

#[cfg(test)]
mod tests;
