//! Mutilated texts: never a panic, never a value that the text does not say, never a value that a cut made.

use mlx5_schemas::model::fact::{Fact, Knowledge, Subject};
use proptest::prelude::*;

use super::tools::{BACKUP, FLINT, STATUS, UPDATES, UPDATES_XML};
use super::{QUERY, facts_of};
use crate::support::samples;

/// Texts of all formats.
const TEXTS: [&str; 6] = [QUERY, FLINT, UPDATES, UPDATES_XML, STATUS, BACKUP];

/// The samples, by the beginnings of their names.
const SAMPLES: [&str; 16] = [
    "02-", "12-", "25-", "26-", "49-", "53-", "58-", "61-", "62-", "65-", "66-", "67-", "68-", "129-",
    "130-", "148-",
];

/// A text without blanks, line ends and marks of quotation.
fn squeezed(text: &str) -> String {
    text.chars()
        .filter(|c| !(c.is_whitespace() || c.is_control() || matches!(c, '>' | '\u{feff}' | '\u{200b}')))
        .collect()
}

/// Whether a value stands in what shows it, and that in the text.
fn stands(bytes: &[u8], fact: &Fact) -> bool {
    let shown = |offset: u64, length: u64| {
        let start = usize::try_from(offset).ok()?;
        bytes.get(start..start.checked_add(usize::try_from(length).ok()?)?)
    };
    let Some(lines) = fact.evidence.iter().map(|e| shown(e.offset, e.length)).collect::<Option<Vec<_>>>()
    else {
        return false;
    };
    let Some(value) = fact.value() else { return true };
    let is_mark = fact.path.ends_with("/modified") || fact.path.ends_with("/read_only");
    let is_raw =
        fact.path.starts_with("raw_tlv/") || (fact.path.starts_with("nv/") && fact.path.ends_with("/data"));
    let said = squeezed(&value.to_string());
    lines.iter().any(|line| {
        let line = squeezed(&String::from_utf8_lossy(line));
        if is_mark {
            return line.contains(['*', 'O']) || line.contains("modified") || line.contains("read_only");
        }
        if is_raw || line.starts_with("0x") {
            // Decoded of the dwords; that the data are theirs is shown by their hex.
            return !fact.path.ends_with("/data") || line.replace("0x", "").to_lowercase().contains(&said);
        }
        // `0xA(10)` and `0xA` are numbers that are shown without their hex.
        let in_hex = said.parse::<u64>().is_ok_and(|n| line.to_lowercase().contains(&format!("0x{n:x}")));
        line.contains(&said) || in_hex
    })
}

/// Whether a cut text says nothing but what the whole one says.
fn is_part(cut: &[Fact], whole: &[Fact]) -> Result<(), String> {
    for fact in cut {
        let Some(value) = fact.value() else { continue };
        let same = |other: &&Fact| (&other.path, other.view) == (&fact.path, fact.view);
        let is_said = |other: &Fact| match &other.knowledge {
            Knowledge::Known { value: known } => known == value,
            // What comes later contradicts it, or says that it does not count.
            Knowledge::Unknown { reason, .. } => {
                reason.contains("in another place") || reason.starts_with("doubtful: the text says")
            }
        };
        if !whole.iter().filter(same).any(is_said) {
            return Err(format!("{fact:?}"));
        }
    }
    Ok(())
}

/// The samples, where they are.
fn sample_texts() -> Vec<(String, Vec<u8>)> {
    let Some(folder) = samples() else { return Vec::new() };
    let entries = std::fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap());
    let named = entries.map(|entry| (entry.file_name().into_string().unwrap(), entry.path()));
    let wanted = named.filter(|(name, _)| SAMPLES.iter().any(|beginning| name.starts_with(beginning)));
    wanted.map(|(name, path)| (name, std::fs::read(path).unwrap())).collect()
}

#[test]
fn texts_cut_at_any_byte_say_nothing_else() {
    for text in TEXTS {
        let whole = facts_of(text.as_bytes());
        assert!(whole.iter().any(|fact| fact.value().is_some()), "{text}");
        for end in 0..text.len() {
            let facts = facts_of(&text.as_bytes()[..end]);
            is_part(&facts, &whole).unwrap_or_else(|fact| panic!("cut at {end}: {fact}\n{text}"));
            assert!(facts.iter().all(|fact| stands(&text.as_bytes()[..end], fact)), "cut at {end}\n{text}");
        }
        // As Windows' shells write it.
        let wide: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
        assert_eq!(facts_of(&wide).len(), whole.len(), "{text}");
        for end in (0..wide.len()).step_by(7) {
            let facts = facts_of(&wide[..end]);
            is_part(&facts, &whole).unwrap_or_else(|fact| panic!("UTF-16 cut at {end}: {fact}\n{text}"));
        }
    }
}

#[test]
fn samples_cut_anywhere_say_nothing_else() {
    let texts = sample_texts();
    for (name, bytes) in &texts {
        let whole = facts_of(bytes);
        // Some dozens of places of each, and all of the short ones.
        for end in (0..bytes.len()).step_by(bytes.len() / 60 + 1) {
            let facts = facts_of(&bytes[..end]);
            is_part(&facts, &whole).unwrap_or_else(|fact| panic!("{name} cut at {end}: {fact}"));
        }
    }
    assert!(texts.is_empty() || texts.len() == SAMPLES.len(), "{}", texts.len());
}

#[test]
fn long_texts_end() {
    let many = |line: &str| line.repeat((1 << 20) / line.len());
    let counted =
        |line: &str| (0..40_000).map(|number| line.replace('#', &number.to_string())).collect::<String>();
    for text in [
        many("Image type:            FS4\n"),
        counted("Image type:            FS4\nKey #:                 7\n"),
        format!("Image type:            FS4\n{}", counted("Key#:                  7\n")),
        many("  Device Type:      x\n  Description:      y\n\n"),
        format!("  Device Type:      x\n  Versions:   Current\n{}", counted("   FW#   1\n")),
        many("MLNX_RAW_TLV_FILE\n0x00000000 0x00000001 0x00000000\n"),
        format!("MLNX_RAW_TLV_FILE\n{}", many("0x00000000 ")),
        format!("DEVICE_TYPE MST PCI RDMA NET NUMA\n{}", many("x /dev/mst/a 01:00.0 mlx5_0 net-a,net-b 0\n")),
        format!("<Devices>{}</Devices>\n", many("<Device pciName=\"a\"/>")),
        format!("<Devices><Device {}/></Devices>\n", counted("a#=\"\" ")),
        format!("<Devices>{}\n</Devices>\n", many("<a>")),
        many("<Devices>\n"),
        format!("{{\"tlv_configuration\": {}", many("\\\"")),
    ] {
        let started = std::time::Instant::now();
        facts_of(text.as_bytes());
        let seconds = started.elapsed().as_secs();
        assert!(seconds < 30, "{seconds} s for {} bytes of {}", text.len(), &text[..60]);
    }
}

/// Puts other characters in the place of some.
fn mutilated(text: &[u8], edits: &[(prop::sample::Index, String)]) -> Vec<u8> {
    let mut text = text.to_vec();
    for (place, edit) in edits {
        if !text.is_empty() {
            let place = place.index(text.len());
            text.splice(place..place + 1, edit.bytes());
        }
    }
    text
}

fn check_mutilated(text: &[u8]) -> Result<(), TestCaseError> {
    for fact in facts_of(text) {
        prop_assert!(stands(text, &fact), "{fact:?}\n{}", String::from_utf8_lossy(text));
        prop_assert!(fact.subject != Subject::Host);
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(256) })]

    #[test]
    fn mutilated_texts_yield_nothing_that_they_do_not_say(
        text in prop::sample::select(&TEXTS[..]),
        edits in prop::collection::vec((any::<prop::sample::Index>(), "[ -%'-~\n\r\u{a0}]{0,3}"), 0..12),
        cut in any::<prop::sample::Index>(),
        is_cut in any::<bool>(),
    ) {
        let mut text = mutilated(text.as_bytes(), &edits);
        if is_cut {
            text.truncate(cut.index(text.len() + 1));
        }
        check_mutilated(&text)?;
    }

    #[test]
    fn several_tools_in_one_text_are_kept_apart(
        order in Just(TEXTS.to_vec()).prop_shuffle(),
        edits in prop::collection::vec((any::<prop::sample::Index>(), "[ -%'-~\n]{0,3}"), 0..6),
    ) {
        let text = order.concat();
        let alone: Vec<Fact> = TEXTS.iter().flat_map(|text| facts_of(text.as_bytes())).collect();
        is_part(&facts_of(text.as_bytes()), &alone).map_err(TestCaseError::fail)?;
        check_mutilated(&mutilated(text.as_bytes(), &edits))?;
    }

    #[test]
    fn any_bytes_are_read_without_panic(
        beginning in prop::sample::select(vec![
            "", "Configurations: Default Current Next Boot\n", "Image type:            FS4\n", "  Device Type:      x\n",
            "MLNX_RAW_TLV_FILE\n", "DEVICE_TYPE MST PCI RDMA NET NUMA\n", "<Devices>", "{\"tlv_configuration\": ",
            "\u{feff}",
        ]),
        bytes in prop::collection::vec(any::<u8>(), 0..400),
    ) {
        let mut text = beginning.as_bytes().to_vec();
        text.extend(bytes);
        facts_of(&text);
        text.splice(0..0, [0xff, 0xfe]);
        facts_of(&text);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(24) })]

    #[test]
    fn mutilated_samples_yield_nothing_that_they_do_not_say(
        edits in prop::collection::vec((any::<prop::sample::Index>(), "[ -%'-~\n\r]{0,3}"), 1..12),
    ) {
        for (_, bytes) in sample_texts().iter().filter(|(_, bytes)| bytes.len() < 4096) {
            check_mutilated(&mutilated(bytes, &edits))?;
        }
    }
}
