//! What `mlxconfig query` and `mstconfig query` print, of all eras, as it stands in tickets, mails and notes.
//!
//! A text holds sections, one a device and run: a head (`Device #1:`, `Device type:`, …), the line `Configurations:`
//! that names the columns, and rows. [`table`] finds them, [`value`] reads a cell, [`facts`] makes facts of rows.
//!
//! Must not do: take the column `New` of a `set` for a value of the device: it is what somebody asked for.

mod facts;
mod heading;
mod json;
mod table;
mod value;

use mlx5_schemas::catalog::Catalog;

use super::reading::{Reading, Span};
use super::text::Text;

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
    let tables = table::tables(&text.lines, &|name| names.knows(name));
    facts::import(text.member, &tables, &names, reading);
    understand(text, &tables, reading);
}

/// Every line was understood but those that were handed back.
fn understand(text: &Text<'_>, tables: &table::Tables, reading: &mut Reading<'_>) {
    for index in 0..text.lines.len() {
        let number = text.lines.get(index).map_or(0, |line| line.number);
        match tables.unread.get(&number) {
            Some(reason) => reading.cannot_read(index, reason.clone()),
            None => reading.understand(Span::line(index)),
        }
    }
}
