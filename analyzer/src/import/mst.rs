//! What `mst status` and `mst status -v` print: which `/dev/mst` name, PCI function, RDMA device and network interfaces
//! are one.
//!
//! Must not do: put together what a line that is cut puts together.

use mlx5_schemas::catalog::Catalog;
use mlx5_schemas::model::pci_address;
use mlx5_schemas::model::status::CollectionStatus;

use super::printed::say;
use super::reading::{About, Reading, Span, netdev_name, rdma_name};
use super::text::Text;

/// Beginning of the line that names the columns of `-v`.
const COLUMNS: [&str; 4] = ["DEVICE_TYPE", "MST", "PCI", "RDMA"];
/// What a cell has in which there is nothing.
const NOTHING: &str = "NA";
/// What is before the address in `mst status` without `-v`.
const ADDRESS: &str = "domain:bus:dev.fn=";

/// Whether a text holds such a status.
pub(crate) fn is_status(text: &Text<'_>) -> bool {
    text.lines.iter().any(|line| is_columns(&line.text) || line.text.contains(ADDRESS))
}

fn is_columns(line: &str) -> bool {
    line.split_whitespace().take(COLUMNS.len()).eq(COLUMNS)
}

/// Reads a text.
pub(crate) fn read(text: &Text<'_>, _catalog: &Catalog, reading: &mut Reading<'_>) {
    let mut in_table = false;
    let mut node: Option<String> = None;
    // A row whose last cell, the NUMA node, was wrapped.
    let mut open: Option<(String, usize)> = None;
    for index in 0..text.lines.len() {
        let line = text.line(index).trim();
        let words: Vec<&str> = line.split_whitespace().collect();
        if line.is_empty() {
            continue;
        }
        if let (Some((device, first)), [numa]) = (open.take(), words.as_slice())
            && is_numa(numa)
        {
            numa_fact(text, reading, &device, numa, (first, index));
            continue;
        }
        if is_columns(line) {
            in_table = true;
            reading.understand(Span::line(index));
        } else if is_talk(line) {
            in_table &= line.starts_with('-');
            reading.understand(Span::line(index));
        } else if let Some(name) = name_of_node(&words) {
            (in_table, node) = (false, Some(name.to_owned()));
            reading.understand(Span::line(index));
        } else if let Some(place) = words.iter().find_map(|word| word.strip_prefix(ADDRESS)) {
            match (pci_address::full(place), node.take()) {
                (Some(address), Some(node)) if !text.is_cut(index) => {
                    reading.same_device(&node, &address);
                    reading.understand(Span::line(index));
                }
                (Some(_) | None, _) => reading.cannot_read(index, "an address without a device"),
            }
        } else if line.starts_with("Chip revision is:") || line == "NUM" || line == "NUMA" {
            reading.understand(Span::line(index));
        } else if in_table {
            in_table = row(text, reading, index, &words, &mut open);
        }
    }
}

/// `/dev/mst/mt4129_pciconf0 - PCI configuration cycles access.`
fn name_of_node<'a>(words: &[&'a str]) -> Option<&'a str> {
    match words {
        [name, "-", ..] if name.starts_with("/dev/mst/") => Some(name),
        [..] => None,
    }
}

/// One row of `-v`; says whether the table may go on.
fn row(
    text: &Text<'_>,
    reading: &mut Reading<'_>,
    index: usize,
    words: &[&str],
    open: &mut Option<(String, usize)>,
) -> bool {
    let &[kind, node, pci, ref rest @ ..] = words else {
        // The first node of two that an older device has, without its function: it puts nothing together.
        let is_short = matches!(words, &[_, node] if node.starts_with("/dev/mst/"));
        match is_short {
            true => reading.understand(Span::line(index)),
            false => reading.cannot_read(index, "a row with fewer cells than its table has columns"),
        }
        return is_short;
    };
    let is_node = node == NOTHING || node.starts_with("/dev/");
    let Some(address) = pci_address::full(pci).filter(|_| is_node) else {
        reading.cannot_read(index, "no row of a table of devices");
        return false;
    };
    if text.is_cut(index) {
        reading.cannot_read(index, super::printed::CUT);
        return true;
    }
    let (numa, names) = match rest.split_last() {
        Some((last, names)) if is_numa(last) => (Some(*last), names),
        Some(_) | None => (None, rest),
    };
    reading.described(&address);
    if node != NOTHING {
        reading.same_device(node, &address);
    }
    for name in names.iter().filter(|name| **name != NOTHING).flat_map(|name| name.split(',')) {
        match name.strip_prefix("net-") {
            Some(interface) if !interface.is_empty() => {
                reading.same_device(&netdev_name(interface), &address);
                reading.described(&address).netdevs.insert(interface.to_owned());
            }
            Some(_) => {}
            None => {
                reading.same_device(&rdma_name(name), &address);
                reading.described(&address).rdma_devices.insert(name.to_owned());
            }
        }
    }
    say(text, reading, &address, "mst/device_type".to_owned(), kind, (index, index));
    match numa {
        Some(numa) => numa_fact(text, reading, &address, numa, (index, index)),
        None => *open = Some((address, index)),
    }
    true
}

fn is_numa(word: &str) -> bool {
    word == NOTHING || word.parse::<i32>().is_ok()
}

fn numa_fact(
    text: &Text<'_>,
    reading: &mut Reading<'_>,
    device: &str,
    numa: &str,
    (first, last): (usize, usize),
) {
    let (about, path, span) = (About::Device(device), "mst/numa", Span::lines(first, last));
    match numa.parse() {
        Ok(number) if !text.is_cut(last) => reading.number(about, path, number, span),
        Err(_) if numa == "-1" && !text.is_cut(last) => {
            let reason = "the text says -1: the host names no NUMA node".to_owned();
            reading.unknown(about, path, CollectionStatus::NotRecorded, reason, span);
        }
        Ok(_) | Err(_) => say(text, reading, device, path.to_owned(), numa, (first, last)),
    }
}

/// What the tool says around the devices.
fn is_talk(line: &str) -> bool {
    line.bytes().all(|byte| byte == b'-')
        || matches!(line, "MST modules:" | "MST devices:" | "PCI devices:")
        || line.starts_with("MST PCI ")
        || line.ends_with("mst status") && line.len() < 120
        || line.ends_with("mst status -v") && line.len() < 120
}
