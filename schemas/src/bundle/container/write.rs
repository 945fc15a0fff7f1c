//! Writing the container. Same members, same bytes.
//!
//! Must not do: decide order or names.

use std::io::{self, Write};

use flate2::Compression;
use flate2::write::DeflateEncoder;

use super::super::limits::Limits;
use super::{Method, Record, crc32, end_record};

/// Builds an archive in memory.
#[derive(Debug, Default)]
pub(in crate::bundle) struct Writer {
    archive: Vec<u8>,
    directory: Vec<u8>,
    members: u16,
}

/// Why a member does not fit.
#[derive(Debug, thiserror::Error)]
pub(in crate::bundle) enum WriteError {
    /// A number exceeds what zip without zip64 can say.
    #[error("the archive would need zip64")]
    Zip64,
    /// DEFLATE failed; in memory it cannot.
    #[error("the member could not be compressed")]
    Deflate(#[source] io::Error),
}

impl Writer {
    /// Appends a member: deflated, or stored where that is not smaller (or where it would look like a zip bomb to
    /// a reader with default limits).
    pub(in crate::bundle) fn append(&mut self, name: &str, bytes: &[u8]) -> Result<(), WriteError> {
        let deflated = deflate(bytes).map_err(WriteError::Deflate)?;
        let permitted = Limits::default().permits_ratio(length_64(&deflated), length_64(bytes));
        let (method, data) = if deflated.len() < bytes.len() && permitted {
            (Method::Deflated, deflated.as_slice())
        } else {
            (Method::Stored, bytes)
        };
        let record = Record {
            name: name.to_owned(),
            method,
            crc32: crc32(bytes),
            compressed: length(data)?,
            uncompressed: length(bytes)?,
            name_length: u16::try_from(name.len()).map_err(|_| WriteError::Zip64)?,
        };
        let offset = length(&self.archive)?;
        self.archive.extend_from_slice(&record.local_header());
        self.archive.extend_from_slice(data);
        self.directory.extend_from_slice(&record.central_header(offset));
        self.members =
            self.members.checked_add(1).filter(|&count| count < u16::MAX).ok_or(WriteError::Zip64)?;
        Ok(())
    }

    /// Appends directory and end record.
    pub(in crate::bundle) fn finish(mut self) -> Result<Vec<u8>, WriteError> {
        let end = end_record(self.members, length(&self.directory)?, length(&self.archive)?);
        self.archive.extend_from_slice(&self.directory);
        self.archive.extend_from_slice(&end);
        Ok(self.archive)
    }
}

fn deflate(bytes: &[u8]) -> io::Result<Vec<u8>> {
    let mut encoder = DeflateEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(bytes)?;
    encoder.finish()
}

/// A length as zip says it; the highest value is the mark of zip64.
fn length(bytes: &[u8]) -> Result<u32, WriteError> {
    u32::try_from(bytes.len()).ok().filter(|&length| length < u32::MAX).ok_or(WriteError::Zip64)
}

fn length_64(bytes: &[u8]) -> u64 {
    u64::try_from(bytes.len()).unwrap_or(u64::MAX)
}
