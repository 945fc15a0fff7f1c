//! What `baseline lint` prints, and its exit codes.

use mlx5_schemas::model::report::{Report, ReportResult};

use crate::binary::Folder;

pub(super) const WRONG: &str = "\
// Ours.
{
  \"schema\": \"mlx5-baseline\",
  \"schema_version\": 1,
  \"name\": \"wrong\",
  \"owner\": \"network team\",
  \"references\": [{\"title\": \"Our tests\"}],
  \"rules\": [
    {
      \"id\": \"vfs\",
      \"why\": \"We tested 16.\",
      \"facts\": [\"NUM_OF_VF\"],
      \"expect\": {\"range\": {\"min\": 32, \"max\": 16}}
    },
    {
      \"id\": \"link-type\",
      \"why\": \"Storage is 100% Ethernet.\",
      \"remedy\": \"Set LINK_TYPE_P1=ETH.\",
      \"facts\": [\"LINK_TYPE_P*\"],
      \"expect\": {\"one_of\": [\"ETH\", 9]}
    }
  ]
}
";

fn folder() -> Folder {
    Folder::new().with_bytes("wrong.json", WRONG.as_bytes())
}

#[test]
fn all_that_is_wrong_is_printed_with_its_place() {
    let folder = folder();
    let ran = folder.run(&["baseline", "lint", "wrong.json"]);
    insta::assert_snapshot!("baseline-lint", ran.to_string());
    assert!(ran.stdout.lines().all(|line| line.chars().count() <= 80), "{}", ran.stdout);
    let github = folder.run(&["baseline", "lint", "wrong.json", "--format", "github"]);
    insta::assert_snapshot!("baseline-lint-github", github.to_string());
    let json = folder.run(&["baseline", "lint", "wrong.json", "--format", "json"]);
    let report: Report = serde_json::from_str(&json.stdout).unwrap();
    let ReportResult::BaselineLint(report) = report.result else { panic!("{}", json.stdout) };
    // In each format all of them.
    let places = report.findings.iter().map(|one| format!("wrong.json:{}:{}: ", one.line, one.column));
    assert!(places.clone().all(|place| ran.stdout.contains(&place)), "{}", ran.stdout);
    assert_eq!(places.count(), github.stdout.lines().count());
    assert_eq!([ran.code, github.code, json.code], [1, 1, 1]);
}

#[test]
fn advice_is_no_mistake_and_a_missing_file_is_trouble() {
    let folder = folder();
    let advice = folder.run(&["baseline", "lint", "example-envelope.json"]);
    assert!(advice.code == 0 && advice.stdout.contains("advice (missing-owner)"), "{advice}");
    let clean = folder.run(&["baseline", "lint", "factory-default.json"]);
    assert_eq!((clean.code, clean.stdout.as_str()), (0, "1 file: 0 errors, 0 warnings, 0 words of advice\n"));
    let missing = folder.run(&["baseline", "lint", "no.json", "wrong.json"]);
    assert!(missing.code == 2 && missing.stderr.contains("no.json: cannot be read"), "{missing}");
    assert!(missing.stdout.contains("wrong.json:12:"), "the other file is looked at all the same: {missing}");
}

/// What a file says cannot act on a terminal, nor in the log of a job.
#[test]
fn nothing_in_a_file_acts() {
    let text = WRONG.replace("NUM_OF_VF\"", "\u{1b}[31m::error::x\"").replace("100%", "100%0A");
    let folder = folder().with_bytes("wrong.json", text.as_bytes());
    for format in ["text", "github"] {
        let ran = folder.run(&["baseline", "lint", "wrong.json", "--format", format]);
        assert!(!ran.stdout.contains('\u{1b}') && !ran.stdout.contains("\n::error::x"), "{ran}");
    }
}
