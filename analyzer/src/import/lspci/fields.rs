//! The lines below a function's heading (`-v`, `-vv`, `-vvv`).
//!
//! Must not do: give serial numbers.

use super::super::kernel_view::{Lines, View, plain_number};
use super::super::reading::About;
use super::heading::{Heading, ids};

/// The function that lines belong to.
#[derive(Debug)]
pub(super) struct Fields {
    pub(super) address: String,
    /// Whether it is a device of ours; the others say nothing.
    pub(super) is_card: bool,
    /// Blanks before its heading. Its details have more.
    pub(super) margin: usize,
    /// Whether the lines are those of the vital product data.
    in_product_data: bool,
}

/// Takes a heading before which so many blanks stand: mail's marks of quotation leave some.
pub(super) fn begin(view: &mut View<'_, '_, '_>, heading: &Heading, margin: usize, lines: Lines) -> Fields {
    view.understand(lines);
    let function = Fields {
        address: heading.address.clone(),
        is_card: heading.is_card(),
        margin,
        in_product_data: false,
    };
    if !function.is_card {
        return function;
    }
    let described = view.reading.described(&heading.address);
    described.is_foreign |= heading.is_older();
    let about = About::Device(&heading.address);
    if says_something(&heading.name) {
        view.text(about, "lspci/name", &heading.name, lines);
    }
    if let Some((vendor, device)) = &heading.ids {
        id(view, &function, "vendor", vendor, lines);
        id(view, &function, "device", device, lines);
    }
    if let Some(revision) = &heading.revision {
        id(view, &function, "revision", revision, lines);
    }
    function
}

/// A number of the function's identification, as sysfs has it.
fn id(view: &mut View<'_, '_, '_>, function: &Fields, name: &str, digits: &str, lines: Lines) {
    let value = format!("0x{digits}");
    if !view.text.is_cut(lines.1) {
        view.reading.described(&function.address).pci.insert(name.to_owned(), value.clone());
    }
    view.text(About::Device(&function.address), format!("pci/{name}"), &value, lines);
}

/// Whether a name names anything: where the tool knows none and prints numbers behind, it says `VENDOR Device`.
fn says_something(name: &str) -> bool {
    !name.is_empty() && name != "Device" && !name.ends_with(" Device")
}

/// How the lines begin that show whose they are: what a mail's prose does not begin with.
const FIELDS: &[&str] = &[
    "Subsystem: ",
    "DeviceName: ",
    "Physical Slot: ",
    "Control: I/O",
    "Status: Cap",
    "Latency: ",
    "Interrupt: ",
    "NUMA node: ",
    "IOMMU group: ",
    "Region ",
    "Memory at ",
    "I/O ports at ",
    "Expansion ROM at ",
    "Capabilities: ",
    "Kernel driver in use: ",
    "Kernel modules: ",
    "Flags: ",
    "LnkCap: ",
    "LnkSta: ",
    "LnkCtl: ",
    "DevCap: ",
    "DevCtl: ",
    "DevSta: ",
];

/// Whether a line begins as one of lspci's.
pub(super) fn is_field(line: &str) -> bool {
    FIELDS.iter().any(|field| line.starts_with(field))
}

/// Reads a line below a heading.
pub(super) fn read(view: &mut View<'_, '_, '_>, function: &mut Fields, line: &str, lines: Lines) {
    view.understand(lines);
    if !function.is_card {
        return;
    }
    let address = function.address.clone();
    let about = About::Device(&address);
    if line.starts_with("Capabilities: ") {
        function.in_product_data = line.ends_with("Vital Product Data");
    }
    if let Some(words) = line.strip_prefix("[PN] Part number: ") {
        return view.text(about, "lspci/vpd.part_number", words, lines);
    }
    if let Some(words) = line.strip_prefix("[EC] Engineering changes: ") {
        return view.text(about, "lspci/vpd.engineering_changes", words, lines);
    }
    let Some((key, value)) = line.split_once(':') else { return };
    let value = value.trim();
    match key {
        "Subsystem" => {
            let (name, numbers) = ids(value);
            if says_something(name) {
                view.text(about, "lspci/subsystem", name, lines);
            }
            if let Some((vendor, device)) = numbers {
                id(view, function, "subsystem_vendor", &vendor, lines);
                id(view, function, "subsystem_device", &device, lines);
            }
        }
        "Kernel driver in use" => {
            if !view.text.is_cut(lines.1) {
                let described = view.reading.described(&address);
                described.is_foreign |= value.starts_with("mlx4");
                described.driver = Some(value.to_owned());
            }
            view.text(about, "lspci/kernel_driver", value, lines);
        }
        "Kernel modules" => view.text(about, "lspci/kernel_modules", value, lines),
        "Product Name" if function.in_product_data => {
            view.text(about, "lspci/vpd.product_name", value, lines)
        }
        "NUMA node" => number(view, &address, "pci/numa_node", value, lines),
        "Flags" => {
            if let Some((_, node)) = value.rsplit_once("NUMA node ") {
                let node = node.split(',').next().unwrap_or_default();
                number(view, &address, "pci/numa_node", node, lines);
            }
        }
        "LnkCap" => link(view, &address, "max", value, lines),
        "LnkSta" => link(view, &address, "current", value, lines),
        "Initial VFs" => {
            for (words, path) in
                [("Total VFs: ", "pci/sriov_totalvfs"), ("Number of VFs: ", "pci/sriov_numvfs")]
            {
                if let Some((_, rest)) = value.split_once(words) {
                    number(view, &address, path, rest.split(',').next().unwrap_or_default(), lines);
                }
            }
        }
        _ => {}
    }
}

fn number(view: &mut View<'_, '_, '_>, address: &str, path: &str, digits: &str, lines: Lines) {
    match plain_number(digits.trim()) {
        Some(number) => view.number(About::Device(address), path, number, lines),
        None => {
            view.unknown(About::Device(address), path, &format!("{:?} is no number", digits.trim()), lines)
        }
    }
}

/// `Port #0, Speed 8GT/s, Width x16, ASPM not supported`: the speed as sysfs has it, `8.0 GT/s`.
fn link(view: &mut View<'_, '_, '_>, address: &str, which: &str, value: &str, lines: Lines) {
    for part in value.split(',').map(str::trim) {
        let about = About::Device(address);
        let word = |rest: &str| rest.split(' ').next().unwrap_or_default().to_owned();
        if let Some(rest) = part.strip_prefix("Speed ") {
            let path = format!("pci/{which}_link_speed");
            match word(rest).strip_suffix("GT/s").filter(|speed| is_speed(speed)) {
                Some(speed) => {
                    let tenths = if speed.contains('.') { "" } else { ".0" };
                    view.text(about, path, &format!("{speed}{tenths} GT/s"), lines);
                }
                None => view.unknown(about, path, &format!("the tool says {}", word(rest)), lines),
            }
        } else if let Some(rest) = part.strip_prefix("Width ") {
            let path = format!("pci/{which}_link_width");
            match word(rest).strip_prefix('x').and_then(plain_number) {
                Some(width) => view.number(about, path, width, lines),
                None => view.unknown(about, path, &format!("the tool says {}", word(rest)), lines),
            }
        }
    }
}

/// `8`, `2.5`.
fn is_speed(speed: &str) -> bool {
    let digits = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    speed.split_once('.').map_or(digits(speed), |(whole, tenths)| digits(whole) && digits(tenths))
}
