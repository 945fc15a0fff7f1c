//! sos reports and sysinfo-snapshots, however they are packed, say the same.

use std::path::Path;

use mlx5_analyzer::case::{Case, open, open_bytes};
use mlx5_fixtures::hostile::tar::{Entry, gzip, tar};
use mlx5_schemas::catalog::Catalog;
use mlx5_schemas::model::fact::{Fact, View};
use mlx5_schemas::model::manifest::{ImportedFile, Source};

use super::trees::{QUERY, Tree, bzip2, packed_tar, sos, sysinfo, unpacked, xz};
use crate::support::now;

fn of_bytes(bytes: &[u8]) -> Case {
    open_bytes(bytes, "ticket.tar".to_owned(), None, now()).unwrap().decode(Catalog::embedded()).unwrap()
}

fn of_path(path: &Path) -> Case {
    open(path, None, now()).unwrap().decode(Catalog::embedded()).unwrap()
}

fn facts(case: &Case) -> Vec<Fact> {
    case.facts.iter().cloned().collect()
}

fn files(case: &Case) -> &[ImportedFile] {
    let Source::Imported { files, .. } = &case.opened.bundle.manifest.source else { panic!() };
    files
}

fn value(case: &Case, name: &str, view: Option<View>) -> String {
    let fact = case.facts.iter().find(|fact| fact.name() == name && fact.view == view);
    fact.and_then(Fact::value).unwrap_or_else(|| panic!("{name}")).to_string()
}

/// Every way in which a tree can come says the same.
fn the_same_however_packed(tree: &Tree) -> Case {
    let plain = packed_tar(tree);
    let expected = of_bytes(&plain);
    assert!(!facts(&expected).is_empty());
    for packed in [gzip(&plain), xz(&plain), bzip2(&plain)] {
        let case = of_bytes(&packed);
        assert_eq!(facts(&case), facts(&expected));
        assert_eq!(files(&case), files(&expected));
        let (Source::Imported { archives: one, .. }, Source::Imported { archives: other, .. }) =
            (&case.opened.bundle.manifest.source, &expected.opened.bundle.manifest.source)
        else {
            panic!()
        };
        assert_ne!(one[0].sha256, other[0].sha256);
    }
    let folder = tempfile::tempdir().unwrap();
    unpacked(tree, folder.path());
    let root = tree[0].0.split('/').next().unwrap();
    let case = of_path(&folder.path().join(root));
    assert_eq!(facts(&case), facts(&expected));
    assert_eq!(files(&case), files(&expected));
    expected
}

fn archive(case: &Case) -> (String, u64, u64, Option<String>) {
    let Source::Imported { archives, .. } = &case.opened.bundle.manifest.source else { panic!() };
    let [archive] = archives.as_slice() else { panic!() };
    (archive.kind.clone(), archive.entries, archive.read, archive.made.map(|made| made.to_rfc3339()))
}

#[test]
fn a_sos_report_is_read_however_it_is_packed() {
    let case = the_same_however_packed(&sos());
    let (kind, entries, read, made) = archive(&case);
    assert_eq!((kind.as_str(), entries), ("sos-report", 16));
    assert_eq!(made.as_deref(), Some("2026-11-26T00:30:00+00:00"));
    assert_eq!(usize::try_from(read).unwrap(), files(&case).len());
    let ids: Vec<&str> = case.opened.devices().iter().map(|device| device.id.as_str()).collect();
    assert_eq!(ids, ["0000:3b:00.0"]);
    assert_eq!(value(&case, "NUM_OF_VFS", Some(View::Next)), "16");
    assert_eq!(value(&case, "flint/psid", None), "MT_0000000436");
    let named = |name: &str| files(&case).iter().any(|file| file.origin.as_deref().unwrap().ends_with(name));
    for unwanted in ["etc/hosts", "netstat_-s", "ethtool_-S_eth0", "version.txt", "var/log/messages"] {
        assert!(!named(unwanted), "{unwanted}");
    }
    // The log of earlier boots speaks of a card too: that is told, not swallowed.
    let notes = &case.opened.bundle.manifest.notes;
    assert!(
        notes.iter().any(|note| note.contains("var/log/messages") && note.contains("1 of 2 lines")),
        "{notes:?}"
    );
}

#[test]
fn a_sysinfo_snapshot_is_read_however_it_is_packed() {
    let case = the_same_however_packed(&sysinfo());
    let (kind, entries, _, _) = archive(&case);
    assert_eq!((kind.as_str(), entries), ("sysinfo-snapshot", 8));
    assert_eq!(value(&case, "NUM_OF_VFS", Some(View::Next)), "16");
    assert_eq!(value(&case, "flint/fw_version", None), "22.41.1000");
    let ids: Vec<&str> = case.opened.devices().iter().map(|device| device.id.as_str()).collect();
    assert_eq!(ids[0], "0000:3b:00.0");
}

#[test]
fn a_renamed_report_and_one_that_was_packed_from_its_inside_say_the_same() {
    let expected = of_bytes(&packed_tar(&sos()));
    let root = "sosreport-h-2026-11-20-abcdefg/";
    for new in ["", "./", "case 123/", "home/me/ticket/"] {
        let tree: Tree =
            sos().into_iter().map(|(path, piece)| (path.replacen(root, new, 1), piece)).collect();
        let case = of_bytes(&gzip(&packed_tar(&tree)));
        let gist = |case: &Case| -> Vec<String> {
            let facts = case.facts.iter().map(|fact| (fact.path.clone(), fact.view, fact.knowledge.clone()));
            facts.map(|fact| format!("{fact:?}")).collect()
        };
        let (one, other) = (gist(&case), gist(&expected));
        assert!(other.iter().all(|fact| one.contains(fact)), "{new}");
    }
}

#[test]
fn a_few_texts_in_an_archive_are_read_by_what_they_say() {
    let bytes = gzip(&tar(&[
        Entry::file("ticket/mail.txt", QUERY.replace('\n', "\n> ").as_bytes()),
        Entry::file("ticket/notes.txt", b"hello\n"),
    ]));
    let case = of_bytes(&bytes);
    let (kind, entries, read, made) = archive(&case);
    assert_eq!((kind.as_str(), entries, read, made), ("archive", 2, 1, None));
    assert_eq!(value(&case, "NUM_OF_VFS", Some(View::Current)), "8");
    // An archive of which nothing is known is no evidence.
    let nothing = gzip(&tar(&[Entry::file("ticket/notes.txt", b"hello\n")]));
    let error = open_bytes(&nothing, "notes.tgz".to_owned(), None, now()).unwrap_err();
    assert_eq!(error.to_string(), "notes.tgz: cannot be imported");
}
