//! Where the bundle goes, and that it is whole or not there.

use std::os::unix::fs::PermissionsExt;
use std::process::Stdio;

use crate::support::{Place, code, finish, opened, stderr};

#[test]
fn the_default_name_has_time_and_id_and_nothing_of_the_host() {
    let place = Place::new();
    assert_eq!(code(&finish(place.collector(&[place.sample("connectx-6-dx")]))), 0);
    let names = place.names();
    let [name] = names.as_slice() else { panic!("{names:?}") };
    let bundle = place.bundle();
    let time = bundle.manifest.created.format("%Y%m%dT%H%M%SZ");
    assert_eq!(name, &format!("mlx5-bundle-{time}-{}.zip", &bundle.manifest.id[..8]));
    let mode = std::fs::metadata(place.path("work").join(name)).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
}

#[test]
fn a_file_that_exists_is_left_alone() {
    let place = Place::new();
    std::fs::write(place.path("work/mine.zip"), "mine").unwrap();
    let mut command = place.collector(&[place.sample("connectx-6-dx")]);
    command.args(["-o", "mine.zip"]);
    let output = finish(command);
    assert_eq!(code(&output), 2);
    assert!(stderr(&output).contains("mine.zip exists already"), "{}", stderr(&output));
    assert_eq!(std::fs::read(place.path("work/mine.zip")).unwrap(), b"mine");
    assert_eq!(place.names(), ["mine.zip"]);
}

#[test]
fn a_folder_that_is_not_there_is_named() {
    let place = Place::new();
    let mut command = place.collector(&[place.sample("connectx-6-dx")]);
    command.args(["-o", "nowhere/b.zip"]);
    let output = finish(command);
    assert_eq!(code(&output), 2);
    assert!(stderr(&output).contains("cannot create a file in nowhere: ENOENT"), "{}", stderr(&output));
    assert!(place.names().is_empty());
}

#[test]
fn standard_output_holds_the_bundle_and_nothing_else() {
    let place = Place::new();
    let mut command = place.collector(&[place.sample("connectx-6-dx")]);
    command.args(["-o", "-"]);
    let output = finish(command);
    assert_eq!(code(&output), 0);
    assert!(opened(&output.stdout).manifest.complete);
    assert!(stderr(&output).contains("Bundle: stdout"));
    assert!(place.names().is_empty());
}

#[test]
fn a_full_or_closed_standard_output_is_no_bundle() {
    let place = Place::new();
    let mut command = place.collector(&[place.sample("connectx-6-dx")]);
    command.args(["-o", "-"]).stdout(std::fs::File::create("/dev/full").unwrap());
    let output = finish(command);
    assert_eq!(code(&output), 2);
    assert!(stderr(&output).contains("ENOSPC"), "{}", stderr(&output));

    let mut command = place.collector(&[place.sample("connectx-6-dx")]);
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    command.args(["-o", "-"]).stdout(Stdio::from(writer));
    let output = finish(command);
    assert_eq!(code(&output), 2);
    assert!(stderr(&output).contains("EPIPE"), "{}", stderr(&output));
}

#[test]
fn words_that_nobody_reads_are_no_failure() {
    let place = Place::new();
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    let mut command = place.program();
    command.arg("plan").stdout(Stdio::from(writer));
    assert_eq!(code(&finish(command)), 0);

    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    let mut command = place.collector(&[place.sample("connectx-6-dx")]);
    command.stderr(Stdio::from(writer));
    assert_eq!(code(&finish(command)), 0);
    assert!(place.bundle().manifest.complete);
}

#[test]
fn wrong_command_lines_write_nothing() {
    let place = Place::new();
    for arguments in [
        &["--only", "everything"][..],
        &["--only", "nv", "--skip", "host"],
        &["--deadline", "0"],
        &["--unsigned", "--sign-with", "key"],
        &["-o", "-", "--format", "json"],
        &["--skip", "identity,nv,capabilities,registers,host"],
        &["--simulate", "no-such-model.json"],
        &["--sign-with", "no-such-key"],
        &["--sign-agent"],
        &["--root", "no-such-folder"],
        &["frobnicate"],
    ] {
        let mut command = place.program();
        command.args(arguments);
        let output = finish(command);
        assert_eq!(code(&output), 2, "{arguments:?}");
        assert!(output.stdout.is_empty() && !output.stderr.is_empty(), "{arguments:?}");
        assert!(place.names().is_empty(), "{arguments:?}");
    }
}
