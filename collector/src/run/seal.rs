//! Seals the bundle with the signer chosen, or, should that signer fail at the end, with a key of this run.
//!
//! Must not do: leave a bundle unsigned that should be signed, or lose what was collected because an agent went away.

use std::error::Error;

use mlx5_schemas::bundle::{self, SealError};
use mlx5_schemas::model::manifest::Manifest;
use sha2::{Digest, Sha256};

use super::hex;
use crate::members::Members;
use crate::signing::{self, Sealer};

/// The archive's bytes. `manifest` says afterwards what sealed it.
pub(super) fn seal(
    manifest: &mut Manifest,
    members: &Members,
    sealer: &mut Sealer,
) -> Result<Vec<u8>, SealError> {
    manifest.seal = sealer.seal.clone();
    let failure = match bundle::seal(manifest.clone(), members, sealer.signer.as_deref()) {
        Err(error @ (SealError::Sign { .. } | SealError::BadSignature { .. })) => error,
        other => return other,
    };
    let Ok(own) = signing::one_run() else { return Err(failure) };
    let words = failure.source().map_or_else(|| failure.to_string(), ToString::to_string);
    manifest
        .notes
        .push(format!("the key that was named did not sign ({words}); a one-run key seals this bundle"));
    manifest.complete = false;
    *sealer = own;
    manifest.seal = sealer.seal.clone();
    bundle::seal(manifest.clone(), members, sealer.signer.as_deref())
}

/// SHA-256 in hex.
pub(super) fn sha256(bytes: &[u8]) -> String {
    hex(&Sha256::digest(bytes))
}
