//! The kernel's fwctl character device.
//!
//! Opening a node makes firmware create a user context (CREATE_UCTX) and closing it destroys that; nothing
//! else is changed. Source: `drivers/fwctl/main.c`, `drivers/fwctl/mlx5/main.c` (Linux 7.3).
//!
//! Must not do: look for nodes, load modules, or open a node whose device number is not the expected one.

use std::io;
use std::os::fd::{AsFd, OwnedFd};
use std::path::{Path, PathBuf};

use mlx5_schemas::model::exchange::Reply;
use mlx5_schemas::model::manifest::FwctlInfo;
use mlx5_schemas::model::request::Request;
use rustix::fs::{FileType, Mode, OFlags, Stat};

use super::{Transport, TransportError, guard};
use crate::sys;

/// `FWCTL_DEVICE_TYPE_MLX5`.
const DEVICE_TYPE_MLX5: u32 = 1;

/// An open fwctl node of an mlx5 device.
#[derive(Debug)]
pub struct Fwctl {
    node: OwnedFd,
    info: FwctlInfo,
}

/// Why a node was not opened or not used.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// It cannot be looked at or opened.
    #[error("{node} cannot be opened: {source}", node = .node.display())]
    Open {
        /// The node.
        node: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// It is something else than the device that was found in sysfs.
    #[error("{} is not character device {expected_major}:{expected_minor} (any more)", .node.display())]
    OtherDevice {
        /// The node.
        node: PathBuf,
        /// Major number in sysfs.
        expected_major: u32,
        /// Minor number in sysfs.
        expected_minor: u32,
    },
    /// FWCTL_INFO failed.
    #[error("{node} does not say what it is: {source}", node = .node.display())]
    Info {
        /// The node.
        node: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// It belongs to another vendor's driver.
    #[error("{node} is of fwctl device type {device_type}, not mlx5", node = .node.display())]
    OtherVendor {
        /// The node.
        node: PathBuf,
        /// `out_device_type`.
        device_type: u32,
    },
}

impl OpenError {
    /// The errno under which the requests that now cannot be made are recorded.
    pub fn errno(&self) -> i32 {
        match self {
            Self::Open { source, .. } | Self::Info { source, .. } => {
                source.raw_os_error().unwrap_or(libc::EIO)
            }
            Self::OtherDevice { .. } => libc::ESTALE,
            Self::OtherVendor { .. } => libc::EOPNOTSUPP,
        }
    }
}

impl Fwctl {
    /// Opens `node` if it is the character device `(major, minor)` and belongs to mlx5.
    ///
    /// Blocks in the kernel as long as firmware takes to create a user context.
    ///
    /// # Errors
    /// See [`OpenError`].
    pub fn open(node: &Path, device_number: (u32, u32)) -> Result<Self, OpenError> {
        let cannot_open =
            |error: rustix::io::Errno| OpenError::Open { node: node.to_owned(), source: error.into() };
        let (expected_major, expected_minor) = device_number;
        let other = || OpenError::OtherDevice { node: node.to_owned(), expected_major, expected_minor };
        // Looked at first, because opening some other device can have effects of its own; and again
        // afterwards, because the name may have been given to another device in between.
        let before = rustix::fs::stat(node).map_err(cannot_open)?;
        if !is_device(&before, device_number) {
            return Err(other());
        }
        let flags = OFlags::RDWR | OFlags::CLOEXEC | OFlags::NOCTTY;
        let opened = rustix::fs::open(node, flags, Mode::empty()).map_err(cannot_open)?;
        let after = rustix::fs::fstat(&opened).map_err(cannot_open)?;
        if !is_device(&after, device_number) {
            return Err(other());
        }
        let info = sys::fwctl_info(opened.as_fd())
            .map_err(|source| OpenError::Info { node: node.to_owned(), source })?;
        if info.device_type != DEVICE_TYPE_MLX5 {
            return Err(OpenError::OtherVendor { node: node.to_owned(), device_type: info.device_type });
        }
        Ok(Self { node: opened, info })
    }

    /// What FWCTL_INFO said.
    pub fn info(&self) -> &FwctlInfo {
        &self.info
    }
}

fn is_device(stat: &Stat, (major, minor): (u32, u32)) -> bool {
    FileType::from_raw_mode(stat.st_mode) == FileType::CharacterDevice
        && rustix::fs::major(stat.st_rdev) == major
        && rustix::fs::minor(stat.st_rdev) == minor
}

impl Transport for Fwctl {
    fn call(&mut self, request: &Request) -> Result<Reply, TransportError> {
        let input = request.input();
        let mut output = vec![0; request.output_length()];
        let checked = guard::check(&input)?;
        let length = sys::fwctl_rpc(self.node.as_fd(), checked, &mut output).map_err(|error| {
            TransportError::Undelivered { errno: error.raw_os_error().unwrap_or(libc::EIO) }
        })?;
        output.truncate(length);
        Reply::from_output(output).ok_or(TransportError::ShortAnswer { length })
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    fn number_of(path: &str) -> (u32, u32) {
        let stat = rustix::fs::stat(path).unwrap();
        (rustix::fs::major(stat.st_rdev), rustix::fs::minor(stat.st_rdev))
    }

    #[test]
    fn a_node_with_another_number_is_not_opened() {
        let error = Fwctl::open(Path::new("/dev/null"), (4000, 0)).unwrap_err();
        assert!(matches!(error, OpenError::OtherDevice { expected_major: 4000, .. }), "{error}");
        assert_eq!(error.errno(), libc::ESTALE);
    }

    #[test]
    fn a_plain_file_is_no_device_whatever_its_number() {
        let file = tempfile::NamedTempFile::new().unwrap();
        assert!(matches!(Fwctl::open(file.path(), (0, 0)).unwrap_err(), OpenError::OtherDevice { .. }));
    }

    #[test]
    fn a_device_that_does_not_know_fwctl_is_not_used() {
        let error = Fwctl::open(Path::new("/dev/null"), number_of("/dev/null")).unwrap_err();
        assert!(matches!(error, OpenError::Info { .. }), "{error}");
        assert_eq!(error.errno(), libc::ENOTTY);
    }

    #[test]
    fn a_missing_node_says_so() {
        let error = Fwctl::open(Path::new("/dev/fwctl/none-such"), (1, 1)).unwrap_err();
        assert_eq!(error.errno(), libc::ENOENT);
        assert!(
            error.to_string().starts_with("/dev/fwctl/none-such cannot be opened: No such file"),
            "{error}"
        );
    }
}
