//! The tables of `ethtool` below a heading that names the interface: `Settings for eth0:`, `Features for eth0:`, ….
//!
//! Must not do: take a list that the text cuts short for the whole list.

use super::super::kernel_view::{LOOPBACK, Lines, View, plain_number};
use super::super::printed::snake_case;
use super::super::reading::{About, netdev_name};

/// A table's kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// `ethtool eth0`.
    Settings,
    /// `-k`: `feature.tx-checksum-ipv4`.
    Features,
    /// `-l`, `-g`: `channels.combined`, `channels.max.combined`.
    Bounded(&'static str),
    /// `-a`, `-c`, `--show-fec`, `--show-priv-flags`: `coalesce.rx-usecs`.
    Plain(&'static str),
    /// `-T`: the clock.
    Clock,
}

/// A heading: what follows, and of which interface.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Heading<'l> {
    kind: Kind,
    interface: &'l str,
}

const HEADINGS: [(&str, Kind); 9] = [
    ("Settings for ", Kind::Settings),
    ("Features for ", Kind::Features),
    ("Channel parameters for ", Kind::Bounded("channels")),
    ("Ring parameters for ", Kind::Bounded("ring")),
    ("Pause parameters for ", Kind::Plain("pause")),
    ("Coalesce parameters for ", Kind::Plain("coalesce")),
    ("FEC parameters for ", Kind::Plain("fec")),
    ("Private flags for ", Kind::Plain("private_flag")),
    ("Time stamping parameters for ", Kind::Clock),
];

/// The heading that a line is.
pub(super) fn heading(line: &str) -> Option<Heading<'_>> {
    let (kind, rest) = HEADINGS.iter().find_map(|(words, kind)| Some((*kind, line.strip_prefix(words)?)))?;
    let interface = rest.trim_end().strip_suffix(':')?;
    let is_name = !interface.is_empty() && !interface.contains(char::is_whitespace);
    is_name.then_some(Heading { kind, interface })
}

/// Longest key of a row, in bytes.
const MAX_KEY: usize = 64;

/// One entry of a table, with the further lines of its list.
struct Entry<'l> {
    key: &'l str,
    value: String,
    lines: Lines,
    /// Whether something stands behind it that shows its end.
    is_closed: bool,
}

/// Reads the table below a heading; gives the line after it.
pub(super) fn read(view: &mut View<'_, '_, '_>, start: usize, heading: &Heading<'_>) -> usize {
    let text = view.text;
    view.understand((start, start));
    let device = netdev_name(heading.interface);
    let described = view.reading.described(&device);
    described.netdevs.insert(heading.interface.to_owned());
    described.is_foreign |= heading.interface == LOOPBACK;
    let mut entries: Vec<Entry<'_>> = Vec::new();
    let mut index = start.saturating_add(1);
    let mut group = "";
    while index < text.lines.len() {
        let line = text.line(index);
        let said = line.trim();
        if said.is_empty() {
            // Tables are set apart by blank lines; mail doubles them.
            let goes_on = (index.saturating_add(1)..text.lines.len())
                .map(|next| text.line(next))
                .find(|next| !next.trim().is_empty())
                .is_some_and(|next| belongs(heading.kind, next));
            if !goes_on {
                break;
            }
        } else if !belongs(heading.kind, line) {
            break;
        } else if let Some((key, value)) = said.split_once(':') {
            entries.last_mut().into_iter().for_each(|entry| entry.is_closed = true);
            let (key, value) = (key.trim(), value.trim());
            match (heading.kind, key) {
                (Kind::Bounded(_), "Pre-set maximums") => group = ".max",
                (Kind::Bounded(_), "Current hardware settings") => group = "",
                _ => entries.push(Entry {
                    key,
                    value: value.to_owned(),
                    lines: (index, index),
                    is_closed: value.is_empty(),
                }),
            }
            if matches!(heading.kind, Kind::Bounded(_)) {
                emit(view, heading, &device, group, &mut entries);
            }
            view.understand((index, index));
        } else {
            // A further line of a list.
            if let Some(entry) = entries.last_mut() {
                let gap = if entry.value.is_empty() { "" } else { " " };
                entry.value = format!("{}{gap}{said}", entry.value);
                entry.lines.1 = index;
                entry.is_closed = false;
            }
            view.understand((index, index));
        }
        index = index.saturating_add(1);
    }
    if index < text.lines.len() {
        entries.last_mut().into_iter().for_each(|entry| entry.is_closed = true);
    }
    emit(view, heading, &device, group, &mut entries);
    index
}

/// Whether a line can be one of a table.
fn belongs(kind: Kind, line: &str) -> bool {
    let (said, is_indented) = (line.trim(), line.starts_with(' '));
    match kind {
        Kind::Settings => is_indented && heading(said).is_none(),
        Kind::Features | Kind::Plain(_) | Kind::Bounded(_) => {
            let key = said.split(':').next().unwrap_or_default();
            // What is typed next has such marks.
            let is_typed = key.contains(['@', '#', '$', '/']) && !key.starts_with("Supported/Configured");
            let is_other = heading(said).is_some() || said.starts_with("driver: ");
            said.contains(':') && key.len() <= MAX_KEY && !is_typed && !is_other
        }
        Kind::Clock => {
            let is_title = [
                "Capabilities:",
                "PTP Hardware Clock:",
                "Hardware Transmit",
                "Hardware Receive",
                "Hardware timestamp",
            ];
            is_indented || is_title.iter().any(|title| said.starts_with(title))
        }
    }
}

fn emit(
    view: &mut View<'_, '_, '_>,
    heading: &Heading<'_>,
    device: &str,
    group: &str,
    entries: &mut Vec<Entry<'_>>,
) {
    let of_interface = format!("netdev/{}", heading.interface);
    for entry in entries.drain(..) {
        let Entry { key, value, lines, is_closed } = entry;
        let about = About::Device(device);
        let path = match heading.kind {
            Kind::Settings => {
                settings(view, device, &of_interface, key, &value, lines, is_closed);
                continue;
            }
            Kind::Features => format!("{of_interface}.feature.{key}"),
            Kind::Bounded(table) => format!("{of_interface}.{table}{group}.{}", snake_case(key)),
            Kind::Plain("fec") => format!("{of_interface}.fec.{}", snake_case(key)),
            Kind::Plain("pause") => format!("{of_interface}.pause.{}", snake_case(key)),
            Kind::Plain("coalesce") if key == "Adaptive RX" => {
                adaptive(view, device, &of_interface, &value, lines);
                continue;
            }
            Kind::Plain(table) => format!("{of_interface}.{table}.{key}"),
            Kind::Clock if key == "PTP Hardware Clock" => format!("{of_interface}.ptp_hardware_clock"),
            Kind::Clock => continue,
        };
        // An empty value is a title, or a flag without a word.
        if !value.is_empty() {
            view.word(about, path, &value, lines);
        }
    }
}

/// `Adaptive RX: on  TX: off`.
fn adaptive(view: &mut View<'_, '_, '_>, device: &str, of_interface: &str, value: &str, lines: Lines) {
    let Some((rx, tx)) = value.split_once("TX:") else { return };
    for (name, word) in [("adaptive_rx", rx), ("adaptive_tx", tx)] {
        view.text(About::Device(device), format!("{of_interface}.coalesce.{name}"), word.trim(), lines);
    }
}

/// One entry of `Settings for`.
fn settings(
    view: &mut View<'_, '_, '_>,
    device: &str,
    of_interface: &str,
    key: &str,
    value: &str,
    lines: Lines,
    is_closed: bool,
) {
    let about = About::Device(device);
    let name = match key {
        "Auto-negotiation" => "autoneg".to_owned(),
        "Supported FEC modes" => "fec_modes_supported".to_owned(),
        "Advertised FEC modes" => "fec_modes_advertised".to_owned(),
        other => snake_case(other),
    };
    let path = format!("{of_interface}.{name}");
    // Lists go on in further lines; the end of the text is not the end of the list.
    let is_list = ["Supported", "Advertised", "Link partner", "Current message"]
        .iter()
        .any(|word| key.starts_with(word));
    if is_list && !is_closed {
        return view.unknown(about, path, "the text may end before this list does", lines);
    }
    let value: String = value.trim_matches(['[', ']', ' ']).split_whitespace().collect::<Vec<_>>().join(" ");
    match (name.as_str(), value.as_str()) {
        (_, "") => {}
        (_, "Unknown!" | "Not reported" | "Unknown! (255)") => {
            view.unknown(about, path, &format!("the tool says {value}"), lines);
        }
        ("speed", speed) => match speed.strip_suffix("Mb/s").and_then(plain_number) {
            Some(number) => view.number(about, path, number, lines),
            None => view.reading.cannot_read(lines.0, "no speed in Mb/s"),
        },
        (_, word) => view.word(about, path, word, lines),
    }
}
