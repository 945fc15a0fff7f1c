//! The kind `none_of`.

use serde_json::json;

use crate::support::{Bundle, card, changed, faulty, findings, gist, refusal_of, rule, verdict_of};

#[test]
fn a_value_that_is_listed_is_outside() {
    for (values, code) in [(json!([16, 32]), 0), (json!([16, 8]), 1), (json!([0]), 0), (json!([8]), 1)] {
        let report = Bundle::of([card()]).check(&[rule(&["NUM_OF_VFS"], json!({"none_of": values}))]);
        assert_eq!(report.exit_code, code, "{values}");
    }
    let report = Bundle::of([card()]).check(&[rule(&["LINK_TYPE_P*"], json!({"none_of": ["IB"]}))]);
    assert_eq!((report.exit_code, report.counts.within), (0, 2));
}

#[test]
fn is_pending_and_unknown_as_other_kinds_are() {
    let of = |card| {
        let report = Bundle::of([card]).check(&[rule(&["NUM_OF_VFS"], json!({"none_of": [64]}))]);
        (gist(&report).join("; "), report.exit_code)
    };
    assert_eq!(of(changed(json!({"NUM_OF_VFS": 64}), &["next"])), ("pending NUM_OF_VFS".to_owned(), 1));
    let hung = faulty(json!({"tlv": "0:0x080"}), json!("hang"));
    assert_eq!(of(hung), ("unknown(timeout) NUM_OF_VFS".to_owned(), 3));
}

/// A forbidden value that no value can be would make everything inside.
#[test]
fn a_slip_is_an_error_and_not_a_card_inside() {
    let report = Bundle::of([card()]).check(&[rule(&["LINK_TYPE_P1"], json!({"none_of": ["IB", "EHT"]}))]);
    assert_eq!((verdict_of(&report, ""), report.exit_code), ("error".to_owned(), 2));
    assert!(findings(&report).any(|finding| finding.message.contains("did you mean ETH?")));
    let refusal = refusal_of(json!({"id": "r", "facts": ["x"], "expect": {"none_of": []}}));
    assert!(refusal.contains("`none_of` is empty: everything would be inside"), "{refusal}");
}
