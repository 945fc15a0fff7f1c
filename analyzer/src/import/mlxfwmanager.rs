//! What `mlxfwmanager --query` and `mlxup --query` print of the devices of a host, as text and as XML.
//!
//! Both forms give the same facts: [`Found`] is what either says of a device.
//!
//! Must not do: take a version that is available for one that a device has.

mod table;
mod xml;

use mlx5_schemas::catalog::Catalog;
use mlx5_schemas::model::status::CollectionStatus;

use super::printed::{ENDS, say};
use super::reading::{About, Reading, Span};
use super::text::Text;

/// Whether a text holds such a query's text.
pub(crate) fn is_query(text: &Text<'_>) -> bool {
    text.lines.iter().any(|line| line.text.trim_start().starts_with(table::FIRST))
}

/// Reads it.
pub(crate) fn read(text: &Text<'_>, _catalog: &Catalog, reading: &mut Reading<'_>) {
    table::read(text, reading);
}

/// Whether a text holds such a query's XML.
pub(crate) fn is_xml(text: &Text<'_>) -> bool {
    text.lines.iter().any(|line| line.text.contains(xml::ROOT))
}

/// Reads it.
pub(crate) fn read_xml(text: &Text<'_>, _catalog: &Catalog, reading: &mut Reading<'_>) {
    xml::read(text, reading);
}

/// Something that is said of a device.
struct Said {
    /// Path behind `mlxfwmanager/`.
    path: String,
    value: String,
    /// First and last line.
    lines: (usize, usize),
    /// Whether the text ends behind it, so that it may have gone on.
    may_go_on: bool,
}

/// What is said of a device before its name is known.
#[derive(Default)]
struct Found {
    /// Number in `Device #1:`.
    number: Option<u32>,
    said: Vec<Said>,
}

impl Found {
    fn say(&mut self, path: impl Into<String>, value: &str, lines: (usize, usize)) {
        self.said.push(Said { path: path.into(), value: value.to_owned(), lines, may_go_on: false });
    }

    /// Writes the facts of a device that its PCI name names, or else its number; `place` is its place in the text.
    fn write(self, text: &Text<'_>, reading: &mut Reading<'_>, place: usize) {
        let named =
            self.said.iter().find(|said| said.path == "pci_device_name" && !text.is_cut(said.lines.1));
        let number = self.number.and_then(|number| usize::try_from(number).ok()).unwrap_or(place);
        let device = match named {
            Some(named) => named.value.clone(),
            None => reading.counted(format!("device #{number} of mlxfwmanager")),
        };
        reading.described(&device);
        for said in self.said {
            let path = format!("mlxfwmanager/{}", said.path);
            if said.may_go_on && !text.is_cut(said.lines.1) {
                let (about, span) = (About::Device(&device), Span::lines(said.lines.0, said.lines.1));
                reading.unknown(about, path, CollectionStatus::NotRecorded, ENDS.to_owned(), span);
                continue;
            }
            say(text, reading, &device, path, &said.value, said.lines);
        }
    }
}
