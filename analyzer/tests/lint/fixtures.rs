//! Every kind of mistake has a fixture, whose line at fault says `expect: KIND`; nothing else is found in it.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use mlx5_analyzer::baseline::{Flaw, load};
use mlx5_analyzer::envelope::lint::{Linted, Linter};
use mlx5_analyzer::known::shipped;
use mlx5_schemas::catalog::Catalog;
use mlx5_schemas::model::report::{LintFinding, LintSeverity};

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/lint/fixtures")
}

/// Looks at files one by one.
fn linter() -> impl Fn(&Path) -> Linted {
    let linter = Linter::new(Catalog::embedded(), shipped().unwrap().leak());
    move |path| linter.lint(&[path.to_owned()])
}

fn files_of(folder: &Path) -> Vec<PathBuf> {
    let mut files: Vec<PathBuf> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|ending| ending == "json"))
        .collect();
    files.sort();
    files
}

/// `line KIND` for each mark of a file.
fn marks(path: &Path) -> BTreeSet<(u64, String)> {
    let text = std::fs::read_to_string(path).unwrap();
    let marked = text.lines().zip(1..).filter_map(|(line, number)| {
        let (_, kind) = line.split_once(" expect: ")?;
        Some((number, kind.trim_end_matches("*/").trim().to_owned()))
    });
    marked.collect()
}

#[test]
fn each_fixture_has_what_it_marks_and_nothing_else() {
    let linted = linter();
    let mut wrong = Vec::new();
    for path in files_of(&folder()) {
        let found = linted(&path);
        assert!(found.unread.is_empty(), "{}: {:?}", path.display(), found.unread);
        let mut wanted: BTreeMap<PathBuf, BTreeSet<(u64, String)>> = BTreeMap::new();
        for file in found.report.files.iter().map(PathBuf::from).chain([path.clone()]) {
            wanted.insert(std::fs::canonicalize(&file).unwrap(), marks(&file));
        }
        wanted.retain(|_, marks| !marks.is_empty());
        let mut told: BTreeMap<PathBuf, BTreeSet<(u64, String)>> = BTreeMap::new();
        for finding in &found.report.findings {
            let file = std::fs::canonicalize(&finding.file).unwrap();
            told.entry(file).or_default().insert((finding.line, finding.kind.clone()));
        }
        if told != wanted {
            wrong.push(format!("{}: {wanted:?}, and found {:?}", path.display(), found.report.findings));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn each_kind_has_a_fixture_that_is_called_by_it() {
    let named: BTreeSet<String> = files_of(&folder())
        .iter()
        .filter_map(|path| {
            let stem = path.file_stem()?.to_str()?;
            let (number, kind) = stem.split_once('-')?;
            assert!(number.parse::<u32>().is_ok(), "{stem}");
            let (_, marked) = marks(path).pop_first()?;
            assert!(marked == kind || kind == "include-cycle", "{stem} marks {marked}");
            Some(kind.to_owned())
        })
        .collect();
    let mut kinds: BTreeSet<String> = Flaw::ALL.iter().map(|flaw| flaw.word().to_owned()).collect();
    assert_eq!(kinds.len(), Flaw::ALL.len(), "two kinds have one word");
    assert!(kinds.len() >= 30);
    // Its mark stands in the file that it goes round with.
    kinds.remove(Flaw::IncludeCycle.word());
    assert_eq!(named, kinds);
}

/// What is called an error is refused by the reader, or makes a rule fail; all else is taken.
#[test]
fn errors_are_what_the_reader_refuses() {
    let fails_later =
        [Flaw::UnknownValue, Flaw::QuotedNumber, Flaw::WrongKind, Flaw::UnknownAdvisory].map(Flaw::word);
    let linted = linter();
    for path in files_of(&folder()) {
        let found = linted(&path).report.findings;
        let is_error = |kinds: &[&str]| {
            found.iter().any(|one| one.severity == LintSeverity::Error && !kinds.contains(&one.kind.as_str()))
        };
        match load(&path) {
            Ok(_) => assert!(!is_error(&fails_later), "{}: {found:#?}", path.display()),
            Err(refusal) => {
                assert!(is_error(&[]), "{}: {refusal}", path.display());
                // The place that the reader gives is among those found.
                let words = refusal.to_string();
                let is_told = |file: &str, line: u64, column: u64| {
                    words.starts_with(&format!("{file}:{line}:{column}: "))
                };
                assert!(
                    found.iter().any(|one| is_told(&one.file, one.line, one.column)),
                    "{words}: {found:#?}"
                );
            }
        }
    }
}

/// A mistake hides none of the others.
#[test]
fn all_mistakes_are_told_at_once() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("b.json");
    let text = "{\"schema\": \"mlx5-baseline\", \"schema_version\": 1, \"name\": \"b\", \"include\": [\"no.json\"],\n\
        \"rules\": [\n\
        {\"id\": \"A\", \"facts\": [\"NUM_OF_VF\"], \"expect\": {\"one_of\": []}},\n\
        {\"id\": \"b\", \"facts\": [\"LINK_TYPE_P1\"], \"views\": [], \"expect\": {\"equals\": \"EHT\"}}]}";
    std::fs::write(&path, text).unwrap();
    let found = linter()(&path).report.findings;
    let errors: Vec<(u64, &str)> = found
        .iter()
        .filter(|one| one.severity == LintSeverity::Error)
        .map(|one| (one.line, one.kind.as_str()))
        .collect();
    assert_eq!(
        errors,
        [
            (1, "include-unreadable"),
            (3, "invalid-id"),
            (3, "unknown-name"),
            (3, "empty-expectation"),
            (4, "judges-nothing"),
            (4, "unknown-value"),
        ]
    );
}

#[test]
fn what_is_shipped_is_clean() {
    let baselines = Path::new(env!("CARGO_MANIFEST_DIR")).join("../fixtures/baselines");
    let mut looked_at = 0;
    let linted = linter();
    for path in files_of(&baselines) {
        let found = linted(&path);
        let findings = &found.report.findings;
        // The manual's is kept short; it may be advised to say more.
        let is_short = path.ends_with("example-envelope.json");
        let may_be = |one: &LintFinding| is_short && one.severity == LintSeverity::Advice;
        assert!(found.unread.is_empty() && findings.iter().all(may_be), "{findings:#?}");
        looked_at += 1;
    }
    assert!(looked_at >= 4);
}

/// The words of suggestions are those that may have been meant.
#[test]
fn near_words_are_told() {
    let linted = linter();
    for (kind, near) in [
        ("unknown-member", "`expect`"),
        ("unknown-word", "`high`"),
        ("unknown-name", "NUM_OF_VFS"),
        ("unknown-path", "host"),
        ("unknown-family", "ConnectX-6 Dx"),
        ("unknown-value", "ETH"),
        ("unknown-host-fact", "host/lockdown"),
        ("unlike-psid", "MT_0000000*"),
        ("override-unknown", "plain/link-type"),
    ] {
        let path = files_of(&folder())
            .into_iter()
            .find(|path| path.to_string_lossy().ends_with(&format!("-{kind}.json")));
        let found = linted(&path.unwrap()).report.findings;
        let words: Vec<&str> = found.iter().map(|one| one.message.as_str()).collect();
        assert!(words.iter().any(|words| words.ends_with(&format!("did you mean {near}?"))), "{words:?}");
    }
}

/// What a pattern takes may be missing; a name demands that it is there. So the rule by name is of use.
#[test]
fn a_pattern_does_not_make_a_name_useless() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("b.json");
    for (first, is_useless) in [("LINK_TYPE_P*", false), ("LINK_TYPE_P2", true)] {
        let text = format!(
            r#"{{"schema": "mlx5-baseline", "schema_version": 1, "name": "b", "rules": [
                {{"id": "a", "facts": ["{first}"], "expect": {{"equals": "ETH"}}}},
                {{"id": "c", "select": {{"family": ["ConnectX-7"]}}, "facts": ["LINK_TYPE_P2"], "expect": {{"equals": "ETH"}}}}]}}"#
        );
        std::fs::write(&file, text).unwrap();
        let linted = linter()(&file);
        assert_eq!(linted.report.findings.iter().any(|one| one.kind == "shadowed"), is_useless, "{first}");
    }
}

/// The text's own mistakes are none of a value's type, though the reader's words begin alike.
#[test]
fn a_broken_escape_is_no_wrong_type() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("b.json");
    for text in [r#"{"schema": "\q"}"#, r#"{"schema_version": 01}"#] {
        std::fs::write(&file, text).unwrap();
        let kinds: Vec<String> = linter()(&file).report.findings.into_iter().map(|one| one.kind).collect();
        assert_eq!(kinds, ["json-syntax"], "{text}");
    }
}
