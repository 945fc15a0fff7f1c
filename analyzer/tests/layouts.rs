//! Verdicts on values whose bytes releases of mstflint read differently: they stand where all readings lead to them.

use serde_json::{Value, json};

use crate::support::{Bundle, card_with, findings, rule, verdict_of};

/// A card with one TLV more.
fn with(item: Value) -> Value {
    let mut items = crate::support::card()["nv"]["items"].as_array().unwrap().clone();
    items.push(item);
    card_with(json!({"nv": {"items": items}}))
}

/// nv_pcc_int with a data mode in all views: bits 1 to 7 today, bits 1 to 3 until 4.21.0.
fn mode(number: u64) -> Value {
    with(json!({"tlv": "nv_pcc_int", "all": {"parameters": {"np_rtt_int_data_mode": number}}}))
}

const MODE: &str = "PCC_INT_NP_RTT_DATA_MODE";
const MODE_PATH: &str = "nv/0:0x114.np_rtt_int_data_mode";

fn verdict(card: Value, fact: &str, expect: Value) -> String {
    let report = Bundle::of([card]).check(&[rule(&[fact], expect)]);
    let name = findings(&report).map(|finding| finding.name.clone()).next().unwrap_or_default();
    verdict_of(&report, &name)
}

#[test]
fn a_moved_parameter_is_within_or_outside_only_by_all_readings() {
    // 16 today is 1 by the old place.
    for (expect, expected) in [
        (json!({"equals": 16}), "unknown(ambiguous-layout)"),
        (json!({"equals": "HPCC_MOST_CONGESTED"}), "unknown(ambiguous-layout)"),
        (json!({"equals": 1}), "unknown(ambiguous-layout)"),
        (json!({"equals": 5}), "outside"),
        (json!({"one_of": [1, 16]}), "within"),
        (json!({"range": {"max": 100}}), "within"),
        (json!({"range": {"max": 10}}), "unknown(ambiguous-layout)"),
        (json!({"range": {"min": 20}}), "outside"),
        (json!("equals_factory"), "within"),
    ] {
        assert_eq!(verdict(mode(16), MODE, expect.clone()), expected, "{expect}");
    }
    assert_eq!(
        verdict(mode(0), MODE, json!({"equals": 0})),
        "within",
        "nothing is in doubt where all read 0"
    );
}

#[test]
fn a_baseline_can_use_the_name_and_the_value_names_of_another_release() {
    for name in ["HPCC_INT_NP_RTT_DATA_MODE", "nv_hpcc_int.np_rtt_int_data_mode", MODE_PATH] {
        assert_eq!(verdict(mode(0), name, json!({"equals": 0})), "within", "{name}");
    }
    assert_eq!(verdict(mode(0), MODE, json!({"equals": "INT_MODE0"})), "unknown(ambiguous-layout)");
    assert_eq!(verdict(mode(0), MODE, json!({"equals": "NO_SUCH"})), "error", "a slip stays a slip");
}

#[test]
fn the_finding_rests_on_the_other_readings_too() {
    let report = Bundle::of([mode(16)]).check(&[rule(&[MODE], json!({"equals": 16}))]);
    assert_eq!(report.exit_code, 3);
    let finding = findings(&report).next().unwrap();
    assert!(finding.message.contains("until 4.21.0: INT_MODE1(1)"), "{}", finding.message);
    let places: Vec<_> = finding.evidence.iter().filter_map(|e| e.field).map(|f| f.bit_width).collect();
    assert!(places.contains(&7) && places.contains(&3), "{places:?}");
}

#[test]
fn factory_values_are_compared_in_every_reading() {
    let changed = |next: u64| {
        let mut card = mode(16);
        card["nv"]["changes"] =
            json!([{"set": {MODE: next}, "views": ["current", "next"], "writer": "mlxconfig"}]);
        card
    };
    // 17 differs from 16 today; by the old place both are 1.
    assert_eq!(verdict(changed(17), MODE, json!("equals_factory")), "unknown(ambiguous-layout)");
    assert_eq!(verdict(changed(64), MODE, json!("equals_factory")), "outside");
}

#[test]
fn numbers_hold_where_only_names_changed() {
    let trust = |number: u64| {
        let parameters = json!({"qos_trust_state_en": 1, "qos_trust_state": number});
        with(json!({"tlv": "nv_qos_conf", "instance": 1, "all": {"parameters": parameters}}))
    };
    let name = "QOS_TRUST_STATE_P1";
    assert_eq!(verdict(trust(0), name, json!({"equals": 0})), "within");
    assert_eq!(verdict(trust(0), name, json!({"equals": "TRUST_PORT"})), "unknown(ambiguous-layout)");
    assert_eq!(verdict(trust(5), name, json!({"equals": "TRUST_PCP"})), "unknown(ambiguous-layout)");
    assert_eq!(verdict(trust(2), name, json!({"equals": "TRUST_PCP"})), "outside");
}

#[test]
fn bits_that_were_another_parameter_are_in_doubt_once_they_are_set() {
    let app =
        |number: u64| with(json!({"tlv": "nv_dpa_app_0", "all": {"parameters": {"Init_thread_eu": number}}}));
    let name = "nv_dpa_app_0.Init_thread_eu";
    assert_eq!(verdict(app(0), name, json!({"equals": 0})), "within");
    assert_eq!(verdict(app(7), name, json!({"equals": 7})), "unknown(ambiguous-layout)");
    // The upper byte was nobody's.
    assert_eq!(verdict(app(0x700), name, json!({"equals": 0x700})), "within");
}

#[test]
fn companions_are_no_values_of_their_own() {
    let report = Bundle::of([mode(16)]).check(&[rule(&["nv/0:0x114**"], json!({"range": {"max": 255}}))]);
    assert!(findings(&report).all(|finding| !finding.path.contains("/layout[")));
    assert_eq!(verdict_of(&report, MODE), "within");
}
