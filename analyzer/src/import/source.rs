//! Where texts come from: a loose file, an archive, a folder.
//!
//! Must not do: read a text, or write anything to disk. Whatever is taken from an archive stays in memory, bounded.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use mlx5_schemas::model::manifest::ImportedArchive;

use super::archive::{self, ArchiveError, Limits};
use super::text::Origin;

/// Most bytes of a text that is imported: twenty times the longest query of a host full of cards.
pub const MAX_TEXT_BYTES: usize = 8 << 20;

/// A text as it was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FoundText {
    /// Where it stood.
    pub origin: Origin,
    /// Its bytes, or those of them that were kept.
    pub bytes: Vec<u8>,
    /// Whether only a part was kept (see [`mlx5_schemas::model::manifest::ImportedFile::reduced`]).
    pub reduced: bool,
    /// Place in [`Found::archives`] of the archive that it was in.
    pub archive: Option<usize>,
}

/// What was found.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Found {
    /// The texts, in order.
    pub texts: Vec<FoundText>,
    /// The archives they were in.
    pub archives: Vec<ImportedArchive>,
    /// Words about what was left out.
    pub notes: Vec<String>,
    /// Whether something that was wanted is missing: an archive ends too early, or held more than is kept.
    pub is_incomplete: bool,
}

impl Found {
    /// One loose text.
    pub fn loose(name: &str, bytes: Vec<u8>) -> Self {
        let text = FoundText { origin: Origin::loose(name), bytes, reduced: false, archive: None };
        Self { texts: vec![text], ..Self::default() }
    }

    /// Adds what was found elsewhere, after what there is.
    pub fn append(&mut self, other: Self) {
        let shift = self.archives.len();
        self.archives.extend(other.archives);
        self.texts.extend(other.texts.into_iter().map(|text| FoundText {
            archive: text.archive.map(|archive| archive.saturating_add(shift)),
            ..text
        }));
        self.notes.extend(other.notes);
        self.is_incomplete |= other.is_incomplete;
    }
}

/// What a file is, by its first bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A bundle: a zip archive.
    Bundle,
    /// A tar archive, packed with gzip, xz or bzip2, or not at all.
    Archive,
    /// Anything else: a text, if one is known.
    Text,
}

/// Bytes that tell the kinds apart: the mark of a tar header is at 257.
const HEAD: usize = 512;

/// The kind that the first bytes of a file show.
pub fn kind_of(head: &[u8]) -> Kind {
    if head.starts_with(b"PK") {
        Kind::Bundle
    } else if archive::packing(head).is_some() {
        Kind::Archive
    } else {
        Kind::Text
    }
}

/// Why a file or folder cannot be taken.
#[derive(Debug, thiserror::Error)]
pub enum SourceError {
    /// It cannot be read.
    #[error("cannot be read")]
    Read {
        /// Why.
        #[source]
        source: io::Error,
    },
    /// It is an archive that is refused.
    #[error("refused")]
    Archive {
        /// Why.
        #[source]
        source: ArchiveError,
    },
}

impl From<io::Error> for SourceError {
    fn from(source: io::Error) -> Self {
        Self::Read { source }
    }
}

impl From<ArchiveError> for SourceError {
    fn from(error: ArchiveError) -> Self {
        if let ArchiveError::Read { source } = error {
            Self::Read { source }
        } else {
            Self::Archive { source: error }
        }
    }
}

/// What a file or folder holds.
#[derive(Debug)]
pub enum Held {
    /// A bundle's bytes, as many as were asked for.
    Bundle(Vec<u8>),
    /// Texts.
    Texts(Found),
}

/// Reads a file or folder, whatever it is; of a bundle `bundle_bytes` and one more, so that a longer one is refused and
/// not cut. A file is opened once, so that a pipe will do.
///
/// # Errors
/// When it cannot be read, or is an archive that is refused.
pub fn read(path: &Path, bundle_bytes: u64) -> Result<Held, SourceError> {
    let limits = Limits::default();
    if path.is_dir() {
        return Ok(Held::Texts(archive::read_folder(path, &folder_name(path), &limits)?));
    }
    let name = base_name(&path.display().to_string());
    let mut file = File::open(path)?;
    let mut bytes = Vec::with_capacity(HEAD);
    (&mut file).take(wide(HEAD)).read_to_end(&mut bytes)?;
    let rest =
        |file: File, limit: u64, head: usize| file.take(limit.saturating_add(1).saturating_sub(wide(head)));
    match kind_of(&bytes) {
        Kind::Archive => Ok(Held::Texts(archive::read(&bytes, file, &name, &limits)?)),
        Kind::Bundle => {
            rest(file, bundle_bytes, bytes.len()).read_to_end(&mut bytes)?;
            Ok(Held::Bundle(bytes))
        }
        Kind::Text => {
            rest(file, wide(MAX_TEXT_BYTES), bytes.len()).read_to_end(&mut bytes)?;
            Ok(Held::Texts(Found::loose(&name, bytes)))
        }
    }
}

/// Takes bytes that were read already; `name` is their file name.
///
/// # Errors
/// When they are an archive that is refused.
pub fn read_bytes(bytes: &[u8], name: &str) -> Result<Found, SourceError> {
    let (head, rest) = bytes.split_at(bytes.len().min(HEAD));
    match kind_of(head) {
        Kind::Archive => Ok(archive::read(head, rest, name, &Limits::default())?),
        Kind::Bundle | Kind::Text => Ok(Found::loose(name, bytes.to_vec())),
    }
}

/// A file's name without folders.
pub(crate) fn base_name(file: &str) -> String {
    file.rsplit(['/', '\\']).next().unwrap_or(file).to_owned()
}

/// What a folder is called, also where it was given as `.`.
fn folder_name(path: &Path) -> String {
    let whole = std::fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
    whole.file_name().map_or_else(|| "folder".to_owned(), |name| name.to_string_lossy().into_owned())
}

fn wide(number: usize) -> u64 {
    u64::try_from(number).unwrap_or(u64::MAX)
}
