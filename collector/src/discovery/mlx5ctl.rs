//! Nodes of the out-of-tree mlx5ctl driver, and the PCI functions that they belong to.
//!
//! A node is a misc device called `mlx5ctl-` and the name of its auxiliary device (`mlx5_core.ctl.N`), whose folder lies in
//! that of the function. Source: the patch series "mlx5 ConnectX control misc driver", V4.
//!
//! Must not do: open a node.

use crate::root::Root;
use mlx5_schemas::model::pci_address;

/// The folder with one entry per misc device.
pub(crate) const CLASS: &str = "sys/class/misc";
/// The folder with one link per auxiliary device.
const AUXILIARY: &str = "sys/bus/auxiliary/devices";
/// How the names of the nodes begin.
const PREFIX: &str = "mlx5ctl-";
/// How the names of their auxiliary devices begin.
const AUXILIARY_PREFIX: &str = "mlx5_core.ctl.";

/// Names of the nodes that sysfs lists.
pub(super) fn nodes(root: &Root) -> Vec<String> {
    named(root, CLASS)
}

/// Names of the nodes in `/dev` that belong to no PCI function that sysfs shows.
pub(super) fn unplaced(root: &Root) -> Vec<String> {
    let listed = nodes(root);
    let mut names = named(root, "dev");
    names.retain(|name| !listed.contains(name) || function(root, name).is_none());
    names
}

fn named(root: &Root, folder: &str) -> Vec<String> {
    let mut names = root.names(folder).unwrap_or_default();
    names.retain(|name| name.starts_with(PREFIX));
    names
}

/// PCI address of the function that a node belongs to. None for the node of a subfunction, which is no PCI function.
pub(crate) fn function(root: &Root, node: &str) -> Option<String> {
    let auxiliary = node.strip_prefix(PREFIX).filter(|name| name.starts_with(AUXILIARY_PREFIX))?;
    let target = root.link(AUXILIARY, auxiliary)?;
    let mut parts = target.rsplit('/');
    let is_itself = parts.next() == Some(auxiliary);
    let parent = parts.next().filter(|parent| is_itself && pci_address::is_full(parent))?;
    Some(parent.to_owned())
}
