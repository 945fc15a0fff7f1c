//! Whose signature a bundle carries, and whether the user named that key.
//!
//! *Signed* is not *trusted*: a signature proves that the keeper of one key sealed these bytes. It says nothing of
//! whether the host told the truth, and nothing of who the keeper is unless the user says so. The manifest's own
//! word (`seal`) is never a proof; it counts only against a bundle whose signature was taken out.
//!
//! Must not do: read files or clocks.

mod allowed_signers;
mod pattern;
mod validity;

use chrono::{DateTime, Utc};

use super::open::Bundle;
use super::signature::{self, VerifyError};
use crate::model::manifest::{SIGNATURE_NAMESPACE, Seal};

pub use allowed_signers::{AllowedSigners, AllowedSignersError, Passed};

/// What an intact bundle's signature says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Trust {
    /// Signed by a key that the user named, for this purpose and time.
    Trusted {
        /// The principals that the user wrote beside the key, as written.
        principal: String,
        /// `SHA256:…` fingerprint.
        fingerprint: String,
    },
    /// Signed by a key that the user did not name, or not for this purpose and time.
    UnknownSigner {
        /// `SHA256:…` fingerprint.
        fingerprint: String,
    },
    /// Not signed.
    Unsigned,
}

/// The bundle's signature does not hold, or is gone.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum BrokenSignature {
    /// There is one, and it does not verify.
    #[error("the signature of manifest.json does not hold: {source}")]
    Signature {
        /// Why.
        source: VerifyError,
    },
    /// The manifest says that it was signed, but there is no signature.
    #[error("manifest.json says that it was signed by {fingerprint}, but manifest.json.sig was taken out")]
    TakenOut {
        /// The fingerprint that the manifest names, escaped.
        fingerprint: String,
    },
}

impl BrokenSignature {
    /// The reason as one stable word, for machines.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Signature { source: VerifyError::Malformed { .. } } => "signature-malformed",
            Self::Signature { source: VerifyError::Namespace { .. } } => "signature-namespace",
            Self::Signature { source: VerifyError::Unsupported { .. } } => "signature-unsupported",
            Self::Signature { source: VerifyError::DoesNotFit } => "signature-does-not-fit",
            Self::TakenOut { .. } => "signature-taken-out",
        }
    }
}

/// Verifies the signature over the manifest's exact bytes and looks its key up among the allowed ones at `now`.
///
/// # Errors
/// When there is a signature and it does not hold, or it was taken out.
pub fn trust(
    bundle: &Bundle,
    allowed: Option<&AllowedSigners>,
    now: DateTime<Utc>,
) -> Result<Trust, BrokenSignature> {
    let Some(armored) = &bundle.signature else {
        return match &bundle.manifest.seal {
            Seal::Unsigned => Ok(Trust::Unsigned),
            Seal::OneRunKey { fingerprint } | Seal::NamedKey { fingerprint } => {
                let fingerprint = fingerprint.escape_default().take(80).collect();
                Err(BrokenSignature::TakenOut { fingerprint })
            }
        };
    };
    let key = signature::verify(armored, SIGNATURE_NAMESPACE, &bundle.manifest_bytes)
        .map_err(|source| BrokenSignature::Signature { source })?;
    let fingerprint = signature::fingerprint(&key);
    Ok(match allowed.and_then(|allowed| allowed.principals(&key, SIGNATURE_NAMESPACE, now)) {
        Some(principal) => Trust::Trusted { principal: principal.to_owned(), fingerprint },
        None => Trust::UnknownSigner { fingerprint },
    })
}
