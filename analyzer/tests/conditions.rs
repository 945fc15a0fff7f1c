//! `when`: a rule that holds under a condition.

use serde_json::{Value, json};

use crate::support::{
    Bundle, CLEAN, Host, baseline, card, card_with, changed, envelope, faulty, findings, gist, refusal_of,
    verdict_of,
};

fn sriov_on() -> Value {
    json!({"fact": {"name": "SRIOV_EN", "is": {"equals": "True"}}})
}

fn checked(card: Value, when: Value) -> (String, u8) {
    let rules = json!([{"id": "r", "when": when, "facts": ["NUM_OF_VFS"], "expect": {"range": {"max": 16}}}]);
    let report = Bundle::of([card]).check(&[baseline(rules)]);
    let verdicts: Vec<String> = findings(&report).map(|finding| finding.verdict.to_string()).collect();
    assert!(findings(&report).all(|finding| !finding.evidence.is_empty()));
    (verdicts.join(" "), report.exit_code)
}

fn set(values: Value, views: &[&str]) -> Value {
    changed(values, views)
}

#[test]
fn met_not_met_and_not_read() {
    let both = &["current", "next"];
    assert_eq!(checked(card(), sriov_on()), ("within".to_owned(), 0));
    assert_eq!(checked(set(json!({"NUM_OF_VFS": 64}), both), sriov_on()), ("outside".to_owned(), 1));
    let off = set(json!({"SRIOV_EN": 0, "NUM_OF_VFS": 64}), both);
    // Nothing was judged, so nothing is inside.
    assert_eq!(checked(off, sriov_on()), ("not-applicable(condition)".to_owned(), 3));
    let pci = json!({"fact": {"name": "pci/sriov_totalvfs", "is": {"range": {"min": 1}}}});
    assert_eq!(checked(set(json!({"NUM_OF_VFS": 64}), both), pci), ("unknown(not-captured)".to_owned(), 3));
}

#[test]
fn what_was_not_read_is_named() {
    let rules = json!([{"id": "r", "when": {"all": [sriov_on(), {"fact": {"name": "UCTX_EN", "is": "known"}}]},
        "facts": ["fw/psid"], "expect": "present"}]);
    let hung = faulty(json!({"tlv": "0:0x080"}), json!("hang"));
    let report = Bundle::of([hung]).check(&[baseline(rules)]);
    let message = &findings(&report).next().unwrap().message;
    assert_eq!(message, "whether the rule holds here depends on SRIOV_EN and UCTX_EN, which was not read");
}

/// The condition names no view: it is held against each view that is judged.
#[test]
fn each_view_has_its_own_condition() {
    // Off now, on after the reset with too many: the reset brings it outside.
    let card = card_with(json!({"nv": {"changes": [
        {"set": {"SRIOV_EN": 0}, "views": ["current"], "writer": "mlxconfig"},
        {"set": {"NUM_OF_VFS": 64}, "views": ["next"], "writer": "mlxconfig"}]}}));
    assert_eq!(checked(card, sriov_on()), ("pending".to_owned(), 1));
    // On now with too many, off after the reset.
    let card = card_with(json!({"nv": {"changes": [
        {"set": {"SRIOV_EN": 0}, "views": ["next"], "writer": "mlxconfig"},
        {"set": {"NUM_OF_VFS": 64}, "views": ["current"], "writer": "mlxconfig"}]}}));
    assert_eq!(checked(card, sriov_on()), ("pending".to_owned(), 1));
    // Off now with too many, on after the reset with few enough.
    let card = card_with(json!({"nv": {"changes": [
        {"set": {"SRIOV_EN": 0, "NUM_OF_VFS": 64}, "views": ["current"], "writer": "mlxconfig"}]}}));
    assert_eq!(checked(card, sriov_on()), ("within".to_owned(), 0));
}

/// A view that is named is looked at for all of them.
#[test]
fn a_named_view_decides_for_all() {
    let off_now = set(json!({"SRIOV_EN": 0, "NUM_OF_VFS": 64}), &["current"]);
    let named = |view: &str| json!({"fact": {"name": "SRIOV_EN", "view": view, "is": {"equals": "True"}}});
    assert_eq!(checked(off_now.clone(), named("current")).0, "not-applicable(condition)");
    assert_eq!(checked(off_now, named("next")).0, "pending");
}

/// A fact without views is judged by what is in force now.
#[test]
fn what_has_no_views_holds_by_current() {
    let of = |views: &[&str]| {
        let rules = json!([{"id": "r", "when": sriov_on(), "facts": ["fw/psid"], "expect": {"equals": "X"}}]);
        let report = Bundle::of([set(json!({"SRIOV_EN": 0}), views)]).check(&[baseline(rules)]);
        (gist(&report).join(" "), report.exit_code)
    };
    assert_eq!(of(&["next"]), ("outside fw/psid".to_owned(), 1));
    assert_eq!(of(&["current"]), ("not-applicable(condition) ".to_owned(), 3));
}

#[test]
fn all_words_of_conditions_are_known_here() {
    for (when, met) in [
        (json!({"family": ["ConnectX-6 Dx"]}), true),
        (json!({"not": {"family": ["ConnectX-7"]}}), true),
        (json!({"pci_device": ["0x101d"]}), true),
        (json!({"firmware": {"from": "22.41.1000"}}), true),
        (json!({"firmware": {"to": "22.40.0"}}), false),
        (json!({"kernel": {"from": "7.3"}}), true),
        (json!({"kernel": {"to": "6"}}), false),
        (json!({"psid": ["MT_*"]}), true),
        (json!({"any": [{"psid": ["DEL*"]}, sriov_on()]}), true),
        (json!({"pending": ["NUM_OF_VFS"]}), false),
        (json!({"log": {"matches": "health"}}), false),
        (
            json!({"compare": {"left": {"name": "NUM_OF_VFS"}, "is": "less", "right": {"name": "LINK_TYPE_P1"}}}),
            false,
        ),
    ] {
        let expected = if met { "within" } else { "not-applicable(condition)" };
        assert_eq!(checked(card(), when.clone()).0, expected, "{when}");
    }
}

#[test]
fn factory_values_under_a_condition() {
    let rules =
        json!([{"id": "r", "when": sriov_on(), "facts": ["LINK_TYPE_P*"], "expect": "equals_factory"}]);
    let of = |values: Value, views: &[&str]| {
        verdict_of(&Bundle::of([set(values, views)]).check(&[baseline(rules.clone())]), "LINK_TYPE_P1")
    };
    assert_eq!(of(json!({"LINK_TYPE_P1": "IB"}), &["current", "next"]), "outside");
    assert_eq!(
        of(json!({"LINK_TYPE_P1": "IB", "SRIOV_EN": 0}), &["next"]),
        "within",
        "it holds now, and now it is factory"
    );
}

#[test]
fn the_host_has_conditions_of_its_own() {
    let of = |when: Value, lockdown: &'static str| {
        let rules = json!({"min_assurance": "reported", "rules": [
            {"id": "r", "when": when, "facts": ["host/lockdown"], "expect": {"none_of": ["none"]}}]});
        let host = Host { lockdown, ..CLEAN };
        let report = Bundle { host, ..Bundle::of([card()]) }.check(&[envelope(rules)]);
        findings(&report).find(|f| f.rule == "test/r").map(|f| f.verdict.to_string()).unwrap_or_default()
    };
    let tainted = |value: u64| json!({"fact": {"name": "host/taint/J", "is": {"equals": value}}});
    assert_eq!(of(tainted(0), "none"), "outside");
    assert_eq!(of(tainted(1), "none"), "not-applicable(condition)");
    assert_eq!(of(json!({"kernel": {"from": "7"}}), "integrity"), "within");
    let refusal = refusal_of(
        json!({"id": "r", "when": {"family": ["ConnectX-7"]}, "facts": ["host/lockdown"], "expect": "present"}),
    );
    assert!(refusal.contains("conditions on the host alone"), "{refusal}");
}

#[test]
fn slips_in_conditions_are_refused_at_their_place() {
    for (when, words) in [
        (json!({"famly": ["ConnectX-7"]}), "did you mean `family`?"),
        (json!({"family": ["ConnectX7"]}), "did you mean ConnectX-7?"),
        (json!({"all": [{"fact": {"name": "SRIOV_ENN", "is": "known"}}]}), "did you mean SRIOV_EN?"),
        (json!({"fact": {"name": "hots/lockdown", "is": "known"}}), "did you mean host?"),
        (json!({"fact": {"name": "SRIOV_EN", "is": {"matches": "("}}}), "unclosed group"),
        (json!({"any": []}), "is empty"),
        (json!({"kernel": {"from": "new"}}), "begins with no number"),
    ] {
        let refusal = refusal_of(json!({"id": "r", "when": when, "facts": ["x"], "expect": "present"}));
        assert!(refusal.starts_with("test.json:1:") && refusal.contains(words), "{refusal}");
    }
}
