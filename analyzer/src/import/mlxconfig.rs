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

use super::{Import, lines};

/// Whether bytes are the JSON that the tool writes with `-j`.
pub fn is_json(bytes: &[u8]) -> bool {
    std::str::from_utf8(bytes).is_ok_and(json::is_query)
}

/// Reads such JSON; `member` names it in evidence.
pub fn read_json(member: &str, bytes: &[u8], catalog: &Catalog) -> Import {
    let text = String::from_utf8_lossy(bytes);
    let tables = json::tables(&text);
    let mut import = facts::import(member, &tables, &facts::Names::of(catalog));
    import.lines = u64::try_from(text.lines().count()).unwrap_or(u64::MAX);
    import.unread = tables.unread;
    import
}

/// Whether bytes hold such a text: a table's head, or a command line of the tool with a row after it.
pub fn is_query(bytes: &[u8]) -> bool {
    lines::lines(bytes).iter().any(|line| {
        let text = line.text.trim_start();
        text.starts_with(heading::CONFIGURATIONS) || heading::command(text).is_some()
    })
}

/// Reads a text; `member` names it in evidence.
pub fn read(member: &str, bytes: &[u8], catalog: &Catalog) -> Import {
    let lines = lines::lines(bytes);
    let names = facts::Names::of(catalog);
    let tables = table::tables(&lines, &|name| names.knows(name));
    let mut import = facts::import(member, &tables, &names);
    import.lines = u64::try_from(lines.len()).unwrap_or(u64::MAX);
    import.unread = tables.unread;
    import
}
