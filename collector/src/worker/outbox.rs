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

use mlx5_schemas::model::exchange::{ExchangeTime, Outcome};
use mlx5_schemas::model::request::Request;

use crate::wire::{Frame, put_exchange, put_frame};

/// How long what is told stays in the worker at most. Each delivery costs the requests under way some two milliseconds on
/// an emulated machine.
const FLUSH_INTERVAL: Duration = Duration::from_millis(200);
/// Likewise once the end is near.
const HURRIED_INTERVAL: Duration = Duration::from_millis(20);
/// How many bytes of it stay in the worker at most, but for one frame. A device's ordinary walk gives some 90 kB.
const FLUSH_BYTES: usize = 128 * 1024;
/// Room for that, and for the frame that makes it too much.
const ROOM: usize = FLUSH_BYTES + 8 * 1024;

/// Frames on their way out.
#[derive(Debug, Default)]
pub(super) struct Outbox {
    state: Mutex<State>,
    wake: Condvar,
}

#[derive(Debug)]
struct State {
    frames: Vec<u8>,
    /// What is written into while those are on their way.
    spare: Vec<u8>,
    closed: bool,
    /// How long what is told may wait.
    interval: Duration,
}

impl Default for State {
    fn default() -> Self {
        Self { frames: Vec::new(), spare: Vec::new(), closed: false, interval: FLUSH_INTERVAL }
    }
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
    pub(super) fn put_exchange(&self, request: &Request, outcome: &Outcome, time: ExchangeTime) {
        self.add(|frames| put_exchange(request, outcome, time, frames));
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

    /// Forgets what was handed over, and makes all the room that a reader who keeps up needs, twice: one part is filled while the other is
    /// written. All of it is written to now, so that none of its pages is met for the first time between two requests.
    pub(super) fn forget(&self) {
        let mut state = self.state();
        let room = || {
            let mut room = vec![0xff; ROOM];
            room.clear();
            room
        };
        (state.frames, state.spare) = (room(), room());
    }

    /// From now on everything is delivered as soon as it can be: somebody waits for it who will not wait long.
    pub(super) fn hurry(&self) {
        self.state().interval = HURRIED_INTERVAL;
        self.wake.notify_one();
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
                let interval = state.interval;
                let waited = self.wake.wait_timeout(state, interval);
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

    struct Pipe(std::sync::mpsc::Sender<usize>);

    impl Write for Pipe {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            self.0.send(bytes.len()).map_err(std::io::Error::other)?;
            Ok(bytes.len())
        }

        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn what_was_told_goes_out_when_the_end_is_near() {
        let outbox = Outbox::default();
        outbox.state().interval = Duration::from_secs(3600);
        let (sender, written) = std::sync::mpsc::channel();
        std::thread::scope(|scope| {
            scope.spawn(|| outbox.deliver(Pipe(sender)));
            let _closes = outbox.closing();
            outbox.put(&Frame::Done);
            // It waits by then, unless this machine is very busy; then there is nothing to wake, and nothing is lost.
            std::thread::sleep(Duration::from_millis(50));
            outbox.hurry();
            assert_eq!(written.recv_timeout(Duration::from_secs(30)), Ok(5));
        });
    }
}
