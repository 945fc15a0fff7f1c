//! What `mlxconfig query` and `mstconfig query` print, of all eras, as it stands in tickets, mails and notes.
//!
//! A text holds sections, one a device and run: a head (`Device #1:`, `Device type:`, …), the line `Configurations:`
//! that names the columns, and rows. [`table`] finds them, [`value`] reads a cell, [`facts`] makes facts of rows.
//!
//! Must not do: take the column `New` of a `set` for a value of the device: it is what somebody asked for.

mod facts;
mod heading;
mod table;
mod value;

use mlx5_schemas::catalog::Catalog;

use super::{Import, lines};

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
