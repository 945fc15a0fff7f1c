//! Sections and rows of a text, found line by line.
//!
//! Must not do: know parameters, or drop a line: what is no row, no head and no talk of the tool is handed back unread.

use super::heading::{self, CONFIGURATIONS};
use super::section::{Marks, Row, Said, Section, Tables, joined, range};
use super::value::is_cell;
use crate::import::command_line;
use crate::import::kernel_view::is_prompt;
use crate::import::lines::Line;
use crate::import::printed::{CUT, ENDS, MAX_DESCRIPTION};

/// Most rows that are read; the others are counted as unread. A card has some 1500 parameters.
pub(super) const MAX_ROWS: usize = 50_000;

/// Most lines without a name behind a secret that are taken for the rest of it.
pub(super) const MAX_SECRET_LINES: usize = 3;

/// What the reader must know of names.
pub(super) trait KnowsNames {
    /// Whether a name without an underscore is a parameter's.
    fn knows(&self, name: &str) -> bool;
    /// Whether a printed name stands for a secret.
    fn is_secret(&self, printed: &str) -> bool;
}

/// Finds them; `is_cut` says whether the text may end in the middle of its last line.
pub(super) fn tables(lines: &[Line], names: &dyn KnowsNames, is_cut: bool) -> Tables {
    let last = lines.iter().rfind(|line| !line.text.trim().is_empty()).map(|line| line.number);
    let mut reader = Reader {
        names,
        cut: lines.last().map(|line| line.number).filter(|_| is_cut),
        done: Tables::default(),
        section: Section::default(),
        open: None,
        last: Last::Other,
        is_foreign: false,
        rows: 0,
    };
    for line in lines {
        if Some(line.number) == last {
            reader.take_last(line);
        } else {
            reader.take(line);
        }
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
    /// A secret, and so many lines behind it.
    Secret(usize),
    Other,
}

/// A row that has fewer cells than the table has columns, so far.
struct OpenRow {
    name: String,
    cells: Vec<String>,
    marks: Marks,
    lines: Vec<Line>,
}

struct Reader<'a> {
    names: &'a dyn KnowsNames,
    /// Number of the line in whose middle the text may end.
    cut: Option<u64>,
    done: Tables,
    section: Section,
    open: Option<OpenRow>,
    last: Last,
    /// Whether another tool speaks.
    is_foreign: bool,
    rows: usize,
}

impl Reader<'_> {
    /// The last line that says something.
    fn take_last(&mut self, line: &Line) {
        self.take(line);
        if self.last == Last::Description
            && let Some(said) = &mut self.section.description
        {
            said.doubt = said.doubt.or(Some(ENDS));
        }
    }

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
        if heading::is_foreign(text) {
            self.begin_foreign();
        } else if is_prompt(text) && heading::command(text).is_none() {
            // What another program prints, a file of another device perhaps, is no more of this table.
            self.end_section(Section::default());
        }
        if self.head(line, text) || self.named_columns(text, last) || self.row(line, &words, last) {
            return;
        }
        if let Last::Secret(lines) = last
            && lines < MAX_SECRET_LINES
        {
            self.last = Last::Secret(lines.saturating_add(1));
            return;
        }
        let cut = self.doubt(line);
        if last == Last::Description
            && self.section.columns.is_none()
            && let Some(said) = &mut self.section.description
            && said.text.len() < MAX_DESCRIPTION
        {
            said.text = format!("{} {text}", said.text);
            said.place = joined(said.place, line);
            said.doubt = said.doubt.or(cut);
            self.last = Last::Description;
            return;
        }
        if heading::is_failed_query(text) {
            self.done.is_partial = true;
        } else if heading::is_applied(text) {
            self.section.is_applied |= self.section.is_preview();
        } else if !heading::is_known_talk(text) {
            self.done.unread.insert(line.number, "neither a row nor a head of a table".to_owned());
        }
    }

    /// Why a line says nothing for certain.
    fn doubt(&self, line: &Line) -> Option<&'static str> {
        (self.cut == Some(line.number)).then_some(CUT)
    }

    /// Another tool's output begins: its heads are none of ours.
    fn begin_foreign(&mut self) {
        self.is_foreign = true;
        let is_empty = self.section.kind.is_none() && self.section.columns.is_none();
        if is_empty && self.section.rows.is_empty() {
            self.section = Section::default();
        } else {
            self.end_section(Section::default());
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
        let is_cut = open.lines.iter().any(|line| self.cut == Some(line.number));
        let mut lines = open.lines.iter();
        let Some(first) = lines.next() else { return };
        let place = lines.fold(range(first), joined);
        let cells = columns.iter().copied().zip(open.cells).collect();
        self.section.rows.push(Row { name: open.name, cells, place, marks: open.marks, is_cut });
    }

    /// A row that never got its cells.
    fn drop_open(&mut self) {
        for line in self.open.take().into_iter().flat_map(|open| open.lines) {
            self.done
                .unread
                .insert(line.number, "a row with fewer values than the table has columns".to_owned());
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
        if let Some(number) = command_line::device_number(text) {
            self.is_foreign = false;
            // The command line above it, or a script's heading, has named the device already.
            match self.section.kind.is_none() && self.section.number.is_none() && self.section.rows.is_empty()
            {
                true => self.section.number = Some(number),
                false => self.end_section(Section { number: Some(number), ..Section::default() }),
            }
            self.section.columns = None;
            return true;
        }
        let doubt = self.doubt(line);
        let value = |label: &str| {
            let text = text.strip_prefix(label)?.trim().to_owned();
            Some(Said { text, place: range(line), doubt })
        };
        if let Some(kind) = value("Device type:") {
            if self.section.kind.is_some() {
                self.end_section(Section::default());
            }
            self.is_foreign = false;
            self.section.columns = None;
            self.section.kind = Some(kind);
        } else if let Some(columns) = value(CONFIGURATIONS) {
            self.is_foreign = false;
            self.section.columns = heading::columns(&columns.text);
            self.last = Last::Columns;
            if self.section.columns.is_none() && !columns.text.is_empty() {
                self.done.unread.insert(line.number, "a table whose columns have unknown names".to_owned());
            }
        } else if let Some(command) = heading::command(text) {
            self.is_foreign = false;
            let device = command.device.map(|device| command_line::full(&device));
            self.end_section(Section { device, columns: command.columns, ..Section::default() });
            self.last = Last::Command;
        } else if self.is_foreign {
            return false;
        } else if let Some(name) = value("Name:") {
            self.section.name = Some(name);
        } else if let Some(description) = value("Description:") {
            self.section.description = Some(description);
            self.last = Last::Description;
        } else if let Some(device) = value("Device:") {
            // A name that is cut is another device's.
            if device.doubt.is_none() {
                self.section.device = Some(command_line::full(&device.text));
            }
        } else if let Some(device) = command_line::device_of_script(text) {
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
        let is_mark = |word: &&str| matches!(*word, "*" | "RO");
        let marked = |mark: &str| words.iter().copied().take_while(is_mark).any(|word| word == mark);
        let marks = Marks { modified: marked("*").then_some(true), read_only: marked("RO").then_some(true) };
        let mut words = words.iter().copied().skip_while(is_mark);
        let Some(name) = words.next() else { return false };
        let cells: Vec<&str> = words.collect();
        let knows = |name: &str| self.names.knows(name);
        if !is_name(name, &knows) {
            return false;
        }
        // Names asked for on a command line that was wrapped.
        if last == Last::Command && cells.iter().all(|word| is_name(word, &knows) && !is_cell(word)) {
            return true;
        }
        if self.names.is_secret(name) {
            // Whatever its shape, it is not to be shown as unread.
            let (name, cells, is_cut) = (name.to_owned(), Vec::new(), self.cut == Some(line.number));
            self.section.rows.push(Row { name, cells, place: range(line), marks, is_cut });
            self.last = Last::Secret(0);
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
        let open = OpenRow { name: name.to_owned(), cells, marks, lines: vec![line.clone()] };
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
