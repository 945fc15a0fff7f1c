//! What a text's sections, rows and heads are, once they are found.
//!
//! Must not do: know how they are found, or what they mean.

use std::collections::BTreeMap;

use super::heading::Column;
use crate::import::lines::Line;

/// Bytes of the file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Range {
    pub(super) offset: u64,
    pub(super) length: u64,
}

/// A row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Row {
    /// The name as it is printed, with port, module and index.
    pub(super) name: String,
    /// A cell a column.
    pub(super) cells: Vec<(Column, String)>,
    /// The line, or the lines that it was wrapped over.
    pub(super) place: Range,
    /// What the tool says of it besides; `None` where it says nothing.
    pub(super) marks: Marks,
    /// Whether the text may end in the middle of it.
    pub(super) is_cut: bool,
}

/// The marks of a row.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Marks {
    /// `*`: the next value differs from the default or the current one.
    pub(super) modified: Option<bool>,
    /// `RO`: nobody can set it.
    pub(super) read_only: Option<bool>,
}

/// What a head says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Said {
    pub(super) text: String,
    pub(super) place: Range,
    /// Why that is no value.
    pub(super) doubt: Option<&'static str>,
}

/// A device in one run of the tool.
#[derive(Debug, Clone, Default)]
pub(super) struct Section {
    /// Number in `Device #1:`.
    pub(super) number: Option<u32>,
    /// The device as the head, the command line or a script names it.
    pub(super) device: Option<String>,
    /// `Device type`.
    pub(super) kind: Option<Said>,
    /// `Name`: the part number.
    pub(super) name: Option<Said>,
    /// `Description`.
    pub(super) description: Option<Said>,
    /// The columns, once they are named.
    pub(super) columns: Option<Vec<Column>>,
    /// The rows.
    pub(super) rows: Vec<Row>,
    /// Whether the tool says that what a `set` asks for was written.
    pub(super) is_applied: bool,
}

impl Section {
    /// Whether it shows what a `set` would change.
    pub(super) fn is_preview(&self) -> bool {
        self.columns.as_ref().is_some_and(|columns| columns.contains(&Column::New))
    }

    /// Whether a head was seen.
    pub(super) fn has_head(&self) -> bool {
        self.number.is_some() || self.kind.is_some() || self.columns.is_some()
    }
}

/// What a text holds.
#[derive(Debug, Clone, Default)]
pub(super) struct Tables {
    /// The sections, in order.
    pub(super) sections: Vec<Section>,
    /// The lines that were not read, by number, with the reason, by line number.
    pub(super) unread: BTreeMap<u64, String>,
    /// Whether the tool says that it did not get everything.
    pub(super) is_partial: bool,
}

/// A line.
pub(super) fn range(line: &Line) -> Range {
    Range { offset: line.offset, length: line.length }
}

/// From the first of them to the end of the line.
pub(super) fn joined(place: Range, line: &Line) -> Range {
    let end = line.offset.saturating_add(line.length);
    Range { offset: place.offset, length: end.saturating_sub(place.offset) }
}
