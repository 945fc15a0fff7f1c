//! The catalog that is decoded by: the embedded one, or one that the user chose.
//!
//! A folder with the files of an installed mstflint gives the TLVs, parameters and register layouts of that release;
//! what those files do not have (capability pages, which registers are read and by which index fields, what changed
//! between releases) is the embedded catalog's. What was imported can be kept as one file in the project's own form.
//!
//! All of these files are hostile input: they are read whole under a limit, never run, and what cannot be taken is
//! named.
//!
//! Must not do: write files, or decode anything.

mod adb;
mod database;
mod files;
mod lookup;
mod notes;
pub mod report;

use std::borrow::Cow;
use std::path::{Path, PathBuf};

use mlx5_schemas::catalog::{Catalog, CatalogError, Parts};
use sha2::{Digest, Sha256};

pub use adb::AdbError;
pub use database::DatabaseError;
pub use lookup::{Entry, Found, find};

use files::{ADB, DATABASE, Files, KEPT};
use notes::Notes;

/// A catalog and how it came to be.
#[derive(Debug, Clone)]
pub struct Chosen {
    /// The catalog.
    pub catalog: Cow<'static, Catalog>,
    /// What could not be taken from the files, or stayed the embedded catalog's.
    pub notes: Vec<String>,
}

/// Why there is no catalog.
#[derive(Debug, thiserror::Error)]
pub enum ImportError {
    /// A file or folder cannot be read.
    #[error("{}: cannot be read", path.display())]
    Unreadable {
        /// Which.
        path: PathBuf,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// A file is longer than any catalog.
    #[error("{}: longer than {limit} bytes, so no catalog", path.display())]
    TooLong {
        /// Which.
        path: PathBuf,
        /// The most that is read.
        limit: u64,
    },
    /// There is nothing in the folder to read.
    #[error("{}: holds neither {KEPT} nor mstflint's {DATABASE} or {ADB}", path.display())]
    NothingThere {
        /// The folder.
        path: PathBuf,
    },
    /// It is no text.
    #[error("{}: not UTF-8 text", path.display())]
    NoText {
        /// Which.
        path: PathBuf,
        /// Where it stops being text.
        #[source]
        source: std::str::Utf8Error,
    },
    /// A kept catalog is not in its form, or the parts make no catalog.
    #[error("{}", path.display())]
    Form {
        /// Which file or folder.
        path: PathBuf,
        /// Where and why.
        #[source]
        source: CatalogError,
    },
    /// The parameter database cannot be read.
    #[error("{}", path.display())]
    Database {
        /// Which.
        path: PathBuf,
        /// Why.
        #[source]
        source: DatabaseError,
    },
    /// The register tables cannot be read.
    #[error("{}", path.display())]
    Adb {
        /// Which.
        path: PathBuf,
        /// Why.
        #[source]
        source: AdbError,
    },
}

/// The catalog that `--catalog` names; the embedded one without it.
///
/// # Errors
/// Where the path holds no catalog, or a broken one.
pub fn choose(path: Option<&Path>) -> Result<Chosen, ImportError> {
    let Some(path) = path else {
        return Ok(Chosen { catalog: Cow::Borrowed(Catalog::embedded()), notes: Vec::new() });
    };
    let (catalog, notes) = match files::find(path)? {
        Files::Kept { path, bytes } => (kept(path, &bytes)?, Vec::new()),
        Files::Mstflint { database, adb } => import(path, database, adb)?,
    };
    Ok(Chosen { catalog: Cow::Owned(catalog), notes })
}

/// A catalog in the project's own form.
fn kept(path: PathBuf, bytes: &[u8]) -> Result<Catalog, ImportError> {
    let text = match std::str::from_utf8(bytes) {
        Ok(text) => text,
        Err(source) => return Err(ImportError::NoText { path, source }),
    };
    Catalog::parse(&[text]).map_err(|source| ImportError::Form { path, source })
}

type File = (PathBuf, Vec<u8>);

/// A catalog of mstflint's files over the embedded one.
fn import(
    folder: &Path,
    database: Option<File>,
    adb: Option<File>,
) -> Result<(Catalog, Vec<String>), ImportError> {
    let mut parts: Parts = Catalog::embedded().clone().into_parts();
    let mut notes = Notes::default();
    let mut sources = Vec::new();
    match database {
        Some((path, bytes)) => {
            parts.tlvs = database::read(&bytes, &mut notes)
                .map_err(|source| ImportError::Database { path, source })?;
            sources.push(format!("{DATABASE} {}", digest(&bytes)));
        }
        None => notes.add(format!("no {DATABASE} here: TLVs are the embedded catalog's")),
    }
    match adb {
        Some((path, bytes)) => {
            let tables = adb::read(&bytes, &mut notes).map_err(|source| ImportError::Adb { path, source })?;
            let revision = tables.revision.as_deref().map(|text| format!("{text} ")).unwrap_or_default();
            sources.push(format!("{ADB} {revision}{}", digest(&bytes)));
            tables.replace(&mut parts.registers, &mut notes);
        }
        None => notes.add(format!("no {ADB} here: registers are the embedded catalog's")),
    }
    parts.source = format!("{}; else {}", sources.join("; "), parts.source);
    let catalog =
        Catalog::of(parts).map_err(|source| ImportError::Form { path: folder.to_owned(), source })?;
    Ok((catalog, notes.into_lines()))
}

/// Enough of a file's SHA-256 to know it by.
fn digest(bytes: &[u8]) -> String {
    let hex: String = Sha256::digest(bytes).iter().take(8).map(|byte| format!("{byte:02x}")).collect();
    format!("sha256:{hex}")
}
