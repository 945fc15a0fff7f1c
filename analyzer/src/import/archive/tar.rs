//! tar, entry by entry: POSIX.1-1988 ustar, POSIX.1-2001 pax, and the long names of GNU.
//!
//! A header reader of our own, because every number in it must be doubted: what differs between two readers is where
//! tricks live. Must not do: hold an entry's content.

use std::io::{self, BufRead, Read};

use super::error::{ArchiveError, shown};

/// Bytes of a block; everything comes in whole ones.
const BLOCK: usize = 512;
/// Most bytes of an extended header or a long name.
const MAX_EXTENDED: u64 = 64 << 10;
/// Most bytes of an entry that a header may claim; more could not be read anyway.
const MAX_SIZE: u64 = 1 << 48;

/// What an entry is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// A regular file.
    File,
    /// A folder.
    Folder,
    /// A symbolic link.
    SymbolicLink,
    /// Another name of an entry that came before.
    HardLink,
    /// A device, a pipe, or anything else that holds no text.
    Other,
}

/// An entry's header, with what stood before it taken in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Entry {
    pub(super) name: Vec<u8>,
    pub(super) kind: Kind,
    pub(super) size: u64,
    /// Modification time, in seconds since 1970.
    pub(super) modified: u64,
    pub(super) link: Vec<u8>,
}

/// Why reading ended early.
#[derive(Debug)]
pub(super) enum Fault {
    /// The bytes end where there should be more.
    Cut,
    /// They cannot be read.
    Input(io::Error),
    /// They are refused.
    Refused(ArchiveError),
}

impl From<io::Error> for Fault {
    fn from(error: io::Error) -> Self {
        if error.kind() == io::ErrorKind::UnexpectedEof { Self::Cut } else { Self::Input(error) }
    }
}

impl From<ArchiveError> for Fault {
    fn from(error: ArchiveError) -> Self {
        Self::Refused(error)
    }
}

/// The entries of an archive.
pub(super) struct Entries<R> {
    input: R,
    /// Bytes of the entry that were not read yet.
    left: u64,
    /// Bytes that fill its last block.
    padding: u64,
    /// The last entry's name, for messages.
    before: String,
}

/// What extended headers said about the next entry.
#[derive(Debug, Default)]
struct Extended {
    name: Option<Vec<u8>>,
    link: Option<Vec<u8>>,
    size: Option<u64>,
    modified: Option<u64>,
    sparse: bool,
}

impl<R: BufRead> Entries<R> {
    pub(super) fn new(input: R) -> Self {
        Self { input, left: 0, padding: 0, before: "the beginning".to_owned() }
    }

    /// The last entry's name, for messages.
    pub(super) fn before(&self) -> &str {
        &self.before
    }

    pub(super) fn into_inner(self) -> R {
        self.input
    }

    /// The next entry; `None` at the end mark. What was not read of the one before is passed over.
    pub(super) fn next(&mut self) -> Result<Option<Entry>, Fault> {
        self.pass_over()?;
        let mut extended = Extended::default();
        loop {
            let mut block = [0; BLOCK];
            self.input.read_exact(&mut block)?;
            if block.iter().all(|byte| *byte == 0) {
                return Ok(None);
            }
            if !sum_fits(&block) {
                return Err(ArchiveError::Checksum { entry: self.before.clone() }.into());
            }
            let header = Header(&block);
            let size = header.number(124, 12).filter(|size| *size <= MAX_SIZE);
            let Some(size) = size else {
                let entry = shown(&header.name());
                return Err(ArchiveError::Number { entry, field: "size" }.into());
            };
            match header.type_flag() {
                b'x' => {
                    let records = self.payload(size)?;
                    self.extend(&records, &mut extended)?;
                }
                // GNU tar writes comments here (git puts the commit); anything that renames or resizes is a trick.
                b'g' => {
                    let records = self.payload(size)?;
                    let mut all = Extended::default();
                    self.extend(&records, &mut all)?;
                    if all.name.is_some() || all.link.is_some() || all.size.is_some() || all.sparse {
                        let reason = "one for all entries gives names or sizes";
                        return Err(ArchiveError::Extended { entry: self.before.clone(), reason }.into());
                    }
                }
                b'L' => extended.name = Some(without_end(self.payload(size)?)),
                b'K' => extended.link = Some(without_end(self.payload(size)?)),
                flag => return self.entry(&header, flag, size, extended).map(Some),
            }
        }
    }

    fn entry(
        &mut self,
        header: &Header<'_>,
        flag: u8,
        size: u64,
        extended: Extended,
    ) -> Result<Entry, Fault> {
        let name = extended.name.unwrap_or_else(|| header.name());
        let entry = shown(&name);
        if extended.sparse || flag == b'S' {
            return Err(ArchiveError::Sparse { entry }.into());
        }
        if let Some(other) = extended.size.filter(|other| *other != size) {
            return Err(ArchiveError::TwoSizes { entry, header: size, extended: other }.into());
        }
        let Some(modified) = extended.modified.or_else(|| header.number(136, 12)) else {
            return Err(ArchiveError::Number { entry, field: "time" }.into());
        };
        let kind = match flag {
            // Before POSIX a slash at the end made it a folder.
            b'0' | 0 | b'7' if name.ends_with(b"/") => Kind::Folder,
            b'0' | 0 | b'7' => Kind::File,
            b'1' => Kind::HardLink,
            b'2' => Kind::SymbolicLink,
            b'5' => Kind::Folder,
            _ => Kind::Other,
        };
        // POSIX: these have no content, whatever their size says (a hard link repeats that of its target).
        let content = match kind {
            Kind::File => size,
            Kind::Other if !matches!(flag, b'3' | b'4' | b'6') => size,
            Kind::Folder | Kind::SymbolicLink | Kind::HardLink | Kind::Other => 0,
        };
        self.left = content;
        self.padding = padding(content);
        self.before = entry;
        let link = extended.link.unwrap_or_else(|| header.text(157, 100).to_vec());
        Ok(Entry { name, kind, size: content, modified, link })
    }

    /// The content of an extended header.
    fn payload(&mut self, size: u64) -> Result<Vec<u8>, Fault> {
        if size > MAX_EXTENDED {
            let reason = "it is too long";
            return Err(ArchiveError::Extended { entry: self.before.clone(), reason }.into());
        }
        let mut bytes = Vec::new();
        let whole = size.saturating_add(padding(size));
        (&mut self.input).take(whole).read_to_end(&mut bytes)?;
        if u64::try_from(bytes.len()).unwrap_or(u64::MAX) < whole {
            return Err(Fault::Cut);
        }
        bytes.truncate(usize::try_from(size).unwrap_or(usize::MAX));
        Ok(bytes)
    }

    /// Takes in `LENGTH KEY=VALUE\n` records (POSIX.1-2001 pax).
    fn extend(&self, records: &[u8], extended: &mut Extended) -> Result<(), ArchiveError> {
        let malformed = |reason| ArchiveError::Extended { entry: self.before.clone(), reason };
        let mut rest = records;
        while !rest.is_empty() {
            let blank = rest.iter().position(|byte| *byte == b' ');
            let blank = blank.ok_or_else(|| malformed("a record has no length"))?;
            let length = rest.get(..blank).and_then(decimal).and_then(|length| usize::try_from(length).ok());
            let record = length.and_then(|length| rest.get(blank.checked_add(1)?..length));
            let record = record.ok_or_else(|| malformed("a record's length does not fit"))?;
            rest = length.and_then(|length| rest.get(length..)).unwrap_or_default();
            let pair =
                record.strip_suffix(b"\n").ok_or_else(|| malformed("a record does not end its line"))?;
            let equals = pair.iter().position(|byte| *byte == b'=');
            let (key, value) = pair.split_at(equals.ok_or_else(|| malformed("a record has no value"))?);
            let value = value.get(1..).unwrap_or_default();
            match key {
                b"path" => extended.name = Some(value.to_vec()),
                b"linkpath" => extended.link = Some(value.to_vec()),
                b"size" => {
                    extended.size = Some(decimal(value).ok_or_else(|| malformed("its size is no number"))?);
                }
                // Seconds with a fraction; only the seconds count, and only where there are some since 1970.
                b"mtime" => extended.modified = value.split(|byte| *byte == b'.').next().and_then(decimal),
                key if key.starts_with(b"GNU.sparse.") => extended.sparse = true,
                _ => {}
            }
        }
        Ok(())
    }

    /// Reads on behind the end mark, to where what was packed ends: there stand the sums over all of it.
    pub(super) fn drain(&mut self) -> Result<(), Fault> {
        loop {
            let there = self.input.fill_buf()?.len();
            if there == 0 {
                return Ok(());
            }
            self.input.consume(there);
        }
    }

    fn pass_over(&mut self) -> Result<(), Fault> {
        let mut left = self.left.saturating_add(self.padding);
        (self.left, self.padding) = (0, 0);
        while left > 0 {
            let there = self.input.fill_buf()?.len();
            if there == 0 {
                return Err(Fault::Cut);
            }
            let step = usize::try_from(left).unwrap_or(usize::MAX).min(there);
            self.input.consume(step);
            left = left.saturating_sub(u64::try_from(step).unwrap_or(u64::MAX));
        }
        Ok(())
    }
}

/// The content of the entry that came last. It ends early with [`io::ErrorKind::UnexpectedEof`] where the bytes do.
impl<R: BufRead> Read for Entries<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let most = usize::try_from(self.left).unwrap_or(usize::MAX).min(buffer.len());
        if most == 0 {
            return Ok(0);
        }
        let read = self.input.read(buffer.get_mut(..most).unwrap_or_default())?;
        if read == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        self.left = self.left.saturating_sub(u64::try_from(read).unwrap_or(u64::MAX));
        Ok(read)
    }
}

/// A header block.
struct Header<'a>(&'a [u8; BLOCK]);

impl Header<'_> {
    fn field(&self, at: usize, length: usize) -> &[u8] {
        self.0.get(at..at.saturating_add(length)).unwrap_or_default()
    }

    /// Up to the first NUL.
    fn text(&self, at: usize, length: usize) -> &[u8] {
        let field = self.field(at, length);
        field.split(|byte| *byte == 0).next().unwrap_or_default()
    }

    /// POSIX puts the first folders of a long name into a field of their own; GNU has other things there.
    fn name(&self) -> Vec<u8> {
        let (name, prefix) = (self.text(0, 100), self.text(345, 155));
        let is_posix = self.field(257, 8) == b"ustar\x0000";
        if prefix.is_empty() || !is_posix { name.to_vec() } else { [prefix, b"/", name].concat() }
    }

    fn type_flag(&self) -> u8 {
        self.field(156, 1).first().copied().unwrap_or_default()
    }

    /// Octal digits, or GNU's binary form for large numbers.
    fn number(&self, at: usize, length: usize) -> Option<u64> {
        let field = self.field(at, length);
        let (first, rest) = field.split_first()?;
        if *first == 0x80 {
            let (high, low) = rest.split_at_checked(rest.len().checked_sub(8)?)?;
            return high
                .iter()
                .all(|byte| *byte == 0)
                .then(|| u64::from_be_bytes(low.try_into().unwrap_or([0xff; 8])));
        }
        let text = std::str::from_utf8(field).ok()?;
        let text = text.trim_matches(['\0', ' ']);
        if text.is_empty() { Some(0) } else { octal(text) }
    }
}

fn octal(text: &str) -> Option<u64> {
    let digits = text.bytes().all(|byte| (b'0'..=b'7').contains(&byte));
    if digits { u64::from_str_radix(text, 8).ok() } else { None }
}

fn decimal(text: &[u8]) -> Option<u64> {
    let digits = !text.is_empty() && text.iter().all(u8::is_ascii_digit);
    if digits { std::str::from_utf8(text).ok()?.parse().ok() } else { None }
}

/// The sum of all bytes, its own field taken as blanks; some old writers added signed bytes.
fn sum_fits(block: &[u8; BLOCK]) -> bool {
    let stated = Header(block).number(148, 8);
    let of = |signed: bool| {
        block.iter().enumerate().fold(0_i64, |sum, (at, byte)| {
            let byte = if (148..156).contains(&at) { b' ' } else { *byte };
            sum.saturating_add(if signed { i64::from(byte.cast_signed()) } else { i64::from(byte) })
        })
    };
    stated
        .and_then(|stated| i64::try_from(stated).ok())
        .is_some_and(|stated| stated == of(false) || stated == of(true))
}

fn padding(size: u64) -> u64 {
    let block = u64::try_from(BLOCK).unwrap_or(1);
    size.next_multiple_of(block).saturating_sub(size)
}

fn without_end(mut bytes: Vec<u8>) -> Vec<u8> {
    // GNU ends the name with a NUL; one in its middle stays, and is refused as a control character.
    if bytes.last() == Some(&0) {
        bytes.pop();
    }
    bytes
}
