//! Sound cards, struck cards, and runs of the real program on them.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use mlx5_collector::probe::ProbeId;
use mlx5_collector::supervise::deciding;
use mlx5_schemas::bundle::{Bundle, Limits, open};
use mlx5_schemas::catalog::TypeDword;
use mlx5_schemas::model::exchange::{Exchange, Outcome};
use mlx5_schemas::model::manifest::ProbeReport;
use mlx5_schemas::model::nv::ItemHeader;
use mlx5_schemas::model::request::register;
use mlx5_schemas::model::transcript;
use serde_json::{Value, json};
use tempfile::TempDir;

use super::table::{Fault, Phase};

/// Address of the card that is struck, and of the one that is sound.
pub(crate) const STRUCK: &str = "0000:3b:00.0";
pub(crate) const SOUND: &str = "0000:81:00.0";

/// Longest that any run here may take.
const PATIENCE: Duration = Duration::from_secs(120);
/// Most that sound cards take on a machine with nothing else to do.
const QUICK: Duration = Duration::from_secs(1);
/// Deadline of the runs that a worker only leaves by being killed: six seconds of asking, two for the bundle.
pub(crate) const DEADLINE_S: u64 = 8;
/// What a device may take in the runs that test this.
const BUDGET_S: u64 = 3;
/// Longer than any limit of a run here.
const PATIENT_DRIVER_MS: u64 = 60_000;
/// What a worker has told is with its supervisor after this time.
const TOLD_MS: u64 = 400;

/// What came of one run.
#[derive(Debug)]
pub(crate) struct Ran {
    pub(crate) exit: i32,
    pub(crate) took: Duration,
    pub(crate) bundle: Bundle,
    pub(crate) words: String,
}

/// A temporary folder with the models, and what sound cards give.
#[derive(Debug)]
pub(crate) struct Bench {
    folder: TempDir,
    /// The sound cards.
    cards: [PathBuf; 2],
    pub(crate) sound: Bundle,
    /// What decides about each item of the sound card in the struck one's place.
    pub(crate) exchanges: Vec<Exchange>,
}

impl Bench {
    pub(crate) fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let models = Path::new(env!("CARGO_MANIFEST_DIR")).join("../fixtures/models");
        std::os::unix::fs::symlink(models, folder.path().join("models")).unwrap();
        let cards =
            [model(&folder, "sound", STRUCK, 1, &json!([])), folder.path().join("models/connectx-7.json")];
        let ran = run(&cards, &folder.path().join("sound.zip"), 60, None);
        assert_eq!(ran.exit, 0, "{}", ran.words);
        let exchanges = exchanges(&ran.bundle, STRUCK);
        Self { folder, cards, sound: ran.bundle, exchanges }
    }

    /// What a machine that others keep busy adds to a run at this moment: nothing where sound cards are read and sealed as
    /// quickly as always, else as long as that takes.
    pub(crate) fn delay(&self) -> Duration {
        let ran = run(&self.cards, &self.folder.path().join("again.zip"), 60, None);
        if ran.took > QUICK { ran.took } else { Duration::ZERO }
    }

    /// Runs the program on a card with this fault, alone or beside a sound one.
    pub(crate) fn strike(&self, fault: Fault, phase: Phase, cards: usize) -> Ran {
        let name = format!("{fault:?}-{phase:?}-{cards}");
        let (faults, timeout_ms) = self.faults(fault, phase);
        let struck = model(&self.folder, &name, STRUCK, timeout_ms, &faults);
        let mut models = vec![struck];
        models.extend((cards == 2).then(|| self.folder.path().join("models/connectx-7.json")));
        let (deadline, budget) = match fault {
            Fault::Hang | Fault::Wedged => (DEADLINE_S, None),
            Fault::LateOnce | Fault::Slow => (60, Some(BUDGET_S)),
            _ => (60, None),
        };
        run(&models, &self.folder.path().join(format!("{name}.zip")), deadline, budget)
    }

    /// Runs the program on so many cards that never answer.
    pub(crate) fn hang(&self, cards: usize, deadline: u64) -> Ran {
        let faults = json!([{"when": {"register": "MNVGC"}, "what": "hang"}]);
        let models: Vec<PathBuf> = (0..cards)
            .map(|card| {
                let address = format!("0000:{:02x}:00.0", card + 1);
                model(&self.folder, &format!("hung-{cards}-{card}"), &address, PATIENT_DRIVER_MS, &faults)
            })
            .collect();
        run(&models, &self.folder.path().join(format!("hung-{cards}.zip")), deadline, None)
    }

    /// The `faults` of a model, and how long its driver waits, in milliseconds.
    fn faults(&self, fault: Fault, phase: Phase) -> (Value, u64) {
        let refuse = |status: u8| json!({"refuse": {"status": status, "syndrome": "0x1a2b"}});
        let (what, times, timeout_ms) = match fault {
            Fault::Hang => (json!("hang"), None, PATIENT_DRIVER_MS),
            // The driver's own five seconds of recovery come on top.
            Fault::DriverTimeout => (json!("hang"), None, 10),
            Fault::Death => (json!("death"), None, 10),
            Fault::Removal => (json!({"errno": 19}), None, 10),
            Fault::BadMessage => (json!({"errno": 74}), None, 10),
            Fault::Eio => (json!({"undelivered": 6}), None, 10),
            Fault::InternalError => (refuse(1), None, 10),
            Fault::BadParameter => (refuse(3), None, 10),
            Fault::Unsupported => (refuse(2), None, 10),
            Fault::Busy => (refuse(6), None, 10),
            Fault::BusyTwice => (refuse(6), Some(2), 10),
            Fault::ShortReply => (json!({"short_reply": 16}), None, 10),
            Fault::CutReply => (json!({"cut_reply": 20}), None, 10),
            Fault::WrongItem => (json!({"dword": {"at": 20, "value": "0x7e"}}), None, 10),
            Fault::Killed => (json!({"signal": {"number": 9, "after_ms": TOLD_MS}}), None, 10),
            Fault::Wedged => (json!({"signal": {"number": 19, "after_ms": TOLD_MS}}), None, 10),
            Fault::LateOnce => (json!({"delay_ms": 60_000}), Some(1), PATIENT_DRIVER_MS),
            // Not a divisor of the budget: no answer comes at the very moment at which the questions end.
            Fault::Slow => (json!({"delay_ms": 280}), None, PATIENT_DRIVER_MS),
        };
        let when = match fault {
            Fault::Slow => json!({"after_commands": self.commands_before(phase)}),
            _ => self.when(phase),
        };
        let mut fault = json!({"when": when, "what": what});
        if let Some(times) = times {
            fault["times"] = json!(times);
        }
        (json!([fault]), timeout_ms)
    }

    /// Which commands of a phase are struck.
    fn when(&self, phase: Phase) -> Value {
        if phase == Phase::Opening {
            // CREATE_UCTX.
            return json!({"from": "driver", "opcode": "0xa04"});
        }
        let sound = &self.exchanges;
        let at = self.place(phase);
        let (id, data) = sound[at].request.as_register().unwrap();
        match id {
            register::MGIR => json!({"register": "MGIR"}),
            register::PTYS => json!({"register": "PTYS", "index": {"local_port": data[1]}}),
            register::MNVDA => {
                // The same TLV is asked for in several instances.
                let before = sound[..at].iter().filter(|exchange| kind(exchange) == kind(&sound[at]));
                let (class, index, view) = kind(&sound[at]).unwrap();
                let view = ["next", "current", "default"][usize::from(view)];
                json!({"tlv": format!("{class}:0x{index:03x}"), "view": view, "skip": before.count()})
            }
            id => panic!("register 0x{id:04x}"),
        }
    }

    /// The first exchange of a phase among those of a sound card.
    pub(crate) fn place(&self, phase: Phase) -> usize {
        let sound = &self.exchanges;
        let of = |id| {
            let fits =
                |exchange: &Exchange| exchange.request.as_register().is_some_and(|(other, _)| other == id);
            sound
                .iter()
                .enumerate()
                .filter(|(_, exchange)| fits(exchange))
                .map(|(at, _)| at)
                .collect::<Vec<_>>()
        };
        let tlvs: Vec<usize> =
            of(register::MNVDA).into_iter().filter(|at| is_answered(&sound[*at])).collect();
        match phase {
            Phase::Opening => 0,
            Phase::Identity => of(register::MGIR)[0],
            // The first that answers is asked once more, for echoes; a fault there only moves that to the next.
            Phase::FirstTlv => {
                let is_second_try = |at: &&usize| {
                    let (_, data) = sound[**at].request.as_register().unwrap();
                    ItemHeader::read(data).is_some_and(ItemHeader::names_somebody)
                };
                let second_try = tlvs.iter().rposition(|at| is_second_try(&at));
                tlvs[second_try.map_or(0, |at| at + 1)]
            }
            Phase::MiddleTlv => tlvs[tlvs.len() / 2],
            Phase::LastTlv => *tlvs.last().unwrap(),
            Phase::Registers => of(register::PTYS)[0],
        }
    }

    /// How many commands a sound card gets before a phase.
    fn commands_before(&self, phase: Phase) -> usize {
        let sound = &self.exchanges;
        sound[..self.place(phase)]
            .iter()
            .filter(|exchange| is_answered(exchange) || is_refused(exchange))
            .count()
    }
}

/// Class, index and access mode of an MNVDA read.
fn kind(exchange: &Exchange) -> Option<(u8, u32, u8)> {
    let Some((register::MNVDA, data)) = exchange.request.as_register() else { return None };
    let parts = TypeDword::split(u32::from_be_bytes(data[4..8].try_into().unwrap()));
    Some((parts.class, parts.index, data[1] >> 6))
}

fn is_answered(exchange: &Exchange) -> bool {
    matches!(&exchange.outcome, Outcome::Replied(reply) if reply.status.0 == 0)
}

fn is_refused(exchange: &Exchange) -> bool {
    matches!(&exchange.outcome, Outcome::Replied(reply) if reply.status.0 != 0)
}

/// The exchanges that decide about each item of a device, over all probes.
pub(crate) fn exchanges(bundle: &Bundle, device: &str) -> Vec<Exchange> {
    let mut all = Vec::new();
    for probe in ProbeId::STANDARD {
        let recorded = transcript::decode(&bundle.members[&member(device, probe)]).unwrap();
        let recorded: Vec<Exchange> = recorded.into_iter().map(|recorded| recorded.exchange).collect();
        all.extend(deciding(&recorded).into_iter().cloned());
    }
    all
}

/// Name of a transcript.
pub(crate) fn member(device: &str, probe: ProbeId) -> String {
    format!("devices/{}/{probe}.exchanges", device.replace(':', "-"))
}

pub(crate) fn report<'a>(bundle: &'a Bundle, device: &str, probe: ProbeId) -> &'a ProbeReport {
    let fits = |row: &&ProbeReport| row.device.as_deref() == Some(device) && row.probe == probe.word();
    bundle.manifest.probes.iter().find(fits).unwrap()
}

fn model(folder: &TempDir, name: &str, address: &str, timeout_ms: u64, faults: &Value) -> PathBuf {
    let path = folder.path().join(format!("{name}.json"));
    let model = json!({
        "extends": "models/connectx-6-dx.json", "bdf": address,
        "command_timeout_ms": timeout_ms, "faults": faults,
    });
    std::fs::write(&path, model.to_string()).unwrap();
    path
}

fn run(models: &[PathBuf], output: &Path, deadline: u64, budget: Option<u64>) -> Ran {
    let mut command = Command::new(env!("CARGO_BIN_EXE_mlx5-collector"));
    command.env_clear().stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped());
    command.args(["--skip", "host", "--unsigned", "--deadline", &deadline.to_string(), "-o"]).arg(output);
    if let Some(budget) = budget {
        command.args(["--device-budget", &budget.to_string()]);
    }
    for model in models {
        command.arg("--simulate").arg(model);
    }
    let started = Instant::now();
    let mut child = command.spawn().unwrap();
    // A run says far less than a pipe holds.
    while child.try_wait().unwrap().is_none() {
        if started.elapsed() > PATIENCE {
            child.kill().unwrap();
            child.wait().unwrap();
            panic!("{models:?}: no end within {PATIENCE:?}");
        }
        std::thread::sleep(Duration::from_millis(5));
    }
    let took = started.elapsed();
    let ended = child.wait_with_output().unwrap();
    let words = String::from_utf8_lossy(&ended.stderr).into_owned();
    let exit = ended.status.code().unwrap_or_else(|| panic!("ended by a signal: {words}"));
    let archive = std::fs::read(output).unwrap_or_else(|error| panic!("{models:?}: {error}: {words}"));
    // The same cell may be run again.
    std::fs::remove_file(output).unwrap();
    Ran { exit, took, bundle: open(&archive, &Limits::default()).unwrap(), words }
}
