//! `import` makes a bundle that says what the texts said, and never half of one.

use std::path::Path;
use std::process::{Command, Output, Stdio};

use mlx5_analyzer::case::{Case, gather, open, open_found};
use mlx5_fixtures::hostile::tar::gzip;
use mlx5_schemas::catalog::Catalog;
use mlx5_schemas::model::fact::Fact;
use mlx5_schemas::model::manifest::Source;
use mlx5_schemas::model::report::{Report, ReportResult};

use super::trees::{QUERY, packed_tar, sos, sysinfo, unpacked, xz};
use crate::support::{Bundle, card, now};

fn run(folder: &Path, arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_mlx5-analyzer"));
    command.args(arguments).current_dir(folder).env_clear().stdin(Stdio::null());
    command.output().unwrap()
}

fn words(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

fn names(folder: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(folder).unwrap();
    let mut names: Vec<String> =
        entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

#[test]
fn several_files_become_one_bundle_with_the_same_facts() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    std::fs::write(at("sosreport-h.tar.xz"), xz(&packed_tar(&sos()))).unwrap();
    std::fs::write(at("Query (1).TXT"), QUERY.replace("3b:00.0", "5e:00.0")).unwrap();
    unpacked(&sysinfo(), folder.path());
    let snapshot = "sysinfo-snapshot-v3.7.6-h-20261120-100000";
    let files = ["sosreport-h.tar.xz", "Query (1).TXT", snapshot];
    let ran = run(folder.path(), &["import", files[0], files[1], files[2], "-o", "out.zip"]);
    assert_eq!(ran.status.code(), Some(0), "{}", words(&ran.stderr));
    let page = words(&ran.stdout);
    for said in ["sos report sosreport-h.tar.xz", "sysinfo-snapshot sysinfo", "Query (1).TXT", "0000:5e:00.0"]
    {
        assert!(page.contains(said), "{said}: {page}");
    }
    let facts = |case: &Case| -> Vec<Fact> { case.facts.iter().cloned().collect() };
    let paths: Vec<_> = files.iter().map(|name| at(name)).collect();
    let found = gather(paths.iter().map(|path| path.as_path())).unwrap();
    let direct = open_found(found, "x".to_owned(), now()).unwrap().decode(Catalog::embedded()).unwrap();
    let sealed = open(&at("out.zip"), None, now()).unwrap().decode(Catalog::embedded()).unwrap();
    assert_eq!(facts(&sealed), facts(&direct));
    assert_eq!(sealed.opened.devices(), direct.opened.devices());
    for fact in sealed.facts.iter() {
        for evidence in &fact.evidence {
            assert!(sealed.opened.bytes(evidence).is_some(), "{fact:?}");
        }
    }
    let mode =
        std::os::unix::fs::PermissionsExt::mode(&std::fs::metadata(at("out.zip")).unwrap().permissions());
    assert_eq!(mode & 0o777, 0o600);
    // It is a bundle: intact, unsigned.
    let verified = run(folder.path(), &["verify", "out.zip"]);
    assert_eq!(verified.status.code(), Some(1));
    assert!(words(&verified.stdout).contains("intact, but not trusted"));
    // And still no more than a claim.
    let shown = words(&run(folder.path(), &["show", "out.zip"]).stdout);
    assert!(shown.contains("assurance claimed"), "{shown}");
}

#[test]
fn two_reports_of_one_kind_are_two_hosts() {
    let folder = tempfile::tempdir().unwrap();
    for name in ["sosreport-a.tar.xz", "sosreport-b.tar.xz"] {
        std::fs::write(folder.path().join(name), xz(&packed_tar(&sos()))).unwrap();
    }
    let ran = run(folder.path(), &["import", "sosreport-a.tar.xz", "sosreport-b.tar.xz", "-o", "out.zip"]);
    assert_eq!(ran.status.code(), Some(2));
    let said = words(&ran.stderr);
    assert!(said.contains("sosreport-a.tar.xz and sosreport-b.tar.xz are both a sos-report"), "{said}");
    assert_eq!(names(folder.path()), ["sosreport-a.tar.xz", "sosreport-b.tar.xz"]);
}

#[test]
fn nothing_is_replaced_and_nothing_is_left_behind() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("query.txt"), QUERY).unwrap();
    std::fs::write(folder.path().join("hello.txt"), "hello\n").unwrap();
    std::fs::write(folder.path().join("bundle.zip"), Bundle::of([card()]).bytes()).unwrap();
    std::fs::write(folder.path().join("theirs.zip"), "theirs").unwrap();
    let before = names(folder.path());
    for (arguments, said) in [
        (&["import", "query.txt", "-o", "theirs.zip"][..], "theirs.zip exists already"),
        (&["import", "query.txt", "bundle.zip", "-o", "o.zip"], "bundle.zip: a bundle, not a text"),
        (&["import", "hello.txt", "-o", "o.zip"], "hello.txt: cannot be imported"),
        (&["import", "absent.txt", "-o", "o.zip"], "absent.txt: cannot be read"),
        (&["import", "query.txt", "-o", "absent/o.zip"], "absent: no file can be created"),
        (&["import", "query.txt", "-o", "-", "--format", "json"], "name a file with -o"),
    ] {
        let ran = run(folder.path(), arguments);
        assert_eq!((ran.status.code(), ran.stdout.len()), (Some(2), 0), "{arguments:?}");
        assert!(words(&ran.stderr).contains(said), "{}", words(&ran.stderr));
        assert_eq!(names(folder.path()), before);
    }
    assert_eq!(std::fs::read(folder.path().join("theirs.zip")).unwrap(), b"theirs");
}

#[test]
fn a_cut_archive_makes_a_bundle_that_says_so() {
    let folder = tempfile::tempdir().unwrap();
    let mut bytes = gzip(&packed_tar(&sos()));
    bytes.truncate(bytes.len() - 20);
    std::fs::write(folder.path().join("cut.tgz"), bytes).unwrap();
    let ran = run(folder.path(), &["import", "cut.tgz", "-o", "o.zip", "--format", "json"]);
    assert_eq!(ran.status.code(), Some(1), "{}", words(&ran.stderr));
    let report: Report = serde_json::from_slice(&ran.stdout).unwrap();
    let ReportResult::Import(report) = report.result else { panic!() };
    assert!(!report.whole && report.facts.known > 0);
    assert!(
        report.bundle.notes.iter().any(|note| note.contains("ends too early")),
        "{:?}",
        report.bundle.notes
    );
    let stdout = run(folder.path(), &["import", "cut.tgz", "-o", "-"]);
    assert_eq!(stdout.status.code(), Some(1));
    assert!(stdout.stdout.starts_with(b"PK") && words(&stdout.stderr).contains("ends too early"));
}

#[test]
fn secrets_of_a_text_do_not_get_into_the_bundle() {
    let folder = tempfile::tempdir().unwrap();
    // An iSCSI secret in the raw form of mlxconfig: `hunter2`.
    let raw = "MLNX_RAW_TLV_FILE\n0x00000008 0x03000238 0x00000000 0x68756e74 0x65723200 \n";
    std::fs::write(folder.path().join("raw.txt"), raw).unwrap();
    let ran = run(folder.path(), &["import", "raw.txt", "-o", "o.zip"]);
    assert_eq!(ran.status.code(), Some(0), "{}", words(&ran.stderr));
    let opened = open(&folder.path().join("o.zip"), None, now()).unwrap();
    let Source::Imported { files, .. } = &opened.bundle.manifest.source else { panic!() };
    assert!(files[0].reduced);
    let kept = words(&opened.bundle.members["texts/raw.txt"]);
    assert!(
        kept.contains("0x03000238") && !kept.contains("68756e74") && !kept.contains("65723200"),
        "{kept}"
    );
}
