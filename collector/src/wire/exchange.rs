//! The frame of an exchange. The form is made for whoever writes it, since that is done between two requests: everything
//! but the two buffers has its place in a head of fixed length, all numbers big-endian.
//!
//! | bytes | meaning |
//! |---|---|
//! | 8, 8 | microseconds from the start of the device's collection to the request, and until the outcome |
//! | 1 | outcome: 0 replied, 1 undelivered, 2 not asked |
//! | 4 | undelivered: Linux errno; not asked: the reason's number; else 0 |
//! | 2, 2 | length of the input buffer, and of the part of it that follows: without zeros at its end |
//! | 2, 2 | likewise of the output as it is kept, a short one with its zeros; 0 where there is none |
//!
//! Must not do: shorten what is kept.

use mlx5_schemas::model::exchange::{Exchange, ExchangeTime, Outcome, Reply, SkipReason};
use mlx5_schemas::model::request::Request;
use mlx5_schemas::model::transcript::without_trailing_zeros;

use super::{PREFIX, WireError, kind, take};

/// Bytes of a body before the two buffers.
const HEAD: usize = 29;
/// An output longer than this goes without the zeros at its end. Looking for them takes longer than sending a few.
const SENT_WHOLE: usize = 512;

/// An exchange as it was sent: it is read when there is time for it, not while requests are under way.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SentExchange {
    body: Vec<u8>,
}

impl SentExchange {
    /// The exchange, ready to be sent.
    pub fn new(request: &Request, outcome: &Outcome, time: ExchangeTime) -> Self {
        let mut body = Vec::new();
        put_exchange(request, outcome, time, &mut body);
        body.drain(..PREFIX);
        Self { body }
    }

    /// What a frame of this kind holds.
    pub(super) fn of_body(body: Vec<u8>) -> Self {
        Self { body }
    }

    pub(super) fn body(&self) -> &[u8] {
        &self.body
    }

    /// The exchange and when it happened.
    ///
    /// # Errors
    /// When no worker sends these bytes.
    pub fn read(&self) -> Result<(Exchange, ExchangeTime), WireError> {
        let malformed = WireError::Body { kind: kind::EXCHANGE };
        let (time, request, outcome) = self.parts().ok_or(malformed.clone())?;
        let request = Request::from_input(&request)?;
        if let Outcome::Replied(reply) = &outcome
            && reply.output.len() > request.output_length()
        {
            return Err(malformed);
        }
        Ok((Exchange { request, outcome }, time))
    }

    /// When it happened, the input buffer, and what became of it.
    fn parts(&self) -> Option<(ExchangeTime, Vec<u8>, Outcome)> {
        let mut rest = self.body.as_slice();
        let mut time = || take(&mut rest).map(u64::from_be_bytes);
        let time = ExchangeTime { start_us: time()?, elapsed_us: time()? };
        let [outcome] = take(&mut rest)?;
        let detail = u32::from_be_bytes(take(&mut rest)?);
        let mut length = || take(&mut rest).map(|length| usize::from(u16::from_be_bytes(length)));
        let (input_length, input_set) = (length()?, length()?);
        let (output_length, output_set) = (length()?, length()?);
        let input = buffer(&mut rest, input_length, input_set)?;
        let output = buffer(&mut rest, output_length, output_set)?;
        let outcome = match outcome {
            0 if detail == 0 => Outcome::Replied(Reply::from_output(output)?),
            1 if output_length == 0 => {
                // It goes into transcripts, which take no others.
                let errno = i32::try_from(detail).ok().filter(|errno| (1..=4095).contains(errno))?;
                Outcome::Undelivered { errno }
            }
            2 if output_length == 0 => Outcome::NotAsked(SkipReason::of_number(u8::try_from(detail).ok()?)?),
            _ => return None,
        };
        rest.is_empty().then_some((time, input, outcome))
    }
}

/// A buffer of which so many bytes follow; the rest of it is zeros.
fn buffer(rest: &mut &[u8], length: usize, set: usize) -> Option<Vec<u8>> {
    let (bytes, after) = rest.split_at_checked(set).filter(|_| set <= length)?;
    *rest = after;
    let mut buffer = bytes.to_vec();
    buffer.resize(length, 0);
    Some(buffer)
}

/// Appends the frame of an exchange.
#[inline]
pub fn put_exchange(request: &Request, outcome: &Outcome, time: ExchangeTime, out: &mut Vec<u8>) {
    let (outcome, detail, output): (u8, u32, &[u8]) = match outcome {
        Outcome::Replied(reply) => (0, 0, &reply.output),
        // One that is none is refused where it is read.
        Outcome::Undelivered { errno } => (1, u32::try_from(*errno).unwrap_or(0), &[]),
        Outcome::NotAsked(reason) => (2, u32::from(reason.number()), &[]),
    };
    let input = request.set_bytes();
    let sent = if output.len() > SENT_WHOLE { without_trailing_zeros(output) } else { output };
    // No buffer is longer than a capability page, and a length that is none does not add up where it is read.
    let short = |length: usize| u16::try_from(length).unwrap_or(u16::MAX);
    let body = u32::try_from(HEAD + input.len() + sent.len()).unwrap_or(u32::MAX);
    let lengths = [short(request.bytes().len()), short(input.len()), short(output.len()), short(sent.len())];
    let mut head = [0; PREFIX + HEAD];
    let mut rest = head.as_mut_slice();
    put(&mut rest, [kind::EXCHANGE]);
    put(&mut rest, body.to_be_bytes());
    put(&mut rest, time.start_us.to_be_bytes());
    put(&mut rest, time.elapsed_us.to_be_bytes());
    put(&mut rest, [outcome]);
    put(&mut rest, detail.to_be_bytes());
    for length in lengths {
        put(&mut rest, length.to_be_bytes());
    }
    out.extend_from_slice(&head);
    out.extend_from_slice(input);
    out.extend_from_slice(sent);
}

fn put<const N: usize>(rest: &mut &mut [u8], bytes: [u8; N]) {
    if let Some((place, after)) = std::mem::take(rest).split_first_chunk_mut() {
        *place = bytes;
        *rest = after;
    }
}
