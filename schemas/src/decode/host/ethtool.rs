//! The driver's own account of a network interface: the answer to `ETHTOOL_GDRVINFO`, as ethtool -i shows it.
//!
//! Source: `struct ethtool_drvinfo` (`include/uapi/linux/ethtool.h`), 196 bytes. mlx5 writes firmware version and PSID
//! into one text, `22.41.1000 (MT_0000000359)` (`mlx5/core/en_ethtool.c`).
//!
//! Must not do: take the PSID from a text of another form.

use super::{Items, base16_of};
use crate::model::fact::{Subject, Value};
use crate::model::status::CollectionStatus;

/// Bytes of `struct ethtool_drvinfo`.
pub const DRIVER_INFO_LENGTH: usize = 196;
/// Room of each of its texts.
const TEXT_LENGTH: usize = 32;

/// The texts: path and place.
const TEXTS: [(&str, usize); 4] =
    [("driver", 4), ("version", 36), ("firmware_version", 68), ("bus_info", 100)];

/// Decodes the capture `ethtool-drvinfo@ADDRESS/INTERFACE`.
pub(super) fn decode(items: &mut Items<'_>, address: &str) {
    let subject = || Subject::Device { device: address.to_owned() };
    let bytes = match base16_of(items.capture) {
        Ok(bytes) if bytes.len() == DRIVER_INFO_LENGTH => bytes,
        Ok(bytes) => {
            let reason = format!("not {DRIVER_INFO_LENGTH} bytes but {}", bytes.len());
            return unknown(items, address, CollectionStatus::Error, &reason);
        }
        Err((status, reason)) => return unknown(items, address, status, &reason),
    };
    for (path, start) in TEXTS {
        match text(&bytes, start) {
            Ok("") => {
                let reason = "the driver gives none".to_owned();
                items.unknown(subject(), format!("ethtool/{path}"), CollectionStatus::Absent, reason);
            }
            Ok(text) if path == "firmware_version" => {
                let (version, psid) = version_and_psid(text);
                items.push(subject(), "ethtool/firmware_version", Ok(words(version)));
                if let Some(psid) = psid {
                    items.push(subject(), "ethtool/psid", Ok(words(psid)));
                }
            }
            Ok(text) => items.push(subject(), format!("ethtool/{path}"), Ok(words(text))),
            Err(reason) => items.push(subject(), format!("ethtool/{path}"), Err(reason)),
        }
    }
}

fn unknown(items: &mut Items<'_>, address: &str, status: CollectionStatus, reason: &str) {
    for path in ["driver", "firmware_version", "psid"] {
        let subject = Subject::Device { device: address.to_owned() };
        items.unknown(subject, format!("ethtool/{path}"), status, reason.to_owned());
    }
}

fn words(text: &str) -> Value {
    Value::Text { text: text.to_owned() }
}

fn text(bytes: &[u8], start: usize) -> Result<&str, String> {
    let room = bytes.get(start..start.saturating_add(TEXT_LENGTH)).unwrap_or_default();
    let end = room.iter().position(|&byte| byte == 0).unwrap_or(room.len());
    let text = std::str::from_utf8(room.get(..end).unwrap_or_default());
    text.map(str::trim).map_err(|_| "not text".to_owned())
}

/// `22.41.1000 (MT_0000000359)`. A PSID has at most 16 characters; the text as a whole is cut at 31.
fn version_and_psid(text: &str) -> (&str, Option<&str>) {
    match text.split_once(" (") {
        Some((version, rest)) => (version.trim(), rest.strip_suffix(')').filter(|psid| !psid.is_empty())),
        None => (text, None),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::arithmetic_side_effects)]

    use proptest::prelude::*;

    use super::super::host_facts;
    use super::*;
    use crate::model::fact::{Knowledge, Route};
    use crate::model::host::{HostCapture, HostCaptures};

    fn info(texts: [&str; 4]) -> Vec<u8> {
        let mut bytes = vec![0; DRIVER_INFO_LENGTH];
        bytes[0] = 3;
        for ((_, start), text) in TEXTS.into_iter().zip(texts) {
            bytes[start..start + text.len()].copy_from_slice(text.as_bytes());
        }
        bytes
    }

    fn shown(bytes: &[u8]) -> Vec<String> {
        let capture = HostCapture {
            name: "ethtool-drvinfo@0000:3b:00.0/eth2".to_owned(),
            status: CollectionStatus::Captured,
            text: None,
            base16: Some(bytes.iter().map(|byte| format!("{byte:02x}")).collect()),
            reason: None,
        };
        let facts = host_facts(Route::Kernel, "m", &HostCaptures { captures: vec![capture] });
        let shown = facts.into_iter().map(|fact| match fact.knowledge {
            Knowledge::Known { value } => format!("{}={value}", fact.path),
            Knowledge::Unknown { status, reason } => format!("{}: {status}: {reason}", fact.path),
        });
        shown.collect()
    }

    #[test]
    fn version_and_psid_are_told_apart() {
        assert_eq!(
            shown(&info(["mlx5_core", "", "22.41.1000 (MT_0000000359)", "0000:3b:00.0"])),
            [
                "ethtool/driver=mlx5_core",
                "ethtool/version: absent: the driver gives none",
                "ethtool/firmware_version=22.41.1000",
                "ethtool/psid=MT_0000000359",
                "ethtool/bus_info=0000:3b:00.0",
            ]
        );
        let shown_cut = shown(&info(["mlx5_core", "24.10-1.1.4", "22.41.1000 (MT_00000", "x"]));
        assert_eq!(shown_cut[2], "ethtool/firmware_version=22.41.1000");
        assert!(!shown_cut.iter().any(|fact| fact.starts_with("ethtool/psid")));
        assert!(shown(&[0; 20]).iter().all(|fact| fact.ends_with("error: not 196 bytes but 20")));
    }

    proptest! {
        #[test]
        fn no_bytes_panic(bytes in proptest::collection::vec(any::<u8>(), 0..220)) {
            let _ = shown(&bytes);
        }

        #[test]
        fn no_answer_panics(bytes in proptest::collection::vec(any::<u8>(), DRIVER_INFO_LENGTH)) {
            let _ = shown(&bytes);
        }
    }
}
