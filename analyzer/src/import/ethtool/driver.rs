//! `ethtool -i`: driver, its version, firmware version with PSID, PCI address.
//!
//! mlx5 prints `20.43.1014 (MT_0000000224)` (`mlx5e_ethtool_get_drvinfo`). Must not do: say anything of an interface that
//! another driver has.

use super::super::kernel_view::{Lines, View, no_version};
use super::super::reading::{About, netdev_name};
use mlx5_schemas::model::pci_address;

/// The lines of one run, in the order of the tool.
const KEYS: [&str; 10] = [
    "driver",
    "version",
    "firmware-version",
    "expansion-rom-version",
    "bus-info",
    "supports-statistics",
    "supports-test",
    "supports-eeprom-access",
    "supports-register-dump",
    "supports-priv-flags",
];

/// Whether a run begins here.
pub(super) fn begins(line: &str) -> bool {
    line.starts_with("driver: ")
}

/// Reads the run that begins at a line; gives the line after it.
pub(super) fn read(view: &mut View<'_, '_, '_>, start: usize, interface: Option<&str>) -> usize {
    let mut found: Vec<(&str, &str, Lines)> = Vec::new();
    let mut index = start;
    let text = view.text;
    while index < text.lines.len() {
        let line = text.line(index).trim();
        let next = line.split_once(':').and_then(|(key, value)| {
            let key = KEYS.iter().find(|known| **known == key)?;
            // The first line again is the next run.
            (!found.iter().any(|(found, ..)| found == key)).then_some((*key, value.trim()))
        });
        match next {
            Some((key, value)) => found.push((key, value, (index, index))),
            // Mail doubles blank lines.
            None if line.is_empty() => {}
            None => break,
        }
        index = index.saturating_add(1);
    }
    // `driver: ` alone is a line of many programs.
    if found.len() < 2 {
        return start.saturating_add(1);
    }
    emit(view, &found, interface);
    index
}

fn emit(view: &mut View<'_, '_, '_>, found: &[(&str, &str, Lines)], interface: Option<&str>) {
    let whole = |key: &str| {
        let (_, value, lines) = found.iter().find(|(found, ..)| *found == key)?;
        (!view.text.is_cut(lines.1) && !value.is_empty()).then_some(*value)
    };
    let (driver, bus) = (whole("driver"), whole("bus-info"));
    let address = bus.and_then(pci_address::full);
    let name = match (&address, interface) {
        (Some(address), _) => address.clone(),
        (None, Some(interface)) => netdev_name(interface),
        (None, None) => {
            for (_, _, (line, _)) in found {
                view.reading.cannot_read(*line, "it is not said of which interface this is");
            }
            return;
        }
    };
    let is_card = driver.is_none_or(|driver| driver.starts_with("mlx5"));
    let described = view.reading.described(&name);
    described.is_foreign |= !is_card;
    if let Some(interface) = interface {
        described.netdevs.insert(interface.to_owned());
    }
    // `mlx5_core[ib_ipoib]` and `mlx5e_rep` are interfaces of a function that mlx5_core has.
    if driver == Some("mlx5_core") {
        described.driver = driver.map(str::to_owned);
    }
    for (key, value, lines) in found {
        view.understand(*lines);
        if !is_card || value.is_empty() {
            continue;
        }
        let about = About::Device(&name);
        match *key {
            // A representor's driver is no contradiction to its function's.
            "driver" if driver == Some("mlx5e_rep") => {}
            "driver" => view.text(about, "ethtool/driver", value, *lines),
            "version" => view.text(about, "ethtool/version", value, *lines),
            "bus-info" => view.text(about, "ethtool/bus_info", value, *lines),
            "expansion-rom-version" => view.text(about, "ethtool/expansion_rom_version", value, *lines),
            "firmware-version" => {
                let (version, psid) = firmware(value);
                match no_version(version) {
                    Some(why) => view.unknown(about, "ethtool/firmware_version", &why, *lines),
                    None => view.text(about, "ethtool/firmware_version", version, *lines),
                }
                if let Some(psid) = psid {
                    view.text(About::Device(&name), "ethtool/psid", psid, *lines);
                }
            }
            _ => {}
        }
    }
}

/// Version and PSID of `20.43.1014 (MT_0000000224)`.
fn firmware(value: &str) -> (&str, Option<&str>) {
    match value.split_once(" (") {
        Some((version, psid)) => (version.trim(), psid.strip_suffix(')').filter(|psid| !psid.is_empty())),
        None => (value, None),
    }
}
