//! What the firmware tools print as `Key:   value`: keys as parts of paths, and lines that may be cut.
//!
//! Must not do: take a value from a line in whose middle the text may end.

use mlx5_schemas::model::status::CollectionStatus;

use super::reading::{About, Reading, Span};
use super::text::Text;

/// Longest description that another line is added to, in bytes.
pub(crate) const MAX_DESCRIPTION: usize = 400;

/// Why the last line of a text without a final line end is no value.
pub(crate) const CUT: &str = "the text may end in the middle of this line";
/// Why a description is no value behind which the text ends.
pub(crate) const ENDS: &str = "the text ends here, and may have gone on with this";

/// Why bytes are no value that are no characters.
pub(crate) const NO_CHARACTERS: &str = "there are bytes in it that are no characters";

/// A key as a part of a path: `FW Version(Running)` is `fw_version_running`.
pub(crate) fn snake_case(key: &str) -> String {
    let plain = key.chars().map(|c| if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { '_' });
    let mut name = String::new();
    for c in plain {
        if c != '_' || !(name.is_empty() || name.ends_with('_')) {
            name.push(c);
        }
    }
    name.trim_end_matches('_').to_owned()
}

/// `Key: value`: the key, the value, and the column at which the value begins, indentation apart.
pub(crate) fn key_value(line: &str) -> Option<(&str, &str, usize)> {
    let line = line.trim_start();
    let (key, rest) = line.split_once(':')?;
    let value = rest.trim_start();
    let column = line.len().saturating_sub(value.len());
    (!key.is_empty()).then_some((key, value.trim_end(), column))
}

/// Whether nothing follows a line in its text.
pub(crate) fn is_last(text: &Text<'_>, index: usize) -> bool {
    text.lines.iter().skip(index.saturating_add(1)).all(|line| line.text.trim().is_empty())
}

/// Writes a text that stands in a line.
pub(crate) fn say(
    text: &Text<'_>,
    reading: &mut Reading<'_>,
    device: &str,
    path: String,
    value: &str,
    (first, last): (usize, usize),
) {
    let (about, span) = (About::Device(device), Span::lines(first, last));
    let doubt = match text.is_cut(last) {
        true => Some(CUT),
        false => value.contains(char::REPLACEMENT_CHARACTER).then_some(NO_CHARACTERS),
    };
    match doubt {
        Some(doubt) => reading.unknown(about, path, CollectionStatus::NotRecorded, doubt.to_owned(), span),
        None => reading.text(about, path, value, span),
    }
}

/// Writes a number that stands in a line, or says why it cannot be read.
pub(crate) fn say_number(
    text: &Text<'_>,
    reading: &mut Reading<'_>,
    device: &str,
    path: String,
    value: &str,
    index: usize,
) {
    match value.parse() {
        Ok(number) if !text.is_cut(index) => {
            reading.number(About::Device(device), path, number, Span::line(index));
        }
        Ok(_) => say(text, reading, device, path, value, (index, index)),
        Err(_) => reading.cannot_read(index, format!("{value} is no number")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_become_parts_of_paths() {
        for (key, expected) in [
            ("FW Version(Running)", "fw_version_running"),
            ("UEFI Virtio blk", "uefi_virtio_blk"),
            ("Base_Mac", "base_mac"),
            ("  ", ""),
        ] {
            assert_eq!(snake_case(key), expected);
        }
        assert_eq!(key_value("  PSID:   MT_1 "), Some(("PSID", "MT_1", 8)));
        assert_eq!(key_value("no key"), None);
    }
}
