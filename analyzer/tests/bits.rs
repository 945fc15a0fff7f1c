//! The kind `bits`.

use serde_json::json;

use crate::support::{Bundle, card, faulty, findings, gist, refusal_of, rule, verdict_of};

/// `eth_proto_admin` of the card is 0x1000.
#[test]
fn bits_are_set_and_clear() {
    for (bits, code) in [
        (json!({"set": "0x1000"}), 0),
        (json!({"set": 4096, "clear": "0xfff"}), 0),
        (json!({"set": "0x1001"}), 1),
        (json!({"clear": "0x1000"}), 1),
        (json!({"clear": "0x8"}), 0),
    ] {
        let rule = rule(&["reg/PTYS.eth_proto_admin"], json!({"bits": bits}));
        let report = Bundle::of([card()]).check(&[rule]);
        assert_eq!(report.exit_code, code, "{bits}");
        assert_eq!(report.counts.within + report.counts.outside, 2, "both ports");
    }
}

#[test]
fn what_was_not_read_is_unknown_and_text_has_no_bits() {
    let denied = faulty(json!({"register": "PTYS"}), json!({"refuse": {"status": 1}}));
    let report =
        Bundle::of([denied]).check(&[rule(&["reg/PTYS.eth_proto_admin"], json!({"bits": {"set": 1}}))]);
    assert!(gist(&report).iter().all(|line| line.starts_with("unknown(")), "{:?}", gist(&report));
    assert_eq!((report.counts.within, report.exit_code), (0, 3));
    let report = Bundle::of([card()]).check(&[rule(&["fw/psid"], json!({"bits": {"set": 1}}))]);
    assert_eq!((verdict_of(&report, ""), report.exit_code), ("error".to_owned(), 2));
}

#[test]
fn what_is_expected_is_said_and_nonsense_refused() {
    let bits = json!({"bits": {"set": "0x1001", "clear": "0x6"}});
    let report = Bundle::of([card()]).check(&[rule(&["reg/PTYS.eth_proto_admin"], bits)]);
    let expected = findings(&report).next().unwrap().expected.clone();
    assert_eq!(expected.as_deref(), Some("the bits 0x1001 set and the bits 0x6 clear"));
    for (bits, words) in [
        (json!({}), "`bits` needs `set`, `clear` or both"),
        (json!({"set": 0}), "with a bit in it"),
        (json!({"set": 6, "clear": "0x2"}), "0x2 is to be both set and clear"),
        (json!({"set": "6"}), "`6` is no mask"),
    ] {
        let refusal = refusal_of(json!({"id": "r", "facts": ["x"], "expect": {"bits": bits}}));
        assert!(refusal.contains(words), "{refusal}");
    }
}
