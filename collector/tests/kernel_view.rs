//! The kernel's view of devices, read by processes of the real program.
//!
//! Hermetic: the functions asked for are on no machine, so that the kernel's answer is that there is nothing.

#![allow(clippy::unwrap_used)]

use std::path::Path;
use std::sync::mpsc::channel;
use std::time::Duration;

use mlx5_collector::host::{Function, apart};
use mlx5_schemas::model::status::CollectionStatus;

fn function(address: &str, has_node: bool) -> Function {
    Function { address: address.to_owned(), is_virtual: false, has_node }
}

#[test]
fn each_question_has_an_answer_and_firmware_is_asked_only_without_a_node() {
    let program = Path::new(env!("CARGO_BIN_EXE_mlx5-collector"));
    let functions = [function("ffff:fe:1f.6", true), function("ffff:ff:1f.7", false)];
    let mut names = Vec::new();
    apart::capture(program, &functions, &mut |capture| {
        assert_ne!(capture.status, CollectionStatus::Captured, "{capture:?}");
        assert!(capture.reason.is_some(), "{capture:?}");
        names.push(capture.name);
    });
    names.sort();
    assert_eq!(
        names,
        [
            "devlink-device@ffff:fe:1f.6",
            "devlink-device@ffff:ff:1f.7",
            "devlink-eswitch@ffff:fe:1f.6",
            "devlink-eswitch@ffff:ff:1f.7",
            "devlink-health@ffff:fe:1f.6",
            "devlink-health@ffff:ff:1f.7",
            "devlink-info@ffff:ff:1f.7",
            "devlink-param@ffff:ff:1f.7",
        ]
    );
}

#[test]
fn a_card_that_hangs_costs_its_own_captures_only() {
    let folder = tempfile::tempdir().unwrap();
    let program = folder.path().join("program");
    // Hangs when it is asked for the first card.
    let script = format!(
        "#!/bin/sh\nread -r task || true\ncase $task in *0000:01*) exec sleep 20;; esac\nprintf '%s' \"$task\" | {} \"$1\"\n",
        env!("CARGO_BIN_EXE_mlx5-collector")
    );
    mlx5_fixtures::script::write(&program, &script).unwrap();
    let (sender, captures) = channel();
    std::thread::spawn(move || {
        let functions = [function("0000:01:00.0", false), function("ffff:ff:1f.7", false)];
        apart::capture(&program, &functions, &mut |capture| drop(sender.send(capture)));
    });
    for _ in 0..5 {
        let capture = captures.recv_timeout(Duration::from_secs(10)).unwrap();
        assert!(capture.name.ends_with("@ffff:ff:1f.7"), "{capture:?}");
    }
    assert!(captures.recv_timeout(Duration::from_millis(200)).is_err());
}

#[test]
fn a_process_that_writes_something_else_or_too_little_is_told() {
    let cases = [
        ("/bin/echo", "at line 1"),
        ("/nonexistent/program", "No such file"),
        // Says nothing and ends, as one that crashes does.
        ("/bin/true", "ended before it had told everything"),
    ];
    for (program, words) in cases {
        let mut captures = Vec::new();
        apart::capture(Path::new(program), &[function("ffff:ff:1f.7", false)], &mut |capture| {
            captures.push(capture);
        });
        let [capture] = captures.as_slice() else { panic!("{captures:?}") };
        assert_eq!(
            (capture.name.as_str(), capture.status),
            ("kernel-view@ffff:ff:1f.7", CollectionStatus::Error)
        );
        assert!(capture.reason.as_deref().unwrap().contains(words), "{capture:?}");
    }
}
