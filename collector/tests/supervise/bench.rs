//! Simulated cards with faults, a collection from them by real workers, and what is looked for in what came.

use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicBool;
use std::time::{Duration, Instant};

use mlx5_collector::probe::ProbeId;
use mlx5_collector::supervise::{DeviceOutcome, DeviceTask, Event, Options, collect, deciding};
use mlx5_collector::task::Target;
use mlx5_schemas::model::exchange::{Exchange, Outcome, SkipReason};
use mlx5_schemas::model::manifest::{Device, TransportKind};
use mlx5_schemas::model::status::{CollectionStatus, classify};

/// Whatever is tested here, this is more time than it needs.
pub(crate) const LONG: Duration = Duration::from_secs(60);

/// The card that those here are made of, and what that is made of.
const CARD: [&str; 2] = ["connectx-6-dx.json", "parts/common.json"];

pub(crate) struct Bench {
    pub(crate) folder: tempfile::TempDir,
    pub(crate) tasks: Vec<DeviceTask>,
}

impl Bench {
    pub(crate) fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir(folder.path().join("parts")).unwrap();
        for name in CARD {
            let model = Path::new(env!("CARGO_MANIFEST_DIR")).join("../fixtures/models").join(name);
            std::fs::copy(model, folder.path().join(name)).unwrap();
        }
        Self { folder, tasks: Vec::new() }
    }

    /// Adds a card with these faults, in JSON, whose driver waits a minute for an answer.
    pub(crate) fn card(self, faults: &str) -> Self {
        self.card_with(60_000, faults)
    }

    pub(crate) fn card_with(self, command_timeout_ms: u32, faults: &str) -> Self {
        let number = self.tasks.len() + 1;
        let model = self.folder.path().join(format!("card-{number}.json"));
        let text = format!(
            r#"{{"extends": "connectx-6-dx.json", "name": "card {number}",
                "command_timeout_ms": {command_timeout_ms}, "faults": {faults}}}"#
        );
        std::fs::write(&model, text).unwrap();
        self.target(Target::Simulated { model })
    }

    pub(crate) fn target(mut self, target: Target) -> Self {
        let number = self.tasks.len() + 1;
        let device = Device::new(format!("0000:0{number}:00.0"), TransportKind::Simulated);
        self.tasks.push(DeviceTask { device, target, probes: ProbeId::ALL.to_vec() });
        self
    }

    pub(crate) fn collect(self, limit: Duration) -> Vec<DeviceOutcome> {
        self.collect_with(limit, &AtomicBool::new(false), &|_| ())
    }

    pub(crate) fn collect_with(
        self,
        limit: Duration,
        interrupted: &AtomicBool,
        progress: &(dyn Fn(Event<'_>) + Sync),
    ) -> Vec<DeviceOutcome> {
        let worker = PathBuf::from(env!("CARGO_BIN_EXE_mlx5-collector"));
        self.collect_by(worker, limit, interrupted, progress)
    }

    pub(crate) fn collect_by(
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

pub(crate) fn exchanges(outcome: &DeviceOutcome) -> Vec<&Exchange> {
    outcome.probes.iter().flat_map(|probe| probe.exchanges.iter().map(|(exchange, _)| exchange)).collect()
}

pub(crate) fn status(exchange: &Exchange) -> CollectionStatus {
    classify(exchange.request.as_register().map(|(id, _)| id), &exchange.outcome)
}

/// Never asked of such a card: secrets, and registers that its own mask denies.
pub(crate) fn is_by_plan(outcome: &Outcome) -> bool {
    matches!(outcome, Outcome::NotAsked(SkipReason::Secret | SkipReason::CapabilityMask))
}

/// Everything that a card without faults has to say.
pub(crate) fn assert_complete(outcome: &DeviceOutcome) {
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
pub(crate) fn silences(outcome: &DeviceOutcome) -> Vec<Outcome> {
    let outcomes = exchanges(outcome).into_iter().map(|exchange| exchange.outcome.clone());
    outcomes
        .filter(|outcome| match outcome {
            Outcome::Replied(_) => false,
            Outcome::Undelivered { .. } | Outcome::NotAsked(_) => !is_by_plan(outcome),
        })
        .collect()
}

pub(crate) fn assert_silent_from(outcome: &DeviceOutcome, errno: i32, then: SkipReason) {
    let silences = silences(outcome);
    assert_eq!(silences.first(), Some(&Outcome::Undelivered { errno }));
    assert!(silences.len() > 100, "the rest of the plan has no rows");
    assert!(silences.iter().skip(1).all(|outcome| *outcome == Outcome::NotAsked(then)), "{silences:?}");
}

pub(crate) fn answered(outcome: &DeviceOutcome) -> usize {
    let replied = |exchange: &&Exchange| matches!(exchange.outcome, Outcome::Replied(_));
    exchanges(outcome).into_iter().filter(replied).count()
}
