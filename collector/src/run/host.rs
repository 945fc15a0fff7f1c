//! Reads the host on a thread of its own, beside the devices and under the same deadline.
//!
//! Must not do: wait for a file that hangs. What came before it is kept.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use mlx5_schemas::model::host::{HostCapture, HostCaptures};
use mlx5_schemas::model::status::CollectionStatus;

use crate::host;
use crate::root::Root;

/// How often the interrupt flag is looked at.
const PAUSE: Duration = Duration::from_millis(100);
/// How long devices wait for the host at most.
const HEAD_START: Duration = Duration::from_millis(500);
/// What an interrupted run still waits for the host: its files are quick.
const GRACE: Duration = Duration::from_millis(500);

/// The host while it is being read.
#[derive(Debug)]
pub(super) struct Reading {
    captures: Receiver<HostCapture>,
    thread: Option<JoinHandle<()>>,
    started: Instant,
    start_ms: u64,
}

/// The host as it was read.
#[derive(Debug)]
pub(super) struct Read {
    pub(super) captures: HostCaptures,
    pub(super) start_ms: u64,
    pub(super) elapsed_ms: u64,
    /// Why reading did not come to its end.
    pub(super) gave_up: Option<(CollectionStatus, String)>,
}

impl Read {
    /// Whether time was what it lacked.
    pub(super) fn is_late(&self) -> bool {
        self.gave_up.as_ref().is_some_and(|(status, _)| *status == CollectionStatus::Timeout)
    }
}

impl Reading {
    /// Begins.
    pub(super) fn start(root: &Root, functions: Vec<host::Function>, run_started: Instant) -> Self {
        let (sender, captures) = channel();
        let root = root.clone();
        let started = Instant::now();
        let thread = std::thread::Builder::new().name("host".to_owned()).spawn(move || {
            // A receiver that is gone has given up on us.
            host::capture(&root, &functions, &mut |capture| drop(sender.send(capture)));
        });
        Self { captures, thread: thread.ok(), started, start_ms: millis(started.duration_since(run_started)) }
    }

    /// Lets the reading come to its end before devices are asked, if that takes no longer than a moment: beside
    /// them it would slow them down.
    pub(super) fn head_start(&self, deadline: Instant, interrupted: &AtomicBool) {
        let until = deadline.min(Instant::now() + HEAD_START);
        let is_reading = || self.thread.as_ref().is_some_and(|thread| !thread.is_finished());
        while is_reading() && Instant::now() < until && !interrupted.load(Ordering::Relaxed) {
            std::thread::sleep(Duration::from_millis(1));
        }
    }

    /// Takes what comes until the end, the deadline or an interruption, then reads the taint mask once more.
    pub(super) fn finish(mut self, root: &Root, deadline: Instant, interrupted: &AtomicBool) -> Read {
        let mut captures = Vec::new();
        let mut until = deadline;
        let gave_up = loop {
            let now = Instant::now();
            if interrupted.load(Ordering::Relaxed) {
                until = until.min(now + GRACE);
            }
            match self.captures.recv_timeout(until.saturating_duration_since(now).min(PAUSE)) {
                Ok(capture) => captures.push(capture),
                Err(RecvTimeoutError::Disconnected) => break self.ended_early(),
                Err(RecvTimeoutError::Timeout) if Instant::now() < until => {}
                Err(RecvTimeoutError::Timeout) => {
                    let last =
                        captures.last().map_or("the first", |capture: &HostCapture| capture.name.as_str());
                    let reason = format!("the file after {last} gave no answer in time");
                    break Some((CollectionStatus::Timeout, reason));
                }
            }
        };
        captures.push(host::taint_at_end(root));
        captures.sort_by(|a, b| a.name.cmp(&b.name));
        Read {
            captures: HostCaptures { captures },
            start_ms: self.start_ms,
            elapsed_ms: millis(self.started.elapsed()),
            gave_up,
        }
    }

    fn ended_early(&mut self) -> Option<(CollectionStatus, String)> {
        match self.thread.take().map(JoinHandle::join) {
            Some(Ok(())) => None,
            Some(Err(_)) => Some((
                CollectionStatus::Error,
                "reading the host ended by a defect of the collector".to_owned(),
            )),
            None => Some((CollectionStatus::Error, "no thread could be started to read the host".to_owned())),
        }
    }
}

fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}
