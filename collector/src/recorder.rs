//! Makes an [`Exchange`] of each request: asks, repeats where a device says that it is busy, notes the
//! times, and leaves a device alone once it has stopped answering.
//!
//! Each attempt has its own row and its own time, the refused ones too: of rows that follow one another with the same
//! request, the last is the outcome.
//!
//! Must not do: decide what to ask, or keep bytes that redaction drops.

use std::time::Duration;

use mlx5_schemas::model::command::CommandStatus;
use mlx5_schemas::model::exchange::{Exchange, ExchangeTime, Outcome, SkipReason};
use mlx5_schemas::model::request::Request;
use mlx5_schemas::model::status::{CollectionStatus, classify_exchange};
use mlx5_schemas::redaction;

use crate::sys;
use crate::transport::Transport;

/// Most repeats of one request to a busy device.
const MAX_REPEATS: u32 = 5;

/// A clock that cannot go back, and a way to wait by it.
pub trait Clock {
    /// Time since the start of the device's collection.
    fn now(&self) -> Duration;
    /// Waits.
    fn pause(&self, duration: Duration);
}

/// The system's monotonic clock.
#[derive(Debug, Clone, Copy)]
pub struct MonotonicClock {
    origin: Duration,
}

impl MonotonicClock {
    /// A clock that begins at zero now.
    pub fn start() -> Self {
        Self { origin: sys::monotonic() }
    }
}

impl Clock for MonotonicClock {
    fn now(&self) -> Duration {
        sys::monotonic().saturating_sub(self.origin)
    }

    fn pause(&self, duration: Duration) {
        std::thread::sleep(duration);
    }
}

/// When a request is made again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Repeat {
    /// While the device says that it is busy or not ready, a few times.
    WhileBusy,
    /// Likewise, and once more after any other refusal (MFRL refuses its first read after a reset).
    OnceMoreIfRefused,
}

/// Bytes of data that an [`Answer`] shows.
const ANSWER_HEAD: usize = 80;

/// What a probe gets to hear of an exchange: enough to choose its next question by. The exchange itself is in
/// the record by then.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Answer {
    status: Option<CommandStatus>,
    collected: CollectionStatus,
    head: [u8; ANSWER_HEAD],
    length: usize,
}

impl Answer {
    /// What there is to hear of an outcome.
    pub fn of(request: &Request, outcome: &Outcome) -> Self {
        let mut head = [0; ANSWER_HEAD];
        let (status, data) = match outcome {
            Outcome::Replied(reply) => (Some(reply.status), reply.data()),
            Outcome::Undelivered { .. } | Outcome::NotAsked(_) => (None, &[][..]),
        };
        let length = data.len().min(ANSWER_HEAD);
        if let (Some(room), Some(data)) = (head.get_mut(..length), data.get(..length)) {
            room.copy_from_slice(data);
        }
        let collected = classify_exchange(request, outcome);
        Self { status, collected, head, length }
    }

    /// What firmware said; `None` when it was not reached.
    pub fn status(&self) -> Option<CommandStatus> {
        self.status
    }

    /// What became of the item.
    pub fn collected(&self) -> CollectionStatus {
        self.collected
    }

    /// The first bytes of the data, where the command was carried out and the answer is about what was asked.
    pub fn data(&self) -> Option<&[u8]> {
        (self.collected == CollectionStatus::Captured)
            .then(|| self.head.get(..self.length).unwrap_or_default())
    }

    /// A big-endian dword of the data; `None` where there is none.
    pub fn dword(&self, index: usize) -> Option<u32> {
        let at = index.checked_mul(4)?;
        let bytes = self.data()?.get(at..at.checked_add(4)?)?;
        bytes.try_into().ok().map(u32::from_be_bytes)
    }
}

/// Whoever probes put their requests to.
pub trait Ask {
    /// Makes a request, or says why it was not made; either way it has its row in the record.
    fn ask(&mut self, request: Request, repeat: Repeat) -> Answer;

    /// Puts a request into the record that is not made, and why.
    fn skip(&mut self, request: Request, reason: SkipReason);
}

/// Records what a device answers.
pub struct Recorder<'a> {
    transport: &'a mut dyn Transport,
    clock: &'a dyn Clock,
    stop: &'a dyn Fn() -> Option<SkipReason>,
    sink: &'a mut dyn FnMut(&Exchange, ExchangeTime),
    given_up: bool,
}

impl std::fmt::Debug for Recorder<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Recorder").field("given_up", &self.given_up).finish_non_exhaustive()
    }
}

impl<'a> Recorder<'a> {
    /// A recorder on a transport. `stop` is asked before each request whether and why to stop asking;
    /// `sink` is shown every exchange, in order.
    pub fn new(
        transport: &'a mut dyn Transport,
        clock: &'a dyn Clock,
        stop: &'a dyn Fn() -> Option<SkipReason>,
        sink: &'a mut dyn FnMut(&Exchange, ExchangeTime),
    ) -> Self {
        Self { transport, clock, stop, sink, given_up: false }
    }

    fn call(&mut self, request: &Request) -> Outcome {
        match self.transport.call(request) {
            Ok(reply) => Outcome::Replied(redaction::kept(request, reply)),
            Err(error) => Outcome::Undelivered { errno: error.errno() },
        }
    }

    /// Makes one attempt and notes it; gives the request back for the next.
    fn attempt(&mut self, request: Request) -> (Request, Attempt) {
        let start = self.clock.now();
        let outcome = self.call(&request);
        let elapsed = self.clock.now().saturating_sub(start);
        let attempt = Attempt {
            answer: Answer::of(&request, &outcome),
            is_busy: is_busy(&outcome),
            is_refused: is_refused(&outcome),
            is_given_up: is_given_up(&outcome),
        };
        let time = ExchangeTime { start_us: micros(start), elapsed_us: micros(elapsed) };
        let exchange = Exchange { request, outcome };
        (self.sink)(&exchange, time);
        (exchange.request, attempt)
    }

    fn ask_repeatedly(&mut self, request: Request, repeat: Repeat) -> Attempt {
        let mut once_more = repeat == Repeat::OnceMoreIfRefused;
        let (mut request, mut attempt) = self.attempt(request);
        let mut repeats = 0;
        while repeats < MAX_REPEATS && (self.stop)().is_none() {
            if attempt.is_busy {
                self.clock.pause(Duration::from_millis(1 << repeats));
            } else if once_more && attempt.is_refused {
                once_more = false;
            } else {
                break;
            }
            repeats += 1;
            (request, attempt) = self.attempt(request);
        }
        attempt
    }
}

/// What decides whether a request is made again.
#[derive(Debug, Clone, Copy)]
struct Attempt {
    answer: Answer,
    is_busy: bool,
    is_refused: bool,
    is_given_up: bool,
}

impl Ask for Recorder<'_> {
    fn ask(&mut self, request: Request, repeat: Repeat) -> Answer {
        let skip = match (request.secret(), self.given_up) {
            (Some(_), _) => Some(SkipReason::Secret),
            (None, true) => Some(SkipReason::DeviceGivenUp),
            (None, false) => (self.stop)(),
        };
        if let Some(reason) = skip {
            let answer = Answer::of(&request, &Outcome::NotAsked(reason));
            self.skip(request, reason);
            return answer;
        }
        let attempt = self.ask_repeatedly(request, repeat);
        self.given_up |= attempt.is_given_up;
        attempt.answer
    }

    fn skip(&mut self, request: Request, reason: SkipReason) {
        let time = ExchangeTime { start_us: micros(self.clock.now()), elapsed_us: 0 };
        (self.sink)(&Exchange { request, outcome: Outcome::NotAsked(reason) }, time);
    }
}

/// Microseconds, at most what 64 bits hold.
pub(crate) fn micros(duration: Duration) -> u64 {
    duration.as_secs().saturating_mul(1_000_000).saturating_add(u64::from(duration.subsec_micros()))
}

/// Whether a request with this outcome is made again as soon as the device has had a moment.
fn is_busy(outcome: &Outcome) -> bool {
    match outcome {
        Outcome::Replied(reply) => matches!(reply.status, CommandStatus::RES_BUSY | CommandStatus::NOT_READY),
        Outcome::Undelivered { .. } | Outcome::NotAsked(_) => false,
    }
}

fn is_refused(outcome: &Outcome) -> bool {
    match outcome {
        Outcome::Replied(reply) => reply.status != CommandStatus::OK,
        Outcome::Undelivered { .. } | Outcome::NotAsked(_) => false,
    }
}

fn is_given_up(outcome: &Outcome) -> bool {
    match outcome {
        Outcome::Undelivered { errno } => ends_questions(*errno),
        Outcome::Replied(_) | Outcome::NotAsked(_) => false,
    }
}

/// Whether nothing more is asked after this errno: a command that timed out keeps one of the driver's few command slots
/// for good, and a device that is gone does not come back under this node.
pub(crate) fn ends_questions(errno: i32) -> bool {
    matches!(errno, libc::ETIMEDOUT | libc::ENODEV | libc::ENXIO)
}

#[cfg(test)]
mod tests;
