//! The line to one worker: its process, the pipe on which it tells, and the one on which it is told to stop.
//!
//! Must not do: wait for the process longer than a moment; it may be stuck in the kernel.

use std::io::{Read, Write};
use std::os::fd::{AsFd, BorrowedFd};
use std::os::unix::process::CommandExt;
use std::process::{Child, ChildStdin, ChildStdout, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use mlx5_schemas::model::exchange::SkipReason;

use super::{Account, DeviceTask, Ending, Event, Happened, Options};
use crate::probe::ProbeId;
use crate::task::{Task, WORKER_ARGUMENT, stop_byte};
use crate::wire::Frames;

/// Most bytes that are taken from one worker. A full collection is well below one mebibyte.
const MAX_STREAM: u64 = 32 * 1024 * 1024;
/// How long a worker that has closed its pipe, or was killed, may take to be gone.
const REAP_TIME: Duration = Duration::from_millis(50);

/// The line to one worker.
pub(super) struct Line {
    account: Account,
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
}

impl Line {
    /// Starts a worker. Where that fails the line is one that has ended.
    pub(super) fn start(task: DeviceTask, options: &Options) -> Self {
        let probes: Vec<ProbeId> =
            ProbeId::ALL.into_iter().filter(|probe| task.probes.contains(probe)).collect();
        let started = start_worker(&task, &probes, options);
        let account = Account::new(task.device, probes, options.started.elapsed());
        let (worker, ending) = match started {
            Ok(worker) => (Some(worker), None),
            Err(error) => (None, Some(Ending::Died(format!("no worker could be started: {error}")))),
        };
        Self { account, worker, ending, frames: Frames::default(), received: 0 }
    }

    /// Whether something may still come.
    pub(super) fn is_open(&self) -> bool {
        self.ending.is_none()
    }

    /// What to poll.
    pub(super) fn pipe(&self) -> Option<BorrowedFd<'_>> {
        self.worker.as_ref().map(|worker| worker.pipe.as_fd())
    }

    /// Tells the worker to stop asking. One that is gone, or does not read, is no matter: it is killed in
    /// time.
    pub(super) fn stop_asking(&mut self, reason: SkipReason) {
        if let Some(mut told) = self.worker.as_mut().and_then(|worker| worker.told.take()) {
            let _ = told.write_all(&[stop_byte(reason)]);
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
        let status = self.worker.as_mut().and_then(|worker| worker.kill_and_reap(false));
        let ending = if self.account.is_done() && self.frames.is_empty() {
            Ending::Done
        } else {
            Ending::Died(match status {
                Some(status) => format!("its worker died ({status})"),
                None => "its worker fell silent".to_owned(),
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
    pub(super) fn give_up(&mut self, reason: SkipReason, progress: &dyn Fn(Event<'_>)) {
        if self.is_open() {
            if let Some(worker) = self.worker.as_mut() {
                let _ = worker.process.kill();
            }
            self.close(Ending::Stopped(reason), progress);
        }
    }

    fn close(&mut self, ending: Ending, progress: &dyn Fn(Event<'_>)) {
        self.ending = Some(ending);
        progress(Event { device: self.account.id(), happened: Happened::Ended });
    }

    /// The account of what came, and how the line ended.
    pub(super) fn end(mut self) -> (Account, Ending) {
        if let Some(worker) = self.worker.as_mut() {
            let _ = worker.kill_and_reap(true);
        }
        let ending = self.ending.unwrap_or(Ending::Stopped(SkipReason::Interrupted));
        (self.account, ending)
    }
}

impl Worker {
    /// Waits a moment for the process to be gone; with `kill`, and after that moment, kills it. It is never
    /// waited for: inside a command the kernel does not let it go before the command ends.
    fn kill_and_reap(&mut self, kill: bool) -> Option<ExitStatus> {
        if kill {
            let _ = self.process.kill();
        }
        let until = Instant::now() + REAP_TIME;
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
    Ok(Worker { process, told: Some(told), pipe })
}
