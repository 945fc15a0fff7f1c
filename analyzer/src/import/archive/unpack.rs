//! The bytes that come out of an archive's file, counted on both sides.
//!
//! Must not do: know what comes out, or hold more than a buffer of it.

use std::cell::RefCell;
use std::io::{self, BufReader, Read};
use std::rc::Rc;

use liblzma::stream::Stream;
use sha2::{Digest, Sha256};

use super::limits::Limits;

/// Bytes read at once.
const BUFFER: usize = 128 << 10;

/// How an archive is packed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Packing {
    /// Not at all.
    None,
    /// gzip (RFC 1952).
    Gzip,
    /// xz.
    Xz,
    /// bzip2.
    Bzip2,
}

/// How a file is packed, by its first bytes.
pub(crate) fn packing(head: &[u8]) -> Option<Packing> {
    if head.starts_with(&[0x1f, 0x8b]) {
        Some(Packing::Gzip)
    } else if head.starts_with(b"\xfd7zXZ\0") {
        Some(Packing::Xz)
    } else if head.starts_with(b"BZh") && head.get(4..10) == Some(b"1AY&SY") {
        Some(Packing::Bzip2)
    } else if head.get(257..262) == Some(b"ustar") {
        Some(Packing::None)
    } else {
        None
    }
}

/// A bound that was passed; it comes through the decoders as an [`io::Error`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(super) enum Passed {
    /// [`Limits::packed_bytes`].
    #[error("the file is too long")]
    Packed,
    /// [`Limits::bytes`].
    #[error("too much comes out")]
    Bytes,
    /// [`Limits::ratio`].
    #[error("far more comes out than is in it")]
    Ratio,
}

impl Passed {
    fn error(self) -> io::Error {
        io::Error::other(self)
    }

    /// The bound that an error tells of.
    pub(super) fn of(error: &io::Error) -> Option<Self> {
        error.get_ref()?.downcast_ref::<Self>().copied()
    }
}

/// The file: counted and digested as it is read.
struct File<'a> {
    input: Box<dyn Read + 'a>,
    digest: Sha256,
    bytes: u64,
    limit: u64,
}

/// A hold on the file, while a decoder has another.
#[derive(Clone)]
struct Shared<'a>(Rc<RefCell<File<'a>>>);

impl Read for Shared<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let mut file = self.0.borrow_mut();
        let read = file.input.read(buffer)?;
        file.digest.update(buffer.get(..read).unwrap_or_default());
        file.bytes = file.bytes.saturating_add(wide(read));
        if file.bytes > file.limit {
            return Err(Passed::Packed.error());
        }
        Ok(read)
    }
}

/// What comes out.
pub(super) struct Unpacked<'a> {
    output: Box<dyn Read + 'a>,
    file: Shared<'a>,
    bytes: u64,
    limits: Limits,
}

impl<'a> Unpacked<'a> {
    pub(super) fn new(input: impl Read + 'a, packing: Packing, limits: &Limits) -> io::Result<Self> {
        let file =
            File { input: Box::new(input), digest: Sha256::new(), bytes: 0, limit: limits.packed_bytes };
        let file = Shared(Rc::new(RefCell::new(file)));
        let input = BufReader::with_capacity(BUFFER, file.clone());
        let output: Box<dyn Read + 'a> = match packing {
            Packing::None => Box::new(input),
            Packing::Gzip => Box::new(flate2::bufread::MultiGzDecoder::new(input)),
            Packing::Xz => {
                let stream =
                    Stream::new_stream_decoder(limits.unpacking_bytes, liblzma::stream::CONCATENATED)?;
                Box::new(liblzma::bufread::XzDecoder::new_stream(input, stream))
            }
            Packing::Bzip2 => Box::new(bzip2::bufread::MultiBzDecoder::new(input)),
        };
        Ok(Self { output, file, bytes: 0, limits: limits.clone() })
    }

    /// Reads the file to its end, whatever is left of it, and says what its SHA-256 is, in hex.
    pub(super) fn digest(mut self) -> io::Result<String> {
        let mut buffer = vec![0; BUFFER];
        while self.file.read(&mut buffer)? > 0 {}
        let digest = self.file.0.borrow().digest.clone().finalize();
        Ok(crate::import::hex(&digest))
    }
}

impl Read for Unpacked<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.output.read(buffer)?;
        self.bytes = self.bytes.saturating_add(wide(read));
        if self.bytes > self.limits.bytes {
            return Err(Passed::Bytes.error());
        }
        let packed = self.file.0.borrow().bytes;
        if self.bytes > self.limits.ratio_free_bytes && self.bytes / self.limits.ratio.max(1) > packed {
            return Err(Passed::Ratio.error());
        }
        Ok(read)
    }
}

fn wide(number: usize) -> u64 {
    u64::try_from(number).unwrap_or(u64::MAX)
}
