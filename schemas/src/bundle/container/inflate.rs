//! Decompression with a hard cap: no declared size is trusted.
//!
//! Must not do: allocate more than the cap.

use flate2::{Decompress, FlushDecompress, Status};

/// What is wrong with a DEFLATE stream.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum InflateFault {
    /// Not DEFLATE, or cut short.
    Malformed,
    /// It holds more than was declared.
    TooLong,
    /// It holds less than was declared.
    TooShort,
    /// It ends before the compressed data does.
    TrailingBytes,
}

impl InflateFault {
    /// In words, to follow "its compressed data".
    pub(super) fn words(self) -> &'static str {
        match self {
            Self::Malformed => "is not a whole DEFLATE stream",
            Self::TooLong => "holds more than its header declares",
            Self::TooShort => "holds less than its header declares",
            Self::TrailingBytes => "goes on after the end of its DEFLATE stream",
        }
    }
}

/// Inflates `data`, which must give exactly `length` bytes and be used up exactly.
pub(super) fn inflate(data: &[u8], length: usize) -> Result<Vec<u8>, InflateFault> {
    // One spare byte shows a stream that holds more than was declared.
    let mut out = vec![0_u8; length.saturating_add(1)];
    let mut stream = Decompress::new(false);
    let status =
        stream.decompress(data, &mut out, FlushDecompress::Finish).map_err(|_| InflateFault::Malformed)?;
    let produced = usize::try_from(stream.total_out()).unwrap_or(usize::MAX);
    if produced > length {
        return Err(InflateFault::TooLong);
    }
    match status {
        Status::StreamEnd => {}
        Status::Ok | Status::BufError => return Err(InflateFault::Malformed),
    }
    if produced < length {
        return Err(InflateFault::TooShort);
    }
    if usize::try_from(stream.total_in()).unwrap_or(usize::MAX) != data.len() {
        return Err(InflateFault::TrailingBytes);
    }
    out.truncate(length);
    Ok(out)
}
