//! Runs that do not come to their own end: signals, deadlines, devices that hang.

use std::process::Stdio;
use std::time::{Duration, Instant};

use mlx5_schemas::model::manifest::Ending;
use mlx5_schemas::model::status::CollectionStatus;
use rustix::process::{Pid, Signal, kill_process};

use crate::support::{Place, code, finish, opened, row, stderr, wait};

/// Every answer comes late: a whole run takes far longer than these tests.
const SLOW: &str = r#"[{"when": {"from": "any"}, "what": {"delay_ms": 50}}]"#;
/// After some commands there is no answer any more.
const HANGS: &str = r#"[{"when": {"from": "any"}, "what": "hang"}]"#;

/// Long enough for anything but the driver of a card that hangs, which waits for a minute.
const SOON: Duration = Duration::from_secs(25);

/// Waits until the program has taken over from whatever started it, and notes this signal.
fn until_it_catches(child: &std::process::Child, signal: Signal) {
    let until = Instant::now() + SOON;
    let status = format!("/proc/{}/status", child.id());
    let is_ready = || {
        let status = std::fs::read_to_string(&status).unwrap_or_default();
        let line = |name: &str| status.lines().find_map(|line| line.strip_prefix(name)).map(str::trim);
        let caught = line("SigCgt:").and_then(|mask| u64::from_str_radix(mask, 16).ok()).unwrap_or(0);
        line("Name:") == Some("mlx5-collector") && caught >> (signal.as_raw() - 1) & 1 == 1
    };
    while !is_ready() {
        assert!(Instant::now() < until, "no handler of {signal:?}");
        std::thread::sleep(Duration::from_millis(5));
    }
}

fn signal(child: &std::process::Child, signal: Signal) {
    kill_process(Pid::from_child(child), signal).unwrap();
}

#[test]
fn a_killed_run_never_leaves_a_half_bundle_under_the_final_name() {
    let place = Place::new();
    let started = Instant::now();
    finish(place.collector(&[place.sample("connectx-6-dx")]));
    let whole = started.elapsed();
    std::fs::remove_file(place.path("work").join(&place.names()[0])).unwrap();
    let mut seen_without = false;
    for step in 0..12_u32 {
        let child = place.collector(&[place.sample("connectx-6-dx")]).spawn().unwrap();
        // From the start to a little after the usual end.
        std::thread::sleep(whole.saturating_mul(step) / 10);
        signal(&child, Signal::KILL);
        wait(child);
        let names = place.names();
        seen_without |= names.is_empty();
        for name in names {
            let path = place.path("work").join(&name);
            if name.ends_with(".zip") {
                opened(&std::fs::read(&path).unwrap());
            } else {
                // Where the file system has no files without names.
                assert!(name.starts_with('.') && name.ends_with(".partial"), "{name}");
            }
            std::fs::remove_file(path).unwrap();
        }
    }
    assert!(seen_without, "no run was killed before its end: nothing was tested");
}

/// The same command with no signal ignored: a job in the background of a script, or under nohup, hands that on, and the
/// collector keeps to it.
fn with_default_signals(place: &Place, collector: &std::process::Command) -> std::process::Command {
    let mut command = std::process::Command::new("/usr/bin/env");
    command.arg("--default-signal=HUP,INT,TERM").arg(collector.get_program()).args(collector.get_args());
    command.current_dir(place.path("work")).env_clear();
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

#[test]
fn an_interrupted_run_seals_what_there_is_and_says_what_is_missing() {
    // Several times what the sound card alone takes: it is to be through when the signal comes.
    let alone = Place::new();
    let started = Instant::now();
    finish(alone.collector(&[alone.sample("connectx-7")]));
    let while_slow = Duration::from_millis(800).max(started.elapsed() * 3);
    for interrupt in [Signal::INT, Signal::TERM, Signal::HUP] {
        let place = Place::new();
        let collector = place.collector(&[place.faulty(SLOW), place.sample("connectx-7")]);
        let child = with_default_signals(&place, &collector).spawn().unwrap();
        until_it_catches(&child, interrupt);
        std::thread::sleep(while_slow);
        signal(&child, interrupt);
        let interrupted = Instant::now();
        let output = wait(child);
        assert!(interrupted.elapsed() < SOON, "{:?}", interrupted.elapsed());
        assert_eq!(code(&output), 1, "{}", stderr(&output));
        let bundle = place.bundle();
        assert_eq!(bundle.manifest.ending, Ending::Interrupted);
        assert!(!bundle.manifest.complete);
        let missing = row(&bundle, Some("0000:d8:00.0"), "registers");
        assert!(missing.status.is_gap());
        assert!(missing.reason.as_deref().unwrap().contains("interrupted"), "{missing:?}");
        // The other card was through before.
        assert_eq!(row(&bundle, Some("0000:81:00.0"), "registers").status, CollectionStatus::Captured);
        assert!(stderr(&output).contains("interrupted"));
    }
}

#[test]
fn a_signal_that_the_caller_ignores_stays_ignored() {
    let place = Place::new();
    let collector =
        place.collector(&[place.faulty(r#"[{"when": {"from": "any"}, "what": {"delay_ms": 3}}]"#)]);
    let mut command = std::process::Command::new("/bin/sh");
    command
        .args(["-c", r#"trap "" HUP; exec "$0" "$@""#])
        .arg(collector.get_program())
        .args(collector.get_args());
    command.current_dir(place.path("work")).env_clear();
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let child = command.spawn().unwrap();
    // The others are caught by then, so this one would be too.
    until_it_catches(&child, Signal::TERM);
    signal(&child, Signal::HUP);
    let output = wait(child);
    assert_eq!(code(&output), 0, "{}", stderr(&output));
    assert!(place.bundle().manifest.complete);
}

#[test]
fn a_second_signal_ends_it_at_once() {
    let place = Place::new();
    let collector = place.collector(&[place.faulty(HANGS)]);
    let child = with_default_signals(&place, &collector).spawn().unwrap();
    until_it_catches(&child, Signal::TERM);
    // All of it is set up a moment after the first part.
    std::thread::sleep(Duration::from_millis(50));
    // The first one is noted; then some time passes until the worker is given up. Two different ones, because a second of
    // the same kind is lost while the first is pending.
    signal(&child, Signal::INT);
    signal(&child, Signal::TERM);
    let output = wait(child);
    assert_eq!(code(&output), 2);
    assert!(place.names().is_empty());
}

#[test]
fn a_hanging_device_costs_its_own_data_only() {
    let place = Place::new();
    let mut command = place.collector(&[place.faulty(HANGS), place.sample("connectx-7")]);
    command.args(["--deadline", "10"]);
    let started = Instant::now();
    let output = finish(command);
    // The bundle, too, is there by then, or a little later where many tests share the machine.
    assert!(started.elapsed() < SOON, "{:?}", started.elapsed());
    assert_eq!(code(&output), 1);
    let bundle = place.bundle();
    assert_eq!(bundle.manifest.ending, Ending::Deadline);
    assert_eq!(row(&bundle, Some("0000:d8:00.0"), "identity").status, CollectionStatus::Timeout);
    for probe in ["identity", "nv", "capabilities", "registers"] {
        let hung = row(&bundle, Some("0000:d8:00.0"), probe);
        assert!(
            hung.status.is_gap() && hung.reason.as_deref().unwrap().contains("the deadline passed"),
            "{hung:?}"
        );
        assert_eq!(row(&bundle, Some("0000:81:00.0"), probe).status, CollectionStatus::Captured, "{probe}");
    }
}
