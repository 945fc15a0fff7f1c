#![allow(clippy::unwrap_used)]

use std::path::PathBuf;

use super::*;

struct Script {
    _folder: tempfile::TempDir,
    file: PathBuf,
}

fn script(text: &str) -> Script {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("tool");
    mlx5_fixtures::script::write(&file, &format!("#!/bin/sh\n{text}\n")).unwrap();
    Script { _folder: folder, file }
}

fn ran(text: &str, time: Duration) -> Ended {
    let script = script(text);
    let interrupted = AtomicBool::new(false);
    let deadline = Instant::now() + LONG * 2;
    run(&script.file, &["-d".to_owned()], Limits { time, deadline, interrupted: &interrupted })
}

/// More than anything here takes, and less than what hangs.
const LONG: Duration = Duration::from_secs(15);
/// Enough for a shell to begin on a busy machine.
const SHORT: Duration = Duration::from_secs(1);

#[test]
fn output_code_and_environment_are_as_they_should_be() {
    let ended = ran("echo out \"$@\"; echo err >&2; cat; env | sort >&2; pwd >&2; exit 3", LONG);
    assert_eq!((ended.end, ended.cut, ended.was_killed), (End::Exited(3), false, false));
    assert_eq!(ended.stdout, b"out -d\n");
    let words = String::from_utf8(ended.stderr).unwrap();
    for line in ["err", "HOME=/nonexistent", "LC_ALL=C", "PATH=/usr/sbin:/usr/bin:/sbin:/bin", "/"] {
        assert!(words.lines().any(|found| found == line), "{line} is not in: {words}");
    }
    assert!(!words.contains("CARGO"), "{words}");
}

#[test]
fn one_that_hangs_is_asked_to_end_and_keeps_what_it_printed() {
    let ended = ran("trap 'echo given back; exit 0' TERM; echo begun; while :; do sleep 0.05; done", SHORT);
    assert_eq!((ended.end, ended.was_killed), (End::Late, false));
    assert_eq!(ended.stdout, b"begun\ngiven back\n");
    assert!(ended.elapsed < LONG, "{:?}", ended.elapsed);
}

#[test]
fn one_that_does_not_end_when_asked_is_killed() {
    let ended = ran("trap '' TERM; while :; do sleep 0.05; done", SHORT);
    assert_eq!((ended.end, ended.was_killed), (End::Late, true));
    assert!(ended.elapsed < LONG, "{:?}", ended.elapsed);
}

#[test]
fn a_flood_is_cut_and_ended() {
    let ended = ran("while :; do echo 0123456789012345678901234567890123456789; done", LONG);
    assert_eq!((ended.end, ended.cut), (End::TooMuch, true));
    assert_eq!(ended.stdout.len(), OUTPUT_LIMIT);
    assert!(ended.elapsed < LONG, "{:?}", ended.elapsed);
    let at_the_limit = ran(&format!("head -c {OUTPUT_LIMIT} /dev/zero"), LONG);
    assert_eq!((at_the_limit.end, at_the_limit.cut), (End::Exited(0), false));
}

#[test]
fn a_signal_is_told_apart_from_a_code() {
    assert_eq!(ran("kill -SEGV $$", LONG).end, End::Signalled(11));
}

#[test]
fn a_child_that_holds_the_pipe_is_not_waited_for_and_does_not_stay() {
    let folder = tempfile::tempdir().unwrap();
    let pid_file = folder.path().join("pid");
    let ended = ran(&format!("echo done; sleep 30 & echo $! > {}", pid_file.display()), LONG);
    assert_eq!((ended.end, ended.left_behind), (End::Exited(0), true));
    assert_eq!(ended.stdout, b"done\n");
    assert!(ended.elapsed < LONG, "{:?}", ended.elapsed);
    let pid = std::fs::read_to_string(pid_file).unwrap();
    let status = format!("/proc/{}/stat", pid.trim());
    let until = Instant::now() + LONG;
    // Gone, or a zombie that whoever adopted it has not yet taken away.
    let is_running = || {
        let stat = std::fs::read_to_string(&status).unwrap_or_default();
        stat.rsplit_once(") ").is_some_and(|(_, rest)| !rest.starts_with('Z'))
    };
    while is_running() && Instant::now() < until {
        std::thread::sleep(Duration::from_millis(10));
    }
    assert!(!is_running());
}

#[test]
fn interruption_and_deadline_end_it_soon() {
    let script = script("sleep 30");
    let interrupted = AtomicBool::new(false);
    let deadline = Instant::now() + LONG * 2;
    let limits = Limits { time: LONG, deadline, interrupted: &interrupted };
    let ended = std::thread::scope(|scope| {
        scope.spawn(|| {
            std::thread::sleep(SHORT);
            interrupted.store(true, Ordering::Relaxed);
        });
        run(&script.file, &[], limits)
    });
    assert_eq!(ended.end, End::Interrupted);
    assert!(ended.elapsed < LONG, "{:?}", ended.elapsed);
    // And one that has not begun does not begin.
    assert_eq!(run(&script.file, &[], limits).end, End::Interrupted);

    let interrupted = AtomicBool::new(false);
    let limits = Limits { time: LONG, deadline: Instant::now() + SHORT, interrupted: &interrupted };
    let ended = run(&script.file, &[], limits);
    assert_eq!(ended.end, End::Deadline);
    assert!(ended.elapsed < LONG, "{:?}", ended.elapsed);
}

#[test]
fn what_is_no_program_is_not_started() {
    let interrupted = AtomicBool::new(false);
    let limits = Limits { time: LONG, deadline: Instant::now() + LONG, interrupted: &interrupted };
    let ended = run(Path::new("/nonexistent/mstconfig"), &[], limits);
    assert_eq!(ended.end, End::NotStarted("ENOENT: No such file or directory".to_owned()));
}

/// What exec hands on cannot be set without unsafe code; `env` sets it for this test program, run once more.
#[test]
fn an_exit_code_that_nobody_was_told_is_not_zero() {
    const MARK: &str = "MLX5_TEST_ENDS_OF_CHILDREN_IGNORED";
    if std::env::var_os(MARK).is_some() {
        assert_eq!(ran("exit 3", LONG).end, End::Unseen);
        return;
    }
    let again = Command::new("env")
        .arg("--ignore-signal=CHLD")
        .arg(std::env::current_exe().unwrap())
        .args(["--exact", "tools::process::tests::an_exit_code_that_nobody_was_told_is_not_zero"])
        .env(MARK, "1")
        .output()
        .unwrap();
    let words = String::from_utf8_lossy(&again.stdout);
    // `env` itself ends with 125 where it does not know the option.
    assert!(again.status.success() && words.contains("1 passed"), "{words}");
}
