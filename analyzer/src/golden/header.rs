//! What the head of an exported text says: what was selected, and which devices it is of.
//!
//! Must not do: read facts.

use std::collections::BTreeSet;

use mlx5_schemas::model::manifest::{ImportedFile, Source};
use mlx5_schemas::model::report::DiffSelection;

use super::{FORMAT, Line, VERSION, parse_line};
use crate::case::Opened;

/// Why an exported text cannot be compared with, or written.
#[derive(Debug, thiserror::Error)]
pub enum GoldenError {
    /// A line is none.
    #[error("{file}: line {line}: {reason}; export the text anew, or take the line out")]
    Line {
        /// The text.
        file: String,
        /// The line, from 1.
        line: u64,
        /// Why.
        reason: String,
    },
    /// More lines are broken than are listed.
    #[error("{file}: {count} lines cannot be read; export the text anew")]
    Lines {
        /// The text.
        file: String,
        /// How many.
        count: u64,
    },
    /// Nothing is selected.
    #[error("{file}: no fact is taken by {pattern}; an empty text would agree with everything")]
    Nothing {
        /// The bundle.
        file: String,
        /// The pattern, or what else was selected.
        pattern: String,
    },
}

/// The head of an exported text.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Header {
    /// What was selected.
    pub(crate) selection: DiffSelection,
    /// Ids of devices, and `None` for the host, of whom silence says nothing.
    pub(crate) told: BTreeSet<Option<String>>,
}

/// Whether a case was read from exported texts alone.
pub(crate) fn is_golden(opened: &Opened) -> bool {
    let files = files(opened);
    !files.is_empty() && files.iter().all(|file| file.format == FORMAT)
}

fn files(opened: &Opened) -> &[ImportedFile] {
    match &opened.bundle.manifest.source {
        Source::Imported { files, .. } => files,
        Source::Live | Source::Simulated { .. } | Source::AlternateRoot { .. } => &[],
    }
}

/// The heads of all exported texts of a case.
///
/// # Errors
/// When one of them has a line that cannot be read: a text that was cut or merged badly is no standard.
fn headers(opened: &Opened) -> Result<Vec<Header>, GoldenError> {
    if !is_golden(opened) {
        return Ok(Vec::new());
    }
    files(opened).iter().map(|file| header(opened, file)).collect()
}

/// What the exported texts of a case select.
///
/// # Errors
/// When one of them has a line that cannot be read.
pub(crate) fn selections_of(opened: &Opened) -> Result<Vec<DiffSelection>, GoldenError> {
    Ok(headers(opened)?.into_iter().map(|header| header.selection).collect())
}

/// Of whom the exported texts of a case only repeat what other texts said: there, silence says nothing.
///
/// # Errors
/// When one of them has a line that cannot be read.
pub(crate) fn told_of(opened: &Opened) -> Result<BTreeSet<Option<String>>, GoldenError> {
    Ok(headers(opened)?.into_iter().flat_map(|header| header.told).collect())
}

fn header(opened: &Opened, file: &ImportedFile) -> Result<Header, GoldenError> {
    let named = || match &file.origin {
        Some(origin) if opened.file.ends_with(origin.as_str()) => opened.file.clone(),
        Some(origin) => origin.clone(),
        None => file.name.clone(),
    };
    if let Some(unread) = file.unread_lines.first() {
        let (line, reason) = (unread.line, unread.reason.clone());
        return Err(GoldenError::Line { file: named(), line, reason });
    }
    if file.unread > 0 {
        return Err(GoldenError::Lines { file: named(), count: file.unread });
    }
    let bytes = opened.bundle.members.get(&file.name).map(Vec::as_slice).unwrap_or_default();
    let mut header = Header::default();
    let mut ids: Vec<(String, String)> = Vec::new();
    let mut in_facts = false;
    for (index, text) in String::from_utf8_lossy(bytes).lines().enumerate() {
        let line = u64::try_from(index).unwrap_or(u64::MAX).saturating_add(1);
        match parse_line(text).map_err(|reason| GoldenError::Line { file: named(), line, reason })? {
            Line::Format(version) if version == VERSION => {}
            Line::Format(version) => {
                let reason = format!("version {version} of {FORMAT}, and version {VERSION} is read here");
                return Err(GoldenError::Line { file: named(), line, reason });
            }
            said @ (Line::View(_)
            | Line::Only(_)
            | Line::Ignore(_)
            | Line::Volatile
            | Line::Identity
            | Line::Told(_))
                if in_facts || matches!(said, Line::View(_)) && header.selection.view.is_some() =>
            {
                let reason =
                    "what the text is of stands once, before its facts: texts were merged".to_owned();
                return Err(GoldenError::Line { file: named(), line, reason });
            }
            Line::View(view) => header.selection.view = Some(view),
            Line::Only(pattern) => header.selection.only.push(pattern),
            Line::Ignore(pattern) => header.selection.ignore.push(pattern),
            Line::Volatile => header.selection.volatile = true,
            Line::Identity => header.selection.identity = true,
            Line::Device { label, id, .. } => ids.push((label, id)),
            Line::Told(label) => {
                let id = ids.iter().find(|(known, _)| *known == label).map(|(_, id)| id.clone());
                header.told.insert(id);
            }
            Line::Nothing | Line::Is(_) => {}
            Line::Fact(_) => in_facts = true,
        }
    }
    Ok(header)
}
