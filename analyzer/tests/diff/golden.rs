//! The exported text: written, read, compared.

use mlx5_analyzer::case::{open_bytes, open_found};
use mlx5_analyzer::diff::{DiffError, Selection, diff};
use mlx5_analyzer::golden::write;
use mlx5_analyzer::import::source::Found;
use mlx5_analyzer::pattern::Pattern;
use mlx5_schemas::catalog::Catalog;
use mlx5_schemas::model::fact::View;
use mlx5_schemas::model::report::{DiffOutcome, DiffReport, MatchedBy};
use proptest::prelude::*;
use serde_json::json;

use super::{opened, opened_bytes, told};
use crate::support::{Bundle, CLEAN, Host, card, card_with, changed, faulty, now};

pub(super) fn selection(patterns: &[&str], view: Option<View>) -> Selection {
    Selection { view, only: patterns.iter().map(|text| Pattern::new(text)).collect(), ..Selection::default() }
}

pub(super) fn export(bundle: &Bundle, patterns: &[&str], view: Option<View>) -> String {
    write(&bundle.case(), &selection(patterns, view), Catalog::embedded()).unwrap().text
}

/// An exported text against a bundle.
fn judge(text: &str, bundle: &Bundle) -> DiffReport {
    diff(opened_bytes(text.as_bytes()), opened(bundle), Catalog::embedded()).unwrap()
}

#[test]
fn it_says_what_it_is_of_and_nothing_of_where_and_when() {
    let text = export(&Bundle::of([card()]), &["nv/**"], Some(View::Default));
    let (head, body) = text.split_once("\n\n").unwrap();
    let head: Vec<&str> = head.lines().collect();
    assert_eq!(head[..3], ["mlx5-facts 1", "view default", "only nv/**"]);
    assert!(head[3].starts_with("device card1.0 0000:3b:00.0 ") && head[3].contains(" device=0x101d"));
    assert_eq!(head[4..], ["is card1.0 fw/psid \"MT_0000000436\"", "is card1.0 fw/version \"22.41.1000\""]);
    for line in [
        "card1.0 nv/0:0x080.total_vfs@default 8 # NUM_OF_VFS",
        "card1.0.port2 nv/1:0x012.default_link_type@default ETH(2) # LINK_TYPE_P2",
        "card1.0 nv/0:0x080/supported True(1) # nv_global_pci_conf/supported",
        "card1.0 nv/0:0x114/supported absent # nv_pcc_int/supported",
    ] {
        assert!(body.lines().any(|other| other == line), "{line}\n{body}");
    }
    // Later, on a host that was up for longer, it is the same text.
    let mut later = Bundle { host: Host { uptime: 9999, ..CLEAN }, ..Bundle::of([card()]) };
    later.touch = |manifest| manifest.id = "fedcba9876543210".to_owned();
    assert_eq!(export(&Bundle::of([card()]), &[], None), export(&later, &[], None));
    // Neither is it another for another card of the kind in another slot, but for the line that says where.
    let moved = card_with(
        json!({"bdf": "0000:99:00.0", "base_mac": "0xb83fd2000777", "base_guid": "0xb83fd20300000777"}),
    );
    let moved = export(&Bundle::of([moved]), &[], None);
    assert_eq!(moved.replace("0000:99:00.0", "0000:3b:00.0"), export(&Bundle::of([card()]), &[], None));
    // Sorted by subject, path and view.
    let all = export(&Bundle::of([card()]), &[], None);
    let paths: Vec<&str> = all
        .lines()
        .filter(|line| line.starts_with("card1.0 "))
        .map(|l| l.split([' ', '@']).nth(1).unwrap())
        .collect();
    assert!(paths.is_sorted() && paths.len() > 300, "{}", paths.len());
}

#[test]
fn a_gap_is_a_line() {
    let hung = Bundle::of([faulty(json!({"tlv": "0:0x080", "view": "next"}), json!("hang"))]);
    let text = export(&hung, &["NUM_OF_VFS"], None);
    assert!(text.contains("\ncard1.0 nv/0:0x080.total_vfs@next ? timeout # NUM_OF_VFS\n"), "{text}");
    let exported = write(&hung.case(), &selection(&["NUM_OF_VFS"], None), Catalog::embedded()).unwrap();
    assert_eq!((exported.facts, exported.gaps), (4, 1));
    // Even where the device did not say whether there is such a TLV at all, and no line could name the parameter.
    let hung = Bundle::of([faulty(json!({"register": "MNVQC", "tlv": "0:0x080"}), json!("hang"))]);
    let text = export(&hung, &["NUM_OF_VFS", "fw/psid"], None);
    assert!(
        text.contains("\ncard1.0 nv/0:0x080/supported ? timeout # nv_global_pci_conf/supported\n"),
        "{text}"
    );
    // It stays one: what was accepted as not read says nothing of a value.
    let report = judge(&text, &hung);
    assert_eq!((report.outcome, report.unread_by_both), (DiffOutcome::Same, 1));
    let report = judge(&text, &Bundle::of([card()]));
    assert_eq!((report.outcome, told(&report)), (DiffOutcome::Undecided, vec![]));
    let report = judge(&export(&Bundle::of([card()]), &["NUM_OF_VFS"], None), &hung);
    assert_eq!((report.outcome, told(&report)), (DiffOutcome::Undecided, vec![]));
}

#[test]
fn it_judges_a_bundle_within_what_it_is_of() {
    let before = Bundle::of([card()]);
    let after = Bundle::of([changed(json!({"NUM_OF_VFS": 16}), &["next"])]);
    for (patterns, view, outcome) in [
        (&[][..], None, DiffOutcome::Different),
        (&["nv/**"], Some(View::Default), DiffOutcome::Same),
        (&["nv/**"], Some(View::Next), DiffOutcome::Different),
        (&["LINK_TYPE_P*", "SRIOV_EN"], None, DiffOutcome::Same),
        (&["NUM_OF_VFS"], Some(View::Next), DiffOutcome::Different),
        (&["reg/**", "fw/**"], None, DiffOutcome::Same),
    ] {
        let text = export(&before, patterns, view);
        let report = judge(&text, &after);
        assert_eq!(report.outcome, outcome, "{patterns:?} {view:?} {:?}", told(&report));
        assert_eq!(report.devices[0].by, MatchedBy::Slot);
        // Accepted by exporting anew.
        assert!(judge(&export(&after, patterns, view), &after).same);
    }
    // Evidence is a line of the text.
    let text = export(&before, &["NUM_OF_VFS"], Some(View::Next));
    let report = judge(&text, &after);
    let evidence = &report.changes[0].left_evidence[0];
    let place = usize::try_from(evidence.offset).unwrap();
    let line = &text[place..place + usize::try_from(evidence.length).unwrap()];
    assert_eq!(line, "card1.0 nv/0:0x080.total_vfs@next 8 # NUM_OF_VFS");
}

#[test]
fn a_card_elsewhere_is_judged_by_the_text_of_its_kind() {
    let text = export(&Bundle::of([card()]), &["nv/**"], None);
    let moved = card_with(
        json!({"bdf": "0000:99:00.0", "base_mac": "0xb83fd2000777", "base_guid": "0xb83fd20300000777"}),
    );
    let report = judge(&text, &Bundle::of([moved]));
    assert_eq!((report.devices[0].by, report.same), (MatchedBy::Kind, true), "{:?}", told(&report));
}

#[test]
fn several_facts_of_one_path_stay_several() {
    let host = Host { taint: Some(524_288), requester: Some("mstconfig(1)"), ..CLEAN };
    let bundle = Bundle { host, ..Bundle::of([card()]) };
    let text = export(&bundle, &["host/**"], None);
    assert!(judge(&text, &bundle).same);
    let twice = text.replace(
        "host host/fwctl_requester \"mstconfig(1) on fwctl0\"\n",
        "host host/fwctl_requester \"mstconfig(1) on fwctl0\"\nhost host/fwctl_requester~2 \"x(2) on fwctl0\"\n",
    );
    assert_ne!(twice, text);
    let report = judge(&twice, &bundle);
    assert_eq!(told(&report), ["host/fwctl_requester~2 -: x(2) on fwctl0 none"]);
}

#[test]
fn a_text_that_was_cut_or_merged_badly_is_refused() {
    let text = export(&Bundle::of([card()]), &["NUM_OF_VFS"], None);
    let refused = |text: &str| {
        let opened = open_bytes(text.as_bytes(), "golden.txt".to_owned(), None, now()).unwrap();
        match diff(opened, super::opened(&Bundle::of([card()])), Catalog::embedded()) {
            Err(DiffError::Golden(error)) => error.to_string(),
            other => panic!("{other:?}"),
        }
    };
    for (from, to, words) in [
        ("@default 8", "@default 8x", "line 7: \"8x\" is no value; a text stands in quotation marks"),
        ("@default 8", "@defalt 8", "line 7: \"defalt\" is no view: default, current, next"),
        (
            "card1.0 nv/0:0x080.total_vfs@default",
            "<<<<<<< HEAD\ncard1.0 nv/0:0x080.total_vfs@default",
            "line 7: \"<<<<<<< HEAD\" is no word",
        ),
        (
            "card1.0 nv/0:0x080.total_vfs@default",
            "card2.0 nv/0:0x080.total_vfs@default",
            "line 7: no line before says which device card2.0 is",
        ),
        (
            "mlx5-facts 1",
            "mlx5-facts 2",
            "line 1: version 2 of mlx5-facts, and one text of version 1 is read here",
        ),
        ("@next 8 # NUM_OF_VFS", "@next ? lost", "line 9: \"lost\" is no status: masked, skipped"),
    ] {
        let error = refused(&text.replacen(from, to, 1));
        assert!(error.starts_with(&format!("golden.txt: {words}")), "{error}");
        assert!(error.contains("export the text anew"), "{error}");
    }
    // Two texts in one: what it is of would be what the last of them says.
    for (from, to) in [
        ("only NUM_OF_VFS\n", "only NUM_OF_VFS\nview default\nview next\n"),
        ("@next 8 # NUM_OF_VFS\n", "@next 8 # NUM_OF_VFS\nignore NUM_OF_VFS\n"),
    ] {
        let error = refused(&text.replacen(from, to, 1));
        assert!(error.contains("texts were merged"), "{error}");
    }
    let cut = text.trim_end_matches("\n").to_owned();
    assert!(refused(&cut).contains("may end in the middle"), "{}", refused(&cut));
    // A line of it that is gone is a gap, not an agreement.
    let less = text.replacen("card1.0 nv/0:0x080.total_vfs@next 8 # NUM_OF_VFS\n", "", 1);
    assert_eq!(judge(&less, &Bundle::of([card()])).outcome, DiffOutcome::Undecided);
}

#[test]
fn a_pattern_that_takes_nothing_makes_no_text() {
    let case = Bundle::of([card()]).case();
    let error = write(&case, &selection(&["NUM_OF_VFS", "NO_SUCH*"], None), Catalog::embedded()).unwrap_err();
    assert_eq!(
        error.to_string(),
        "test.zip: no fact is taken by NO_SUCH*; an empty text would agree with everything"
    );
}

#[test]
fn a_text_of_texts_keeps_their_silence() {
    let query = "Device type: ConnectX6DX\nDevice: 3b:00.0\nConfigurations: Next Boot\n  NUM_OF_VFS  8\n  SRIOV_EN  True(1)\n";
    let told = open_found(Found::loose("query.txt", query.into()), "query.txt".to_owned(), now()).unwrap();
    let case = told.decode(Catalog::embedded()).unwrap();
    let text = write(&case, &Selection::default(), Catalog::embedded()).unwrap().text;
    assert!(text.contains("\ntold host\n") && text.contains("\ntold card1.0\n"), "{text}");
    let report = judge(&text, &Bundle::of([card()]));
    assert_eq!(report.outcome, DiffOutcome::Same, "{:?}", super::told(&report));
    assert!(report.not_compared > 100 && report.gaps.is_empty());
}

/// Strings that want to be something else in a text.
fn odd() -> impl Strategy<Value = String> {
    prop_oneof![
        any::<String>(),
        Just("a\nhost host/x 1".to_owned()),
        Just("\" # \u{202e}\u{1b}[31m".to_owned()),
        Just("> quoted".to_owned()),
        Just("MT_1\u{200b}\u{feff}\u{a0}x ".to_owned()),
        Just(String::new()),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(12))]

    #[test]
    fn what_is_written_is_what_is_read(
        seed in any::<u32>(), taint in 0_u64..1 << 20, view in 0_usize..4, twin in any::<bool>(), hang in any::<bool>()
    ) {
        let mut model = card();
        model["nv"] = json!({"fill": "catalog", "seed": seed});
        if hang {
            model["faults"] = json!([{"when": {"tlv": "0:0x080", "view": "current"}, "what": "hang"}]);
        }
        let mut cards = vec![model.clone()];
        if twin {
            model["bdf"] = json!("0000:5e:00.0");
            model["base_mac"] = json!("0xb83fd2000999");
            cards.push(model);
        }
        let bundle = Bundle { host: Host { taint: Some(taint), ..CLEAN }, ..Bundle::of(cards) };
        let view = View::ALL.get(view).copied();
        let text = export(&bundle, if view.is_some() { &["nv/**"] } else { &[] }, view);
        let report = judge(&text, &bundle);
        prop_assert!(report.same && report.changes.is_empty(), "{:?}", told(&report));
        let report = diff(opened(&bundle), opened_bytes(text.as_bytes()), Catalog::embedded()).unwrap();
        prop_assert!(report.same && report.changes.is_empty());
        // Written again of what was read, it is the same text.
        let again = opened_bytes(text.as_bytes()).decode(Catalog::embedded()).unwrap();
        let said = selection(if view.is_some() { &["nv/**"] } else { &[] }, view);
        prop_assert_eq!(write(&again, &said, Catalog::embedded()).unwrap().text, text);
    }

    #[test]
    fn odd_strings_stay_strings(text in odd(), release in odd()) {
        // What a host calls its kernel and system is anybody's word.
        let lines = format!("/proc/sys/kernel/osrelease:{}\n/proc/cmdline:{}\n", plain(&release), plain(&text));
        let Ok(opened) = open_found(Found::loose("host.txt", lines.into()), "host.txt".to_owned(), now()) else {
            return Ok(());
        };
        let case = opened.decode(Catalog::embedded()).unwrap();
        let Ok(exported) = write(&case, &Selection::default(), Catalog::embedded()) else { return Ok(()) };
        prop_assert!(exported.text.bytes().all(|byte| byte == b'\n' || (b' '..=b'~').contains(&byte)));
        let again = opened_bytes(exported.text.as_bytes()).decode(Catalog::embedded()).unwrap();
        let values = |case: &mlx5_analyzer::case::Case| -> Vec<_> {
            let mut facts: Vec<_> = case.facts.iter().map(|fact| (fact.path.clone(), fact.value().cloned())).collect();
            facts.sort();
            facts
        };
        prop_assert_eq!(values(&again), values(&case));
    }
}

/// One line.
fn plain(text: &str) -> String {
    text.replace(['\n', '\r'], " ")
}
