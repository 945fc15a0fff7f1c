//! Gives the bundle its name: created exclusively, whole or not at all.
//!
//! The file is opened before anything is collected, so that a folder that cannot be written to is known at once. It has
//! no name (`O_TMPFILE`) where the file system can do that, so that not even SIGKILL leaves anything behind; elsewhere
//! it has a temporary name beside the final one. Must not do: replace a file, or follow a link at the final name.

use std::ffi::OsString;
use std::fs::File;
use std::io::{self, Write};
use std::os::fd::{AsRawFd, OwnedFd};
use std::path::{Path, PathBuf};

use rustix::fs::{AtFlags, Mode, OFlags, RenameFlags};
use rustix::io::Errno;

/// Read and write for the owner alone: the bundle describes a machine.
const MODE: Mode = Mode::RUSR.union(Mode::WUSR);

/// Why a bundle could not be written.
#[derive(Debug, thiserror::Error)]
pub enum OutputError {
    /// There is a file of that name.
    #[error("{} exists already; name another file with -o", path.display())]
    Exists {
        /// The name asked for.
        path: PathBuf,
    },
    /// The path names no file.
    #[error("{} names no file", path.display())]
    NoName {
        /// The path asked for.
        path: PathBuf,
    },
    /// The folder cannot be opened or written to.
    #[error("cannot create a file in {}: {}; name one elsewhere with -o", folder.display(), crate::errno::words(source))]
    Folder {
        /// The folder.
        folder: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// Writing failed; nothing is left behind.
    #[error("cannot write {}: {}; nothing was left behind", path.display(), crate::errno::words(source))]
    Write {
        /// The name asked for.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The file is there, but the folder that names it could not be synced.
    #[error("{} was written, but its folder cannot be synced: {}", path.display(), crate::errno::words(source))]
    Unsynced {
        /// The name asked for.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// Writing to stdout failed.
    #[error(
        "cannot write the bundle to stdout: {}; what was written is not a whole bundle",
        crate::errno::words(source)
    )]
    Stdout {
        /// What the system said.
        source: io::Error,
    },
}

/// A file that is open and has not got its name yet. Dropping it leaves nothing behind.
#[derive(Debug)]
pub struct Pending {
    path: PathBuf,
    name: OsString,
    folder: OwnedFd,
    file: File,
    /// The temporary name, where there is one.
    temporary: Option<OsString>,
}

impl Pending {
    /// Opens a file that will be called `path`. `tag` makes a temporary name unique.
    ///
    /// # Errors
    /// When the name is taken or the folder cannot be written to.
    pub fn create(path: &Path, tag: &str) -> Result<Self, OutputError> {
        let name = path.file_name().ok_or_else(|| OutputError::NoName { path: path.to_owned() })?.to_owned();
        let folder_path = match path.parent() {
            Some(parent) if !parent.as_os_str().is_empty() => parent,
            Some(_) | None => Path::new("."),
        };
        let folder_error =
            |errno: Errno| OutputError::Folder { folder: folder_path.to_owned(), source: errno.into() };
        let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
        let folder = rustix::fs::open(folder_path, flags, Mode::empty()).map_err(folder_error)?;
        match rustix::fs::statat(&folder, &name, AtFlags::SYMLINK_NOFOLLOW) {
            Err(Errno::NOENT) => {}
            Ok(_) => return Err(OutputError::Exists { path: path.to_owned() }),
            Err(errno) => return Err(folder_error(errno)),
        }
        let (file, temporary) = match open_unnamed(&folder) {
            Ok(file) => (file, None),
            // Not every file system can; anything that really forbids the file will show in the next step too.
            Err(_) => {
                let mut temporary = OsString::from(".");
                temporary.push(&name);
                temporary.push(format!(".{tag}.partial"));
                let flags =
                    OFlags::WRONLY | OFlags::CREATE | OFlags::EXCL | OFlags::NOFOLLOW | OFlags::CLOEXEC;
                let file = rustix::fs::openat(&folder, &temporary, flags, MODE).map_err(folder_error)?;
                (file, Some(temporary))
            }
        };
        Ok(Self { path: path.to_owned(), name, folder, file: File::from(file), temporary })
    }

    /// Writes everything, syncs it, gives it its name and syncs the folder; gives the name back.
    ///
    /// # Errors
    /// When any of that fails; then there is no file of that name (or somebody else's).
    pub fn finish(mut self, bytes: &[u8]) -> Result<PathBuf, OutputError> {
        let written = self.file.write_all(bytes).and_then(|()| self.file.sync_all());
        written.map_err(|source| OutputError::Write { path: self.path.clone(), source })?;
        self.name_it().map_err(|errno| match errno {
            Errno::EXIST => OutputError::Exists { path: self.path.clone() },
            other => OutputError::Write { path: self.path.clone(), source: other.into() },
        })?;
        match rustix::fs::fsync(&self.folder) {
            // Some file systems have no fsync of folders; the name is there all the same.
            Ok(()) | Err(Errno::INVAL | Errno::OPNOTSUPP) => Ok(self.path.clone()),
            Err(errno) => Err(OutputError::Unsynced { path: self.path.clone(), source: errno.into() }),
        }
    }

    fn name_it(&mut self) -> Result<(), Errno> {
        let Some(temporary) = self.temporary.clone() else {
            // The way that open(2) gives for O_TMPFILE; it needs no capability.
            let link = format!("/proc/self/fd/{}", self.file.as_raw_fd());
            return rustix::fs::linkat(
                rustix::fs::CWD,
                &link,
                &self.folder,
                &self.name,
                AtFlags::SYMLINK_FOLLOW,
            );
        };
        match rustix::fs::renameat_with(
            &self.folder,
            &temporary,
            &self.folder,
            &self.name,
            RenameFlags::NOREPLACE,
        ) {
            Ok(()) => {
                self.temporary = None;
                Ok(())
            }
            // NFS has no such rename; a hard link is exclusive as well. The temporary name goes with `drop`.
            Err(Errno::INVAL | Errno::NOSYS | Errno::OPNOTSUPP) => {
                rustix::fs::linkat(&self.folder, &temporary, &self.folder, &self.name, AtFlags::empty())
            }
            Err(errno) => Err(errno),
        }
    }
}

/// Writes a bundle to standard output.
///
/// # Errors
/// When not all of it could be written; a pipe that was closed early counts, for the reader has no whole bundle.
pub fn to_stdout(bytes: &[u8]) -> Result<(), OutputError> {
    let mut stdout = io::stdout().lock();
    stdout.write_all(bytes).and_then(|()| stdout.flush()).map_err(|source| OutputError::Stdout { source })
}

impl Drop for Pending {
    fn drop(&mut self) {
        if let Some(temporary) = &self.temporary {
            // Nothing can be done about a failure here, and the file under the final name is not concerned.
            let _ = rustix::fs::unlinkat(&self.folder, temporary, AtFlags::empty());
        }
    }
}

fn open_unnamed(folder: &OwnedFd) -> Result<OwnedFd, Errno> {
    // A kernel that does not know O_TMPFILE opens the folder itself for writing, which fails with EISDIR.
    let file = rustix::fs::openat(folder, ".", OFlags::TMPFILE | OFlags::WRONLY | OFlags::CLOEXEC, MODE)?;
    // Without /proc there is no way to name it later.
    rustix::fs::access(format!("/proc/self/fd/{}", file.as_raw_fd()), rustix::fs::Access::EXISTS)?;
    Ok(file)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    fn names(folder: &Path) -> Vec<OsString> {
        let mut names: Vec<OsString> =
            std::fs::read_dir(folder).unwrap().map(|e| e.unwrap().file_name()).collect();
        names.sort();
        names
    }

    /// As on a file system without O_TMPFILE.
    fn with_temporary_name(path: &Path) -> Pending {
        let mut pending = Pending::create(path, "0a1b").unwrap();
        if pending.temporary.is_none() {
            let flags = OFlags::WRONLY | OFlags::CREATE | OFlags::EXCL;
            pending.file =
                File::from(rustix::fs::openat(&pending.folder, ".b.zip.0a1b.partial", flags, MODE).unwrap());
            pending.temporary = Some(".b.zip.0a1b.partial".into());
        }
        pending
    }

    #[test]
    fn the_file_is_private_whole_and_alone() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("b.zip");
        for pending in
            [Pending::create as fn(&Path, &str) -> _, |path: &Path, _: &str| Ok(with_temporary_name(path))]
        {
            let pending = pending(&path, "0a1b").unwrap();
            assert!(!path.exists());
            pending.finish(b"bundle").unwrap();
            assert_eq!(std::fs::read(&path).unwrap(), b"bundle");
            assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
            assert_eq!(names(folder.path()), ["b.zip"]);
            std::fs::remove_file(&path).unwrap();
        }
    }

    #[test]
    fn what_is_dropped_leaves_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("b.zip");
        drop(Pending::create(&path, "0a1b").unwrap());
        drop(with_temporary_name(&path));
        assert!(names(folder.path()).is_empty());
    }

    #[test]
    fn nothing_is_replaced_whenever_it_appears() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("b.zip");
        for pending in
            [Pending::create as fn(&Path, &str) -> _, |path: &Path, _: &str| Ok(with_temporary_name(path))]
        {
            let pending = pending(&path, "0a1b").unwrap();
            std::fs::write(&path, "theirs").unwrap();
            assert!(matches!(pending.finish(b"ours"), Err(OutputError::Exists { .. })));
            assert_eq!(std::fs::read(&path).unwrap(), b"theirs");
            assert_eq!(names(folder.path()), ["b.zip"]);
            std::fs::remove_file(&path).unwrap();
        }
        std::os::unix::fs::symlink("elsewhere", &path).unwrap();
        assert!(matches!(Pending::create(&path, "0a1b"), Err(OutputError::Exists { .. })));
    }
}
