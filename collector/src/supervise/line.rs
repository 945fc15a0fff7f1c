//! The line to one worker: its process, the pipe on which it tells, and the one on which it is told to stop.
//!
//! Must not do: wait for the process longer than a moment; it may be stuck in the kernel.

use std::io::{Read, Write};
use std::os::fd::{AsFd, BorrowedFd};
use std::os::unix::process::CommandExt;
use std::process::{Child, ChildStderr, ChildStdin, ChildStdout, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use mlx5_schemas::model::exchange::SkipReason;

use super::complaint::complaint;
use super::limit::Limit;
use super::{Account, DeviceTask, Ending, Event, Happened, Options};
use crate::probe::ProbeId;
use crate::task::{Task, WORKER_ARGUMENT, stop_byte};
use crate::wire::Frames;

/// Most bytes that are taken from one worker. A full collection is well below one mebibyte.
const MAX_STREAM: u64 = 32 * 1024 * 1024;
/// How long a worker that has closed its pipe may take to be gone.
const REAP_TIME: Duration = Duration::from_millis(50);

/// The line to one worker.
pub(super) struct Line {
    account: Account,
    limit: Limit,
    is_told: bool,
    worker: Option<Worker>,
    /// Set when nothing more comes.
    ending: Option<Ending>,
    frames: Frames,
    received: u64,
}

struct Worker {
    process: Child,
    told: Option<ChildStdin>,
    pipe: ChildStdout,
    complaints: Option<ChildStderr>,
}

impl Line {
    /// Starts a worker. Where that fails the line is one that has ended.
    pub(super) fn start(task: DeviceTask, options: &Options) -> Self {
        let probes: Vec<ProbeId> =
            ProbeId::ALL.into_iter().filter(|probe| task.probes.contains(probe)).collect();
        let limit = Limit::of(options, Instant::now());
        let started = start_worker(&task, &probes, options);
        let account = Account::new(task.device, probes, options.started.elapsed());
        let (worker, ending) = match started {
            Ok(worker) => (Some(worker), None),
            Err(error) => (None, Some(Ending::Died(format!("no worker could be started: {error}")))),
        };
        let frames = Frames::default();
        Self { account, limit, is_told: false, worker, ending, frames, received: 0 }
    }

    /// Whether something may still come.
    pub(super) fn is_open(&self) -> bool {
        self.ending.is_none()
    }

    /// What to poll.
    pub(super) fn pipe(&self) -> Option<BorrowedFd<'_>> {
        self.worker.as_ref().map(|worker| worker.pipe.as_fd())
    }

    /// When something is due next; never, once nothing more comes.
    pub(super) fn next_limit(&self) -> Option<Instant> {
        let next = if self.is_told { self.limit.kill_at } else { self.limit.tell_at };
        self.is_open().then_some(next)
    }

    /// Moves the limit forward for an interruption.
    pub(super) fn interrupt(&mut self, now: Instant) {
        self.limit = self.limit.interrupted(now, self.is_told);
    }

    /// Tells the worker to stop asking, and later kills it, when that is due.
    pub(super) fn keep_to_limit(&mut self, now: Instant, progress: &dyn Fn(Event<'_>)) {
        if self.is_open() && now >= self.limit.kill_at {
            self.give_up(progress);
        } else if self.is_open() && !self.is_told && now >= self.limit.tell_at {
            self.stop_asking();
        }
    }

    /// A worker that is gone, or does not read, is no matter: it is killed in time.
    fn stop_asking(&mut self) {
        self.is_told = true;
        if let Some(mut told) = self.worker.as_mut().and_then(|worker| worker.told.take()) {
            let _ = told.write_all(&[stop_byte(self.limit.reason)]);
        }
    }

    /// Takes what the worker has written; call it when the pipe is ready, and it does not wait.
    pub(super) fn receive(&mut self, progress: &dyn Fn(Event<'_>)) {
        let Some(worker) = self.worker.as_mut() else { return };
        let mut buffer = [0; 64 * 1024];
        match worker.pipe.read(&mut buffer) {
            Ok(0) => self.hang_up(progress),
            Ok(length) => {
                self.received = self.received.saturating_add(u64::try_from(length).unwrap_or(u64::MAX));
                self.frames.push(buffer.get(..length).unwrap_or_default());
                if let Err(words) = self.take_frames(progress) {
                    self.break_off(words, progress);
                }
            }
            Err(error) if error.kind() == std::io::ErrorKind::Interrupted => (),
            Err(error) => self.break_off(format!("its worker cannot be read: {error}"), progress),
        }
    }

    fn take_frames(&mut self, progress: &dyn Fn(Event<'_>)) -> Result<(), String> {
        while let Some(frame) = self.frames.take().map_err(|error| format!("its worker sent {error}"))? {
            let happened = self.account.accept(frame).map_err(|error| format!("its worker sent {error}"))?;
            if let Some(happened) = happened {
                progress(Event { device: self.account.id(), happened });
            }
        }
        if self.received > MAX_STREAM {
            return Err(format!("its worker sent more than {MAX_STREAM} bytes"));
        }
        Ok(())
    }

    /// The worker closed its pipe: it is through, or dead.
    fn hang_up(&mut self, progress: &dyn Fn(Event<'_>)) {
        let until = Instant::now() + REAP_TIME;
        let status = self.worker.as_mut().and_then(|worker| worker.reap(until));
        let ending = if self.account.is_done() && self.frames.is_empty() {
            Ending::Done
        } else {
            let complaints = self.worker.as_mut().and_then(|worker| worker.complaints.take());
            let complaint = complaints.and_then(complaint).map(|words| format!(": {words}"));
            let complaint = complaint.unwrap_or_default();
            Ending::Died(match status {
                Some(status) => format!("its worker died ({status}){complaint}"),
                None => format!("its worker fell silent{complaint}"),
            })
        };
        self.close(ending, progress);
    }

    /// What came cannot be trusted any more.
    fn break_off(&mut self, words: String, progress: &dyn Fn(Event<'_>)) {
        if let Some(worker) = self.worker.as_mut() {
            let _ = worker.process.kill();
        }
        self.close(Ending::Died(words), progress);
    }

    /// Ends a line on which the worker is still inside a request.
    fn give_up(&mut self, progress: &dyn Fn(Event<'_>)) {
        if let Some(worker) = self.worker.as_mut() {
            let _ = worker.process.kill();
        }
        self.close(Ending::Stopped(self.limit.reason), progress);
    }

    fn close(&mut self, ending: Ending, progress: &dyn Fn(Event<'_>)) {
        self.ending = Some(ending);
        progress(Event { device: self.account.id(), happened: Happened::Ended });
    }

    /// The account of what came, and how the line ended. The worker has until `reap_until` to be gone.
    pub(super) fn end(mut self, reap_until: Instant) -> (Account, Ending) {
        if let Some(worker) = self.worker.as_mut() {
            let _ = worker.process.kill();
            let _ = worker.reap(reap_until);
        }
        let ending = self.ending.unwrap_or(Ending::Stopped(SkipReason::Interrupted));
        (self.account, ending)
    }
}

impl Worker {
    /// Waits until then for the process to be gone, and kills it if it is not. It is never waited for longer: inside
    /// a command the kernel does not let it go before the command ends.
    fn reap(&mut self, until: Instant) -> Option<ExitStatus> {
        loop {
            match self.process.try_wait() {
                Ok(Some(status)) => return Some(status),
                Ok(None) if Instant::now() < until => std::thread::sleep(Duration::from_millis(1)),
                Ok(None) | Err(_) => {
                    let _ = self.process.kill();
                    return None;
                }
            }
        }
    }
}

fn start_worker(task: &DeviceTask, probes: &[ProbeId], options: &Options) -> std::io::Result<Worker> {
    let supervisor = rustix::process::getpid().as_raw_pid();
    let task = Task { target: task.target.clone(), probes: probes.to_vec(), supervisor };
    let mut line = serde_json::to_vec(&task)?;
    line.push(b'\n');
    let mut process = Command::new(&options.program)
        .arg(WORKER_ARGUMENT)
        .env_clear()
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        // Of its own process group: an interrupt from the terminal is for the supervisor, which then stops
        // the workers in order.
        .process_group(0)
        .spawn()?;
    let (Some(mut told), Some(pipe)) = (process.stdin.take(), process.stdout.take()) else {
        let _ = process.kill();
        return Err(std::io::Error::other("it has no pipes"));
    };
    // A task is far smaller than a pipe's buffer, so that this does not wait. A worker that is dead already cannot
    // take it; how it ended is said when its own pipe is read.
    let _ = told.write_all(&line);
    let complaints = process.stderr.take();
    Ok(Worker { process, told: Some(told), pipe, complaints })
}
