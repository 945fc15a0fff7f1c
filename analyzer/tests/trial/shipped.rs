//! Every shipped example has a test, and keeps it.

use std::collections::BTreeSet;
use std::path::Path;
use std::process::Command;

use super::made::{baselines, folder};

fn names(folder: &Path) -> BTreeSet<String> {
    let files = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    files
        .filter(|path| path.is_file())
        .map(|path| path.file_name().unwrap().to_str().unwrap().to_owned())
        .collect()
}

#[test]
fn the_examples_judge_as_their_tests_say() {
    let folder = folder();
    let mut examples = names(&baselines());
    // The one that the manual and the demonstration use.
    examples.remove("example-envelope.json");
    assert_eq!(names(&baselines().join("tests")), examples);
    for name in examples {
        let mut command = Command::new(env!("CARGO_BIN_EXE_mlx5-analyzer"));
        command.args(["baseline", "test", &format!("tests/{name}")]);
        let output = command.current_dir(folder.path()).env_clear().output().unwrap();
        let stdout = String::from_utf8(output.stdout).unwrap();
        let stderr = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(0), "{name}:\n{stdout}{stderr}");
        assert!(stdout.contains("expectations held\n") && !stdout.contains("FAILED"), "{stdout}");
    }
}

/// They speak in nobody's name, and say so.
#[test]
fn the_examples_claim_no_vendor_s_word() {
    for name in names(&baselines()) {
        if name == "example-envelope.json" {
            continue;
        }
        let text = std::fs::read_to_string(baselines().join(&name)).unwrap();
        let head: String = text.split("{\n").next().unwrap().replace("\n// ", " ");
        assert!(head.starts_with("// An example, to be copied and changed"), "{name}");
        assert!(head.contains("NVIDIA publishes no table of supported values"), "{name}");
    }
}
