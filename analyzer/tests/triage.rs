//! `triage`, `ask` and the context of `diff`: what is said has evidence, what was not read is said to be unknown, a
//! card fits a screen, and what is asked for is read when it comes back.

mod answers;
mod claims;
mod context;
pub(crate) mod docs;

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use mlx5_analyzer::case::{Case, open_bytes, open_found};
use mlx5_analyzer::import::source::Found;
use mlx5_analyzer::render::{Page, triage as render};
use mlx5_analyzer::triage::triage;
use mlx5_analyzer::{ask, known};
use mlx5_schemas::catalog::Catalog;
use mlx5_schemas::model::report::{HostTriage, Statement, Tone, Topic, TriageReport};
use serde_json::json;

use crate::support::{Bundle, card_with, changed, now, samples};

/// Lines and columns of a screen.
const SCREEN: (usize, usize) = (24, 80);

pub(crate) fn text_case(text: &str) -> Case {
    let opened = open_bytes(text.as_bytes(), "ticket.txt".to_owned(), None, now()).unwrap();
    opened.decode(Catalog::embedded()).unwrap()
}

/// Several loose texts of one host.
pub(crate) fn texts_case(texts: &[(&str, &str)]) -> Case {
    let mut found = Found::default();
    for (name, text) in texts {
        found.append(Found::loose(name, text.as_bytes().to_vec()));
    }
    open_found(found, "texts".to_owned(), now()).unwrap().decode(Catalog::embedded()).unwrap()
}

fn told(case: &Case) -> HostTriage {
    triage(case, &known::shipped().unwrap())
}

fn page(case: Case) -> String {
    let report = TriageReport { hosts: vec![told(&case)] };
    let mut page = Page::new(false);
    render(&mut page, &report, &[case], false);
    page.into_text()
}

fn words(statements: &[Statement], topic: Topic) -> Vec<&str> {
    statements.iter().filter(|one| one.topic == topic).map(|one| one.words.as_str()).collect()
}

/// The card's part of a page, without lines that are commands: those are copied and so never broken.
fn screens(page: &str) -> Vec<Vec<&str>> {
    page.split("\n\n").skip(1).map(|part| part.lines().collect()).collect()
}

#[test]
fn a_card_of_our_own_bundle_fits_a_screen_and_shows_what_it_says() {
    let bundle = Bundle::of([changed(json!({"NUM_OF_VFS": 16, "LINK_TYPE_P1": "IB"}), &["next"])]);
    let case = bundle.case();
    let report = told(&case);
    assert_eq!(report.cards.len(), 1);
    let one = &report.cards[0];
    assert_eq!(one.family.as_deref(), Some("ConnectX-6 Dx"));
    assert_eq!(one.firmware.as_deref(), Some("22.41.1000"));
    let pending: Vec<&str> = one.pending.iter().map(|one| one.name.as_str()).collect();
    assert_eq!(pending, ["LINK_TYPE_P1", "NUM_OF_VFS"], "the most telling first");
    assert_eq!(one.changed.len(), 2);
    for statement in report.host.iter().chain(&one.statements).filter(|one| one.tone != Tone::Unknown) {
        assert!(!statement.evidence.is_empty(), "{statement:?}");
        for evidence in &statement.evidence {
            assert!(case.opened.bytes(evidence).is_some(), "{statement:?}");
        }
    }
    assert!(words(&report.host, Topic::Host)[0].starts_with("kernel 7.3.4-example"));
    let page = page(case);
    assert!(page.contains("strong: collected on the running host from firmware, over fwctl\n"), "{page}");
    for screen in screens(&page) {
        assert!(screen.len() <= SCREEN.0, "{page}");
        assert!(screen.iter().all(|line| line.chars().count() <= SCREEN.1), "{page}");
    }
    assert!(!page.contains("inside"), "triage calls nothing inside: {page}");
}

#[test]
fn every_card_of_the_samples_fits_a_screen() {
    let Some(folder) = samples() else { return };
    let (mut screens_seen, mut longest) = (0, 0);
    let mut paths: Vec<PathBuf> =
        std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    for path in paths {
        let bytes = std::fs::read(&path).unwrap();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        // Some of the folder are no texts of tools.
        let Ok(opened) = open_bytes(&bytes, name.clone(), None, now()) else { continue };
        let case = opened.decode(Catalog::embedded()).unwrap();
        let report = told(&case);
        for statement in report.host.iter().chain(report.cards.iter().flat_map(|card| &card.statements)) {
            let is_unknown = statement.tone == Tone::Unknown;
            assert_eq!(statement.evidence.is_empty(), is_unknown, "{name}: {statement:?}");
            assert!(
                statement.evidence.iter().all(|one| case.opened.bytes(one).is_some()),
                "{name}: {statement:?}"
            );
        }
        let page = page(case);
        assert!(!page.contains("inside"), "{name}");
        for screen in screens(&page) {
            screens_seen += 1;
            longest = longest.max(screen.len());
            assert!(screen.len() <= SCREEN.0, "{name}:\n{}", screen.join("\n"));
            for line in screen {
                assert!(line.chars().count() <= SCREEN.1, "{name}: {line}");
            }
        }
    }
    assert!(screens_seen >= 20, "only {screens_seen} cards in the samples; longest {longest}");
}

#[test]
fn what_a_text_does_not_say_is_said_to_be_unknown() {
    let case = text_case(
        "Device #1:\n----------\n\nDevice type:        ConnectX7\nDevice:             3b:00.0\n\n\
         Configurations:                        Next Boot\n        NUM_OF_VFS                     16\n",
    );
    let report = told(&case);
    let one = &report.cards[0];
    let unknown: Vec<&str> =
        one.statements.iter().filter(|one| one.tone == Tone::Unknown).map(|one| one.words.as_str()).collect();
    for topic in ["PSID", "firmware version", "driver", "whether a change waits for a reset", "kernel log"] {
        assert!(unknown.contains(&topic), "{unknown:?} has no {topic}");
    }
    assert!(one.pending.is_empty() && one.changed.is_empty());
    assert!(words(&one.statements, Topic::Settings)[0].starts_with("NUM_OF_VFS 16 (next boot"));
    assert!(one.asks[0].command.ends_with("-d 0000:3b:00.0 -e q"), "{:?}", one.asks);
}

#[test]
fn sources_that_contradict_each_other_are_named() {
    let case = texts_case(&[
        (
            "ethtool.txt",
            "# ethtool -i eth0\ndriver: mlx5_core\nversion: 6.11.10-amd64\n\
             firmware-version: 22.41.1000 (MT_0000000436)\nexpansion-rom-version:\nbus-info: 0000:3b:00.0\n\
             supports-statistics: yes\n",
        ),
        (
            "flint.txt",
            "# mstflint -d 0000:3b:00.0 q\nImage type:            FS4\nFW Version:            22.43.2026\n\
             FW Release Date:       5.1.2025\nDescription:           UID                GuidsNumber\n\
             PSID:                  DEL0000000027\n",
        ),
    ]);
    let report = told(&case);
    let one = &report.cards[0];
    let firmware = words(&one.statements, Topic::Firmware)[0];
    assert!(firmware.contains("22.43.2026") && firmware.contains("22.41.1000 by ethtool"), "{firmware}");
    let psid = words(&one.statements, Topic::Psid)[0];
    assert!(psid.contains("which holds is open"), "{psid}");
    assert!(one.statements.iter().any(|one| one.topic == Topic::Firmware && one.tone == Tone::Attention));
}

#[test]
fn the_kernel_log_is_told_with_what_is_known_of_it() {
    let text = "\
[    9.863871] mlx5_core 0000:3b:00.0: mlx5_cmd_out_err:803:(pid 1440): SET_ROCE_ADDRESS(0x761) op_mod(0x0) failed, status bad parameter(0x3), syndrome (0x63c66), err(-22)
[    9.900000] mlx5_core 0000:3b:00.0: mlx5_cmd_out_err:803:(pid 1440): CREATE_RQ(0x908) op_mod(0x0) failed, status bad parameter(0x3), syndrome (0x12345), err(-22)
[   10.100000] fwctl fwctl0: mstconfig(123): has requested full access to the physical device
";
    let report = told(&text_case(text));
    let taint = words(&report.host, Topic::Taint)[0];
    assert!(taint.contains("J: mstconfig(123) asked fwctl for more than reading"), "{taint}");
    let one = &report.cards[0];
    let log = words(&one.statements, Topic::Log);
    assert!(log[0].contains("[roce-multicast-mac]"), "{log:?}");
    assert!(log[1].contains("syndrome 0x12345: no public explanation known here"), "{log:?}");
    assert_eq!(one.issues[0].id, "roce-multicast-mac");
    assert!(!one.asks.iter().any(|ask| ask.command.contains("dmesg")), "the log was given");
    assert!(!one.asks.iter().any(|ask| ask.command.contains("mst")), "this host has fwctl: {:?}", one.asks);
}

#[test]
fn virtual_functions_are_counted_with_their_card() {
    let mut bundle = Bundle::of([card_with(json!({}))]);
    bundle.touch = |manifest| {
        let physical = manifest.devices[0].clone();
        for number in 0..254_u32 {
            let mut function = physical.clone();
            function.id = format!("0000:3b:{:02x}.{}", 1 + number / 8, number % 8);
            function.folder = format!("devices/{}", function.id.replace(':', "-"));
            function.physical_function = Some(physical.id.clone());
            manifest.devices.push(function);
        }
        manifest.devices.sort_by(|left, right| left.id.cmp(&right.id));
    };
    let case = bundle.case();
    assert_eq!(told(&case).cards.len(), 1);
    let page = page(case);
    assert!(page.contains("0000:3b:00.0 and 254 virtual functions\n"), "{page}");
    assert!(screens(&page)[0].len() <= SCREEN.0, "{page}");
}

#[test]
fn cut_samples_are_told_as_far_as_they_go() {
    let Some(folder) = samples() else { return };
    for entry in std::fs::read_dir(folder).unwrap() {
        let bytes = std::fs::read(entry.unwrap().path()).unwrap();
        for part in 1..6 {
            let cut = bytes.get(..bytes.len() * part / 6).unwrap();
            let Ok(opened) = open_bytes(cut, "cut.txt".to_owned(), None, now()) else { continue };
            let case = opened.decode(Catalog::embedded()).unwrap();
            let report = told(&case);
            assert!(report.cards.iter().all(|card| card.asks.len() <= 3));
            ask::ask(&case);
        }
    }
}

#[test]
fn two_functions_of_a_slot_are_one_card() {
    let second = card_with(json!({"bdf": "0000:3b:00.1"}));
    let other = card_with(json!({"bdf": "0000:5e:00.0"}));
    let case = Bundle::of([card_with(json!({})), second, other]).case();
    let report = told(&case);
    let functions: Vec<Vec<String>> = report.cards.iter().map(|card| card.functions.clone()).collect();
    assert_eq!(functions, [vec!["0000:3b:00.0", "0000:3b:00.1"], vec!["0000:5e:00.0"]]);
    // What both say is said once.
    assert_eq!(words(&report.cards[0].statements, Topic::Firmware).len(), 1);
    assert!(page(case).contains("0000:3b:00.0 .1\n"));
}

#[test]
fn names_from_files_do_not_reach_a_shell() {
    let text = "# ethtool -i eth0;reboot\ndriver: mlx5_core\nversion: 5.0-0\n\
                firmware-version: 22.41.1000 (MT_0000000436)\nbus-info: 0000:3b:00.0\n\n\
                Device #1:\n----------\n\nDevice type:        ConnectX7\nDevice:             /dev/mst/$(reboot)\n\n\
                Configurations:                        Next Boot\n        NUM_OF_VFS                     16\n";
    let asked = ask::ask(&text_case(text));
    let line = asked.hand_over.unwrap();
    assert!(!line.contains("reboot") && !line.contains('$'), "{line}");
    for one in &asked.asks {
        assert!(!one.command.contains("reboot"), "{one:?}");
    }
}

#[test]
fn tools_that_would_taint_or_cannot_reach_the_card_are_not_asked_for() {
    let query = "Device #1:\n----------\n\nDevice type:        ConnectX7\nDevice:             3b:00.0\n\n\
                 Configurations:                        Next Boot\n        NUM_OF_VFS                     16\n";
    let asked = |host: &str| {
        let asked = ask::ask(&text_case(&format!("{query}{host}")));
        let commands: Vec<String> = asked.asks.into_iter().map(|one| one.command).collect();
        (commands.join("; "), asked.notes.join(" "))
    };
    let (commands, _) = asked("/proc/sys/kernel/osrelease:5.14.0-427.el9.x86_64\n");
    assert!(commands.contains("mstconfig -d 0000:3b:00.0 -e q"), "{commands}");
    let (commands, notes) = asked("/proc/sys/kernel/osrelease:6.15.0\n");
    assert!(
        commands.contains("mlx5-collector -d 0000:3b:00.0") && commands.contains("devlink"),
        "{commands}"
    );
    assert!(!commands.contains("mst") && notes.contains("taints the kernel"), "{commands} {notes}");
    let locked =
        "/proc/sys/kernel/osrelease:5.14.0\n/sys/kernel/security/lockdown:none [integrity] confidentiality\n";
    let (commands, notes) = asked(locked);
    assert!(!commands.contains("mst") && commands.contains("devlink"), "{commands}");
    assert!(notes.contains("lockdown is on"), "{notes}");
    // MFT where its names stand in the text.
    let (commands, _) = asked("# mlxconfig -d 3b:00.0 q\n");
    assert!(commands.contains("mlxconfig -d 0000:3b:00.0 -e q"), "{commands}");
}

/// Runs the binary where the files are.
pub(crate) fn run_in(folder: &Path, arguments: &[&str]) -> (i32, String, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_mlx5-analyzer"));
    command.args(arguments).current_dir(folder).env_clear().stdin(Stdio::null());
    let output = command.output().unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    (output.status.code().unwrap(), text(output.stdout), text(output.stderr))
}

#[test]
fn bundles_are_hosts_of_their_own_and_loose_texts_are_one() {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, bytes: &[u8]| std::fs::write(folder.path().join(name), bytes).unwrap();
    write("a.zip", &Bundle::of([card_with(json!({}))]).bytes());
    write("taint.txt", b"# cat /proc/sys/kernel/tainted\n4096\n");
    write("driver.txt", b"driver: mlx5_core\nversion: 5.0-0\nfirmware-version: 22.41.1000 (MT_0000000436)\nbus-info: 0000:3b:00.0\n");
    let (code, stdout, stderr) =
        run_in(folder.path(), &["triage", "taint.txt", "a.zip", "driver.txt", "--format", "json"]);
    assert_eq!((code, stderr.as_str()), (0, ""));
    let report: serde_json::Value = serde_json::from_str(&stdout).unwrap();
    let hosts = report["result"]["hosts"].as_array().unwrap();
    assert_eq!(hosts.len(), 2);
    assert_eq!(hosts[0]["bundle"]["file"], "a.zip");
    assert_eq!(hosts[1]["bundle"]["file"], "taint.txt driver.txt");
    // The report reads back as its own type.
    let parsed: mlx5_schemas::model::report::Report = serde_json::from_str(&stdout).unwrap();
    assert_eq!(serde_json::to_value(parsed).unwrap(), report);
    let (code, _, stderr) = run_in(folder.path(), &["triage", "a.zip", "missing.txt"]);
    assert_eq!(code, 2);
    assert!(stderr.contains("missing.txt: cannot be read"), "{stderr}");
}
