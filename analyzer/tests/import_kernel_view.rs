//! Imported texts of the kernel's view: ethtool, devlink, lspci, the kernel's log, and what people paste of a host.
//!
//! The samples are compared value by value with the others (`import::samples`); here is that each has its expectations,
//! the taint strings of many kernels, texts made for these tests, copies of files, and mutilated texts.

mod files;
mod hosts;
mod properties;
mod texts;

use std::io::Write;
use std::path::Path;

use mlx5_analyzer::import::source::Found;
use mlx5_analyzer::import::{Imported, import};
use mlx5_schemas::model::fact::{Fact, Knowledge};
use mlx5_schemas::model::manifest::ImportedFile;
use mlx5_schemas::model::manifest::Source;

use crate::support::{now, samples};

/// The samples of these formats, by the beginnings of their names.
const SAMPLES: [&str; 14] =
    ["16-", "79-", "81-", "84-", "86-", "91-", "93-", "95-", "102-", "104-", "106-", "109-", "119-", "122-"];
/// Lines with the taint of many kernels.
const TAINT: &str = "118-taint-mixed-maillists-unique";

fn imported(bytes: &[u8]) -> Option<Imported> {
    import(Found::loose("m.txt", bytes.to_vec()), now()).ok()
}

/// The facts of a text; none of one that is not known.
fn facts_of(bytes: &[u8]) -> Vec<Fact> {
    imported(bytes).map(|imported| imported.facts).unwrap_or_default()
}

/// The account of a text that was taken in.
fn file_of(imported: &Imported) -> &ImportedFile {
    let Source::Imported { files, .. } = &imported.bundle.manifest.source else { panic!() };
    let [file] = &files[..] else { panic!() };
    file
}

/// `subject path=value`, a gap as `path?`, in order.
fn told(facts: &[Fact]) -> Vec<String> {
    let told = |fact: &Fact| {
        let subject = fact.subject.device().map(|device| format!("{device} ")).unwrap_or_default();
        match &fact.knowledge {
            Knowledge::Known { value } => format!("{subject}{}={value}", fact.path),
            Knowledge::Unknown { .. } => format!("{subject}{}?", fact.path),
        }
    };
    facts.iter().map(told).collect()
}

/// The samples with their names.
fn sample_texts() -> Vec<(String, Vec<u8>)> {
    let Some(folder) = samples() else { return Vec::new() };
    let mut texts = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_stem().unwrap().to_str().unwrap().to_owned();
        if SAMPLES.iter().any(|beginning| name.starts_with(beginning)) || name == TAINT {
            texts.push((name, std::fs::read(&path).unwrap()));
        }
    }
    texts
}

fn expected(name: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("tests/expected/{name}.tsv"));
    std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

#[test]
fn each_sample_has_expectations_and_they_hold() {
    let texts = sample_texts();
    let (mut right, mut all) = (0, 0);
    for (name, bytes) in texts.iter().filter(|(name, _)| name != TAINT) {
        let found = facts_of(bytes);
        let found: Vec<String> = told(&found);
        let expected = expected(name);
        let mut lines = expected.lines();
        assert_eq!(lines.next(), Some("device\tpath\tvalue"), "{name}");
        let rows: Vec<Vec<&str>> = lines.map(|line| line.split('\t').collect()).collect();
        for row in &rows {
            let [device, path, value] = row[..] else { panic!("{name}: {row:?}") };
            let subject = if device == "host" { String::new() } else { format!("{device} ") };
            let wanted = match value.strip_prefix('?') {
                Some(_) => format!("{subject}{path}?"),
                None => format!("{subject}{path}={value}"),
            };
            all += 1;
            match found.contains(&wanted) {
                true => right += 1,
                false => panic!("{name}: {wanted} is not in {found:#?}"),
            }
        }
        assert_eq!(found.len(), rows.len(), "{name} says more than is expected");
    }
    let _ = writeln!(std::io::stderr(), "{right} of {all} values of the kernel's view");
    assert_eq!(right, all);
    assert!(texts.is_empty() || (texts.len() == SAMPLES.len() + 1 && all >= 140), "{all} of {}", texts.len());
}

/// One line a kernel: whatever one says is not mixed with what another says.
#[test]
fn taint_of_every_kernel_is_read() {
    let texts = sample_texts();
    let Some((_, bytes)) = texts.iter().find(|(name, _)| name == TAINT) else { return };
    let lines: Vec<&[u8]> = bytes.split_inclusive(|byte| *byte == b'\n').collect();
    let expected = expected(TAINT);
    let (mut right, mut all) = (0, 0);
    for row in expected.lines().skip(1) {
        let [number, letters, set] = row.split('\t').collect::<Vec<_>>()[..] else { panic!("{row}") };
        let line = lines[number.parse::<usize>().unwrap() - 1];
        let mut whole = line.to_vec();
        if !whole.ends_with(b"\n") {
            whole.push(b'\n');
        }
        let mut wanted = match letters {
            "-" => vec![],
            letters if letters.ends_with('?') => vec!["host/taint_letters?".to_owned()],
            letters => vec![format!("host/taint_letters={letters}")],
        };
        wanted.extend(set.split(' ').filter(|set| !set.is_empty()).map(|set| format!("host/taint/{set}=1")));
        let found = told(&facts_of(&whole));
        all += 1;
        assert_eq!(found, wanted, "{number}: {}", String::from_utf8_lossy(line));
        right += 1;
    }
    let _ = writeln!(std::io::stderr(), "{right} of {all} taint strings");
    assert_eq!(all, lines.len());
}
