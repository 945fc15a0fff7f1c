//! `baseline init`, `learn`, `merge` and `diff` as the binary does them: what is written, what is refused, exit codes.

mod compare;
mod docs;
mod merge;

use std::path::Path;

use mlx5_analyzer::baseline::{LoadedBaseline, load};
use serde_json::{Value, json};

use crate::learning::varied::good;
use crate::support::{Bundle, CLEAN, Host, card, card_with, changed, verdict_of};
use crate::triage::run_in;

/// A folder with bundles and baselines as the manual has them.
fn folder() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, bytes: &[u8]| std::fs::write(folder.path().join(name), bytes).unwrap();
    write("card.zip", &Bundle::of([card()]).bytes());
    write("changed.zip", &Bundle::of([changed(json!({"NUM_OF_VFS": 16}), &["current", "next"])]).bytes());
    write("waiting.zip", &Bundle::of([changed(json!({"NUM_OF_VFS": 16}), &["next"])]).bytes());
    write("unnamed.zip", &Bundle::of([unnamed()]).bytes());
    for number in 1..=6 {
        write(&format!("host-{number}.zip"), &good(number).bundle().bytes());
    }
    let tainted = Host { taint: Some(524_288), requester: Some("mstconfig(321)"), ..good(7).bundle().host };
    write("host-7.zip", &Bundle { host: tainted, ..good(7).bundle() }.bytes());
    for (name, text) in FILES {
        write(name, text.as_bytes());
    }
    folder
}

/// A card with bytes that no parameter names, other than the factory's.
fn unnamed() -> Value {
    let items = json!([{"tlv": "0:0x7f0", "all": {"data": "01020304"}, "next": {"data": "01020305"}, "current": {"data": "01020305"}}]);
    card_with(json!({"nv": {"items": items}}))
}

/// Baselines by their names.
const FILES: [(&str, &str); 4] = [
    (
        "ours.json",
        r#"// Kept by the network team.
{
  "schema": "mlx5-baseline", "schema_version": 1, "name": "ours",
  "rules": [
    // Agreed on in March.
    {"id": "vfs", "severity": "high", "facts": ["NUM_OF_VFS"], "expect": {"range": {"max": 64}}},
    {"id": "link-type", "facts": ["LINK_TYPE_P1", "LINK_TYPE_P2"], "expect": {"equals": "ETH"}},
    {"id": "sriov", "facts": ["SRIOV_EN"], "expect": {"equals": "True"}},
    {"id": "ordering", "facts": ["PCI_WR_ORDERING"], "expect": {"one_of": ["per_mkey", "force_relax"]}}
  ]
}
"#,
    ),
    (
        "new.json",
        r#"{
  "schema": "mlx5-baseline", "schema_version": 1, "name": "ours", "min_assurance": "reported",
  "rules": [
    {"id": "ordering", "facts": ["PCI_WR_ORDERING"], "expect": {"equals": "per_mkey"}},
    {"id": "link-type", "facts": ["LINK_TYPE_P2", "LINK_TYPE_P1"], "expect": {"one_of": ["ETH"]}},
    {"id": "vfs", "why": "Tested with 127.", "severity": "high", "facts": ["NUM_OF_VFS"],
     "expect": {"range": {"min": 0, "max": 127}}},
    {"id": "closed", "facts": ["ADVANCED_PCI_SETTINGS"], "expect": "equals_factory"}
  ]
}
"#,
    ),
    (
        "boot.json",
        r#"// Kept by the people who install.
{
  "schema": "mlx5-baseline", "schema_version": 1, "name": "boot", "min_assurance": "tainted",
  "rules": [
    // The installer comes over PXE.
    {"id": "pxe", "facts": ["EXP_ROM_PXE_ENABLE"], "expect": {"equals": "True"}}
  ]
}
"#,
    ),
    (
        "rival.json",
        r#"{
  "schema": "mlx5-baseline", "schema_version": 1, "name": "rival",
  "rules": [
    {"id": "vfs", "facts": ["NUM_OF_VFS"], "expect": {"equals": 8}},
    {"id": "infiniband", "facts": ["LINK_TYPE_P2"], "expect": {"equals": "IB"}}
  ]
}
"#,
    ),
];

fn run(folder: &Path, line: &str) -> (i32, String, String) {
    run_in(folder, &line.split_whitespace().collect::<Vec<_>>())
}

fn loaded(folder: &Path, name: &str) -> LoadedBaseline {
    load(&folder.join(name)).unwrap()
}

#[test]
fn a_beginning_holds_the_bundle_that_it_is_of() {
    let folder = folder();
    let at = folder.path();
    let (code, stdout, stderr) = run(at, "baseline init changed.zip -o begun.json");
    assert_eq!((code, stderr.as_str()), (0, ""));
    assert_eq!(stdout, "begun.json: 1 rule; the bundle is inside\n");
    let text = std::fs::read_to_string(at.join("begun.json")).unwrap();
    for line in [
        "// Now 16; factory 8.",
        "\"facts\": [\"NUM_OF_VFS\"]",
        "\"default\": \"factory\"",
        "// \"why\": \"<FILL IN",
    ] {
        assert!(text.contains(line), "{line}: {text}");
    }
    assert!(text.lines().all(|line| line.chars().count() <= 80), "{text}");
    let begun = loaded(at, "begun.json");
    let check = |card: Value| Bundle::of([card]).check(std::slice::from_ref(&begun));
    assert_eq!(check(changed(json!({"NUM_OF_VFS": 16}), &["current", "next"])).exit_code, 0);
    assert_eq!(verdict_of(&check(card()), "NUM_OF_VFS"), "outside");
    let other = json!({"NUM_OF_VFS": 16, "LINK_TYPE_P1": "IB"});
    assert_eq!(verdict_of(&check(changed(other, &["current", "next"])), "LINK_TYPE_P1"), "outside");
    // A place that is filled in is a member: the comment marks come off, and nothing else.
    let filled =
        text.replace("// \"why\": \"<FILL IN: why this value is the right one>\"", "\"why\": \"Tested.\"");
    std::fs::write(at.join("filled.json"), filled).unwrap();
    assert_eq!(loaded(at, "filled.json").rules[0].rule.why.as_deref(), Some("Tested."));
}

#[test]
fn what_cannot_be_a_rule_is_said() {
    let folder = folder();
    let at = folder.path();
    // A change that waits: both values, and a word about it.
    let (code, stdout, _) = run(at, "baseline init waiting.zip");
    assert_eq!(code, 0);
    assert!(stdout.contains("// Now 8, after the next reset 16; factory 8."), "{stdout}");
    assert!(stdout.contains("{\"one_of\": [8, 16]}"), "{stdout}");
    // Bytes without a name are no rule.
    let (code, stdout, stderr) = run(at, "baseline init unnamed.zip");
    assert_eq!(code, 1, "{stderr}");
    assert!(stdout.contains("// The bundle is NOT inside as this stands"), "{stdout}");
    assert!(!stdout.contains("0102030"), "{stdout}");
    assert!(stderr.contains("unknown(unknown-parameter)"), "{stderr}");
    // Of the host.
    let (code, stdout, _) = run(at, "baseline init card.zip --host -o host.json");
    assert_eq!(code, 0, "{stdout}");
    let host = loaded(at, "host.json");
    assert_eq!(Bundle::of([card()]).check(std::slice::from_ref(&host)).exit_code, 0);
    let tainted = Host { taint: Some(4096), taint_at_end: Some(4096), ..CLEAN };
    let report = Bundle { host: tainted, ..Bundle::of([card()]) }.check(&[host]);
    assert_eq!(verdict_of(&report, "host/taint/O"), "outside");
    // Nothing to begin with.
    std::fs::write(at.join("none.zip"), Bundle::of([]).bytes()).unwrap();
    let (code, _, stderr) = run(at, "baseline init none.zip");
    assert_eq!(code, 2);
    assert!(stderr.contains("none.zip: nothing to begin a baseline with: no NV configuration"), "{stderr}");
}

#[test]
fn no_file_is_replaced_unless_told() {
    let folder = folder();
    let at = folder.path();
    let before = std::fs::read(at.join("ours.json")).unwrap();
    for line in [
        "baseline init changed.zip -o ours.json",
        "baseline learn host-1.zip -o ours.json",
        "baseline merge ours.json boot.json -o ours.json",
    ] {
        let (code, stdout, stderr) = run(at, line);
        assert_eq!((code, stdout.as_str()), (2, ""), "{line}");
        assert!(
            stderr.contains(
                "ours.json is there already; name another file with -o, or replace it with --force"
            )
        );
        assert_eq!(std::fs::read(at.join("ours.json")).unwrap(), before, "{line}");
    }
    let names = || -> Vec<String> {
        let entries = std::fs::read_dir(at).unwrap().map(|entry| entry.unwrap().file_name());
        let mut names: Vec<String> = entries.map(|name| name.into_string().unwrap()).collect();
        names.sort();
        names
    };
    let listed = names();
    assert_eq!(run(at, "baseline merge ours.json boot.json -o ours.json --force").0, 0);
    assert_eq!(loaded(at, "ours.json").rules.len(), 5);
    assert_eq!(run(at, "baseline init changed.zip -o no/such/folder.json").0, 2);
    assert_eq!(names(), listed, "nothing is left behind");
    // A file that cannot be understood.
    std::fs::write(at.join("bad.json"), "{\"schema\": \"mlx5-baseline\", \"schema_version\": 1, \"nam\": 1}")
        .unwrap();
    for line in ["baseline diff bad.json ours.json", "baseline merge ours.json bad.json"] {
        let (code, _, stderr) = run(at, line);
        assert_eq!(code, 2);
        assert!(stderr.contains("bad.json:1:") && stderr.contains("did you mean `name`?"), "{stderr}");
    }
}

#[test]
fn learning_is_told_and_refused_on_the_command_line() {
    let folder = folder();
    let at = folder.path();
    let (code, stdout, stderr) = run(at, "baseline learn host-1.zip host-2.zip host-3.zip -o cards.json");
    assert_eq!((code, stderr.as_str()), (0, ""), "{stdout}");
    assert!(stdout.starts_with("cards.json: learnt from 3 bundles, 3 of them inside it\n"), "{stdout}");
    assert_eq!(loaded(at, "cards.json").baseline.name, "cards");
    let (code, stdout, stderr) = run(at, "baseline learn host-1.zip host-7.zip -o more.json");
    assert_eq!((code, stdout.as_str()), (2, ""));
    assert!(stderr.contains("host-7.zip: tainted: "), "{stderr}");
    assert!(!at.join("more.json").exists());
    // Accepted, it is learnt from; and then it is what bounds the evidence.
    let (code, _, stderr) = run(at, "baseline learn host-1.zip host-7.zip -o more.json --accept tainted");
    assert_eq!((code, stderr.as_str()), (0, ""));
    let text = std::fs::read_to_string(at.join("more.json")).unwrap();
    assert!(
        text.contains("\"min_assurance\": \"tainted\"")
            && text.replace("\n  // ", " ").contains("a tool asked for write access (taint J) (1 of 2)"),
        "{text}"
    );
    let (code, _, stderr) = run(at, "baseline learn host-1.zip --accept taintd");
    assert_eq!(code, 2);
    assert!(stderr.contains("did you mean tainted?"), "{stderr}");
}

/// A card that is called like a pattern must not widen what a file made of it is about.
#[test]
fn a_psid_with_a_wildcard_selects_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let card = card_with(json!({"firmware": {"psid": "MT_*"}, "nv": {"changes": [
        {"set": {"NUM_OF_VFS": 16}, "views": ["current", "next"], "writer": "mlxconfig"}]}}));
    std::fs::write(folder.path().join("b.zip"), Bundle::of([card]).bytes()).unwrap();
    let (code, stdout, _) = run(folder.path(), "baseline init b.zip");
    assert!(code < 2 && stdout.contains("\"NUM_OF_VFS\"") && !stdout.contains("\"psid\""), "{stdout}");
}
