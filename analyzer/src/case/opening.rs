//! From a file to an opened bundle: a bundle as it is, or one made in memory of texts.
//!
//! Must not do: decode.

use std::fs::File;
use std::io::Read;
use std::path::Path;

use chrono::{DateTime, Utc};
use mlx5_schemas::bundle::trust::{AllowedSigners, BrokenSignature, Trust, trust};
use mlx5_schemas::bundle::{self, Limits, OpenError};
use mlx5_schemas::decode::host::MemberError;
use mlx5_schemas::model::transcript::TranscriptError;

use super::Opened;
use crate::import::source::{self, Found, Kind};
use crate::import::{self, ImportError, Imported};

/// Why a bundle gives no case.
#[derive(Debug, thiserror::Error)]
pub enum CaseError {
    /// The file cannot be read.
    #[error("{file}: cannot be read")]
    Read {
        /// The file as it was given.
        file: String,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// The archive is refused.
    #[error("{file}: refused")]
    Open {
        /// The file as it was given.
        file: String,
        /// Why.
        #[source]
        source: OpenError,
    },
    /// The text cannot be imported.
    #[error("{file}: cannot be imported")]
    Import {
        /// The file as it was given.
        file: String,
        /// Why.
        #[source]
        source: ImportError,
    },
    /// It carries a signature that does not hold.
    #[error("{file}: the signature does not hold")]
    Signature {
        /// The file as it was given.
        file: String,
        /// Why.
        #[source]
        source: BrokenSignature,
    },
    /// Two devices of the manifest have the same id or the same folder.
    #[error("{file}: the manifest lists two devices as {device}")]
    DeviceTwice {
        /// The file as it was given.
        file: String,
        /// Id or folder.
        device: String,
    },
    /// A transcript cannot be read.
    #[error("{file}: {member} is no transcript")]
    Transcript {
        /// The file as it was given.
        file: String,
        /// The member.
        member: String,
        /// Why.
        #[source]
        source: TranscriptError,
    },
    /// The list of a device's tool runs cannot be read.
    #[error("{file}: {member} is no list of tool runs")]
    ToolRuns {
        /// The file as it was given.
        file: String,
        /// The member.
        member: String,
        /// Why.
        #[source]
        source: serde_json::Error,
    },
    /// The host's captures cannot be read.
    #[error("{file}: {member} does not hold what it should")]
    HostCaptures {
        /// The file as it was given.
        file: String,
        /// The member.
        member: String,
        /// Why.
        #[source]
        source: MemberError,
    },
}

/// Reads and opens a bundle file.
///
/// # Errors
/// When it cannot be read, is refused, or carries a signature that does not hold.
pub fn open(path: &Path, allowed: Option<&AllowedSigners>, now: DateTime<Utc>) -> Result<Opened, CaseError> {
    let file = path.display().to_string();
    let limits = Limits::default();
    let archive = match read_bounded(path, limits.archive_bytes) {
        Ok(archive) => archive,
        Err(source) => return Err(CaseError::Read { file, source }),
    };
    open_bytes(&archive, file, allowed, now)
}

/// Opens a bundle's bytes; `file` names them in messages.
///
/// # Errors
/// When they are refused, or carry a signature that does not hold.
pub fn open_bytes(
    archive: &[u8],
    file: String,
    allowed: Option<&AllowedSigners>,
    now: DateTime<Utc>,
) -> Result<Opened, CaseError> {
    match source::kind_of(archive) {
        Kind::Bundle => {}
        Kind::Archive | Kind::Folder | Kind::Text => {
            return open_found(Found::loose(&base_name(&file), archive.to_vec()), file, now);
        }
    }
    let bundle = match bundle::open(archive, &Limits::default()) {
        Ok(bundle) => bundle,
        Err(source) => return Err(CaseError::Open { file, source }),
    };
    match trust(&bundle, allowed, now) {
        Ok(trust) => Ok(Opened { file, bundle, trust, imported: None }),
        Err(source) => Err(CaseError::Signature { file, source }),
    }
}

/// Makes a bundle in memory of texts; `file` names them in messages.
///
/// # Errors
/// When they cannot be imported.
pub fn open_found(found: Found, file: String, now: DateTime<Utc>) -> Result<Opened, CaseError> {
    match import::import(found, now) {
        Ok(Imported { bundle, facts }) => {
            Ok(Opened { file, bundle, trust: Trust::Unsigned, imported: Some(facts) })
        }
        Err(source) => Err(CaseError::Import { file, source }),
    }
}

fn base_name(file: &str) -> String {
    file.rsplit(['/', '\\']).next().unwrap_or(file).to_owned()
}

/// One byte more than the limit is read, so that a longer file is refused and not cut.
fn read_bounded(path: &Path, limit: u64) -> std::io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    File::open(path)?.take(limit.saturating_add(1)).read_to_end(&mut bytes)?;
    Ok(bytes)
}
