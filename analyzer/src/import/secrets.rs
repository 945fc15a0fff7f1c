//! Where secrets stand in a text, so that a copy that is kept can do without them.
//!
//! What a secret is, is decided in `schemas` (`redaction::is_secret_tlv`). The readers take none from a text; this says
//! which bytes they left.
//!
//! Must not do: change a text.

use mlx5_schemas::catalog::Catalog;

use super::text::Text;
use super::{mlxconfig, raw_tlv};

/// The bytes of secrets: offset and length, in order, none over another.
pub(crate) fn secret_spans(text: &Text<'_>, catalog: &Catalog) -> Vec<(u64, u64)> {
    let mut spans = Vec::new();
    if mlxconfig::is_json(text.bytes) {
        spans.extend(mlxconfig::secret_members(text, catalog));
    } else {
        let mut lines = mlxconfig::secret_lines(text, catalog);
        lines.extend(raw_tlv::secret_lines(text));
        for (first, words, last) in lines {
            spans.extend(behind(text, first, words));
            for line in text.lines.iter().take(last.saturating_add(1)).skip(first.saturating_add(1)) {
                spans.push((line.offset, line.length));
            }
        }
    }
    spans.retain(|(_, length)| *length > 0);
    spans.sort_unstable();
    let mut apart: Vec<(u64, u64)> = Vec::new();
    for (offset, length) in spans {
        let end = offset.saturating_add(length);
        match apart.last_mut() {
            Some((start, known)) if start.saturating_add(*known) >= offset => {
                *known = (*known).max(end.saturating_sub(*start));
            }
            Some(_) | None => apart.push((offset, length)),
        }
    }
    apart
}

/// What stands in a line behind so many words; marks of quotation are none.
fn behind(text: &Text<'_>, index: usize, words: usize) -> Option<(u64, u64)> {
    let line = text.lines.get(index)?;
    let start = usize::try_from(line.offset).ok()?;
    let end = start.checked_add(usize::try_from(line.length).ok()?)?;
    let is_blank = |c: char| c.is_whitespace() || c.is_control() || matches!(c, '\u{feff}' | '\u{200b}');
    let (mut at, mut seen, mut in_word) = (start, 0_usize, false);
    for (character, length) in text.encoding.characters(text.bytes.get(start..end)?) {
        let is_mark = seen == 0 && !in_word && character == '>';
        match (is_blank(character) || is_mark, in_word) {
            (true, true) => in_word = false,
            (false, false) => (seen, in_word) = (seen.saturating_add(1), true),
            (true, false) | (false, true) => {}
        }
        if seen > words || (seen == words && !in_word) {
            break;
        }
        at = at.saturating_add(length);
    }
    let wide = |number: usize| u64::try_from(number).unwrap_or(u64::MAX);
    Some((wide(at), wide(end.saturating_sub(at))))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use mlx5_schemas::model::fact::{Knowledge, Route};
    use mlx5_schemas::model::status::CollectionStatus;

    use super::*;
    use crate::import::readers;
    use crate::import::text::Origin;

    /// A catalog of a later release, which prints a secret.
    const CATALOG: &str = "T\t3\t239\tnv_chap\t16\t0\ta\nP\tvalue\tCHAP_PWD\ts\t0\t128\n";

    /// The text as it is kept; both it and the text itself are read without the secret, and say that it is one.
    fn blotted(bytes: &[u8], catalog: &Catalog) -> String {
        let origin = Origin::loose("m");
        let mut kept = bytes.to_vec();
        for (offset, length) in secret_spans(&Text::new("m", &origin, bytes), catalog) {
            let start = usize::try_from(offset).unwrap();
            let secret = &mut kept[start..start + usize::try_from(length).unwrap()];
            secret
                .iter_mut()
                .filter(|byte| !byte.is_ascii_whitespace() && **byte != 0)
                .for_each(|byte| *byte = b'*');
        }
        for bytes in [bytes, &kept] {
            let read = readers::read(&Text::new("m", &origin, bytes), catalog, Route::Imported);
            assert!(!format!("{:?} {:?}", read.facts, read.unread_lines).contains("hunter2"));
            let is_masked = |knowledge: &Knowledge| {
                matches!(knowledge, Knowledge::Unknown { status: CollectionStatus::Masked, .. })
            };
            assert!(read.facts.iter().any(|fact| is_masked(&fact.knowledge)), "{:?}", read.facts);
            assert_eq!(read.unread, 0, "{:?}", read.unread_lines);
        }
        String::from_utf8_lossy(&kept).into_owned()
    }

    #[test]
    fn secrets_of_a_table_are_found() {
        let catalog = Catalog::parse(&[CATALOG]).unwrap();
        let text =
            "Device: 3b:00.0\nConfigurations:   Next Boot\n> *  CHAP_PWD   hunter2 hunter2\n\n  A_B 1\n";
        let kept = blotted(text.as_bytes(), &catalog);
        assert_eq!(kept, text.replace("hunter2", "*******"));
        let wrapped = "Device: 3b:00.0\nConfigurations:   Next Boot\n CHAP_PWD\nhunter2 hunter2\n";
        assert!(!blotted(wrapped.as_bytes(), &catalog).contains("hunter2"));
    }

    #[test]
    fn secrets_of_json_are_found() {
        let catalog = Catalog::parse(&[CATALOG]).unwrap();
        let text = r#"{"Device #1": {"device": "3b:00.0", "tlv_configuration": {
            "CHAP_PWD": {"next_value": "hunter2}\"hunter2", "modified": ""}, "A_B": {"next_value": 1}}}}"#;
        let kept = blotted(text.as_bytes(), &catalog);
        assert!(kept.contains("A_B") && kept.contains("CHAP_PWD") && !kept.contains("hunter2"), "{kept}");
    }

    #[test]
    fn secrets_of_raw_files_are_found_in_utf_16_too() {
        let catalog = Catalog::embedded();
        let text = "MLNX_RAW_TLV_FILE\n0x00000008 0x03000238 0x00000000 0x68756e74 \n0x65723200\n".to_owned();
        for bytes in [text.clone().into_bytes(), text.encode_utf16().flat_map(u16::to_le_bytes).collect()] {
            let kept = blotted(&bytes, catalog).replace('\0', "");
            assert!(
                kept.contains("03000238") && !kept.contains("68756e74") && !kept.contains("65723200"),
                "{kept}"
            );
        }
    }
}
