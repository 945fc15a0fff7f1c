//! What a network driver says of itself and of its firmware (ethtool -i).
//!
//! The ioctl names the interface, and for a name that this network namespace does not have the kernel tries to load a module of
//! that name (`dev_load` in `net/core/dev_ioctl.c`); sysfs can show the interfaces of another namespace. So the name is compared
//! with the one that the kernel has here for the interface's number (SIOCGIFNAME, which loads nothing) before it is used.
//!
//! Must not do: send anything, the socket only carries the question to the kernel; ask for a name that is not known here.

use std::io;
use std::os::fd::AsFd;

use mlx5_schemas::model::host::HostCapture;
use mlx5_schemas::model::status::CollectionStatus;
use rustix::net::{AddressFamily, SocketFlags, SocketType};

use super::{Function, files, function};
use crate::discovery::pci::FUNCTIONS;
use crate::root::Root;
use crate::sys;

/// Asks the driver of each function's own interface. A function without an interface gives no capture.
pub(super) fn capture(root: &Root, functions: &[Function], sink: &mut dyn FnMut(HostCapture)) {
    for function in functions.iter().filter(|function| !function.is_virtual) {
        // One is enough: they have one driver and one firmware.
        if let Some(interface) = function::netdevs(root, &function.address).first() {
            let number = root.attribute(&format!("{FUNCTIONS}/{}/net/{interface}/ifindex", function.address));
            let number = number.and_then(|number| number.parse().ok());
            sink(ask(&format!("ethtool-drvinfo@{}/{interface}", function.address), interface, number));
        }
    }
}

fn ask(name: &str, interface: &str, number: Option<u32>) -> HostCapture {
    match driver_info(interface, number) {
        Ok(Some(bytes)) => files::bytes(name, &bytes),
        Ok(None) => {
            let reason = "this network namespace has no interface of that name and number, and asking for it could load a module";
            files::failed(name, CollectionStatus::Skipped, reason.to_owned())
        }
        Err(error) => files::unanswered(name, &error),
    }
}

/// `None` where the interface of that number is not called so here.
fn driver_info(interface: &str, number: Option<u32>) -> io::Result<Option<Vec<u8>>> {
    // A local socket serves as well as one of the internet protocols, and exists in every kernel.
    let flags = SocketFlags::CLOEXEC;
    let socket = rustix::net::socket_with(AddressFamily::UNIX, SocketType::DGRAM, flags, None)?;
    let known = number.map(|number| rustix::net::netdevice::index_to_name(&socket, number));
    if !matches!(known, Some(Ok(name)) if name == interface) {
        return Ok(None);
    }
    Ok(Some(sys::driver_info(socket.as_fd(), interface)?.to_vec()))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn a_name_that_is_not_of_this_namespace_is_not_asked_for() {
        // The loopback interface is number 1 in every namespace; its driver has no account of itself or a short one.
        assert!(!matches!(driver_info("lo", Some(1)), Ok(None)));
        for (interface, number) in
            [("lo", None), ("lo", Some(0)), ("eth-of-others", Some(1)), ("lo", Some(u32::MAX))]
        {
            assert!(matches!(driver_info(interface, number), Ok(None)), "{interface} {number:?}");
        }
        let capture = ask("ethtool-drvinfo@0000:3b:00.0/eth2", "eth-of-others", Some(1));
        assert_eq!(capture.status, CollectionStatus::Skipped);
        assert!(capture.reason.unwrap().contains("namespace"));
    }
}
