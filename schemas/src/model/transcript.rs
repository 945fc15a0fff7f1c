//! The transcript member: exchanges in the order they were made, in a compact binary framing.
//!
//! Layout (all numbers LEB128 unless said): the 8 bytes `MLX5XCH1`, then per exchange
//!
//! | field | meaning |
//! |---|---|
//! | outcome, one byte | 0 replied, 1 undelivered, 2 not asked |
//! | input length | bytes of the input buffer |
//! | stored input length | the input without its trailing zeros |
//! | stored input | that many bytes |
//! | replied: kept length | bytes of the output that were kept (header included) |
//! | replied: stored length | the kept output without its trailing zeros |
//! | replied: stored output | that many bytes |
//! | undelivered: errno | Linux errno |
//! | not asked: reason, one byte | 1 device given up, 2 deadline, 3 unchosen, 4 capability mask, 5 interrupted, 6 secret, 7 device budget |
//!
//! The room for the output is not stored: it follows from the request. Numbers are minimal; a reader refuses
//! longer forms, so that equal transcripts are equal bytes.
//!
//! Must not do: decode registers. Reading is total: any bytes give a transcript or an error.

use std::ops::Range;

use super::command::{CAPABILITY_LENGTH, HEADER_LENGTH};
use super::exchange::{Exchange, Outcome, Reply, SkipReason};
use super::request::{Request, RequestError};

/// First bytes of every transcript member.
pub const MAGIC: &[u8; 8] = b"MLX5XCH1";

/// Most bytes that one buffer can have here: a capability page with its header.
const MAX_BUFFER: usize = HEADER_LENGTH + CAPABILITY_LENGTH;

/// How the names of transcript members end.
pub const SUFFIX: &str = ".exchanges";

/// What an exchange takes in memory beside its two buffers, roughly.
const EXCHANGE_OVERHEAD: usize = 256;

/// Most memory that the exchanges of one member may take, in bytes. Trimmed zeros come back when a record is read, so
/// that seven bytes of a member can stand for four kilobytes; a full dump of a device takes some two megabytes.
pub const MAX_WEIGHT: usize = 64 << 20;

/// An exchange read back, with the place of its record in the member.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recorded {
    /// The exchange.
    pub exchange: Exchange,
    /// Bytes of the record within the member.
    pub place: Range<usize>,
}

/// Why a transcript cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TranscriptError {
    /// It does not begin with [`MAGIC`].
    #[error("not a transcript (it does not begin with MLX5XCH1)")]
    Magic,
    /// It ends inside a record.
    #[error("the transcript ends inside the record at byte {at}")]
    Truncated {
        /// First byte of the record.
        at: usize,
    },
    /// A record says something that no writer writes.
    #[error("the record at byte {at} is malformed: {reason}")]
    Malformed {
        /// First byte of the record.
        at: usize,
        /// What is wrong.
        reason: &'static str,
    },
    /// A record holds a request that may not be made.
    #[error("the record at byte {at} holds no permitted request")]
    Request {
        /// First byte of the record.
        at: usize,
        /// Why.
        #[source]
        source: RequestError,
    },
    /// More exchanges than [`MAX_WEIGHT`] permits.
    #[error("the exchanges of one transcript would take more than {MAX_WEIGHT} bytes of memory")]
    TooMany,
}

/// Writes exchanges in the framing above.
pub fn encode<'a>(exchanges: impl IntoIterator<Item = &'a Exchange>) -> Vec<u8> {
    let mut out = MAGIC.to_vec();
    for exchange in exchanges {
        encode_exchange(exchange, &mut out);
    }
    out
}

/// Writes one record.
fn encode_exchange(exchange: &Exchange, out: &mut Vec<u8>) {
    let (input, set) = (exchange.request.bytes(), exchange.request.set_bytes());
    out.push(match &exchange.outcome {
        Outcome::Replied(_) => 0,
        Outcome::Undelivered { .. } => 1,
        Outcome::NotAsked(_) => 2,
    });
    put_buffer(out, input.len(), set);
    match &exchange.outcome {
        Outcome::Replied(reply) => {
            put_buffer(out, reply.output.len(), without_trailing_zeros(&reply.output));
        }
        Outcome::Undelivered { errno } => put_number(out, usize::try_from(*errno).unwrap_or(0)),
        Outcome::NotAsked(reason) => out.push(reason.number()),
    }
}

/// Reads a whole transcript member.
///
/// # Errors
/// At the first byte that no writer would write.
pub fn decode(member: &[u8]) -> Result<Vec<Recorded>, TranscriptError> {
    let mut cursor = member.strip_prefix(MAGIC).ok_or(TranscriptError::Magic)?;
    let mut records = Vec::new();
    let mut weight = 0_usize;
    while !cursor.is_empty() {
        let at = member.len().saturating_sub(cursor.len());
        let exchange = decode_exchange(&mut cursor, at)?;
        weight = weight.saturating_add(weight_of(&exchange));
        if weight > MAX_WEIGHT {
            return Err(TranscriptError::TooMany);
        }
        let end = member.len().saturating_sub(cursor.len());
        records.push(Recorded { exchange, place: at..end });
    }
    Ok(records)
}

/// Memory that the exchanges of a member take when they are read, in bytes, without holding them. Counting ends
/// beyond [`MAX_WEIGHT`] and at the first byte that no writer would write: [`decode`] refuses such a member.
pub fn weight(member: &[u8]) -> usize {
    let mut cursor = member.strip_prefix(MAGIC).unwrap_or_default();
    let mut weight = 0_usize;
    while weight <= MAX_WEIGHT
        && !cursor.is_empty()
        && let Ok(exchange) = decode_exchange(&mut cursor, 0)
    {
        weight = weight.saturating_add(weight_of(&exchange));
    }
    weight
}

fn weight_of(exchange: &Exchange) -> usize {
    let output = match &exchange.outcome {
        Outcome::Replied(reply) => reply.output.len(),
        Outcome::Undelivered { .. } | Outcome::NotAsked(_) => 0,
    };
    exchange.request.bytes().len().saturating_add(output).saturating_add(EXCHANGE_OVERHEAD)
}

/// Reads one record from the front of `cursor`; `at` is its place, for error messages.
///
/// # Errors
/// See [`decode`].
pub fn decode_exchange(cursor: &mut &[u8], at: usize) -> Result<Exchange, TranscriptError> {
    let kind = take_byte(cursor, at)?;
    let input_length = take_number(cursor, at)?;
    let input = take_bytes(cursor, at, input_length)?;
    let request = Request::from_input(&input).map_err(|source| TranscriptError::Request { at, source })?;
    let malformed = |reason| TranscriptError::Malformed { at, reason };
    let outcome = match kind {
        0 => {
            let kept = take_number(cursor, at)?;
            if kept > request.output_length() {
                return Err(malformed("more output than there was room for"));
            }
            let output = take_bytes(cursor, at, kept)?;
            Outcome::Replied(Reply::from_output(output).ok_or(malformed("output shorter than a header"))?)
        }
        1 => match i32::try_from(take_number(cursor, at)?) {
            Ok(errno @ 1..=4095) => Outcome::Undelivered { errno },
            Ok(_) | Err(_) => return Err(malformed("errno out of range")),
        },
        2 => {
            let reason = SkipReason::of_number(take_byte(cursor, at)?);
            Outcome::NotAsked(reason.ok_or(malformed("unknown reason"))?)
        }
        _ => return Err(malformed("unknown outcome")),
    };
    Ok(Exchange { request, outcome })
}

fn put_number(out: &mut Vec<u8>, mut number: usize) {
    while number > 0x7f {
        out.push(0x80 | number.to_le_bytes()[0]);
        number >>= 7;
    }
    out.push(number.to_le_bytes()[0]);
}

/// The length of a buffer, and what there is of it up to the last byte that is set.
fn put_buffer(out: &mut Vec<u8>, length: usize, set: &[u8]) {
    put_number(out, length);
    put_number(out, set.len());
    out.extend_from_slice(set);
}

/// Bytes up to the last that is set. Most buffers end in hundreds of zeros, and this runs between two requests: sixty-four
/// bytes at a time, then sixteen.
pub fn without_trailing_zeros(bytes: &[u8]) -> &[u8] {
    let mut stored = bytes;
    while let Some((rest, last)) = stored.split_last_chunk::<64>() {
        let (parts, _) = last.as_chunks::<16>();
        if parts.iter().fold(0, |bits, part| bits | u128::from_ne_bytes(*part)) != 0 {
            break;
        }
        stored = rest;
    }
    while let Some((rest, last)) = stored.split_last_chunk::<16>() {
        let last = u128::from_be_bytes(*last);
        if last != 0 {
            let zeros = usize::try_from(last.trailing_zeros() / 8).unwrap_or(0);
            return stored.get(..stored.len().saturating_sub(zeros)).unwrap_or_default();
        }
        stored = rest;
    }
    while let Some((0, rest)) = stored.split_last() {
        stored = rest;
    }
    stored
}

fn take_byte(cursor: &mut &[u8], at: usize) -> Result<u8, TranscriptError> {
    let (&byte, rest) = cursor.split_first().ok_or(TranscriptError::Truncated { at })?;
    *cursor = rest;
    Ok(byte)
}

/// At most three bytes (2^21): no buffer here is longer.
fn take_number(cursor: &mut &[u8], at: usize) -> Result<usize, TranscriptError> {
    let mut number = 0_usize;
    for shift in [0, 7, 14] {
        let byte = take_byte(cursor, at)?;
        number |= usize::from(byte & 0x7f) << shift;
        if byte & 0x80 == 0 {
            if byte == 0 && shift > 0 {
                return Err(TranscriptError::Malformed {
                    at,
                    reason: "a number in a longer form than needed",
                });
            }
            return Ok(number);
        }
    }
    Err(TranscriptError::Malformed { at, reason: "a number of more than three bytes" })
}

/// Stored bytes, extended with the zeros that were trimmed, to `length`.
fn take_bytes(cursor: &mut &[u8], at: usize, length: usize) -> Result<Vec<u8>, TranscriptError> {
    let stored = take_number(cursor, at)?;
    if length > MAX_BUFFER || stored > length {
        return Err(TranscriptError::Malformed { at, reason: "a length out of range" });
    }
    let (bytes, rest) = cursor.split_at_checked(stored).ok_or(TranscriptError::Truncated { at })?;
    if bytes.last() == Some(&0) {
        return Err(TranscriptError::Malformed { at, reason: "trailing zeros that were not trimmed" });
    }
    *cursor = rest;
    let mut whole = bytes.to_vec();
    whole.resize(length, 0);
    Ok(whole)
}
