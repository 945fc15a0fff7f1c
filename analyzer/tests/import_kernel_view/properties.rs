//! Mutilated texts: never a panic, never a value that its evidence does not show, never a value that a cut made.

use mlx5_schemas::model::fact::{Fact, Knowledge, Value};
use proptest::prelude::*;

use super::hosts::{HOST, LOG};
use super::texts::{DEVLINK, DEVLINK_JSON, ETHTOOL, LSPCI};
use super::{facts_of, imported, sample_texts};

const TEXTS: [&str; 6] = [ETHTOOL, DEVLINK, DEVLINK_JSON, LSPCI, LOG, HOST];

/// A text without blanks, line ends and marks of quotation.
fn squeezed(text: &str) -> String {
    text.chars()
        .filter(|c| {
            !(c.is_whitespace() || c.is_control() || matches!(c, '>' | '\u{feff}' | '\u{200b}' | '\u{fffd}'))
        })
        .collect()
}

/// What its evidence shows of a fact; `None` where a place is not in the text.
fn shown(bytes: &[u8], fact: &Fact) -> Option<Vec<String>> {
    let lines = fact.evidence.iter().map(|evidence| {
        let start = usize::try_from(evidence.offset).ok()?;
        let end = start.checked_add(usize::try_from(evidence.length).ok()?)?;
        Some(String::from_utf8_lossy(bytes.get(start..end)?).into_owned())
    });
    lines.collect()
}

/// Words of our own about what the evidence shows: kinds of events, how often something was said, bits of a mask.
fn is_told_of(fact: &Fact) -> bool {
    let path = fact.path.as_str();
    (path.starts_with("log/") && [".kind", ".times", "_not_listed"].iter().any(|end| path.ends_with(end)))
        || path.starts_with("host/taint/")
        || path.ends_with("/loaded")
}

/// Whether a value stands in what shows it.
fn stands(bytes: &[u8], fact: &Fact) -> bool {
    let Some(lines) = shown(bytes, fact) else { return false };
    if lines.is_empty() {
        return false;
    }
    let Some(value) = fact.value() else { return true };
    if is_told_of(fact) {
        return true;
    }
    let text = squeezed(&value.to_string());
    let in_line = |line: &String| {
        let line = squeezed(line);
        match (value, fact.path.as_str()) {
            (Value::Number { number, .. }, path) if path.starts_with("log/") => {
                line.to_lowercase().contains(&format!("0x{number:x}")) || has_hex(&line, *number)
            }
            // `8GT/s` is written as the kernel writes it.
            (_, path) if path.ends_with("_link_speed") => {
                line.contains(&text.replace(".0GT/s", "GT/s")) || line.contains(&text)
            }
            (_, "log/pcie_bandwidth") => text
                .split(['(', ')', ','])
                .map(|part| part.trim_start_matches("limitedby"))
                .all(|part| line.replace("PCIe", "").contains(part)),
            // Bytes stand the other way round in configuration space.
            (_, path) if path.starts_with("pci/") && text.starts_with("0x") => {
                let digits = text.trim_start_matches("0x");
                let pairs: Vec<&str> =
                    (0..digits.len()).step_by(2).filter_map(|at| digits.get(at..at + 2)).collect();
                let turned: String = pairs.iter().rev().copied().collect();
                let line = line.to_lowercase();
                line.contains(digits) || line.contains(&turned)
            }
            _ => line.contains(&text),
        }
    };
    lines.iter().any(in_line)
}

/// Whether a line has the number in hex with leading zeros.
fn has_hex(line: &str, number: u64) -> bool {
    line.split("0x").skip(1).any(|rest| {
        let digits: String = rest.chars().take_while(char::is_ascii_hexdigit).collect();
        u64::from_str_radix(&digits, 16) == Ok(number)
    })
}

/// Facts of which a log's later lines say something else: what is said last holds.
fn goes_on(path: &str) -> bool {
    ["log/firmware_version", "log/pcie_bandwidth", "host/taint", "host/kernel", "host/cmdline"]
        .iter()
        .any(|beginning| path.starts_with(beginning))
}

/// Whether a cut text says nothing but what the whole one says. A text value behind which the text ends may be the
/// beginning of one that mail wrapped; a number never.
fn is_part(cut: &[u8], facts: &[Fact], whole: &[Fact]) -> Result<(), String> {
    let last = String::from_utf8_lossy(cut).trim_end().to_owned();
    for fact in facts.iter().filter(|fact| !is_told_of(fact) && !goes_on(&fact.path)) {
        let Some(value) = fact.value() else { continue };
        let is_event = fact.path.starts_with("log/event");
        // Of an event that came later, the number may be another.
        let ending = fact.path.rsplit(']').next();
        let same = |other: &&Fact| match is_event {
            true => other.path.starts_with("log/event") && other.path.rsplit(']').next() == ending,
            false => other.path == fact.path,
        };
        let ends_here = fact.evidence.iter().any(|evidence| {
            usize::try_from(evidence.offset + evidence.length).is_ok_and(|end| end >= last.len())
        });
        let is_said = |other: &Fact| match (&other.knowledge, value) {
            (Knowledge::Known { value: known }, value) if known == value => true,
            (Knowledge::Known { value: Value::Text { text: known } }, Value::Text { text }) => {
                ends_here && squeezed(known).starts_with(&squeezed(text))
            }
            (Knowledge::Known { .. }, _) => false,
            (Knowledge::Unknown { reason, .. }, _) => reason.contains("in another place"),
        };
        if !whole.iter().filter(same).any(is_said) {
            return Err(format!("{fact:?}"));
        }
    }
    Ok(())
}

fn check_cut(bytes: &[u8], end: usize, whole: &[Fact]) -> Result<(), String> {
    let cut = &bytes[..end];
    let facts = facts_of(cut);
    match facts.iter().find(|fact| !stands(cut, fact)) {
        Some(fact) => Err(format!("does not stand there: {fact:?}")),
        None => is_part(cut, &facts, whole),
    }
}

#[test]
fn texts_cut_anywhere_say_nothing_new() {
    for text in TEXTS {
        let bytes = text.as_bytes();
        let whole = facts_of(bytes);
        assert!(
            whole.iter().all(|fact| stands(bytes, fact)),
            "{:?}",
            whole.iter().find(|f| !stands(bytes, f))
        );
        for end in (0..bytes.len()).filter(|end| end % 3 == 0 || bytes[*end] == b'\n') {
            check_cut(bytes, end, &whole).unwrap_or_else(|fact| panic!("cut at {end}: {fact}"));
        }
    }
}

#[test]
fn samples_cut_anywhere_say_nothing_new() {
    for (name, bytes) in sample_texts() {
        let whole = facts_of(&bytes);
        assert!(
            whole.iter().all(|fact| stands(&bytes, fact)),
            "{name}: {:?}",
            whole.iter().find(|f| !stands(&bytes, f))
        );
        // Every line end, and places within lines.
        let ends = (0..bytes.len()).filter(|end| end % 61 == 0 || bytes[*end] == b'\n');
        for end in ends.flat_map(|end| [end, end + 1]).take(1500) {
            check_cut(&bytes, end, &whole).unwrap_or_else(|fact| panic!("{name} cut at {end}: {fact}"));
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn mutilated_texts_say_nothing_that_they_do_not_show(
        which in any::<prop::sample::Index>(),
        edits in prop::collection::vec((any::<prop::sample::Index>(), any::<prop::sample::Index>(), 0_usize..4), 1..24),
        bytes in prop::collection::vec(any::<u8>(), 24),
        end in any::<prop::sample::Index>(),
    ) {
        let mut texts: Vec<Vec<u8>> = TEXTS.iter().map(|text| text.as_bytes().to_vec()).collect();
        texts.extend(sample_texts().into_iter().map(|(_, bytes)| bytes));
        let mut text = which.get(&texts).clone();
        for (number, (at, from, kind)) in edits.iter().enumerate() {
            let (at, from) = (at.index(text.len()), from.index(text.len()));
            match kind {
                // One byte another; a byte of the text elsewhere; a line end; some bytes gone.
                0 => text[at] = bytes[number],
                1 => text[at] = text[from],
                2 => text.insert(at, b'\n'),
                _ => {
                    text.drain(at..(at + number).min(text.len()));
                }
            }
            if text.is_empty() {
                text.push(b'x');
            }
        }
        text.truncate(end.index(text.len() * 2) + 1);
        for fact in facts_of(&text) {
            prop_assert!(stands(&text, &fact), "{fact:?} in {}", String::from_utf8_lossy(&text));
        }
        if let Some(imported) = imported(&text) {
            let file = super::file_of(&imported);
            prop_assert!(file.unread <= file.lines);
        }
    }
}
