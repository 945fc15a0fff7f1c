//! An unpacked report: a folder, read entry by entry without following any link.
//!
//! Must not do: leave the folder. Each entry is opened below the open folder that lists it, never by a path, so that
//! nothing that is exchanged meanwhile leads elsewhere.

use std::fs::File;
use std::io;
use std::os::fd::{AsFd, OwnedFd};
use std::path::Path;

use rustix::fs::{AtFlags, Dir, FileType, Mode, OFlags};

use super::error::ArchiveError;
use super::keep::{Keeper, Stopped};
use super::limits::Limits;
use super::name;

/// Reads all there is below a folder; `root` is what it is called.
pub(super) fn walk<'l>(
    path: &Path,
    root: &str,
    keeper: &mut Keeper<'l>,
    limits: &'l Limits,
) -> Result<(), Stopped> {
    let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
    let folder = rustix::fs::open(path, flags, Mode::empty()).map_err(io::Error::from)?;
    let device = rustix::fs::fstat(&folder).map_err(io::Error::from)?.st_dev;
    Walk { keeper, limits, device, before: root.to_owned() }.folder(&folder, root, 1)
}

struct Walk<'w, 'l> {
    keeper: &'w mut Keeper<'l>,
    limits: &'l Limits,
    /// Other file systems are not entered.
    device: u64,
    before: String,
}

impl Walk<'_, '_> {
    fn folder(&mut self, folder: &OwnedFd, path: &str, depth: usize) -> Result<(), Stopped> {
        let mut names = Vec::new();
        for entry in Dir::read_from(folder).map_err(io::Error::from)? {
            let entry = entry.map_err(io::Error::from)?;
            let name = entry.file_name();
            if name.to_bytes() != b"." && name.to_bytes() != b".." {
                self.keeper.entry()?;
                names.push(name.to_owned());
            }
        }
        // The order of a folder is nobody's; that of its names is the same everywhere.
        names.sort();
        for entry in names {
            let whole = [path.as_bytes(), b"/", entry.to_bytes()].concat();
            let whole = name::checked(&whole, &self.before, self.limits)?;
            let at = (folder.as_fd(), entry.as_c_str());
            // What went away meanwhile is not there.
            let Ok(stat) = rustix::fs::statat(at.0, at.1, AtFlags::SYMLINK_NOFOLLOW) else { continue };
            match FileType::from_raw_mode(stat.st_mode) {
                FileType::Directory if stat.st_dev == self.device && depth < self.limits.name_components => {
                    if let Some(below) = opened(at, OFlags::DIRECTORY) {
                        self.folder(&below, &whole, depth.saturating_add(1))?;
                    }
                }
                FileType::RegularFile => {
                    let Some(file) = opened(at, OFlags::NONBLOCK) else { continue };
                    let stat = rustix::fs::fstat(&file).map_err(io::Error::from)?;
                    if FileType::from_raw_mode(stat.st_mode) == FileType::RegularFile {
                        let size = u64::try_from(stat.st_size).unwrap_or_default();
                        self.keeper.file(&whole, size, 0, &mut File::from(file))?;
                    }
                }
                FileType::Symlink => {
                    let target = rustix::fs::readlinkat(at.0, at.1, Vec::new()).map_err(io::Error::from)?;
                    self.keeper.symbolic_link(&whole, target.to_bytes())?;
                }
                // Another file system, what lies too deep, and what holds no text.
                FileType::Directory
                | FileType::Fifo
                | FileType::Socket
                | FileType::CharacterDevice
                | FileType::BlockDevice
                | FileType::Unknown => {}
            }
            self.before = whole;
        }
        Ok(())
    }
}

/// `None` where it is denied or has become a link; an unpacked report may have files that only root can read.
fn opened((folder, name): (rustix::fd::BorrowedFd<'_>, &std::ffi::CStr), flags: OFlags) -> Option<OwnedFd> {
    let flags = flags | OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    rustix::fs::openat(folder, name, flags, Mode::empty()).ok()
}

impl From<Stopped> for ArchiveError {
    fn from(stopped: Stopped) -> Self {
        match stopped {
            Stopped::Input(source) => Self::Read { source },
            Stopped::Refused(error) => error,
        }
    }
}
