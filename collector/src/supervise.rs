//! One worker process per device, all at once, under one deadline: a hung device costs its own data only.
//!
//! The supervisor never waits for a device. It polls the workers' pipes; when the deadline nears or a device's
//! own time is used up (see [`limit`]), or the user interrupts, it tells the workers to stop asking, and kills
//! those that then are still inside a request. Whatever had been answered by then is kept, and what was planned
//! beyond it has its rows (see [`remainder`]).
//!
//! Must not do: open a device, or wait without a bound.

mod account;
mod complaint;
mod limit;
mod line;
mod outcome;
mod remainder;

use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use mlx5_schemas::catalog::Catalog;
use mlx5_schemas::model::manifest::Device;
use rustix::event::{PollFd, PollFlags, Timespec, poll};

pub use outcome::{DeviceOutcome, ProbeOutcome, deciding};

use crate::probe::ProbeId;
use crate::task::Target;
use account::{Account, Ending};
use line::Line;

/// How long all workers together may take to be gone, once the last is through or was killed.
const REAP_TIME: Duration = Duration::from_millis(50);
/// Longest sleep between two looks at the interruption flag.
const LONGEST_POLL: Duration = Duration::from_millis(50);

/// One device to collect from.
#[derive(Debug, Clone)]
pub struct DeviceTask {
    /// The device as discovery found it.
    pub device: Device,
    /// How it is reached.
    pub target: Target,
    /// The probes to run; their order is the fixed one.
    pub probes: Vec<ProbeId>,
}

/// Limits and surroundings of a collection.
#[derive(Debug, Clone)]
pub struct Options {
    /// When everything must have ended.
    pub deadline: Instant,
    /// How long each device may be asked, from the start of its worker, where that is less.
    pub device_budget: Option<Duration>,
    /// The start of the run, from which probe times count.
    pub started: Instant,
    /// What is started as a worker: a program that runs [`crate::worker::main`] when its first argument is
    /// [`WORKER_ARGUMENT`](crate::task::WORKER_ARGUMENT).
    pub program: PathBuf,
}

impl Options {
    /// Options with this very program as the worker.
    pub fn new(started: Instant, deadline: Instant) -> Self {
        Self { deadline, device_budget: None, started, program: PathBuf::from("/proc/self/exe") }
    }

    /// The same with a time that each device may be asked.
    #[must_use]
    pub fn device_budget(mut self, budget: Option<Duration>) -> Self {
        self.device_budget = budget;
        self
    }

    /// The same with another program as the worker.
    #[must_use]
    pub fn program(mut self, program: PathBuf) -> Self {
        self.program = program;
        self
    }
}

/// What is told while collection goes on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Event<'a> {
    /// Device id.
    pub device: &'a str,
    /// What happened.
    pub happened: Happened,
}

/// See [`Event`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Happened {
    /// The device is open.
    Opened,
    /// A probe began.
    ProbeStarted(ProbeId),
    /// So many exchanges of the running probe are in.
    Exchanges(usize),
    /// A probe is through.
    ProbeEnded(ProbeId),
    /// Nothing more will come of this device.
    Ended,
}

/// Collects from all devices at once; the outcomes are in the order of the tasks.
///
/// Returns at the latest a moment after the deadline, whatever the devices do. A worker that is stuck in
/// the kernel cannot be waited for: it is killed and goes when its request ends.
pub fn collect(
    tasks: Vec<DeviceTask>,
    options: &Options,
    interrupted: &AtomicBool,
    progress: &(dyn Fn(Event<'_>) + Sync),
) -> Vec<DeviceOutcome> {
    let mut lines: Vec<Line> = tasks.into_iter().map(|task| Line::start(task, options)).collect();
    let mut is_interrupted = false;
    loop {
        let now = Instant::now();
        if !is_interrupted && interrupted.load(Ordering::Relaxed) {
            is_interrupted = true;
            lines.iter_mut().for_each(|line| line.interrupt(now));
        }
        lines.iter_mut().for_each(|line| line.keep_to_limit(now, progress));
        let Some(next) = lines.iter().filter_map(Line::next_limit).min() else { break };
        for ready in wait(&lines, next.saturating_duration_since(now).min(LONGEST_POLL)) {
            if let Some(line) = lines.get_mut(ready) {
                line.receive(progress);
            }
        }
    }
    // All that were stuck are killed by now; those that the kernel holds are left to it.
    let reap_until = Instant::now() + REAP_TIME;
    let elapsed = options.started.elapsed();
    lines
        .into_iter()
        .map(|line| {
            let (account, ending) = line.end(reap_until);
            remainder::complete(account, ending, elapsed, Catalog::embedded())
        })
        .collect()
}

/// Waits until a worker has something to say, and returns which have.
fn wait(lines: &[Line], timeout: Duration) -> Vec<usize> {
    let open: Vec<(usize, &Line)> = lines.iter().enumerate().filter(|(_, line)| line.is_open()).collect();
    let mut descriptors: Vec<PollFd<'_>> = open
        .iter()
        .filter_map(|(_, line)| Some(PollFd::from_borrowed_fd(line.pipe()?, PollFlags::IN)))
        .collect();
    let timeout = Timespec::try_from(timeout).ok();
    // An interrupted or failed poll says nothing: the loop looks at the clock and comes back.
    if poll(&mut descriptors, timeout.as_ref()).is_err() {
        return Vec::new();
    }
    let ready = descriptors.iter().map(|descriptor| !descriptor.revents().is_empty());
    open.iter().zip(ready).filter(|(_, ready)| *ready).map(|((at, _), _)| *at).collect()
}

#[cfg(test)]
mod tests;
