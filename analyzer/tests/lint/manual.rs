//! The manual's page on `baseline lint` and `baseline test` shows what the program prints and knows.
//!
//! After a change: `MLX5_REGENERATE=1 cargo test -p mlx5-analyzer --test analyzer lint::manual`, and read the page again.

use std::path::{Path, PathBuf};

use mlx5_analyzer::baseline::Flaw;
use serde_json::json;

use super::printed::WRONG;
use crate::binary::Folder;
use crate::support::{Bundle, card, changed};

const ENVELOPE: &str = r#"{
  "schema": "mlx5-baseline",
  "schema_version": 1,
  "name": "ours",
  "rules": [{"id": "vfs", "facts": ["NUM_OF_VFS"], "expect": {"range": {"max": 16}}}]
}
"#;

const TESTS: &str = r#"{
  "schema": "mlx5-baseline-test",
  "schema_version": 1,
  "name": "ours",
  "baselines": ["ours.json"],
  "bundles": [
    {"file": "good.zip", "word": "inside", "nothing_else": true},
    {
      "file": "changed.zip",
      "why": "16 virtual functions are what we tested.",
      "word": "outside",
      "findings": [
        {"rule": "ours/vfs", "name": "NUM_OF_VFS", "verdict": "pending"}
      ]
    }
  ]
}
"#;

fn page() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/baseline-lint.md")
}

fn kinds() -> String {
    let row = |flaw: &Flaw| {
        format!("| `{}` | {} | {} {} |\n", flaw.word(), flaw.severity().word(), flaw.means(), flaw.helps())
    };
    let rows: String = Flaw::ALL.iter().map(row).collect();
    format!("| kind | severity | what it is, and what helps |\n|---|---|---|\n{rows}")
}

/// What must stand in the page: what it begins with and ends with there, and what it is now.
fn parts() -> Vec<(&'static str, &'static str, String)> {
    let vfs = |number: u64| Bundle::of([changed(json!({"NUM_OF_VFS": number}), &["current", "next"])]);
    let folder = Folder::new()
        .with("good.zip", &Bundle::of([card()]))
        .with("changed.zip", &vfs(64))
        .with_bytes("ours.json", ENVELOPE.as_bytes())
        .with_bytes("tests.json", TESTS.as_bytes())
        .with_bytes("wrong.json", WRONG.as_bytes());
    let lint = folder.run(&["baseline", "lint", "wrong.json"]);
    let test = folder.run(&["baseline", "test", "tests.json"]);
    assert_eq!((lint.code, test.code), (1, 1));
    vec![
        ("leaves something unsaid:\n\n```json\n", "```\n", WRONG.to_owned()),
        ("$ mlx5-analyzer baseline lint wrong.json\n", "```\n", lint.stdout),
        ("### Kinds\n\n", "\nA rule of which", kinds()),
        ("comments are allowed.\n\n```json\n", "```\n", TESTS.to_owned()),
        ("$ mlx5-analyzer baseline test tests.json\n", "```\n", test.stdout),
    ]
}

#[test]
fn the_page_is_what_the_program_prints_and_knows() {
    let mut text = std::fs::read_to_string(page()).unwrap();
    let regenerate = std::env::var_os("MLX5_REGENERATE").is_some();
    for (begins, ends, now) in parts() {
        let (before, rest) = text.split_once(begins).unwrap_or_else(|| panic!("the page has no {begins:?}"));
        let at = rest.find(ends).unwrap();
        if regenerate {
            text = format!("{before}{begins}{now}{}", &rest[at..]);
        } else {
            assert_eq!(&rest[..at], now, "after {begins:?}");
        }
    }
    if regenerate {
        std::fs::write(page(), text).unwrap();
    }
}
