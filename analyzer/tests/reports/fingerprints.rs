//! Fingerprints: the same finding has the same one in every run and every format, and no other finding has it.

use std::collections::BTreeSet;

use mlx5_analyzer::report::Format;
use mlx5_schemas::model::report::{Finding, Report};
use mlx5_schemas::model::verdict::Verdict;
use serde_json::{Value, json};

use super::made::{bundle, device, finding, of_trouble, rendered, report};
use crate::support::{Bundle, CARD, card, card_with, rule};

fn outside(id: &str) -> Finding {
    finding(id, Verdict::Outside)
}

fn of_sarif(report: &Report) -> Vec<String> {
    let log: Value = serde_json::from_str(&rendered(Format::Sarif, report)).unwrap();
    let results = log["runs"][0]["results"].as_array().unwrap().clone();
    let of = |result: &Value| {
        let fingerprints = &result["partialFingerprints"];
        assert_eq!(fingerprints["primaryLocationLineHash"], fingerprints["findingOnDevice/v1"]);
        fingerprints["findingOnDevice/v1"].as_str().unwrap().to_owned()
    };
    results.iter().filter(|result| result["ruleId"] != "word").map(of).collect()
}

fn of_gitlab(report: &Report) -> Vec<String> {
    let issues: Vec<Value> = serde_json::from_str(&rendered(Format::Gitlab, report)).unwrap();
    let issues = issues.iter().filter(|issue| issue["check_name"] != "word");
    issues.map(|issue| issue["fingerprint"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn neither_value_nor_time_nor_name_of_the_bundle_changes_them() {
    let one = report(vec![bundle(vec![device(CARD)], vec![outside("a"), outside("b")])]);
    let mut later = bundle(vec![device(CARD)], vec![outside("a"), outside("b")]);
    later.bundle.file = "tomorrow.zip".to_owned();
    later.bundle.id = "fedcba9876543210".to_owned();
    later.bundle.created = "2027-03-04T05:06:07Z".parse().unwrap();
    for finding in &mut later.findings {
        finding.message = "other words".to_owned();
        finding.found.clear();
        finding.evidence[0].offset = 1;
        finding.verdict = Verdict::Pending;
    }
    let later = report(vec![later]);
    assert_eq!(of_sarif(&one), of_sarif(&later));
    assert_eq!(of_sarif(&one), of_gitlab(&one), "one finding, one name, whatever the format");
}

#[test]
fn other_findings_and_other_devices_have_others() {
    let of = |id: &str, key: &str| {
        let mut card = device(CARD);
        card.key = Some(key.to_owned());
        of_sarif(&report(vec![bundle(vec![card], vec![outside(id)])])).remove(0)
    };
    let all: BTreeSet<String> =
        [("a", "x"), ("b", "x"), ("a", "y"), ("b", "y")].map(|(id, key)| of(id, key)).into();
    assert_eq!(all.len(), 4);
}

#[test]
fn two_bundles_of_one_device_keep_their_findings_apart() {
    let one = || bundle(vec![device(CARD)], vec![outside("a")]);
    let both = report(vec![one(), one()]);
    let first = of_sarif(&report(vec![one()])).remove(0);
    assert_eq!(of_sarif(&both), [first.clone(), format!("{first}-2")]);
    assert_eq!(of_gitlab(&both), of_sarif(&both));
}

/// Two jobs of one pipeline may have trouble each: GitLab keeps one issue of a fingerprint.
#[test]
fn troubles_are_told_apart_by_their_words() {
    let of = |trouble| of_gitlab(&of_trouble(&[trouble])).remove(0);
    assert_ne!(of("a.zip: no such file"), of("b.zip: no such file"));
    assert_eq!(of("a.zip: no such file"), of("a.zip: no such file"));
}

/// The key comes from the card, not from where it is plugged in or what is set on it.
#[test]
fn a_card_keeps_its_key() {
    let key = |card: Value| {
        let report = Bundle::of([card]).check(&[rule(&["NUM_OF_VFS"], json!("equals_factory"))]);
        report.bundles[0].devices[0].key.clone().unwrap()
    };
    let first = key(card());
    assert_eq!(first, key(card_with(json!({"bdf": "0000:5e:00.0", "firmware": {"version": "22.43.2026"}}))));
    assert_ne!(first, key(card_with(json!({"base_mac": "0xb83fd2000200"}))));
    assert!(!first.contains("b83fd2"), "the address itself does not show: {first}");
}
