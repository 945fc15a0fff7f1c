//! Reading a bundle as hostile input: an archive that is not exactly what the manifest says is refused by name.
//!
//! Must not do: judge whose signature it is (see [`super::trust`]), unpack anything to disk.

mod error;

use std::collections::BTreeMap;

use serde::Deserialize;
use sha2::{Digest, Sha256};

use super::container::read::{self, RawMember};
use super::limits::Limits;
use super::member_name;
use crate::model::manifest::{FORMAT, FORMAT_VERSION, MANIFEST_MEMBER, Manifest, Member, SIGNATURE_MEMBER};

pub use super::member_name::NameFault;
pub use error::OpenError;

/// A bundle whose archive is intact and whose members are exactly those that the manifest lists. Whether that is
/// worth anything is for [`super::trust::trust`] to say.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bundle {
    /// The manifest.
    pub manifest: Manifest,
    /// Its bytes as they came: what is signed.
    pub manifest_bytes: Vec<u8>,
    /// The armored SSHSIG, where there is one; not looked at yet.
    pub signature: Option<String>,
    /// The members by name, without manifest and signature.
    pub members: BTreeMap<String, Vec<u8>>,
}

/// Reads an archive.
///
/// # Errors
/// At the first thing that the collector would not have written, see [`OpenError`].
pub fn open(archive: &[u8], limits: &Limits) -> Result<Bundle, OpenError> {
    let mut raw = read::members(archive, limits)?.into_iter();
    let manifest_bytes = match raw.next() {
        Some(RawMember { name, bytes }) if name == MANIFEST_MEMBER => bytes,
        Some(_) | None => return Err(OpenError::ManifestNotFirst),
    };
    let mut raw = raw.peekable();
    let signature = raw.next_if(|member| member.name == SIGNATURE_MEMBER).map(|member| member.bytes);
    let signature = match signature {
        Some(bytes) => {
            few_enough("the size of manifest.json.sig in bytes", limits.signature_bytes, bytes.len())?;
            Some(String::from_utf8(bytes).map_err(|_| OpenError::SignatureNotText)?)
        }
        None => None,
    };
    few_enough("the size of manifest.json in bytes", limits.manifest_bytes, manifest_bytes.len())?;
    let members = in_name_order(raw)?;
    let manifest = parse_manifest(&manifest_bytes)?;
    few_enough("the number of devices", limits.devices, manifest.devices.len())?;
    listed_properly(&manifest.members, limits)?;
    compare(&manifest.members, &members)?;
    if let Some(found) = limits.excess_of_exchanges(&members) {
        let what = "the memory for all exchanges in bytes".to_owned();
        return Err(OpenError::TooLarge { what, limit: limits.exchange_bytes, found });
    }
    Ok(Bundle { manifest, manifest_bytes, signature, members })
}

/// SHA-256 in lower-case hex.
pub(super) fn sha256_hex(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

fn few_enough(what: &str, limit: u64, found: usize) -> Result<(), OpenError> {
    let found = u64::try_from(found).unwrap_or(u64::MAX);
    if found > limit { Err(OpenError::TooLarge { what: what.to_owned(), limit, found }) } else { Ok(()) }
}

fn in_name_order(raw: impl Iterator<Item = RawMember>) -> Result<BTreeMap<String, Vec<u8>>, OpenError> {
    let mut members = BTreeMap::new();
    for RawMember { name, bytes } in raw {
        if name == SIGNATURE_MEMBER {
            return Err(OpenError::SignatureNotSecond);
        }
        if members.last_key_value().is_some_and(|(last, _)| *last >= name) {
            return Err(OpenError::OutOfOrder { member: name });
        }
        members.insert(name, bytes);
    }
    Ok(members)
}

/// What every version of the format has, so that a later one can be told from a broken one.
#[derive(Deserialize)]
struct FormatLine {
    format: String,
    version: u64,
}

fn parse_manifest(bytes: &[u8]) -> Result<Manifest, OpenError> {
    let unreadable = |error: serde_json::Error| OpenError::Manifest { reason: printable(&error.to_string()) };
    let line: FormatLine = serde_json::from_slice(bytes).map_err(unreadable)?;
    if line.format != FORMAT {
        return Err(OpenError::Manifest { reason: format!("its format is not {FORMAT}") });
    }
    if line.version > u64::from(FORMAT_VERSION) {
        return Err(OpenError::Newer { version: line.version });
    }
    if line.version != u64::from(FORMAT_VERSION) {
        return Err(OpenError::Manifest { reason: format!("there is no format version {}", line.version) });
    }
    serde_json::from_slice(bytes).map_err(unreadable)
}

/// A parser's message may quote the input.
fn printable(message: &str) -> String {
    let mut out = String::new();
    for letter in message.chars().take(200) {
        if letter.is_ascii_graphic() || letter == ' ' {
            out.push(letter);
        } else {
            out.extend(letter.escape_default());
        }
    }
    out
}

/// Names are proper, each once, in order.
fn listed_properly(listed: &[Member], limits: &Limits) -> Result<(), OpenError> {
    let mut last: Option<&str> = None;
    for Member { name, .. } in listed {
        let odd = member_name::check(name.as_bytes(), limits).is_err();
        let reserved = name == MANIFEST_MEMBER || name == SIGNATURE_MEMBER;
        if odd || reserved || last.is_some_and(|last| last >= name.as_str()) {
            return Err(OpenError::ManifestMembers { member: member_name::shown(name.as_bytes()) });
        }
        last = Some(name);
    }
    Ok(())
}

/// The archive holds exactly what the manifest lists.
fn compare(listed: &[Member], members: &BTreeMap<String, Vec<u8>>) -> Result<(), OpenError> {
    let mut unlisted: BTreeMap<&str, &[u8]> =
        members.iter().map(|(name, bytes)| (name.as_str(), bytes.as_slice())).collect();
    for Member { name, length, sha256 } in listed {
        let member = name.clone();
        let Some(bytes) = unlisted.remove(name.as_str()) else {
            return Err(OpenError::Missing { member });
        };
        let found = u64::try_from(bytes.len()).unwrap_or(u64::MAX);
        if found != *length {
            return Err(OpenError::Length { member, listed: *length, found });
        }
        if sha256_hex(bytes) != *sha256 {
            return Err(OpenError::Digest { member });
        }
    }
    match unlisted.first_key_value() {
        Some((name, _)) => Err(OpenError::Unlisted { member: (*name).to_owned() }),
        None => Ok(()),
    }
}
