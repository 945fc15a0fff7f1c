//! The lines around a table: command lines, heads of sections, the line that names the columns, and what the tool says
//! besides.
//!
//! Must not do: know rows.

use mlx5_schemas::model::fact::View;

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
    let mut words = text.split_whitespace().skip_while(|word| !is_tool(word));
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

fn is_tool(word: &str) -> bool {
    let name = word.rsplit(['/', '\\']).next().unwrap_or(word);
    let name = name.strip_suffix(".exe").unwrap_or(name);
    matches!(name, "mlxconfig" | "mstconfig")
}

/// `Device #2:`.
pub(super) fn device_number(text: &str) -> Option<u32> {
    text.trim().strip_prefix("Device #")?.strip_suffix(':')?.parse().ok()
}

/// The PCI address in a line in which a script says which device comes next.
pub(super) fn device_of_script(text: &str) -> Option<String> {
    if !text.contains("Device") {
        return None;
    }
    text.split_whitespace().map(|word| word.trim_end_matches(':')).find(|word| is_address(word)).map(full)
}

/// `0000:3b:00.0`, with or without the domain.
fn is_address(word: &str) -> bool {
    let parts: Vec<&str> = word.split([':', '.']).collect();
    let widths: Vec<usize> = parts.iter().map(|part| part.len()).collect();
    matches!(widths.as_slice(), [2, 2, 1] | [4, 2, 2, 1])
        && word.rfind(':') < word.rfind('.')
        && parts.iter().all(|part| part.bytes().all(|byte| byte.is_ascii_hexdigit()))
}

/// A device's name with the domain that goes without saying.
pub(super) fn full(name: &str) -> String {
    if is_address(name) && name.len() == 7 { format!("0000:{name}") } else { name.to_owned() }
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

/// `[root@host ~]#`, `sh-5.2$`: nothing typed behind it.
fn is_prompt(text: &str) -> bool {
    let Some(place) = text.strip_suffix(['#', '$']) else { return false };
    place.is_empty() || place.contains('@') || place.starts_with("sh-") || place.starts_with("bash-")
}
