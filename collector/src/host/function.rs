//! The files of one PCI function: its own attributes, those of its network interfaces, and those of its RDMA devices.
//!
//! Must not do: read addresses of the function (MAC, GUID), `vpd`, `serial_number`, or a file whose reading does more
//! than tell.

use mlx5_schemas::model::host::{
    FUNCTION_ATTRIBUTES, HostCapture, INTERFACE_ATTRIBUTES, RDMA_ATTRIBUTES, RDMA_PORT_ATTRIBUTES,
};
use mlx5_schemas::model::status::CollectionStatus;
use rustix::io::Errno;

use super::{Function, files};
use crate::discovery::pci::FUNCTIONS;
use crate::errno;
use crate::root::Root;

/// Attributes of a virtual function, which shares its physical function's link and settings.
const VIRTUAL_ATTRIBUTES: &[&str] = &["vendor", "device", "numa_node"];

/// Most interfaces that are read of one function; with switchdev it has one for each virtual function too.
const MAX_NETDEVS: usize = 8;

/// Most RDMA devices, and most ports of one, that are read.
const MAX_RDMA: usize = 4;

/// Reads the attributes of the function itself, which the PCI layer answers.
pub(super) fn attributes(root: &Root, function: &Function, sink: &mut dyn FnMut(HostCapture)) {
    let attributes = if function.is_virtual { VIRTUAL_ATTRIBUTES } else { FUNCTION_ATTRIBUTES };
    for attribute in attributes {
        sink(files::text(root, &format!("{FUNCTIONS}/{}/{attribute}", function.address)));
    }
}

/// Reads those of its interfaces and RDMA devices. For some of them (`speed`, `state`) the driver asks the firmware.
pub(super) fn interfaces(root: &Root, function: &Function, sink: &mut dyn FnMut(HostCapture)) {
    let folder = format!("{FUNCTIONS}/{}", function.address);
    for interface in netdevs(root, &function.address).iter().take(MAX_NETDEVS) {
        for attribute in INTERFACE_ATTRIBUTES {
            sink(netdev(root, &format!("{folder}/net/{interface}/{attribute}")));
        }
    }
    for device in root.names(&format!("{folder}/infiniband")).unwrap_or_default().iter().take(MAX_RDMA) {
        let device = format!("{folder}/infiniband/{device}");
        for attribute in RDMA_ATTRIBUTES {
            sink(files::text(root, &format!("{device}/{attribute}")));
        }
        for port in root.names(&format!("{device}/ports")).unwrap_or_default().iter().take(MAX_RDMA) {
            for attribute in RDMA_PORT_ATTRIBUTES {
                sink(files::text(root, &format!("{device}/ports/{port}/{attribute}")));
            }
        }
    }
}

/// The function's network interfaces, its own before the representors of other functions.
pub(super) fn netdevs(root: &Root, address: &str) -> Vec<String> {
    let folder = format!("{FUNCTIONS}/{address}/net");
    let mut names = root.names(&folder).unwrap_or_default();
    // A representor's port is called `pf0vf1`, `pf0sf8` or `c1pf0`, a port of the card `p0` or nothing.
    let is_representor = |name: &String| {
        let port = root.attribute(&format!("{folder}/{name}/phys_port_name"));
        port.is_some_and(|port| port.contains("pf"))
    };
    names.sort_by_key(is_representor);
    names
}

/// An attribute of an interface: one that is down refuses some, and not every interface has all.
fn netdev(root: &Root, name: &str) -> HostCapture {
    files::read_text(root, name).unwrap_or_else(|error| match Errno::from_io_error(&error) {
        Some(Errno::INVAL | Errno::OPNOTSUPP) => files::failed(
            name,
            CollectionStatus::Absent,
            format!("{} (not while the interface is down)", errno::words(&error)),
        ),
        Some(_) | None => files::unreadable(name, &error),
    })
}
