//! Which rules had their facts, and what is said of who wrote a setting.

use mlx5_schemas::model::request::{Request, register};
use serde_json::{Value, json};

use crate::support::{Bundle, baseline, card, card_with, changed, findings, rule};

#[test]
fn rules_that_want_facts_are_named() {
    let faults = json!([{"when": {"tlv": "0:0x080", "view": "current"}, "what": "hang"}]);
    let mut set = changed(json!({"NUM_OF_VFS": 16}), &["current", "next"]);
    set["faults"] = faults;
    let rules = baseline(json!([
        {"id": "links", "facts": ["LINK_TYPE_P*"], "expect": {"equals": "ETH"}},
        {"id": "vfs", "facts": ["NUM_OF_VFS"], "expect": {"equals": 16}},
        // Outside by one view, and another was not read.
        {"id": "few-vfs", "facts": ["NUM_OF_VFS"], "expect": {"equals": 8}},
        {"id": "next-vfs", "facts": ["NUM_OF_VFS"], "views": ["next"], "expect": {"equals": 8}},
        {"id": "fails", "facts": ["NUM_OF_VFS"], "expect": {"equals": "many"}},
        {"id": "others", "select": {"psid": ["DEL*"]}, "facts": ["NUM_OF_VFS"], "expect": {"equals": 8}},
        {"id": "host", "facts": ["host/taint"], "expect": {"equals": 0}}
    ]));
    let report = Bundle::of([set]).check(&[rules]);
    let coverage = &report.bundles[0].devices[0].coverage;
    assert_eq!((coverage.rules, coverage.judged), (5, 2), "{coverage:?}");
    assert_eq!(coverage.wanting, ["test/fails", "test/few-vfs", "test/vfs"]);
}

fn provenance(card: Value) -> Option<String> {
    let report = Bundle::of([card]).check(&[rule(&["NUM_OF_VFS"], json!({"equals": 7}))]);
    findings(&report)
        .find(|finding| finding.name == "NUM_OF_VFS")
        .and_then(|finding| finding.provenance.clone())
}

fn by(writer: &str, views: &[&str]) -> Value {
    card_with(json!({"nv": {"changes": [{"set": {"NUM_OF_VFS": 16}, "views": views, "writer": writer}]}}))
}

#[test]
fn provenance_claims_no_more_than_the_device_says() {
    for (card, words) in [
        (
            by("uefi-hii", &["next"]),
            "the writer named itself UEFI HII; differs from factory; takes effect after a reset",
        ),
        (
            by("mlxconfig", &["current", "next"]),
            "the writer named itself mlxconfig; differs from factory; in force",
        ),
        (
            by("bmc", &["next"]),
            "the writer named itself BMC; differs from factory; takes effect after a reset",
        ),
        (by("unspecified", &["current", "next"]), "no writer is named; differs from factory; in force"),
        (card(), "no writer is named; as the factory set it; in force"),
    ] {
        assert_eq!(provenance(card).as_deref(), Some(words));
    }
    let mut unread = by("mlxconfig", &["next"]);
    unread["faults"] = json!([{"when": {"tlv": "0:0x080", "view": "default"}, "what": "hang"},
        {"when": {"tlv": "0:0x080", "view": "current"}, "what": "hang"}]);
    assert_eq!(
        provenance(unread).as_deref(),
        Some(
            "the writer named itself mlxconfig; its factory value was not read; whether it is in force was not read"
        )
    );
    // What the valid flag leaves to the firmware has no history that counts.
    let item =
        json!({"tlv": "nv_global_pci_conf", "all": {"parameters": {"sriov_valid": 0, "total_vfs": 8}}});
    assert_eq!(provenance(card_with(json!({"nv": {"items": [item]}}))), None);
    // What is within needs none.
    let report = Bundle::of([card()]).check(&[rule(&["NUM_OF_VFS"], json!({"equals": 8}))]);
    assert!(findings(&report).all(|finding| finding.provenance.is_none()));
}

#[test]
fn a_writer_that_is_only_repeated_is_none() {
    let said = |is_stored: bool| {
        let parameters = json!({"sriov_valid": 1, "sriov_en": 1, "total_vfs": 8});
        let mut card = card_with(json!({"nv": {
            "items": [{"tlv": "nv_global_pci_conf", "stored": is_stored, "all": {"parameters": parameters}}],
            "changes": [{"set": {"NUM_OF_VFS": 16}, "views": ["current", "next"], "writer": "mlxconfig"}]
        }}));
        card["nv"]["echo_writer"] = json!(true);
        // Next boot of that item, asked for a second time in the name of mlxconfig.
        let mut twice = vec![0; 268];
        twice[..8].copy_from_slice(&[0x10, 0x09, 0x01, 0, 0, 0, 0, 0x80]);
        let further = vec![Request::register(register::MNVDA, twice).unwrap()];
        let report =
            Bundle { further, ..Bundle::of([card]) }.check(&[rule(&["NUM_OF_VFS"], json!({"equals": 7}))]);
        findings(&report).find_map(|finding| finding.provenance.clone()).unwrap()
    };
    // What is stored in flash has a writer that nobody asked for by name.
    assert_eq!(said(true), "the writer named itself mlxconfig; differs from factory; in force");
    assert_eq!(
        said(false),
        "who wrote it is not known: the device repeats the writer that it is asked with; differs from factory; in force"
    );
}
