//! What a device is: PSID, PCI device id, firmware version, ports.
//!
//! The same thing is told by several sources, from the device's own registers down to a line of the kernel log. They
//! are asked in the order of how directly they speak; all of them are kept, so that a contradiction is seen.
//!
//! Must not do: guess. What was not read stays absent, and what stands for "not known" (255.255.65535) is no version.

mod driver;
mod family;
mod owners;
mod psid;

use mlx5_schemas::model::fact::{Fact, Subject, Value};
use mlx5_schemas::model::manifest::Device;

use super::{Case, FactSet};

pub use driver::{Driver, DriverOrigin, kernel_release};
pub use family::{Family, FamilySource};
pub use owners::{Mode, Owners, Side, are_kept_back, is_virtual};
pub use psid::{PsidOwner, owner};

/// Where the part number is told.
pub const PART_NUMBER: &[&str] =
    &["board/part_number", "mlxfwmanager/part_number", "flint/part_number", "lspci/vpd.part_number"];

/// A firmware version, comparable part by part.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Firmware(Vec<u64>);

impl Firmware {
    /// Reads `22.41.1000`: numbers with dots between. `None` for anything else.
    pub fn parse(text: &str) -> Option<Self> {
        let parts: Option<Vec<u64>> = text
            .split('.')
            .map(|part| part.bytes().all(|byte| byte.is_ascii_digit()).then(|| part.parse().ok())?)
            .collect();
        parts.filter(|parts| parts.len() <= 4).map(Self)
    }

    /// The first number, which tells the family (22 is ConnectX-6 Dx).
    pub fn major(&self) -> Option<u64> {
        self.0.first().copied()
    }

    /// Whether it is what drivers and tools print for a version that they could not read: all ones, or all zeros.
    fn is_unread(&self) -> bool {
        self.0.iter().all(|part| matches!(part, 0xff | 0xffff)) || self.0.iter().all(|part| *part == 0)
    }
}

/// Where the running firmware's version is told, the most direct first.
const RUNNING: &[&str] = &[
    "fw/version",
    "flint/fw_version_running",
    "devlink/info.running.fw.version",
    "ethtool/firmware_version",
    "mlxfwmanager/versions.fw_running.current",
];
/// Where the kernel log tells it: of the boot that the log is about.
const LOGGED: &str = "log/firmware_version";
/// Where the stored firmware's version is told.
const STORED: &[&str] =
    &["devlink/info.stored.fw.version", "flint/fw_version", "mlxfwmanager/versions.fw.current"];
/// Where the PSID is told; RDMA devices come after these.
const PSID: &[&str] =
    &["fw/psid", "flint/psid", "devlink/info.fixed.fw.psid", "ethtool/psid", "mlxfwmanager/psid"];

/// What a device is, as far as it was read.
#[derive(Debug, Clone, Default)]
pub struct Identity<'a> {
    /// Running firmware version: the most direct source.
    pub firmware: Option<&'a Fact>,
    /// PSID: the most direct source.
    pub psid: Option<&'a Fact>,
    /// Number of ports.
    pub ports: Option<u64>,
    /// Every source of the running firmware's version, the most direct first.
    pub running: Vec<&'a Fact>,
    /// Every source of the stored firmware's version, the most direct first.
    pub stored: Vec<&'a Fact>,
    /// Every source of the PSID, the most direct first.
    pub psids: Vec<&'a Fact>,
}

impl<'a> Identity<'a> {
    /// Looks it up.
    pub fn of(case: &'a Case, device: &Device) -> Self {
        Self::of_facts(&case.facts, device)
    }

    /// Looks it up among facts.
    pub fn of_facts(facts: &'a FactSet, device: &Device) -> Self {
        let subject = Subject::Device { device: device.id.clone() };
        let ports = facts.plain(&subject, "reg/MGIR.hw_info.num_ports").and_then(Fact::value);
        let known = |paths: &[&str]| -> Vec<&'a Fact> {
            paths.iter().filter_map(|path| facts.plain(&subject, path)).filter(|fact| says(fact)).collect()
        };
        let of_rdma = |end: &str| -> Vec<&'a Fact> {
            facts.below(&subject, "rdma/").filter(|fact| fact.path.ends_with(end) && says(fact)).collect()
        };
        let mut running = known(RUNNING);
        let mut stored = known(STORED);
        // flint prints the running version only where it is not the stored one.
        if facts.plain(&subject, "flint/fw_version_running").is_none() {
            let place = running.iter().filter(|fact| fact.path == "fw/version").count();
            if let Some(fact) = stored.iter().find(|fact| fact.path == "flint/fw_version") {
                running.insert(place, fact);
            }
        }
        // mlxfwmanager does the same.
        if facts.plain(&subject, "mlxfwmanager/versions.fw_running.current").is_none() {
            running.extend(known(&["mlxfwmanager/versions.fw.current"]));
        }
        running.extend(of_rdma(".fw_ver"));
        running.extend(known(&[LOGGED]));
        running.retain(|fact| is_version(fact));
        stored.splice(0..0, boot_image(facts, &subject));
        stored.retain(|fact| is_version(fact));
        let mut psids = known(PSID);
        psids.extend(of_rdma(".board_id"));
        Self {
            // Without any, what says why there is none.
            firmware: running.first().copied().or_else(|| facts.plain(&subject, "fw/version")),
            psid: psids.first().copied().or_else(|| facts.plain(&subject, "fw/psid")),
            ports: match ports {
                Some(Value::Number { number, .. }) => Some(*number),
                Some(Value::Text { .. } | Value::Bytes { .. }) | None => None,
            },
            running,
            stored,
            psids,
        }
    }

    /// The firmware version's text.
    pub fn firmware_text(&self) -> Option<&'a str> {
        self.firmware.and_then(text)
    }

    /// The PSID's text.
    pub fn psid_text(&self) -> Option<&'a str> {
        self.psid.and_then(text)
    }

    /// The stored firmware version's text.
    pub fn stored_text(&self) -> Option<&'a str> {
        self.stored.first().copied().and_then(text)
    }

    /// Sources of the running version that say something else than the most direct one.
    pub fn running_contradictions(&self) -> Vec<&'a Fact> {
        let version = |fact: &&'a Fact| text(fact).and_then(Firmware::parse);
        let first = self.running.first().and_then(version);
        self.running.iter().filter(|fact| version(fact) != first).copied().collect()
    }

    /// Sources of the PSID that say something else than the most direct one.
    pub fn psid_contradictions(&self) -> Vec<&'a Fact> {
        let first = self.psids.first().copied().and_then(text);
        self.psids.iter().filter(|fact| text(fact) != first).copied().collect()
    }

    /// Whether what runs is only concluded from what is stored: flint and mlxfwmanager name the running version where
    /// it is another, and a query of an image file has none at all.
    pub fn running_is_concluded(&self) -> bool {
        let is_stored = |fact: &&Fact| self.stored.iter().any(|stored| std::ptr::eq(*stored, *fact));
        !self.running.is_empty() && self.running.iter().all(is_stored)
    }

    /// Whether the running firmware is the stored one; `None` where one of them was not read.
    pub fn runs_what_is_stored(&self) -> Option<bool> {
        let version = |text: &str| Firmware::parse(text);
        Some(version(self.firmware_text()?)? == version(self.stored_text()?)?)
    }
}

/// The stored version by the device's own registers (MCQS, MCQI): that of the boot image which waits for a reset, or the
/// running one where none waits (update state 0, IDLE).
fn boot_image<'a>(facts: &'a FactSet, subject: &Subject) -> Option<&'a Fact> {
    let number = |path: &str| match facts.plain(subject, path)?.value()? {
        Value::Number { number, .. } => Some(*number),
        Value::Text { .. } | Value::Bytes { .. } => None,
    };
    let component = facts
        .below(subject, "fw/components[")
        .filter_map(|fact| fact.path.strip_suffix(".identifier"))
        .find(|component| number(&format!("{component}.identifier")) == Some(BOOT_IMAGE))?;
    let version = |name: &str| facts.plain(subject, &format!("{component}.{name}")).filter(|fact| says(fact));
    version("pending_version").or_else(|| {
        let is_idle = number(&format!("{component}.update_state")) == Some(0);
        version("version").filter(|_| is_idle)
    })
}

/// Identifier of the firmware's own image among the components (MCQS).
const BOOT_IMAGE: u64 = 1;

fn says(fact: &Fact) -> bool {
    fact.value().is_some()
}

fn is_version(fact: &Fact) -> bool {
    text(fact).and_then(Firmware::parse).is_some_and(|version| !version.is_unread())
}

fn text(fact: &Fact) -> Option<&str> {
    match fact.value()? {
        Value::Text { text } => Some(text),
        Value::Number { .. } | Value::Bytes { .. } => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_compare_as_numbers() {
        let version = Firmware::parse;
        assert!(version("22.41.1000") > version("22.9.9999"));
        assert!(version("22.41.1000") == version("22.41.01000"));
        for bad in ["", "22.", "22.x", "-1.2", "1.2.3.4.5", "22.41.1000 ", "+1"] {
            assert_eq!(version(bad), None, "{bad}");
        }
    }

    #[test]
    fn what_stands_for_no_version_is_none() {
        let unread = |text: &str| Firmware::parse(text).is_some_and(|version| version.is_unread());
        assert!(unread("255.255.65535") && unread("65535.65535.65535") && unread("0.0.0000"));
        assert!(!unread("20.43.1014") && !unread("22.0.0"));
    }
}
