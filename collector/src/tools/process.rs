//! One program, from start to end, within bounds of time and output.
//!
//! No shell, an absolute path, an environment of its own, nothing on stdin, a process group of its own. One that has to
//! be ended is asked first (SIGTERM): in the middle of a register access mstflint puts that off until it has given back
//! the gateway's semaphore.
//!
//! Must not do: wait without a bound, or leave a process of the group behind.

use std::io::Read;
use std::os::fd::{AsFd, BorrowedFd};
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::process::{Pid, Signal, WaitId, WaitIdOptions, kill_process_group, waitid};

use crate::errno;

/// Most bytes that are taken of stdout, and of stderr.
pub const OUTPUT_LIMIT: usize = 1 << 20;
/// How long a program that was asked to end may take for that.
const LAST_GRACE: Duration = Duration::from_secs(2);
/// The same at the deadline and after an interruption: the bundle waits.
const SHORT_GRACE: Duration = Duration::from_millis(300);
/// How long the pipes of a program that has ended are still read, should a process that it started hold them.
const DRAIN_TIME: Duration = Duration::from_millis(200);
/// How long a killed program may take to be gone; in the kernel it cannot be waited for.
const REAP_TIME: Duration = Duration::from_millis(200);
const PAUSE: Duration = Duration::from_millis(20);

/// What bounds a program.
#[derive(Debug, Clone, Copy)]
pub struct Limits<'a> {
    /// How long it may take.
    pub time: Duration,
    /// When everything must have ended.
    pub deadline: Instant,
    /// Set when the user wants an end.
    pub interrupted: &'a AtomicBool,
}

/// How a program ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum End {
    /// By itself, with this code.
    Exited(i32),
    /// By a signal that was not ours.
    Signalled(i32),
    /// It took longer than it may.
    Late,
    /// The deadline of the whole run came.
    Deadline,
    /// The user interrupted the run.
    Interrupted,
    /// It printed more than is taken.
    TooMuch,
    /// It could not be started.
    NotStarted(String),
    /// It is gone, and the system does not say how it ended: its exit code went to nobody (SIGCHLD ignored).
    Unseen,
}

/// A program that has ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ended {
    /// How.
    pub end: End,
    /// Whether it ran at all.
    pub was_started: bool,
    /// What it printed on stdout.
    pub stdout: Vec<u8>,
    /// What it printed on stderr.
    pub stderr: Vec<u8>,
    /// Whether it printed more than was taken.
    pub cut: bool,
    /// Whether it had to be killed, because it did not end when it was asked to.
    pub was_killed: bool,
    /// Whether a process that it started was still there, and was killed.
    pub left_behind: bool,
    /// How long it took.
    pub elapsed: Duration,
}

/// Runs a program to its end.
pub fn run(file: &Path, arguments: &[String], limits: Limits<'_>) -> Ended {
    let started = Instant::now();
    let mut ended = Ended {
        end: End::Late,
        was_started: false,
        stdout: Vec::new(),
        stderr: Vec::new(),
        cut: false,
        was_killed: false,
        left_behind: false,
        elapsed: Duration::ZERO,
    };
    if let Some(end) = stop(limits, started) {
        return Ended { end, ..ended };
    }
    let mut child = match start(file, arguments) {
        Ok(child) => child,
        Err(error) => return Ended { end: End::NotStarted(errno::words(&error)), ..ended },
    };
    ended.was_started = true;
    let mut pipes = Pipes::of(&mut child);
    ended.end = loop {
        if let Some(end) = stop(limits, started) {
            break end;
        }
        pipes.receive(PAUSE, &mut ended);
        if ended.cut {
            break End::TooMuch;
        }
        if has_ended(&child) {
            // How, is known when it is reaped.
            break End::Unseen;
        }
    };
    if !has_ended(&child) {
        let grace = match ended.end {
            End::Deadline | End::Interrupted => SHORT_GRACE,
            End::Exited(_)
            | End::Signalled(_)
            | End::Late
            | End::TooMuch
            | End::NotStarted(_)
            | End::Unseen => LAST_GRACE,
        };
        signal(&child, Signal::TERM);
        let until = Instant::now() + grace;
        while !has_ended(&child) && Instant::now() < until {
            pipes.receive(PAUSE, &mut ended);
        }
        ended.was_killed = !has_ended(&child);
    }
    // What it had printed is in the pipe; what a process that it started prints is not waited for.
    let until = Instant::now() + DRAIN_TIME;
    while pipes.are_open() && Instant::now() < until && !ended.was_killed {
        pipes.receive(PAUSE, &mut ended);
    }
    ended.left_behind = pipes.are_open() && !ended.was_killed;
    // The leader is still there, if only as a zombie, so that the group's number is its own.
    signal(&child, Signal::KILL);
    drop(pipes);
    if let (End::Unseen, Some(status)) = (&ended.end, reap(&mut child)) {
        ended.end = match (status.code(), status.signal()) {
            (Some(code), _) => End::Exited(code),
            (None, signal) => End::Signalled(signal.unwrap_or(0)),
        };
    }
    ended.elapsed = started.elapsed();
    ended
}

/// Why a program has to end now.
fn stop(limits: Limits<'_>, started: Instant) -> Option<End> {
    let now = Instant::now();
    if limits.interrupted.load(Ordering::Relaxed) {
        Some(End::Interrupted)
    } else if now >= limits.deadline {
        Some(End::Deadline)
    } else if now.saturating_duration_since(started) >= limits.time {
        Some(End::Late)
    } else {
        None
    }
}

fn start(file: &Path, arguments: &[String]) -> std::io::Result<Child> {
    Command::new(file)
        .args(arguments)
        .env_clear()
        .env("LC_ALL", "C")
        .env("PATH", "/usr/sbin:/usr/bin:/sbin:/bin")
        .env("HOME", "/nonexistent")
        .current_dir("/")
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .process_group(0)
        .spawn()
}

fn pid(child: &Child) -> Option<Pid> {
    Pid::from_raw(i32::try_from(child.id()).ok()?)
}

/// Whether it has ended; it stays a zombie, so that nobody else gets its number.
fn has_ended(child: &Child) -> bool {
    let options = WaitIdOptions::EXITED | WaitIdOptions::NOHANG | WaitIdOptions::NOWAIT;
    match pid(child).map(|pid| waitid(WaitId::Pid(pid), options)) {
        Some(Ok(status)) => status.is_some(),
        // Nothing to wait for: it is gone.
        Some(Err(_)) | None => true,
    }
}

fn signal(child: &Child, signal: Signal) {
    if let Some(pid) = pid(child) {
        // A group that is gone is what was wanted.
        let _ = kill_process_group(pid, signal);
    }
}

fn reap(child: &mut Child) -> Option<std::process::ExitStatus> {
    let until = Instant::now() + REAP_TIME;
    loop {
        match child.try_wait() {
            Ok(Some(status)) => return Some(status),
            Ok(None) if Instant::now() < until => std::thread::sleep(Duration::from_millis(1)),
            Ok(None) | Err(_) => return None,
        }
    }
}

/// What is still to be read.
struct Pipes {
    stdout: Option<std::process::ChildStdout>,
    stderr: Option<std::process::ChildStderr>,
}

impl Pipes {
    fn of(child: &mut Child) -> Self {
        Self { stdout: child.stdout.take(), stderr: child.stderr.take() }
    }

    fn are_open(&self) -> bool {
        self.stdout.is_some() || self.stderr.is_some()
    }

    /// Waits a moment for something, and takes it.
    fn receive(&mut self, wait: Duration, ended: &mut Ended) {
        let (stdout, stderr) = self.ready(wait);
        if stdout && read(&mut self.stdout, &mut ended.stdout, &mut ended.cut) {
            self.stdout = None;
        }
        if stderr && read(&mut self.stderr, &mut ended.stderr, &mut ended.cut) {
            self.stderr = None;
        }
    }

    fn ready(&self, wait: Duration) -> (bool, bool) {
        let open: [Option<BorrowedFd<'_>>; 2] =
            [self.stdout.as_ref().map(AsFd::as_fd), self.stderr.as_ref().map(AsFd::as_fd)];
        let mut descriptors: Vec<PollFd<'_>> =
            open.iter().flatten().map(|pipe| PollFd::from_borrowed_fd(*pipe, PollFlags::IN)).collect();
        // Without pipes this is a pause.
        if poll(&mut descriptors, Timespec::try_from(wait).ok().as_ref()).is_err() {
            return (false, false);
        }
        let mut ready = descriptors.iter().map(|descriptor| !descriptor.revents().is_empty());
        let stdout = open[0].is_some() && ready.next().unwrap_or(false);
        let stderr = open[1].is_some() && ready.next().unwrap_or(false);
        (stdout, stderr)
    }
}

/// Reads once from a pipe that is ready; says whether it is at its end.
fn read(pipe: &mut Option<impl Read>, into: &mut Vec<u8>, cut: &mut bool) -> bool {
    let Some(pipe) = pipe else { return true };
    let mut buffer = [0; 64 << 10];
    match pipe.read(&mut buffer) {
        Ok(0) => true,
        Ok(length) => {
            let room = OUTPUT_LIMIT.saturating_sub(into.len());
            into.extend_from_slice(buffer.get(..length.min(room)).unwrap_or_default());
            *cut |= length > room;
            false
        }
        Err(error) => error.kind() != std::io::ErrorKind::Interrupted,
    }
}

#[cfg(test)]
mod tests;
