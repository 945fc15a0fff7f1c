//! `docs/ci.md`: its scripts, cut out of the page and run by a shell, with bundles for which they must pass and must not.

use std::path::Path;
use std::process::{Command, Stdio};

use serde_json::json;

use crate::binary::{Folder, Ran, outside};
use crate::support::{Bundle, card, card_with, changed, faulty};

/// A folder with the page's scripts.
fn folder() -> Folder {
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/ci.md");
    let text = std::fs::read_to_string(page).unwrap();
    let mut folder = Folder::new();
    let mut names = Vec::new();
    for block in text.split("```sh\n").skip(1) {
        let script = block.split("```").next().unwrap();
        let name = script.lines().next().unwrap().strip_prefix("# ").unwrap();
        assert!(text.contains(&format!("`{name}")), "the page says what {name} is for");
        folder = folder.with_bytes(name, script.as_bytes());
        names.push(name.to_owned());
    }
    assert_eq!(names, ["gate.sh", "defaults.sh", "golden.sh", "accept.sh"]);
    std::fs::rename(folder.0.path().join("factory-default.json"), folder.0.path().join("envelope.json"))
        .unwrap();
    folder
}

/// Runs a script as CI systems do: a shell that ends at the first command that fails.
fn sh(folder: &Folder, script: &str, arguments: &[&str]) -> Ran {
    let programs = Path::new(env!("CARGO_BIN_EXE_mlx5-analyzer")).parent().unwrap();
    let ran = Command::new("sh")
        .args(["-eu", script])
        .args(arguments)
        .current_dir(folder.0.path())
        .env_clear()
        .env("PATH", format!("{}:/usr/bin:/bin", programs.display()))
        .envs([("GIT_CONFIG_GLOBAL", "/dev/null"), ("GIT_CONFIG_NOSYSTEM", "1")])
        .envs([("GIT_AUTHOR_NAME", "A"), ("GIT_AUTHOR_EMAIL", "a@example.org")])
        .envs([("GIT_COMMITTER_NAME", "A"), ("GIT_COMMITTER_EMAIL", "a@example.org")])
        .stdin(Stdio::null())
        .output()
        .unwrap();
    Ran {
        code: ran.status.code().unwrap(),
        stdout: String::from_utf8(ran.stdout).unwrap(),
        stderr: String::from_utf8(ran.stderr).unwrap(),
    }
}

/// What the script itself says last.
fn last(ran: &Ran) -> &str {
    ran.stdout.lines().last().unwrap_or_default()
}

#[test]
fn the_gate_passes_what_is_inside_alone() {
    let folder = folder()
        .with("inside.zip", &Bundle::of([card()]))
        .with("outside.zip", &Bundle::of([outside()]))
        .with("hung.zip", &Bundle::of([faulty(json!({"tlv": "0:0x080"}), json!("hang"))]))
        .with_bytes("broken.zip", b"PK\x03\x04");
    for (bundle, code, said) in [
        ("inside.zip", 0, "gate: passed"),
        ("outside.zip", 1, "gate: a value is outside: see report.html"),
        ("hung.zip", 3, "gate: cannot be vouched for, and that is no pass: see report.html"),
        ("broken.zip", 2, "gate: the check itself failed"),
        ("none.zip", 2, "gate: the check itself failed"),
    ] {
        let reports = ["junit.xml", "mlx5.sarif", "report.html"].map(|name| folder.0.path().join(name));
        for report in &reports {
            let _ = std::fs::remove_file(report);
        }
        let ran = sh(&folder, "gate.sh", &[bundle]);
        assert_eq!((ran.code, last(&ran)), (code, said), "{bundle}: {ran}");
        assert!(reports.iter().all(|report| report.is_file()), "{bundle}: written whatever the code is");
    }
    std::fs::remove_file(folder.0.path().join("envelope.json")).unwrap();
    let ran = sh(&folder, "gate.sh", &["inside.zip"]);
    assert_eq!((ran.code, last(&ran)), (2, "gate: the check itself failed"), "{ran}");
}

#[test]
fn defaults_are_compared_whatever_was_configured() {
    let items = |vfs: u8| {
        json!({"firmware": {"version": "22.43.2026"}, "nv": {"items": [
            {"tlv": "nv_global_pci_conf", "all": {"parameters": {"sriov_valid": 1, "sriov_en": 1, "total_vfs": vfs}}}]}})
    };
    let folder = folder()
        .with("old.zip", &Bundle::of([card_with(items(8))]))
        .with("configured.zip", &Bundle::of([changed(json!({"NUM_OF_VFS": 16}), &["current", "next"])]))
        .with("plain.zip", &Bundle::of([card()]))
        .with("new.zip", &Bundle::of([card_with(items(16))]))
        .with("hung.zip", &Bundle::of([faulty(json!({"tlv": "0:0x080"}), json!("hang"))]));
    for (old, new, code, said) in [
        ("plain.zip", "configured.zip", 0, "defaults: the same"),
        ("old.zip", "new.zip", 1, "defaults: changed between the two: see defaults.json"),
        ("plain.zip", "hung.zip", 2, "defaults: not all could be compared, and that is no pass"),
        ("plain.zip", "none.zip", 2, "defaults: not all could be compared, and that is no pass"),
    ] {
        let ran = sh(&folder, "defaults.sh", &[old, new]);
        assert_eq!((ran.code, last(&ran)), (code, said), "{old} {new}: {ran}");
        assert_eq!(ran.stdout.contains("NUM_OF_VFS"), code == 1, "{ran}");
    }
}

#[test]
fn a_golden_text_is_accepted_and_then_holds() {
    let folder = folder()
        .with("before.zip", &Bundle::of([card()]))
        .with("after.zip", &Bundle::of([outside()]))
        .with("hung.zip", &Bundle::of([faulty(json!({"tlv": "0:0x080", "view": "next"}), json!("hang"))]));
    let git = Command::new("git").args(["init", "-q"]).arg(folder.0.path()).status();
    assert!(git.unwrap().success());
    let golden = |bundle: &str| sh(&folder, "golden.sh", &[bundle]);
    assert_eq!(golden("before.zip").code, 2, "there is no text yet");
    let accepted = sh(&folder, "accept.sh", &["before.zip"]);
    assert!(accepted.code == 0 && accepted.stdout.contains("golden.txt"), "{accepted}");
    let ran = golden("before.zip");
    assert_eq!((ran.code, last(&ran)), (0, "golden: as recorded"), "{ran}");
    let ran = golden("hung.zip");
    assert_eq!(ran.code, 2, "{ran}");

    let ran = golden("after.zip");
    assert_eq!(ran.code, 1, "{ran}");
    assert!(ran.stdout.contains("@next 16 # NUM_OF_VFS"), "the change is shown: {ran}");
    let how = last(&ran).rsplit_once("to accept it: sh ").unwrap().1.to_owned();
    let (script, bundle) = how.split_once(' ').unwrap();
    let accepted = sh(&folder, script, &[bundle]);
    assert!(accepted.stdout.contains("1 file changed"), "{accepted}");
    assert_eq!(golden("after.zip").code, 0);
    assert_eq!(golden("before.zip").code, 1, "and the old state is the change now");
}
