//! Baseline files: read strictly, with places and suggestions; the examples of this repository.

use std::path::Path;

use mlx5_analyzer::baseline::{load, parse};

fn refusal(text: &str) -> String {
    parse("b.json".to_owned(), text).unwrap_err().to_string()
}

/// A file with one rule, line by line.
fn with_rule(rule: &str) -> String {
    format!(
        "{{\n\"schema\": \"mlx5-baseline\",\n\"schema_version\": 1,\n\"name\": \"n\",\n\"rules\": [\n{rule}\n]}}"
    )
}

#[test]
fn errors_name_file_line_and_column_and_the_near_word() {
    for (text, expected) in [
        ("", "b.json:1:1: the file is empty"),
        ("{}", "b.json:1:1: not a baseline: it must say"),
        (
            "{\n \"schema\": \"mlx5-baseline\",\n \"schema_version\": 2}",
            "b.json:3:20: schema_version 2 is not known here",
        ),
        (
            &with_rule("{\"id\": \"a\", \"facts\": [\"x\"], \"expct\": {\"equals\": 1}}"),
            "b.json:6:35: unknown field `expct`",
        ),
        (
            &with_rule("{\"id\": \"a\", \"facts\": [\"x\"], \"expct\": {\"equals\": 1}}"),
            "did you mean `expect`?",
        ),
        (
            &with_rule("{\"id\": \"a\", \"facts\": [\"x\"],\n \"expect\": {\"equal\": 1}}"),
            "b.json:7:19: unknown variant `equal`",
        ),
        (
            &with_rule("{\"id\": \"a\", \"facts\": [\"x\"],\n \"expect\": {\"equal\": 1}}"),
            "did you mean `equals`?",
        ),
        (
            &with_rule("{\"id\": \"a\", \"facts\": [\"x\"], \"expect\": {\"equals\": true}}"),
            "expected a non-negative number or text",
        ),
        (
            &with_rule("{\"id\": \"a\", \"facts\": [\"x\"], \"expect\": {\"equals\": -1}}"),
            "expected a non-negative number or text",
        ),
        (
            &with_rule("{\"id\": \"a\", \"facts\": [], \"expect\": {\"equals\": 1}}"),
            "b.json:6:22: rule `a`: `facts` is empty",
        ),
        (
            &with_rule("{\"id\": \"A b\", \"facts\": [\"x\"], \"expect\": \"equals_factory\"}"),
            "an id is lower-case",
        ),
        (
            &with_rule("{\"id\": \"a\", \"facts\": [\"x\"], \"expect\": {\"range\": {}}}"),
            "`range` needs `min`, `max` or both",
        ),
        (
            &with_rule(
                "{\"id\": \"a\", \"facts\": [\"x\"], \"expect\": {\"range\": {\"min\": 2, \"max\": 1}}}",
            ),
            "holds nothing",
        ),
        (
            &with_rule("{\"id\": \"a\", \"facts\": [\"x\"], \"expect\": {\"one_of\": []}}"),
            "`one_of` is empty",
        ),
        (
            &with_rule("{\"id\": \"a\", \"facts\": [\"x\"], \"views\": [], \"expect\": {\"equals\": 1}}"),
            "`views` is empty",
        ),
        (
            &with_rule(
                "{\"id\": \"a\", \"facts\": [\"x\"], \"views\": [\"default\"], \"expect\": \"equals_factory\"}",
            ),
            "only name current and next",
        ),
        (
            &with_rule(
                "{\"id\": \"a\", \"select\": {\"device\": [\"101d\"]}, \"facts\": [\"x\"], \"expect\": {\"equals\": 1}}",
            ),
            "no PCI device id",
        ),
        (
            &with_rule(
                "{\"id\": \"a\", \"select\": {\"firmware\": {\"from\": \"22.x\"}}, \"facts\": [\"x\"], \"expect\": {\"equals\": 1}}",
            ),
            "no firmware version",
        ),
        (&with_rule(""), "`rules` is empty"),
        (
            &with_rule(
                "{\"id\": \"a\", \"facts\": [\"x\"], \"expect\": {\"equals\": 1}},\n {\"id\": \"a\", \"facts\": [\"x\"], \"expect\": {\"equals\": 1}}",
            ),
            "b.json:7:9: two rules have the id `a`",
        ),
    ] {
        let refusal = refusal(text);
        assert!(refusal.contains(expected), "{refusal}\nshould hold\n{expected}");
    }
}

#[test]
fn the_examples_can_be_read() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../fixtures/baselines");
    let mut read = 0;
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let loaded = load(&path).unwrap();
        assert_eq!(Some(loaded.baseline.name.as_str()), path.file_stem().and_then(|stem| stem.to_str()));
        read += 1;
    }
    assert!(read >= 2);
}

/// What the manual shows is read as it stands.
#[test]
fn the_manual_s_examples_can_be_read() {
    let text =
        std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/baseline.md")).unwrap();
    let examples: Vec<&str> =
        text.split("```json\n").skip(1).filter_map(|rest| rest.split("```").next()).collect();
    assert!(!examples.is_empty());
    for example in examples {
        let result = parse("docs/baseline.md".to_owned(), example);
        assert!(result.is_ok(), "{}\n{example}", result.unwrap_err());
    }
}
