//! The kind `count`: over the devices of a host.

use mlx5_schemas::model::fact::Subject;
use serde_json::{Value, json};

use crate::support::{Bundle, baseline, card_with, findings, gist, refusal_of};

const OTHER: &str = "0000:5e:00.0";
const THIRD: &str = "0000:af:00.0";

/// A card of its own with so many virtual functions in all views.
fn with_vfs(bdf: &str, vfs: u64) -> Value {
    let mac = format!("0xb83fd2{}0100", &bdf[5..7]);
    card_with(json!({"bdf": bdf, "base_mac": mac,
        "nv": {"changes": [{"set": {"NUM_OF_VFS": vfs}, "views": ["current", "next"], "writer": "mlxconfig"}]}}))
}

fn hung(bdf: &str) -> Value {
    let mut card = with_vfs(bdf, 8);
    card["faults"] = json!([{"when": {"tlv": "0:0x080"}, "what": "hang"}]);
    card
}

fn count(select: Value, devices: Value) -> Vec<mlx5_analyzer::baseline::LoadedBaseline> {
    vec![baseline(json!([{"id": "r", "select": select, "facts": ["NUM_OF_VFS"],
        "expect": {"count": {"of": {"range": {"min": 16}}, "devices": devices}}}]))]
}

#[test]
fn both_ends_must_agree() {
    for (cards, devices, verdict, code) in [
        (vec![with_vfs(OTHER, 16), with_vfs(THIRD, 8)], json!({"min": 1, "max": 1}), "within", 0),
        (vec![with_vfs(OTHER, 16), with_vfs(THIRD, 16)], json!({"max": 1}), "outside", 1),
        (vec![with_vfs(OTHER, 8)], json!({"min": 1}), "outside", 1),
        (vec![with_vfs(OTHER, 16), hung(THIRD)], json!({"min": 1, "max": 1}), "unknown(not-captured)", 3),
        (vec![with_vfs(OTHER, 16), hung(THIRD)], json!({"min": 1}), "within", 0),
        (vec![with_vfs(OTHER, 8), hung(THIRD)], json!({"min": 2}), "outside", 1),
        (vec![hung(OTHER), hung(THIRD)], json!({"max": 1}), "unknown(not-captured)", 3),
    ] {
        let report = Bundle::of(cards).check(&count(json!({}), devices.clone()));
        let of_rule: Vec<_> = findings(&report).filter(|finding| finding.rule == "test/r").collect();
        let [finding] = of_rule.as_slice() else { panic!("one finding, not {}", of_rule.len()) };
        assert_eq!(
            (finding.verdict.to_string().as_str(), report.exit_code),
            (verdict, code),
            "{devices}: {}",
            finding.message
        );
        assert_eq!(finding.subject, Subject::Host);
        assert!(finding.evidence.len() > 1, "shown by what was counted");
    }
}

#[test]
fn views_are_counted_apart() {
    let waits = card_with(json!({"bdf": OTHER,
        "nv": {"changes": [{"set": {"NUM_OF_VFS": 16}, "views": ["next"], "writer": "mlxconfig"}]}}));
    let report = Bundle::of([waits]).check(&count(json!({}), json!({"max": 0})));
    assert_eq!(gist(&report), ["pending NUM_OF_VFS"]);
    let message = &findings(&report).next().unwrap().message;
    assert!(message.contains("current: 0 devices have it so, next: 1 device has it so"), "{message}");
}

#[test]
fn only_selected_devices_count_and_an_unread_identity_counts_as_maybe() {
    let report = Bundle::of([with_vfs(OTHER, 16), with_vfs(THIRD, 16)])
        .check(&count(json!({"device": ["0x1021"]}), json!({"max": 0})));
    assert_eq!(
        (gist(&report), report.exit_code),
        (Vec::<String>::new(), 0),
        "no such device, as it should be"
    );
    let mut nameless = with_vfs(THIRD, 16);
    nameless["faults"] = json!([{"when": {"register": "MGIR"}, "what": {"refuse": {"status": 1}}}]);
    let select = json!({"firmware": {"from": "22.0.0"}});
    let report = Bundle::of([with_vfs(OTHER, 16), nameless]).check(&count(select, json!({"min": 2})));
    assert_eq!(report.exit_code, 3);
    assert!(gist(&report).contains(&"unknown(not-captured) NUM_OF_VFS".to_owned()), "{:?}", gist(&report));
}

#[test]
fn what_cannot_be_counted_is_refused() {
    for (facts, count, words) in [
        ("NUM_OF_VFS", json!({"devices": {}}), "`devices` needs `min`, `max` or both"),
        ("NUM_OF_VFS", json!({"devices": {"min": 2, "max": 1}}), "holds nothing"),
        ("NUM_OF_VFS", json!({"of": {"one_of": []}, "devices": {"min": 1}}), "`one_of` is empty"),
        ("host/lockdown", json!({"devices": {"min": 1}}), "not by the host's"),
    ] {
        let refusal = refusal_of(json!({"id": "r", "facts": [facts], "expect": {"count": count}}));
        assert!(refusal.contains(words), "{refusal}");
    }
}
