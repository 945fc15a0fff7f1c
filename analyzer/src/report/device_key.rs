//! What tells a device from others of its kind, in every bundle of it.
//!
//! A PCI address is unique on one host only. The card's base address (MAC or GUID) is unique, but says more than a report
//! that goes to a web page has to; so the key is a digest. That is no secrecy: who knows the maker can try all addresses.
//! Where that matters the bundle has been exported with pseudonyms, and the key is theirs.
//!
//! Must not do: put an address into the key as it is, or make one up where none was read.

use mlx5_schemas::model::fact::{Fact, Subject, Value};
use mlx5_schemas::model::manifest::Device;

use super::fingerprint::digest;
use crate::case::FactSet;

/// Where the base address is told, the most direct first.
const ADDRESSES: [&str; 5] =
    ["fw/base_mac", "fw/base_guid", "flint/base_mac", "flint/base_guid", "mlxfwmanager/base_mac"];

/// The key; `None` where no address was read.
pub fn device_key(facts: &FactSet, device: &Device) -> Option<String> {
    let subject = Subject::Device { device: device.id.clone() };
    let address = ADDRESSES.iter().find_map(|path| {
        let text = match facts.plain(&subject, path).and_then(Fact::value)? {
            Value::Text { text } | Value::Bytes { hex: text } => text,
            Value::Number { .. } => return None,
        };
        // mstflint and the kernel spell addresses differently.
        let digits = text.trim_start_matches("0x").chars().filter(char::is_ascii_hexdigit);
        Some(digits.collect::<String>().to_ascii_lowercase()).filter(|digits| digits.len() >= 12)
    })?;
    Some(digest(&[&address]))
}
