//! `json/*.schema.json` are what the types say (JSON Schema 2020-12).
//!
//! After a change of a type: `MLX5_REGENERATE=1 cargo test -p mlx5-schemas --test json_schemas`, and commit the result.
#![allow(clippy::unwrap_used)]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use mlx5_schemas::model::baseline::Baseline;
use mlx5_schemas::model::baseline_test::BaselineTest;
use mlx5_schemas::model::fact::Fact;
use mlx5_schemas::model::host::HostCaptures;
use mlx5_schemas::model::known_issue::KnownIssue;
use mlx5_schemas::model::manifest::Manifest;
use mlx5_schemas::model::report::Report;
use mlx5_schemas::model::tool_run::ToolRuns;
use mlx5_schemas::model::waiver::Waivers;
use schemars::{Schema, schema_for};

/// Every document that has a schema: file name without `.schema.json`, title, schema. Extend here.
fn documents() -> Vec<(&'static str, &'static str, Schema)> {
    vec![
        ("manifest", "Manifest of a bundle: manifest.json", schema_for!(Manifest)),
        ("host-captures", "What was read of the host: host/captures.json", schema_for!(HostCaptures)),
        (
            "times",
            "Start and duration of each exchange in microseconds, by probe: devices/*/times.json",
            schema_for!(BTreeMap<String, Vec<(u64, u64)>>),
        ),
        (
            "tool-runs",
            "Runs of the vendor's tools for one device: devices/…/tools.json",
            schema_for!(ToolRuns),
        ),
        ("facts", "Facts derived from a bundle", schema_for!(Vec<Fact>)),
        ("baseline", "A baseline: the declared envelope", schema_for!(Baseline)),
        (
            "baseline-test",
            "A test of baselines: bundles, and what is to be said of them",
            schema_for!(BaselineTest),
        ),
        ("waivers", "Waivers: findings that somebody accepted", schema_for!(Waivers)),
        (
            "known-issue",
            "A known issue: what is known of a fault, a trap or a habit",
            schema_for!(KnownIssue),
        ),
        ("report", "What the analyzer writes with --format json", schema_for!(Report)),
    ]
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("json")
}

fn file_name(name: &str) -> String {
    format!("{name}.schema.json")
}

fn text(title: &str, mut schema: Schema) -> String {
    schema.insert("title".to_owned(), title.into());
    serde_json::to_string_pretty(&schema).unwrap() + "\n"
}

#[test]
fn the_files_are_what_the_types_say() {
    let regenerate = std::env::var_os("MLX5_REGENERATE").is_some();
    for (name, title, schema) in documents() {
        let path = folder().join(file_name(name));
        let expected = text(title, schema);
        if regenerate {
            fs::create_dir_all(folder()).unwrap();
            fs::write(&path, &expected).unwrap();
        }
        let found = fs::read_to_string(&path).unwrap_or_default();
        assert!(
            found == expected,
            "{} is out of date; run MLX5_REGENERATE=1 cargo test -p mlx5-schemas --test json_schemas",
            path.display()
        );
    }
}

#[test]
fn there_are_no_other_files() {
    let expected: BTreeSet<String> = documents().iter().map(|(name, ..)| file_name(name)).collect();
    let found: BTreeSet<String> = fs::read_dir(folder())
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    assert_eq!(found, expected);
}

#[test]
fn all_are_of_draft_2020_12() {
    for (name, _, schema) in documents() {
        let dialect = schema.get("$schema").and_then(|value| value.as_str());
        assert_eq!(dialect, Some("https://json-schema.org/draft/2020-12/schema"), "{name}");
    }
}
