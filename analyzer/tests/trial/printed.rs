//! What `baseline test` prints, and its exit codes.

use mlx5_schemas::model::report::{Report, ReportResult};
use serde_json::json;

use crate::binary::Folder;
use crate::support::{Bundle, card, changed};

fn tests(bundles: serde_json::Value) -> Vec<u8> {
    let rule = "envelope.json";
    json!({"schema": "mlx5-baseline-test", "schema_version": 1, "name": "t", "baselines": [rule], "bundles": bundles})
        .to_string()
        .into_bytes()
}

fn folder(bundles: serde_json::Value) -> Folder {
    let envelope = json!({
        "schema": "mlx5-baseline", "schema_version": 1, "name": "e",
        "rules": [
            {"id": "vfs", "facts": ["NUM_OF_VFS"], "expect": {"range": {"max": 16}}},
            {"id": "new", "facts": ["WHOLLY_NEW_SETTING"], "expect": "present"}
        ]
    });
    Folder::new()
        .with("good.zip", &Bundle::of([card()]))
        .with("bad.zip", &Bundle::of([changed(json!({"NUM_OF_VFS": 64}), &["current", "next"])]))
        .with_bytes("envelope.json", envelope.to_string().as_bytes())
        .with_bytes("query.txt", QUERY.as_bytes())
        .with_bytes("tests.json", &tests(bundles))
}

/// As people paste it.
const QUERY: &str = "\
Device #1:
----------

Device type:    ConnectX6DX
Name:           MCX623106AN-CDA_Ax
Description:    simulated
Device:         0000:3b:00.0

Configurations:                              Next Boot
        NUM_OF_VFS                           64
";

#[test]
fn each_expectation_has_a_line_and_each_failure_its_difference() {
    let folder = folder(json!([
        {"file": "good.zip", "findings": [{"rule": "vfs", "name": "NUM_OF_VFS", "verdict": "within"}]},
        {"file": "bad.zip", "why": "64 are too many.", "word": "outside", "findings": [
            {"rule": "e/vfs", "verdict": "within"},
            {"rule": "new", "verdict": "unknown", "reason": "unknown-parameter"},
            {"rule": "no-such", "verdict": "outside"}
        ], "devices": {"0000:3b:00.0": {"word": "outside"}, "0000:00:00.0": {"assurance": "read"}}},
        {"file": "query.txt", "findings": [{"rule": "vfs", "verdict": "outside", "assurance": "claimed"}]}
    ]));
    let ran = folder.run(&["baseline", "test", "tests.json"]);
    insta::assert_snapshot!("baseline-test", ran.to_string());
    assert_eq!(ran.code, 1);
    assert!(ran.stdout.lines().all(|line| line.chars().count() <= 80), "{}", ran.stdout);
    let json = folder.run(&["baseline", "test", "tests.json", "--format", "json"]);
    let report: Report = serde_json::from_str(&json.stdout).unwrap();
    let ReportResult::BaselineTest(report) = report.result else { panic!("{}", json.stdout) };
    assert_eq!((json.code, report.held, report.failed), (1, 5, 3));
    assert_eq!(report.expectations.iter().filter(|one| one.held).count(), 5);
}

#[test]
fn all_held_is_0_and_trouble_is_2_whatever_held() {
    let held = json!({"file": "good.zip", "findings": [{"rule": "vfs", "verdict": "within"}]});
    let ran = folder(json!([held])).run(&["baseline", "test", "tests.json"]);
    assert_eq!((ran.code, ran.stderr.as_str()), (0, ""), "{ran}");
    let missing = json!({"file": "no.zip", "word": "inside"});
    let ran = folder(json!([held, missing])).run(&["baseline", "test", "tests.json"]);
    assert_eq!(ran.code, 2, "{ran}");
    assert!(ran.stderr.contains("no.zip") && ran.stdout.contains("held    good.zip"), "{ran}");
    for (file, text) in [("tests.json", "{}"), ("envelope.json", "{\"schema\": \"mlx5-baseline\"}")] {
        let ran =
            folder(json!([held])).with_bytes(file, text.as_bytes()).run(&["baseline", "test", "tests.json"]);
        assert!(
            ran.code == 2 && ran.stdout.is_empty() && ran.stderr.contains(&format!("{file}:1:")),
            "{ran}"
        );
    }
}

/// What else is outside is found where the test says that nothing else may be.
#[test]
fn nothing_else_means_nothing_else() {
    let bundle = |rule: &str, verdict: &str| json!([{"file": "bad.zip", "findings": [{"rule": rule, "verdict": verdict}], "nothing_else": true}]);
    let ran = folder(bundle("new", "unknown")).run(&["baseline", "test", "tests.json"]);
    assert!(ran.code == 1 && ran.stdout.contains("e/vfs on NUM_OF_VFS"), "{ran}");
    assert!(!ran.stdout.contains("+ unknown"), "{ran}");
}

/// Where no rule is about the bundle, there is nothing that `nothing_else` could say yes to.
#[test]
fn a_bundle_that_nothing_is_about_does_not_hold() {
    let elsewhere = json!({"schema": "mlx5-baseline", "schema_version": 1, "name": "e", "rules": [
        {"id": "vfs", "select": {"psid": ["OTHER*"]}, "facts": ["NUM_OF_VFS"], "expect": "present"}]});
    let folder = folder(json!([{"file": "good.zip", "nothing_else": true}]))
        .with_bytes("envelope.json", elsewhere.to_string().as_bytes());
    let ran = folder.run(&["baseline", "test", "tests.json"]);
    assert!(ran.code == 1 && ran.stdout.contains("nothing was checked"), "{ran}");
}
