//! The query as XML (`--query-format XML`).
//!
//! The XML may stand amid other lines, quoted or not; it is parsed as its lines say it, so a place in it is a place in
//! a line. A document type, and with it every entity but XML's own, is refused.
//!
//! Must not do: take anything of XML that is not whole.

use std::collections::BTreeSet;
use std::ops::Range;

use roxmltree::{Document, Node, ParsingOptions};

use super::Found;
use crate::import::printed::snake_case;
use crate::import::reading::{Reading, Span};
use crate::import::text::Text;

/// How the element begins that holds the devices.
pub(super) const ROOT: &str = "<Devices";
const ROOT_END: &str = "</Devices>";
/// Most nodes of one such element: some thousand devices.
const MAX_NODES: u32 = 100_000;

/// Most quotation marks of one element: some hundred attributes. The parser compares every two of them.
const MAX_QUOTES: usize = 512;

/// Attributes of a device, by their names in the text form.
const ATTRIBUTES: [(&str, &str); 4] = [
    ("pciName", "pci_device_name"),
    ("type", "device_type"),
    ("psid", "psid"),
    ("partNumber", "part_number"),
];

/// Reads every such element of a text.
pub(super) fn read(text: &Text<'_>, reading: &mut Reading<'_>) {
    let mut place = 0_usize;
    let mut next = 0_usize;
    while let Some(first) = find(text, next, ROOT) {
        let Some(last) = find(text, first, ROOT_END) else {
            reading.cannot_read(first, format!("XML without its end {ROOT_END}"));
            return;
        };
        next = last.saturating_add(1);
        let lines = Lines::of(text, first, last);
        // No attribute has a `<`.
        let quotes = |element: &str| element.bytes().filter(|byte| matches!(byte, b'"' | b'\'')).count();
        if lines.text.split('<').any(|element| quotes(element) > MAX_QUOTES) {
            reading.cannot_read(first, "an element with more attributes than are read");
            continue;
        }
        let options =
            ParsingOptions { allow_dtd: false, nodes_limit: MAX_NODES, ..ParsingOptions::default() };
        match Document::parse_with_options(&lines.text, options) {
            Ok(document) => {
                let mut strange = BTreeSet::new();
                for device in document.root_element().children().filter(Node::is_element) {
                    place = place.saturating_add(1);
                    device_facts(text, reading, &lines, device, place, &mut strange);
                }
                for index in first..=last {
                    match strange.contains(&index) {
                        true => reading.cannot_read(index, "no member that such a file has"),
                        false => reading.understand(Span::line(index)),
                    }
                }
            }
            Err(error) => reading.cannot_read(first, format!("no XML: {error}")),
        }
    }
}

/// The first line from one on in which something stands.
fn find(text: &Text<'_>, from: usize, what: &str) -> Option<usize> {
    (from..text.lines.len()).find(|index| text.line(*index).contains(what))
}

/// Lines of a text as one.
struct Lines {
    text: String,
    /// Where each line begins in it.
    starts: Vec<usize>,
    first: usize,
}

impl Lines {
    /// From where the root begins to where it ends.
    fn of(text: &Text<'_>, first: usize, last: usize) -> Self {
        let mut lines = Self { text: String::new(), starts: Vec::new(), first };
        for index in first..=last {
            let line = text.line(index);
            let from = if index == first { line.find(ROOT).unwrap_or(0) } else { 0 };
            let to = match line.find(ROOT_END) {
                Some(end) if index == last => end.saturating_add(ROOT_END.len()),
                Some(_) | None => line.len(),
            };
            lines.starts.push(lines.text.len());
            lines.text.push_str(line.get(from..to).unwrap_or_default());
            lines.text.push('\n');
        }
        lines
    }

    fn line(&self, place: usize) -> usize {
        let number = self.starts.partition_point(|start| *start <= place).saturating_sub(1);
        self.first.saturating_add(number)
    }

    fn lines(&self, range: &Range<usize>) -> (usize, usize) {
        (self.line(range.start), self.line(range.end.saturating_sub(1)))
    }
}

fn device_facts(
    text: &Text<'_>,
    reading: &mut Reading<'_>,
    lines: &Lines,
    device: Node<'_, '_>,
    place: usize,
    strange: &mut BTreeSet<usize>,
) {
    let mut found = Found::default();
    for attribute in device.attributes() {
        match ATTRIBUTES.iter().find(|(name, _)| *name == attribute.name()) {
            Some((_, path)) => found.say(*path, attribute.value(), lines.lines(&attribute.range())),
            None => {
                strange.insert(lines.line(attribute.range().start));
            }
        }
    }
    for element in device.children().filter(Node::is_element) {
        match element.tag_name().name() {
            "Versions" => {
                for version in element.children().filter(Node::is_element) {
                    let name = snake_case(version.tag_name().name());
                    for column in version.attributes() {
                        let path = format!("versions.{name}.{}", snake_case(column.name()));
                        found.say(path, column.value(), lines.lines(&column.range()));
                    }
                }
            }
            "MACs" | "GUIDs" => {
                for attribute in element.attributes() {
                    let path = snake_case(attribute.name());
                    found.say(path, attribute.value(), lines.lines(&attribute.range()));
                }
            }
            name @ ("Status" | "Description") => {
                let said = element.text().unwrap_or_default();
                found.say(snake_case(name), said.trim(), lines.lines(&element.range()));
            }
            _ => {
                let (first, last) = lines.lines(&element.range());
                strange.extend(first..=last);
            }
        }
    }
    found.write(text, reading, place);
}
