//! The zip container in the one form that bundles have.
//!
//! Zip is read and written here rather than with a general library, because a bundle has exactly one form and the
//! whole of it must be accounted for: a general reader starts at the end record and looks past whatever it does
//! not need (bytes between members, disagreeing local headers, extra fields, second directories), and those are
//! the places where two programs see two different archives in the same bytes. Here every byte of the archive is
//! either compressed data of a member or equal to what the writer writes. Only DEFLATE itself comes from a library.
//!
//! The form (PKWARE APPNOTE 6.3.10, 4.3): local header and data of each member without gaps, then the central
//! directory in the same order, then the end record; methods 0 (stored) and 8 (deflated); made by Unix, version 2.0
//! for all; flags, times and attributes fixed; no extra fields, comments, data descriptors, encryption or zip64.
//!
//! Must not do: know which members a bundle has.

mod inflate;
pub(super) mod read;
pub(super) mod write;

/// Signature of a local header (4.3.7).
const LOCAL_SIGNATURE: [u8; 4] = *b"PK\x03\x04";
/// Signature of a central directory header (4.3.12).
const CENTRAL_SIGNATURE: [u8; 4] = *b"PK\x01\x02";
/// Signature of the end record (4.3.16).
const END_SIGNATURE: [u8; 4] = *b"PK\x05\x06";
/// Signature of the zip64 end locator (4.3.15).
const ZIP64_LOCATOR_SIGNATURE: [u8; 4] = *b"PK\x06\x07";

/// Length of a local header without its name.
const LOCAL_LENGTH: usize = 30;
/// Length of a central directory header without its name.
const CENTRAL_LENGTH: usize = 46;
/// Length of the end record without a comment.
const END_LENGTH: usize = 22;
/// Length of the zip64 end locator.
const ZIP64_LOCATOR_LENGTH: usize = 20;

/// Version 2.0 (4.4.3): enough for DEFLATE and folders.
const VERSION: u16 = 20;
/// Unix in the upper byte (4.4.2), so that the mode in the external attributes counts.
const MADE_BY: u16 = (3 << 8) | VERSION;
/// 1980-01-01, the first date that DOS knows (4.4.6); the time is 0.
const DATE: u16 = (1 << 5) | 1;
/// Mode of every member: a regular file, readable and writable by its owner only, like the bundle itself.
const MODE: u32 = 0o100_600;

/// Compression methods that members have (4.4.5).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Method {
    /// As it is.
    Stored,
    /// DEFLATE (RFC 1951).
    Deflated,
}

impl Method {
    fn number(self) -> u16 {
        match self {
            Self::Stored => 0,
            Self::Deflated => 8,
        }
    }

    fn from_number(number: u16) -> Option<Self> {
        match number {
            0 => Some(Self::Stored),
            8 => Some(Self::Deflated),
            _ => None,
        }
    }
}

/// What varies between the headers of members; everything else is fixed.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Record {
    name: String,
    method: Method,
    crc32: u32,
    compressed: u32,
    uncompressed: u32,
    /// Length of `name`; zip has 16 bits for it.
    name_length: u16,
}

impl Record {
    /// The local header (4.3.7).
    fn local_header(&self) -> Vec<u8> {
        let mut out = LOCAL_SIGNATURE.to_vec();
        self.put_common(&mut out);
        out.extend_from_slice(self.name.as_bytes());
        out
    }

    /// The central directory header (4.3.12) of the member whose local header is at `offset`.
    fn central_header(&self, offset: u32) -> Vec<u8> {
        let mut out = CENTRAL_SIGNATURE.to_vec();
        out.extend_from_slice(&MADE_BY.to_le_bytes());
        self.put_common(&mut out);
        out.extend_from_slice(&[0; 2]); // comment length
        out.extend_from_slice(&[0; 2]); // disk number
        out.extend_from_slice(&[0; 2]); // internal attributes
        out.extend_from_slice(&(MODE << 16).to_le_bytes());
        out.extend_from_slice(&offset.to_le_bytes());
        out.extend_from_slice(self.name.as_bytes());
        out
    }

    /// What both headers have, from "version needed" to the length of the extra field.
    fn put_common(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(&VERSION.to_le_bytes());
        out.extend_from_slice(&[0; 2]); // flags
        out.extend_from_slice(&self.method.number().to_le_bytes());
        out.extend_from_slice(&[0; 2]); // time
        out.extend_from_slice(&DATE.to_le_bytes());
        out.extend_from_slice(&self.crc32.to_le_bytes());
        out.extend_from_slice(&self.compressed.to_le_bytes());
        out.extend_from_slice(&self.uncompressed.to_le_bytes());
        out.extend_from_slice(&self.name_length.to_le_bytes());
        out.extend_from_slice(&[0; 2]); // length of the extra field
    }
}

/// The end record (4.3.16).
fn end_record(members: u16, directory_length: u32, directory_offset: u32) -> Vec<u8> {
    let mut out = END_SIGNATURE.to_vec();
    out.extend_from_slice(&[0; 4]); // disk numbers
    out.extend_from_slice(&members.to_le_bytes()); // on this disk
    out.extend_from_slice(&members.to_le_bytes()); // in all
    out.extend_from_slice(&directory_length.to_le_bytes());
    out.extend_from_slice(&directory_offset.to_le_bytes());
    out.extend_from_slice(&[0; 2]); // comment length
    out
}

/// CRC-32 as zip has it (4.4.7).
fn crc32(bytes: &[u8]) -> u32 {
    let mut crc = flate2::Crc::new();
    crc.update(bytes);
    crc.sum()
}
