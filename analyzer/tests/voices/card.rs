//! What functions of a card share is judged once, by every kind of rule; what is a function's own, of each.

use mlx5_schemas::model::verdict::Word;
use serde_json::{Value, json};

use super::cases::{TWIN, twin};
use crate::support::{Bundle, CARD, card_with, findings, rule};

/// A card with a setting of each function's own, here `total_vf`.
fn with_own(total: u32) -> Value {
    card_with(json!({"nv": {"items": [
        {"tlv": "nv_global_pci_conf", "all": {"parameters": {"sriov_valid": 1, "sriov_en": 1, "total_vfs": 8, "num_pfs_valid": 1, "num_pfs": 2}}},
        {"tlv": "nv_pf_pci_conf", "all": {"parameters": {"pf_total_vf_en": 1, "total_vf": total}}}
    ]}}))
}

#[test]
fn global_settings_are_told_once_by_every_kind_of_rule() {
    for (expect, verdict) in [
        (json!({"equals": 8}), "within"),
        (json!({"equals": 9}), "outside"),
        (json!({"one_of": [1, 8]}), "within"),
        (json!({"one_of": [1]}), "outside"),
        (json!({"range": {"max": 8}}), "within"),
        (json!({"range": {"max": 7}}), "outside"),
        (json!("equals_factory"), "within"),
        (json!({"none_of": [9]}), "within"),
        (json!({"none_of": [8]}), "outside"),
        (json!({"bits": {"set": "0x8"}}), "within"),
        (json!({"bits": {"clear": "0x8"}}), "outside"),
        (json!({"matches": "^8$"}), "within"),
        (json!({"matches": "^9$"}), "outside"),
        (json!({"relation": {"is": "same", "view": "default"}}), "within"),
        (json!({"relation": {"is": "less", "to": "NUM_OF_PF"}}), "outside"),
        (json!("present"), "within"),
        (json!("absent"), "outside"),
    ] {
        let bundle = Bundle::of([with_own(8), twin(&with_own(8))]);
        let report = bundle.check(&[rule(&["NUM_OF_VFS", "PF_NUM_OF_VF"], expect.clone())]);
        let of = |name: &str| -> Vec<(String, String)> {
            let named = findings(&report).filter(|finding| finding.name == name);
            let told = named.map(|one| (one.subject.device().unwrap().to_owned(), one.verdict.to_string()));
            told.collect()
        };
        let told = |device: &str| (device.to_owned(), verdict.to_owned());
        assert_eq!(of("NUM_OF_VFS"), [told(CARD)], "{expect}");
        assert_eq!(of("PF_NUM_OF_VF"), [told(CARD), told(TWIN)], "{expect}");
        let words: Vec<Option<Word>> = report.bundles[0].devices.iter().map(|device| device.word).collect();
        assert_eq!(words[0], words[1], "the word rests on what is told elsewhere too");
        // Both had the facts that the rule needs.
        let coverage: Vec<(u64, u64)> = report.bundles[0]
            .devices
            .iter()
            .map(|device| (device.coverage.rules, device.coverage.judged))
            .collect();
        assert_eq!(coverage, [(1, 1), (1, 1)], "{expect}");
    }
}

#[test]
fn a_function_s_own_setting_is_judged_by_its_own_value() {
    let bundle = Bundle::of([with_own(8), twin(&with_own(4))]);
    let report = bundle.check(&[rule(&["PF_NUM_OF_VF"], json!({"equals": 8}))]);
    let words: Vec<Option<Word>> = report.bundles[0].devices.iter().map(|device| device.word).collect();
    assert_eq!(words, [Some(Word::Inside), Some(Word::Outside)]);
}

#[test]
fn what_no_rule_names_is_told_once_too() {
    let differs = |value: u32| {
        let mut card = with_own(8);
        card["nv"]["changes"] =
            json!([{"set": {"NUM_OF_VFS": value}, "views": ["current", "next"], "writer": "mlxconfig"}]);
        card
    };
    let text = json!({"schema": "mlx5-baseline", "schema_version": 1, "name": "test", "default": "factory"});
    let baseline = mlx5_analyzer::baseline::parse("test.json".to_owned(), &text.to_string()).unwrap();
    let report = Bundle::of([differs(16), twin(&differs(16))]).check(std::slice::from_ref(&baseline));
    let outside = findings(&report).filter(|finding| finding.verdict.word() == "outside").count();
    assert_eq!((outside, report.counts.outside), (1, 1));
    assert!(report.bundles[0].devices.iter().all(|device| device.word == Some(Word::Outside)));
}
