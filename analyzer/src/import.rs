//! Texts of other programs, taken as evidence: what the field already has instead of a bundle.
//!
//! A text becomes a bundle in memory whose source is *imported*: its facts have route `imported` and can carry no more
//! than a claim. What the text is shows in its content, never in its name; one file below [`self`] reads one format.
//!
//! Must not do: believe more than the text says. A line that cannot be read is counted and shown, and what is known to
//! be printed wrongly becomes a gap with its reason.

mod lines;
pub mod mlxconfig;

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use mlx5_schemas::bundle::Bundle;
use mlx5_schemas::catalog::Catalog;
use mlx5_schemas::model::fact::Fact;
use mlx5_schemas::model::manifest::{
    Device, Ending, FORMAT, FORMAT_VERSION, ImportedFile, MANIFEST_MEMBER, Manifest, SIGNATURE_MEMBER, Seal,
    Source, UnreadLine,
};
use sha2::{Digest, Sha256};

/// Most bytes of a text that is imported: twenty times the longest query of a host full of cards.
pub const MAX_TEXT_BYTES: usize = 8 << 20;
/// Most lines that are listed as unread; the others are only counted.
const MAX_UNREAD_LISTED: usize = 100;
/// Most characters that are shown of an unread line.
const MAX_UNREAD_CHARACTERS: usize = 120;

/// Why a text cannot be imported.
#[derive(Debug, thiserror::Error)]
pub enum ImportError {
    /// It is too long.
    #[error("the text has {bytes} bytes, and no more than {limit} are imported")]
    TooLong {
        /// Its length in bytes, as far as it was read.
        bytes: usize,
        /// The most that is imported.
        limit: usize,
    },
    /// The manifest cannot be written.
    #[error("the account of the import cannot be written")]
    Manifest {
        /// Why.
        #[source]
        source: serde_json::Error,
    },
}

/// The formats that are read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// What `mlxconfig query` and `mstconfig query` print.
    MlxconfigQuery,
    /// What `mstconfig -j FILE query` writes.
    MlxconfigJson,
}

impl Format {
    /// The word used in files.
    pub fn word(self) -> &'static str {
        match self {
            Self::MlxconfigQuery => "mlxconfig-query",
            Self::MlxconfigJson => "mlxconfig-json",
        }
    }
}

/// What was read of a text.
#[derive(Debug, Clone, Default)]
pub struct Import {
    /// The devices that it speaks of, ordered by id.
    pub devices: Vec<Device>,
    /// What it says of them.
    pub facts: Vec<Fact>,
    /// Words about the text as a whole.
    pub notes: Vec<String>,
    /// Number of its lines.
    pub lines: u64,
    /// The lines that say something and could not be read.
    pub unread: Unread,
}

/// Lines that could not be read: all are counted, the first are kept.
#[derive(Debug, Clone, Default)]
pub struct Unread {
    /// How many there are.
    pub count: u64,
    /// The first of them, in order.
    pub first: Vec<UnreadLine>,
}

impl Unread {
    fn push(&mut self, line: UnreadLine) {
        self.count = self.count.saturating_add(1);
        if self.first.len() < MAX_UNREAD_LISTED {
            self.first.push(line);
        }
    }
}

/// What the bytes are, by their content; `None` for what is no text that is known here.
pub fn sniff(bytes: &[u8]) -> Option<Format> {
    // An archive is never a text, whatever is written in it.
    if bytes.starts_with(b"PK") {
        return None;
    }
    let beginning = bytes.get(..MAX_TEXT_BYTES).unwrap_or(bytes);
    if mlxconfig::is_json(beginning) {
        return Some(Format::MlxconfigJson);
    }
    mlxconfig::is_query(beginning).then_some(Format::MlxconfigQuery)
}

fn read(format: Format, member: &str, bytes: &[u8], catalog: &Catalog) -> Import {
    match format {
        Format::MlxconfigQuery => mlxconfig::read(member, bytes, catalog),
        Format::MlxconfigJson => mlxconfig::read_json(member, bytes, catalog),
    }
}

/// The facts of a text; `member` names it in their evidence.
pub fn facts(member: &str, bytes: &[u8], catalog: &Catalog) -> Vec<Fact> {
    match sniff(bytes) {
        Some(format) => read(format, member, bytes, catalog).facts,
        None => Vec::new(),
    }
}

/// Makes a bundle in memory of a text; `file` is its name as it was given, `now` when it is imported.
///
/// # Errors
/// When it is too long.
pub fn open(bytes: &[u8], file: &str, now: DateTime<Utc>) -> Result<Bundle, ImportError> {
    if bytes.len() > MAX_TEXT_BYTES {
        return Err(ImportError::TooLong { bytes: bytes.len(), limit: MAX_TEXT_BYTES });
    }
    let name = member_name(file);
    let format = sniff(bytes).unwrap_or(Format::MlxconfigQuery);
    let import = read(format, &name, bytes, Catalog::embedded());
    let sha256: String = Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect();
    let imported = ImportedFile {
        name: name.clone(),
        sha256: sha256.clone(),
        format: format.word().to_owned(),
        lines: import.lines,
        unread: import.unread.count,
        unread_lines: import.unread.first,
    };
    let manifest = Manifest {
        format: FORMAT.to_owned(),
        version: FORMAT_VERSION,
        // The same text is the same evidence.
        id: sha256.chars().take(16).collect(),
        created: now,
        elapsed_ms: 0,
        tool: crate::case::tool(),
        source: Source::Imported { files: vec![imported] },
        complete: false,
        ending: Ending::Finished,
        seal: Seal::Unsigned,
        devices: import.devices,
        other_nodes: Vec::new(),
        probes: Vec::new(),
        notes: import.notes,
        members: Vec::new(),
    };
    let manifest_bytes =
        serde_json::to_vec_pretty(&manifest).map_err(|source| ImportError::Manifest { source })?;
    let members = BTreeMap::from([(name, bytes.to_vec())]);
    Ok(Bundle { manifest, manifest_bytes, signature: None, members })
}

/// The file's name without folders. Names that mean something in a bundle get an ending that does not.
fn member_name(file: &str) -> String {
    let name = file.rsplit(['/', '\\']).next().filter(|name| !name.is_empty()).unwrap_or("text");
    let taken = name == MANIFEST_MEMBER || name == SIGNATURE_MEMBER || name.ends_with(".exchanges");
    if taken { format!("{name}.txt") } else { name.to_owned() }
}

/// An unread line, cut to what is shown of it.
fn unread(line: &lines::Line, reason: &str) -> UnreadLine {
    UnreadLine {
        line: line.number,
        text: line.text.trim().chars().take(MAX_UNREAD_CHARACTERS).collect(),
        reason: reason.to_owned(),
    }
}
