//! The misc device of the out-of-tree mlx5ctl driver, in its fourth version.
//!
//! That driver has no scopes, no list of opcodes and no taint: whatever it is given goes to firmware, and only firmware
//! and [`super::guard`] stand between a request and the device. Opening a node makes firmware create a user context, with
//! rights that follow from the capabilities of whoever opens it; those that a reader does not need are dropped before.
//! Source: the patch series "mlx5 ConnectX control misc driver", V4. Its user contexts and user memory are not used.
//!
//! Must not do: look for nodes, load modules, or open a node while rights remain that widen the user context.

use std::os::fd::{AsFd, OwnedFd};
use std::path::Path;

use mlx5_schemas::model::exchange::Reply;
use mlx5_schemas::model::manifest::Mlx5ctlInfo;
use mlx5_schemas::model::request::Request;
use rustix::thread::{CapabilitySet, capabilities, set_capabilities};

use super::node::{self, OpenError};
use super::{Transport, TransportError, guard};
use crate::discovery;
use crate::root::Root;
use crate::sys;

/// `MLX5_UCTX_CAP_TOOLS_RESOURCES`: the one right that register reads need.
const TOOLS_RESOURCES: u32 = 4;

/// What the driver would turn into RAW_TX and INTERNAL_DEVICE_RESOURCES.
const DROPPED: CapabilitySet = CapabilitySet::NET_RAW.union(CapabilitySet::SYS_RAWIO);

/// An open mlx5ctl node.
#[derive(Debug)]
pub struct Mlx5ctl {
    node: OwnedFd,
    info: Mlx5ctlInfo,
    /// Room for the next answer: that of an earlier one.
    room: Vec<u8>,
}

/// Drops CAP_NET_RAW and CAP_SYS_RAWIO of this thread, and of those that it starts from here on, for good.
///
/// # Errors
/// When the system refuses, or they are still there afterwards.
pub(crate) fn drop_rights() -> std::io::Result<()> {
    let mut sets = capabilities(None)?;
    sets.effective.remove(DROPPED);
    sets.permitted.remove(DROPPED);
    sets.inheritable.remove(DROPPED);
    set_capabilities(None, sets)?;
    let left = capabilities(None)?;
    if (left.effective | left.permitted | left.inheritable).intersects(DROPPED) {
        return Err(std::io::Error::other("they are still there"));
    }
    Ok(())
}

impl Mlx5ctl {
    /// Opens `node` if it is the character device `(major, minor)` and belongs to the PCI function at `address`. The
    /// calling thread has lost CAP_NET_RAW and CAP_SYS_RAWIO after this, whatever comes of it.
    ///
    /// Blocks in the kernel as long as firmware takes to create a user context.
    ///
    /// # Errors
    /// See [`OpenError`].
    pub fn open(node: &Path, address: &str, device_number: (u32, u32)) -> Result<Self, OpenError> {
        drop_rights().map_err(|source| OpenError::KeptRights { node: node.to_owned(), source })?;
        let opened = node::open(node, device_number)?;
        let info = sys::mlx5ctl_info(opened.as_fd()).map_err(|source| match source.raw_os_error() {
            Some(libc::ENOTTY) => OpenError::OtherVersion { node: node.to_owned() },
            Some(_) | None => OpenError::Info { node: node.to_owned(), source },
        })?;
        if info.uctx_cap & !TOOLS_RESOURCES != 0 {
            return Err(OpenError::TooManyRights { node: node.to_owned(), uctx_cap: info.uctx_cap });
        }
        let stands_for = discovery::mlx5ctl::function(&Root::live(), node::name(node));
        node::check_function(node, stands_for, address)?;
        Ok(Self { node: opened, info, room: Vec::new() })
    }

    /// What MLX5CTL_IOCTL_INFO said.
    pub fn info(&self) -> &Mlx5ctlInfo {
        &self.info
    }
}

impl Transport for Mlx5ctl {
    fn call(&mut self, request: &Request) -> Result<Reply, TransportError> {
        let checked = guard::check(request.bytes())?;
        // The reply takes its room along, and what is dropped of it is overwritten there.
        let mut output = request.output_room(std::mem::take(&mut self.room));
        sys::mlx5ctl_rpc(self.node.as_fd(), checked, &mut output).map_err(|error| {
            TransportError::Undelivered { errno: error.raw_os_error().unwrap_or(libc::EIO) }
        })?;
        let length = output.len();
        Reply::from_output(output).ok_or(TransportError::ShortAnswer { length })
    }

    fn take_back(&mut self, room: Vec<u8>) {
        self.room = room;
    }
}

#[cfg(test)]
mod tests;
