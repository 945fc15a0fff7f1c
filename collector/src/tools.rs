//! The vendor's installed tools, run for devices that have no other way to their firmware; only when asked for
//! (`--with-tools`).
//!
//! They go through the PCI gateway (the vendor-specific capability in configuration space): they write to its
//! registers, take its semaphores and leave lock files in `/tmp`. None of that is this program's, and it is not proven
//! harmless by it; `docs/tools.md` tells what each does. What they print is kept as it came, secrets apart.
//!
//! Must not do: run anything that was not asked for, that is not in the closed list of [`command`], or below another
//! root or for a simulated card; run a tool where it would taint the kernel or take the device from its driver (see
//! [`permit`]); start or load anything for the tools (`mst start`).

use std::collections::VecDeque;
use std::sync::Mutex;
use std::sync::atomic::AtomicBool;
use std::time::{Duration, Instant};

use mlx5_schemas::model::manifest::Device;
use mlx5_schemas::model::status::CollectionStatus;
use mlx5_schemas::model::tool_run::ToolRun;

use crate::discovery::pci;
use crate::root::Root;

pub mod command;
mod kept;
pub mod permit;
pub mod process;
pub mod program;

pub use command::{Program, Reading};
pub use program::{Installed, Search, Versioned};

use process::{End, Limits};

/// How the line begins that is above the parameters of a configuration query, in all versions.
const HEADING: &[u8] = b"Configurations:";

/// Most cards that are asked at the same time.
const MAX_AT_ONCE: usize = 8;

/// Everything that was run for one device.
#[derive(Debug, Clone)]
pub struct DeviceRuns {
    /// Device id.
    pub device: String,
    /// The command lines, in order, with what they printed.
    pub runs: Vec<Run>,
    /// Why there are none, where there are none.
    pub reason: Option<String>,
    /// Whether the deadline of the whole run came before their end.
    pub late: bool,
    /// Milliseconds from the start of the run to the first of them.
    pub start_ms: u64,
    /// How long they took together, in milliseconds.
    pub elapsed_ms: u64,
}

/// One command line, and what it printed, as it is kept.
#[derive(Debug, Clone)]
pub struct Run {
    /// What it asks.
    pub reading: Reading,
    /// The program.
    pub program: Program,
    /// Whether it was started, whatever became of it then.
    pub was_started: bool,
    /// The row of `tools.json`; its members have their names, from the folder of the device on.
    pub record: ToolRun,
    /// What is kept of its stdout.
    pub stdout: Vec<u8>,
    /// What is kept of its stderr.
    pub stderr: Vec<u8>,
}

impl Run {
    /// What the program itself gives for a reason: its first line that begins as its errors do, at most 160 characters.
    pub fn complaint(&self) -> Option<String> {
        let printed = [String::from_utf8_lossy(&self.stdout), String::from_utf8_lossy(&self.stderr)];
        let mut lines = printed.iter().flat_map(|text| text.lines()).map(str::trim);
        let line = lines.find(|line| line.starts_with("-E-"))?;
        Some(kept::printable(line).chars().take(160).collect())
    }

    /// Whether the program ended well and printed something.
    pub fn is_whole(&self) -> bool {
        self.record.status == CollectionStatus::Captured
            && self.record.exit_code == Some(0)
            && !self.stdout.is_empty()
    }

    /// Whether firmware answered. mstconfig ends with an error when some of the items cannot be read, and prints the
    /// others all the same.
    pub fn is_answer(&self) -> bool {
        let is_table = || self.stdout.split(|&byte| byte == b'\n').any(|line| line.starts_with(HEADING));
        let is_partial = self.reading == Reading::Configuration
            && self.record.status == CollectionStatus::Captured
            && is_table();
        self.is_whole() || is_partial
    }
}

impl DeviceRuns {
    /// Whether firmware answered at least once.
    pub fn has_answer(&self) -> bool {
        self.runs.iter().any(Run::is_answer)
    }

    /// Whether a command line was run at all.
    pub fn was_run(&self) -> bool {
        self.runs.iter().any(|run| run.was_started)
    }

    /// The run that answered a question.
    pub fn answer(&self, reading: Reading) -> Option<&Run> {
        self.runs.iter().find(|run| run.reading == reading && run.is_answer())
    }
}

/// When everything must have ended, and how.
#[derive(Debug, Clone, Copy)]
pub struct Bounds<'a> {
    /// The start of the whole run, from which times count.
    pub started: Instant,
    /// When the last tool must have ended.
    pub deadline: Instant,
    /// Set when the user wants an end.
    pub interrupted: &'a AtomicBool,
}

/// Runs the tools for `devices`, card by card: functions of one card share a gateway semaphore, cards do not.
///
/// `limit` is for one command line.
pub fn collect(
    root: &Root,
    search: &Search,
    devices: &[Device],
    limit: Duration,
    bounds: Bounds<'_>,
) -> Vec<DeviceRuns> {
    if root.is_alternate() || devices.is_empty() {
        return Vec::new();
    }
    let installed = program::with_versions(search, limit, bounds);
    let cards = VecDeque::from(pci::by_card(devices, |device| &device.id));
    let at_once = cards.len().min(MAX_AT_ONCE);
    let (cards, done) = (Mutex::new(cards), Mutex::new(Vec::new()));
    let work = || {
        while let Some(card) = cards.lock().ok().and_then(|mut cards| cards.pop_front()) {
            for device in card {
                let runs = device_runs(root, device, Tools { installed: &installed, search, limit }, bounds);
                if let Ok(mut done) = done.lock() {
                    done.push(runs);
                }
            }
        }
    };
    std::thread::scope(|scope| {
        for _ in 1..at_once {
            // Without another thread this one does the work of all.
            let _ = std::thread::Builder::new().name("tools".to_owned()).spawn_scoped(scope, work);
        }
        work();
    });
    let mut done = done.into_inner().unwrap_or_default();
    done.sort_by(|a, b| a.device.cmp(&b.device));
    done
}

/// What is told of `devices` when running the tools ended by a defect of this program: that is no device without tools.
pub fn lost(devices: &[Device]) -> Vec<DeviceRuns> {
    let lost = |device: &Device| DeviceRuns {
        device: device.id.clone(),
        runs: Vec::new(),
        reason: Some("running the tools ended by a defect of the collector".to_owned()),
        late: false,
        start_ms: 0,
        elapsed_ms: 0,
    };
    devices.iter().map(lost).collect()
}

/// What there is to run, and for how long.
#[derive(Debug, Clone, Copy)]
struct Tools<'a> {
    installed: &'a [Versioned],
    search: &'a Search,
    limit: Duration,
}

fn device_runs(root: &Root, device: &Device, tools: Tools<'_>, bounds: Bounds<'_>) -> DeviceRuns {
    let started = Instant::now();
    let mut runs: Vec<Run> = Vec::new();
    let mut reason = None;
    let mut given_up: Option<String> = None;
    let address = command::Address::new(&device.id);
    for reading in Reading::ALL {
        let Some(address) = &address else { break };
        let Some(tool) = program::for_reading(tools.installed, reading) else { continue };
        let number = runs.len().saturating_add(1);
        // Asked anew before each: a module that is loaded meanwhile makes a node.
        let refusal = permit::refusal(root, device, tool).or_else(|| given_up.clone());
        let run = match refusal {
            Some(refusal) => skipped(tool, reading, address, refusal),
            None => one(device, tool, reading, address, number, tools.limit, bounds),
        };
        if run.record.status == CollectionStatus::Timeout && given_up.is_none() {
            given_up = Some(format!("left alone: {} gave no answer in time", tool.program.word()));
        }
        runs.push(run);
    }
    if runs.is_empty() {
        reason = Some(format!("none of the vendor's tools is installed ({})", tools.search));
    }
    DeviceRuns {
        device: device.id.clone(),
        late: !runs.is_empty() && Instant::now() >= bounds.deadline,
        runs,
        reason,
        start_ms: millis(started.saturating_duration_since(bounds.started)),
        elapsed_ms: millis(started.elapsed()),
    }
}

fn skipped(tool: &Versioned, reading: Reading, address: &command::Address, reason: String) -> Run {
    let record = record(tool, reading, address, CollectionStatus::Skipped, Some(reason));
    Run { reading, program: tool.program, was_started: false, record, stdout: Vec::new(), stderr: Vec::new() }
}

fn record(
    tool: &Versioned,
    reading: Reading,
    address: &command::Address,
    status: CollectionStatus,
    reason: Option<String>,
) -> ToolRun {
    let mut command = vec![tool.file.display().to_string()];
    command.extend(reading.arguments(address));
    ToolRun {
        command,
        program: tool.described(),
        status,
        reason,
        exit_code: None,
        signal: None,
        elapsed_ms: 0,
        stdout: None,
        stderr: None,
        cut: false,
    }
}

fn one(
    device: &Device,
    tool: &Versioned,
    reading: Reading,
    address: &command::Address,
    number: usize,
    limit: Duration,
    bounds: Bounds<'_>,
) -> Run {
    if let Err(problem) = tool.check() {
        return Run {
            record: record(tool, reading, address, CollectionStatus::Error, Some(problem)),
            ..skipped(tool, reading, address, String::new())
        };
    }
    let limits = Limits { time: limit, deadline: bounds.deadline, interrupted: bounds.interrupted };
    let ended = process::run(&tool.file, &reading.arguments(address), limits);
    let mut record = record(tool, reading, address, CollectionStatus::Error, None);
    record.elapsed_ms = millis(ended.elapsed);
    record.cut = ended.cut;
    let mut reasons = Vec::new();
    match ended.end {
        End::Exited(code) => {
            record.status = CollectionStatus::Captured;
            record.exit_code = Some(code);
        }
        End::Signalled(signal) => {
            record.signal = Some(signal);
            reasons.push(format!("it was ended by signal {signal}"));
        }
        End::Late => {
            record.status = CollectionStatus::Timeout;
            reasons.push(format!("no end within {} s", limit.as_secs_f32()));
        }
        End::Deadline if ended.was_started => {
            record.status = CollectionStatus::Timeout;
            reasons.push("no end before the deadline of the run".to_owned());
        }
        End::Deadline => {
            record.status = CollectionStatus::Timeout;
            reasons.push("not started: the deadline of the run had come".to_owned());
        }
        End::Interrupted => {
            record.status = CollectionStatus::Skipped;
            let not_started = if ended.was_started { "" } else { "not started: " };
            reasons.push(format!("{not_started}the run was interrupted"));
        }
        End::Unseen => reasons.push("it ended, and the system does not say how".to_owned()),
        End::TooMuch => reasons.push(format!("it printed more than {} bytes", process::OUTPUT_LIMIT)),
        End::NotStarted(words) => reasons.push(format!("it could not be started: {words}")),
    }
    if ended.was_killed {
        reasons.push(
            "it was killed, and may have left the gateway's semaphore taken (its clear_semaphore frees it)"
                .to_owned(),
        );
    }
    if ended.left_behind {
        reasons.push("a process that it started had to be ended".to_owned());
    }
    if let Err(problem) = tool.check() {
        record.status = CollectionStatus::Error;
        reasons.push(problem);
    }
    let (stdout, of_stdout) = kept::kept(reading, &ended.stdout);
    let (stderr, of_stderr) = kept::kept(reading, &ended.stderr);
    reasons.extend(of_stdout.map(|words| format!("stdout: {words}")));
    reasons.extend(of_stderr.map(|words| format!("stderr: {words}")));
    record.reason = (!reasons.is_empty()).then(|| reasons.join("; "));
    let member = |ending: &str| {
        let words = format!("{}-{}", tool.program.word(), reading.word());
        format!("{}/tools/{number:02}-{words}.{ending}", device.folder)
    };
    record.stdout = (!stdout.is_empty()).then(|| member("txt"));
    record.stderr = (!stderr.is_empty()).then(|| member("err.txt"));
    Run { reading, program: tool.program, was_started: ended.was_started, record, stdout, stderr }
}

fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}
