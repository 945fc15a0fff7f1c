//! Firmware without current values: what is judged, and on what it rests.

use mlx5_analyzer::check::{Options, check};
use mlx5_schemas::model::verdict::Assurance;
use serde_json::{Value, json};

use super::cases::{all, next_only};
use crate::support::{Bundle, baseline, card, findings, rule, verdict_of};

fn case(name: &str) -> Bundle {
    all().into_iter().find(|(known, _)| *known == name).map(|(_, bundle)| bundle).unwrap()
}

/// Verdict, message and assurance of a finding by its name.
fn outcome(bundle: &Bundle, name: &str, expect: Value) -> (String, String, Assurance) {
    let report = bundle.check(&[rule(&[name], expect)]);
    let finding = findings(&report).find(|finding| finding.name == name).unwrap();
    (finding.verdict.to_string(), finding.message.clone(), finding.assurance)
}

#[test]
fn next_alone_is_never_within_for_what_is_in_force() {
    for expect in
        [json!("equals_factory"), json!({"equals": 8}), json!({"one_of": [8]}), json!({"range": {"max": 8}})]
    {
        let (verdict, message, _) = outcome(&case("next only"), "NUM_OF_VFS", expect.clone());
        assert_eq!(verdict, "unknown(next-only)", "{expect}");
        assert_eq!(message, "next only: the firmware does not tell what is in force now");
        let report = case("next only").check(&[rule(&["NUM_OF_VFS"], expect)]);
        assert_eq!(report.exit_code, 3);
        assert!(report.bundles[0].devices[0].next_only);
    }
    let plain = Bundle::of([card()]).check(&[rule(&["NUM_OF_VFS"], json!({"equals": 8}))]);
    assert!(!plain.bundles[0].devices[0].next_only);
}

#[test]
fn a_rule_about_next_alone_is_judged() {
    let rules = |views: Value| {
        baseline(json!([{"id": "r", "facts": ["NUM_OF_VFS"], "views": views, "expect": {"equals": 8}}]))
    };
    let report = case("next only").check(&[rules(json!(["next"]))]);
    assert_eq!((verdict_of(&report, "NUM_OF_VFS"), report.exit_code), ("within".to_owned(), 0));
    let report = case("next only").check(&[rules(json!(["current"]))]);
    assert_eq!(verdict_of(&report, "NUM_OF_VFS"), "unknown(next-only)");
}

#[test]
fn what_is_outside_after_the_next_reset_is_outside() {
    for name in ["next only", "next only, told by PCI", "next only, contradicted by PCI"] {
        let (verdict, message, _) = outcome(&case(name), "NUM_OF_VFS", json!({"equals": 9}));
        assert_eq!((verdict.as_str(), message.as_str()), ("outside", "outside (next)"), "{name}");
    }
}

#[test]
fn a_fact_that_says_the_same_stands_in_and_bounds_the_assurance() {
    for expect in [json!("equals_factory"), json!({"equals": 8})] {
        let (verdict, message, assurance) = outcome(&case("next only, told by PCI"), "NUM_OF_VFS", expect);
        assert_eq!(verdict, "within");
        assert_eq!(message, "inside (next only; of what is in force now pci/sriov_totalvfs says the same)");
        assert_eq!(assurance, Assurance::Reported, "the kernel tells it");
    }
    let report = case("next only, told by PCI").check(&[rule(&["NUM_OF_VFS"], json!({"equals": 8}))]);
    assert_eq!(report.exit_code, 3, "reported, and read is demanded");
    let options = Options { min_assurance: Some(Assurance::Reported), ..Options::default() };
    let rules = [rule(&["NUM_OF_VFS"], json!({"equals": 8}))];
    assert_eq!(check(&[Ok(case("next only, told by PCI").case())], &rules, options).exit_code, 0);
}

#[test]
fn a_fact_that_contradicts_is_told_and_judges_nothing() {
    let (verdict, message, _) =
        outcome(&case("next only, contradicted by PCI"), "NUM_OF_VFS", json!({"equals": 8}));
    assert_eq!(verdict, "unknown(next-only)");
    assert!(message.ends_with(", and pci/sriov_totalvfs says 4"), "{message}");
    // Where each function has a count of its own, PCI's is another thing.
    let (verdict, message, _) =
        outcome(&case("next only, a count per function"), "NUM_OF_VFS", json!({"equals": 8}));
    assert_eq!(verdict, "unknown(next-only)");
    assert!(!message.contains("sriov_totalvfs"), "{message}");
}

#[test]
fn the_type_of_a_port_is_told_by_the_function_that_serves_it() {
    for name in ["LINK_TYPE_P1", "LINK_TYPE_P2"] {
        let (verdict, message, assurance) =
            outcome(&case("next only, told by the ports' types"), name, json!({"equals": "ETH"}));
        assert_eq!(verdict, "within", "{message}");
        assert_eq!(assurance, Assurance::Strong, "firmware says both");
        let (verdict, message, _) =
            outcome(&case("next only, contradicted by the ports' types"), name, json!({"equals": "ETH"}));
        assert_eq!(verdict, "unknown(next-only)");
        assert!(message.ends_with(", and cap/GENERAL.port_type says InfiniBand"), "{message}");
    }
    // Which port the function serves was not read.
    let (verdict, ..) =
        outcome(&Bundle::of([next_only(json!({}))]), "LINK_TYPE_P1", json!({"equals": "ETH"}));
    assert_eq!(verdict, "unknown(next-only)");
}

#[test]
fn a_view_that_is_offered_and_was_not_read_is_another_matter() {
    let mut bundle = Bundle::of([card()]);
    bundle.record = |probe, exchanges| {
        if probe == "nv" {
            exchanges.retain(|exchange| {
                let of_view = exchange.request.as_register().and_then(|(_, data)| data.get(1).copied());
                !matches!((exchange.request.as_register(), of_view), (Some((0x9024, _)), Some(0x40)))
            });
        }
    };
    let (verdict, ..) = outcome(&bundle, "NUM_OF_VFS", json!({"equals": 8}));
    assert_eq!(verdict, "unknown(not-captured)");
}
