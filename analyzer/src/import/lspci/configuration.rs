//! Rows of configuration space (`-x`, `-xxx`, `-xxxx`): `00: b3 15 17 10 …`, sixteen bytes each.
//!
//! Layout: PCI Local Bus Specification 3.0, 6.1 (type 0 header). Must not do: read a row that is not whole.

use super::super::kernel_view::View;
use super::super::reading::About;
use super::fields::Fields;

/// Bytes of a row.
const ROW: usize = 16;

/// A row: its place, and its bytes as they are printed.
pub(super) struct Row<'l> {
    place: u32,
    bytes: [&'l str; ROW],
}

/// The row that a line is.
pub(super) fn row(line: &str) -> Option<Row<'_>> {
    let (place, rest) = line.split_once(": ")?;
    let is_place = matches!(place.len(), 2 | 3) && place.bytes().all(|byte| byte.is_ascii_hexdigit());
    let bytes: Vec<&str> = rest.split(' ').filter(|byte| !byte.is_empty()).take(ROW + 1).collect();
    let is_byte = |byte: &&str| byte.len() == 2 && byte.bytes().all(|digit| digit.is_ascii_hexdigit());
    if !is_place || !bytes.iter().all(is_byte) {
        return None;
    }
    Some(Row { place: u32::from_str_radix(place, 16).ok()?, bytes: bytes.try_into().ok()? })
}

/// Reads a row of a function.
pub(super) fn read(view: &mut View<'_, '_, '_>, function: &mut Fields, row: &Row<'_>, index: usize) {
    view.understand((index, index));
    if !function.is_card || view.text.is_cut(index) {
        return;
    }
    let fields: &[(&str, usize, usize)] = match row.place {
        0x00 => &[("vendor", 0, 2), ("device", 2, 2), ("revision", 8, 1), ("class", 9, 3)],
        0x20 => &[("subsystem_vendor", 12, 2), ("subsystem_device", 14, 2)],
        _ => &[],
    };
    for (name, start, length) in fields {
        // The least significant byte stands first.
        let bytes = row.bytes.iter().skip(*start).take(*length).rev();
        let value: String = std::iter::once("0x").chain(bytes.copied()).collect();
        let value = value.to_ascii_lowercase();
        view.reading.described(&function.address).pci.insert((*name).to_owned(), value.clone());
        view.text(About::Device(&function.address), format!("pci/{name}"), &value, (index, index));
    }
}
