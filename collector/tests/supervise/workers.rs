//! Workers as processes: killed, left over, impostors, and nodes that cannot be opened.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use mlx5_collector::supervise::{Event, Happened};
use mlx5_collector::task::Target;
use mlx5_schemas::model::exchange::{Outcome, SkipReason};

use crate::bench::{Bench, LONG, answered, assert_complete, silences};

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
    alone("workers::a_killed_worker_leaves_what_it_had_told", || {
        let kill = |event: Event<'_>| {
            if matches!(event.happened, Happened::Exchanges(_)) {
                for worker in workers() {
                    let path = format!("/proc/{}/environ", worker.as_raw_pid());
                    // One that was killed a moment ago may have none to look at any more.
                    if let Ok(environment) = std::fs::read(path) {
                        assert_eq!(environment, b"", "a worker has an environment");
                    }
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
    alone("workers::a_worker_does_not_hold_the_callers_standard_error", || {
        let own = std::fs::read_link("/proc/self/fd/2").unwrap();
        // Seen, and so at an end.
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
        let _ = Bench::new().card(slow).collect_with(LONG, &seen, &look);
        assert!(seen.load(Ordering::Relaxed), "no worker was looked at");
    });
}

#[test]
fn no_worker_is_left_when_a_collection_has_ended() {
    alone("workers::no_worker_is_left_when_a_collection_has_ended", || {
        let hang = r#"[{"when": {"after_commands": 10}, "what": "hang"}]"#;
        // A worker that was killed has a twentieth of a second to be gone, which a very busy machine may not give it; one
        // that is left of every collection is a defect.
        let mut left = Vec::new();
        for tried in 1..=3 {
            let _ = Bench::new().card(hang).card("[]").collect(Duration::from_secs(1));
            left = workers();
            if left.len() < tried {
                return;
            }
        }
        panic!("left: {left:?}");
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
    mlx5_fixtures::script::write(&path, &format!("#!/bin/sh\n{script}\n")).unwrap();
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
