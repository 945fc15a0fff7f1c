//! The worker: this program, started again by its supervisor for one device.
//!
//! It reads a task from its standard input, asks the device, and writes frames (see [`crate::wire`]) to its
//! standard output. A device that never answers holds this process and nothing else. A byte on standard
//! input, or its end, says why to stop asking; the rest of the plan is then recorded as not asked.
//!
//! What goes out is written by a thread of its own (see [`outbox`]): the one that asks never waits for the pipe.
//!
//! Must not do: write files, or outlive its supervisor.

mod outbox;

use std::io::{self, BufRead, BufReader, Read, Write};
use std::process::ExitCode;
use std::sync::{Arc, OnceLock};

use mlx5_schemas::catalog::Catalog;
use mlx5_schemas::model::exchange::{ExchangeTime, Outcome, Reply, SkipReason};
use mlx5_schemas::model::request::Request;
use rustix::process::{Pid, Signal};

use crate::errno;
use crate::plan::obliging_reply;
use crate::probe::{Knowledge, ProbeContext, ProbeId, probe};
use crate::recorder::{Clock, MonotonicClock, Recorder};
use crate::task::{Target, Task, stop_reason};
use crate::transport::{Closed, Transport, TransportError, fwctl, guard, mlx5ctl};
use crate::wire::{Frame, NodeInfo};
use outbox::Outbox;

/// Longest task, in bytes.
const MAX_TASK: u64 = 64 * 1024;

/// What [`main`] and its supervisor disagree about.
#[derive(Debug, thiserror::Error)]
enum WorkerError {
    #[error("no task on standard input: {source}")]
    Task {
        #[source]
        source: io::Error,
    },
    #[error("the task is not understood: {source}")]
    Json {
        #[source]
        source: serde_json::Error,
    },
    #[error("the supervisor is gone")]
    Orphan,
}

/// Runs as a worker on this process's standard input and output.
///
/// The exit code says nothing about the device: what there is to say was sent.
pub fn main() -> ExitCode {
    match task_of(BufReader::new(io::stdin())) {
        Ok((task, input)) => {
            if matches!(task.target, Target::Mlx5ctl { .. }) {
                // Before there is another thread, so that none keeps them. Whether it worked is looked at again, and
                // told, where the node is opened.
                let _ = mlx5ctl::drop_rights();
            }
            let outbox = Arc::new(Outbox::default());
            let stop = watch(input, Arc::clone(&outbox));
            rehearse(&task.probes, &outbox);
            converse(&task, &stop, &outbox, io::stdout());
            ExitCode::SUCCESS
        }
        // There is nobody to tell; the supervisor reports the exit code.
        Err(_) => ExitCode::FAILURE,
    }
}

fn task_of<R: BufRead>(input: R) -> Result<(Task, R), WorkerError> {
    let mut limited = input.take(MAX_TASK);
    let mut line = Vec::new();
    limited.read_until(b'\n', &mut line).map_err(|source| WorkerError::Task { source })?;
    let task: Task = serde_json::from_slice(&line).map_err(|source| WorkerError::Json { source })?;
    // A supervisor that is killed must not leave somebody behind who still asks the device. The signal is
    // sent when the parent ends from here on; the comparison catches a parent that ended before.
    let death = rustix::process::set_parent_process_death_signal(Some(Signal::KILL));
    death.map_err(|errno| WorkerError::Task { source: errno.into() })?;
    if rustix::process::getppid().map(Pid::as_raw_pid) != Some(task.supervisor) {
        return Err(WorkerError::Orphan);
    }
    Ok((task, limited.into_inner()))
}

/// Waits for the stop byte on a thread of its own; the end of the input is a stop too. What was told until then goes out at
/// once: the request under way may never end.
fn watch(mut input: impl Read + Send + 'static, outbox: Arc<Outbox>) -> Arc<OnceLock<SkipReason>> {
    let stop = Arc::new(OnceLock::new());
    let seen = Arc::clone(&stop);
    std::thread::spawn(move || {
        let mut byte = [0];
        let told = input.read_exact(&mut byte).is_ok().then_some(byte[0]);
        // Nobody else sets it.
        let _ = seen.set(stop_reason(told));
        outbox.hurry();
    });
    stop
}

/// Walks the plan once with a device that is not there. A process that has just been started meets most of
/// its code and memory for the first time, and pays a page fault for each; it does so here, not between two
/// requests.
fn rehearse(probes: &[ProbeId], outbox: &Outbox) {
    struct Obliging;
    impl Transport for Obliging {
        fn call(&mut self, request: &Request) -> Result<Reply, TransportError> {
            guard::check(request.bytes())?;
            Ok(obliging_reply(request))
        }
    }
    let clock = MonotonicClock::start();
    let (mut device, stop) = (Obliging, OnceLock::new());
    let mut recorder = recorder(&mut device, &clock, &stop, outbox);
    let mut knowledge = Knowledge::default();
    for &id in probes {
        probe(id).collect(&mut ProbeContext::new(&mut recorder, Catalog::embedded(), &mut knowledge));
    }
    outbox.forget();
}

/// The recorder of a worker. One function makes that of the rehearsal and that of the walk, so that they are the same code.
fn recorder<'a>(
    transport: &'a mut dyn Transport,
    clock: &'a MonotonicClock,
    stop: &'a OnceLock<SkipReason>,
    outbox: &'a Outbox,
) -> Recorder<'a, MonotonicClock, impl Fn() -> Option<SkipReason>, impl FnMut(&Request, &Outcome, ExchangeTime)>
{
    let sink = |request: &Request, outcome: &Outcome, time| outbox.put_exchange(request, outcome, time);
    Recorder::new(transport, clock, || stop.get().copied(), sink)
}

fn converse(task: &Task, stop: &OnceLock<SkipReason>, outbox: &Outbox, pipe: impl Write + Send) {
    std::thread::scope(|scope| {
        scope.spawn(|| outbox.deliver(pipe));
        // However this thread ends, the other ends too; a defect here then is a dead worker, not a silent one.
        let _closes = outbox.closing();
        let clock = MonotonicClock::start();
        let (mut transport, opened) = open(&task.target);
        outbox.put(&opened);
        let mut recorder = recorder(transport.as_mut(), &clock, stop, outbox);
        let mut knowledge = Knowledge::default();
        for &id in &task.probes {
            outbox.put(&Frame::ProbeStarted { probe: id, at_us: clock.now() / 1000 });
            probe(id).collect(&mut ProbeContext::new(&mut recorder, Catalog::embedded(), &mut knowledge));
            outbox.put(&Frame::ProbeEnded { probe: id, at_us: clock.now() / 1000 });
        }
        outbox.put(&Frame::Done);
    });
}

/// Opens the device; where that fails, the transport returned answers each request with the reason.
fn open(target: &Target) -> (Box<dyn Transport>, Frame) {
    match target {
        Target::Fwctl { node, address, device_number } => {
            match fwctl::Fwctl::open(node, address, *device_number) {
                Ok(device) => {
                    let info = Some(NodeInfo::Fwctl(device.info().clone()));
                    (Box::new(device), Frame::Opened { info })
                }
                Err(error) => not_opened(error.errno(), error.to_string()),
            }
        }
        Target::Mlx5ctl { node, address, device_number } => {
            match mlx5ctl::Mlx5ctl::open(node, address, *device_number) {
                Ok(device) => {
                    let info = Some(NodeInfo::Mlx5ctl(device.info().clone()));
                    (Box::new(device), Frame::Opened { info })
                }
                Err(error) => not_opened(error.errno(), error.to_string()),
            }
        }
        #[cfg(feature = "simulate")]
        Target::Simulated { model } => match crate::transport::simulated::Simulated::load(model) {
            Ok(mut card) => match card.open() {
                Ok(()) => (Box::new(card), Frame::Opened { info: None }),
                Err(error) => {
                    let source = io::Error::from_raw_os_error(error.errno());
                    let words = format!("the simulated card cannot be opened: {}", errno::words(&source));
                    not_opened(error.errno(), words)
                }
            },
            Err(error) => not_opened(libc::EINVAL, error.to_string()),
        },
        #[cfg(not(feature = "simulate"))]
        Target::Simulated { .. } => not_opened(libc::EOPNOTSUPP, "built without simulated cards".to_owned()),
    }
}

fn not_opened(errno: i32, words: String) -> (Box<dyn Transport>, Frame) {
    (Box::new(Closed { errno }), Frame::NotOpened { errno, words })
}
