//! What a worker has to tell, on its way to the pipe.
//!
//! The asking thread puts it into its form, which is small; writing is done by another, while the next request is under
//! way. So no request waits for a pipe, and all that was answered is with the supervisor a moment later, whatever
//! the next request does.
//!
//! Must not do: drop anything while there is somebody who reads.

use std::io::Write;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use mlx5_schemas::model::exchange::{Exchange, ExchangeTime};

use crate::wire::{Frame, put_exchange, put_frame};

/// How long what is told stays in the worker at most. Each delivery costs the requests under way some two milliseconds on
/// an emulated machine, and the margin before the deadline is longer than this.
const FLUSH_INTERVAL: Duration = Duration::from_millis(200);
/// How many bytes of it stay in the worker at most, but for one frame. A device's ordinary walk gives some 70 kB.
const FLUSH_BYTES: usize = 128 * 1024;

/// Frames on their way out.
#[derive(Debug, Default)]
pub(super) struct Outbox {
    state: Mutex<State>,
    wake: Condvar,
}

#[derive(Debug, Default)]
struct State {
    frames: Vec<u8>,
    /// What is written into while those are on their way.
    spare: Vec<u8>,
    closed: bool,
}

/// Closes an outbox when it is dropped, in a panic too.
#[derive(Debug)]
pub(super) struct Closing<'a>(&'a Outbox);

impl Drop for Closing<'_> {
    fn drop(&mut self) {
        self.0.state().closed = true;
        self.0.wake.notify_one();
    }
}

impl Outbox {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Hands over an exchange.
    pub(super) fn put_exchange(&self, exchange: &Exchange, time: ExchangeTime) {
        self.add(|frames| put_exchange(exchange, time, frames));
    }

    /// Hands over anything else.
    pub(super) fn put(&self, frame: &Frame) {
        self.add(|frames| put_frame(frame, frames));
    }

    fn add(&self, frame: impl FnOnce(&mut Vec<u8>)) {
        let mut state = self.state();
        let was_full = state.frames.len() >= FLUSH_BYTES;
        frame(&mut state.frames);
        if !was_full && state.frames.len() >= FLUSH_BYTES {
            self.wake.notify_one();
        }
    }

    /// Forgets what was handed over and keeps the room that it took, twice: one part is filled while the other is
    /// written.
    pub(super) fn forget(&self) {
        let mut state = self.state();
        state.spare = state.frames.clone();
        state.spare.clear();
        state.frames.clear();
    }

    /// When what this gives is dropped, nothing more will be handed over.
    pub(super) fn closing(&self) -> Closing<'_> {
        Closing(self)
    }

    /// Writes what was handed over, every [`FLUSH_INTERVAL`] or sooner, until the outbox is closed and empty.
    pub(super) fn deliver(&self, mut pipe: impl Write) {
        let mut frames = std::mem::take(&mut self.state().spare);
        let mut is_open = true;
        loop {
            let mut state = self.state();
            if !state.closed && state.frames.len() < FLUSH_BYTES {
                let waited = self.wake.wait_timeout(state, FLUSH_INTERVAL);
                state = waited.unwrap_or_else(PoisonError::into_inner).0;
            }
            std::mem::swap(&mut frames, &mut state.frames);
            let closed = state.closed;
            drop(state);
            // Without a reader the supervisor is gone or wants no more: its stop, or its end, ends this process.
            is_open = is_open && pipe.write_all(&frames).and_then(|()| pipe.flush()).is_ok();
            frames.clear();
            if closed {
                return;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_of_the_asking_thread_ends_delivery_after_what_was_handed_over() {
        let outbox = Outbox::default();
        let mut pipe = Vec::new();
        let asked = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            std::thread::scope(|scope| {
                scope.spawn(|| outbox.deliver(&mut pipe));
                let _closes = outbox.closing();
                outbox.put(&Frame::Done);
                panic!("a defect");
            });
        }));
        assert!(asked.is_err());
        let mut expected = Vec::new();
        put_frame(&Frame::Done, &mut expected);
        assert_eq!(pipe, expected);
    }
}
