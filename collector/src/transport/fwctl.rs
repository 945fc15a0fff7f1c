//! The kernel's fwctl character device.
//!
//! Opening a node makes firmware create a user context (CREATE_UCTX) and closing it destroys that; nothing
//! else is changed. Source: `drivers/fwctl/main.c`, `drivers/fwctl/mlx5/main.c` (Linux 7.3).
//!
//! Must not do: look for nodes, load modules, or open a node whose device number is not the expected one.

use std::os::fd::{AsFd, OwnedFd};
use std::path::Path;

use mlx5_schemas::model::exchange::Reply;
use mlx5_schemas::model::manifest::FwctlInfo;
use mlx5_schemas::model::request::Request;

use super::node::{self, OpenError};
use super::{Transport, TransportError, guard};
use crate::discovery;
use crate::root::Root;
use crate::sys;

/// `FWCTL_DEVICE_TYPE_MLX5`.
const DEVICE_TYPE_MLX5: u32 = 1;

/// An open fwctl node of an mlx5 device.
#[derive(Debug)]
pub struct Fwctl {
    node: OwnedFd,
    info: FwctlInfo,
    /// Room for the next answer: that of an earlier one.
    room: Vec<u8>,
}

impl Fwctl {
    /// Opens `node` if it is the character device `(major, minor)` and belongs to mlx5 and to the PCI function at
    /// `address`.
    ///
    /// Blocks in the kernel as long as firmware takes to create a user context.
    ///
    /// # Errors
    /// See [`OpenError`].
    pub fn open(node: &Path, address: &str, device_number: (u32, u32)) -> Result<Self, OpenError> {
        let opened = node::open(node, device_number)?;
        let info = sys::fwctl_info(opened.as_fd())
            .map_err(|source| OpenError::Info { node: node.to_owned(), source })?;
        if info.device_type != DEVICE_TYPE_MLX5 {
            return Err(OpenError::OtherVendor { node: node.to_owned(), device_type: info.device_type });
        }
        let stands_for = discovery::function_of_fwctl(&Root::live(), node::name(node));
        node::check_function(node, stands_for, address)?;
        Ok(Self { node: opened, info, room: Vec::new() })
    }

    /// What FWCTL_INFO said.
    pub fn info(&self) -> &FwctlInfo {
        &self.info
    }
}

impl Transport for Fwctl {
    fn call(&mut self, request: &Request) -> Result<Reply, TransportError> {
        let checked = guard::check(request.bytes())?;
        // The reply takes its room along, and what is dropped of it is overwritten there.
        let mut output = request.output_room(std::mem::take(&mut self.room));
        let length = sys::fwctl_rpc(self.node.as_fd(), checked, &mut output).map_err(|error| {
            TransportError::Undelivered { errno: error.raw_os_error().unwrap_or(libc::EIO) }
        })?;
        output.truncate(length);
        Reply::from_output(output).ok_or(TransportError::ShortAnswer { length })
    }

    fn take_back(&mut self, room: Vec<u8>) {
        self.room = room;
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use std::io;
    use std::path::PathBuf;

    use super::*;

    const ADDRESS: &str = "0000:3b:00.0";

    #[test]
    fn a_number_that_went_to_another_function_is_noticed() {
        let folder = tempfile::tempdir().unwrap();
        let class = folder.path().join("sys/class/fwctl/fwctl0");
        std::fs::create_dir_all(&class).unwrap();
        std::os::unix::fs::symlink("../../../bus/pci/devices/0000:3b:00.0", class.join("device")).unwrap();
        let root = Root::pretended(folder.path().to_owned());
        let node = Path::new("/dev/fwctl/fwctl0");
        let check = |node: &Path, address: &str| {
            node::check_function(node, discovery::function_of_fwctl(&root, node::name(node)), address)
        };
        assert!(check(node, ADDRESS).is_ok());
        for (node, address) in [(node, "0000:3b:00.1"), (Path::new("/dev/fwctl/fwctl1"), ADDRESS)] {
            let error = check(node, address).unwrap_err();
            assert_eq!(error.errno(), libc::ESTALE);
            assert_eq!(
                error.to_string(),
                format!("{} does not belong to {address} any more", node.display())
            );
        }
    }

    fn number_of(path: &str) -> (u32, u32) {
        let stat = rustix::fs::stat(path).unwrap();
        (rustix::fs::major(stat.st_rdev), rustix::fs::minor(stat.st_rdev))
    }

    #[test]
    fn a_node_with_another_number_is_not_opened() {
        let error = Fwctl::open(Path::new("/dev/null"), ADDRESS, (4000, 0)).unwrap_err();
        assert!(matches!(error, OpenError::OtherDevice { expected_major: 4000, .. }), "{error}");
        assert_eq!(error.errno(), libc::ESTALE);
    }

    #[test]
    fn a_plain_file_is_no_device_whatever_its_number() {
        let file = tempfile::NamedTempFile::new().unwrap();
        assert!(matches!(
            Fwctl::open(file.path(), ADDRESS, (0, 0)).unwrap_err(),
            OpenError::OtherDevice { .. }
        ));
    }

    #[test]
    fn a_device_that_does_not_know_fwctl_is_not_used() {
        let error = Fwctl::open(Path::new("/dev/null"), ADDRESS, number_of("/dev/null")).unwrap_err();
        assert!(matches!(error, OpenError::Info { .. }), "{error}");
        assert_eq!(error.errno(), libc::ENOTTY);
    }

    #[test]
    fn a_refusal_says_what_to_do() {
        let denied = |errno| {
            let source = io::Error::from_raw_os_error(errno);
            OpenError::Open { node: PathBuf::from("/dev/fwctl/fwctl0"), source }.to_string()
        };
        assert_eq!(
            denied(libc::EACCES),
            "/dev/fwctl/fwctl0 cannot be opened: EACCES: Permission denied; run as root"
        );
        assert!(
            denied(libc::EPERM).ends_with("; run as root, and not in a container that is denied the device")
        );
        assert!(denied(libc::ENODEV).ends_with("ENODEV: No such device"));
    }

    #[test]
    fn a_missing_node_says_so() {
        let error = Fwctl::open(Path::new("/dev/fwctl/none-such"), ADDRESS, (1, 1)).unwrap_err();
        assert_eq!(error.errno(), libc::ENOENT);
        assert!(
            error.to_string().starts_with("/dev/fwctl/none-such cannot be opened: ENOENT: No such file"),
            "{error}"
        );
    }
}
