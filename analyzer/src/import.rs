//! Texts of other programs, taken as evidence: what the field already has instead of a bundle.
//!
//! Texts become a bundle in memory whose source is *imported*: its facts have route `imported` and can carry no more
//! than a claim. What a text is shows in its content, never in a loose file's name; one reader below [`readers`] reads
//! one format. The same readers read what the collector had the vendor's tools print.
//!
//! Must not do: believe more than the text says. A line that cannot be read is counted and shown, and what is known to
//! be printed wrongly becomes a gap with its reason.

pub mod archive;
mod command_line;
mod devices;
mod devlink;
mod ethtool;
mod flint;
mod golden;
mod host_file;
mod host_words;
mod kernel_log;
mod kernel_view;
mod layout;
mod lines;
mod lspci;
mod mlxconfig;
mod mlxfwmanager;
mod mst;
mod names;
mod printed;
mod raw_tlv;
mod readers;
mod reading;
mod secrets;
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

use names::Names;
use reading::Read;
use source::{Found, MAX_TEXT_BYTES};
use text::{Origin, Text};
use together::Together;

/// Most facts of all texts together: those of a hundred functions with all parameters in three views.
const MAX_FACTS: usize = 200_000;
/// Most unread lines that the manifest lists, over all texts; each text lists fewer.
const MAX_UNREAD_LISTED: usize = 2000;

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
    /// Together they say more than is taken in.
    #[error("the texts hold more than {limit} facts; import fewer at once")]
    TooManyFacts {
        /// The most.
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
    let Found { texts, mut archives, notes: found_notes, is_incomplete: _ } = found;
    archives.iter_mut().for_each(|archive| archive.read = 0);
    let mut members = BTreeMap::new();
    let mut names = Names::default();
    let mut files: Vec<ImportedFile> = Vec::new();
    let mut reads = Vec::new();
    let (mut listed, mut counted) = (0_usize, 0_usize);
    for mut found in texts {
        if found.bytes.len() > MAX_TEXT_BYTES {
            let (name, bytes) = (found.origin.name, found.bytes.len());
            return Err(ImportError::TooLong { name, bytes, limit: MAX_TEXT_BYTES });
        }
        let name = names.member(&found.origin.name);
        let is_blotted = blot(&found.origin, &mut found.bytes, Catalog::embedded());
        let text = Text::new(&name, &found.origin, &found.bytes);
        let mut read = readers::read(&text, Catalog::embedded(), Route::Imported);
        // A text of an archive's own layout may hold nothing of these devices; a loose one was given for a reason.
        if found.archive.is_some() && read.formats.is_empty() {
            continue;
        }
        if let Some(archive) = found.archive.and_then(|archive| archives.get_mut(archive)) {
            archive.read = archive.read.saturating_add(1);
        }
        let mut unread_lines = std::mem::take(&mut read.unread_lines);
        unread_lines.truncate(MAX_UNREAD_LISTED.saturating_sub(listed));
        listed = listed.saturating_add(unread_lines.len());
        files.push(ImportedFile {
            name: name.clone(),
            origin: Some(found.origin.name.clone()),
            archive: found.archive.and_then(|archive| u64::try_from(archive).ok()),
            sha256: hex_digest(&found.bytes),
            reduced: found.reduced || is_blotted,
            format: read.formats.join("+"),
            lines: read.lines,
            unread: read.unread,
            unread_lines,
        });
        count(&mut counted, &read)?;
        reads.push((names::of_text(&name).to_owned(), read));
        members.insert(name, found.bytes);
    }
    // A host's report that says nothing of these devices is an answer; any other archive was given for its texts.
    let is_report = |archive: &ImportedArchive| !matches!(archive.kind.as_str(), "archive" | "folder");
    if files.iter().all(|file| file.format.is_empty()) && !archives.iter().any(is_report) {
        return Err(ImportError::NotKnown { known: readers::words().join(", ") });
    }
    let together = together::together(reads);
    let Together { devices, facts, mut notes } = together;
    notes.extend(found_notes);
    let mut digest = Sha256::new();
    files.iter().for_each(|file: &ImportedFile| digest.update(&file.sha256));
    if files.is_empty() {
        archives.iter().for_each(|archive| digest.update(archive.sha256.as_deref().unwrap_or(&archive.name)));
    }
    let manifest = Manifest {
        format: FORMAT.to_owned(),
        version: FORMAT_VERSION,
        // The same texts are the same evidence.
        id: hex(&digest.finalize()).chars().take(16).collect(),
        created: now,
        elapsed_ms: 0,
        tool: crate::case::tool(),
        source: Source::Imported { files, archives },
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

/// Writes `*` over the secrets in a text, before anything is read of it; says whether there were any.
fn blot(origin: &Origin, bytes: &mut [u8], catalog: &Catalog) -> bool {
    let spans = secrets::secret_spans(&Text::new("", origin, bytes), catalog);
    let mut is_blotted = false;
    for (offset, length) in spans {
        let range = usize::try_from(offset).ok().zip(usize::try_from(length).ok());
        let range = range.and_then(|(from, length)| Some(from..from.checked_add(length)?));
        let Some(secret) = range.and_then(|range| bytes.get_mut(range)) else { continue };
        // The zero bytes of UTF-16 stay, so that it is one.
        for byte in secret.iter_mut().filter(|byte| !byte.is_ascii_whitespace() && **byte != 0) {
            *byte = b'*';
        }
        is_blotted = true;
    }
    is_blotted
}

/// Adds a text's facts to those before it.
fn count(counted: &mut usize, read: &Read) -> Result<(), ImportError> {
    *counted = counted.saturating_add(read.facts.len());
    if *counted > MAX_FACTS { Err(ImportError::TooManyFacts { limit: MAX_FACTS }) } else { Ok(()) }
}

/// The facts of the texts in a bundle that was made of them.
///
/// # Errors
/// When there are too many.
pub(crate) fn facts(
    files: &[ImportedFile],
    members: &BTreeMap<String, Vec<u8>>,
    catalog: &Catalog,
) -> Result<Vec<Fact>, ImportError> {
    let mut reads = Vec::new();
    let mut counted = 0;
    for file in files {
        let Some(bytes) = members.get(&file.name) else { continue };
        let origin = origin(file);
        let read = readers::read(&Text::new(&file.name, &origin, bytes), catalog, Route::Imported);
        count(&mut counted, &read)?;
        reads.push((names::of_text(&file.name).to_owned(), read));
    }
    Ok(together::together(reads).facts)
}

/// Where a text of a bundle stood.
fn origin(file: &ImportedFile) -> Origin {
    let name = file.origin.as_deref().unwrap_or(&file.name);
    if file.archive.is_some() { layout::origin(name) } else { Origin::loose(name) }
}

fn hex_digest(bytes: &[u8]) -> String {
    hex(&Sha256::digest(bytes))
}

pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
