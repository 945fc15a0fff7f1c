//! What a worker has to tell, on its way to the pipe.
//!
//! The asking thread only hands over; encoding and writing are done by another, while the next request is under
//! way. So no request waits for a pipe, and all that was answered is with the supervisor a moment later, whatever
//! the next request does.
//!
//! Must not do: drop anything while there is somebody who reads.

use std::io::Write;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use mlx5_schemas::model::exchange::{Exchange, ExchangeTime};

use crate::wire::{Frame, put_exchange, put_frame};

/// How long a message stays in the worker at most. Each delivery costs the requests under way some two milliseconds on
/// an emulated machine, and the margin before the deadline is longer than this.
const FLUSH_INTERVAL: Duration = Duration::from_millis(200);
/// How many messages stay in the worker at most.
const FLUSH_COUNT: usize = 2048;

/// One thing to tell.
#[derive(Debug)]
pub(super) enum Message {
    /// An exchange.
    Exchange(Exchange, ExchangeTime),
    /// Anything else.
    Frame(Frame),
}

/// Messages on their way out.
#[derive(Debug, Default)]
pub(super) struct Outbox {
    state: Mutex<State>,
    wake: Condvar,
}

#[derive(Debug, Default)]
struct State {
    messages: Vec<Message>,
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

    /// Hands over a message.
    pub(super) fn put(&self, message: Message) {
        let mut state = self.state();
        state.messages.push(message);
        if state.messages.len() == FLUSH_COUNT {
            self.wake.notify_one();
        }
    }

    /// When what this gives is dropped, nothing more will be handed over.
    pub(super) fn closing(&self) -> Closing<'_> {
        Closing(self)
    }

    /// Writes what was handed over, every [`FLUSH_INTERVAL`] or sooner, until the outbox is closed and empty.
    pub(super) fn deliver(&self, mut pipe: impl Write) {
        let mut messages = Vec::with_capacity(FLUSH_COUNT);
        let mut bytes = Vec::new();
        let mut is_open = true;
        loop {
            let mut state = self.state();
            if !state.closed && state.messages.len() < FLUSH_COUNT {
                let waited = self.wake.wait_timeout(state, FLUSH_INTERVAL);
                state = waited.unwrap_or_else(PoisonError::into_inner).0;
            }
            std::mem::swap(&mut messages, &mut state.messages);
            let closed = state.closed;
            drop(state);
            for message in messages.drain(..) {
                match message {
                    Message::Exchange(exchange, time) => put_exchange(&exchange, time, &mut bytes),
                    Message::Frame(frame) => put_frame(&frame, &mut bytes),
                }
            }
            // Without a reader the supervisor is gone or wants no more: its stop, or its end, ends this process.
            is_open = is_open && pipe.write_all(&bytes).and_then(|()| pipe.flush()).is_ok();
            bytes.clear();
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
                outbox.put(Message::Frame(Frame::Done));
                panic!("a defect");
            });
        }));
        assert!(asked.is_err());
        let mut expected = Vec::new();
        put_frame(&Frame::Done, &mut expected);
        assert_eq!(pipe, expected);
    }
}
