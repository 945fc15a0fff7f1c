//! Sections and rows of a text, found line by line.
//!
//! Must not do: know parameters, or drop a line: what is no row, no head and no talk of the tool is handed back unread.

use std::collections::BTreeMap;

use super::heading::{self, CONFIGURATIONS, Column};
use super::value::is_cell;
use crate::import::lines::Line;

/// Most rows that are read; the others are counted as unread. A card has some 1500 parameters.
pub(super) const MAX_ROWS: usize = 50_000;

/// Longest description that another line is added to, in bytes.
const MAX_DESCRIPTION: usize = 400;

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
}

/// What a head says, with its place.
pub(super) type Said = (String, Range);

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
}

impl Section {
    /// Whether it shows what a `set` would change.
    pub(super) fn is_preview(&self) -> bool {
        self.columns.as_ref().is_some_and(|columns| columns.contains(&Column::New))
    }

    /// Whether a head was seen.
    fn has_head(&self) -> bool {
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
}

/// Finds them. `knows` says whether a name without an underscore is a parameter's.
pub(super) fn tables(lines: &[Line], knows: &dyn Fn(&str) -> bool) -> Tables {
    let mut reader = Reader {
        knows,
        done: Tables::default(),
        section: Section::default(),
        open: None,
        last: Last::Other,
        rows: 0,
    };
    for line in lines {
        reader.take(line);
    }
    reader.end_section(Section::default());
    reader.done
}

/// What the line before was, where it matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Last {
    Command,
    Description,
    Columns,
    Other,
}

/// A row that has fewer cells than the table has columns, so far.
struct OpenRow {
    name: String,
    cells: Vec<String>,
    lines: Vec<Line>,
}

struct Reader<'a> {
    knows: &'a dyn Fn(&str) -> bool,
    done: Tables,
    section: Section,
    open: Option<OpenRow>,
    last: Last,
    rows: usize,
}

impl Reader<'_> {
    fn take(&mut self, line: &Line) {
        let text = line.text.trim();
        if text.is_empty() {
            return;
        }
        let words: Vec<&str> = text.split_whitespace().collect();
        if self.continues_row(line, &words) {
            return;
        }
        self.drop_open();
        let last = std::mem::replace(&mut self.last, Last::Other);
        if self.head(line, text) || self.named_columns(text, last) || self.row(line, &words, last) {
            return;
        }
        if last == Last::Description
            && self.section.columns.is_none()
            && let Some((said, place)) = &mut self.section.description
            && said.len() < MAX_DESCRIPTION
        {
            *said = format!("{said} {text}");
            *place = joined(*place, line);
            self.last = Last::Description;
            return;
        }
        if !heading::is_known_talk(text) {
            self.done.unread.insert(line.number, "neither a row nor a head of a table".to_owned());
        }
    }

    /// Cells of a row that was wrapped.
    fn continues_row(&mut self, line: &Line, words: &[&str]) -> bool {
        let wanted = self.section.columns.as_ref().map_or(0, Vec::len);
        let Some(open) = &mut self.open else { return false };
        if open.cells.len().saturating_add(words.len()) > wanted || !words.iter().all(|word| is_cell(word)) {
            return false;
        }
        open.cells.extend(words.iter().map(|word| (*word).to_owned()));
        open.lines.push(line.clone());
        if open.cells.len() == wanted {
            let open = self.open.take();
            self.close(open);
        }
        true
    }

    fn close(&mut self, open: Option<OpenRow>) {
        let (Some(open), Some(columns)) = (open, &self.section.columns) else { return };
        let mut lines = open.lines.iter();
        let Some(first) = lines.next() else { return };
        let place = lines.fold(range(first), joined);
        let cells = columns.iter().copied().zip(open.cells).collect();
        self.section.rows.push(Row { name: open.name, cells, place });
    }

    /// A row that never got its cells.
    fn drop_open(&mut self) {
        for line in self.open.take().into_iter().flat_map(|open| open.lines) {
            self.done.unread.insert(line.number, "a row with fewer values than the table has columns".to_owned());
        }
    }

    fn end_section(&mut self, next: Section) {
        self.drop_open();
        let ended = std::mem::replace(&mut self.section, next);
        if ended.has_head() || !ended.rows.is_empty() {
            self.done.sections.push(ended);
        }
    }

    fn head(&mut self, line: &Line, text: &str) -> bool {
        if let Some(number) = heading::device_number(text) {
            // The command line above it, or a script's heading, has named the device already.
            match self.section.kind.is_none() && self.section.number.is_none() && self.section.rows.is_empty()
            {
                true => self.section.number = Some(number),
                false => self.end_section(Section { number: Some(number), ..Section::default() }),
            }
            self.section.columns = None;
            return true;
        }
        let value = |label: &str| text.strip_prefix(label).map(|said| (said.trim().to_owned(), range(line)));
        if let Some(kind) = value("Device type:") {
            if self.section.kind.is_some() {
                self.end_section(Section::default());
            }
            self.section.columns = None;
            self.section.kind = Some(kind);
        } else if let Some(name) = value("Name:") {
            self.section.name = Some(name);
        } else if let Some(description) = value("Description:") {
            self.section.description = Some(description);
            self.last = Last::Description;
        } else if let Some((device, _)) = value("Device:") {
            self.section.device = Some(heading::full(&device));
        } else if let Some((columns, _)) = value(CONFIGURATIONS) {
            self.section.columns = heading::columns(&columns);
            self.last = Last::Columns;
            if self.section.columns.is_none() && !columns.is_empty() {
                self.done.unread.insert(line.number, "a table whose columns have unknown names".to_owned());
            }
        } else if let Some(command) = heading::command(text) {
            let device = command.device.map(|device| heading::full(&device));
            self.end_section(Section { device, columns: command.columns, ..Section::default() });
            self.last = Last::Command;
        } else if let Some(device) = heading::device_of_script(text) {
            // A script's heading says nothing of columns: one value is what a plain query prints.
            self.end_section(Section { device: Some(device), columns: None, ..Section::default() });
        } else {
            return false;
        }
        true
    }

    /// The rest of the line that names the columns, where it was wrapped.
    fn named_columns(&mut self, text: &str, last: Last) -> bool {
        if last != Last::Columns {
            return false;
        }
        let Some(more) = heading::columns(text) else { return text == "Boot" };
        self.section.columns.get_or_insert_default().extend(more);
        self.last = Last::Columns;
        true
    }

    /// `*  RO  NAME  value…`.
    fn row(&mut self, line: &Line, words: &[&str], last: Last) -> bool {
        let mut words = words.iter().copied().skip_while(|word| matches!(*word, "*" | "RO"));
        let Some(name) = words.next() else { return false };
        let cells: Vec<&str> = words.collect();
        if !is_name(name, self.knows) {
            return false;
        }
        // Names asked for on a command line that was wrapped.
        if last == Last::Command && cells.iter().all(|word| is_name(word, self.knows) && !is_cell(word)) {
            return true;
        }
        if self.section.columns.is_none() && self.section.device.is_some() && self.section.kind.is_none() {
            self.section.columns = match cells.len() {
                1 => Some(heading::ONE.to_vec()),
                3 => Some(heading::THREE.to_vec()),
                _ => None,
            };
        }
        let Some(wanted) = self.section.columns.as_ref().map(Vec::len) else { return false };
        let shaped = cells.iter().filter(|cell| is_cell(cell)).count();
        let is_whole = cells.len() == wanted && (shaped > 0 || cells.iter().all(|cell| cell.contains('%')));
        let is_begun = cells.len() < wanted && shaped == cells.len();
        if !is_whole && !is_begun {
            return false;
        }
        if self.rows >= MAX_ROWS {
            self.done.unread.insert(line.number, "more rows than are read".to_owned());
            return true;
        }
        self.rows = self.rows.saturating_add(1);
        let cells = cells.into_iter().map(str::to_owned).collect();
        let open = OpenRow { name: name.to_owned(), cells, lines: vec![line.clone()] };
        match is_whole {
            true => self.close(Some(open)),
            false => self.open = Some(open),
        }
        true
    }
}

/// Whether a word can be a parameter's name, with port, module and index or not.
pub(super) fn is_name(word: &str, knows: &dyn Fn(&str) -> bool) -> bool {
    let (base, index) = word.split_once('[').unwrap_or((word, "0]"));
    let is_index = index.strip_suffix(']').is_some_and(|index| index.parse::<u32>().is_ok());
    // `EXP_ROM_UEFI_x86_ENABLE` is the one with a small letter.
    base.starts_with(|c: char| c.is_ascii_uppercase())
        && base.chars().all(|c| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_' || c == 'x')
        && (base.contains('_') || knows(base))
        && is_index
}

fn range(line: &Line) -> Range {
    Range { offset: line.offset, length: line.length }
}

/// From the first of them to the end of the line.
fn joined(place: Range, line: &Line) -> Range {
    let end = line.offset.saturating_add(line.length);
    Range { offset: place.offset, length: end.saturating_sub(place.offset) }
}
