//! The manifest's rows: what became of each probe on each device, and on the host.
//!
//! Must not do: call anything complete of which a part is missing.

use std::collections::BTreeMap;

use mlx5_schemas::model::command::CommandStatus;
use mlx5_schemas::model::defect::defect;
use mlx5_schemas::model::exchange::{Exchange, Outcome, SkipReason};
use mlx5_schemas::model::manifest::ProbeReport;
use mlx5_schemas::model::status::errno::EBADMSG;
use mlx5_schemas::model::status::{CollectionStatus, classify_exchange};

use super::devices::Found;
use super::host::Read;
use super::{Device, Settings};
use crate::discovery::NodeProblem;
use crate::errno;
use crate::members;
use crate::probe::ProbeId;
use crate::supervise::{DeviceOutcome, ProbeOutcome, deciding};
use crate::tools::{DeviceRuns, Reading};

/// Id of the probe of the host.
pub(super) const HOST: &str = "host";

/// Id of the probe of the vendor's tools.
const TOOLS: &str = "tools";

/// A row, and whether it leaves a hole in what was asked for.
#[derive(Debug)]
pub(super) struct Row {
    pub(super) report: ProbeReport,
    pub(super) is_gap: bool,
}

/// All rows: the devices in their order, each with all probes in theirs, then the host.
pub(super) fn rows(
    settings: &Settings,
    found: &Found,
    outcomes: &[DeviceOutcome],
    runs: &[DeviceRuns],
    host: Option<&Read>,
) -> Vec<Row> {
    let mut rows = Vec::new();
    for device in &found.devices {
        let outcome = outcomes.iter().find(|outcome| outcome.device.id == device.description.id);
        let runs = runs.iter().find(|runs| runs.device == device.description.id);
        for probe in ProbeId::ALL {
            let collected =
                outcome.and_then(|outcome| outcome.probes.iter().find(|collected| collected.probe == probe));
            rows.push(match (collected, settings.probes.contains(&probe)) {
                (Some(collected), _) => {
                    collected_row(device, collected, outcome.and_then(DeviceOutcome::given_up_after))
                }
                (None, false) => unchosen(Some(device.description.id.clone()), probe.word(), left_out(probe)),
                (None, true) => unasked(device, probe, runs),
            });
        }
        rows.extend(runs.map(|runs| tools_row(device, runs)));
    }
    rows.push(match host {
        Some(host) => host_row(host),
        None => unchosen(None, HOST, SkipReason::Unchosen.words()),
    });
    rows
}

fn unchosen(device: Option<String>, probe: &str, reason: &str) -> Row {
    Row { report: empty(device, probe, CollectionStatus::Skipped, reason.to_owned()), is_gap: false }
}

/// Why a probe was not chosen: the second tier has to be asked for.
fn left_out(probe: ProbeId) -> &'static str {
    match probe {
        ProbeId::FullRegisters => "read with --full",
        ProbeId::Identity | ProbeId::Nv | ProbeId::Capabilities | ProbeId::Registers => {
            SkipReason::Unchosen.words()
        }
    }
}

/// A probe of a device that was not asked. It is no gap where nothing is lost: what a virtual function could tell, its
/// physical function tells; and what the vendor's tools told instead is in their own row.
fn unasked(device: &Device, probe: ProbeId, runs: Option<&DeviceRuns>) -> Row {
    let (status, mut reason) = match &device.target {
        Err(problem) if problem.is_denial() => (CollectionStatus::Denied, problem.to_string()),
        Err(
            problem @ (NodeProblem::AlternateRoot | NodeProblem::NoWay { .. } | NodeProblem::Virtual { .. }),
        ) => (CollectionStatus::Skipped, problem.to_string()),
        Err(problem) => (CollectionStatus::Error, problem.to_string()),
        Ok(_) => (CollectionStatus::Error, "nothing came back for this probe".to_owned()),
    };
    let told = runs.is_some_and(DeviceRuns::has_answer);
    if told {
        reason.push_str("; for what the vendor's tools told instead, see tools");
    }
    let is_no_loss = told || device.target.as_ref().is_err_and(NodeProblem::is_no_loss);
    Row {
        report: empty(Some(device.description.id.clone()), probe.word(), status, reason),
        is_gap: !is_no_loss,
    }
}

/// What the vendor's tools told. The configuration is what they are run for; whatever else gave no answer is a gap too,
/// but for a program that ended by itself and said that it cannot.
fn tools_row(device: &Device, runs: &DeviceRuns) -> Row {
    let mut sum = Sum::default();
    for run in &runs.runs {
        let record = &run.record;
        let mut words = Vec::new();
        // What was not run was not run for the same reason, most times.
        if record.status != CollectionStatus::Skipped {
            words.push(format!("{} {}", run.program.word(), run.reading.word()));
        }
        words.extend(record.exit_code.filter(|code| *code != 0).map(|code| format!("exit code {code}")));
        words.extend(record.reason.clone());
        words.extend(run.complaint());
        let is_missing = record.status.is_gap()
            || (!run.is_whole() && matches!(run.reading, Reading::Configuration | Reading::Firmware));
        sum.add(record.status, is_missing.then(|| words.join(": ")));
    }
    if runs.answer(Reading::Configuration).is_none() && sum.worst_gap.is_none() {
        sum.worst_gap = Some(CollectionStatus::Error);
        let reason = runs.reason.clone();
        sum.reasons.insert(reason.unwrap_or_else(|| "no tool told the configuration".to_owned()), 1);
    }
    // A program that ended and told nothing was run all right, and yet is missing.
    let is_odd = sum.status() == CollectionStatus::Captured && sum.worst_gap.is_some();
    let status = if is_odd { CollectionStatus::Error } else { sum.status() };
    let words = |(reason, count): (&String, &u64)| {
        if *count > 1 { format!("{count} × {reason}") } else { reason.clone() }
    };
    let reasons: Vec<String> = sum.reasons.iter().map(words).collect();
    Row {
        is_gap: sum.worst_gap.is_some(),
        report: ProbeReport {
            device: Some(device.description.id.clone()),
            probe: TOOLS.to_owned(),
            status,
            reason: (!reasons.is_empty()).then(|| reasons.join("; ")),
            start_ms: runs.start_ms,
            elapsed_ms: runs.elapsed_ms,
            items: sum.items,
            members: members::tool_names(&device.description, runs),
        },
    }
}

fn empty(device: Option<String>, probe: &str, status: CollectionStatus, reason: String) -> ProbeReport {
    ProbeReport {
        device,
        probe: probe.to_owned(),
        status,
        reason: Some(reason),
        start_ms: 0,
        elapsed_ms: 0,
        items: BTreeMap::new(),
        members: Vec::new(),
    }
}

/// Statuses of the items of one probe, summed up.
#[derive(Debug, Default)]
struct Sum {
    items: BTreeMap<String, u64>,
    captured: bool,
    worst_gap: Option<CollectionStatus>,
    /// How many items are missing for each reason.
    reasons: BTreeMap<String, u64>,
}

impl Sum {
    fn add(&mut self, status: CollectionStatus, gap: Option<String>) {
        let count = self.items.entry(status.word().to_owned()).or_default();
        *count = count.saturating_add(1);
        self.captured |= status == CollectionStatus::Captured;
        if let Some(reason) = gap {
            self.worst_gap = self.worst_gap.max(Some(status));
            let count = self.reasons.entry(reason).or_default();
            *count = count.saturating_add(1);
        }
    }

    /// The row's status: the worst gap, or what the items have in common.
    fn status(&self) -> CollectionStatus {
        match (self.worst_gap, self.captured) {
            (Some(gap), _) => gap,
            (None, true) => CollectionStatus::Captured,
            (None, false) => CollectionStatus::Absent,
        }
    }

    fn reason(&self) -> Option<String> {
        let words: Vec<String> =
            self.reasons.iter().map(|(reason, count)| format!("{count} × {reason}")).collect();
        (!words.is_empty()).then(|| words.join("; "))
    }
}

/// `given_up_after` is the errno after which the device was left alone, if it was.
fn collected_row(device: &Device, probe: &ProbeOutcome, given_up_after: Option<i32>) -> Row {
    let mut sum = Sum::default();
    for exchange in deciding(probe.exchanges.iter().map(|(exchange, _)| exchange)) {
        let status = classify_exchange(&exchange.request, &exchange.outcome);
        sum.add(status, gap_reason(exchange, status, given_up_after));
    }
    if probe.failure.is_some() && sum.worst_gap.is_none() {
        sum.worst_gap = Some(CollectionStatus::Error);
    }
    let reason = match (&probe.failure, sum.reason()) {
        (Some(failure), reason) if sum.reasons.contains_key(failure) => reason,
        (Some(failure), Some(reason)) => Some(format!("{failure} ({reason})")),
        (Some(failure), None) => Some(failure.clone()),
        (None, reason) => reason,
    };
    Row {
        is_gap: sum.worst_gap.is_some(),
        report: ProbeReport {
            device: Some(device.description.id.clone()),
            probe: probe.probe.word().to_owned(),
            status: sum.status(),
            reason,
            start_ms: probe.start_ms,
            elapsed_ms: probe.elapsed_ms,
            items: sum.items,
            members: members::probe_names(&device.description, probe),
        },
    }
}

/// Why an item is missing, in words that are the same for all items missing for the same reason; `None` where
/// nothing is missing: secrets are never asked for, and a register that the device's own mask denies is not there.
fn gap_reason(exchange: &Exchange, status: CollectionStatus, given_up_after: Option<i32>) -> Option<String> {
    if !status.is_gap() {
        return None;
    }
    match &exchange.outcome {
        Outcome::NotAsked(reason) => reason.is_gap().then(|| match (reason, given_up_after) {
            (SkipReason::DeviceGivenUp, Some(errno)) => {
                format!("{} after {}", reason.words(), errno_words(errno))
            }
            _ => reason.words().to_owned(),
        }),
        // "Bad message" says nothing to anybody.
        Outcome::Undelivered { errno: EBADMSG } => {
            Some("EBADMSG: this kernel does not pass the command at this scope".to_owned())
        }
        Outcome::Undelivered { errno } => Some(errno_words(*errno)),
        Outcome::Replied(reply) => {
            if let Some(defect) = defect(&exchange.request, reply) {
                return Some(defect.kind().to_owned());
            }
            if reply.status == CommandStatus::NOT_RECORDED {
                return Some("not answered when this card was recorded".to_owned());
            }
            let syndrome = if reply.syndrome == 0 {
                String::new()
            } else {
                format!(", syndrome 0x{:x}", reply.syndrome)
            };
            Some(format!("firmware says {}{syndrome}", reply.status))
        }
    }
}

fn errno_words(errno: i32) -> String {
    errno::words(&std::io::Error::from_raw_os_error(errno))
}

fn host_row(host: &Read) -> Row {
    let mut sum = Sum::default();
    for capture in &host.captures.captures {
        let reason = capture.status.is_gap().then(|| {
            format!("{}: {}", capture.name, capture.reason.as_deref().unwrap_or("no reason is known"))
        });
        sum.add(capture.status, reason);
    }
    if let Some((status, reason)) = &host.gave_up {
        sum.worst_gap = sum.worst_gap.max(Some(*status));
        sum.reasons.insert(reason.clone(), 1);
    }
    let reasons: Vec<&str> = sum.reasons.keys().map(String::as_str).collect();
    Row {
        is_gap: sum.worst_gap.is_some(),
        report: ProbeReport {
            device: None,
            probe: HOST.to_owned(),
            status: sum.status(),
            reason: (!reasons.is_empty()).then(|| reasons.join("; ")),
            start_ms: host.start_ms,
            elapsed_ms: host.elapsed_ms,
            items: sum.items,
            members: members::host_names(),
        },
    }
}
