//! Tricks are refused by name; mutilated archives never make us stumble.

use std::collections::BTreeMap;

use mlx5_analyzer::case::open_bytes;
use mlx5_analyzer::import::archive::{ArchiveError, Limits, read, read_folder};
use mlx5_analyzer::import::source::Found;
use mlx5_fixtures::hostile::tar::{Entry, gzip, tar};
use mlx5_fixtures::hostile::texts::archives;
use proptest::prelude::*;

use super::trees::{QUERY, packed_tar, sos, xz};
use crate::support::now;

/// Small enough for quick tests.
fn small() -> Limits {
    Limits { entries: 1000, bytes: 16 << 20, ratio: 100, ratio_free_bytes: 1 << 20, ..Limits::default() }
}

fn take(bytes: &[u8], limits: &Limits) -> Result<Found, ArchiveError> {
    let (head, rest) = bytes.split_at(bytes.len().min(512));
    read(head, rest, "ticket.tgz", limits)
}

fn with_causes(error: &(dyn std::error::Error + 'static)) -> String {
    let mut words = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        words = format!("{words}: {error}");
        cause = error.source();
    }
    words
}

#[test]
fn every_trick_is_refused_by_name() {
    let mut names = std::collections::BTreeSet::new();
    for hostile in archives() {
        assert!(names.insert(hostile.name), "{} is there twice", hostile.name);
        let error = match take(&hostile.bytes, &small()) {
            Ok(found) => panic!("{} was taken: {:?}", hostile.name, found.notes),
            Err(error) => error,
        };
        let words = with_causes(&error);
        assert_eq!(error.code(), hostile.code, "{}: {words}", hostile.name);
        assert!(words.contains(hostile.names), "{}: {words}", hostile.name);
        assert!(!words.chars().any(char::is_control), "{}: {words:?}", hostile.name);
    }
    assert!(names.len() > 30);
}

#[test]
fn what_asks_for_too_much_memory_is_refused() {
    let bytes = xz(&tar(&[Entry::file("query.txt", QUERY.as_bytes())]));
    assert_eq!(take(&bytes, &small()).unwrap().texts.len(), 1);
    let error = take(&bytes, &Limits { unpacking_bytes: 1 << 20, ..small() }).unwrap_err();
    assert_eq!(error.code(), "unpack");
}

#[test]
fn a_file_that_is_too_long_is_refused() {
    let bytes = gzip(&tar(&[Entry::file("query.txt", QUERY.as_bytes())]));
    let error = take(&bytes, &Limits { packed_bytes: 100, ..small() }).unwrap_err();
    assert_eq!((error.code(), error.to_string().as_str()), ("packed", "it has more than 100 bytes"));
}

#[test]
fn texts_beyond_the_limits_are_left_out_with_a_note() {
    let entries: Vec<Entry> =
        (0..5).map(|number| Entry::file(&format!("{number}.txt"), QUERY.as_bytes())).collect();
    let bytes = gzip(&tar(&entries));
    for limits in [Limits { kept_texts: 3, ..small() }, Limits { kept_bytes: 3 * QUERY.len(), ..small() }] {
        let found = take(&bytes, &limits).unwrap();
        assert_eq!((found.texts.len(), found.is_incomplete), (3, true));
        assert!(
            found.notes[0].contains("left out") && found.notes[0].contains("3.txt, 4.txt"),
            "{:?}",
            found.notes
        );
    }
    let found = take(&bytes, &Limits { text_bytes: 100, ..small() }).unwrap();
    assert_eq!((found.texts.len(), found.is_incomplete), (0, true));
    assert!(found.notes[0].ends_with("0.txt, 1.txt, 2.txt, 3.txt, 4.txt"), "{:?}", found.notes);
}

#[test]
fn devices_pipes_and_archives_within_are_passed_over() {
    let bytes = tar(&[
        Entry::with_flag(b'3', b"ticket/query.txt", b""),
        Entry::with_flag(b'6', b"ticket/pipe", b""),
        Entry::symbolic_link("ticket/etc/mtab", "/proc/self/mounts"),
        Entry::file("ticket/inner.tgz", &gzip(&tar(&[Entry::file("query.txt", QUERY.as_bytes())]))),
        Entry::file("ticket/picture.png", b"\x89PNG\0Configurations: Default"),
        Entry::file("ticket/q.txt", QUERY.as_bytes()),
    ]);
    let found = take(&bytes, &small()).unwrap();
    let names: Vec<&str> = found.texts.iter().map(|text| text.origin.name.as_str()).collect();
    assert_eq!(names, ["ticket/q.txt"]);
    assert_eq!(found.notes.len(), 2, "{:?}", found.notes);
    assert!(found.notes.iter().any(|note| note.contains("ticket/inner.tgz")));
    assert!(found.notes.iter().any(|note| note.contains("ticket/etc/mtab")));
    assert!(!found.is_incomplete);
}

#[test]
fn a_folder_is_never_left() {
    let outside = tempfile::tempdir().unwrap();
    std::fs::write(outside.path().join("query.txt"), QUERY).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("ticket");
    std::fs::create_dir(&path).unwrap();
    std::os::unix::fs::symlink(outside.path(), path.join("there")).unwrap();
    std::os::unix::fs::symlink(outside.path().join("query.txt"), path.join("query.txt")).unwrap();
    std::os::unix::fs::symlink(".", path.join("loop")).unwrap();
    rustix::fs::mknodat(
        rustix::fs::CWD,
        path.join("pipe"),
        rustix::fs::FileType::Fifo,
        rustix::fs::Mode::RUSR,
        0,
    )
    .unwrap();
    let found = read_folder(&path, "ticket", &small()).unwrap();
    assert_eq!(found.texts, []);
    assert!(
        found.notes[0].contains("not followed") && found.notes[0].contains("ticket/there"),
        "{:?}",
        found.notes
    );
    // In the place of a file that is wanted it is a trick.
    std::fs::create_dir_all(path.join("sos_commands/kernel")).unwrap();
    std::os::unix::fs::symlink("/etc/passwd", path.join("sos_commands/kernel/dmesg")).unwrap();
    assert_eq!(read_folder(&path, "ticket", &small()).unwrap_err().code(), "link-outside");
}

fn by_name(found: &Found) -> BTreeMap<&str, &[u8]> {
    found.texts.iter().map(|text| (text.origin.name.as_str(), text.bytes.as_slice())).collect()
}

#[test]
fn what_came_whole_of_a_cut_archive_is_read_and_the_cut_is_told() {
    let limits = small();
    let plain = packed_tar(&sos());
    let whole = take(&plain, &limits).unwrap();
    assert!(!whole.is_incomplete);
    let all = by_name(&whole);
    for (packed, step) in [(plain.clone(), 333), (gzip(&plain), 97), (xz(&plain), 97)] {
        let mut some = 0;
        // The end mark says nothing; before it every byte counts.
        for end in (0..packed.len().saturating_sub(if packed == plain { 1024 } else { 1 })).step_by(step) {
            match take(&packed[..end], &limits) {
                Ok(found) => {
                    assert!(found.is_incomplete && found.notes[0].contains("ends too early"), "{end}");
                    for (name, bytes) in by_name(&found) {
                        // One log is chosen of those that came, so that another may be taken than of the whole.
                        assert!(all.get(name).is_none_or(|whole| *whole == bytes), "{name} cut at {end}");
                    }
                    some += usize::from(!found.texts.is_empty());
                }
                Err(error) => assert!(["no-tar"].contains(&error.code()), "{end}: {error}"),
            }
        }
        assert!(some > 0);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn mutated_archives_are_read_or_refused(
        edits in proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..12),
        pack in 0..3,
        cut in any::<prop::sample::Index>(),
        is_cut in any::<bool>(),
    ) {
        let plain = packed_tar(&sos());
        let mut bytes = match pack {
            0 => plain,
            1 => gzip(&plain),
            _ => xz(&plain),
        };
        for (place, value) in edits {
            let place = place.index(bytes.len());
            bytes[place] = value;
        }
        if is_cut {
            bytes.truncate(cut.index(bytes.len()));
        }
        if let Ok(found) = take(&bytes, &small()) {
            for text in &found.texts {
                prop_assert!(text.bytes.len() <= small().text_bytes);
            }
        }
        // To the facts, whatever they are.
        let _ = open_bytes(&bytes, "ticket.tgz".to_owned(), None, now());
    }
}
