//! `verify`: whether a bundle is intact, and whose it is.
//!
//! Must not do: decode members. A bundle of a later collector verifies as well as ours.

use std::path::Path;

use chrono::{DateTime, Utc};
use mlx5_schemas::bundle::trust::AllowedSigners;
use mlx5_schemas::model::report::{Signer, VerifyReport, VerifyState};

use crate::case::{self, CaseError};

/// Verifies a bundle file.
///
/// # Errors
/// When the file cannot be read at all; a bundle that is refused is a result, not an error.
pub fn verify(
    path: &Path,
    allowed: Option<&AllowedSigners>,
    now: DateTime<Utc>,
) -> Result<VerifyReport, CaseError> {
    let file = path.display().to_string();
    match case::open(path, allowed, now) {
        Ok(opened) => {
            let bundle = opened.identity();
            // The key that the user named has sealed these bytes, whichever key the manifest speaks of.
            let state = match bundle.signature.signer {
                Signer::Trusted { .. } => VerifyState::Trusted,
                Signer::Unknown { .. } | Signer::Unsigned => VerifyState::NotTrusted,
            };
            // Loose text has no manifest that lists it: nothing was compared.
            let members = u64::try_from(opened.bundle.manifest.members.len()).unwrap_or(u64::MAX);
            Ok(VerifyReport { file, state, bundle: Some(bundle), members, error: None })
        }
        Err(error @ CaseError::Read { .. }) => Err(error),
        Err(error) => Ok(VerifyReport {
            file,
            state: VerifyState::Broken,
            bundle: None,
            members: 0,
            error: Some(without_file(&with_causes(&error), path)),
        }),
    }
}

/// The exit code of `verify`: 0 trusted, 1 intact but not trusted, 2 broken.
pub fn exit_code(state: VerifyState) -> u8 {
    match state {
        VerifyState::Trusted => 0,
        VerifyState::NotTrusted => 1,
        VerifyState::Broken => 2,
    }
}

/// Words without the file's name in front, where it stands beside them.
fn without_file(words: &str, path: &Path) -> String {
    words.strip_prefix(&format!("{}: ", path.display())).unwrap_or(words).to_owned()
}

/// An error with its causes on one line.
pub fn with_causes(error: &(dyn std::error::Error + 'static)) -> String {
    let mut words = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        words = format!("{words}: {error}");
        cause = error.source();
    }
    words
}
