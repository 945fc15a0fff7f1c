//! The kind `one_of`.

use serde_json::json;

use crate::support::{Bundle, card, changed, faulty, findings, gist, rule, verdict_of};

#[test]
fn does_not_fire_on_any_of_the_values() {
    for values in [json!(["IB", "ETH"]), json!([1, 2]), json!(["ETH"]), json!([1, "ETH"])] {
        let report = Bundle::of([card()]).check(&[rule(&["LINK_TYPE_P*"], json!({"one_of": values}))]);
        assert_eq!((gist(&report), report.exit_code), (Vec::new(), 0));
    }
}

#[test]
fn fires_on_other_values_and_is_pending_between_views() {
    let expect = json!({"one_of": ["ETH"]});
    let report = Bundle::of([changed(json!({"LINK_TYPE_P2": "IB"}), &["current", "next"])])
        .check(&[rule(&["LINK_TYPE_P*"], expect.clone())]);
    assert_eq!(gist(&report), ["outside LINK_TYPE_P2"]);
    let report = Bundle::of([changed(json!({"LINK_TYPE_P2": "IB"}), &["next"])])
        .check(&[rule(&["LINK_TYPE_P*"], expect)]);
    assert_eq!((gist(&report), report.exit_code), (vec!["pending LINK_TYPE_P2".to_owned()], 1));
}

#[test]
fn is_unknown_where_nothing_was_read() {
    let card = faulty(json!({"tlv": "nv_vpi_link_type", "view": "next"}), json!({"refuse": {"status": 1}}));
    let report = Bundle::of([card]).check(&[rule(&["LINK_TYPE_P1"], json!({"one_of": ["ETH"]}))]);
    assert_eq!(
        (verdict_of(&report, "LINK_TYPE_P1"), report.exit_code),
        ("unknown(not-captured)".to_owned(), 3)
    );
}

#[test]
fn a_slip_in_the_last_value_is_found_though_the_first_is_the_device_s() {
    let report = Bundle::of([card()]).check(&[rule(&["LINK_TYPE_P1"], json!({"one_of": ["ETH", "EHT"]}))]);
    assert_eq!(report.exit_code, 2);
    assert!(findings(&report).any(|finding| finding.message.contains("EHT")));
}
