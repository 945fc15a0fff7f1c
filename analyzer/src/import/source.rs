//! Where texts come from: a loose file, an archive, a folder.
//!
//! Must not do: read a text, or write anything to disk. Whatever is taken from an archive stays in memory, bounded.

use std::fs::File;
use std::io::Read;
use std::path::Path;

use mlx5_schemas::model::manifest::ImportedArchive;

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
    }
}

/// What a file is, by its first bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A bundle: a zip archive.
    Bundle,
    /// A gzip, xz or tar archive.
    Archive,
    /// A folder.
    Folder,
    /// Anything else: a text, if one is known.
    Text,
}

/// Looks at a file's kind without reading it whole.
///
/// # Errors
/// When it cannot be read.
pub fn kind(path: &Path) -> std::io::Result<Kind> {
    if path.is_dir() {
        return Ok(Kind::Folder);
    }
    let mut head = Vec::with_capacity(HEAD);
    File::open(path)?.take(u64::try_from(HEAD).unwrap_or(u64::MAX)).read_to_end(&mut head)?;
    Ok(kind_of(&head))
}

/// Bytes that tell the kinds apart: the mark of a tar header is at 257.
const HEAD: usize = 512;

/// The kind that the first bytes of a file show.
pub fn kind_of(head: &[u8]) -> Kind {
    if head.starts_with(b"PK") {
        Kind::Bundle
    } else if head.starts_with(&[0x1f, 0x8b])
        || head.starts_with(b"\xfd7zXZ\0")
        || head.get(257..262) == Some(b"ustar")
    {
        Kind::Archive
    } else {
        Kind::Text
    }
}
