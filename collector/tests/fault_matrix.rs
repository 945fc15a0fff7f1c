//! Each fault in each phase, on one card and beside a sound one: the real program does what a table written beforehand
//! says, in every cell.
//!
//! Hermetic: simulated cards in a temporary folder. What only a kernel can do (a worker that no signal ends) is tried in
//! a guest, by the tests of the virtual card.
#![cfg(feature = "simulate")]
#![allow(clippy::unwrap_used, clippy::print_stderr, clippy::wildcard_enum_match_arm)]

#[path = "fault_matrix/bench.rs"]
mod bench;
#[path = "fault_matrix/compare.rs"]
mod compare;
#[path = "fault_matrix/table.rs"]
mod table;

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use mlx5_collector::probe::ProbeId;
use mlx5_schemas::bundle::{Bundle, Limits, open, seal};
use mlx5_schemas::model::command::CommandStatus;
use mlx5_schemas::model::exchange::{Exchange, Outcome as Came, Reply};
use mlx5_schemas::model::status::CollectionStatus;
use mlx5_schemas::model::transcript;

use bench::{Bench, DEADLINE_S, STRUCK, member, report};
use compare::{bundle_differences, differences, lateness};
use table::{Expected, Fault, Outcome, expected};

/// Runs that mostly wait, at once. Each still has to start and to seal on the cores there are.
const WAITING: usize = 8;
/// Runs whose time counts, at once.
const TIMED: usize = 8;
/// Runs that do not wait, at once.
const WORKING: usize = 2;
/// Most runs that are tried again, with the machine to themselves.
const MOST_AGAIN: usize = 12;

/// Held by each test that runs the program: their times count.
static ALONE: Mutex<()> = Mutex::new(());

fn alone() -> MutexGuard<'static, ()> {
    // A test that failed says nothing of the next.
    ALONE.lock().unwrap_or_else(PoisonError::into_inner)
}

/// One cell: a row of the table, for so many cards.
struct Cell<'a> {
    row: &'a Expected,
    expected: &'a Outcome,
    cards: usize,
}

impl Cell<'_> {
    /// Runs it, and says in what it differs, and whether it took too long.
    fn run(&self, bench: &Bench, delay: Duration) -> (Vec<String>, Option<String>) {
        let (fault, phase) = (self.row.fault, self.row.phase);
        let ran = bench.strike(fault, phase, self.cards);
        let mut found = differences(bench, phase, self.cards, self.expected, &ran);
        // A table that would take anything for right would be none: each doctored copy must be noticed.
        for (name, doctored) in mutants(&ran.bundle) {
            if bundle_differences(bench, phase, self.cards, self.expected, &doctored).is_empty() {
                found.push(format!("{name} is not noticed"));
            }
        }
        let name = |found: String| format!("{fault:?} {phase:?}, cards: {}: {found}", self.cards);
        (found.into_iter().map(name).collect(), lateness(self.expected, &ran, delay).map(name))
    }
}

#[test]
fn every_cell_comes_to_what_the_table_says() {
    let _alone = alone();
    let started = Instant::now();
    let bench = Bench::new();
    let table = expected();
    let cells: Vec<Cell<'_>> = table
        .iter()
        .filter_map(|row| Some((row, row.outcome.as_ref()?)))
        .flat_map(|(row, expected)| [1, 2].map(|cards| Cell { row, expected, cards }))
        .collect();
    let of = |chosen: fn(Fault) -> bool| {
        cells.iter().filter(move |cell| chosen(cell.row.fault)).collect::<Vec<_>>()
    };
    let (waiting, timed) = (of(waits), of(is_timed));
    let working = of(|fault| !waits(fault) && !is_timed(fault));
    assert_eq!(waiting.len() + timed.len() + working.len(), cells.len());
    let found = Mutex::new(Found::default());
    std::thread::scope(|scope| {
        scope.spawn(|| run_all(&bench, &waiting, WAITING, &found));
        run_all(&bench, &working, WORKING, &found);
    });
    run_all(&bench, &timed, TIMED, &found);
    let Found { mut differences, late } = found.into_inner().unwrap();
    // Many runs at once take each other's time. One for which that counts is tried again with the machine to itself.
    let tried_again = late.len();
    late.iter().for_each(|(_, why)| eprintln!("tried again alone: {why}"));
    differences.extend(late.iter().skip(MOST_AGAIN).map(|(_, why)| format!("too many were late; {why}")));
    for (cell, _) in late.into_iter().take(MOST_AGAIN) {
        // Which is not ours alone: what others take of it shows in how long sound cards take.
        let (found, late) = cell.run(&bench, bench.delay());
        differences.extend(found.into_iter().chain(late));
    }
    let seconds = started.elapsed().as_secs_f64();
    eprintln!("{} cells in {seconds:.1} s, {tried_again} of them tried again alone", cells.len());
    let found = differences;
    assert!(found.is_empty(), "{} differences:\n{}", found.len(), found.join("\n"));
}

/// Whether a run waits for its deadline or for the driver.
fn waits(fault: Fault) -> bool {
    matches!(fault, Fault::Hang | Fault::Wedged | Fault::DriverTimeout)
}

/// Whether it matters how far a run comes in a short time.
fn is_timed(fault: Fault) -> bool {
    matches!(fault, Fault::LateOnce | Fault::Slow)
}

/// What came of the cells so far.
#[derive(Default)]
struct Found<'a> {
    differences: Vec<String>,
    /// Those that took too long, or came to less than they should within a limit of time; and in what.
    late: Vec<(&'a Cell<'a>, String)>,
}

fn run_all<'a>(bench: &Bench, cells: &[&'a Cell<'a>], at_once: usize, found: &Mutex<Found<'a>>) {
    let next = AtomicUsize::new(0);
    std::thread::scope(|scope| {
        for _ in 0..at_once {
            scope.spawn(|| {
                while let Some(cell) = cells.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let (differences, late) = cell.run(bench, Duration::ZERO);
                    let mut found = found.lock().unwrap();
                    let fault = cell.row.fault;
                    if differences.is_empty() || waits(fault) || is_timed(fault) {
                        let why = differences.into_iter().chain(late).collect::<Vec<_>>().join("; ");
                        found.late.extend((!why.is_empty()).then_some((*cell, why)));
                    } else {
                        // No limit of time plays a part: however busy the machine is, this is wrong.
                        found.differences.extend(differences);
                    }
                }
            });
        }
    });
}

/// Copies of a bundle in which a time-out has become something that is absent, made by the bundle's own writer: in the
/// rows, as by a wrong classification, and in the record, as by a wrong transport. None of a bundle without a time-out.
fn mutants(bundle: &Bundle) -> Vec<(&'static str, Bundle)> {
    let struck = ProbeId::STANDARD
        .into_iter()
        .find(|probe| report(bundle, STRUCK, *probe).items.contains_key(CollectionStatus::Timeout.word()));
    let Some(probe) = struck else { return Vec::new() };
    let mut mutants = Vec::new();
    for status in [CollectionStatus::Absent, CollectionStatus::Skipped, CollectionStatus::Timeout] {
        let mut manifest = bundle.manifest.clone();
        for row in manifest.probes.iter_mut().filter(|row| row.device.as_deref() == Some(STRUCK)) {
            if let Some(count) = row.items.remove(CollectionStatus::Timeout.word()) {
                *row.items.entry(CollectionStatus::Absent.word().to_owned()).or_default() += count;
                row.status = status;
            }
        }
        mutants.push(("a row that says absent for a time-out", sealed(manifest, bundle.members.clone())));
    }
    let mut members = bundle.members.clone();
    let name = member(STRUCK, probe);
    let recorded = transcript::decode(&members[&name]).unwrap().into_iter();
    let absent = |mut exchange: Exchange| {
        if exchange.outcome == (Came::Undelivered { errno: 110 }) {
            let mut output = vec![0; 16];
            output[0] = CommandStatus::BAD_PARAM.0;
            exchange.outcome = Came::Replied(Reply::from_output(output).unwrap());
        }
        exchange
    };
    let exchanges: Vec<Exchange> = recorded.map(|recorded| absent(recorded.exchange)).collect();
    members.insert(name, transcript::encode(&exchanges));
    mutants.push(("a record that says absent for a time-out", sealed(bundle.manifest.clone(), members)));
    mutants
}

fn sealed(
    mut manifest: mlx5_schemas::model::manifest::Manifest,
    members: BTreeMap<String, Vec<u8>>,
) -> Bundle {
    manifest.members = Vec::new();
    open(&seal(manifest, &members, None).unwrap(), &Limits::default()).unwrap()
}

#[test]
fn time_outs_are_told_from_what_is_absent() {
    let _alone = alone();
    // The sound bundle has nothing to doctor; one of a hang has, and each doctored copy differs.
    let bench = Bench::new();
    assert!(mutants(&bench.sound).is_empty());
    let row =
        expected().into_iter().find(|row| (row.fault, row.phase) == (Fault::Hang, table::Phase::MiddleTlv));
    let row = row.unwrap();
    let outcome = row.outcome.unwrap();
    let ran = bench.strike(row.fault, row.phase, 1);
    assert_eq!(differences(&bench, row.phase, 1, &outcome, &ran), Vec::<String>::new());
    let mutants = mutants(&ran.bundle);
    assert_eq!(mutants.len(), 4);
    for (name, mutant) in mutants {
        let found = bundle_differences(&bench, row.phase, 1, &outcome, &mutant);
        assert!(!found.is_empty(), "{name} is not noticed");
        eprintln!("{name}: {}", found.join("; "));
    }
}

#[test]
fn hung_devices_cost_one_deadline_together() {
    let _alone = alone();
    let bench = Bench::new();
    let mut took = Vec::new();
    let mut asked = Vec::new();
    for cards in [1, 2, 8] {
        let ran = bench.hang(cards, DEADLINE_S);
        assert_eq!(ran.exit, 1, "{}", ran.words);
        let rows = &ran.bundle.manifest.probes;
        let timeouts = rows.iter().filter(|row| row.status == CollectionStatus::Timeout);
        let at: Vec<&str> = timeouts.map(|row| row.probe.as_str()).collect();
        // Cards that had waited for one another would have been cut short before they came to where they hang.
        assert_eq!(at, vec![ProbeId::Nv.word(); cards], "one for each card, where it hangs");
        took.push(ran.took.as_secs_f64());
        asked.push(rows.iter().map(|row| row.start_ms + row.elapsed_ms).max().unwrap());
    }
    eprintln!(
        "1, 2 and 8 hung cards under a deadline of {DEADLINE_S} s: asked until {asked:?} ms, there after {took:.2?} s"
    );
    // Asking ends two seconds before the deadline, for all together; a busy machine is late, but not by a second time of
    // asking, which is what two cards would cost one after the other.
    assert!(asked.iter().all(|until| (5_900..9_000).contains(until)), "{asked:?}");
    // What follows grows with what there is to seal, not with what hung.
    assert!(took[1] - took[0] < 3.0, "{took:?}");
}
