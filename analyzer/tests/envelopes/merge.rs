//! `baseline merge`: rules of both, conflicts with both places, the strictest word on the whole.

use super::{folder, loaded, run};

#[test]
fn rules_of_both_stand_in_one_file_with_the_comments_above_them() {
    let folder = folder();
    let at = folder.path();
    let (code, stdout, stderr) = run(at, "baseline merge ours.json boot.json -o all.json");
    assert_eq!((code, stderr.as_str()), (0, ""));
    assert!(stdout.starts_with("all.json: 5 rules\n"), "{stdout}");
    assert!(stdout.contains("min_assurance is read, the stricter of the two"), "{stdout}");
    let text = std::fs::read_to_string(at.join("all.json")).unwrap();
    for line in [
        "// Kept by the network team.",
        "// Kept by the people who install.",
        "// Agreed on in March.",
        "// The installer comes over PXE.",
        "\"min_assurance\": \"read\"",
    ] {
        assert!(text.contains(line), "{line}: {text}");
    }
    let above = text.split("\"id\": \"vfs\"").next().unwrap();
    assert!(above.trim_end().ends_with("{") && above.contains("// Agreed on in March.\n"), "{text}");
    assert_eq!(loaded(at, "all.json").rules.len(), 5);
    // With itself it is itself.
    assert_eq!(run(at, "baseline merge ours.json ours.json -o twice.json --name ours").0, 0);
    assert_eq!(run(at, "baseline diff ours.json twice.json").0, 0);
}

#[test]
fn what_they_say_otherwise_is_told_with_both_places() {
    let folder = folder();
    let at = folder.path();
    let (code, stdout, stderr) = run(at, "baseline merge ours.json rival.json -o all.json");
    assert_eq!((code, stdout.as_str()), (1, ""));
    for line in [
        "ours.json:6:5 and rival.json:4:5: both have a rule `vfs`, and the two are not the same",
        "ours.json:7:5 and rival.json:5:5: rules `link-type` and `infiniband` expect otherwise of LINK_TYPE_P2",
        "nothing was written; mend one of them, or say which counts: --prefer first, --prefer second",
    ] {
        assert!(stderr.contains(line), "{line}: {stderr}");
    }
    assert!(!at.join("all.json").exists());
    for (side, vfs, link) in [("first", "{\"range\": {\"max\": 64}}", 2), ("second", "{\"equals\": 8}", 1)] {
        let (code, stdout, _) =
            run(at, &format!("baseline merge ours.json rival.json -o {side}.json --prefer {side}"));
        assert_eq!(code, 0, "{stdout}");
        let text = std::fs::read_to_string(at.join(format!("{side}.json"))).unwrap();
        assert!(text.contains(vfs), "{text}");
        let rules = loaded(at, &format!("{side}.json")).rules;
        let ports = rules.iter().find(|rule| rule.rule.id == "link-type").unwrap();
        assert_eq!(ports.rule.facts.len(), link, "{text}");
        assert_eq!(rules.iter().any(|rule| rule.rule.id == "infiniband"), side == "second");
    }
}

#[test]
fn selections_and_includes_go_along() {
    let folder = folder();
    let at = folder.path();
    std::fs::create_dir(at.join("sub")).unwrap();
    let write = |name: &str, members: &str| {
        let text = format!("{{\"schema\": \"mlx5-baseline\", \"schema_version\": 1, {members}}}");
        std::fs::write(at.join(name), text).unwrap();
    };
    write(
        "sub/vendor.json",
        r#""name": "vendor", "rules": [{"id": "v", "facts": ["SRIOV_EN"], "expect": "present"}]"#,
    );
    let rule = |id: &str, name: &str| {
        format!(r#""rules": [{{"id": "{id}", "facts": ["{name}"], "expect": "present"}}]"#)
    };
    write(
        "sub/a.json",
        &format!(
            r#""name": "a", "include": ["vendor.json"], "select": {{"psid": ["A"]}}, "owner": "us", {}"#,
            rule("x", "NUM_OF_VFS")
        ),
    );
    write("b.json", &format!(r#""name": "b", "select": {{"psid": ["B"]}}, {}"#, rule("y", "LINK_TYPE_P1")));
    let (code, stdout, stderr) = run(at, "baseline merge sub/a.json b.json -o all.json");
    assert_eq!(code, 0, "{stderr}");
    assert!(stdout.contains("rules of a are now called all/…"), "{stdout}");
    let all = loaded(at, "all.json");
    assert_eq!(all.files.last().unwrap().baseline.include, ["sub/vendor.json"]);
    let of = |id: &str| all.rules.iter().find(|rule| rule.rule.id == id).unwrap().rule.clone();
    assert_eq!((of("x").select.psid, of("x").owner), (vec!["A".to_owned()], Some("us".to_owned())));
    assert_eq!((of("y").select.psid, of("y").owner), (vec!["B".to_owned()], None));
    // What `default` is about one file cannot say of two kinds that differ in more than a list.
    write(
        "c.json",
        &format!(
            r#""name": "c", "default": "factory", "select": {{"psid": ["B"]}}, {}"#,
            rule("y", "LINK_TYPE_P1")
        ),
    );
    let (code, _, stderr) = run(at, "baseline merge sub/a.json c.json -o no.json --prefer first");
    assert_eq!(code, 1, "{stderr}");
    assert!(stderr.contains("include both in a third in place of merging them"), "{stderr}");
}
