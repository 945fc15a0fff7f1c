//! What a text does not carry is not claimed, and what is left out of a page is counted.

use mlx5_analyzer::ask::ask;
use mlx5_analyzer::ask::commands::{Command, Target};
use mlx5_analyzer::case::{Case, open_bytes};
use mlx5_analyzer::diff::diff;
use mlx5_analyzer::known::{self, About, of_card, parse};
use mlx5_analyzer::render::{Page, diff as render_diff};
use mlx5_schemas::catalog::Catalog;
use mlx5_schemas::model::known_issue::{IssueKind, Match};
use mlx5_schemas::model::manifest::{Device, Manifest, TransportKind};
use mlx5_schemas::model::report::{Tone, Topic};
use serde_json::{Value, json};

use super::{page, run_in, text_case, told, words};
use crate::support::{Bundle, card_with, changed, now};

const FLINT: &str = "# mstflint -d 0000:3b:00.0 q\nImage type:            FS4\n\
                     FW Version:            16.35.4506\nPSID:                  MT_0000000013\n";
const ETHTOOL: &str = "# ethtool -i eth0\ndriver: mlx5_core\nversion: 6.9.7-amd64\n\
                       firmware-version: 16.35.4506 (MT_0000000013)\nbus-info: 0000:3b:00.0\n";

fn firmware(text: &str) -> String {
    let report = told(&text_case(text));
    words(&report.cards[0].statements, Topic::Firmware)[0].to_owned()
}

#[test]
fn one_version_of_flint_is_that_of_the_flash() {
    assert_eq!(firmware(FLINT), "16.35.4506 is stored; flint names no other that runs");
    // The driver read it from the device.
    assert_eq!(firmware(&format!("{FLINT}{ETHTOOL}")), "16.35.4506 runs and is stored");
    assert_eq!(firmware(ETHTOOL), "16.35.4506 runs; what is stored was not told");
}

#[test]
fn a_firmware_number_of_two_families_tells_neither() {
    let case = text_case(FLINT);
    let report = told(&case);
    let board = words(&report.cards[0].statements, Topic::Board)[0];
    assert!(board.starts_with("ConnectX-5 or ConnectX-5 Ex (by its firmware's number)"), "{board}");
    let matched = |when: Value| {
        let issue = json!({
            "schema": "mlx5-known-issue", "schema_version": 1, "id": "x", "title": "A title", "kind": "advice",
            "sure": "likely", "text": "Text.", "remedy": "Nothing.", "references": [{"title": "A mail"}],
            "when": when, "examples": []
        });
        let loaded = [parse("x.json", &issue.to_string()).unwrap()];
        let device = case.opened.devices()[0].clone();
        of_card(&case, &[About::new(&case, &device)], &loaded).first().map(|one| one.matched)
    };
    let with = |families: &[&str]| {
        matched(json!({"all": [{"family": families}, {"firmware": {"from": "16.35.0", "to": "16.35.9999"}}]}))
    };
    assert_eq!(with(&["ConnectX-5 Ex"]), Some(Match::Possible));
    assert_eq!(with(&["ConnectX-5", "ConnectX-5 Ex"]), Some(Match::Matches));
    assert_eq!(with(&["ConnectX-7"]), None);
    // What is open at one end stays within its family: 16.x is no firmware of a ConnectX-4 Lx that is newer, nor of a
    // ConnectX-6 that is older.
    assert_eq!(matched(json!({"firmware": {"from": "14.32.1010"}})), None);
    assert_eq!(matched(json!({"firmware": {"to": "20.40.1000"}})), None);
    assert_eq!(matched(json!({"firmware": {"from": "16.35.4000"}})), Some(Match::Matches));
    assert_eq!(matched(json!({"firmware": {"from": "16.35.5000"}})), None);
}

fn query(number: u32, function: &str, columns: &str, row: &str) -> String {
    format!(
        "Device #{number}:\n----------\n\nDevice type:        ConnectX7\nDevice:             {function}\n\n\
         Configurations:                        {columns}\n        {row}\n\n"
    )
}

#[test]
fn functions_that_contradict_each_other_are_both_told() {
    let both = |columns: &str, one: &str, two: &str| {
        let case = text_case(&(query(1, "3b:00.0", columns, one) + &query(2, "3b:00.1", columns, two)));
        let report = told(&case);
        assert_eq!(report.cards.len(), 1);
        report.cards[0].statements.iter().map(|one| one.words.clone()).collect::<Vec<_>>().join("\n")
    };
    let row = |values: &str| format!("NUM_OF_VFS                     {values}");
    let said = both("Next Boot", &row("16"), &row("127"));
    assert!(said.contains("NUM_OF_VFS 16 by .0 and 127 by .1 (next boot"), "{said}");
    let said = both("Next Boot", &row("16"), &row("16"));
    assert!(said.contains("NUM_OF_VFS 16 (next boot"), "{said}");
    let columns = "Default         Current         Next Boot";
    let said = both(columns, &row("8   8   16"), &row("8   8   32"));
    assert!(said.contains("NUM_OF_VFS 8 → 16 by .0, NUM_OF_VFS 8 → 32 by .1"), "{said}");
    let said = both(columns, &row("8   8   16"), &row("8   8   16"));
    assert!(said.contains("NUM_OF_VFS 8 → 16 (in force now"), "{said}");
}

#[test]
fn a_raw_file_holds_settings_of_no_view() {
    let report = told(&text_case("MLNX_RAW_TLV_FILE\n0x03000204 0x07000083 0x00000000 0x1000000f\n"));
    let card = &report.cards[0];
    assert!(words(&card.statements, Topic::Settings)[0].starts_with("1 item of a raw file"), "{card:?}");
    let is_unknown =
        |topic| card.statements.iter().any(|one| one.topic == topic && one.tone == Tone::Unknown);
    assert!(is_unknown(Topic::Pending) && is_unknown(Topic::Factory));
}

#[test]
fn interfaces_without_a_line_are_counted_and_what_is_down_has_one() {
    let link = |name: &str, detected: &str| {
        format!(
            "# ethtool -i {name}\ndriver: mlx5_core\nversion: 6.9.7-amd64\nbus-info: 0000:3b:00.0\n\
             # ethtool {name}\nSettings for {name}:\n\tSpeed: 100000Mb/s\n\tLink detected: {detected}\n"
        )
    };
    let text = link("eth0", "yes") + &link("eth1", "yes") + &link("eth2", "no") + &link("eth3", "yes");
    let case = text_case(&text);
    let report = told(&case);
    let links = words(&report.cards[0].statements, Topic::Link);
    assert!(links[0].starts_with("eth2: link detected: no"), "{links:?}");
    assert!(links.iter().any(|words| words.starts_with("and 2 more interfaces")), "{links:?}");
}

#[test]
fn advice_comes_after_what_is_more() {
    let text = "[    1.438118] mlx5_core 0000:3b:00.0: eth0: Disabling rxhash, not supported when CQE compress is active\n\
                [    2.438118] mlx5_core 0000:3b:00.0: Detected insufficient power on the PCIe slot (25W).\n";
    let report = told(&text_case(text));
    let kinds: Vec<IssueKind> = report.cards[0].issues.iter().map(|issue| issue.kind).collect();
    assert_eq!(kinds, [IssueKind::Hardware, IssueKind::Advice]);
}

#[test]
fn an_innocent_card_is_not_talked_about() {
    let sure = |case: &Case| -> Vec<String> {
        let device = case.opened.devices()[0].clone();
        let found = of_card(case, &[About::new(case, &device)], &known::shipped().unwrap());
        found.into_iter().filter(|one| one.matched == Match::Matches).map(|one| one.id).collect()
    };
    // SR-IOV is off: that PCI offers no VFs is as it should be.
    let off = text_case(
        "Device #1:\n----------\n\nDevice type:        ConnectX7\nDevice:             3b:00.0\n\n\
         Configurations:          Default         Current         Next Boot\n\
         \x20       NUM_OF_VFS         8               8               8\n\
         \x20       SRIOV_EN           False(0)        False(0)        False(0)\n\
         \x20       LLDP_NB_RX_MODE_P1 OFF(0)          ALL(2)          ALL(2)\n\
         /sys/bus/pci/devices/0000:3b:00.0/sriov_totalvfs:0\n\
         /proc/sys/kernel/osrelease:5.14.0-427.el9.x86_64\n\
         /proc/cmdline:ro quiet maxcpus=8\n",
    );
    assert_eq!(sure(&off), Vec::<String>::new());
}

#[test]
fn a_kernel_that_is_not_told_may_have_fwctl() {
    let case = text_case(&query(1, "3b:00.0", "Next Boot", "NUM_OF_VFS                     16"));
    let notes = ask(&case).notes.join(" ");
    assert!(notes.contains("if uname -r says 6.15 or later"), "{notes}");
    let text = query(1, "3b:00.0", "Next Boot", "NUM_OF_VFS                     16");
    let notes = ask(&text_case(&format!("{text}/proc/sys/kernel/osrelease:5.14.0\n"))).notes.join(" ");
    assert!(!notes.contains("uname"), "{notes}");
}

#[test]
fn names_from_a_stranger_s_bundle_do_not_reach_a_shell() {
    const HOSTILE: [&str; 6] =
        ["eth0;reboot", "$(reboot)", "`reboot`", "a' ; reboot '", "-reboot", "a\nreboot"];
    let asked = |touch: fn(&mut Manifest)| {
        let mut bundle = Bundle::of([card_with(json!({}))]);
        bundle.touch = touch;
        let opened = open_bytes(&bundle.bytes(), "x.zip".to_owned(), None, now()).ok()?;
        let asked = ask(&opened.decode(Catalog::embedded()).ok()?);
        Some(asked.asks.into_iter().map(|one| one.command).chain(asked.hand_over).collect::<Vec<String>>())
    };
    let by_id = asked(|manifest| manifest.devices[0].id = "0000:3b:00.0;reboot".to_owned());
    let by_name = asked(|manifest| {
        manifest.devices[0].netdevs = HOSTILE.map(str::to_owned).to_vec();
        manifest.devices[0].rdma_devices = HOSTILE.map(str::to_owned).to_vec();
    });
    let lines: Vec<String> = [by_id, by_name].into_iter().flatten().flatten().collect();
    assert!(!lines.is_empty(), "something was asked for");
    for line in lines {
        assert!(!line.contains("reboot"), "{line}");
    }
    // As a device of our own naming would be called.
    for name in HOSTILE {
        let device = Device { id: name.to_owned(), netdevs: vec![name.to_owned()], ..plain_device() };
        for command in Command::ALL {
            let line = command.line(&Target::of(&device));
            assert!(!line.contains("reboot"), "{line}");
        }
    }
}

fn plain_device() -> Device {
    Device::new("x", TransportKind::Imported)
}

#[test]
fn a_change_beside_what_is_alike_is_told() {
    let compared = |left: &str, right: &str| {
        let open = |text: &str| open_bytes(text.as_bytes(), "x.txt".to_owned(), None, now()).unwrap();
        let report = diff(open(left), open(right), Catalog::embedded()).unwrap();
        let mut page = Page::new(false);
        render_diff(&mut page, &report);
        (report.same, page.into_text())
    };
    let (before, after) = ("/proc/cmdline:ro quiet iommu=pt\n", "/proc/cmdline:quiet ro iommu=pt\n");
    let (same, page) = compared(before, after);
    assert!(!same && page.contains("host/cmdline") && page.contains("different: 1 fact"), "{page}");
    // The more direct source says the same; the other has changed.
    let devlink =
        "pci/0000:3b:00.0:\n  driver mlx5_core\n  versions:\n      running:\n        fw.version 16.35.4506\n";
    let other = ETHTOOL.replace("16.35.4506", "16.32.1010");
    let (same, page) = compared(&format!("{devlink}{ETHTOOL}"), &format!("{devlink}{other}"));
    assert!(!same && page.contains("16.32.1010"), "{page}");
}

#[test]
fn a_text_is_shown_with_the_host_and_identity_that_it_tells() {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| std::fs::write(folder.path().join(name), text).unwrap();
    write("both.txt", &format!("{FLINT}/proc/sys/kernel/osrelease:6.9.7-amd64\n"));
    write("flint.txt", FLINT);
    write("query.txt", &query(1, "3b:00.0", "Next Boot", "NUM_OF_VFS                     16"));
    let shown = |name: &str| run_in(folder.path(), &["show", name]).1;
    let both = shown("both.txt");
    assert!(both.contains("\nhost       kernel 6.9.7-amd64\n"), "{both}");
    assert!(
        both.contains("0000:3b:00.0  PSID MT_0000000013  firmware 16.35.4506  as a text tells of it\n"),
        "{both}"
    );
    assert!(!shown("flint.txt").contains("\nhost"));
    let query = shown("query.txt");
    assert!(query.contains("as a text tells of it; show FILE 'board/**' says which card that is"), "{query}");
    let board = run_in(folder.path(), &["show", "query.txt", "board/**"]).1;
    assert!(board.contains("ConnectX7"), "what the page points to is there: {board}");
}

#[test]
fn places_are_named_as_the_customer_s_files_are_and_once() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::create_dir_all(folder.path().join("report/proc/sys/kernel")).unwrap();
    let write = |name: &str, text: &str| std::fs::write(folder.path().join(name), text).unwrap();
    write("report/proc/sys/kernel/osrelease", "6.9.7-amd64\n");
    write("report/proc/sys/kernel/tainted", "4096\n");
    let page = run_in(folder.path(), &["triage", "report", "--evidence"]).1;
    assert!(page.contains("proc/sys/kernel/osrelease line 1\n"), "{page}");
    assert_eq!(page.matches("kernel/tainted line 1").count(), 1, "{page}");
}

#[test]
fn a_module_without_a_named_driver_is_the_host_s() {
    let page = page(Bundle::of([changed(json!({"NUM_OF_VFS": 16}), &["next"])]).case());
    assert!(!page.contains("driver     driver"), "{page}");
}
