//! The kind `range`.

use serde_json::json;

use crate::support::{Bundle, card, changed, faulty, gist, rule, verdict_of};

#[test]
fn both_ends_are_included_and_either_may_be_missing() {
    for (range, code) in [
        (json!({"min": 8, "max": 8}), 0),
        (json!({"min": 0, "max": 7}), 1),
        (json!({"min": 9, "max": 16}), 1),
        (json!({"min": 8}), 0),
        (json!({"min": 9}), 1),
        (json!({"max": 8}), 0),
        (json!({"max": 7}), 1),
    ] {
        let report = Bundle::of([card()]).check(&[rule(&["NUM_OF_VFS"], json!({"range": range}))]);
        assert_eq!(report.exit_code, code, "{range}");
    }
}

#[test]
fn is_pending_between_views() {
    let bundle = Bundle::of([changed(json!({"NUM_OF_VFS": 64}), &["next"])]);
    let report = bundle.check(&[rule(&["NUM_OF_VFS"], json!({"range": {"max": 16}}))]);
    assert_eq!((gist(&report), report.exit_code), (vec!["pending NUM_OF_VFS".to_owned()], 1));
}

#[test]
fn is_unknown_where_nothing_was_read() {
    let card = faulty(json!({"tlv": "0:0x080"}), json!("hang"));
    let report = Bundle::of([card]).check(&[rule(&["NUM_OF_VFS"], json!({"range": {"max": 16}}))]);
    assert_eq!((gist(&report), report.exit_code), (vec!["unknown(timeout) NUM_OF_VFS".to_owned()], 3));
}

#[test]
fn text_has_no_range() {
    let report = Bundle::of([card()]).check(&[rule(&["fw/psid"], json!({"range": {"max": 16}}))]);
    assert_eq!((verdict_of(&report, ""), report.exit_code), ("error".to_owned(), 2));
}
