//! Several texts at once: whose facts are whose, and what does not depend on the order.

use mlx5_analyzer::import::import;
use mlx5_analyzer::import::source::{Found, FoundText};
use mlx5_analyzer::import::text::Origin;

use crate::support::now;

/// A loose text with its name.
fn named(name: &str, text: &str) -> FoundText {
    FoundText { origin: Origin::loose(name), bytes: text.as_bytes().to_vec(), reduced: false, archive: None }
}

struct Said {
    devices: Vec<String>,
    /// `device path=value`, gaps as `path?`.
    facts: Vec<String>,
    notes: Vec<String>,
}

fn said(texts: Vec<FoundText>) -> Said {
    let imported = import(Found { texts, ..Found::default() }, now()).unwrap();
    let manifest = imported.bundle.manifest;
    let mut facts: Vec<String> = Vec::new();
    for fact in &imported.facts {
        let whose = fact.subject.device().unwrap_or("host");
        let value = fact.value().map_or("?".to_owned(), |value| format!("={value}"));
        facts.push(format!("{whose} {}{value}", fact.path));
    }
    facts.sort();
    let devices = manifest.devices.into_iter().map(|device| device.id).collect();
    Said { devices, facts, notes: manifest.notes }
}

/// What texts say in one order, which must be what they say in any.
fn in_any_order(texts: &[FoundText]) -> Said {
    let first = said(texts.to_vec());
    for turn in 0..texts.len() {
        let mut turned = texts.to_vec();
        turned.rotate_left(turn);
        for texts in [turned.clone(), turned.into_iter().rev().collect()] {
            let other = said(texts);
            assert_eq!((&other.devices, &other.facts), (&first.devices, &first.facts));
        }
    }
    first
}

#[test]
fn two_files_of_one_name_are_two_texts() {
    let run = |psid: &str| format!("Image type:            FS4\nPSID:                  {psid}\n");
    // As two folders have them.
    let both = said(vec![named("query.txt", &run("MT_1")), named("query.txt", &run("MT_2"))]);
    assert_eq!(both.devices, ["device #1 of 2-query.txt", "device #1 of query.txt"]);
    assert!(both.facts.contains(&"device #1 of query.txt flint/psid=MT_1".to_owned()), "{:?}", both.facts);
    assert!(both.facts.contains(&"device #1 of 2-query.txt flint/psid=MT_2".to_owned()));
}

#[test]
fn two_runs_in_one_text_do_not_share_numbers() {
    let run = |vfs: u32| {
        format!("Device #1:\n\nDevice type:   ConnectX7\nConfigurations:   Next Boot\n  NUM_OF_VFS   {vfs}\n")
    };
    let both = said(vec![named("m.txt", &format!("{}{}", run(8), run(16)))]);
    assert_eq!(both.devices, ["device #1", "device #1 of run 2"]);
    assert!(
        both.facts.contains(&"device #1 of run 2 nv/0:0x080.total_vfs=16".to_owned()),
        "{:?}",
        both.facts
    );
}

#[test]
fn two_lists_of_updates_do_not_share_numbers() {
    let run = |psid: &str| {
        format!("Device #1:\n\n  Device Type:      ConnectX7\n  PSID:             {psid}\n  Status: x\n")
    };
    let both = said(vec![named("m.txt", &format!("{}{}", run("MT_1"), run("MT_2")))]);
    assert_eq!(both.devices, ["device #1 of mlxfwmanager", "device #1 of mlxfwmanager of run 2"]);
    assert!(both.facts.iter().filter(|fact| fact.contains("psid=")).count() == 2, "{:?}", both.facts);
}

#[test]
fn what_is_printed_behind_a_prompt_is_not_the_tables() {
    let query = "[root@a ~]# mlxconfig -d 05:00.0 q\nDevice: 05:00.0\nConfigurations:   Next Boot\n  NUM_OF_VFS   8\n";
    let other = "[root@a ~]# cat other-card.txt\n  SRIOV_EN   True(1)\n";
    let found = said(vec![named("m.txt", &format!("{query}{other}"))]);
    assert!(found.facts.contains(&"0000:05:00.0 nv/0:0x080.total_vfs=8".to_owned()));
    assert!(!found.facts.iter().any(|fact| fact.contains("sriov_en")), "{:?}", found.facts);
}

#[test]
fn a_doubt_stays_a_doubt_in_any_order() {
    let query = |value: &str| {
        let text = format!("Device: 3b:00.0\nConfigurations:   Next Boot\n  NUM_OF_VFS   {value}\n");
        named("q.txt", &text)
    };
    let next = |texts: &[FoundText]| -> Vec<String> {
        let facts = in_any_order(texts).facts;
        facts.into_iter().filter(|fact| fact.contains("total_vfs") && fact.contains('=')).collect()
    };
    assert_eq!(next(&[query("16"), query("16")]), ["0000:3b:00.0 nv/0:0x080.total_vfs=16"]);
    for other in ["8", "N/A", "70000"] {
        assert_eq!(next(&[query("16"), query(other), query("16")]), Vec::<String>::new(), "{other}");
    }
    // A text that contradicts itself, and one that does not.
    let both = named("b.txt", "Device: 3b:00.0\nConfigurations: Next Boot\n NUM_OF_VFS 16\n NUM_OF_VFS 8\n");
    assert_eq!(next(&[both, query("8")]), Vec::<String>::new());
    // What merely is not there says nothing against it.
    let cut = named("c.txt", "Device: 3b:00.0\nConfigurations:   Next Boot\n NUM_OF_VFS 1");
    assert_eq!(next(&[cut, query("16")]), ["0000:3b:00.0 nv/0:0x080.total_vfs=16"]);
}

#[test]
fn an_interface_that_two_cards_have_is_nobodys() {
    let driver = |address: &str| {
        let text = format!(
            "# ethtool -i eth0\ndriver: mlx5_core\nversion: 6.1\nfirmware-version: 22.41.1000\nbus-info: {address}\n"
        );
        named("i.txt", &text)
    };
    let rings =
        named("g.txt", "Ring parameters for eth0:\nCurrent hardware settings:\nRX:\t1024\nTX:\t1024\n\n");
    let one = in_any_order(&[driver("0000:05:00.0"), rings.clone()]);
    assert!(one.facts.contains(&"0000:05:00.0 netdev/eth0.ring.rx=1024".to_owned()), "{:?}", one.facts);
    let two = in_any_order(&[driver("0000:05:00.0"), rings, driver("0000:06:00.0")]);
    assert_eq!(two.devices, ["0000:05:00.0", "0000:06:00.0"]);
    assert!(!two.facts.iter().any(|fact| fact.contains("ring")), "{:?}", two.facts);
    assert!(
        two.notes.iter().any(|note| note.contains("2 facts about netdev eth0 are left out")),
        "{:?}",
        two.notes
    );
}

#[test]
fn a_command_line_names_its_own_output_alone() {
    // The driver's lines stand without their command line, behind another interface's table.
    let text = "# ethtool -g eth0\nRing parameters for eth0:\nCurrent hardware settings:\nRX:\t1024\n\n\
        driver: mlx5_core\nversion: 6.1\nbus-info: 0000:06:00.0\n";
    let found = said(vec![named("m.txt", text)]);
    assert!(!found.facts.iter().any(|fact| fact.starts_with("0000:06:00.0 netdev")), "{:?}", found.facts);
}

#[test]
fn texts_of_two_machines_show() {
    let run = |name: &str, psid: &str, mac: &str| {
        let text = format!(
            "# flint -d 05:00.0 q\nImage type:            FS4\nBase MAC:              {mac}            16\n\
             PSID:                  {psid}\n"
        );
        named(name, &text)
    };
    let both = in_any_order(&[run("a", "MT_1", "b83fd2000100"), run("b", "MT_2", "e8ebd370cf12")]);
    assert!(!both.facts.iter().any(|fact| fact.contains("psid=")));
    let of_two = |note: &&String| note.contains("differ about 0000:05:00.0 in 2 values");
    assert_eq!(both.notes.iter().filter(of_two).count(), 1, "{:?}", both.notes);
}
