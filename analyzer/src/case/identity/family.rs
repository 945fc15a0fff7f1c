//! The family of a card, by whatever names it: its PCI device id, the board type that a tool prints, the device's name
//! in a listing, or as a last resort the first number of its firmware version.
//!
//! Sources: the PCI ids in the kernel's `mlx5/core/main.c` and in pci.ids; the types that `mlxconfig` prints; NVIDIA's
//! firmware release notes, whose versions begin with one number per family.
//!
//! Must not do: tell families apart by marketing names of boards.

use mlx5_schemas::model::fact::{Evidence, Fact, Subject, Value};
use mlx5_schemas::model::manifest::Device;

use super::{FactSet, Firmware, Identity};

/// One family.
struct Row {
    name: &'static str,
    /// PCI device id of its physical functions.
    pci: u16,
    /// First number of its firmware versions; 0 where none is known.
    firmware: u64,
}

const fn row(name: &'static str, pci: u16, firmware: u64) -> Row {
    Row { name, pci, firmware }
}

/// The families that mlx5_core drives.
const FAMILIES: &[Row] = &[
    row("Connect-IB", 0x1011, 10),
    row("ConnectX-4", 0x1013, 12),
    row("ConnectX-4 Lx", 0x1015, 14),
    row("ConnectX-5", 0x1017, 16),
    row("ConnectX-5 Ex", 0x1019, 16),
    row("ConnectX-6", 0x101b, 20),
    row("ConnectX-6 Dx", 0x101d, 22),
    row("ConnectX-6 Lx", 0x101f, 26),
    row("ConnectX-7", 0x1021, 28),
    row("ConnectX-8", 0x1023, 40),
    row("ConnectX-9", 0x1025, 0),
    row("ConnectX-10", 0x1027, 0),
    row("BlueField", 0xa2d2, 18),
    row("BlueField-2", 0xa2d6, 24),
    row("BlueField-3", 0xa2dc, 32),
    row("BlueField-4", 0xa2df, 0),
    // Driven by mlx4_core; mlxconfig prints them in the same form.
    row("ConnectX-3", 0x1003, 0),
    row("ConnectX-3 Pro", 0x1007, 0),
];

/// PCI device ids of virtual functions.
const VIRTUAL: &[(u16, &str)] = &[
    (0x1012, "Connect-IB"),
    (0x1014, "ConnectX-4"),
    (0x1016, "ConnectX-4 Lx"),
    (0x1018, "ConnectX-5"),
    (0x101a, "ConnectX-5 Ex"),
    (0x101c, "ConnectX-6"),
    (0xa2d3, "BlueField"),
];
/// The one id that virtual functions of all later families share.
const VIRTUAL_OF_ANY: u16 = 0x101e;
/// What is said of those.
const LATER: &str = "ConnectX-6 Dx or later";

/// By what a family was told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FamilySource {
    /// The PCI device id.
    Pci,
    /// The board type that a tool printed.
    Board,
    /// The device's name in a listing.
    Name,
    /// The first number of the firmware version.
    Firmware,
}

/// A card's family.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Family {
    /// Its name: `ConnectX-6 Dx`.
    pub name: &'static str,
    /// Another that it may as well be: two families have firmware of one number.
    pub or: Option<&'static str>,
    /// By what it was told.
    pub source: FamilySource,
    /// Whether the PCI device id is a virtual function's.
    pub is_virtual: bool,
    /// What shows it; empty where only the manifest's row of the device does.
    pub evidence: Vec<Evidence>,
}

impl Family {
    /// The names of all families.
    pub fn names() -> impl Iterator<Item = &'static str> {
        FAMILIES.iter().map(|row| row.name)
    }

    /// The name of the family that a PCI device id is of; `None` where it is unknown, or of several.
    pub fn of_pci(id: &str) -> Option<&'static str> {
        by_pci(id).map(|(name, _)| name).filter(|name| *name != LATER)
    }

    /// The first number of a family's firmware versions, where it is known.
    pub fn firmware_number(name: &str) -> Option<u64> {
        FAMILIES.iter().find(|row| row.name == name).map(|row| row.firmware).filter(|number| *number != 0)
    }

    /// Whether it is one of these; `None` where that hangs on which of two it is.
    pub fn is_one_of(&self, names: &[String]) -> Option<bool> {
        let named = |own: &str| names.iter().any(|name| name == own);
        if self.name == LATER {
            // A virtual function's id leaves open which of the later families it is of.
            let is_earlier = |name: &String| {
                VIRTUAL.iter().any(|(_, known)| known == name) || name.starts_with("ConnectX-3")
            };
            return names.iter().all(is_earlier).then_some(false);
        }
        match self.or {
            Some(or) if named(or) != named(self.name) => None,
            Some(_) | None => Some(named(self.name)),
        }
    }

    /// Whether it is a BlueField, whose Arm side has a say.
    pub fn is_bluefield(&self) -> bool {
        self.name.starts_with("BlueField")
    }

    /// Whether it is of the generation before mlx5.
    pub fn is_mlx4(&self) -> bool {
        self.name.starts_with("ConnectX-3")
    }

    /// Tells it; `None` where nothing does.
    pub fn of(facts: &FactSet, device: &Device, identity: &Identity<'_>) -> Option<Self> {
        let subject = Subject::Device { device: device.id.clone() };
        let text = |path: &str| facts.plain(&subject, path).and_then(|fact| Some((fact, shown(fact)?)));
        let told = |name: &'static str, source: FamilySource, fact: &Fact| Self {
            name,
            or: None,
            source,
            is_virtual: false,
            evidence: fact.evidence.clone(),
        };
        let by_id = |id: &str, evidence: Vec<Evidence>| {
            let (name, is_virtual) = by_pci(id)?;
            Some(Self { name, or: None, source: FamilySource::Pci, is_virtual, evidence })
        };
        if let Some(family) = device.pci.get("device").and_then(|id| by_id(id, Vec::new())) {
            return Some(family);
        }
        if let Some(family) = text("pci/device").and_then(|(fact, id)| by_id(&id, fact.evidence.clone())) {
            return Some(family);
        }
        for path in ["board/type", "mlxfwmanager/device_type", "mst/device_type", "lspci/name"] {
            let Some((fact, words)) = text(path) else { continue };
            let source = if path == "lspci/name" { FamilySource::Name } else { FamilySource::Board };
            if let Some(name) = by_words(&words) {
                let is_virtual = words.contains("Virtual Function");
                return Some(Self { is_virtual, ..told(name, source, fact) });
            }
        }
        for fact in facts.below(&subject, "rdma/").filter(|fact| fact.path.ends_with(".hca_type")) {
            // `MT4123`: the PCI device id in decimal.
            let id = shown(fact).and_then(|text| text.strip_prefix("MT")?.parse::<u16>().ok());
            if let Some((name, is_virtual)) = id.and_then(by_number) {
                return Some(Self { is_virtual, ..told(name, FamilySource::Pci, fact) });
            }
        }
        let fact = identity.firmware?;
        let major =
            identity.firmware_text().and_then(Firmware::parse)?.major().filter(|major| *major != 0)?;
        let mut rows = FAMILIES.iter().filter(|row| row.firmware == major);
        let name = rows.next()?.name;
        Some(Self { or: rows.next().map(|row| row.name), ..told(name, FamilySource::Firmware, fact) })
    }
}

fn shown(fact: &Fact) -> Option<String> {
    match fact.value()? {
        Value::Text { text } => Some(text.clone()),
        Value::Number { number, .. } => Some(format!("0x{number:04x}")),
        Value::Bytes { .. } => None,
    }
}

/// By a PCI device id as sysfs prints it, `0x101d`.
pub(super) fn by_pci(id: &str) -> Option<(&'static str, bool)> {
    by_number(u16::from_str_radix(id.trim().strip_prefix("0x")?, 16).ok()?)
}

/// The family, and whether the id is a virtual function's.
fn by_number(id: u16) -> Option<(&'static str, bool)> {
    let physical = FAMILIES.iter().find(|row| row.pci == id).map(|row| (row.name, false));
    let known = VIRTUAL.iter().find(|(known, _)| *known == id).map(|(_, name)| (*name, true));
    physical.or(known).or((id == VIRTUAL_OF_ANY).then_some((LATER, true)))
}

/// By words that hold a family's name, with or without dashes and blanks: `ConnectX6DX`, `ConnectX-6 Lx`. The longest
/// name wins, so that `ConnectX-6 Dx` is no `ConnectX-6`.
fn by_words(words: &str) -> Option<&'static str> {
    let plain = |text: &str| -> String {
        text.chars().filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_lowercase()).collect()
    };
    let words = plain(words);
    let holds = |name: &str| {
        let name = plain(name);
        words.find(&name).is_some_and(|start| {
            // `ConnectX-1` is no beginning of `ConnectX-10`.
            let after = words.get(start.saturating_add(name.len())..).unwrap_or_default();
            !after.starts_with(|c: char| c.is_ascii_digit())
        })
    };
    let held: Vec<&'static str> = FAMILIES.iter().map(|row| row.name).filter(|name| holds(name)).collect();
    // A BlueField is described by the ConnectX that it has within.
    let bluefields = held.iter().filter(|name| name.starts_with("BlueField"));
    bluefields.max_by_key(|name| name.len()).or(held.iter().max_by_key(|name| name.len())).copied()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn families_are_told_by_ids_and_words() {
        assert_eq!(by_pci("0x101d"), Some(("ConnectX-6 Dx", false)));
        assert_eq!(by_pci("0x1016"), Some(("ConnectX-4 Lx", true)));
        assert_eq!(by_pci("0x1d0f"), None);
        for (words, name) in [
            ("ConnectX6DX", "ConnectX-6 Dx"),
            ("ConnectX4LX", "ConnectX-4 Lx"),
            ("ConnectX7(rev:0)", "ConnectX-7"),
            ("BlueField3", "BlueField-3"),
            ("ConnectX3Pro", "ConnectX-3 Pro"),
            ("Mellanox Technologies MT27700 Family [ConnectX-4]", "ConnectX-4"),
            ("MT42822 BlueField-2 integrated ConnectX-6 Dx network controller", "BlueField-2"),
        ] {
            assert_eq!(by_words(words), Some(name), "{words}");
        }
        assert_eq!(by_words("ConnectX"), None);
        assert_eq!(by_words(""), None);
    }
}
