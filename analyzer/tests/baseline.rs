//! Baseline files: read strictly, with places and suggestions; the examples of this repository.

use std::collections::BTreeSet;
use std::path::Path;

use mlx5_analyzer::baseline::{load, parse};
use mlx5_analyzer::case::Case;
use mlx5_schemas::catalog::Catalog;
use serde_json::Value;

use crate::support::{Bundle, card, now, samples};

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
        if path.is_dir() {
            continue;
        }
        let loaded = load(&path).unwrap();
        assert_eq!(Some(loaded.baseline.name.as_str()), path.file_stem().and_then(|stem| stem.to_str()));
        read += 1;
    }
    assert!(read >= 2);
}

/// What the manual shows is read as it stands; what begins with the name of a file is a file beside the others.
#[test]
fn the_manual_s_examples_can_be_read() {
    let text =
        std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/baseline.md")).unwrap();
    let examples: Vec<&str> =
        text.split("```json\n").skip(1).filter_map(|rest| rest.split("```").next()).collect();
    let folder = tempfile::tempdir().unwrap();
    let named = |example: &str| {
        let name = example.strip_prefix("// ")?.lines().next()?.to_owned();
        name.ends_with(".json").then(|| folder.path().join(name))
    };
    for (path, example) in examples.iter().filter_map(|example| Some((named(example)?, example))) {
        std::fs::write(path, example).unwrap();
    }
    assert!(examples.len() >= 6);
    for example in examples {
        let result = match named(example) {
            Some(path) => load(&path),
            None => parse("docs/baseline.md".to_owned(), example),
        };
        assert!(result.is_ok(), "{}\n{example}", result.unwrap_err());
    }
}

/// Every member that the form has stands in the manual.
#[test]
fn the_manual_names_every_member() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let manual = std::fs::read_to_string(root.join("docs/baseline.md")).unwrap();
    let schema = std::fs::read_to_string(root.join("schemas/json/baseline.schema.json")).unwrap();
    let schema: Value = serde_json::from_str(&schema).unwrap();
    let mut names: Vec<&str> = Vec::new();
    let mut open = vec![&schema];
    while let Some(part) = open.pop() {
        match part {
            Value::Object(members) => {
                if let Some(Value::Object(properties)) = members.get("properties") {
                    names.extend(properties.keys().map(String::as_str));
                }
                for (_, word) in members.iter().filter(|(name, _)| *name == "const" || *name == "enum") {
                    names.extend(word.as_str());
                    names.extend(word.as_array().into_iter().flatten().filter_map(Value::as_str));
                }
                open.extend(members.values());
            }
            Value::Array(parts) => open.extend(parts),
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
        }
    }
    // Events of the kernel log are known issues' business.
    names.retain(|name| !["kind", "command", "syndrome", "ext_synd"].contains(name));
    assert!(names.len() > 60);
    for name in names {
        let is_named = [format!("`{name}`"), format!("\"{name}\"")].iter().any(|word| manual.contains(word));
        assert!(is_named, "{name} is not in docs/baseline.md");
    }
}

/// Comments are blanks: the places of errors are those of the file as it is written.
#[test]
fn comments_move_no_place() {
    let text = "// ours\n{\"schema\": \"mlx5-baseline\", /* é\n */ \"schema_version\": 1, \"name\": \"n\",\n\
        \"rules\": [/* é */ {\"id\": \"a\", \"facts\": [\"NUM_OF_VF\"], // \"x\"\n \"expect\": \"present\"}]}";
    assert_eq!(
        refusal(text),
        "b.json:4:41: rule `a`: no parameter is called NUM_OF_VF; did you mean NUM_OF_VFS?"
    );
    let unknown = text.replace("NUM_OF_VF", "NUM_OF_VFS").replace("\"expect\"", "/* é */ \"expct\"");
    assert!(refusal(&unknown).starts_with("b.json:5:16: unknown field `expct`"), "{}", refusal(&unknown));
    assert!(refusal("{\n /* no end").starts_with("b.json:2:2: this comment has no end"));
    let good = text.replace("NUM_OF_VF", "NUM_OF_VFS");
    assert!(parse("b.json".to_owned(), &good).is_ok());
    // The digest is that of the file as it is written.
    let digest = |text: &str| parse("b.json".to_owned(), text).unwrap().sha256;
    assert_ne!(digest(&good), digest(&good.replace("ours", "yours")));
}

/// No name that a bundle or a text brings is refused.
#[test]
fn every_name_of_a_fact_can_be_named() {
    let mut names: BTreeSet<String> = BTreeSet::new();
    let mut gather = |case: &Case| {
        names.extend(case.facts.iter().flat_map(|fact| fact.aliases.iter().chain([&fact.path])).cloned());
    };
    gather(&Bundle::of([card()]).case());
    for sample in samples().iter().flat_map(|folder| std::fs::read_dir(folder).unwrap()) {
        if let Ok(opened) = mlx5_analyzer::case::open(&sample.unwrap().path(), None, now()) {
            gather(&opened.decode(Catalog::embedded()).unwrap());
        }
    }
    assert!(names.len() > 500);
    let refused: Vec<String> = names
        .iter()
        .filter_map(|name| {
            let rule = serde_json::json!({"id": "a", "facts": [name], "expect": "present"});
            parse("b.json".to_owned(), &with_rule(&rule.to_string())).err().map(|error| error.to_string())
        })
        .collect();
    assert_eq!(refused, Vec::<String>::new());
}

#[test]
fn more_slips_are_named_with_the_near_word() {
    let rule = |members: &str| with_rule(&format!("{{\"id\": \"a\", {members}}}"));
    for (text, words) in [
        (
            rule("\"facts\": [\"NUM_OF_VFS\"], \"expect\": {\"equals\": 1},"),
            "a comma before this bracket is one too many",
        ),
        (
            rule("\"facts\": [\"NUM_OF_VFS\",], \"expect\": {\"equals\": 1}"),
            "b.json:6:36: a comma before this bracket is one too many",
        ),
        (rule("\"facts\": [\"NUM_OF_VFS\"], \"expect\": \"equals\""), "it needs a value"),
        (rule("\"facts\": [\"NUM_OF_VFS\"], \"expect\": {\"present\": true}"), "it stands alone, as text"),
        (rule("\"facts\": [\"hst/lockdown\"], \"expect\": \"present\""), "did you mean host?"),
        (
            rule("\"facts\": [\"x\"], \"except\": [\"SRIOV_ENN\"], \"expect\": \"present\""),
            "did you mean SRIOV_EN?",
        ),
        (
            rule("\"facts\": [\"x\"], \"views\": [\"curent\"], \"expect\": \"present\""),
            "did you mean `current`?",
        ),
        (rule("\"facts\": [\"x\"], \"severity\": \"hgih\", \"expect\": \"present\""), "did you mean `high`?"),
        (
            rule("\"select\": {\"role\": [\"virtul\"]}, \"facts\": [\"x\"], \"expect\": \"present\""),
            "did you mean `virtual`?",
        ),
        (
            rule("\"select\": {\"familie\": []}, \"facts\": [\"x\"], \"expect\": \"present\""),
            "did you mean `family`?",
        ),
        (
            rule("\"select\": {\"family\": [\"ConnectX-6Dx\"]}, \"facts\": [\"x\"], \"expect\": \"present\""),
            "b.json:6:35: rule `a`: no family is called \"ConnectX-6Dx\"; did you mean ConnectX-6 Dx?",
        ),
        (
            rule("\"select\": {\"kernel\": {}}, \"facts\": [\"x\"], \"expect\": \"present\""),
            "`kernel` needs `from`, `to` or both",
        ),
        (
            rule(
                "\"select\": {\"driver\": {\"from\": \"new\"}}, \"facts\": [\"x\"], \"expect\": \"present\"",
            ),
            "begins with no number",
        ),
        (
            rule("\"select\": {\"part_number\": [\"\"]}, \"facts\": [\"x\"], \"expect\": \"present\""),
            "a pattern is empty",
        ),
        (
            with_rule("{\"id\": \"default\", \"facts\": [\"x\"], \"expect\": \"present\"}"),
            "`default` is the name of",
        ),
        (with_rule("{\"id\": \"a\", \"id\": \"b\"}"), "duplicate field `id`"),
        ("\u{feff}{}".to_owned(), "b.json:1:1: the file begins with a byte order mark"),
    ] {
        let refusal = refusal(&text);
        assert!(refusal.starts_with("b.json:") && refusal.contains(words), "{refusal}\nshould hold\n{words}");
    }
}
