//! The kernel's fwctl character device.
//!
//! Opening a node makes firmware create a user context (CREATE_UCTX) and closing it destroys that; nothing
//! else is changed. Source: `drivers/fwctl/main.c`, `drivers/fwctl/mlx5/main.c` (Linux 7.3).
//!
//! Must not do: look for nodes, load modules, or open a node whose device number is not the expected one.

use std::io;
use std::os::fd::{AsFd, AsRawFd, OwnedFd};
use std::path::{Path, PathBuf};

use mlx5_schemas::model::exchange::Reply;
use mlx5_schemas::model::manifest::FwctlInfo;
use mlx5_schemas::model::request::Request;
use rustix::fs::{FileType, Mode, OFlags, Stat};

use super::{Transport, TransportError, guard};
use crate::discovery::CLASS;
use crate::root::Root;
use crate::{errno, sys};

/// `FWCTL_DEVICE_TYPE_MLX5`.
const DEVICE_TYPE_MLX5: u32 = 1;

/// An open fwctl node of an mlx5 device.
#[derive(Debug)]
pub struct Fwctl {
    node: OwnedFd,
    info: FwctlInfo,
    /// Room for answers, kept from call to call.
    output: Vec<u8>,
}

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
    /// FWCTL_INFO failed.
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
            Self::Open { source, .. } | Self::Info { source, .. } => {
                source.raw_os_error().unwrap_or(libc::EIO)
            }
            Self::OtherDevice { .. } | Self::OtherFunction { .. } => libc::ESTALE,
            Self::OtherVendor { .. } => libc::EOPNOTSUPP,
        }
    }
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
        let cannot_open =
            |error: rustix::io::Errno| OpenError::Open { node: node.to_owned(), source: error.into() };
        let (expected_major, expected_minor) = device_number;
        let other = || OpenError::OtherDevice { node: node.to_owned(), expected_major, expected_minor };
        // Looked at before it is opened, because opening some other device can have effects of its own. The name may
        // be given to another device in between: it is resolved once, and what is opened is what was looked at.
        let flags = OFlags::PATH | OFlags::CLOEXEC;
        let found = rustix::fs::open(node, flags, Mode::empty()).map_err(cannot_open)?;
        if !is_device(&rustix::fs::fstat(&found).map_err(cannot_open)?, device_number) {
            return Err(other());
        }
        let flags = OFlags::RDWR | OFlags::CLOEXEC | OFlags::NOCTTY;
        let found = format!("/proc/self/fd/{}", found.as_raw_fd());
        let opened = rustix::fs::open(found, flags, Mode::empty()).map_err(cannot_open)?;
        let info = sys::fwctl_info(opened.as_fd())
            .map_err(|source| OpenError::Info { node: node.to_owned(), source })?;
        if info.device_type != DEVICE_TYPE_MLX5 {
            return Err(OpenError::OtherVendor { node: node.to_owned(), device_type: info.device_type });
        }
        check_function(&Root::live(), node, address)?;
        Ok(Self { node: opened, info, output: Vec::new() })
    }

    /// What FWCTL_INFO said.
    pub fn info(&self) -> &FwctlInfo {
        &self.info
    }
}

/// Whether the name of an open node still stands for the function at which it was found. Numbers are given anew when
/// devices go and come; a node that goes after this answers nothing any more.
fn check_function(root: &Root, node: &Path, address: &str) -> Result<(), OpenError> {
    let name = node.file_name().and_then(|name| name.to_str()).unwrap_or_default();
    if root.link_name(&format!("{CLASS}/{name}"), "device").as_deref() == Some(address) {
        Ok(())
    } else {
        Err(OpenError::OtherFunction { node: node.to_owned(), expected: address.to_owned() })
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
        // Cleared, so that nothing of an earlier answer can stand behind a short one.
        self.output.clear();
        self.output.resize(request.output_length(), 0);
        let checked = guard::check(&input)?;
        let length = sys::fwctl_rpc(self.node.as_fd(), checked, &mut self.output).map_err(|error| {
            TransportError::Undelivered { errno: error.raw_os_error().unwrap_or(libc::EIO) }
        })?;
        let output = self.output.get(..length).unwrap_or(&self.output);
        Reply::from_output(output.to_vec()).ok_or(TransportError::ShortAnswer { length })
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

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
        assert!(check_function(&root, node, ADDRESS).is_ok());
        for (node, address) in [(node, "0000:3b:00.1"), (Path::new("/dev/fwctl/fwctl1"), ADDRESS)] {
            let error = check_function(&root, node, address).unwrap_err();
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
