//! Reading the container as hostile input: every byte of the archive is accounted for.
//!
//! The directory is walked in order; each member must begin where the one before it ended, and both its headers
//! must equal, byte for byte, what the writer would write for it. What commonly differs has its own refusal, so
//! that the message says what happened. Must not do: allocate by declared sizes before they are checked.

#![deny(clippy::indexing_slicing, clippy::arithmetic_side_effects, clippy::cast_possible_truncation)]

use std::collections::BTreeSet;

use super::super::limits::Limits;
use super::super::member_name;
use super::super::open::OpenError;
use super::inflate::inflate;
use super::{
    CENTRAL_LENGTH, CENTRAL_SIGNATURE, END_LENGTH, END_SIGNATURE, LOCAL_LENGTH, LOCAL_SIGNATURE, Method,
    Record, ZIP64_LOCATOR_LENGTH, ZIP64_LOCATOR_SIGNATURE, crc32,
};

/// A member of an archive.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::bundle) struct RawMember {
    /// Its name, which keeps the rules of [`member_name`].
    pub(in crate::bundle) name: String,
    /// Its uncompressed bytes.
    pub(in crate::bundle) bytes: Vec<u8>,
}

/// Reads all members, in the order of the archive.
pub(in crate::bundle) fn members(archive: &[u8], limits: &Limits) -> Result<Vec<RawMember>, OpenError> {
    let length = as_u64(archive.len());
    if length > limits.archive_bytes {
        return Err(too_large("the archive's size in bytes", limits.archive_bytes, length));
    }
    let end = find_end(archive)?;
    if u64::from(end.members) > limits.members {
        return Err(too_large("the number of members", limits.members, u64::from(end.members)));
    }
    let entries = directory(archive, &end, limits)?;
    places_follow(&entries, end.directory_offset)?;
    // Sizes are checked for all before anything is unpacked.
    let mut total = 0_u64;
    for entry in &entries {
        total = total.saturating_add(u64::from(entry.record.uncompressed));
    }
    if total > limits.total_bytes {
        return Err(too_large("the size of all members together in bytes", limits.total_bytes, total));
    }
    entries.into_iter().map(|entry| unpack(archive, entry)).collect()
}

/// The end record, as far as it varies.
#[derive(Debug, Clone, Copy)]
struct End {
    members: u16,
    directory_length: u32,
    directory_offset: u32,
    /// Where the end record begins.
    at: usize,
}

/// Finds the end record, which must be the last bytes.
fn find_end(archive: &[u8]) -> Result<End, OpenError> {
    let Some(at) = archive.len().checked_sub(END_LENGTH) else {
        return Err(if archive.starts_with(&LOCAL_SIGNATURE) {
            OpenError::Truncated
        } else {
            OpenError::NotAZip
        });
    };
    let begins = archive.starts_with(&LOCAL_SIGNATURE) || archive.starts_with(&END_SIGNATURE);
    let mut cursor = Cursor(archive.get(at..).unwrap_or_default());
    let parsed = parse_end(&mut cursor);
    let Some((end, 0)) = parsed else {
        return Err(no_end_at_the_end(archive, begins));
    };
    if !begins {
        return Err(OpenError::LeadingData);
    }
    let locator = at.checked_sub(ZIP64_LOCATOR_LENGTH).and_then(|start| archive.get(start..));
    if locator.is_some_and(|bytes| bytes.starts_with(&ZIP64_LOCATOR_SIGNATURE))
        || end.members == u16::MAX
        || end.directory_length == u32::MAX
        || end.directory_offset == u32::MAX
    {
        return Err(OpenError::Zip64);
    }
    let directory_end = u64::from(end.directory_offset).saturating_add(u64::from(end.directory_length));
    if directory_end != as_u64(at) {
        return Err(OpenError::Directory { at: u64::from(end.directory_offset) });
    }
    Ok(End { at, ..end })
}

/// Reads an end record; gives it and the length of the comment that should follow. `None` when it is none or when
/// its disk numbers and counts are not those of a single archive.
fn parse_end(cursor: &mut Cursor<'_>) -> Option<(End, u16)> {
    if cursor.take::<4>()? != END_SIGNATURE {
        return None;
    }
    let (disk, directory_disk) = (cursor.u16()?, cursor.u16()?);
    let (on_disk, members) = (cursor.u16()?, cursor.u16()?);
    let (directory_length, directory_offset) = (cursor.u32()?, cursor.u32()?);
    let comment = cursor.u16()?;
    (disk == 0 && directory_disk == 0 && on_disk == members)
        .then_some((End { members, directory_length, directory_offset, at: 0 }, comment))
}

/// Says what is wrong with an archive whose last bytes are no end record.
fn no_end_at_the_end(archive: &[u8], begins: bool) -> OpenError {
    // An end record may be followed by a comment of at most 65535 bytes; look no further back.
    let first = archive.len().saturating_sub(END_LENGTH.saturating_add(usize::from(u16::MAX)));
    let tail = archive.get(first..).unwrap_or_default();
    let found = tail.windows(END_LENGTH).enumerate().rev().find_map(|(index, window)| {
        parse_end(&mut Cursor(window)).map(|(_, comment)| (first.saturating_add(index), usize::from(comment)))
    });
    let Some((at, comment)) = found else {
        return if begins { OpenError::Truncated } else { OpenError::NotAZip };
    };
    let end = at.saturating_add(END_LENGTH).saturating_add(comment);
    match archive.len().cmp(&end) {
        std::cmp::Ordering::Less => OpenError::Truncated,
        std::cmp::Ordering::Equal => OpenError::ArchiveComment,
        std::cmp::Ordering::Greater => OpenError::TrailingData { at: as_u64(end) },
    }
}

/// One entry of the directory that passed every check that needs no data.
#[derive(Debug)]
struct Entry {
    record: Record,
    /// Where its local header begins.
    offset: u64,
}

impl Entry {
    /// First byte after the member's data.
    fn end(&self) -> u64 {
        let header = as_u64(LOCAL_LENGTH).saturating_add(u64::from(self.record.name_length));
        self.offset.saturating_add(header).saturating_add(u64::from(self.record.compressed))
    }
}

/// Reads the directory.
fn directory(archive: &[u8], end: &End, limits: &Limits) -> Result<Vec<Entry>, OpenError> {
    let start = as_usize(end.directory_offset);
    let mut rest = archive.get(start..end.at).ok_or(OpenError::Truncated)?;
    let mut entries = Vec::new();
    let mut names = BTreeSet::new();
    for _ in 0..end.members {
        let at = as_u64(end.at.saturating_sub(rest.len()));
        let (entry, after) = directory_entry(rest, at, limits)?;
        if !names.insert(entry.record.name.clone()) {
            return Err(OpenError::Duplicate { member: entry.record.name });
        }
        rest = after;
        entries.push(entry);
    }
    if !rest.is_empty() {
        return Err(OpenError::Directory { at: as_u64(end.at.saturating_sub(rest.len())) });
    }
    match member_name::folder_conflict(names.iter().map(String::as_str)) {
        Some(member) => Err(OpenError::FileAndFolder { member: member.to_owned() }),
        None => Ok(entries),
    }
}

/// Reads one directory entry, which begins at `at` in the archive, and what comes after it.
fn directory_entry<'a>(bytes: &'a [u8], at: u64, limits: &Limits) -> Result<(Entry, &'a [u8]), OpenError> {
    let malformed = OpenError::Directory { at };
    let mut cursor = Cursor(bytes);
    let header = CentralHeader::parse(&mut cursor).ok_or(malformed.clone())?;
    let lengths = [header.name_length, header.extra_length, header.comment_length];
    let whole = lengths.iter().fold(CENTRAL_LENGTH, |sum, &length| sum.saturating_add(usize::from(length)));
    let (entry_bytes, after) = bytes.split_at_checked(whole).ok_or(malformed.clone())?;
    let raw_name = cursor.0.get(..usize::from(header.name_length)).ok_or(malformed)?;
    let member = member_name::shown(raw_name);
    let name = match member_name::check(raw_name, limits) {
        Ok(name) => name.to_owned(),
        Err(fault) => return Err(OpenError::OddName { member, fault }),
    };
    let method = header.refuse_foreign(&member)?;
    let sizes = (u64::from(header.compressed), u64::from(header.uncompressed));
    if sizes.1 > limits.member_bytes {
        return Err(too_large(&format!("the size of '{member}' in bytes"), limits.member_bytes, sizes.1));
    }
    if !limits.permits_ratio(sizes.0, sizes.1) {
        return Err(OpenError::ZipBomb { member, limit: limits.ratio });
    }
    let record = Record {
        name,
        method,
        crc32: header.crc32,
        compressed: header.compressed,
        uncompressed: header.uncompressed,
        name_length: header.name_length,
    };
    if record.central_header(header.offset) != entry_bytes {
        return Err(OpenError::Repacked { member, at });
    }
    Ok((Entry { record, offset: u64::from(header.offset) }, after))
}

/// The fields of a directory entry that are looked at one by one; the others are covered by the comparison with
/// what the writer writes.
#[derive(Debug)]
struct CentralHeader {
    flags: u16,
    method: u16,
    crc32: u32,
    compressed: u32,
    uncompressed: u32,
    name_length: u16,
    extra_length: u16,
    comment_length: u16,
    attributes: u32,
    offset: u32,
}

impl CentralHeader {
    /// Reads the fixed part; the cursor is then at the name.
    fn parse(cursor: &mut Cursor<'_>) -> Option<Self> {
        if cursor.take::<4>()? != CENTRAL_SIGNATURE {
            return None;
        }
        let _versions = cursor.take::<4>()?;
        let (flags, method) = (cursor.u16()?, cursor.u16()?);
        let _time_and_date = cursor.take::<4>()?;
        let (crc32, compressed, uncompressed) = (cursor.u32()?, cursor.u32()?, cursor.u32()?);
        let (name_length, extra_length, comment_length) = (cursor.u16()?, cursor.u16()?, cursor.u16()?);
        let _disk_and_internal_attributes = cursor.take::<4>()?;
        let (attributes, offset) = (cursor.u32()?, cursor.u32()?);
        Some(Self {
            flags,
            method,
            crc32,
            compressed,
            uncompressed,
            name_length,
            extra_length,
            comment_length,
            attributes,
            offset,
        })
    }

    /// Refuses features that bundles never use, each by its name; gives the method.
    fn refuse_foreign(&self, member: &str) -> Result<Method, OpenError> {
        const ENCRYPTED: u16 = 1;
        const DATA_DESCRIPTOR: u16 = 1 << 3;
        const STRONGLY_ENCRYPTED: u16 = 1 << 6;
        const MASKED_HEADERS: u16 = 1 << 13;
        const FILE_TYPE: u32 = 0o170_000;
        const REGULAR: u32 = 0o100_000;
        let member = member.to_owned();
        if self.flags & (ENCRYPTED | STRONGLY_ENCRYPTED | MASKED_HEADERS) != 0 {
            return Err(OpenError::Encrypted { member });
        }
        if self.flags & DATA_DESCRIPTOR != 0 {
            return Err(OpenError::DataDescriptor { member });
        }
        if self.compressed == u32::MAX || self.uncompressed == u32::MAX || self.offset == u32::MAX {
            return Err(OpenError::Zip64);
        }
        let mode = self.attributes >> 16;
        // Tools on systems without modes leave 0 here.
        if mode & FILE_TYPE != REGULAR && mode & FILE_TYPE != 0 {
            return Err(OpenError::NotARegularFile { member, mode });
        }
        Method::from_number(self.method).ok_or(OpenError::Method { member, method: self.method })
    }
}

/// Whether each member begins where the one before it ends, from the first byte to the directory.
fn places_follow(entries: &[Entry], directory_offset: u32) -> Result<(), OpenError> {
    let mut expected = 0_u64;
    let mut last = "";
    for entry in entries {
        follow(expected, entry.offset, &entry.record.name)?;
        expected = entry.end();
        last = &entry.record.name;
    }
    follow(expected, u64::from(directory_offset), last)
}

fn follow(expected: u64, found: u64, member: &str) -> Result<(), OpenError> {
    match found.checked_sub(expected) {
        Some(0) => Ok(()),
        Some(length) => Err(OpenError::Gap { at: expected, length }),
        None => Err(OpenError::Overlap { member: member.to_owned(), at: found }),
    }
}

/// Compares the local header and unpacks the data.
fn unpack(archive: &[u8], entry: Entry) -> Result<RawMember, OpenError> {
    let Entry { record, offset } = entry;
    let member = record.name.clone();
    let header = record.local_header();
    let local = usize::try_from(offset).ok().and_then(|start| archive.get(start..)).unwrap_or_default();
    let Some(data) = local.strip_prefix(header.as_slice()) else {
        return Err(OpenError::HeadersDisagree { member, at: offset });
    };
    let data = data.get(..as_usize(record.compressed)).ok_or(OpenError::Truncated)?;
    let bytes = match record.method {
        Method::Stored if record.compressed == record.uncompressed => data.to_vec(),
        Method::Stored => return Err(OpenError::Damaged { member, fault: "has another size than it says" }),
        Method::Deflated => inflate(data, as_usize(record.uncompressed))
            .map_err(|fault| OpenError::Damaged { member: member.clone(), fault: fault.words() })?,
    };
    if crc32(&bytes) != record.crc32 {
        return Err(OpenError::Checksum { member });
    }
    Ok(RawMember { name: member, bytes })
}

/// Little-endian numbers from the front of a slice.
struct Cursor<'a>(&'a [u8]);

impl Cursor<'_> {
    fn take<const N: usize>(&mut self) -> Option<[u8; N]> {
        let (bytes, rest) = self.0.split_first_chunk::<N>()?;
        self.0 = rest;
        Some(*bytes)
    }

    fn u16(&mut self) -> Option<u16> {
        self.take().map(u16::from_le_bytes)
    }

    fn u32(&mut self) -> Option<u32> {
        self.take().map(u32::from_le_bytes)
    }
}

fn too_large(what: &str, limit: u64, found: u64) -> OpenError {
    OpenError::TooLarge { what: what.to_owned(), limit, found }
}

fn as_u64(length: usize) -> u64 {
    u64::try_from(length).unwrap_or(u64::MAX)
}

/// Saturates where a `usize` has fewer than 32 bits, where no slice is that long either.
fn as_usize(length: u32) -> usize {
    usize::try_from(length).unwrap_or(usize::MAX)
}
