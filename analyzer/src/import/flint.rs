//! What `flint query` and `mstflint query`, `full` or not, print of a device's firmware.
//!
//! `Key:   value` with the values in one column. A run begins with `Image type:`; behind `| grep` it begins where a key
//! comes that stands in that column. The device is that of the command line, or of a script's heading.
//!
//! Must not do: take the query of an image file for a device's.

use std::collections::BTreeSet;

use mlx5_schemas::catalog::Catalog;
use mlx5_schemas::model::status::CollectionStatus;

use super::command_line::{
    CommandLine, command, command_of, counted, device_number, device_of_script, numbers_devices,
};
use super::printed::{ENDS, MAX_DESCRIPTION, is_last, key_value, say, say_number, snake_case};
use super::reading::{About, Reading, Span};
use super::text::Text;

const TOOLS: [&str; 2] = ["flint", "mstflint"];
/// Column of the values (`flint/subcommands.cpp`).
const COLUMN: usize = 23;
/// The key that begins a run.
const FIRST: &str = "Image type";

/// Keys of all eras (`flint/subcommands.cpp`, `printInfo`, and what MFT's flint prints besides).
const KEYS: &[&str] = &[
    FIRST,
    "FW Version",
    "FW Version(Running)",
    "FW Release Date",
    "Min FIT Version",
    "MIC Version",
    "Config Sectors",
    "Config Pad",
    "PRS Name",
    "Orig PRS Name",
    "Part Number",
    "Description",
    "Product Version",
    "Rom Info",
    "Device ID",
    "HW Access Key",
    "GUIDs",
    "MACs",
    "VSD",
    "Image VSD",
    "Device VSD",
    "PSID",
    "Orig PSID",
    "Security Attributes",
    "Default Update Method",
    "Life cycle",
    "Secure Boot Capable",
    "EFUSE Security Ver",
    "Image Security Ver",
    "Security Ver",
    "Security Ver Program",
];

/// Whether a text holds such a query.
pub(crate) fn is_query(text: &Text<'_>) -> bool {
    text.lines.iter().any(|line| match key_value(&line.text) {
        Some((FIRST, value, _)) => value.starts_with("FS"),
        Some(("FW Version" | "PSID", _, column)) => column == COLUMN,
        Some(_) | None => false,
    })
}

/// Reads a text.
pub(crate) fn read(text: &Text<'_>, _catalog: &Catalog, reading: &mut Reading<'_>) {
    let named = command_of(text, &TOOLS).map(Command::of);
    let others_number = numbers_devices(text);
    let mut reader =
        Reader { text, reading, others_number, heading: None, command: named, run: None, runs: 0 };
    for index in 0..text.lines.len() {
        reader.take(index);
    }
    reader.end();
}

/// What a command line says of the run that follows it.
#[derive(Debug, Clone)]
enum Command {
    Device(String),
    /// An image file, which is nobody's firmware.
    Image,
    Unnamed,
}

impl Command {
    fn of(line: CommandLine) -> Self {
        match (line.option(&["-d", "-device", "--device"]), line.has(&["-i", "-image", "--image"])) {
            (Some(device), _) => Self::Device(device.to_owned()),
            (None, true) => Self::Image,
            (None, false) => Self::Unnamed,
        }
    }
}

/// The output of one run, so far.
struct Run {
    /// `None` for an image file.
    device: Option<String>,
    /// Keys that were there.
    keys: BTreeSet<String>,
    /// Lines of `Rom Info`.
    roms: usize,
    /// Whether a run's lines came one after another, blank ones apart: then a line of its shape is its.
    unbroken: bool,
    /// A description that the next line may go on with.
    description: Option<(String, String, usize, usize)>,
    /// Whether the line before is one of `Rom Info`.
    in_roms: bool,
}

struct Reader<'a, 't> {
    text: &'a Text<'a>,
    reading: &'a mut Reading<'t>,
    /// Whether another tool numbers devices in this text.
    others_number: bool,
    heading: Option<String>,
    command: Option<Command>,
    run: Option<Run>,
    runs: usize,
}

impl Reader<'_, '_> {
    fn take(&mut self, index: usize) {
        let text = self.text;
        let line = text.line(index);
        if line.trim().is_empty() {
            return;
        }
        if let Some(command) = command(line, &TOOLS) {
            self.end();
            self.command = Some(Command::of(command));
            self.reading.understand(Span::line(index));
            return;
        }
        if let Some(device) = device_of_script(line) {
            self.end();
            self.heading = Some(device);
            return;
        }
        if line.trim_start().starts_with("Configurations:") || device_number(line).is_some() {
            self.end();
            return;
        }
        match key_value(line) {
            Some((key, value, column)) if self.is_ours(key, value, column) => self.field(index, key, value),
            Some(_) | None => self.other(index, line.trim()),
        }
    }

    /// Whether a line is one of a query.
    fn is_ours(&self, key: &str, value: &str, column: usize) -> bool {
        let is_known = KEYS.contains(&key) || is_uid(key);
        let is_shaped = column == COLUMN && key.starts_with(|c: char| c.is_ascii_uppercase());
        match &self.run {
            _ if key == FIRST => value.starts_with("FS") || column == COLUMN,
            // A blank value has no column.
            Some(run) if run.unbroken => is_known || is_shaped,
            Some(_) | None => is_known && is_shaped && !value.is_empty(),
        }
    }

    fn field(&mut self, index: usize, key: &str, value: &str) {
        self.write_description();
        let name = snake_case(key);
        let again = |run: &Run| key == FIRST || (key != "Description" && run.keys.contains(&name));
        if self.run.as_ref().is_some_and(again) {
            self.end();
        }
        if self.run.is_none() {
            self.begin();
        }
        self.reading.understand(Span::line(index));
        let Some(run) = &mut self.run else { return };
        run.in_roms = key == "Rom Info";
        run.keys.insert(name.clone());
        let Some(device) = run.device.clone() else { return };
        let words: Vec<&str> = value.split_whitespace().collect();
        let path = format!("flint/{name}");
        match key {
            "Rom Info" => self.rom(index, value),
            // The second description of a full query, and the only one of a short one, heads the identifiers below it.
            "Description" if is_table_head(&words) => {}
            "Description" => run.description = Some((path, value.to_owned(), index, index)),
            "GUIDs" | "MACs" => {
                for (place, word) in words.iter().enumerate() {
                    say(self.text, self.reading, &device, format!("{path}[{place}]"), word, (index, index));
                }
            }
            _ if is_uid(key) => self.uid(index, &device, &path, &words),
            _ => say(self.text, self.reading, &device, path, value, (index, index)),
        }
    }

    /// `b83fd20300909694        16`: the first identifier, how many there are, and how far apart.
    fn uid(&mut self, index: usize, device: &str, path: &str, words: &[&str]) {
        match *words {
            [first] => say(self.text, self.reading, device, path.to_owned(), first, (index, index)),
            [first, ref numbers @ ..] if numbers.len() <= 2 => {
                say(self.text, self.reading, device, path.to_owned(), first, (index, index));
                for (number, what) in numbers.iter().zip(["count", "step"]) {
                    say_number(self.text, self.reading, device, format!("{path}_{what}"), number, index);
                }
            }
            [..] => self.reading.cannot_read(index, "neither an identifier nor how many there are"),
        }
    }

    fn rom(&mut self, index: usize, value: &str) {
        let Some(run) = &mut self.run else { return };
        let path = format!("flint/rom_info[{}]", run.roms);
        run.roms = run.roms.saturating_add(1);
        self.reading.understand(Span::line(index));
        if let Some(device) = run.device.clone() {
            say(self.text, self.reading, &device, path, value, (index, index));
        }
    }

    /// A line that is no field: one more of `Rom Info`, the rest of a description, or nothing of ours.
    fn other(&mut self, index: usize, line: &str) {
        let Some(run) = &mut self.run else { return };
        if run.in_roms && line.starts_with("type=") {
            self.rom(index, line);
            return;
        }
        if let Some((_, said, _, last)) = &mut run.description
            && said.len() < MAX_DESCRIPTION
            && !line.starts_with('-')
        {
            *said = format!("{said} {line}");
            *last = index;
            self.reading.understand(Span::line(index));
            return;
        }
        self.write_description();
        if let Some(run) = &mut self.run {
            (run.unbroken, run.in_roms) = (false, false);
        }
        if line.starts_with("-E-") {
            self.reading.cannot_read(index, "the tool tells of an error");
        }
    }

    fn write_description(&mut self) {
        let Some(run) = &mut self.run else { return };
        let Some((path, said, first, last)) = run.description.take() else { return };
        let Some(device) = run.device.clone() else { return };
        if is_last(self.text, last) && !self.text.is_cut(last) {
            let span = Span::lines(first, last);
            let about = About::Device(&device);
            self.reading.unknown(about, path, CollectionStatus::NotRecorded, ENDS.to_owned(), span);
            return;
        }
        say(self.text, self.reading, &device, path, &said, (first, last));
    }

    fn begin(&mut self) {
        let device = match (self.command.take(), &self.heading) {
            (Some(Command::Device(device)), _) => Some(device),
            (Some(Command::Image), _) => {
                self.reading
                    .note("the query of a firmware image file is here, which says nothing of a device");
                None
            }
            (Some(Command::Unnamed) | None, Some(heading)) => Some(heading.clone()),
            (Some(Command::Unnamed) | None, None) => {
                self.runs = self.runs.saturating_add(1);
                Some(counted(self.runs, "flint", self.others_number))
            }
        };
        if let Some(device) = &device {
            self.reading.described(device);
        }
        let (keys, roms, description) = (BTreeSet::new(), 0, None);
        self.run = Some(Run { device, keys, roms, unbroken: true, description, in_roms: false });
    }

    fn end(&mut self) {
        self.write_description();
        self.run = None;
    }
}

/// `Base GUID`, `Orig Base MAC2`.
fn is_uid(key: &str) -> bool {
    let base = key.strip_prefix("Orig ").unwrap_or(key);
    ["Base GUID", "Base MAC"]
        .iter()
        .filter_map(|name| base.strip_prefix(name))
        .any(|rest| rest.is_empty() || rest.bytes().all(|byte| byte.is_ascii_digit()))
}

/// Whether a description is the head of the table of identifiers below it.
fn is_table_head(words: &[&str]) -> bool {
    matches!(words, ["UID", "GuidsNumber"] | ["UID", "GuidsNumber", "Step"] | ["Node", "Port1", ..])
}
