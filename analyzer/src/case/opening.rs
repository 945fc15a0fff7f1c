//! From a file to an opened bundle: a bundle as it is, or one made in memory of texts.
//!
//! Must not do: decode.

use std::path::Path;

use chrono::{DateTime, Utc};
use mlx5_schemas::bundle::trust::{AllowedSigners, BrokenSignature, Trust, trust};
use mlx5_schemas::bundle::{self, Limits, OpenError};
use mlx5_schemas::decode::host::MemberError;
use mlx5_schemas::model::transcript::TranscriptError;

use super::Opened;
use crate::import::archive::ArchiveError;
use crate::import::source::{self, Found, Held, Kind, SourceError};
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
    /// It is an archive of texts and refused.
    #[error("{file}: refused")]
    Archive {
        /// The file as it was given.
        file: String,
        /// Why.
        #[source]
        source: ArchiveError,
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
    /// It is a bundle, where texts are wanted.
    #[error("{file}: a bundle, not a text: it holds what firmware said, and needs no import")]
    Bundle {
        /// The file as it was given.
        file: String,
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

/// Opens a bundle file, or makes a bundle in memory of a text, an archive of texts or a folder of them.
///
/// # Errors
/// When it cannot be read, is refused, or carries a signature that does not hold.
pub fn open(path: &Path, allowed: Option<&AllowedSigners>, now: DateTime<Utc>) -> Result<Opened, CaseError> {
    let file = path.display().to_string();
    match source::read(path, Limits::default().archive_bytes) {
        Ok(Held::Bundle(bytes)) => open_bundle(&bytes, file, allowed, now),
        Ok(Held::Texts(found)) => open_found(found, file, now),
        Err(error) => Err(refused(file, error)),
    }
}

/// Reads texts, archives and folders of texts as one, in the order given.
///
/// # Errors
/// When one cannot be read, is refused, or is a bundle.
pub fn gather<'p>(paths: impl IntoIterator<Item = &'p Path>) -> Result<Found, CaseError> {
    let mut found = Found::default();
    for path in paths {
        let file = path.display().to_string();
        match source::read(path, 0) {
            Ok(Held::Texts(texts)) => found.append(texts),
            Ok(Held::Bundle(_)) => return Err(CaseError::Bundle { file }),
            Err(error) => return Err(refused(file, error)),
        }
    }
    Ok(found)
}

/// Opens the bytes of a bundle, a text or an archive of texts; `file` names them in messages.
///
/// # Errors
/// When they are refused, or carry a signature that does not hold.
pub fn open_bytes(
    bytes: &[u8],
    file: String,
    allowed: Option<&AllowedSigners>,
    now: DateTime<Utc>,
) -> Result<Opened, CaseError> {
    match source::kind_of(bytes) {
        Kind::Bundle => open_bundle(bytes, file, allowed, now),
        Kind::Archive | Kind::Text => match source::read_bytes(bytes, &source::base_name(&file)) {
            Ok(found) => open_found(found, file, now),
            Err(error) => Err(refused(file, error)),
        },
    }
}

fn open_bundle(
    archive: &[u8],
    file: String,
    allowed: Option<&AllowedSigners>,
    now: DateTime<Utc>,
) -> Result<Opened, CaseError> {
    let bundle = match bundle::open(archive, &Limits::default()) {
        Ok(bundle) => bundle,
        Err(source) => return Err(CaseError::Open { file, source }),
    };
    match trust(&bundle, allowed, now) {
        Ok(trust) => Ok(Opened { file, bundle, trust, imported: None }),
        Err(source) => Err(CaseError::Signature { file, source }),
    }
}

/// The error about a file of this name.
fn refused(file: String, error: SourceError) -> CaseError {
    match error {
        SourceError::Read { source } => CaseError::Read { file, source },
        SourceError::Archive { source } => CaseError::Archive { file, source },
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
