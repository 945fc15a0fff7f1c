//! Command lines of the firmware tools, and the headings of scripts around them: what names the device of what follows.
//!
//! Must not do: take prose that speaks of a tool for a command line.

use super::text::Text;
use mlx5_schemas::model::pci_address;

/// A command line.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct CommandLine {
    /// What stands behind the tool's name, up to a pipe or the end of the command.
    pub(crate) words: Vec<String>,
}

impl CommandLine {
    /// The word behind one of these options.
    pub(crate) fn option(&self, names: &[&str]) -> Option<&str> {
        let place = self.words.iter().position(|word| names.contains(&word.as_str()))?;
        self.words.get(place.saturating_add(1)).map(String::as_str)
    }

    /// Whether one of these words stands in it.
    pub(crate) fn has(&self, names: &[&str]) -> bool {
        self.words.iter().any(|word| names.contains(&word.as_str()))
    }
}

/// Reads a line in which one of these tools is run, behind a prompt or not.
pub(crate) fn command(line: &str, tools: &[&str]) -> Option<CommandLine> {
    of_words(line.split_whitespace(), tools)
}

/// The command that printed a text, where its place in an archive says so.
pub(crate) fn command_of(text: &Text<'_>, tools: &[&str]) -> Option<CommandLine> {
    of_words(text.origin.command.as_ref()?.iter().map(String::as_str), tools)
}

fn of_words<'a>(words: impl Iterator<Item = &'a str>, tools: &[&str]) -> Option<CommandLine> {
    let mut words = words.skip_while(|word| !is_tool(word, tools));
    words.next()?;
    // What stands behind a pipe is another program's.
    let words: Vec<String> =
        words.take_while(|word| !word.contains(['|', ';', '>'])).map(str::to_owned).collect();
    // In prose the tool's name is followed by a word.
    let first = words.first()?;
    (first.starts_with('-') || matches!(first.as_str(), "q" | "query")).then_some(CommandLine { words })
}

/// Whether a word runs one of these tools, by its path or not.
pub(crate) fn is_tool(word: &str, tools: &[&str]) -> bool {
    let name = word.rsplit(['/', '\\']).next().unwrap_or(word);
    tools.contains(&name.strip_suffix(".exe").unwrap_or(name))
}

/// `Device #2:`.
pub(crate) fn device_number(line: &str) -> Option<u32> {
    line.trim().strip_prefix("Device #")?.strip_suffix(':')?.parse().ok()
}

/// The PCI address in a line in which a script says which device comes next: `=== Device: 0000:05:00.0 ===`. Other lines
/// have an address and the word too, and do not say so: those of lspci, `PCI Device Name:`.
pub(crate) fn device_of_script(line: &str) -> Option<String> {
    let mut words = line.split_whitespace().map(|word| word.trim_end_matches(':'));
    words.by_ref().find(|word| *word == "Device")?;
    words.next().and_then(pci_address::full)
}

/// A device's name with the domain that goes without saying.
pub(crate) fn full(name: &str) -> String {
    pci_address::full(name).unwrap_or_else(|| name.to_owned())
}

/// Whether a text numbers devices, as mlxconfig and mlxfwmanager do.
pub(crate) fn numbers_devices(text: &Text<'_>) -> bool {
    let numbers = |line: &str| line.starts_with("Configurations:") || device_number(line).is_some();
    text.lines.iter().any(|line| numbers(line.text.trim()))
}

/// The name of a device that a tool's output only counts. Where other output in the text numbers devices too, its
/// numbers need not mean the same ones.
pub(crate) fn counted(number: usize, tool: &str, others_number: bool) -> String {
    match others_number {
        true => format!("device #{number} of {tool}"),
        false => format!("device #{number}"),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn command_lines_are_told_from_prose() {
        let read = |line: &str| command(line, &["flint", "mstflint"]);
        let full = read("root@pve:~# /usr/bin/mstflint -d 3b:00.0 q full | grep PSID").unwrap();
        assert_eq!(full.option(&["-d"]), Some("3b:00.0"));
        assert!(full.has(&["q"]) && full.has(&["full"]) && !full.has(&["grep"]));
        for prose in ["then flint says", "flint", "use mstflint to query -d", "flint | grep q"] {
            assert_eq!(read(prose), None, "{prose}");
        }
    }

    #[test]
    fn headings_name_devices() {
        assert_eq!(device_of_script("=== Device: 05:00.0 ===").as_deref(), Some("0000:05:00.0"));
        for other in ["  PCI Device Name:  05:00.0", "05:00.0 Ethernet controller: Mellanox Device 101d"] {
            assert_eq!(device_of_script(other), None);
        }
        assert_eq!(device_number(" Device #2:"), Some(2));
    }
}
