//! `baseline diff`: by meaning, whatever the order and form.

use serde_json::Value;

use super::{folder, run};

#[test]
fn a_change_is_told_by_what_it_lets_through() {
    let folder = folder();
    let (code, stdout, stderr) = run(folder.path(), "baseline diff ours.json new.json");
    assert_eq!((code, stderr.as_str()), (1, ""));
    for line in [
        "ours/vfs: looser, high",
        "NUM_OF_VFS: at most 64 → from 0 to 127 (looser)",
        "why: nothing → Tested with 127.",
        "ours/sriov: removed, medium",
        "ours/closed: added, medium",
        "ours/ordering: tighter, medium",
        "min_assurance: read → reported (looser)",
    ] {
        assert!(stdout.contains(line), "{line}: {stdout}");
    }
    assert!(!stdout.contains("link-type"), "one of one is that one: {stdout}");
    assert!(stdout.lines().all(|line| line.chars().count() <= 80), "{stdout}");
    let (code, json, _) = run(folder.path(), "baseline diff ours.json new.json --format json");
    assert_eq!(code, 1);
    let report: Value = serde_json::from_str(&json).unwrap();
    let effects: Vec<&str> = report["result"]["changes"]
        .as_array()
        .unwrap()
        .iter()
        .map(|change| change["effect"].as_str().unwrap())
        .collect();
    assert_eq!(effects, ["looser", "looser", "removed", "added", "tighter"]);
    let parsed: mlx5_schemas::model::report::Report = serde_json::from_str(&json).unwrap();
    assert_eq!(serde_json::to_value(parsed).unwrap(), report);
    // The other way round what was looser is tighter.
    let (_, back, _) = run(folder.path(), "baseline diff new.json ours.json");
    assert!(back.contains("NUM_OF_VFS: from 0 to 127 → at most 64 (tighter)"), "{back}");
}

#[test]
fn order_form_and_comments_make_no_difference() {
    let folder = folder();
    let at = folder.path();
    let text = std::fs::read_to_string(at.join("ours.json")).unwrap();
    let plain: String = text.lines().filter(|line| !line.trim().starts_with("//")).collect();
    let mut json: Value = serde_json::from_str(&plain).unwrap();
    json["rules"].as_array_mut().unwrap().reverse();
    std::fs::write(at.join("turned.json"), json.to_string()).unwrap();
    let (code, stdout, _) = run(at, "baseline diff ours.json turned.json");
    assert_eq!((code, stdout.lines().last().unwrap()), (0, "They say the same."), "{stdout}");
    // Another id is another name for findings and waivers, and nothing else.
    json["rules"][0]["id"] = "write-ordering".into();
    std::fs::write(at.join("named.json"), json.to_string()).unwrap();
    let (code, stdout, _) = run(at, "baseline diff ours.json named.json");
    assert_eq!(code, 1);
    assert!(
        stdout.contains("ours/write-ordering: renamed") && stdout.contains("1 change: 1 renamed"),
        "{stdout}"
    );
    assert_eq!(run(at, "baseline diff ours.json none.json").0, 2);
}

#[test]
fn selections_conditions_and_the_rest_count() {
    let folder = folder();
    let at = folder.path();
    let write = |name: &str, select: &str, more: &str, default: &str| {
        let text = format!(
            r#"{{"schema": "mlx5-baseline", "schema_version": 1, "name": "n", "default": "{default}", "rules": [
                {{"id": "r", "facts": ["NUM_OF_VFS"], "select": {select}, {more} "expect": {{"equals": 8}}}}]}}"#
        );
        std::fs::write(at.join(name), text).unwrap();
    };
    write("a.json", r#"{"psid": ["A", "B"], "firmware": {"from": "22.1.0", "to": "22.9.0"}}"#, "", "factory");
    let when = r#""when": {"fact": {"name": "SRIOV_EN", "is": {"equals": "True"}}},"#;
    for (select, more, default, expected) in [
        (r#"{"psid": ["B", "A"], "firmware": {"from": "22.1.0", "to": "22.9.0"}}"#, "", "factory", ""),
        (r#"{"psid": ["A"], "firmware": {"from": "22.1.0", "to": "22.9.0"}}"#, "", "factory", "n/r: looser"),
        (r#"{"psid": ["A", "B"]}"#, "", "factory", "n/r: tighter"),
        (r#"{"psid": ["A"]}"#, "", "factory", "n/r: other"),
        (
            r#"{"psid": ["A", "B"], "firmware": {"from": "22.1.0", "to": "22.9.0"}}"#,
            when,
            "factory",
            "n/r: looser",
        ),
        (
            r#"{"psid": ["A", "B"], "firmware": {"from": "22.1.0", "to": "22.9.0"}}"#,
            "",
            "ignore",
            "the whole: looser\n  default: factory → ignore (looser)",
        ),
    ] {
        write("b.json", select, more, default);
        let (code, stdout, _) = run(at, "baseline diff a.json b.json");
        assert_eq!(code, i32::from(!expected.is_empty()), "{stdout}");
        assert!(stdout.contains(expected), "{expected}: {stdout}");
    }
}

/// A count is over all that is named: with more of it the same number is kept more easily, or less.
#[test]
fn of_a_count_more_is_not_tighter() {
    let folder = folder();
    let at = folder.path();
    for (name, facts) in [("a.json", "\"LINK_TYPE_P1\""), ("b.json", "\"LINK_TYPE_P1\", \"LINK_TYPE_P2\"")] {
        let text = format!(
            r#"{{"schema": "mlx5-baseline", "schema_version": 1, "name": "n", "rules": [{{"id": "r", "facts": [{facts}],
                "expect": {{"count": {{"of": {{"equals": "ETH"}}, "devices": {{"min": 1}}}}}}}}]}}"#
        );
        std::fs::write(at.join(name), text).unwrap();
    }
    for line in ["baseline diff a.json b.json", "baseline diff b.json a.json"] {
        let (code, stdout, stderr) = run(at, line);
        assert_eq!((code, stderr.as_str()), (1, ""));
        assert!(
            stdout.contains("n/r: other") && !stdout.contains("tighter") && !stdout.contains("looser"),
            "{stdout}"
        );
    }
}
