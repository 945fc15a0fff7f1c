//! Real samples value by value.
//!
//! `tests/expected` has a file a sample, in one of two forms: `device name default current next` for tables of mlxconfig
//! (a mark of a row, `NAME/modified`, has one value), `device path value` for all facts of any other text; a view stands
//! behind the path (`@next`).

use std::collections::BTreeMap;
use std::io::Write;
use std::path::Path;

use mlx5_schemas::model::fact::{Fact, Route, Subject, View};

use super::{facts_of, written};
use crate::support::samples;

/// First lines of the two forms.
const TABLE: &str = "device\tname\tdefault\tcurrent\tnext";
const PATHS: &str = "device\tpath\tvalue";

type Rows = BTreeMap<(String, String), Vec<String>>;

/// The NV configuration of a text and the marks of its rows, a row a name.
pub(super) fn table(facts: &[Fact]) -> Rows {
    let mut table = Rows::new();
    let is_row = |fact: &&Fact| fact.path.starts_with("nv/") || fact.path.starts_with("mlxconfig/");
    for fact in facts.iter().filter(is_row) {
        let name = match fact.path.strip_prefix("mlxconfig/").and_then(|path| path.rsplit_once('/')) {
            // The name of the parameter whose row it is.
            Some((parameter, mark)) => {
                let path = format!("nv/{parameter}");
                let of = |other: &&Fact| other.path == path && other.subject == fact.subject;
                format!("{}/{mark}", facts.iter().find(of).unwrap().name())
            }
            None => fact.name().to_owned(),
        };
        let key = (fact.subject.device().unwrap().to_owned(), name);
        let row = table.entry(key).or_default();
        match View::ALL.iter().position(|view| Some(*view) == fact.view) {
            Some(place) => {
                row.resize(3, String::new());
                row[place] = written(fact);
            }
            None => row.push(written(fact)),
        }
    }
    table
}

/// All facts of a text by their paths.
fn paths(facts: &[Fact]) -> Rows {
    let mut paths = Rows::new();
    for fact in facts {
        let device = match &fact.subject {
            Subject::Host => "host".to_owned(),
            Subject::Device { device } => device.clone(),
            Subject::Port { device, port } => format!("{device} port {port}"),
            Subject::Module { device, module } => format!("{device} module {module}"),
        };
        let view = fact.view.map(|view| format!("@{}", view.word())).unwrap_or_default();
        paths.entry((device, format!("{}{view}", fact.path))).or_default().push(written(fact));
    }
    paths
}

#[test]
fn samples_import_value_by_value() {
    let Some(folder) = samples() else { return };
    let expected = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/expected");
    let (mut files, mut right, mut all) = (0, 0, 0);
    for entry in std::fs::read_dir(expected).unwrap() {
        let expected = entry.unwrap().path();
        let stem = expected.file_stem().unwrap().to_str().unwrap();
        let names = ["txt", "json", "xml"].map(|ending| format!("{stem}.{ending}"));
        let name = names.iter().find(|name| folder.join(name).exists()).unwrap();
        let bytes = std::fs::read(folder.join(name)).unwrap();
        let facts = facts_of(&bytes);
        let text = std::fs::read_to_string(&expected).unwrap();
        let mut lines = text.lines();
        let found = match lines.next().unwrap() {
            TABLE => table(&facts),
            PATHS => paths(&facts),
            // Another test's form.
            _ => continue,
        };
        let mut wanted = Rows::new();
        for line in lines {
            let cells: Vec<String> = line.split('\t').map(str::to_owned).collect();
            let [device, name, values @ ..] = &cells[..] else { panic!("{stem}: {line}") };
            assert_eq!(wanted.insert((device.clone(), name.clone()), values.to_vec()), None, "{line}");
        }
        files += 1;
        all += wanted.values().map(Vec::len).sum::<usize>();
        right += wanted
            .iter()
            .filter_map(|(key, values)| Some(values.iter().zip(found.get(key)?)))
            .map(|pairs| pairs.filter(|(wanted, found)| wanted == found).count())
            .sum::<usize>();
        assert_eq!(found, wanted, "{name}");
        for fact in &facts {
            assert_eq!(fact.route, Route::Imported);
            assert!(!fact.evidence.is_empty());
            for evidence in &fact.evidence {
                let shown = &bytes[usize::try_from(evidence.offset).unwrap()..];
                let shown = &shown[..usize::try_from(evidence.length).unwrap()];
                let shown = String::from_utf8_lossy(shown).into_owned();
                let is_table = fact.path.starts_with("nv/") && text.starts_with(TABLE);
                assert!(!is_table || shown.contains(fact.name()), "{stem}: {shown}");
            }
        }
    }
    let _ = writeln!(std::io::stderr(), "{right} of {all} values of {files} samples");
    assert!(right == all && all > 1900 && files >= 27, "{right} of {all} values of {files} samples");
}
