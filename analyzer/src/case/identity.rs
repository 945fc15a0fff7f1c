//! What a device is: PSID, PCI device id, firmware version, ports.
//!
//! Must not do: guess. What was not read stays absent.

use mlx5_schemas::model::fact::{Fact, Subject, Value};
use mlx5_schemas::model::manifest::Device;

use super::Case;

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
}

/// What a device is, as far as it was read.
#[derive(Debug, Clone, Default)]
pub struct Identity<'a> {
    /// Running firmware version.
    pub firmware: Option<&'a Fact>,
    /// PSID.
    pub psid: Option<&'a Fact>,
    /// Number of ports.
    pub ports: Option<u64>,
}

impl<'a> Identity<'a> {
    /// Looks it up.
    pub fn of(case: &'a Case, device: &Device) -> Self {
        let subject = Subject::Device { device: device.id.clone() };
        let ports = case.facts.plain(&subject, "reg/MGIR.hw_info.num_ports").and_then(Fact::value);
        Self {
            firmware: case.facts.plain(&subject, "fw/version"),
            psid: case.facts.plain(&subject, "fw/psid"),
            ports: match ports {
                Some(Value::Number { number, .. }) => Some(*number),
                Some(Value::Text { .. } | Value::Bytes { .. }) | None => None,
            },
        }
    }

    /// The firmware version's text.
    pub fn firmware_text(&self) -> Option<&'a str> {
        text(self.firmware)
    }

    /// The PSID's text.
    pub fn psid_text(&self) -> Option<&'a str> {
        text(self.psid)
    }
}

fn text(fact: Option<&Fact>) -> Option<&str> {
    match fact?.value()? {
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
}
