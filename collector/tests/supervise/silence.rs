//! What cards that fall silent cost, and what they do not: hangs, removal, limits of time, an interruption.
//!
//! Times here are bounds that a busy machine keeps too: what is shown is that nobody waits for the card's driver, which
//! takes a minute. How exactly the deadline is kept is the fault matrix's to test.

use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use mlx5_collector::supervise::{Event, Happened, Options, collect};
use mlx5_schemas::model::exchange::{Outcome, SkipReason};

use crate::bench::{Bench, LONG, answered, assert_complete, assert_silent_from, silences};

const ETIMEDOUT: i32 = 110;
const ENXIO: i32 = 6;
const EINTR: i32 = 4;

/// A limit of time within which a sound card is read whole on a busy machine too.
const LIMIT: Duration = Duration::from_secs(5);
/// Half of what the driver would wait for an answer.
const SOON: Duration = Duration::from_secs(30);
/// How often something is tried that a very busy machine can spoil.
const TRIES: usize = 3;

/// Runs a collection from a slow card until its worker came to its own end. One that gets no processor for half a second
/// after it was told to stop is killed, and then what it was asking has no answer; that is right, and not what is tested.
fn stopped_in_order<T>(stopped: impl Fn() -> (Vec<Outcome>, T)) -> (Vec<Outcome>, T) {
    let is_killed = |(silences, _): &(Vec<Outcome>, T)| {
        silences.iter().any(|outcome| matches!(outcome, Outcome::Undelivered { .. }))
    };
    let mut last = stopped();
    for _ in 1..TRIES {
        if !is_killed(&last) {
            break;
        }
        last = stopped();
    }
    last
}

#[test]
fn a_card_that_hangs_costs_its_own_data_only() {
    let started = Instant::now();
    let hang = r#"[{"when": {"after_commands": 60}, "what": "hang"}]"#;
    let outcomes = Bench::new().card(hang).card("[]").collect(LIMIT);
    assert!(started.elapsed() < SOON, "{:?}", started.elapsed());
    assert_complete(&outcomes[1]);
    assert_silent_from(&outcomes[0], ETIMEDOUT, SkipReason::Deadline);
    // What had been answered before the hang is there, the identity first of all.
    assert_eq!(answered(&outcomes[0]), 60);
    assert_eq!(outcomes[0].probes[0].failure, None);
    assert_eq!(outcomes[0].probes[1].failure.as_deref(), Some("the deadline passed"));
}

#[test]
fn two_cards_that_hang_cost_one_limit_and_each_had_its_time() {
    let started = Instant::now();
    let hang = r#"[{"when": {"register": "MNVGC"}, "what": "hang"}]"#;
    let outcomes = Bench::new().card(hang).card(hang).collect(LIMIT);
    // One after the other they would have taken two.
    assert!(started.elapsed() < LIMIT * 2, "{:?}", started.elapsed());
    for outcome in &outcomes {
        // Not merely cut short: both were read up to where they hung.
        assert_eq!(outcome.probes[0].failure, None);
        assert_silent_from(outcome, ETIMEDOUT, SkipReason::Deadline);
        assert_eq!(answered(outcome), answered(&outcomes[0]));
    }
    assert!(answered(&outcomes[0]) > 10);
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
    let (silences, answered) = stopped_in_order(|| {
        let outcomes = Bench::new().card(r#"[{"what": {"delay_ms": 20}}]"#).collect(Duration::from_secs(2));
        (silences(&outcomes[0]), answered(&outcomes[0]))
    });
    assert!(started.elapsed() < SOON, "{:?}", started.elapsed());
    // Each request that was made was answered: nothing is recorded as a time-out that was none.
    assert!(!silences.is_empty() && answered > 10, "{answered}");
    assert!(
        silences.iter().all(|outcome| *outcome == Outcome::NotAsked(SkipReason::Deadline)),
        "{silences:?}"
    );
}

#[test]
fn an_interruption_keeps_what_there_is() {
    let started = Instant::now();
    let slow = r#"[{"what": {"delay_ms": 20}}]"#;
    let hang = r#"[{"when": {"register": "MGIR"}, "what": "hang"}]"#;
    let (not_asked, outcomes) = stopped_in_order(|| {
        let interrupted = AtomicBool::new(false);
        let once_some_came = |event: Event<'_>| {
            if matches!(event.happened, Happened::Exchanges(_)) && event.device == "0000:01:00.0" {
                interrupted.store(true, Ordering::Relaxed);
            }
        };
        let outcomes = Bench::new().card(slow).card(hang).collect_with(LONG, &interrupted, &once_some_came);
        (silences(&outcomes[0]), outcomes)
    });
    assert!(started.elapsed() < SOON, "{:?}", started.elapsed());
    assert!(!not_asked.is_empty() && answered(&outcomes[0]) >= 16);
    let interrupted = Outcome::NotAsked(SkipReason::Interrupted);
    assert!(not_asked.iter().all(|outcome| *outcome == interrupted), "{not_asked:?}");
    assert_silent_from(&outcomes[1], EINTR, SkipReason::Interrupted);
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
    let options = options.device_budget(Some(LIMIT));
    let outcomes = collect(bench.tasks, &options, &AtomicBool::new(false), &|_| ());
    assert!(started.elapsed() < SOON, "{:?}", started.elapsed());
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
    let outcomes = Bench::new().card(&hang).collect(LIMIT);
    assert_eq!(silences(&outcomes[0]), [Outcome::Undelivered { errno: ETIMEDOUT }]);
    assert_eq!(outcomes[0].stopped, Some(SkipReason::Deadline));
}
