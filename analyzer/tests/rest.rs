//! `default`: NV configuration that no rule names.

use serde_json::{Value, json};

use crate::support::{Bundle, baseline, card, changed, envelope, faulty, findings, gist, rule};

const BOTH: &[&str] = &["current", "next"];

fn with_default(default: &str) -> Value {
    json!({"default": default, "rules": [{"id": "vfs", "facts": ["NUM_OF_VFS"], "expect": {"range": {"max": 16}}}]})
}

fn checked(card: Value, members: Value) -> (Vec<String>, u8) {
    let report = Bundle::of([card]).check(&[envelope(members)]);
    let lines =
        findings(&report).filter(|f| f.verdict.word() != "within" && f.verdict.word() != "not-applicable");
    let mut lines: Vec<String> = lines.map(|f| format!("{} {} {}", f.verdict, f.rule, f.name)).collect();
    lines.sort();
    (lines, report.exit_code)
}

#[test]
fn factory_judges_what_no_rule_names() {
    assert_eq!(checked(card(), with_default("factory")), (Vec::new(), 0));
    let changes = json!({"NUM_OF_VFS": 12, "LINK_TYPE_P1": "IB"});
    assert_eq!(
        checked(changed(changes.clone(), BOTH), with_default("factory")),
        (vec!["outside test/default LINK_TYPE_P1".to_owned()], 1),
        "NUM_OF_VFS is a rule's"
    );
    assert_eq!(
        checked(changed(changes, &["next"]), with_default("factory")).0,
        ["pending test/default LINK_TYPE_P1"]
    );
    // A baseline that says nothing else judges all.
    assert_eq!(
        checked(changed(json!({"NUM_OF_VFS": 12}), BOTH), json!({"default": "factory"})).0,
        ["outside test/default NUM_OF_VFS"]
    );
}

#[test]
fn a_rule_of_any_baseline_names() {
    let card = changed(json!({"LINK_TYPE_P1": "IB"}), BOTH);
    let other = rule(&["LINK_TYPE_P*"], json!({"one_of": ["IB", "ETH"]}));
    let report = Bundle::of([card]).check(&[envelope(json!({"default": "factory"})), other]);
    assert_eq!(report.exit_code, 0, "{:?}", gist(&report));
}

/// One that is about other devices names nothing here, and what it excepts is not named.
#[test]
fn a_rule_names_only_what_it_is_about() {
    let card = || changed(json!({"LINK_TYPE_P1": "IB"}), BOTH);
    for rule in [
        json!({"id": "r", "select": {"device": ["0x1021"]}, "facts": ["LINK_TYPE_P*"], "expect": {"equals": "IB"}}),
        json!({"id": "r", "facts": ["LINK_TYPE_P*"], "except": ["LINK_TYPE_P1"], "expect": {"equals": "ETH"}}),
    ] {
        let (lines, code) = checked(card(), json!({"default": "factory", "rules": [rule]}));
        assert!(lines.contains(&"outside test/default LINK_TYPE_P1".to_owned()), "{lines:?}");
        assert_eq!(code, 1);
    }
}

#[test]
fn what_was_not_read_of_the_rest_is_unknown() {
    let hung = faulty(json!({"tlv": "1:0x012"}), json!("hang"));
    let (lines, code) = checked(hung, with_default("factory"));
    assert!(lines.iter().any(|line| line.starts_with("unknown(timeout) test/default")), "{lines:?}");
    assert_eq!(code, 3);
}

#[test]
fn report_tells_what_differs_and_judges_nothing() {
    let compared = || vec!["informational factory all parameters".to_owned()];
    assert_eq!(checked(card(), with_default("report")), (compared(), 0));
    let card = changed(json!({"NUM_OF_VFS": 12, "LINK_TYPE_P1": "IB"}), &["next"]);
    let report = Bundle::of([card]).check(&[envelope(with_default("report"))]);
    let told: Vec<_> = findings(&report).filter(|f| f.rule == "factory").collect();
    let [all, finding] = told.as_slice() else { panic!("two findings, not {}", told.len()) };
    let (all, finding) = if all.name == "all parameters" { (all, finding) } else { (finding, all) };
    assert!(all.message.starts_with("1 of "), "NUM_OF_VFS is a rule's: {}", all.message);
    assert_eq!((finding.name.as_str(), finding.verdict.word()), ("LINK_TYPE_P1", "informational"));
    assert!(finding.message.contains("next") && !finding.evidence.is_empty(), "{}", finding.message);
    assert_eq!(report.exit_code, 0);
    // What was not read is not compared, and not held against the card.
    let hung = faulty(json!({"tlv": "1:0x012"}), json!("hang"));
    assert_eq!(checked(hung, with_default("report")), (compared(), 0));
}

#[test]
fn ignore_is_what_holds_without_a_word() {
    let card = || changed(json!({"LINK_TYPE_P1": "IB"}), BOTH);
    let mut said = with_default("ignore");
    assert_eq!(checked(card(), said.clone()), (Vec::new(), 0));
    said.as_object_mut().unwrap().remove("default");
    assert_eq!(checked(card(), said), (Vec::new(), 0));
}

/// Bytes that no parameter names are the rest's, unless a rule names them.
#[test]
fn bytes_are_of_the_rest_too() {
    let strange = |json: Value| {
        let mut card = card();
        card["nv"]["items"].as_array_mut().unwrap().push(json);
        card
    };
    let stranger = || {
        strange(json!({"tlv": "0:0x7f0000", "default": {"data": "01020304"}, "current": {"data": "01020305"},
            "next": {"data": "01020305"}}))
    };
    let (lines, code) = checked(stranger(), with_default("factory"));
    assert_eq!(
        (lines, code),
        (vec!["unknown(unknown-parameter) test/default nv/0:0x7f0000/data".to_owned()], 3)
    );
    let named = json!({"default": "factory", "rules": [
        {"id": "blob", "facts": ["nv/0:0x7f0000/data"], "expect": {"one_of": ["01020304", "01020305"]}}]});
    assert_eq!(checked(stranger(), named), (Vec::new(), 0));
    let (lines, _) = checked(stranger(), with_default("report"));
    assert_eq!(lines, ["informational factory all parameters", "informational factory bytes without a name"]);
}

#[test]
fn a_baseline_that_judges_nothing_is_refused() {
    for text in [json!({"default": "report"}), json!({"default": "ignore"}), json!({})] {
        let mut whole = json!({"schema": "mlx5-baseline", "schema_version": 1, "name": "n"});
        whole.as_object_mut().unwrap().extend(text.as_object().unwrap().clone());
        let refusal = mlx5_analyzer::baseline::parse("b.json".to_owned(), &whole.to_string()).unwrap_err();
        assert!(refusal.to_string().contains("`rules` is empty"), "{refusal}");
    }
    let _ = baseline(json!([{"id": "a", "facts": ["x"], "expect": "present"}]));
}
