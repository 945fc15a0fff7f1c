//! How much of an archive is taken in before it is refused, or before more of it is left out.
//!
//! Must not do: read anything.

use crate::import::source::MAX_TEXT_BYTES;

/// Bounds on one archive or folder. Time grows with the bytes read and nothing else.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of the file. More is refused. Default 4 GiB.
    pub packed_bytes: u64,
    /// Bytes that come out of it, wanted or not. More is refused. Default 8 GiB: a report with all logs has one or two.
    pub bytes: u64,
    /// Bytes that may come out of one byte. More is refused. Default 200: texts come to 30.
    pub ratio: u64,
    /// Up to this many bytes any ratio is harmless. Default 256 MiB.
    pub ratio_free_bytes: u64,
    /// Memory that unpacking may take, as xz streams demand it. More is refused. Default 72 MiB: `xz -9` takes 65.
    pub unpacking_bytes: u64,
    /// Entries of any kind. More is refused. Default 1,000,000.
    pub entries: u64,
    /// Bytes of a name. More is refused. Default 1024.
    pub name_bytes: usize,
    /// Components of a name. More is refused. Default 64.
    pub name_components: usize,
    /// Bytes of one text. A longer one is left out with a note, or reduced where it is a log. Default 8 MiB.
    pub text_bytes: usize,
    /// Bytes of all texts that are kept. What comes after is left out with a note. Default 64 MiB.
    pub kept_bytes: usize,
    /// Number of texts that are kept. What comes after is left out with a note. Default 4000, half the members that a
    /// bundle may have.
    pub kept_texts: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            packed_bytes: 4 << 30,
            bytes: 8 << 30,
            ratio: 200,
            ratio_free_bytes: 256 << 20,
            unpacking_bytes: 72 << 20,
            entries: 1_000_000,
            name_bytes: 1024,
            name_components: 64,
            text_bytes: MAX_TEXT_BYTES,
            kept_bytes: 64 << 20,
            kept_texts: 4000,
        }
    }
}
