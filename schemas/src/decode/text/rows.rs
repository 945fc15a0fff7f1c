//! The rows of one section: names with their values in columns.
//!
//! Must not do: know about other sections.

use std::collections::BTreeMap;
use std::fmt::Write;

use crate::model::fact::{Fact, Knowledge, Value};

use super::Kind;

/// Most columns of any section.
const COLUMNS: usize = 3;
/// Longest line of names that are listed after each other.
const LINE: usize = 110;
/// Width of the name column.
const NAME: usize = 44;

/// What a column holds; `None` where there is no fact.
type Cells<'a> = [Option<&'a Knowledge>; COLUMNS];

#[derive(Debug)]
struct Row<'a> {
    /// Name within the section, from the path.
    leaf: &'a str,
    /// Name for people.
    name: &'a str,
    cells: Cells<'a>,
}

impl Row<'_> {
    fn is_free(&self, column: usize) -> bool {
        matches!(self.cells.get(column), Some(None))
    }
}

/// Rows in the order of their first fact.
#[derive(Debug, Default)]
pub(super) struct Rows<'a> {
    rows: Vec<Row<'a>>,
    places: BTreeMap<&'a str, usize>,
    tlv_name: Option<&'a str>,
}

/// A line to be written: a row, or several elements of one array.
struct Line<'r, 'a> {
    name: String,
    rows: &'r [Row<'a>],
}

impl<'a> Rows<'a> {
    /// Adds a fact to its row; to a new one where the last of that name is taken (the kernel log can name several
    /// processes).
    pub(super) fn add(&mut self, leaf: &'a str, column: usize, fact: &'a Fact) {
        let is_free = |place: &usize| self.rows.get(*place).is_some_and(|row| row.is_free(column));
        let place = self.places.get(leaf).copied().filter(is_free).unwrap_or(self.rows.len());
        if place == self.rows.len() {
            // The heading names the TLV: a parameter that mstconfig does not name needs only its own name.
            let printed = fact.aliases.first().filter(|name| !name.contains(['.', '/']));
            let name = printed.map_or(leaf.trim_start_matches('.'), String::as_str);
            self.rows.push(Row { leaf, name, cells: [None; COLUMNS] });
            self.places.insert(leaf, place);
        }
        if let Some(cell) = self.rows.get_mut(place).and_then(|row| row.cells.get_mut(column)) {
            *cell = Some(&fact.knowledge);
        }
        if self.tlv_name.is_none() {
            let mut full = fact.aliases.iter().filter(|name| name.contains(['.', '/']));
            self.tlv_name = full.next().and_then(|name| name.split(['.', '/']).next());
        }
    }

    /// Database name of the TLV.
    pub(super) fn tlv_name(&self) -> Option<&'a str> {
        self.tlv_name
    }

    fn cells(&self, leaf: &str) -> Option<&Cells<'a>> {
        self.places.get(leaf).and_then(|&place| self.rows.get(place)).map(|row| &row.cells)
    }

    /// Why there is nothing but a refused `/supported`.
    pub(super) fn refusal(&self) -> Option<&'a str> {
        match (self.rows.as_slice(), self.cells("/supported")) {
            ([_], Some([Some(Knowledge::Unknown { reason, .. }), _, _])) => Some(reason),
            _ => None,
        }
    }

    /// Why nothing of the section is known, where it is one reason for all.
    pub(super) fn silence(&self, kind: Kind) -> Option<&'a str> {
        let lines = self.lines(kind);
        let first = common_reason(lines.first()?)?;
        lines.iter().all(|line| common_reason(line) == Some(first)).then_some(first)
    }

    /// What the TLV's headers say: length and version, writers and priorities.
    pub(super) fn tlv_header(&self) -> String {
        let shown = |leaf| self.cells(leaf).map(values).filter(|text| !text.is_empty());
        let mut out = String::new();
        for (word, leaf) in [("version", "/version"), ("bytes", "/length"), ("writer", "/writer")] {
            if let Some(text) = shown(leaf) {
                let _ = write!(out, ", {word} {text}");
            }
        }
        if let Some(text) = shown("/priority").filter(|text| text != "USER(0)") {
            let _ = write!(out, ", priority {text}");
        }
        out
    }

    /// Writes all rows but the TLV-level ones, which the heading shows.
    pub(super) fn write(&self, kind: Kind, out: &mut String) {
        let mut silent: BTreeMap<&str, Vec<String>> = BTreeMap::new();
        let mut zeros: Vec<String> = Vec::new();
        let mut named = false;
        for line in self.lines(kind) {
            named = true;
            match common_reason(&line) {
                Some(reason) => silent.entry(reason).or_default().push(line.name),
                None if kind != Kind::Nv && kind != Kind::Plain && is_zero(&line) => zeros.push(line.name),
                None => write_line(&line, kind, out),
            }
        }
        if !named && kind == Kind::Nv {
            self.write_unnamed(out);
        }
        match kind {
            Kind::Register => write_names("0: ", &zeros, out),
            Kind::Capability if !zeros.is_empty() => {
                let _ = writeln!(out, "  0: {} fields", zeros.len());
            }
            Kind::Capability | Kind::Plain | Kind::Nv => {}
        }
        for (reason, names) in silent {
            if names.len() > 24 {
                let _ = writeln!(out, "  not known ({reason}): {} fields", names.len());
            } else {
                write_names(&format!("not known ({reason}): "), &names, out);
            }
        }
    }

    /// A TLV without a name: its bytes.
    fn write_unnamed(&self, out: &mut String) {
        if let Some(place) = self.places.get("/data")
            && let Some(row) = self.rows.get(*place)
        {
            write_line(&Line { name: "bytes".to_owned(), rows: std::slice::from_ref(row) }, Kind::Nv, out);
        }
    }

    /// Rows put together to lines: elements of one array that follow each other are one line.
    fn lines(&self, kind: Kind) -> Vec<Line<'_, 'a>> {
        let mut lines = Vec::new();
        let hidden = |row: &&[Row<'a>]| kind == Kind::Nv && row.iter().any(|row| row.leaf.starts_with('/'));
        let same_array = |a: &Row<'a>, b: &Row<'a>| matches!((element(a.name), element(b.name)), (Some(a), Some(b)) if a.0 == b.0);
        for rows in self.rows.chunk_by(same_array).filter(|rows| !hidden(rows)) {
            let name = match (rows.first(), rows.last()) {
                (Some(first), Some(last)) if rows.len() > 1 => {
                    match (element(first.name), element(last.name)) {
                        (Some((base, low)), Some((_, high))) => format!("{base}[{low}..{high}]"),
                        (None, _) | (_, None) => first.name.to_owned(),
                    }
                }
                (Some(row), _) => row.name.to_owned(),
                (None, _) => continue,
            };
            lines.push(Line { name, rows });
        }
        lines
    }
}

/// Array name and element of `NAME[3]`.
fn element(name: &str) -> Option<(&str, &str)> {
    let (base, rest) = name.rsplit_once('[')?;
    let number = rest.strip_suffix(']')?;
    number.bytes().all(|digit| digit.is_ascii_digit()).then_some((base, number))
}

/// The reason, where no column of any of the line's rows is known and all give the same.
fn common_reason<'a>(line: &Line<'_, 'a>) -> Option<&'a str> {
    let mut reasons = line.rows.iter().flat_map(|row| row.cells).flatten().map(|knowledge| match knowledge {
        Knowledge::Unknown { reason, .. } => Some(reason.as_str()),
        Knowledge::Known { .. } => None,
    });
    let first = reasons.next()??;
    reasons.all(|reason| reason == Some(first)).then_some(first)
}

fn is_zero(line: &Line<'_, '_>) -> bool {
    line.rows
        .iter()
        .flat_map(|row| row.cells)
        .flatten()
        .all(|knowledge| matches!(knowledge, Knowledge::Known { value: Value::Number { number: 0, .. } }))
}

fn show(knowledge: Option<&Knowledge>) -> String {
    match knowledge {
        Some(Knowledge::Known { value: Value::Text { text } }) if text.is_empty() => "\"\"".to_owned(),
        Some(Knowledge::Known { value }) => visible(&value.to_string()),
        Some(Knowledge::Unknown { .. }) | None => "-".to_owned(),
    }
}

/// Text with what a terminal would act on, or would not show, escaped: the text of the host is not ours.
fn visible(text: &str) -> String {
    text.chars().fold(String::new(), |mut shown, letter| {
        match letter {
            '"' | '\'' | '\\' => shown.push(letter),
            other => shown.extend(other.escape_debug()),
        }
        shown
    })
}

/// The columns that were asked for: once where they are equal, else all.
fn values(cells: &Cells<'_>) -> String {
    let mut asked = cells.iter().flatten();
    let first = asked.next();
    if asked.all(|other| Some(other) == first) {
        return first.map(|knowledge| show(Some(knowledge))).unwrap_or_default();
    }
    let all: Vec<String> = cells.iter().map(|cell| show(*cell)).collect();
    all.join(" | ")
}

fn write_line(line: &Line<'_, '_>, kind: Kind, out: &mut String) {
    let columns: Vec<Vec<Option<&Knowledge>>> = (0..COLUMNS)
        .map(|column| line.rows.iter().map(|row| row.cells.get(column).copied().flatten()).collect())
        .collect();
    let asked: Vec<&Vec<Option<&Knowledge>>> =
        columns.iter().filter(|column| column.iter().any(Option::is_some)).collect();
    let equal = asked.windows(2).all(|pair| pair.first() == pair.last());
    let text = if equal {
        asked.first().map(|column| show_all(column, kind)).unwrap_or_default()
    } else {
        let shown = match kind {
            Kind::Nv => columns.iter().collect(),
            Kind::Capability | Kind::Register | Kind::Plain => asked,
        };
        let all: Vec<String> = shown.into_iter().map(|column| show_all(column, kind)).collect();
        all.join(" | ")
    };
    let mark = if equal { ' ' } else { '*' };
    let _ = writeln!(out, "{mark} {:NAME$} {text}", line.name);
}

/// One column of a line: the value, or the values of an array, once where all are equal.
fn show_all(column: &[Option<&Knowledge>], kind: Kind) -> String {
    if column.windows(2).all(|pair| pair.first() == pair.last()) {
        let single = column.first().copied().flatten();
        return match (kind, single) {
            // Masks are read in hex.
            (Kind::Register, Some(Knowledge::Known { value: Value::Number { number, name: None } }))
                if *number > 0xff =>
            {
                format!("{number} (0x{number:x})")
            }
            _ => show(single),
        };
    }
    let all: Vec<String> = column.iter().map(|cell| show(*cell)).collect();
    all.join(" ")
}

/// Names after each other, broken into lines.
fn write_names(lead: &str, names: &[String], out: &mut String) {
    if names.is_empty() {
        return;
    }
    let mut line = format!("  {lead}");
    for (place, name) in names.iter().enumerate() {
        if line.len().saturating_add(name.len()) > LINE && place > 0 {
            let _ = writeln!(out, "{}", line.trim_end());
            line = "    ".to_owned();
        }
        line.push_str(name);
        line.push_str(if place.saturating_add(1) == names.len() { "" } else { ", " });
    }
    let _ = writeln!(out, "{}", line.trim_end());
}
