//! Finding and reading the files of a catalog.
//!
//! Must not do: follow what the files say, or read more than their limit.

use std::fs;
use std::io::{ErrorKind, Read};
use std::path::{Path, PathBuf};

use super::{File, ImportError};

/// mstflint's parameter database.
pub(super) const DATABASE: &str = "mlxconfig_host.db";
/// mstflint's register tables.
pub(super) const ADB: &str = "register_access_table.adb";
/// A kept catalog in a folder.
pub(super) const KEPT: &str = "catalog.tsv";
/// Most bytes of any of them. mstflint 4.36's are 0.6 and 1.3 MB, the embedded catalog is 0.3 MB.
const MAX_BYTES: u64 = 16 << 20;
/// Where an installed mstflint has them below its folder (`/usr/share/mstflint`). The tables of switches beside them
/// give other registers the same ids, so they are never looked at.
const PLACES: [(&str, &[&str]); 2] = [(DATABASE, &["", "mlxconfig_dbs"]), (ADB, &["", "prm_dbs/hca/ext"])];

/// What a path holds.
pub(super) enum Files {
    /// A catalog in the project's own form.
    Kept {
        /// The file.
        path: PathBuf,
        /// Its content.
        bytes: Vec<u8>,
    },
    /// One or both of mstflint's files.
    Mstflint {
        /// The parameter database.
        database: Option<File>,
        /// The register tables.
        adb: Option<File>,
    },
}

/// Looks at a file or folder.
///
/// # Errors
/// Where it cannot be read, or holds nothing of the kind.
pub(super) fn find(path: &Path) -> Result<Files, ImportError> {
    let metadata =
        fs::metadata(path).map_err(|source| ImportError::Unreadable { path: path.to_owned(), source })?;
    if !metadata.is_dir() {
        return Ok(Files::Kept { path: path.to_owned(), bytes: read(path)? });
    }
    if let Some((path, bytes)) = read_if_there(&path.join(KEPT))? {
        return Ok(Files::Kept { path, bytes });
    }
    let [database, adb] = PLACES.map(|(name, folders)| {
        let there = folders.iter().map(|folder| read_if_there(&path.join(folder).join(name)));
        there.collect::<Result<Vec<_>, _>>().map(|found| found.into_iter().flatten().next())
    });
    match (database?, adb?) {
        (None, None) => Err(ImportError::NothingThere { path: path.to_owned() }),
        (database, adb) => Ok(Files::Mstflint { database, adb }),
    }
}

fn read_if_there(path: &Path) -> Result<Option<File>, ImportError> {
    match fs::metadata(path) {
        Ok(_) => Ok(Some((path.to_owned(), read(path)?))),
        Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => Ok(None),
        Err(source) => Err(ImportError::Unreadable { path: path.to_owned(), source }),
    }
}

fn read(path: &Path) -> Result<Vec<u8>, ImportError> {
    let unreadable = |source| ImportError::Unreadable { path: path.to_owned(), source };
    // A pipe or device would hold us, or never end.
    if !fs::metadata(path).map_err(unreadable)?.is_file() {
        return Err(unreadable(std::io::Error::new(ErrorKind::InvalidInput, "not a regular file")));
    }
    let mut bytes = Vec::new();
    let file = fs::File::open(path).map_err(unreadable)?;
    file.take(MAX_BYTES.saturating_add(1)).read_to_end(&mut bytes).map_err(unreadable)?;
    if u64::try_from(bytes.len()).is_ok_and(|length| length <= MAX_BYTES) {
        Ok(bytes)
    } else {
        Err(ImportError::TooLong { path: path.to_owned(), limit: MAX_BYTES })
    }
}
