//! Texts of other programs, taken as evidence: what the field already has instead of a bundle.
//!
//! Texts become a bundle in memory whose source is *imported*: its facts have route `imported` and can carry no more
//! than a claim. What a text is shows in its content, never in a loose file's name; one reader below [`readers`] reads
//! one format. The same readers read what the collector had the vendor's tools print.
//!
//! Must not do: believe more than the text says. A line that cannot be read is counted and shown, and what is known to
//! be printed wrongly becomes a gap with its reason.

mod devices;
mod lines;
mod mlxconfig;
mod reading;
mod readers;
pub mod source;
pub mod text;
mod together;
pub(crate) mod tools;

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use mlx5_schemas::bundle::Bundle;
use mlx5_schemas::catalog::Catalog;
use mlx5_schemas::model::fact::{Fact, Route};
use mlx5_schemas::model::manifest::{
    Ending, FORMAT, FORMAT_VERSION, ImportedArchive, ImportedFile, Manifest, Seal, Source,
};
use sha2::{Digest, Sha256};

use source::{Found, MAX_TEXT_BYTES};
use text::{Origin, Text};
use together::Together;

/// Folder of the texts in a bundle.
const FOLDER: &str = "texts";
/// Most bytes of a member's name behind the folder.
const MAX_NAME_BYTES: usize = 96;

/// Why texts cannot be imported.
#[derive(Debug, thiserror::Error)]
pub enum ImportError {
    /// One is too long.
    #[error("{name} has {bytes} bytes, and no more than {limit} are imported")]
    TooLong {
        /// The text.
        name: String,
        /// Its length in bytes, as far as it was read.
        bytes: usize,
        /// The most that is imported.
        limit: usize,
    },
    /// Nothing in it is known.
    #[error("neither a bundle nor an archive, and no text that is known here; known are {known}")]
    NotKnown {
        /// The formats.
        known: String,
    },
    /// The manifest cannot be written.
    #[error("the account of the import cannot be written")]
    Manifest {
        /// Why.
        #[source]
        source: serde_json::Error,
    },
}

/// A bundle that was made of texts, with the facts they gave.
#[derive(Debug)]
pub struct Imported {
    /// The bundle.
    pub bundle: Bundle,
    /// Its facts, which decoding the bundle would give again.
    pub facts: Vec<Fact>,
}

/// Makes a bundle in memory of texts; `now` is when they are imported.
///
/// # Errors
/// When one is too long, or none is of a known format.
pub fn import(found: Found, now: DateTime<Utc>) -> Result<Imported, ImportError> {
    let mut members = BTreeMap::new();
    let mut files = Vec::new();
    let mut reads = Vec::new();
    for found in found.texts {
        if found.bytes.len() > MAX_TEXT_BYTES {
            let (name, bytes) = (found.origin.name, found.bytes.len());
            return Err(ImportError::TooLong { name, bytes, limit: MAX_TEXT_BYTES });
        }
        let name = member_name(&found.origin.name, &members);
        let text = Text::new(&name, &found.origin, &found.bytes);
        let read = readers::read(&text, Catalog::embedded(), Route::Imported);
        // A text of an archive's own layout may hold nothing of these devices; a loose one was given for a reason.
        if found.archive.is_some() && read.formats.is_empty() {
            continue;
        }
        files.push(ImportedFile {
            name: name.clone(),
            origin: Some(found.origin.name.clone()),
            archive: found.archive.and_then(|archive| u64::try_from(archive).ok()),
            sha256: hex_digest(&found.bytes),
            reduced: found.reduced,
            format: read.formats.join("+"),
            lines: read.lines,
            unread: read.unread,
            unread_lines: read.unread_lines.clone(),
        });
        reads.push((found.origin.name, read));
        members.insert(name, found.bytes);
    }
    if files.iter().all(|file| file.format.is_empty()) && found.archives.is_empty() {
        return Err(ImportError::NotKnown { known: readers::words().join(", ") });
    }
    let together = together::together(reads);
    let Together { devices, facts, mut notes } = together;
    notes.extend(found.notes);
    let mut digest = Sha256::new();
    files.iter().for_each(|file: &ImportedFile| digest.update(&file.sha256));
    let manifest = Manifest {
        format: FORMAT.to_owned(),
        version: FORMAT_VERSION,
        // The same texts are the same evidence.
        id: hex(&digest.finalize()).chars().take(16).collect(),
        created: now,
        elapsed_ms: 0,
        tool: crate::case::tool(),
        source: Source::Imported { files, archives: found.archives },
        complete: false,
        ending: Ending::Finished,
        seal: Seal::Unsigned,
        devices,
        other_nodes: Vec::new(),
        probes: Vec::new(),
        notes,
        members: Vec::new(),
    };
    let manifest_bytes =
        serde_json::to_vec_pretty(&manifest).map_err(|source| ImportError::Manifest { source })?;
    Ok(Imported { bundle: Bundle { manifest, manifest_bytes, signature: None, members }, facts })
}

/// The facts of the texts in a bundle that was made of them.
pub(crate) fn facts(
    files: &[ImportedFile],
    archives: &[ImportedArchive],
    members: &BTreeMap<String, Vec<u8>>,
    catalog: &Catalog,
) -> Vec<Fact> {
    let mut reads = Vec::new();
    for file in files {
        let Some(bytes) = members.get(&file.name) else { continue };
        let origin = origin(file, archives);
        let read = readers::read(&Text::new(&file.name, &origin, bytes), catalog, Route::Imported);
        reads.push((origin.name, read));
    }
    together::together(reads).facts
}

/// Where a text of a bundle stood.
fn origin(file: &ImportedFile, _archives: &[ImportedArchive]) -> Origin {
    Origin::loose(file.origin.as_deref().unwrap_or(&file.name))
}

/// A member's name for a text: what is left of its own name in the letters that members may have, and a number where
/// another text has that name.
fn member_name(origin: &str, taken: &BTreeMap<String, Vec<u8>>) -> String {
    let last = origin.rsplit(['/', '\\']).next().unwrap_or_default();
    let plain: String = last
        .chars()
        .map(|c| c.to_ascii_lowercase())
        .map(|c| if c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '.' | '_' | '-') { c } else { '_' })
        .take(MAX_NAME_BYTES)
        .collect();
    let plain = if plain.trim_matches('.').is_empty() { "text".to_owned() } else { plain };
    let first = format!("{FOLDER}/{plain}");
    // No more texts than numbers.
    let numbered = (2..=taken.len().saturating_add(2)).map(|number| format!("{FOLDER}/{number}-{plain}"));
    std::iter::once(first).chain(numbered).find(|name| !taken.contains_key(name)).unwrap_or_default()
}

fn hex_digest(bytes: &[u8]) -> String {
    hex(&Sha256::digest(bytes))
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
