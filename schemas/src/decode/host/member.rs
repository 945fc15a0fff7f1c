//! The bytes of the member `host/captures.json`: JSON with one capture a line, in this one spelling only, so that a fact
//! can point at the line that shows it.
//!
//! Must not do: accept another spelling of the same captures.

use crate::model::host::{HostCapture, HostCaptures};

const HEAD: &str = "{\"captures\":[\n";
const SEPARATOR: &str = ",\n";
const TAIL: &str = "\n]}\n";

/// Most captures that are read. A host has some hundreds, and some more for each device.
pub const MAX_CAPTURES: usize = 65_536;

/// Why a member is no list of captures.
#[derive(Debug, thiserror::Error)]
pub enum MemberError {
    /// Not the JSON expected.
    #[error("the host's captures cannot be read: {source}")]
    Json {
        /// What the reader says.
        #[from]
        source: serde_json::Error,
    },
    /// The captures are readable, but not as a collector writes them, so that evidence could not point at them.
    #[error("the host's captures are not in the spelling that a collector writes")]
    Spelling,
    /// More than [`MAX_CAPTURES`].
    #[error("there are more than {MAX_CAPTURES} captures of the host")]
    TooMany,
}

/// Where a capture is in the member.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Place {
    pub(super) start: u64,
    pub(super) length: u64,
}

/// The bytes of the member.
///
/// # Errors
/// None that a list of strings gives reason for; the writer's own are passed on.
pub fn encode(captures: &HostCaptures) -> Result<Vec<u8>, serde_json::Error> {
    let lines = captures.captures.iter().map(serde_json::to_string).collect::<Result<Vec<String>, _>>()?;
    Ok([HEAD, &lines.join(SEPARATOR), TAIL].concat().into_bytes())
}

/// Reads the bytes of the member.
///
/// # Errors
/// When they are not exactly what [`encode`] writes, or too many.
pub fn read(bytes: &[u8]) -> Result<HostCaptures, MemberError> {
    let captures: HostCaptures = serde_json::from_slice(bytes)?;
    if captures.captures.len() > MAX_CAPTURES {
        return Err(MemberError::TooMany);
    }
    if encode(&captures)? == bytes { Ok(captures) } else { Err(MemberError::Spelling) }
}

/// Each capture with its place in what [`encode`] writes.
pub(super) fn places(captures: &HostCaptures) -> Vec<(&HostCapture, Place)> {
    let mut start = length(HEAD);
    let mut places = Vec::new();
    for capture in &captures.captures {
        // A capture that cannot be written has no bytes to point at, and is in no member either.
        let Ok(line) = serde_json::to_string(capture) else { continue };
        places.push((capture, Place { start, length: length(&line) }));
        start = start.saturating_add(length(&line)).saturating_add(length(SEPARATOR));
    }
    places
}

fn length(text: &str) -> u64 {
    u64::try_from(text.len()).unwrap_or(u64::MAX)
}
