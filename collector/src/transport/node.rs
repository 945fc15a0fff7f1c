//! Device nodes, opened only if they are what discovery found.
//!
//! Must not do: look for nodes, load modules, or open a node whose device number is not the expected one.

use std::io;
use std::os::fd::{AsRawFd, OwnedFd};
use std::path::{Path, PathBuf};

use rustix::fs::{FileType, Mode, OFlags, Stat};

use crate::errno;

/// Why a node was not opened or not used.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// It cannot be looked at or opened.
    #[error("{} cannot be opened: {}{}", .node.display(), errno::words(source), remedy(source))]
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
    /// Its number went to another PCI function after it was found.
    #[error("{} does not belong to {expected} any more", .node.display())]
    OtherFunction {
        /// The node.
        node: PathBuf,
        /// The PCI address at which the device was found.
        expected: String,
    },
    /// The ioctl that says what it is failed (FWCTL_INFO, MLX5CTL_IOCTL_INFO).
    #[error("{} does not say what it is: {}", .node.display(), errno::words(source))]
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
    /// It speaks another version of the mlx5ctl interface: the numbers of its ioctls have the sizes of their structs in
    /// them, and those changed from version to version.
    #[error("{} does not speak the fourth version of the mlx5ctl interface", .node.display())]
    OtherVersion {
        /// The node.
        node: PathBuf,
    },
    /// What mlx5ctl gives to those who have them, this process could not put away.
    #[error("{} was not opened: CAP_NET_RAW and CAP_SYS_RAWIO cannot be dropped: {}", .node.display(), errno::words(source))]
    KeptRights {
        /// The node.
        node: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// The user context has more rights than the tools' own, although their conditions were dropped.
    #[error("{} gave its user context capabilities 0x{uctx_cap:x}, more than tools need: it was not asked", .node.display())]
    TooManyRights {
        /// The node.
        node: PathBuf,
        /// `uctx_cap`.
        uctx_cap: u32,
    },
}

/// What to do about an errno of open.
fn remedy(error: &io::Error) -> &'static str {
    match error.raw_os_error() {
        Some(libc::EACCES) => "; run as root",
        // What the device controller of a container says, also to its root.
        Some(libc::EPERM) => "; run as root, and not in a container that is denied the device",
        Some(_) | None => "",
    }
}

impl OpenError {
    /// The errno under which the requests that now cannot be made are recorded.
    pub fn errno(&self) -> i32 {
        match self {
            Self::Open { source, .. } | Self::Info { source, .. } | Self::KeptRights { source, .. } => {
                source.raw_os_error().unwrap_or(libc::EIO)
            }
            Self::OtherDevice { .. } | Self::OtherFunction { .. } => libc::ESTALE,
            Self::OtherVendor { .. } | Self::OtherVersion { .. } => libc::EOPNOTSUPP,
            Self::TooManyRights { .. } => libc::EPERM,
        }
    }
}

/// Opens `node` if it is the character device `(major, minor)`.
///
/// # Errors
/// See [`OpenError`].
pub(super) fn open(node: &Path, device_number: (u32, u32)) -> Result<OwnedFd, OpenError> {
    let cannot_open =
        |error: rustix::io::Errno| OpenError::Open { node: node.to_owned(), source: error.into() };
    let (expected_major, expected_minor) = device_number;
    // Looked at before it is opened, because opening some other device can have effects of its own. The name may
    // be given to another device in between: it is resolved once, and what is opened is what was looked at.
    let flags = OFlags::PATH | OFlags::CLOEXEC;
    let found = rustix::fs::open(node, flags, Mode::empty()).map_err(cannot_open)?;
    if !is_device(&rustix::fs::fstat(&found).map_err(cannot_open)?, device_number) {
        return Err(OpenError::OtherDevice { node: node.to_owned(), expected_major, expected_minor });
    }
    let flags = OFlags::RDWR | OFlags::CLOEXEC | OFlags::NOCTTY;
    let found = format!("/proc/self/fd/{}", found.as_raw_fd());
    rustix::fs::open(found, flags, Mode::empty()).map_err(cannot_open)
}

/// Whether the name of an open node still stands for the function at which it was found. Numbers are given anew when
/// devices go and come; a node that goes after this answers nothing any more.
pub(super) fn check_function(
    node: &Path,
    stands_for: Option<String>,
    address: &str,
) -> Result<(), OpenError> {
    if stands_for.as_deref() == Some(address) {
        Ok(())
    } else {
        Err(OpenError::OtherFunction { node: node.to_owned(), expected: address.to_owned() })
    }
}

/// The last part of a node's path, by which sysfs knows it.
pub(super) fn name(node: &Path) -> &str {
    node.file_name().and_then(|name| name.to_str()).unwrap_or_default()
}

fn is_device(stat: &Stat, (major, minor): (u32, u32)) -> bool {
    FileType::from_raw_mode(stat.st_mode) == FileType::CharacterDevice
        && rustix::fs::major(stat.st_rdev) == major
        && rustix::fs::minor(stat.st_rdev) == minor
}
