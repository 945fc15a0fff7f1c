//! What `mlxconfig query` and `mstconfig query` print, of all eras, as it stands in tickets, mails and notes.
//!
//! A text holds sections, one a device and run: a head (`Device #1:`, `Device type:`, …), the line `Configurations:`
//! that names the columns, and rows. [`table`] finds them, [`section`] is what they are, [`value`] reads a cell, [`facts`] makes facts of rows.
//!
//! Must not do: take the column `New` of a `set` for a value of the device: it is what somebody asked for.

mod facts;
mod heading;
mod json;
mod section;
mod table;
mod value;

use mlx5_schemas::catalog::Catalog;

use super::reading::{Reading, Span};
use super::text::Text;
use table::KnowsNames;

/// Whether bytes are the JSON that the tool writes with `-j`.
pub(crate) fn is_json(bytes: &[u8]) -> bool {
    std::str::from_utf8(bytes).is_ok_and(json::is_query)
}

/// Reads such JSON.
pub(crate) fn read_json(text: &Text<'_>, catalog: &Catalog, reading: &mut Reading<'_>) {
    let tables = json::tables(&String::from_utf8_lossy(text.bytes));
    facts::import(text.member, &tables, &facts::Names::of(catalog), reading);
    understand(text, &tables, reading);
}

/// Whether a text holds such a table's head, or a command line of the tool with a row after it.
pub(crate) fn is_query(text: &Text<'_>) -> bool {
    text.lines.iter().any(|line| {
        let text = line.text.trim_start();
        text.starts_with(heading::CONFIGURATIONS) || heading::command(text).is_some()
    })
}

/// Reads a text.
pub(crate) fn read(text: &Text<'_>, catalog: &Catalog, reading: &mut Reading<'_>) {
    let names = facts::Names::of(catalog);
    let tables = table::tables(&text.lines, &names, text.is_cut(text.lines.len().saturating_sub(1)));
    facts::import(text.member, &tables, &names, reading);
    understand(text, &tables, reading);
}

/// Every line was understood but those that were handed back.
fn understand(text: &Text<'_>, tables: &section::Tables, reading: &mut Reading<'_>) {
    for index in 0..text.lines.len() {
        let number = text.lines.get(index).map_or(0, |line| line.number);
        match tables.unread.get(&number) {
            Some(reason) => reading.cannot_read(index, reason.clone()),
            None => reading.understand(Span::line(index)),
        }
    }
}

/// Where the values of secrets stand in JSON: offsets and lengths in bytes.
pub(super) fn secret_members(text: &Text<'_>, catalog: &Catalog) -> Vec<(u64, u64)> {
    let names = facts::Names::of(catalog);
    if !names.has_secrets() {
        return Vec::new();
    }
    let tables = json::tables(&String::from_utf8_lossy(text.bytes));
    let rows = tables.sections.iter().flat_map(|section| &section.rows);
    let secrets = rows.filter(|row| names.is_secret(&row.name));
    let wide = |number: usize| u64::try_from(number).unwrap_or(u64::MAX);
    let mut spans = Vec::new();
    for row in secrets {
        // Behind the name.
        let start = usize::try_from(row.place.offset).unwrap_or(usize::MAX);
        let start = json::string_end(text.bytes, start.saturating_add(1)).saturating_add(1);
        for value in json::values(text.bytes.get(start..).unwrap_or_default()) {
            spans.push((wide(start.saturating_add(value.start)), wide(value.len())));
        }
    }
    spans
}

/// The lines in which the values of secrets stand: first line, number of words before the value, last line.
pub(super) fn secret_lines(text: &Text<'_>, catalog: &Catalog) -> Vec<(usize, usize, usize)> {
    let names = facts::Names::of(catalog);
    let mut found = Vec::new();
    if !names.has_secrets() {
        return found;
    }
    for index in 0..text.lines.len() {
        let words: Vec<&str> = text.line(index).split_whitespace().collect();
        let Some(place) = words.iter().position(|word| names.is_secret(word)) else { continue };
        let is_more = |index: &usize| {
            let line = text.line(*index);
            !line.trim().is_empty() && !line.split_whitespace().any(|word| table::is_name(word, &|_| false))
        };
        let more =
            (index.saturating_add(1)..text.lines.len()).take(table::MAX_SECRET_LINES).take_while(is_more);
        found.push((index, place.saturating_add(1), more.last().unwrap_or(index)));
    }
    found
}
