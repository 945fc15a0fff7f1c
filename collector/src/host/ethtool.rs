//! What a network driver says of itself and of its firmware (ethtool -i).
//!
//! Must not do: send anything; the socket only carries the question to the kernel.

use std::io;
use std::os::fd::AsFd;

use mlx5_schemas::model::host::HostCapture;
use mlx5_schemas::model::status::CollectionStatus;
use rustix::io::Errno;
use rustix::net::{AddressFamily, SocketFlags, SocketType};

use super::{Function, files, function};
use crate::errno;
use crate::root::Root;
use crate::sys;

/// Asks the driver of each function's own interface. A function without an interface gives no capture.
pub(super) fn capture(root: &Root, functions: &[Function], sink: &mut dyn FnMut(HostCapture)) {
    for function in functions.iter().filter(|function| !function.is_virtual) {
        // One is enough: they have one driver and one firmware.
        if let Some(interface) = function::netdevs(root, &function.address).first() {
            sink(ask(&format!("ethtool-drvinfo@{}/{interface}", function.address), interface));
        }
    }
}

fn ask(name: &str, interface: &str) -> HostCapture {
    match driver_info(interface) {
        Ok(bytes) => files::bytes(name, &bytes),
        Err(error) => {
            let status = match Errno::from_io_error(&error) {
                Some(Errno::NODEV | Errno::OPNOTSUPP) => CollectionStatus::Absent,
                Some(_) | None => errno::status(&error),
            };
            files::failed(name, status, errno::words(&error))
        }
    }
}

fn driver_info(interface: &str) -> io::Result<Vec<u8>> {
    // A local socket serves as well as one of the internet protocols, and exists in every kernel.
    let flags = SocketFlags::CLOEXEC;
    let socket = rustix::net::socket_with(AddressFamily::UNIX, SocketType::DGRAM, flags, None)?;
    Ok(sys::driver_info(socket.as_fd(), interface)?.to_vec())
}
