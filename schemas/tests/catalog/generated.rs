//! Files that scripts make of the study's JSON: what is committed is what the scripts make.
//!
//! After a change of the study or a script: `schemas/data/read_list.py ../shared/domain` and
//! `schemas/data/generate.py ../shared/domain/cap_catalog.json`.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use super::study::study;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// Runs a script; whether there is a Python to run it, which there must be under CI.
fn run(script: &str, arguments: &[&Path]) -> bool {
    let script = root().join("schemas/data").join(script);
    let ran = match Command::new("python3").arg(&script).args(arguments).stdin(Stdio::null()).output() {
        Ok(ran) => ran,
        Err(error) => {
            assert!(std::env::var_os("CI").is_none(), "no python3 in CI: {error}");
            eprintln!("skipped: no python3 runs here: {error}");
            return false;
        }
    };
    assert!(ran.status.success(), "{}", String::from_utf8_lossy(&ran.stderr));
    true
}

#[track_caller]
fn assert_made(folder: &Path, made: &str, committed: &str) {
    let read = |path: PathBuf| std::fs::read_to_string(path).unwrap();
    assert_eq!(
        read(folder.join(made)),
        read(root().join(committed)),
        "{committed} is not what its script makes"
    );
}

#[test]
fn the_read_list_is_what_its_script_makes() {
    if study("read_plan.json").is_none() {
        return;
    }
    let files = ["schemas/src/model/request/read_list.rs", "collector/src/transport/guard/acting_bits.rs"];
    let folder = tempfile::tempdir().unwrap();
    for file in files {
        std::fs::create_dir_all(folder.path().join(file).parent().unwrap()).unwrap();
    }
    if run("read_list.py", &[&root().join("../shared/domain"), folder.path()]) {
        for file in files {
            assert_made(folder.path(), file, file);
        }
    }
}

#[test]
fn the_capability_pages_are_what_their_script_makes() {
    if study("cap_catalog.json").is_none() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    if run("generate.py", &[&root().join("../shared/domain/cap_catalog.json"), folder.path()]) {
        assert_made(folder.path(), "capabilities.tsv", "schemas/data/capabilities.tsv");
    }
}
