//! The root below which the host's files are read: `/`, or another folder (`--root`).
//!
//! Must not do: write, follow a link out of an alternate root, or read without a bound.

use std::fs::File;
use std::io::{self, Read};
use std::os::fd::OwnedFd;
use std::path::{Path, PathBuf};

use rustix::fs::{AtFlags, Mode, OFlags, ResolveFlags, Stat};

/// Where the host's files are.
#[derive(Debug, Clone)]
pub struct Root {
    path: PathBuf,
    alternate: bool,
}

/// The first bytes of a file, and whether there were more.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Head {
    /// At most the bytes asked for.
    pub bytes: Vec<u8>,
    /// Whether the file went on.
    pub cut: bool,
}

impl Root {
    /// The running system.
    pub fn live() -> Self {
        Self { path: PathBuf::from("/"), alternate: false }
    }

    /// Another folder. Links inside it are resolved as if it were `/`, so none leads out of it.
    pub fn alternate(path: PathBuf) -> Self {
        Self { path, alternate: true }
    }

    /// A folder that passes for the running system, to test what is done only there.
    #[cfg(test)]
    pub(crate) fn pretended(path: PathBuf) -> Self {
        Self { path, alternate: false }
    }

    /// Whether this is not the running system.
    pub fn is_alternate(&self) -> bool {
        self.alternate
    }

    /// Whether what the kernel answers to system calls belongs to these files. Not below another root, nor below a
    /// folder that only passes for the running system.
    pub fn is_running(&self) -> bool {
        !self.alternate && self.path == Path::new("/")
    }

    /// The folder itself.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The full path of `relative` (no leading slash), for messages and for opening device nodes.
    pub fn join(&self, relative: &str) -> PathBuf {
        self.path.join(relative)
    }

    /// Opens `relative` without blocking on it, for reading unless `flags` say otherwise.
    pub fn open(&self, relative: &str, flags: OFlags) -> io::Result<OwnedFd> {
        // openat2 refuses O_PATH together with flags that mean nothing to it.
        let extra =
            if flags.contains(OFlags::PATH) { OFlags::empty() } else { OFlags::NONBLOCK | OFlags::NOCTTY };
        let flags = flags | OFlags::CLOEXEC | extra;
        if !self.alternate {
            return Ok(rustix::fs::open(self.join(relative), flags, Mode::empty())?);
        }
        let folder =
            rustix::fs::open(&self.path, OFlags::PATH | OFlags::DIRECTORY | OFlags::CLOEXEC, Mode::empty())?;
        // An empty path is refused by the kernel; the folder itself is meant.
        let relative = if relative.is_empty() { "." } else { relative };
        Ok(rustix::fs::openat2(&folder, relative, flags, Mode::empty(), ResolveFlags::IN_ROOT)?)
    }

    /// Reads at most `limit` bytes of a file.
    pub fn read(&self, relative: &str, limit: usize) -> io::Result<Head> {
        let file = File::from(self.open(relative, OFlags::RDONLY)?);
        let mut bytes = Vec::new();
        let room = u64::try_from(limit).unwrap_or(u64::MAX).saturating_add(1);
        file.take(room).read_to_end(&mut bytes)?;
        let cut = bytes.len() > limit;
        bytes.truncate(limit);
        Ok(Head { bytes, cut })
    }

    /// A short text file (a sysfs attribute) without the white space around it; `None` when there is none.
    pub fn attribute(&self, relative: &str) -> Option<String> {
        let head = self.read(relative, 4096).ok()?;
        Some(String::from_utf8(head.bytes).ok()?.trim().to_owned())
    }

    /// The names in a folder, sorted; names that are not UTF-8 are left out.
    pub fn names(&self, relative: &str) -> io::Result<Vec<String>> {
        let folder = self.open(relative, OFlags::RDONLY | OFlags::DIRECTORY)?;
        let mut names = Vec::new();
        for entry in rustix::fs::Dir::read_from(&folder)? {
            match entry?.file_name().to_str() {
                Ok("." | "..") | Err(_) => {}
                Ok(name) => names.push(name.to_owned()),
            }
        }
        names.sort();
        Ok(names)
    }

    /// The target of the symbolic link `folder`/`name`, as it is written; nothing says that it exists.
    pub fn link(&self, folder: &str, name: &str) -> Option<String> {
        let folder = self.open(folder, OFlags::PATH | OFlags::DIRECTORY).ok()?;
        let target = rustix::fs::readlinkat(&folder, name, Vec::new()).ok()?;
        Some(target.to_str().ok()?.to_owned())
    }

    /// The last part of the target of the symbolic link `folder`/`name`.
    pub fn link_name(&self, folder: &str, name: &str) -> Option<String> {
        Some(self.link(folder, name)?.rsplit('/').next()?.to_owned())
    }

    /// Whether something is there (links are followed).
    pub fn exists(&self, relative: &str) -> bool {
        self.open(relative, OFlags::PATH).is_ok()
    }

    /// The status of a file (links are followed), without opening what it stands for.
    pub fn stat(&self, relative: &str) -> io::Result<Stat> {
        let fd = self.open(relative, OFlags::PATH)?;
        Ok(rustix::fs::statat(&fd, "", AtFlags::EMPTY_PATH)?)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn links_do_not_lead_out_of_an_alternate_root() {
        let folder = tempfile::tempdir().unwrap();
        let inside = folder.path().join("inside");
        std::fs::create_dir(&inside).unwrap();
        std::fs::write(folder.path().join("secret"), "outside").unwrap();
        std::os::unix::fs::symlink("../secret", inside.join("climbs")).unwrap();
        std::os::unix::fs::symlink(folder.path().join("secret"), inside.join("absolute")).unwrap();
        let root = Root::alternate(inside);
        assert!(root.read("climbs", 10).is_err());
        assert!(root.read("absolute", 10).is_err());
        assert!(root.read("../secret", 10).is_err());
    }

    #[test]
    fn a_read_is_bounded_and_says_so() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("file"), "0123456789").unwrap();
        let root = Root::alternate(folder.path().to_owned());
        assert_eq!(root.read("file", 4).unwrap(), Head { bytes: b"0123".to_vec(), cut: true });
        assert_eq!(root.read("file", 10).unwrap(), Head { bytes: b"0123456789".to_vec(), cut: false });
    }
}
