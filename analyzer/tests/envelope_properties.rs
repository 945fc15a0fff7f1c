//! What holds of every kind of expectation: nothing that was not read is inside, and what is known later only decides.

use mlx5_schemas::model::report::CheckReport;
use proptest::prelude::*;
use serde_json::{Value, json};

use crate::support::{Bundle, baseline, changed, findings};

/// Expectations over `NUM_OF_VFS`, those that any value keeps among them.
fn expectations() -> impl Strategy<Value = Value> {
    let number = 0_u64..20;
    prop_oneof![
        number.clone().prop_map(|n| json!({"equals": n})),
        prop::collection::vec(number.clone(), 1..4).prop_map(|list| json!({"one_of": list})),
        prop::collection::vec(number.clone(), 1..4).prop_map(|list| json!({"none_of": list})),
        number.clone().prop_map(|max| json!({"range": {"max": max}})),
        (1_u64..16).prop_map(|bits| json!({"bits": {"set": bits}})),
        (1_u64..16).prop_map(|bits| json!({"bits": {"clear": bits}})),
        Just(json!({"matches": "."})),
        Just(json!({"relation": {"is": "at_least", "view": "default"}})),
        Just(json!({"relation": {"is": "same", "view": "next"}})),
        Just(json!("present")),
        Just(json!("absent")),
        Just(json!("equals_factory")),
    ]
}

fn conditions() -> impl Strategy<Value = Option<Value>> {
    prop_oneof![
        Just(None),
        Just(Some(json!({"fact": {"name": "SRIOV_EN", "is": {"equals": "True"}}}))),
        Just(Some(json!({"not": {"fact": {"name": "LINK_TYPE_P1", "is": {"equals": "IB"}}}}))),
        Just(Some(json!({"fact": {"name": "pci/nothing_of_the_kind", "is": "known"}}))),
    ]
}

fn check(card: Value, expect: &Value, when: Option<&Value>) -> CheckReport {
    let mut rule = json!({"id": "r", "facts": ["NUM_OF_VFS"], "expect": expect});
    if let Some(when) = when {
        rule["when"] = when.clone();
    }
    Bundle::of([card]).check(&[baseline(json!([rule]))])
}

/// The words of the rule's findings about the parameter.
fn words(report: &CheckReport) -> Vec<&'static str> {
    findings(report)
        .filter(|finding| finding.rule == "test/r")
        .map(|finding| finding.verdict.word())
        .collect()
}

fn hidden(mut card: Value, tlv: &str, how: &Value) -> Value {
    card["faults"] = json!([{"when": {"tlv": tlv}, "what": how}]);
    card
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(24) })]

    /// A rule over a fact that was not read is never within, whatever it expects and under whatever condition.
    #[test]
    fn what_was_not_read_is_never_inside(
        expect in expectations(),
        when in conditions(),
        value in 0_u64..20,
        how in prop_oneof![Just(json!("hang")), Just(json!({"errno": 5}))],
    ) {
        let card = changed(json!({"NUM_OF_VFS": value}), &["current", "next"]);
        let report = check(hidden(card, "0:0x080", &how), &expect, when.as_ref());
        let words = words(&report);
        prop_assert!(!words.is_empty());
        prop_assert!(words.iter().all(|word| *word != "within" && *word != "outside"), "{words:?} {expect} {when:?}");
        prop_assert_ne!(report.exit_code, 0);
    }

    /// Hiding the fact that a condition is about never makes a rule decide the other way: within and outside become
    /// unknown at most.
    #[test]
    fn a_hidden_condition_decides_nothing(expect in expectations(), value in 0_u64..20, link in 1_u64..3) {
        let when = json!({"not": {"fact": {"name": "LINK_TYPE_P1", "is": {"equals": "IB"}}}});
        let card = changed(json!({"NUM_OF_VFS": value, "LINK_TYPE_P1": link}), &["current", "next"]);
        let known = check(card.clone(), &expect, Some(&when));
        let unread = check(hidden(card, "1:0x012", &json!("hang")), &expect, Some(&when));
        prop_assert_eq!(words(&unread), vec!["unknown"]);
        prop_assert!(unread.exit_code == 3, "{} {}", unread.exit_code, known.exit_code);
    }

    /// A bundle in which more was read decides no other way than one in which less was: what is outside of next boot alone
    /// stays so when current is read too.
    #[test]
    fn another_rule_s_gap_hides_no_deviation(expect in expectations(), value in 0_u64..20) {
        let card = changed(json!({"NUM_OF_VFS": value}), &["current", "next"]);
        let alone = check(card.clone(), &expect, None);
        let rules = json!([{"id": "r", "facts": ["NUM_OF_VFS"], "expect": expect},
            {"id": "gap", "facts": ["LINK_TYPE_P1"], "expect": "present"}]);
        let beside = Bundle::of([hidden(card, "1:0x012", &json!("hang"))]).check(&[baseline(rules)]);
        prop_assert_eq!(words(&alone), words(&beside));
        let expected = if alone.exit_code == 0 { 3 } else { alone.exit_code };
        prop_assert_eq!(beside.exit_code, expected);
    }
}
