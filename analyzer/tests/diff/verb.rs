//! `diff` and `export` as the binary does them: options, files, exit codes, what fits the screen.

use std::path::Path;

use serde_json::json;

use crate::support::{Bundle, CLEAN, Host, card, card_with, changed, faulty};
use crate::triage::run_in;

/// A folder with bundles as the manual has them.
pub(super) fn folder() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let write =
        |name: &str, bundle: &Bundle| std::fs::write(folder.path().join(name), bundle.bytes()).unwrap();
    let tainted = Host { taint: Some(524_288), requester: Some("mstconfig(321)"), ..CLEAN };
    write("before.zip", &Bundle::of([card()]));
    write(
        "after.zip",
        &Bundle { host: tainted, ..Bundle::of([changed(json!({"NUM_OF_VFS": 16}), &["next"])]) },
    );
    write("hung.zip", &Bundle::of([faulty(json!({"tlv": "0:0x080", "view": "next"}), json!("hang"))]));
    // Firmware that has one TLV more, and other factory values.
    let items = json!([
        {"tlv": "nv_global_pci_conf",
         "all": {"parameters": {"sriov_valid": 1, "sriov_en": 1, "total_vfs": 16}}},
        {"tlv": "nv_vpi_link_type", "instance": 1, "all": {"parameters": {"default_link_type": "ETH"}}},
        {"tlv": "nv_vpi_link_type", "instance": 2, "all": {"parameters": {"default_link_type": "ETH"}}},
        {"tlv": "nv_global_pci_cap", "all": {"parameters": {"sriov_support": 1}}},
        {"tlv": "nv_pcc_int", "all": {"parameters": {"pcc_int_en": 1}}}
    ]);
    write(
        "newer.zip",
        &Bundle::of([card_with(json!({"firmware": {"version": "22.43.2026"}, "nv": {"items": items}}))]),
    );
    let two = |one: &str, other: &str, last: u8| {
        Bundle::of([(one, last), (other, last + 1)].map(|(bdf, last)| {
            card_with(json!({"bdf": bdf, "base_mac": format!("0xb83fd20001{last:02x}"),
                             "base_guid": format!("0xb83fd203000001{last:02x}")}))
        }))
    };
    write("host-a.zip", &two("0000:3b:00.0", "0000:5e:00.0", 0x10));
    write("host-b.zip", &two("0000:99:00.0", "0000:9a:00.0", 0x20));
    folder
}

fn fits(text: &str) {
    for line in text.lines() {
        assert!(line.chars().count() <= 80, "{line}");
    }
}

fn run(folder: &Path, line: &str) -> (i32, String, String) {
    let ran = run_in(folder, &line.split_whitespace().collect::<Vec<_>>());
    assert!(ran.0 == 2 || ran.2.is_empty(), "{line}: {}", ran.2);
    ran
}

#[test]
fn exit_codes_say_what_came_of_it() {
    let folder = folder();
    let at = folder.path();
    for (line, code) in [
        ("diff before.zip before.zip", 0),
        ("diff before.zip after.zip", 1),
        ("diff before.zip hung.zip", 2),
        ("diff before.zip hung.zip --view default", 0),
        ("diff before.zip newer.zip --view default", 1),
        ("diff before.zip newer.zip --view default --only LINK_TYPE_P*", 0),
        (
            "diff before.zip after.zip --only nv/** --ignore NUM_OF_VFS --ignore nv/0:0x080/* --ignore nv/access",
            0,
        ),
        ("diff host-a.zip host-b.zip", 2),
        ("diff host-a.zip host-b.zip --pair 3b:00.0=99:00.0", 0),
        ("diff host-a.zip host-b.zip --pair 3b:00.0=77:00.0", 2),
        ("diff host-a.zip host-b.zip --pair nonsense", 2),
        ("diff before.zip after.zip --unified", 1),
        ("diff before.zip after.zip --view all", 2),
        ("diff before.zip none.txt", 2),
    ] {
        let (found, stdout, stderr) = run(at, line);
        assert_eq!(found, code, "{line}\n{stdout}{stderr}");
        fits(&stdout.lines().filter(|_| !line.contains("unified")).collect::<Vec<_>>().join("\n"));
    }
}

#[test]
fn volatile_facts_are_listed_on_request_and_never_count() {
    let folder = folder();
    let later = Bundle { host: Host { uptime: 9999, ..CLEAN }, ..Bundle::of([card()]) };
    std::fs::write(folder.path().join("later.zip"), later.bytes()).unwrap();
    let (code, plain, _) = run(folder.path(), "diff before.zip later.zip");
    assert!(
        code == 0 && plain.contains("not counted, since it changes by itself: host/uptime_s\n"),
        "{plain}"
    );
    let (code, listed, _) = run(folder.path(), "diff before.zip later.zip --volatile");
    assert!(code == 0 && listed.contains("host/uptime_s  4711 → 9999"), "{listed}");
}

#[test]
fn an_exported_text_is_replaced_by_another_and_nothing_else_is() {
    let folder = folder();
    let at = folder.path();
    let golden = "export before.zip nv/** --view default -o golden.txt";
    let (code, stdout, _) = run(at, golden);
    assert_eq!(code, 0);
    assert!(stdout.starts_with("golden.txt: ") && stdout.ends_with(" facts\n"), "{stdout}");
    let text = std::fs::read_to_string(at.join("golden.txt")).unwrap();
    assert_eq!(run(at, "export before.zip nv/** --view default").1, text, "to standard output, the same");
    assert_eq!(run(at, "diff golden.txt newer.zip").0, 1);
    // Accepted.
    assert_eq!(run(at, &golden.replace("before", "newer")).0, 0);
    assert_ne!(std::fs::read_to_string(at.join("golden.txt")).unwrap(), text);
    assert_eq!(run(at, "diff golden.txt newer.zip").0, 0);
    assert_eq!(run(at, "diff golden.txt before.zip").0, 1);
    for (line, words) in [
        ("export before.zip nv/** -o before.zip", "before.zip exists, and does not begin with mlx5-facts"),
        ("export before.zip NO_SUCH -o golden.txt", "no fact is taken by NO_SUCH"),
        ("export before.zip --format json", "export writes one form"),
        ("export none.zip -o golden.txt", "none.zip: cannot be read"),
        ("export before.zip -o none/golden.txt", "the text cannot be written"),
    ] {
        let (code, stdout, stderr) = run(at, line);
        assert_eq!((code, stdout.as_str()), (2, ""), "{line}");
        assert!(stderr.contains(words), "{line}: {stderr}");
    }
    assert_eq!(run(at, "diff golden.txt newer.zip").0, 0, "what failed left the text alone");
    assert_eq!(std::fs::read_dir(at).unwrap().count(), 7, "and nothing beside it");
}

#[test]
fn a_text_to_be_committed_shows_a_gap() {
    let folder = folder();
    let (code, stdout, _) = run(folder.path(), "export hung.zip NUM_OF_VFS -o hung.txt");
    assert_eq!((code, stdout.as_str()), (0, "hung.txt: 4 facts, 1 of them not read (? in the text)\n"));
}

#[test]
fn unified_is_a_patch_of_what_is_compared() {
    let folder = folder();
    let (_, stdout, _) = run(folder.path(), "diff before.zip after.zip --only nv/** --view next --unified");
    assert!(stdout.starts_with("--- before.zip\n+++ after.zip\n@@ "), "{stdout}");
    assert!(stdout.contains("\n-0000:3b:00.0 nv/0:0x080.total_vfs@next 8 # NUM_OF_VFS\n+0000:3b:00.0 nv/0:0x080.total_vfs@next 16 # NUM_OF_VFS\n"), "{stdout}");
    assert!(stdout.lines().last().unwrap().starts_with("# different: "), "{stdout}");
    // A gap stands as one.
    let (code, stdout, _) = run(folder.path(), "diff before.zip hung.zip --only NUM_OF_VFS --unified");
    assert!(
        code == 2 && stdout.contains("\n+0000:3b:00.0 nv/0:0x080.total_vfs@next ? timeout # NUM_OF_VFS\n"),
        "{stdout}"
    );
    assert!(stdout.contains("# cannot say: 1 fact not read on one side"), "{stdout}");
    assert_eq!(
        run(folder.path(), "diff before.zip before.zip --unified")
            .1
            .lines()
            .filter(|l| !l.starts_with('#'))
            .count(),
        0
    );
}
