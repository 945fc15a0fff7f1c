//! Other people's readers accept the reports, and refuse broken ones.
//!
//! `scripts/test` installs them. Where one is missing a test is skipped aloud; in CI it fails.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use mlx5_analyzer::report::Format;
use mlx5_schemas::model::report::Report;

use super::hostile::nasty_report;
use super::made::{of_everything, of_trouble, rendered, report, unjudged};
use super::told::read;
use crate::support::skipped;

/// The reports that everything has to take: all there is, hostile texts, and nothing at all.
fn reports() -> [(&'static str, Report); 5] {
    [
        ("everything", of_everything()),
        ("hostile", nasty_report()),
        ("nothing", report(Vec::new())),
        ("unjudged", unjudged()),
        ("trouble", of_trouble(&["a.zip: no such file"])),
    ]
}

/// Runs a program; `None`, said aloud, where there is none.
fn run(program: &str, arguments: &[&str], file: &Path) -> Option<Output> {
    match Command::new(program).args(arguments).arg(file).output() {
        Ok(output) => Some(output),
        Err(error) => skipped(&format!("{program}: {error}; scripts/test installs it")),
    }
}

fn words(output: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}

/// Writes a text to a file of its own.
fn file(folder: &tempfile::TempDir, name: &str, text: &str) -> PathBuf {
    let path = folder.path().join(name);
    std::fs::write(&path, text).unwrap();
    path
}

#[test]
fn sarif_is_valid_by_the_official_schema_and_rules() {
    let setup = Path::new(env!("CARGO_MANIFEST_DIR")).join("../scripts/sarif-multitool/setup");
    let path = Command::new(setup).arg("--path").output().unwrap();
    if !path.status.success() {
        return skipped("sarif-multitool is not installed; scripts/sarif-multitool/setup does that")
            .unwrap_or(());
    }
    let tool = String::from_utf8(path.stdout).unwrap();
    let folder = tempfile::tempdir().unwrap();
    // It exits 0 on bad files too, and passes over one that it cannot read without a word: what counts is that it
    // complains of nothing, but for the missing address of this program, by which it is seen to have looked.
    let errors = |path: &Path| -> Option<Vec<String>> {
        let said = words(&run(tool.trim(), &["validate"], path)?);
        let looked = said.contains("warning SARIF2005");
        let errors = said.lines().filter(|line| line.contains(": error ")).map(str::to_owned);
        Some(errors.chain((!looked).then(|| format!("it was not looked at: {said}"))).collect())
    };
    for (name, report) in reports() {
        let path = file(&folder, &format!("{name}.sarif"), &rendered(Format::Sarif, &report));
        let Some(errors) = errors(&path) else { return };
        assert!(errors.is_empty(), "{name}: {errors:#?}");
    }
    let good = rendered(Format::Sarif, &of_everything());
    for (name, from, to) in [
        ("level", "\"level\": \"error\"", "\"level\": \"dreadful\""),
        ("member", "\"results\":", "\"rezults\":"),
        ("index", "\"ruleIndex\": 0", "\"ruleIndex\": 4711"),
    ] {
        assert!(good.contains(from), "{name}");
        let path = file(&folder, &format!("broken-{name}.sarif"), &good.replace(from, to));
        let Some(errors) = errors(&path) else { return };
        assert!(!errors.is_empty(), "a broken {name} is flagged");
    }
}

/// Debian's junitparser, by the interpreter that it is installed for.
const READ_JUNIT: &str = "
import sys
from junitparser import JUnitXml, Failure, Error, Skipped
suites = JUnitXml.fromfile(sys.argv[1])
counts = dict(passed=0, failure=0, error=0, skipped=0)
for suite in suites:
    cases = list(suite)
    assert suite.tests == len(cases), suite.name
    for case in cases:
        kinds = [type(result) for result in case.result]
        kind = 'failure' if Failure in kinds else 'error' if Error in kinds else 'skipped' if Skipped in kinds else 'passed'
        counts[kind] += 1
        assert case.name and case.classname
print(counts['passed'], counts['failure'], counts['error'], counts['skipped'])
";

#[test]
fn junit_is_read_by_a_well_known_reader() {
    let folder = tempfile::tempdir().unwrap();
    for (name, report) in reports() {
        let text = rendered(Format::Junit, &report);
        let path = file(&folder, &format!("{name}.xml"), &text);
        let Some(output) = run("/usr/bin/python3", &["-c", READ_JUNIT], &path) else { return };
        let said = words(&output);
        if said.contains("No module named 'junitparser'") {
            return skipped("python3-junitparser is not installed; scripts/test does that").unwrap_or(());
        }
        assert!(output.status.success(), "{name}: {said}");
        let reading = read(Format::Junit, &text);
        let all: Vec<&String> = reading.told.iter().map(|told| &told.says).chain(&reading.words).collect();
        let number = |kind: &str| all.iter().filter(|says| says.starts_with(kind)).count();
        // Troubles are among the words.
        let errors = number("error");
        let wanted = format!("{} {} {errors} {}", number("passed"), number("failure"), number("skipped"));
        assert_eq!(said.trim(), wanted, "{name}");
    }
    let path = file(&folder, "broken.xml", "<testsuites><testsuite></testsuites>");
    let Some(output) = run("/usr/bin/python3", &["-c", READ_JUNIT], &path) else { return };
    assert!(!output.status.success());
}

#[test]
fn xccdf_is_valid_by_openscap() {
    let folder = tempfile::tempdir().unwrap();
    for (name, report) in reports() {
        let path = file(&folder, &format!("{name}.xml"), &rendered(Format::Xccdf, &report));
        let Some(output) = run("oscap", &["xccdf", "validate"], &path) else { return };
        assert!(output.status.success(), "{name}: {}", words(&output));
    }
    let good = rendered(Format::Xccdf, &of_everything());
    for (name, from, to) in [
        ("result", "<result>fail</result>", "<result>bad</result>"),
        ("score", "<score ", "<scores "),
        ("identifier", "xccdf_mlx5-analyzer_rule_word", "word"),
    ] {
        assert!(good.contains(from), "{name}");
        let path = file(&folder, &format!("broken-{name}.xml"), &good.replace(from, to));
        let Some(output) = run("oscap", &["xccdf", "validate"], &path) else { return };
        assert!(!output.status.success(), "a broken {name} is refused");
    }
}
