//! Supervisor and real workers, on simulated cards with faults: what a fault costs, and what it does not.
#![cfg(feature = "simulate")]
#![allow(clippy::unwrap_used)]

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use mlx5_collector::probe::ProbeId;
use mlx5_collector::supervise::{DeviceOutcome, DeviceTask, Event, Happened, Options, collect, deciding};
use mlx5_collector::task::Target;
use mlx5_schemas::model::exchange::{Exchange, Outcome, SkipReason};
use mlx5_schemas::model::manifest::{Device, TransportKind};
use mlx5_schemas::model::request::register;
use mlx5_schemas::model::status::{CollectionStatus, classify};
use mlx5_schemas::model::transcript;

const ETIMEDOUT: i32 = 110;
const ENXIO: i32 = 6;
const EINTR: i32 = 4;

/// Whatever is tested here, this is more time than it needs.
const LONG: Duration = Duration::from_secs(60);

/// The card that those here are made of, and what that is made of.
const CARD: [&str; 2] = ["connectx-6-dx.json", "parts/common.json"];

struct Bench {
    folder: tempfile::TempDir,
    tasks: Vec<DeviceTask>,
}

impl Bench {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir(folder.path().join("parts")).unwrap();
        for name in CARD {
            let model = Path::new(env!("CARGO_MANIFEST_DIR")).join("../fixtures/models").join(name);
            std::fs::copy(model, folder.path().join(name)).unwrap();
        }
        Self { folder, tasks: Vec::new() }
    }

    /// Adds a card with these faults, in JSON, whose driver waits a minute for an answer.
    fn card(self, faults: &str) -> Self {
        self.card_with(60_000, faults)
    }

    fn card_with(self, command_timeout_ms: u32, faults: &str) -> Self {
        let number = self.tasks.len() + 1;
        let model = self.folder.path().join(format!("card-{number}.json"));
        let text = format!(
            r#"{{"extends": "connectx-6-dx.json", "name": "card {number}",
                "command_timeout_ms": {command_timeout_ms}, "faults": {faults}}}"#
        );
        std::fs::write(&model, text).unwrap();
        self.target(Target::Simulated { model })
    }

    fn target(mut self, target: Target) -> Self {
        let number = self.tasks.len() + 1;
        let device = Device::new(format!("0000:0{number}:00.0"), TransportKind::Simulated);
        self.tasks.push(DeviceTask { device, target, probes: ProbeId::ALL.to_vec() });
        self
    }

    fn collect(self, limit: Duration) -> Vec<DeviceOutcome> {
        self.collect_with(limit, &AtomicBool::new(false), &|_| ())
    }

    fn collect_with(
        self,
        limit: Duration,
        interrupted: &AtomicBool,
        progress: &(dyn Fn(Event<'_>) + Sync),
    ) -> Vec<DeviceOutcome> {
        let worker = PathBuf::from(env!("CARGO_BIN_EXE_mlx5-collector"));
        self.collect_by(worker, limit, interrupted, progress)
    }

    fn collect_by(
        self,
        program: PathBuf,
        limit: Duration,
        interrupted: &AtomicBool,
        progress: &(dyn Fn(Event<'_>) + Sync),
    ) -> Vec<DeviceOutcome> {
        let started = Instant::now();
        let options = Options::new(started, started + limit).program(program);
        collect(self.tasks, &options, interrupted, progress)
    }
}

fn exchanges(outcome: &DeviceOutcome) -> Vec<&Exchange> {
    outcome.probes.iter().flat_map(|probe| probe.exchanges.iter().map(|(exchange, _)| exchange)).collect()
}

fn status(exchange: &Exchange) -> CollectionStatus {
    classify(exchange.request.as_register().map(|(id, _)| id), &exchange.outcome)
}

/// Never asked of such a card: secrets, and registers that its own mask denies.
fn is_by_plan(outcome: &Outcome) -> bool {
    matches!(outcome, Outcome::NotAsked(SkipReason::Secret | SkipReason::CapabilityMask))
}

/// Everything that a card without faults has to say.
fn assert_complete(outcome: &DeviceOutcome) {
    for probe in &outcome.probes {
        assert_eq!(probe.failure, None, "{}", probe.probe);
        for exchange in deciding(probe.exchanges.iter().map(|(exchange, _)| exchange)) {
            let fine = matches!(status(exchange), CollectionStatus::Captured | CollectionStatus::Absent);
            assert!(is_by_plan(&exchange.outcome) || fine, "{}: {exchange:?}", probe.probe);
        }
    }
    assert!(exchanges(outcome).len() > 300);
}

/// Undelivered and not asked, in the order in which they were planned; what the plan leaves out apart.
fn silences(outcome: &DeviceOutcome) -> Vec<Outcome> {
    let outcomes = exchanges(outcome).into_iter().map(|exchange| exchange.outcome.clone());
    outcomes
        .filter(|outcome| match outcome {
            Outcome::Replied(_) => false,
            Outcome::Undelivered { .. } | Outcome::NotAsked(_) => !is_by_plan(outcome),
        })
        .collect()
}

fn assert_silent_from(outcome: &DeviceOutcome, errno: i32, then: SkipReason) {
    let silences = silences(outcome);
    assert_eq!(silences.first(), Some(&Outcome::Undelivered { errno }));
    assert!(silences.len() > 100, "the rest of the plan has no rows");
    assert!(silences.iter().skip(1).all(|outcome| *outcome == Outcome::NotAsked(then)), "{silences:?}");
}

fn answered(outcome: &DeviceOutcome) -> usize {
    let replied = |exchange: &&Exchange| matches!(exchange.outcome, Outcome::Replied(_));
    exchanges(outcome).into_iter().filter(replied).count()
}

#[test]
fn two_cards_are_read_completely_and_the_same_card_gives_the_same_transcript() {
    let outcomes = Bench::new().card("[]").card("[]").collect(LONG);
    outcomes.iter().for_each(assert_complete);
    let transcript = |outcome: &DeviceOutcome| transcript::encode(exchanges(outcome));
    let again = Bench::new().card("[]").collect(LONG);
    assert_eq!(transcript(&outcomes[0]), transcript(&again[0]));
    assert!(transcript::decode(&transcript(&again[0])).is_ok());
}

#[test]
fn nothing_of_earlier_commands_and_no_secret_is_in_what_is_handed_on() {
    let faults = r#"[{"when": {"register": "PAOS"}, "what": {"refuse": {"status": 4}}}]"#;
    let outcomes = Bench::new().card(faults).collect(LONG);
    let bytes = transcript::encode(exchanges(&outcomes[0]));
    for mark in [mlx5_fixtures::card::STALE_MARK, mlx5_fixtures::card::SECRET_MARK] {
        // A part of the mark is as bad as the whole.
        let mark = &mark[..8];
        let found = bytes.windows(mark.len()).any(|window| window == mark);
        assert!(!found, "{}", String::from_utf8_lossy(mark));
    }
}

#[test]
fn a_refusal_is_kept_with_status_and_syndrome() {
    let faults =
        r#"[{"when": {"register": "MPEIN"}, "what": {"refuse": {"status": 1, "syndrome": "0x1a2b3c"}}}]"#;
    let outcomes = Bench::new().card(faults).collect(LONG);
    let all = exchanges(&outcomes[0]);
    let of_register =
        |exchange: &&&Exchange| exchange.request.as_register().is_some_and(|(id, _)| id == register::MPEIN);
    match &all.iter().find(of_register).unwrap().outcome {
        Outcome::Replied(reply) => {
            assert_eq!((reply.status.0, reply.syndrome, reply.output.len()), (1, 0x1a_2b3c, 16));
        }
        outcome @ (Outcome::Undelivered { .. } | Outcome::NotAsked(_)) => panic!("{outcome:?}"),
    }
}

#[test]
fn a_card_that_hangs_costs_its_own_data_only() {
    let started = Instant::now();
    let hang = r#"[{"when": {"after_commands": 60}, "what": "hang"}]"#;
    let outcomes = Bench::new().card(hang).card("[]").collect(Duration::from_secs(3));
    assert!(started.elapsed() < Duration::from_millis(3900), "{:?}", started.elapsed());
    assert_complete(&outcomes[1]);
    assert_silent_from(&outcomes[0], ETIMEDOUT, SkipReason::Deadline);
    // What had been answered before the hang is there, the identity first of all.
    assert_eq!(answered(&outcomes[0]), 60);
    assert_eq!(outcomes[0].probes[0].failure, None);
    assert_eq!(outcomes[0].probes[1].failure.as_deref(), Some("the deadline passed"));
}

#[test]
fn a_time_out_of_the_driver_ends_the_questions_to_that_card() {
    // The driver's own five seconds come on top of the ten milliseconds.
    let hang = r#"[{"when": {"register": "MNVGC"}, "what": "hang"}]"#;
    let outcomes = Bench::new().card_with(10, hang).collect(LONG);
    assert_silent_from(&outcomes[0], ETIMEDOUT, SkipReason::DeviceGivenUp);
    assert!(outcomes[0].probes.iter().all(|probe| probe.failure.is_none()));
}

#[test]
fn a_card_that_disappears_is_left_alone() {
    let death = r#"[{"when": {"after_commands": 100}, "what": "death"}]"#;
    let outcomes = Bench::new().card(death).card("[]").collect(LONG);
    assert_silent_from(&outcomes[0], ENXIO, SkipReason::DeviceGivenUp);
    assert_eq!(answered(&outcomes[0]), 100);
    assert_complete(&outcomes[1]);
}

#[test]
fn a_slow_card_is_stopped_in_order_at_the_deadline() {
    let started = Instant::now();
    let outcomes = Bench::new().card(r#"[{"what": {"delay_ms": 20}}]"#).collect(Duration::from_secs(2));
    assert!(started.elapsed() < Duration::from_millis(2900), "{:?}", started.elapsed());
    // Each request that was made was answered: nothing is recorded as a time-out that was none.
    let silences = silences(&outcomes[0]);
    assert!(!silences.is_empty() && answered(&outcomes[0]) > 10);
    assert!(
        silences.iter().all(|outcome| *outcome == Outcome::NotAsked(SkipReason::Deadline)),
        "{silences:?}"
    );
}

#[test]
fn an_interruption_keeps_what_there_is() {
    let interrupted = AtomicBool::new(false);
    let started = Instant::now();
    let once_some_came = |event: Event<'_>| {
        if matches!(event.happened, Happened::Exchanges(_)) && event.device == "0000:01:00.0" {
            interrupted.store(true, Ordering::Relaxed);
        }
    };
    let slow = r#"[{"what": {"delay_ms": 20}}]"#;
    let hang = r#"[{"when": {"register": "MGIR"}, "what": "hang"}]"#;
    let outcomes = Bench::new().card(slow).card(hang).collect_with(LONG, &interrupted, &once_some_came);
    assert!(started.elapsed() < Duration::from_secs(10), "{:?}", started.elapsed());
    let not_asked = silences(&outcomes[0]);
    assert!(!not_asked.is_empty() && answered(&outcomes[0]) >= 16);
    assert!(not_asked.iter().all(|outcome| *outcome == Outcome::NotAsked(SkipReason::Interrupted)));
    assert_silent_from(&outcomes[1], EINTR, SkipReason::Interrupted);
}

/// Processes whose parent is this one, those that have ended and were not waited for among them.
fn workers() -> Vec<rustix::process::Pid> {
    let own = std::process::id().to_string();
    let mut workers = Vec::new();
    for entry in std::fs::read_dir("/proc").unwrap().flatten() {
        let Some(pid) = entry.file_name().to_str().and_then(|name| name.parse().ok()) else { continue };
        let parent = |stat: &str| stat.rsplit_once(") ")?.1.split(' ').nth(1).map(str::to_owned);
        let stat = std::fs::read_to_string(entry.path().join("stat")).unwrap_or_default();
        if parent(&stat).as_deref() == Some(&own) {
            workers.extend(rustix::process::Pid::from_raw(pid));
        }
    }
    workers
}

/// Runs the body in a process of its own, so that the only processes below that one are the workers of the test.
fn alone(test: &str, body: impl FnOnce()) {
    if std::env::var_os("MLX5_TEST_ALONE").is_some() {
        return body();
    }
    let ended = std::process::Command::new(std::env::current_exe().unwrap())
        .args(["--exact", test, "--nocapture"])
        .env("MLX5_TEST_ALONE", "1")
        .output()
        .unwrap();
    let words = String::from_utf8_lossy(&ended.stdout);
    // A name that fits no test would pass by testing nothing.
    assert!(
        ended.status.success() && words.contains("1 passed"),
        "{words}{}",
        String::from_utf8_lossy(&ended.stderr)
    );
}

#[test]
fn a_killed_worker_leaves_what_it_had_told() {
    alone("a_killed_worker_leaves_what_it_had_told", || {
        let kill = |event: Event<'_>| {
            if matches!(event.happened, Happened::Exchanges(_)) {
                for worker in workers() {
                    let path = format!("/proc/{}/environ", worker.as_raw_pid());
                    assert_eq!(std::fs::read(path).unwrap(), b"", "a worker has an environment");
                    let _ = rustix::process::kill_process(worker, rustix::process::Signal::KILL);
                }
            }
        };
        let slow = r#"[{"what": {"delay_ms": 20}}]"#;
        let outcomes = Bench::new().card(slow).collect_with(LONG, &AtomicBool::new(false), &kill);
        let given_up = Outcome::NotAsked(SkipReason::DeviceGivenUp);
        assert!(silences(&outcomes[0]).iter().all(|outcome| *outcome == given_up));
        assert!(answered(&outcomes[0]) >= 16);
        let failure = outcomes[0].probes.last().unwrap().failure.clone();
        assert_eq!(failure.as_deref(), Some("its worker died (signal: 9 (SIGKILL))"));
    });
}

#[test]
fn a_worker_does_not_hold_the_callers_standard_error() {
    alone("a_worker_does_not_hold_the_callers_standard_error", || {
        let own = std::fs::read_link("/proc/self/fd/2").unwrap();
        let seen = AtomicBool::new(false);
        let look = |event: Event<'_>| {
            if matches!(event.happened, Happened::Exchanges(_)) {
                for worker in workers() {
                    // Whoever reads the caller's pipe to its end would wait for the worker, however long the kernel
                    // holds it.
                    let path = format!("/proc/{}/fd/2", worker.as_raw_pid());
                    // One that has ended has nothing open.
                    let Ok(error) = std::fs::read_link(path) else { continue };
                    assert_ne!(error, own);
                    seen.store(true, Ordering::Relaxed);
                }
            }
        };
        let slow = r#"[{"what": {"delay_ms": 10}}]"#;
        let _ = Bench::new().card(slow).collect_with(Duration::from_secs(3), &AtomicBool::new(false), &look);
        assert!(seen.load(Ordering::Relaxed), "no worker was looked at");
    });
}

#[test]
fn a_device_that_was_given_up_says_after_what() {
    let fault = |what: &str| {
        let faults = format!(r#"[{{"when": {{"register": "MNVGC"}}, "what": {what}}}]"#);
        let mut outcomes = Bench::new().card(&faults).collect(LONG);
        outcomes.remove(0)
    };
    for (what, errno) in [(r#""death""#, ENXIO), (r#"{"errno": 19}"#, 19)] {
        let outcome = fault(what);
        assert_eq!((outcome.given_up_after(), outcome.stopped), (Some(errno), None));
    }
    // What concerns one request, or the worker, is not the device's end.
    for what in [r#"{"errno": 74}"#, r#"{"undelivered": 6}"#, r#"{"signal": {"number": 9}}"#] {
        assert_eq!(fault(what).given_up_after(), None, "{what}");
    }
}

#[test]
fn a_device_has_a_time_of_its_own() {
    let started = Instant::now();
    let bench = Bench::new().card(r#"[{"when": {"register": "MNVGC"}, "what": "hang"}]"#).card("[]");
    let worker = PathBuf::from(env!("CARGO_BIN_EXE_mlx5-collector"));
    let options = Options::new(started, started + LONG).program(worker);
    let options = options.device_budget(Some(Duration::from_secs(3)));
    let outcomes = collect(bench.tasks, &options, &AtomicBool::new(false), &|_| ());
    assert!(started.elapsed() < Duration::from_secs(10), "{:?}", started.elapsed());
    assert_silent_from(&outcomes[0], ETIMEDOUT, SkipReason::DeviceBudget);
    assert_eq!(outcomes[0].stopped, Some(SkipReason::DeviceBudget));
    assert_complete(&outcomes[1]);
    assert_eq!(outcomes[1].stopped, None);
}

#[test]
fn a_hang_of_the_very_last_request_ends_by_the_deadline_too() {
    let sound = Bench::new().card("[]").collect(LONG);
    let asked = answered(&sound[0]);
    let hang = format!(r#"[{{"when": {{"after_commands": {}}}, "what": "hang"}}]"#, asked - 1);
    let outcomes = Bench::new().card(&hang).collect(Duration::from_secs(4));
    assert_eq!(silences(&outcomes[0]), [Outcome::Undelivered { errno: ETIMEDOUT }]);
    assert_eq!(outcomes[0].stopped, Some(SkipReason::Deadline));
}

#[test]
fn what_support_asks_for_first_is_read_first() {
    let outcomes = Bench::new().card("[]").collect(LONG);
    let order: Vec<ProbeId> = outcomes[0].probes.iter().map(|probe| probe.probe).collect();
    let first = [ProbeId::Identity, ProbeId::Nv, ProbeId::Capabilities, ProbeId::Registers];
    assert_eq!(order[..first.len()], first, "the second tier comes last");
    // Who the card is comes before everything; of an item, what counts after the next reset comes first.
    let all = exchanges(&outcomes[0]);
    let of = |exchange: &&Exchange| exchange.request.as_register().map(|(id, _)| id);
    assert_eq!(all.first().and_then(of), Some(register::MGIR));
    let first = all.iter().find(|exchange| of(exchange) == Some(register::MNVDA)).unwrap();
    let (_, data) = first.request.as_register().unwrap();
    assert_eq!(data[1] >> 6, 0, "the next view");
}

#[test]
fn no_worker_is_left_when_a_collection_has_ended() {
    alone("no_worker_is_left_when_a_collection_has_ended", || {
        let hang = r#"[{"when": {"after_commands": 10}, "what": "hang"}]"#;
        let _ = Bench::new().card(hang).card("[]").collect(Duration::from_secs(1));
        assert_eq!(workers(), []);
    });
}

#[test]
fn a_device_that_cannot_be_opened_has_a_row_for_each_request() {
    let node = PathBuf::from("/dev/fwctl/none-such");
    let outcomes = Bench::new()
        .target(Target::Fwctl { node, address: "0000:01:00.0".to_owned(), device_number: (1, 1) })
        .card("[]")
        .collect(LONG);
    assert_complete(&outcomes[1]);
    for probe in &outcomes[0].probes {
        let words = probe.failure.as_deref().unwrap();
        assert!(words.starts_with("/dev/fwctl/none-such cannot be opened: ENOENT: No such file"), "{words}");
        assert!(!probe.exchanges.is_empty());
    }
    let enoent = Outcome::Undelivered { errno: 2 };
    assert!(silences(&outcomes[0]).iter().all(|outcome| *outcome == enoent));
}

#[test]
fn a_node_that_is_another_device_is_not_used() {
    let target =
        Target::Fwctl { node: "/dev/null".into(), address: "0000:01:00.0".to_owned(), device_number: (1, 9) };
    let outcomes = Bench::new().target(target).collect(LONG);
    let words = outcomes[0].probes[0].failure.clone().unwrap();
    assert_eq!(words, "/dev/null is not character device 1:9 (any more)");
}

/// A program in the worker's place.
fn impostor(folder: &Path, script: &str) -> PathBuf {
    let path = folder.join("impostor");
    std::fs::write(&path, format!("#!/bin/sh\n{script}\n")).unwrap();
    std::fs::set_permissions(&path, std::os::unix::fs::PermissionsExt::from_mode(0o755)).unwrap();
    path
}

#[test]
fn a_worker_that_talks_nonsense_is_broken_off() {
    for (script, words) in [
        ("printf nonsense; exec /bin/sleep 60", "its worker sent a frame of 1869509477 bytes"),
        (r"printf '\011\000\000\000\000'; exec /bin/sleep 60", "its worker sent a frame of unknown kind 9"),
        (r"printf '\006\000\000\000\000'; exec /bin/sleep 60", "its worker sent a frame out of turn"),
        ("exit 3", "its worker died (exit status: 3)"),
        (
            "echo panicked >&2; echo at a.rs:1 >&2; exit 101",
            "its worker died (exit status: 101): panicked at a.rs:1",
        ),
    ] {
        let started = Instant::now();
        let bench = Bench::new().card("[]");
        let program = impostor(bench.folder.path(), script);
        let outcomes = bench.collect_by(program, LONG, &AtomicBool::new(false), &|_| ());
        assert!(started.elapsed() < Duration::from_secs(10));
        assert_eq!(outcomes[0].probes[0].failure.as_deref(), Some(words));
        assert!(silences(&outcomes[0]).len() > 100);
    }
}

#[test]
fn a_worker_that_cannot_be_started_has_its_rows() {
    let bench = Bench::new().card("[]");
    let outcomes = bench.collect_by("/none/such".into(), LONG, &AtomicBool::new(false), &|_| ());
    let failure = outcomes[0].probes[0].failure.clone().unwrap();
    assert!(failure.starts_with("no worker could be started: No such file"), "{failure}");
    assert!(silences(&outcomes[0]).len() > 100);
}
