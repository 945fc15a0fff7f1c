//! The line that names a function: `3b:00.0 Ethernet controller [0200]: Mellanox Technologies MT27800 Family [ConnectX-5]
//! [15b3:1017] (rev 80)`, or in numbers `3b:00.0 0200: 15b3:1017`.
//!
//! Must not do: take a line of a log for one (`0000:3b:00.0 eth0: Link up`).

use mlx5_schemas::model::pci_address;

/// Longest name of a class, in bytes.
const MAX_CLASS: usize = 60;
/// The vendor's number (PCI-SIG).
pub(super) const VENDOR: &str = "15b3";

/// What the line says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Heading {
    /// The address, with its domain.
    pub(super) address: String,
    /// Vendor and device as words; empty where the line has numbers only.
    pub(super) name: String,
    /// Vendor and device as numbers, four hexadecimal digits each.
    pub(super) ids: Option<(String, String)>,
    /// Revision, two hexadecimal digits.
    pub(super) revision: Option<String>,
    /// Whether its class is one of network controllers.
    is_network: bool,
}

impl Heading {
    /// Takes a line apart.
    pub(super) fn of(line: &str) -> Option<Self> {
        let (address, rest) = line.split_once(' ')?;
        let address = pci_address::full(address)?;
        let (class, mut name) = rest.split_once(": ")?;
        let is_number = class.len() == 4 && class.bytes().all(|byte| byte.is_ascii_hexdigit());
        let is_class = class.len() <= MAX_CLASS
            && (is_number || class.starts_with("3D ") || class.starts_with(|c: char| c.is_ascii_uppercase()));
        if !is_class {
            return None;
        }
        name = name.trim();
        if let Some((before, interface)) = name.rsplit_once(" (prog-if ")
            && interface.ends_with(')')
        {
            name = before;
        }
        let mut revision = None;
        if let Some((before, digits)) = name.rsplit_once(" (rev ")
            && let Some(digits) = digits.strip_suffix(')').filter(|digits| is_hex(digits, 2))
        {
            (name, revision) = (before, Some(digits.to_ascii_lowercase()));
        }
        let (name, ids) = ids(name);
        let is_network = class.contains("Ethernet controller")
            || class.contains("Infiniband controller")
            || class.contains("Network controller")
            || matches!(class, "0200" | "0207" | "0280");
        Some(Self { address, name: name.to_owned(), ids, revision, is_network })
    }

    /// Whether this is one of the vendor's network functions.
    pub(super) fn is_card(&self) -> bool {
        let by_number = self.ids.as_ref().map(|(vendor, _)| vendor == VENDOR);
        self.is_network && by_number.unwrap_or_else(|| self.name.contains("Mellanox Technologies"))
    }

    /// Whether it belongs to a generation that mlx4 drives.
    pub(super) fn is_older(&self) -> bool {
        // ConnectX-3 Pro's functions end at 0x1010; Connect-IB, the first of mlx5, is 0x1011.
        let by_number = self
            .ids
            .as_ref()
            .and_then(|(_, device)| u16::from_str_radix(device, 16).ok())
            .map(|id| id < 0x1011);
        by_number.unwrap_or(false) || ["ConnectX-3", "ConnectX-2"].iter().any(|word| self.name.contains(word))
    }
}

/// A name without the numbers behind it, and the numbers.
pub(super) fn ids(name: &str) -> (&str, Option<(String, String)>) {
    let pair = |pair: &str| {
        let (vendor, device) = pair.split_once(':')?;
        let fits = is_hex(vendor, 4) && is_hex(device, 4);
        fits.then(|| (vendor.to_ascii_lowercase(), device.to_ascii_lowercase()))
    };
    if let Some(found) = pair(name) {
        return ("", Some(found));
    }
    let inner =
        name.rsplit_once('[').and_then(|(before, rest)| Some((before, pair(rest.strip_suffix(']')?)?)));
    match inner {
        Some((before, found)) => (before.trim_end(), Some(found)),
        None => (name, None),
    }
}

pub(super) fn is_hex(text: &str, length: usize) -> bool {
    text.len() == length && text.bytes().all(|byte| byte.is_ascii_hexdigit())
}
