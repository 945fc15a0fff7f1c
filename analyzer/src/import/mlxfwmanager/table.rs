//! The query as text: a device after the other, each with a table of versions.
//!
//! Must not do: take a row apart that has not one value for each column.

use super::Found;
use crate::import::command_line::device_number;
use crate::import::printed::{MAX_DESCRIPTION, is_last, key_value, snake_case};
use crate::import::reading::{Reading, Span};
use crate::import::text::Text;

/// The line that begins what is said of a device.
pub(super) const FIRST: &str = "Device Type:";

/// Most lines from a device's number to what is said of it: mail doubles blank ones.
const MAX_HEAD_LINES: usize = 8;

/// Keys of a device; `Port1 GUID` and the like come besides.
const KEYS: &[&str] = &[
    "Device Type",
    "Part Number",
    "Description",
    "PSID",
    "PCI Device Name",
    "Base GUID",
    "Base MAC",
    "Versions",
    "Status",
];

/// Reads a text.
pub(super) fn read(text: &Text<'_>, reading: &mut Reading<'_>) {
    let mut reader = Reader { text, reading, number: None, found: None, place: 0, within: Within::Other };
    for index in 0..text.lines.len() {
        reader.take(index);
    }
    reader.end();
}

/// What the line before belongs to, where lines after it may too.
enum Within {
    Description,
    /// The table of versions, with the names of its columns as parts of paths.
    Versions(Vec<String>),
    Other,
}

struct Reader<'a, 't> {
    text: &'a Text<'a>,
    reading: &'a mut Reading<'t>,
    /// Number of the device that comes next, with its line.
    number: Option<(u32, usize)>,
    found: Option<Found>,
    place: usize,
    within: Within,
}

impl Reader<'_, '_> {
    fn take(&mut self, index: usize) {
        let line = self.text.line(index).trim();
        if line.is_empty() {
            return;
        }
        if let Some(number) = device_number(line) {
            self.end();
            self.number = Some((number, index));
            return;
        }
        if is_talk(line) {
            self.reading.understand(Span::line(index));
            return;
        }
        let Some((key, value, _)) = key_value(line).filter(|(key, ..)| KEYS.contains(key) || is_port(key))
        else {
            self.other(index, line);
            return;
        };
        if line.starts_with(FIRST) {
            self.end();
            self.place = self.place.saturating_add(1);
            let number = self.number.take().filter(|(_, at)| index.saturating_sub(*at) <= MAX_HEAD_LINES);
            if let Some((_, at)) = number {
                // Its number, and the line drawn below.
                self.reading.understand(Span::lines(at, index));
            }
            self.found = Some(Found { number: number.map(|(number, _)| number), said: Vec::new() });
        }
        let Some(found) = &mut self.found else { return };
        self.reading.understand(Span::line(index));
        self.within = match key {
            "Description" => Within::Description,
            "Versions" => Within::Versions(value.split_whitespace().map(snake_case).collect()),
            _ => Within::Other,
        };
        if key != "Versions" {
            found.say(snake_case(key), value, (index, index));
        }
        if key == "Status" {
            self.end();
        }
    }

    fn other(&mut self, index: usize, line: &str) {
        let Some(found) = &mut self.found else { return };
        match &self.within {
            Within::Description => {
                if let Some(said) = found.said.last_mut().filter(|said| said.value.len() < MAX_DESCRIPTION) {
                    said.value = format!("{} {line}", said.value);
                    said.lines.1 = index;
                    self.reading.understand(Span::line(index));
                }
            }
            Within::Versions(columns) => {
                let words: Vec<&str> = line.split_whitespace().collect();
                let name = words.len().saturating_sub(columns.len());
                let (name, values) = words.split_at(name);
                let is_row = !columns.is_empty()
                    && !name.is_empty()
                    && values.iter().all(|word| is_version(word))
                    && !name.iter().any(|word| is_version(word));
                if !is_row {
                    self.reading.cannot_read(index, "a row that has not one version for each column");
                    return;
                }
                let name = snake_case(&name.join(" "));
                for (column, value) in columns.iter().zip(values) {
                    found.say(format!("versions.{name}.{column}"), value, (index, index));
                }
                self.reading.understand(Span::line(index));
            }
            Within::Other => {}
        }
    }

    fn end(&mut self) {
        self.within = Within::Other;
        let Some(mut found) = self.found.take() else { return };
        let description = found.said.iter_mut().find(|said| said.path == "description");
        if let Some(said) = description.filter(|said| is_last(self.text, said.lines.1)) {
            said.may_go_on = true;
        }
        found.write(self.text, self.reading, self.place);
    }
}

/// `Port1 GUID`, `Port2 MAC`.
fn is_port(key: &str) -> bool {
    let Some((port, what)) = key.strip_prefix("Port").and_then(|rest| rest.split_once(' ')) else {
        return false;
    };
    port.parse::<u8>().is_ok() && matches!(what, "GUID" | "MAC")
}

/// `26.43.1014`, or that there is none.
fn is_version(word: &str) -> bool {
    matches!(word, "N/A" | "--") || word.starts_with(|c: char| c.is_ascii_digit())
}

/// What the tool says around the devices.
fn is_talk(line: &str) -> bool {
    line.bytes().all(|byte| byte == b'-')
        || line.starts_with("Querying Mellanox devices firmware")
        || (line.starts_with("Found ") && line.contains("device(s)"))
        || line.starts_with("All listed device(s)")
        || line.starts_with("Log File:")
}
