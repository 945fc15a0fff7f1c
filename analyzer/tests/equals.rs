//! The kind `equals`.

use serde_json::json;

use crate::support::{Bundle, baseline, card, card_with, changed, faulty, findings, gist, rule, verdict_of};

#[test]
fn does_not_fire_on_the_expected_value() {
    for expect in [json!({"equals": 8}), json!({"equals": "8"})] {
        let report = Bundle::of([card()]).check(&[rule(&["NUM_OF_VFS"], expect.clone())]);
        if expect == json!({"equals": 8}) {
            assert_eq!((verdict_of(&report, "NUM_OF_VFS"), report.exit_code), ("within".to_owned(), 0));
        } else {
            // Numbers are numbers: text in their place is a slip in the baseline, not a device outside.
            assert_eq!((gist(&report), report.exit_code), (vec!["error ".to_owned()], 2));
        }
    }
    for name in ["ETH", "ETH(2)"] {
        let report = Bundle::of([card()]).check(&[rule(&["LINK_TYPE_P*"], json!({"equals": name}))]);
        assert_eq!((verdict_of(&report, "LINK_TYPE_P2"), report.exit_code), ("within".to_owned(), 0));
    }
}

#[test]
fn fires_on_another_value_and_says_who_wrote_it() {
    let card = changed(json!({"NUM_OF_VFS": 16}), &["current", "next"]);
    let report = Bundle::of([card]).check(&[rule(&["NUM_OF_VFS"], json!({"equals": 8}))]);
    assert_eq!((verdict_of(&report, "NUM_OF_VFS"), report.exit_code), ("outside".to_owned(), 1));
    let finding = findings(&report).next().unwrap();
    assert_eq!(finding.expected.as_deref(), Some("8"));
    assert_eq!(finding.found.len(), 3);
    assert_eq!(finding.found[2].writer.as_deref(), Some("mlxconfig"));
    assert_eq!(finding.found[2].priority.as_deref(), Some("USER"));
    assert!(finding.evidence.iter().all(|e| e.member.ends_with("nv.exchanges") && e.field.is_some()));
}

#[test]
fn is_pending_where_the_next_reset_changes_the_answer() {
    let bundle = Bundle::of([changed(json!({"NUM_OF_VFS": 16}), &["next"])]);
    for (expected, code) in [(8, 1), (16, 1)] {
        let report = bundle.check(&[rule(&["NUM_OF_VFS"], json!({"equals": expected}))]);
        assert_eq!((verdict_of(&report, "NUM_OF_VFS"), report.exit_code), ("pending".to_owned(), code));
    }
    let next_only =
        json!([{"id": "r", "facts": ["NUM_OF_VFS"], "views": ["next"], "expect": {"equals": 16}}]);
    assert_eq!(bundle.check(&[baseline(next_only)]).exit_code, 0);
}

#[test]
fn is_unknown_where_nothing_was_read() {
    let expect = || json!({"equals": 8});
    for (what, verdict) in [
        (json!({"refuse": {"status": 1}}), "unknown(not-captured)"),
        (json!("hang"), "unknown(timeout)"),
        (json!({"undelivered": 2}), "unknown(not-captured)"),
    ] {
        let card = faulty(json!({"tlv": "0:0x080", "view": "current"}), what);
        let report = Bundle::of([card]).check(&[rule(&["NUM_OF_VFS"], expect())]);
        assert_eq!((verdict_of(&report, "NUM_OF_VFS"), report.exit_code), (verdict.to_owned(), 3));
    }
    // Outside in one view is outside, whatever was not read in the other.
    let mut card = faulty(json!({"tlv": "0:0x080", "view": "current"}), json!("hang"));
    card["nv"]["changes"] = json!([{"set": {"NUM_OF_VFS": 16}, "writer": "bmc"}]);
    assert_eq!(
        verdict_of(&Bundle::of([card]).check(&[rule(&["NUM_OF_VFS"], expect())]), "NUM_OF_VFS"),
        "outside"
    );
}

#[test]
fn the_factory_value_stands_in_for_a_view_in_which_nothing_is_stored() {
    let unset = |views: &[&str]| {
        let item = json!({"tlv": "nv_global_pci_conf", "unset": views,
            "all": {"parameters": {"sriov_valid": 1, "sriov_en": 1, "total_vfs": 8}}});
        Bundle::of([card_with(json!({"nv": {"items": [item]}}))])
    };
    let of = |views: &[&str], value: u64| {
        verdict_of(&unset(views).check(&[rule(&["NUM_OF_VFS"], json!({"equals": value}))]), "NUM_OF_VFS")
    };
    assert_eq!(of(&["current", "next"], 8), "within");
    assert_eq!(of(&["current", "next"], 9), "outside");
    assert_eq!(of(&["default", "current", "next"], 8), "unknown(not-captured)");
}

#[test]
fn a_valid_flag_of_zero_means_that_the_firmware_s_default_counts() {
    let card = changed(json!({"NUM_OF_VFS": 200, "nv_global_pci_conf.sriov_valid": 0}), &["current", "next"]);
    let of = |value: u64| {
        let report = Bundle::of([card.clone()]).check(&[rule(&["NUM_OF_VFS"], json!({"equals": value}))]);
        verdict_of(&report, "NUM_OF_VFS")
    };
    assert_eq!((of(8), of(200)), ("within".to_owned(), "outside".to_owned()));
}

#[test]
fn a_name_without_a_fact_is_unknown_and_a_near_one_is_suggested() {
    let report = Bundle::of([card()]).check(&[rule(&["nv/0:0x080.total_vf"], json!({"equals": 8}))]);
    assert_eq!(
        (gist(&report), report.exit_code),
        (vec!["unknown(unknown-parameter) nv/0:0x080.total_vf".to_owned()], 3)
    );
    assert!(findings(&report).next().unwrap().message.contains("did you mean nv/0:0x080.total_vfs?"));
    // The catalog knows it, and the device says that it has no such TLV: by name that is a gap, by pattern it is not.
    let report = Bundle::of([card()]).check(&[rule(&["UCTX_EN"], json!({"equals": 1}))]);
    assert_eq!(gist(&report), ["unknown(unknown-parameter) UCTX_EN"]);
    let report = Bundle::of([card()]).check(&[rule(&["UCTX_E*"], json!({"equals": 1}))]);
    assert_eq!(gist(&report), ["not-applicable(absent) nv_sw_offload_conf"]);
    assert_eq!(report.exit_code, 3, "nothing was judged, so nothing is inside");
}

#[test]
fn a_slip_in_the_baseline_is_an_error_and_not_a_device_outside() {
    for (facts, value, words) in [
        ("LINK_TYPE_P1", json!("EHT"), "did you mean ETH?"),
        ("LINK_TYPE_P1", json!("fibre"), "there are IB, ETH"),
        ("LINK_TYPE_P1", json!("ETH(7)"), "no value of LINK_TYPE_P1 is called ETH(7)"),
        ("NUM_OF_VFS", json!("8"), "a number is written without quotes: 8"),
        ("nv/0:0x080/data", json!("80 00"), "lower-case hex"),
        ("nv/0:0x080/data", json!("AB"), "lower-case hex"),
        ("fw/psid", json!(7), "is text"),
    ] {
        let report = Bundle::of([card()]).check(&[rule(&[facts], json!({"equals": value}))]);
        assert_eq!(report.exit_code, 2, "{facts}");
        assert!(findings(&report).any(|f| f.message.contains(words)), "{:?}", report.bundles[0].findings);
    }
}

#[test]
fn registers_and_texts_are_facts_like_others() {
    for (facts, value, code) in [
        (&["reg/PTYS.eth_proto_admin"][..], json!(4096), 0),
        (&["reg/PTYS.eth_proto_admin"], json!(1), 1),
        (&["fw/psid"], json!("MT_0000000436"), 0),
        (&["fw/psid"], json!("MT_0000000437"), 1),
        (&["nv/0:0x080/writer"], json!(0), 0),
    ] {
        let report = Bundle::of([card()]).check(&[rule(facts, json!({"equals": value}))]);
        assert_eq!(report.exit_code, code, "{facts:?} {value} {:?}", gist(&report));
    }
}
