//! Writing a bundle: same manifest, members and signature, same bytes.
//!
//! The bytes also depend on the compressor's version, which the lock file pins. Must not do: touch files, choose
//! keys, or write anything that [`open`](super::open::open) with default limits would refuse.

use std::collections::BTreeMap;

use super::container::write::{WriteError, Writer};
use super::limits::Limits;
use super::member_name::{self, NameFault};
use super::open::sha256_hex;
use super::signature::{self, Sign, SignError};
use crate::model::manifest::{
    FORMAT, FORMAT_VERSION, MANIFEST_MEMBER, Manifest, Member, SIGNATURE_MEMBER, SIGNATURE_NAMESPACE, Seal,
};

/// Why a bundle cannot be written.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SealError {
    /// The manifest says another format or version than this code writes.
    #[error(
        "the manifest says {format} version {version}; only {FORMAT} version {FORMAT_VERSION} is written"
    )]
    Format {
        /// Its format.
        format: String,
        /// Its version.
        version: u32,
    },
    /// `manifest.seal` and the signer do not belong together.
    #[error("the manifest says that it is sealed by {stated}, but it is signed by {actual}")]
    SealDisagrees {
        /// Fingerprint in the manifest, or `nobody`.
        stated: String,
        /// The signer's fingerprint, or `nobody`.
        actual: String,
    },
    /// A member's name is not permitted.
    #[error("the member name '{member}' is not permitted: {fault}")]
    OddName {
        /// The name, escaped.
        member: String,
        /// What is odd.
        fault: NameFault,
    },
    /// A member has the name of the manifest or its signature, or is a folder of another.
    #[error("the member name '{member}' is taken")]
    NameTaken {
        /// The name.
        member: String,
    },
    /// More than a reader with default limits accepts.
    #[error("{what} is over the limit of {limit} ({found}), which no reader would accept")]
    TooLarge {
        /// What is too large.
        what: String,
        /// The limit.
        limit: u64,
        /// What there is.
        found: u64,
    },
    /// The manifest could not be written as JSON.
    #[error("the manifest cannot be written as JSON")]
    Manifest {
        /// Why.
        #[source]
        source: serde_json::Error,
    },
    /// The signer failed.
    #[error("the manifest could not be signed")]
    Sign {
        /// Why.
        #[source]
        source: SignError,
    },
    /// The signer gave something that does not verify.
    #[error("the signer gave a signature that does not hold: {reason}")]
    BadSignature {
        /// Why.
        reason: String,
    },
    /// A member could not be compressed, or the archive would need zip64.
    #[error("the archive cannot be written: {reason}")]
    Archive {
        /// Why.
        reason: String,
    },
}

/// Writes a bundle: fills `manifest.members` from `members`, signs the manifest's bytes and archives everything.
///
/// `manifest.seal` is the caller's word and must name the fingerprint of `signer` (or say that there is none).
///
/// # Errors
/// When the parts do not fit together, the signer fails, or a reader would refuse the result; see [`SealError`].
pub fn seal(
    mut manifest: Manifest,
    members: &BTreeMap<String, Vec<u8>>,
    signer: Option<&dyn Sign>,
) -> Result<Vec<u8>, SealError> {
    let limits = Limits::default();
    if manifest.format != FORMAT || manifest.version != FORMAT_VERSION {
        return Err(SealError::Format { format: manifest.format, version: manifest.version });
    }
    agrees(&manifest.seal, signer)?;
    within(
        "the number of devices",
        limits.devices,
        u64::try_from(manifest.devices.len()).unwrap_or(u64::MAX),
    )?;
    check_members(members, &limits)?;
    manifest.members = members.iter().map(|(name, bytes)| listed(name, bytes)).collect();
    let manifest_bytes = manifest_bytes(&manifest)?;
    within("the manifest", limits.manifest_bytes, length(&manifest_bytes))?;
    let signature = signer.map(|signer| checked_signature(signer, &manifest_bytes)).transpose()?;

    let mut writer = Writer::default();
    let archive = |error: WriteError| SealError::Archive { reason: error.to_string() };
    writer.append(MANIFEST_MEMBER, &manifest_bytes).map_err(archive)?;
    if let Some(signature) = &signature {
        within("the signature", limits.signature_bytes, length(signature.as_bytes()))?;
        writer.append(SIGNATURE_MEMBER, signature.as_bytes()).map_err(archive)?;
    }
    for (name, bytes) in members {
        writer.append(name, bytes).map_err(archive)?;
    }
    let archive = writer.finish().map_err(archive)?;
    within("the archive", limits.archive_bytes, length(&archive))?;
    Ok(archive)
}

/// The manifest as it is signed: pretty-printed JSON with a final newline, so that `less` and `jq` are enough.
///
/// # Errors
/// When serde cannot write it, which none of its types gives reason for.
pub fn manifest_bytes(manifest: &Manifest) -> Result<Vec<u8>, SealError> {
    let mut bytes = serde_json::to_vec_pretty(manifest).map_err(|source| SealError::Manifest { source })?;
    bytes.push(b'\n');
    Ok(bytes)
}

fn listed(name: &str, bytes: &[u8]) -> Member {
    Member { name: name.to_owned(), length: length(bytes), sha256: sha256_hex(bytes) }
}

fn agrees(seal: &Seal, signer: Option<&dyn Sign>) -> Result<(), SealError> {
    let stated = match seal {
        Seal::OneRunKey { fingerprint } | Seal::NamedKey { fingerprint } => Some(fingerprint.clone()),
        Seal::Unsigned => None,
    };
    let actual = signer.map(Sign::fingerprint);
    if stated == actual {
        return Ok(());
    }
    let words = |fingerprint: Option<String>| fingerprint.unwrap_or_else(|| "nobody".to_owned());
    Err(SealError::SealDisagrees { stated: words(stated), actual: words(actual) })
}

fn check_members(members: &BTreeMap<String, Vec<u8>>, limits: &Limits) -> Result<(), SealError> {
    // Manifest and signature are members of the archive too.
    let count = u64::try_from(members.len()).unwrap_or(u64::MAX).saturating_add(2);
    within("the number of members", limits.members, count)?;
    let mut total = limits.manifest_bytes.saturating_add(limits.signature_bytes);
    for (name, bytes) in members {
        member_name::check(name.as_bytes(), limits)
            .map_err(|fault| SealError::OddName { member: member_name::shown(name.as_bytes()), fault })?;
        if name == MANIFEST_MEMBER || name == SIGNATURE_MEMBER {
            return Err(SealError::NameTaken { member: name.clone() });
        }
        within(&format!("the member '{name}'"), limits.member_bytes, length(bytes))?;
        total = total.saturating_add(length(bytes));
    }
    within("the size of all members together", limits.total_bytes, total)?;
    if let Some(found) = limits.excess_of_exchanges(members) {
        let what = "the memory for all exchanges".to_owned();
        return Err(SealError::TooLarge { what, limit: limits.exchange_bytes, found });
    }
    // The two fixed names stand beside the members and can be taken for folders too.
    let names = members.keys().map(String::as_str);
    let mut all: Vec<&str> = names.chain([MANIFEST_MEMBER, SIGNATURE_MEMBER]).collect();
    all.sort_unstable();
    match member_name::folder_conflict(all) {
        Some(member) => Err(SealError::NameTaken { member: member.to_owned() }),
        None => Ok(()),
    }
}

/// Signs, and verifies at once: an agent is another program, and a bundle with a broken seal helps nobody.
fn checked_signature(signer: &dyn Sign, message: &[u8]) -> Result<String, SealError> {
    let armored = signer.sign(SIGNATURE_NAMESPACE, message).map_err(|source| SealError::Sign { source })?;
    let verified = signature::verify(&armored, SIGNATURE_NAMESPACE, message)
        .map_err(|error| SealError::BadSignature { reason: error.to_string() })?;
    let actual = signature::fingerprint(&verified);
    if actual != signer.fingerprint() {
        return Err(SealError::BadSignature { reason: format!("it is of another key, {actual}") });
    }
    Ok(armored)
}

fn within(what: &str, limit: u64, found: u64) -> Result<(), SealError> {
    if found > limit { Err(SealError::TooLarge { what: what.to_owned(), limit, found }) } else { Ok(()) }
}

fn length(bytes: &[u8]) -> u64 {
    u64::try_from(bytes.len()).unwrap_or(u64::MAX)
}
