//! The lines around a table: command lines, heads of sections, the line that names the columns, and what the tool says
//! besides.
//!
//! Must not do: know rows.

use mlx5_schemas::model::fact::View;

use crate::import::command_line::is_tool;

/// The tool, by both of its names.
const TOOLS: [&str; 2] = ["mlxconfig", "mstconfig"];

/// How the line begins that names the columns.
pub(super) const CONFIGURATIONS: &str = "Configurations:";

/// A column of a table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Column {
    /// A view of the device.
    View(View),
    /// What a `set` asks for.
    New,
}

/// All three views, as `-e q` prints them.
pub(super) const THREE: [Column; 3] =
    [Column::View(View::Default), Column::View(View::Current), Column::View(View::Next)];
/// What `q` prints.
pub(super) const ONE: [Column; 1] = [Column::View(View::Next)];

/// The columns that a line names; `None` where it names something else too, or none.
pub(super) fn columns(text: &str) -> Option<Vec<Column>> {
    let mut columns = Vec::new();
    let mut words = text.split_whitespace().peekable();
    while let Some(word) = words.next() {
        let column = match word {
            "Default" => Column::View(View::Default),
            "Current" => Column::View(View::Current),
            "Next" => {
                words.next_if_eq(&"Boot");
                Column::View(View::Next)
            }
            "New" => Column::New,
            _ => return None,
        };
        if columns.contains(&column) {
            return None;
        }
        columns.push(column);
    }
    (!columns.is_empty()).then_some(columns)
}

/// A command line of the tool.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Command {
    /// The device that it names.
    pub(super) device: Option<String>,
    /// The columns that it prints; none for anything but a query.
    pub(super) columns: Option<Vec<Column>>,
}

/// Reads a command line, behind a prompt or not.
pub(super) fn command(text: &str) -> Option<Command> {
    let mut words = text.split_whitespace().skip_while(|word| !is_tool(word, &TOOLS));
    words.next()?;
    let mut command = Command { device: None, columns: None };
    let (mut verbose, mut query) = (false, false);
    // What stands behind a pipe is another program's.
    let mut words = words.take_while(|word| !word.contains(['|', ';', '>'])).peekable();
    words.peek()?;
    let mut is_first = true;
    while let Some(word) = words.next() {
        match word {
            "-d" | "--dev" => command.device = words.next().map(str::to_owned),
            "-e" | "--enable_verbosity" => verbose = true,
            "q" | "query" => query = true,
            "s" | "set" | "r" | "reset" | "-v" | "--version" | "i" | "show_confs" | "b" | "backup" => {}
            "-b" | "--db_path" | "-j" | "--json_format" | "-p" => {
                words.next();
            }
            // Prose that speaks of the tool.
            _ if is_first => return None,
            _ => {}
        }
        is_first = false;
    }
    if command.device.is_none() && !query {
        return None;
    }
    command.columns = query.then(|| if verbose { THREE.to_vec() } else { ONE.to_vec() });
    Some(command)
}

/// What the tool, or the shell around it, says and what holds no value.
pub(super) fn is_known_talk(text: &str) -> bool {
    let text = text.trim();
    text.bytes().all(|byte| byte == b'-')
        || text.starts_with("The '*' shows parameters")
        || text.starts_with("Apply new Configuration?")
        || text.starts_with("Applying...")
        || text.starts_with("-I- ")
        || is_prompt(text)
}

/// Whether the tool says that it wrote what was asked for.
pub(super) fn is_applied(text: &str) -> bool {
    text.starts_with("Applying...") && text.trim_end().ends_with("Done!")
}

/// `[root@host ~]#`, `sh-5.2$`: nothing typed behind it.
fn is_prompt(text: &str) -> bool {
    let Some(place) = text.strip_suffix(['#', '$']) else { return false };
    place.is_empty() || place.contains('@') || place.starts_with("sh-") || place.starts_with("bash-")
}

/// Whether the tool says that it did not get everything. Then some values may be those of another view (mstflint 4.33),
/// and no row says which.
pub(super) fn is_failed_query(text: &str) -> bool {
    text.contains("Failed to query some of the TLVs")
}

/// Whether another tool's output begins here, whose heads look like ours.
pub(super) fn is_foreign(text: &str) -> bool {
    ["Image type:", "Device Type:", "Querying Mellanox devices firmware"]
        .iter()
        .any(|beginning| text.starts_with(beginning))
}
