//! Copies of the host's files, as reports hold them: what the collector's capture of such a file says, said by the copy.
//!
//! Must not do: decode (see `mlx5_schemas::decode::host`), or take a file that says nothing of cards or their host.

use mlx5_schemas::catalog::Catalog;
use mlx5_schemas::decode::host::host_facts;
use mlx5_schemas::model::fact::{Knowledge, Route, Subject, Value};
use mlx5_schemas::model::host::{
    FUNCTION_ATTRIBUTES, HostCapture, HostCaptures, INTERFACE_ATTRIBUTES, RDMA_ATTRIBUTES,
    RDMA_PORT_ATTRIBUTES,
};
use mlx5_schemas::model::pci_address;
use mlx5_schemas::model::status::CollectionStatus;

use super::kernel_view::{LOOPBACK, Lines, View};
use super::reading::{About, Reading, Span, netdev_name, rdma_name};
use super::text::Text;

/// Files that stand for themselves.
const FILES: [&str; 10] = [
    "proc/sys/kernel/tainted",
    "proc/sys/kernel/osrelease",
    "proc/sys/kernel/arch",
    "proc/sys/kernel/random/boot_id",
    "proc/version",
    "proc/cmdline",
    "proc/uptime",
    "etc/os-release",
    "sys/kernel/security/lockdown",
    "sys/module/module/parameters/sig_enforce",
];
/// Attributes of a module.
const MODULE: [&str; 3] = ["version", "srcversion", "taint"];
/// The folder of PCI functions.
const FUNCTIONS: &str = "sys/bus/pci/devices/";
/// The EFI variable that says whether secure boot is on.
const SECURE_BOOT: &str = "sys/firmware/efi/efivars/SecureBoot-";

/// Whether a text is the copy of such a file.
pub(crate) fn finds(text: &Text<'_>) -> bool {
    text.origin.file.as_deref().is_some_and(|file| capture(file).is_some())
}

/// Reads it.
pub(crate) fn read(text: &Text<'_>, _catalog: &Catalog, reading: &mut Reading<'_>) {
    let Some(name) = text.origin.file.as_deref().and_then(capture) else { return };
    let mut view = View { text, reading };
    let lines = (0, text.lines.len().saturating_sub(1));
    match std::str::from_utf8(text.bytes) {
        _ if name.starts_with(SECURE_BOOT) => {
            let base16 = text.bytes.iter().take(64).map(|byte| format!("{byte:02x}")).collect();
            let capture = HostCapture { base16: Some(base16), text: None, ..captured(name, String::new()) };
            say(&mut view, capture, lines);
        }
        Ok(content) => say(&mut view, captured(name, content.to_owned()), lines),
        Err(_) => view.reading.cannot_read(0, "the file is no text"),
    }
}

/// What lines say that show the content of a file, where the file is known. Whether it was.
pub(super) fn shown(view: &mut View<'_, '_, '_>, file: &str, content: &str, lines: Lines) -> bool {
    let Some(name) = capture(file) else { return false };
    if name == "etc/os-release" {
        return super::host_words::os_release(view, content, lines);
    }
    say(view, captured(name, content.to_owned()), lines);
    true
}

fn captured(name: String, text: String) -> HostCapture {
    HostCapture { name, status: CollectionStatus::Captured, text: Some(text), base16: None, reason: None }
}

/// The collector's name of the capture of a file. What is below a class has no PCI address: the interface's or RDMA
/// device's name stands in its place.
pub(crate) fn capture(file: &str) -> Option<String> {
    let path = file.trim_start_matches('/');
    if FILES.contains(&path) || path.starts_with(SECURE_BOOT) {
        return Some(path.to_owned());
    }
    if let Some((module, attribute)) = path.strip_prefix("sys/module/").and_then(|rest| rest.split_once('/'))
    {
        let is_ours = ["mlx", "mst_", "fwctl"].iter().any(|name| module.starts_with(name));
        return (is_ours && MODULE.contains(&attribute)).then(|| path.to_owned());
    }
    let parts: Vec<&str> = path.split('/').collect();
    let (device, rest) = match parts.as_slice() {
        ["sys", "class", "net", name, "device", rest @ ..] => (netdev_name(name), rest.to_vec()),
        ["sys", "class", "net", name, rest @ ..] => (netdev_name(name), [&["net", name], rest].concat()),
        ["sys", "class", "infiniband", name, "device", rest @ ..] => (rdma_name(name), rest.to_vec()),
        ["sys", "class", "infiniband", name, rest @ ..] => {
            (rdma_name(name), [&["infiniband", name], rest].concat())
        }
        ["sys", "bus", "pci", "devices", address, rest @ ..] => (pci_address::full(address)?, rest.to_vec()),
        // The same under the place of the function on its bus, behind all bridges.
        ["sys", "devices", rest @ ..] => {
            let place = rest.iter().rposition(|part| pci_address::with_domain(part).is_some())?;
            let address = rest.get(place).and_then(|part| pci_address::with_domain(part))?;
            (address, rest.get(place.saturating_add(1)..)?.to_vec())
        }
        _ => return None,
    };
    let is_known = match rest.as_slice() {
        [attribute] => FUNCTION_ATTRIBUTES.contains(attribute),
        ["net", _, attribute] => INTERFACE_ATTRIBUTES.contains(attribute),
        ["infiniband", _, attribute] => RDMA_ATTRIBUTES.contains(attribute),
        ["infiniband", _, "ports", port, attribute] => {
            port.bytes().all(|byte| byte.is_ascii_digit()) && RDMA_PORT_ATTRIBUTES.contains(attribute)
        }
        _ => false,
    };
    is_known.then(|| format!("{FUNCTIONS}{device}/{}", rest.join("/")))
}

/// Writes what a capture says.
fn say(view: &mut View<'_, '_, '_>, capture: HostCapture, lines: Lines) {
    let name = capture.name.clone();
    if name == "proc/version" {
        let release =
            capture.text.as_deref().and_then(|text| text.strip_prefix("Linux version ")?.split(' ').next());
        if let Some(release) = release {
            view.text(About::Host, "host/kernel", release, lines);
        }
    }
    if let Some((device, rest)) = name.strip_prefix(FUNCTIONS).and_then(|rest| rest.split_once('/')) {
        describe(view, device, rest, capture.text.as_deref().unwrap_or_default().trim(), lines);
    }
    view.understand(lines);
    let captures = HostCaptures { captures: vec![capture] };
    for fact in host_facts(Route::Imported, "", &captures) {
        let about = match &fact.subject {
            Subject::Host => About::Host,
            Subject::Device { device } | Subject::Port { device, .. } | Subject::Module { device, .. } => {
                About::Device(device)
            }
        };
        match fact.knowledge {
            Knowledge::Known { .. } if view.text.is_cut(lines.1) => view.text(about, fact.path, "", lines),
            Knowledge::Known { value: Value::Text { text } } => view.text(about, fact.path, &text, lines),
            Knowledge::Known { value: Value::Number { number, .. } } => {
                view.number(about, fact.path, number, lines);
            }
            Knowledge::Known { value: Value::Bytes { .. } } => {}
            Knowledge::Unknown { status, reason } => {
                view.reading.unknown(about, fact.path, status, reason, Span::lines(lines.0, lines.1));
            }
        }
    }
}

/// What a file says of its device beside facts.
fn describe(view: &mut View<'_, '_, '_>, device: &str, rest: &str, value: &str, lines: Lines) {
    if view.text.is_cut(lines.1) {
        return;
    }
    let described = view.reading.described(device);
    let parts: Vec<&str> = rest.split('/').collect();
    match parts.as_slice() {
        ["vendor"] => {
            described.is_foreign |= value != "0x15b3";
            described.pci.insert("vendor".to_owned(), value.to_owned());
        }
        [attribute @ ("device" | "subsystem_vendor" | "subsystem_device" | "revision" | "class")] => {
            described.pci.insert((*attribute).to_owned(), value.to_owned());
        }
        ["net", name, ..] => {
            described.netdevs.insert((*name).to_owned());
            described.is_foreign |= *name == LOOPBACK;
        }
        ["infiniband", name, ..] => {
            described.rdma_devices.insert((*name).to_owned());
        }
        _ => {}
    }
}
