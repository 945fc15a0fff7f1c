//! The kind `matches`.

use serde_json::json;

use crate::support::{Bundle, card, faulty, gist, refusal_of, rule};

#[test]
fn an_expression_finds_something_in_the_value_as_it_is_shown() {
    for (fact, expression, code) in [
        ("fw/psid", "^MT_[0-9]{10}$", 0),
        ("fw/psid", "^DEL", 1),
        ("NUM_OF_VFS", "^8$", 0),
        ("LINK_TYPE_P1", r"^ETH\(2\)$", 0),
        ("LINK_TYPE_P1", "^2$", 1),
    ] {
        let report = Bundle::of([card()]).check(&[rule(&[fact], json!({"matches": expression}))]);
        assert_eq!(report.exit_code, code, "{fact} {expression}");
    }
}

#[test]
fn is_unknown_where_nothing_was_read() {
    let hung = faulty(json!({"tlv": "0:0x080"}), json!("hang"));
    let report = Bundle::of([hung]).check(&[rule(&["NUM_OF_VFS"], json!({"matches": "."}))]);
    assert_eq!((gist(&report), report.exit_code), (vec!["unknown(timeout) NUM_OF_VFS".to_owned()], 3));
}

#[test]
fn expressions_that_cannot_be_used_are_refused_with_the_reason() {
    for (expression, words) in [("(", "unclosed group"), ("a{1000}{1000}", "size limit")] {
        let refusal = refusal_of(json!({"id": "r", "facts": ["x"], "expect": {"matches": expression}}));
        assert!(refusal.starts_with("test.json:1:") && refusal.contains(words), "{refusal}");
    }
}
