//! Known issues: the shipped ones keep their own rules, private ones load beside them, and faults are named.

use std::collections::BTreeSet;
use std::path::Path;

use mlx5_analyzer::known::{self, About, lint, of_card, parse};
use mlx5_schemas::model::known_issue::Match;
use serde_json::{Value, json};

use crate::support::{Bundle, card_with, changed};
use crate::triage::{run_in, text_case};

#[test]
fn every_shipped_issue_is_in_the_program_and_keeps_its_examples() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("known");
    let files: BTreeSet<String> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap().replace(".json", ""))
        .collect();
    let names: BTreeSet<String> = known::NAMES.iter().map(|name| (*name).to_owned()).collect();
    assert_eq!(files, names);
    assert!(names.len() >= 20);
    for issue in known::shipped().unwrap() {
        // Form, names, ranges, and that each example comes out: one that matches and one that does not at least.
        assert_eq!(lint(&issue), Vec::<String>::new());
    }
}

#[test]
fn the_manual_s_example_keeps_the_rules() {
    let manual = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/known-issues.md");
    let text = std::fs::read_to_string(manual).unwrap();
    let example = text.split("```json\n").nth(1).unwrap().split("```").next().unwrap();
    assert_eq!(lint(&parse("site-17.json", example).unwrap()), Vec::<String>::new());
}

fn issue(when: Value, examples: Value) -> Value {
    json!({
        "schema": "mlx5-known-issue", "schema_version": 1, "id": "x", "title": "A title", "kind": "advice",
        "sure": "likely", "text": "Text.", "remedy": "Nothing.", "references": [{"title": "A mail"}],
        "when": when, "examples": examples
    })
}

fn faults(issue: &Value) -> Vec<String> {
    match parse("folder/x.json", &issue.to_string()) {
        Ok(loaded) => lint(&loaded),
        Err(error) => vec![error.to_string()],
    }
}

fn good() -> Value {
    issue(
        json!({"fact": {"name": "NUM_OF_VFS", "is": {"equals": 16}}}),
        json!([
            {"gives": "matches", "facts": {"NUM_OF_VFS": {"next": 16}}},
            {"gives": "no", "facts": {"NUM_OF_VFS": {"current": 8, "next": 8}}}
        ]),
    )
}

#[test]
fn faults_are_named() {
    assert_eq!(faults(&good()), Vec::<String>::new());
    let with = |pointer: &str, value: Value| {
        let mut changed = good();
        *changed.pointer_mut(pointer).unwrap() = value;
        faults(&changed).join("; ")
    };
    for (pointer, value, says) in [
        ("/id", json!("y"), "the file's name another"),
        ("/id", json!("X y"), "lower-case letters"),
        ("/title", json!(""), "a title has"),
        ("/remedy", json!(" "), "`remedy` is empty"),
        ("/references", json!([]), "nothing bears it out"),
        ("/references/0", json!({"title": "t", "url": "http://x"}), "does not begin with https://"),
        ("/when/fact/name", json!("NUM_OF_VF"), "did you mean NUM_OF_VFS?"),
        ("/when/fact/name", json!("netdv/x.y"), "did you mean netdev?"),
        ("/when/fact/is", json!({"equls": 1}), "did you mean `equals`?"),
        ("/when/fact/is", json!({"matches": "("}), "cannot be used"),
        ("/when/fact/is", json!({"matches": "a{1000}{1000}"}), "cannot be used"),
        ("/when", json!({"family": ["ConnectX-6Dx"]}), "did you mean ConnectX-6 Dx?"),
        ("/when", json!({"family": ["ConnectX-7"]}), "would match whole families"),
        ("/when", json!({"all": []}), "is empty"),
        ("/when", json!({"firmware": {"from": "22.4x"}}), "no firmware version such as"),
        ("/when", json!({"firmware": {"from": "22.41.0", "to": "22.40.0"}}), "holds no version"),
        ("/when", json!({"firmware": {}}), "needs `from`, `to` or both"),
        (
            "/when",
            json!({"all": [{"kernel": {"from": "new"}}, {"log": {"matches": "x"}}]}),
            "begins with no number",
        ),
        ("/when", json!({"pci_device": ["101d"]}), "is no PCI device id"),
        ("/when", json!({"log": {}}), "`log` names nothing"),
        ("/when", json!({"log": {"syndrome": "63c66"}}), "is no number such as"),
        (
            "/when",
            json!({"compare": {"left": {"name": "LINK_TYPE_P*"}, "is": "same", "right": {"name": "LINK_TYPE_P1"}}}),
            "has no wildcard",
        ),
        ("/examples/0/gives", json!("no"), "gives matches, and no is expected"),
        ("/examples", json!([]), "has none that gives"),
        ("/schema", json!("mlx5-baseline"), "not a known issue"),
        ("/schema_version", json!(2), "known is 1"),
    ] {
        let found = with(pointer, value.clone());
        assert!(found.contains(says), "{pointer} {value}: {found:?} does not say {says:?}");
    }
}

#[test]
fn a_fact_that_was_not_read_makes_a_match_possible() {
    let both = issue(
        json!({"all": [
            {"fact": {"name": "NUM_OF_VFS", "view": "next", "is": {"range": {"min": 10}}}},
            {"kernel": {"to": "6.8"}}
        ]}),
        json!([]),
    );
    let loaded = [parse("x.json", &both.to_string()).unwrap()];
    let query = |text: &str| {
        let case = text_case(&format!(
            "Device #1:\n----------\n\nDevice type:        ConnectX7\nDevice:             3b:00.0\n\n\
             Configurations:                        Next Boot\n        NUM_OF_VFS                     16\n{text}"
        ));
        let device = case.opened.devices()[0].clone();
        let found = of_card(&case, &[About::new(&case, &device)], &loaded);
        found.first().map(|issue| (issue.matched, issue.missing.clone()))
    };
    let kernel = |release: &str| format!("/proc/sys/kernel/osrelease:{release}\n");
    assert_eq!(query(""), Some((Match::Possible, vec!["the kernel release".to_owned()])));
    assert_eq!(query(&kernel("6.1.0")), Some((Match::Matches, Vec::new())));
    assert_eq!(query(&kernel("6.11.0")), None, "6.11 comes after 6.8");
}

#[test]
fn issues_match_our_own_bundles_with_the_bytes_that_show_it() {
    let case = Bundle::of([changed(json!({"LINK_TYPE_P1": "IB"}), &["next"])]).case();
    let device = case.opened.devices()[0].clone();
    let found = of_card(&case, &[About::new(&case, &device)], &known::shipped().unwrap());
    let ids: Vec<&str> =
        found.iter().filter(|one| one.matched == Match::Matches).map(|one| one.id.as_str()).collect();
    assert!(ids.contains(&"ports-have-different-link-types"), "{ids:?}");
    for one in &found {
        assert!(!one.evidence.is_empty() && !one.references.is_empty());
    }
    // A stock card is not talked about.
    let case = Bundle::of([card_with(json!({}))]).case();
    let device = case.opened.devices()[0].clone();
    let found = of_card(&case, &[About::new(&case, &device)], &known::shipped().unwrap());
    let sure: Vec<&str> =
        found.iter().filter(|one| one.matched == Match::Matches).map(|one| one.id.as_str()).collect();
    assert_eq!(sure, Vec::<&str>::new());
}

#[test]
fn private_issues_are_read_beside_the_shipped_ones() {
    let folder = tempfile::tempdir().unwrap();
    let own = folder.path().join("own");
    std::fs::create_dir(&own).unwrap();
    let write = |name: &str, text: &str| std::fs::write(own.join(name), text).unwrap();
    write("x.json", &good().to_string());
    std::fs::write(
        folder.path().join("a.zip"),
        Bundle::of([changed(json!({"NUM_OF_VFS": 16}), &["next"])]).bytes(),
    )
    .unwrap();
    let run = |arguments: &[&str]| run_in(folder.path(), arguments);
    let (code, stdout, _) = run(&["triage", "a.zip", "--known", "own"]);
    assert_eq!(code, 0);
    assert!(stdout.contains("A title [x] (likely)"), "{stdout}");
    let (code, stdout, _) = run(&["known", "lint", "own"]);
    assert_eq!((code, stdout.as_str()), (0, "1 issue, 0 faults\n"));
    let (code, stdout, _) = run(&["known", "show", "x", "--known", "own"]);
    assert_eq!(code, 0);
    assert!(stdout.contains("A mail"));
    let (code, _, stderr) = run(&["known", "show", "roce-multicast-mc"]);
    assert_eq!(code, 2);
    assert!(stderr.contains("did you mean roce-multicast-mac?"), "{stderr}");
    let (code, stdout, _) = run(&["known", "list", "--known", "own"]);
    assert_eq!((code, stdout.lines().count()), (0, known::NAMES.len() + 1));

    let twin = serde_json::to_string(&{
        let mut twin = good();
        twin["id"] = json!("roce-multicast-mac");
        twin
    });
    write("roce-multicast-mac.json", &twin.unwrap());
    let (code, _, stderr) = run(&["triage", "a.zip", "--known", "own"]);
    assert_eq!(code, 2, "a private file does not silently replace a shipped one");
    assert!(stderr.contains("the id roce-multicast-mac is that of"), "{stderr}");
    let (code, stdout, _) = run(&["known", "lint", "own"]);
    assert_eq!(code, 1);
    assert!(stdout.contains("is that of a shipped issue"), "{stdout}");
    write("roce-multicast-mac.json", "{");
    let (code, _, stderr) = run(&["triage", "a.zip", "--known", "own"]);
    assert_eq!(code, 2);
    assert!(stderr.contains("roce-multicast-mac.json:1:1"), "{stderr}");
}
