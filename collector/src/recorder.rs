//! Makes an exchange of each request: asks, repeats where a device says that it is busy, notes the
//! times, and leaves a device alone once it has stopped answering.
//!
//! Each attempt has its own row and its own time, the refused ones too: of rows that follow one another with the same
//! request, the last is the outcome.
//!
//! Must not do: decide what to ask, or keep bytes that redaction drops.

use std::time::Duration;

use mlx5_schemas::model::command::CommandStatus;
use mlx5_schemas::model::exchange::{ExchangeTime, Outcome, Reply, SkipReason};
use mlx5_schemas::model::request::Request;
use mlx5_schemas::model::status::{CollectionStatus, classify_exchange, classify_reply};
use mlx5_schemas::redaction;

use crate::sys;
use crate::transport::Transport;

/// Most repeats of one request to a busy device.
const MAX_REPEATS: u32 = 5;

/// A clock that cannot go back, and a way to wait by it.
pub trait Clock {
    /// Nanoseconds since the start of the device's collection.
    fn now(&self) -> u64;
    /// Waits.
    fn pause(&self, duration: Duration);
}

/// The system's monotonic clock.
#[derive(Debug, Clone, Copy)]
pub struct MonotonicClock {
    origin: u64,
}

impl MonotonicClock {
    /// A clock that begins at zero now.
    pub fn start() -> Self {
        Self { origin: sys::monotonic() }
    }
}

impl Clock for MonotonicClock {
    fn now(&self) -> u64 {
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
        let collected = classify_exchange(request, outcome);
        match outcome {
            Outcome::Replied(reply) => Self::of_reply(reply, collected),
            Outcome::Undelivered { .. } | Outcome::NotAsked(_) => Self::none(collected),
        }
    }

    fn of_reply(reply: &Reply, collected: CollectionStatus) -> Self {
        let mut answer = Self { status: Some(reply.status), ..Self::none(collected) };
        let data = reply.data();
        if let Some(data) = data.first_chunk() {
            answer.head = *data;
            answer.length = ANSWER_HEAD;
        } else if let Some(room) = answer.head.get_mut(..data.len()) {
            room.copy_from_slice(data);
            answer.length = data.len();
        }
        answer
    }

    fn none(collected: CollectionStatus) -> Self {
        Self { status: None, collected, head: [0; ANSWER_HEAD], length: 0 }
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
    fn ask(&mut self, request: &Request, repeat: Repeat) -> Answer;

    /// Puts a request into the record that is not made, and why.
    fn skip(&mut self, request: &Request, reason: SkipReason);
}

/// Records what a device answers. All that it works with but the transport is known to the compiler, since it lies between two
/// requests.
pub struct Recorder<'a, C, P, S> {
    transport: &'a mut dyn Transport,
    clock: &'a C,
    stop: P,
    sink: S,
    given_up: bool,
    /// When the last row was made, if nothing was waited for since.
    free_since: Option<u64>,
}

impl<C, P, S> std::fmt::Debug for Recorder<'_, C, P, S> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Recorder").field("given_up", &self.given_up).finish_non_exhaustive()
    }
}

impl<'a, C, P, S> Recorder<'a, C, P, S>
where
    C: Clock,
    P: Fn() -> Option<SkipReason>,
    S: FnMut(&Request, &Outcome, ExchangeTime),
{
    /// A recorder on a transport. `stop` is asked before each request whether and why to stop asking;
    /// `sink` is shown every exchange, in order: the request, what became of it, and when.
    pub fn new(transport: &'a mut dyn Transport, clock: &'a C, stop: P, sink: S) -> Self {
        Self { transport, clock, stop, sink, given_up: false, free_since: None }
    }

    /// Makes one attempt at a request and notes it.
    fn attempt(&mut self, request: &Request) -> Answer {
        let start = self.free_since.unwrap_or_else(|| self.clock.now());
        let called = self.transport.call(request);
        let end = self.clock.now();
        self.free_since = Some(end);
        let elapsed = end.saturating_sub(start);
        let (answer, mut outcome) = match called {
            Ok(mut reply) => {
                let returned = redaction::keep(request, &mut reply);
                let answer = Answer::of_reply(&reply, classify_reply(request, &reply, returned));
                (answer, Outcome::Replied(reply))
            }
            Err(error) => {
                let errno = error.errno();
                self.given_up |= ends_questions(errno);
                let outcome = Outcome::Undelivered { errno };
                (Answer::of(request, &outcome), outcome)
            }
        };
        let time = ExchangeTime { start_us: start / 1000, elapsed_us: elapsed / 1000 };
        (self.sink)(request, &outcome, time);
        if let Outcome::Replied(reply) = &mut outcome {
            self.transport.take_back(std::mem::take(&mut reply.output));
        }
        answer
    }
}

impl<C, P, S> Ask for Recorder<'_, C, P, S>
where
    C: Clock,
    P: Fn() -> Option<SkipReason>,
    S: FnMut(&Request, &Outcome, ExchangeTime),
{
    fn ask(&mut self, request: &Request, repeat: Repeat) -> Answer {
        let skip = match (request.secret(), self.given_up) {
            (Some(_), _) => Some(SkipReason::Secret),
            (None, true) => Some(SkipReason::DeviceGivenUp),
            (None, false) => (self.stop)(),
        };
        if let Some(reason) = skip {
            let answer = Answer::of(request, &Outcome::NotAsked(reason));
            self.skip(request, reason);
            return answer;
        }
        let mut once_more = repeat == Repeat::OnceMoreIfRefused;
        let mut repeats = 0;
        loop {
            let answer = self.attempt(request);
            let is_busy = matches!(answer.status, Some(CommandStatus::RES_BUSY | CommandStatus::NOT_READY));
            let is_refused = answer.status.is_some_and(|status| status != CommandStatus::OK);
            let again = is_busy || is_refused && once_more;
            if !again || repeats == MAX_REPEATS || (self.stop)().is_some() {
                return answer;
            }
            if is_busy {
                self.clock.pause(Duration::from_millis(1 << repeats));
                self.free_since = None;
            } else {
                once_more = false;
            }
            repeats += 1;
        }
    }

    fn skip(&mut self, request: &Request, reason: SkipReason) {
        let now = self.clock.now();
        self.free_since = Some(now);
        let time = ExchangeTime { start_us: now / 1000, elapsed_us: 0 };
        (self.sink)(request, &Outcome::NotAsked(reason), time);
    }
}

/// Whether nothing more is asked after this errno: a command that timed out keeps one of the driver's few command slots
/// for good, and a device that is gone does not come back under this node.
pub(crate) fn ends_questions(errno: i32) -> bool {
    matches!(errno, libc::ETIMEDOUT | libc::ENODEV | libc::ENXIO)
}

#[cfg(test)]
mod tests;
