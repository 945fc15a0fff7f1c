//! The kind `equals_factory`.

use serde_json::{Value, json};

use crate::support::{Bundle, card, card_with, changed, faulty, findings, gist, rule, verdict_of};

fn check(card: Value) -> mlx5_schemas::model::report::CheckReport {
    Bundle::of([card]).check(&[rule(&["nv/**"], json!("equals_factory"))])
}

/// What is not within and not merely absent or out of reach.
fn odd(card: Value) -> (Vec<String>, u8) {
    let report = check(card);
    let odd = gist(&report).into_iter().filter(|line| !line.starts_with("not-applicable(")).collect();
    (odd, report.exit_code)
}

#[test]
fn a_healthy_card_is_inside() {
    assert_eq!(odd(card()), (Vec::new(), 0));
    let report = check(card());
    // Capabilities have no factory view, secrets were not asked for, most TLVs of the catalog are not on this card.
    assert_eq!(verdict_of(&report, "nv_global_pci_cap.sriov_support"), "not-applicable(read-only)");
    assert!(findings(&report).any(|f| f.verdict.to_string() == "not-applicable(secret)"));
    assert!(findings(&report).all(|f| !f.evidence.is_empty()));
    assert!(report.counts.within > 10 && report.counts.not_applicable > 100, "{:?}", report.counts);
}

#[test]
fn a_card_with_every_tlv_of_the_catalog_is_inside() {
    let mut model = card();
    model["nv"] = json!({"fill": "catalog", "seed": 7});
    assert_eq!(odd(model), (Vec::new(), 0));
}

#[test]
fn fires_on_a_change_and_names_it_once() {
    let (odd_ones, code) = odd(changed(json!({"NUM_OF_VFS": 16}), &["current", "next"]));
    assert_eq!((odd_ones, code), (vec!["outside NUM_OF_VFS".to_owned()], 1));
    let (odd_ones, code) = odd(changed(json!({"LINK_TYPE_P2": "IB"}), &["next"]));
    assert_eq!((odd_ones, code), (vec!["pending LINK_TYPE_P2".to_owned()], 1));
    // Put back by hand, not yet reset: the running value is outside.
    let (odd_ones, code) = odd(changed(json!({"NUM_OF_VFS": 16}), &["current"]));
    assert_eq!((odd_ones, code), (vec!["pending NUM_OF_VFS".to_owned()], 1));
}

#[test]
fn a_view_in_which_nothing_is_stored_is_at_factory() {
    let item = |unset: &[&str]| {
        card_with(json!({"nv": {"items": [{"tlv": "nv_global_pci_conf", "unset": unset,
            "all": {"parameters": {"total_vfs": 8}}}]}}))
    };
    assert_eq!(odd(item(&["current", "next"])), (Vec::new(), 0));
    // Nothing stored, nor a factory value: nothing was read, so nothing is inside.
    let report = check(item(&["default", "current", "next"]));
    assert_eq!(verdict_of(&report, "NUM_OF_VFS"), "not-applicable(absent)");
    // A value where the factory view has none cannot be compared.
    let (odd_ones, code) = odd(item(&["default"]));
    assert!(odd_ones.contains(&"unknown(not-captured) NUM_OF_VFS".to_owned()), "{odd_ones:?}");
    assert_eq!(code, 3);
}

#[test]
fn is_unknown_where_a_view_was_not_read() {
    for view in ["default", "current", "next"] {
        let card = faulty(json!({"tlv": "0:0x080", "view": view}), json!("hang"));
        let (odd_ones, code) = odd(card.clone());
        assert!(odd_ones.contains(&"unknown(timeout) NUM_OF_VFS".to_owned()), "{view}: {odd_ones:?}");
        assert!(odd_ones.iter().all(|line| line.starts_with("unknown(timeout)")), "{view}: {odd_ones:?}");
        let report = check(card);
        let message = &findings(&report).find(|finding| finding.name == "NUM_OF_VFS").unwrap().message;
        // What the factory view lacks is said of no view in particular.
        let whose = if view == "default" { "the factory value: " } else { &format!("{view}: ") };
        assert_eq!(*message, format!("{whose}no answer in time (ETIMEDOUT)"));
        assert_eq!(code, 3);
    }
    // MNVQC itself without an answer: whether the card has the TLV is not known.
    let (odd_ones, code) =
        odd(faulty(json!({"register": "MNVQC", "tlv": "0:0x080"}), json!({"undelivered": 7})));
    assert_eq!((odd_ones, code), (vec!["unknown(not-captured) nv_global_pci_conf".to_owned()], 3));
}

#[test]
fn is_unknown_on_a_device_without_factory_or_current_values() {
    for (missing, reason) in [("read_factory", "not-captured"), ("read_current", "next-only")] {
        let report = check(card_with(json!({"nv": {"access": {missing: false}}})));
        assert_eq!(verdict_of(&report, "NUM_OF_VFS"), format!("unknown({reason})"), "{missing}");
        assert_eq!(report.exit_code, 3);
    }
}

#[test]
fn a_tlv_that_may_not_be_read_is_unknown() {
    let card = card_with(json!({"nv": {"items": [
        {"tlv": "nv_global_pci_conf", "all": {"parameters": {"total_vfs": 8}}},
        {"tlv": "nv_sw_offload_conf", "readable": false, "all": {"parameters": {"uctx_en": 1}}}
    ]}}));
    assert_eq!(odd(card), (vec!["unknown(not-captured) nv_sw_offload_conf".to_owned()], 3));
}

#[test]
fn bits_without_a_name_are_compared_as_bytes() {
    // Byte 1 of nv_vpi_link_type's four is named by nobody; the link type is bits 28 and 29 (8: ETH, 4: IB).
    let item = |next: &str| {
        card_with(json!({"nv": {"items": [
            {"tlv": "nv_vpi_link_type", "instance": 1, "all": {"data": "00000008"}, "next": {"data": next}}
        ]}}))
    };
    assert_eq!(odd(item("00000008")), (Vec::new(), 0));
    let (odd_ones, code) = odd(item("00010008"));
    assert_eq!((odd_ones, code), (vec!["unknown(unknown-parameter) nv_vpi_link_type/data".to_owned()], 3));
    let (odd_ones, code) = odd(item("00000004"));
    assert_eq!((odd_ones, code), (vec!["pending LINK_TYPE_P1".to_owned()], 1), "named bits are told once");
    let (odd_ones, code) = odd(item("00010004"));
    assert_eq!(odd_ones.len(), 2, "{odd_ones:?}");
    assert_eq!(code, 1);
}

#[test]
fn what_was_never_asked_for_is_unknown() {
    let mut bundle = Bundle::of([card()]);
    bundle.cards[0]["faults"] = json!([{"when": {"register": "MNVGC"}, "what": "death"}]);
    // The card died at the first request of the NV probe; everything behind it failed, and says so.
    let report = bundle.check(&[rule(&["nv/**"], json!("equals_factory"))]);
    assert_eq!(report.exit_code, 3);
    assert_eq!(report.counts.within, 0);
    assert!(report.counts.unknown > 100);
}

#[test]
fn exceptions_are_left_out() {
    let card = changed(json!({"NUM_OF_VFS": 16}), &["current", "next"]);
    let rules =
        json!([{"id": "r", "facts": ["nv/**"], "except": ["NUM_OF_VFS"], "expect": "equals_factory"}]);
    let report = Bundle::of([card]).check(&[crate::support::baseline(rules)]);
    assert_eq!((verdict_of(&report, "NUM_OF_VFS"), report.exit_code), (String::new(), 0));
}

#[test]
fn a_fact_without_views_is_an_error() {
    let report = Bundle::of([card()]).check(&[rule(&["fw/psid"], json!("equals_factory"))]);
    assert_eq!(report.exit_code, 2);
}
