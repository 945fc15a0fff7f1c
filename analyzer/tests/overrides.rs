//! Changes to rules of included baselines.

use mlx5_schemas::model::baseline::Severity;
use serde_json::{Value, json};

use crate::includes::{folder, load_in, one_rule};
use crate::support::{Bundle, changed, findings};

/// A site that includes a distribution and a vendor, and changes this.
fn site(overrides: Value) -> Result<mlx5_analyzer::baseline::LoadedBaseline, String> {
    let folder = folder(&[
        ("vendor.json", json!({"rules": one_rule("vfs", "NUM_OF_VFS")})),
        ("distribution.json", json!({"include": ["vendor.json"], "rules": one_rule("pfs", "NUM_OF_PF")})),
        (
            "site.json",
            json!({"include": ["distribution.json"], "overrides": overrides, "rules": one_rule("own", "NUM_OF_PF")}),
        ),
    ]);
    load_in(folder.path(), "site.json")
}

#[test]
fn each_member_takes_the_place_of_the_rule_s() {
    let loaded = site(json!([
        {"rule": "vendor/vfs", "why": "We tested 64.", "severity": "critical", "expect": {"range": {"max": 64}},
         "select": {"psid": ["MT_*"]}, "when": {"psid": ["MT_*"]}, "except": ["NUM_OF_PF"]},
        {"rule": "distribution/pfs", "why": "Not ours.", "off": true}
    ]))
    .unwrap();
    let names: Vec<&str> = loaded.rules.iter().map(|rule| rule.name.as_str()).collect();
    assert_eq!(names, ["vendor/vfs", "site/own"]);
    let rule = &loaded.rules[0];
    assert_eq!(rule.rule.severity, Severity::Critical);
    assert_eq!(rule.rule.except, ["NUM_OF_PF"]);
    assert_eq!((rule.changes.len(), rule.changes[0].by.as_str()), (1, "site"));
    // The file as it stands is not changed.
    assert_eq!(loaded.files[0].baseline.rules[0].severity, Severity::Medium);
    let of = |vfs: u64| {
        let card = changed(json!({"NUM_OF_VFS": vfs}), &["current", "next"]);
        let report = Bundle::of([card]).check(std::slice::from_ref(&loaded));
        let finding = findings(&report).find(|f| f.rule == "vendor/vfs").unwrap().clone();
        (finding.verdict.to_string(), finding.why)
    };
    assert_eq!(of(64).0, "within");
    let (verdict, why) = of(65);
    assert_eq!((verdict.as_str(), why.as_deref()), ("outside", Some("(changed by site: We tested 64.)")));
}

#[test]
fn what_cannot_be_changed_is_refused_with_its_place_and_the_near_name() {
    let change = |members: Value| {
        let mut change = json!({"rule": "vendor/vfs", "why": "w"});
        change.as_object_mut().unwrap().extend(members.as_object().unwrap().clone());
        site(json!([change])).unwrap_err()
    };
    for (members, words) in [
        (json!({}), "site.json:7:5: nothing is changed"),
        (json!({"off": true, "severity": "low"}), "a rule that is off has nothing to change"),
        (json!({"why": " ", "off": true}), "`why` is empty"),
        (
            json!({"off": true, "rule": "vendor/vsf"}),
            "no included baseline has a rule vendor/vsf; did you mean vendor/vfs?",
        ),
        (json!({"off": true, "rule": "vfs"}), "did you mean vendor/vfs?"),
        (json!({"off": true, "rule": "site/own"}), "site/own is this file's own rule: change it there"),
        (json!({"expect": {"range": {}}}), "with this, rule `vfs`: `range` needs"),
        (json!({"except": ["NUM_OF_VF"]}), "did you mean NUM_OF_VFS?"),
        (json!({"when": {"fact": {"name": "SRIOV_EN", "is": {"matches": "("}}}}), "unclosed group"),
        (json!({"sevrity": "low"}), "did you mean `severity`?"),
        (json!({"severity": "hihg"}), "did you mean `high`?"),
    ] {
        let refusal = change(members);
        assert!(
            refusal.starts_with("site.json:") && refusal.contains(words),
            "{refusal}\nshould hold\n{words}"
        );
    }
}

/// A rule of a file that is only beside it cannot be changed.
#[test]
fn only_what_is_included_can_be_changed() {
    let off = json!([{"rule": "a/x", "why": "w", "off": true}]);
    let folder = folder(&[
        ("a.json", json!({"rules": one_rule("x", "NUM_OF_VFS")})),
        ("b.json", json!({"rules": one_rule("y", "NUM_OF_PF"), "overrides": off})),
        ("site.json", json!({"include": ["a.json", "b.json"]})),
    ]);
    let refusal = load_in(folder.path(), "site.json").unwrap_err();
    assert!(refusal.contains("there is no rule a/x: nothing is included that has rules"), "{refusal}");
}

#[test]
fn a_baseline_of_which_everything_is_off_is_refused() {
    let off = json!([{"rule": "a/x", "why": "w", "off": true}]);
    let folder = folder(&[
        ("a.json", json!({"rules": one_rule("x", "NUM_OF_VFS")})),
        ("site.json", json!({"include": ["a.json"], "overrides": off})),
    ]);
    assert!(load_in(folder.path(), "site.json").unwrap_err().contains("`rules` is empty"));
}
