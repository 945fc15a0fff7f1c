//! What could not be taken over, said once each and not without end.
//!
//! Must not do: decide what is taken over.

/// Most notes that are kept; the rest is counted.
const MAX_NOTES: usize = 64;
/// Longest note.
const MAX_LETTERS: usize = 2000;

/// The notes of one import.
#[derive(Debug, Default)]
pub(super) struct Notes {
    lines: Vec<String>,
    more: usize,
}

impl Notes {
    /// Adds a note.
    pub(super) fn add(&mut self, note: impl Into<String>) {
        if self.lines.len() < MAX_NOTES {
            self.lines.push(note.into().chars().take(MAX_LETTERS).collect());
        } else {
            self.more = self.more.saturating_add(1);
        }
    }

    /// The lines, and how many there would have been beyond them.
    pub(super) fn into_lines(mut self) -> Vec<String> {
        if self.more > 0 {
            self.lines.push(format!("and {} more", self.more));
        }
        self.lines
    }
}

/// A name or expression as it stands in a file, where a catalog can hold it.
pub(super) fn plain(text: &str) -> Option<String> {
    let fits = text.len() <= 4096 && !text.chars().any(char::is_control);
    fits.then(|| text.to_owned())
}

/// Named values from a list of names with numbers: ordered, each pair once, nameless ones left out.
pub(super) fn ordered(mut named: Vec<(u64, String)>) -> Vec<(u64, String)> {
    named.retain(|(_, name)| !name.is_empty() && !name.contains(['=', ',']) && plain(name).is_some());
    named.sort();
    named.dedup();
    named
}

/// Bits that `0xBYTES.BITS` says, as both files write places and sizes.
pub(super) fn bits(text: &str) -> Option<(u32, u32)> {
    let (bytes, bits) = text.split_once('.').unwrap_or((text, "0"));
    let bytes = u32::from_str_radix(bytes.strip_prefix("0x").unwrap_or(bytes), 16).ok()?;
    let bits: u32 = bits.parse().ok()?;
    (bytes <= 0xffff && bits <= 0xffff).then_some((bytes, bits))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_bytes_and_bits() {
        assert_eq!(bits("0x10.28"), Some((16, 28)));
        assert_eq!(bits("0xC"), Some((12, 0)));
        for bad in ["", "x.1", "0x1.-1", "0x1.x", "0xfffffff.0"] {
            assert_eq!(bits(bad), None, "{bad}");
        }
    }

    #[test]
    fn notes_end() {
        let mut notes = Notes::default();
        (0..1000).for_each(|number| notes.add(format!("{number}")));
        let lines = notes.into_lines();
        assert_eq!(lines.len(), MAX_NOTES + 1);
        assert_eq!(lines.last().map(String::as_str), Some("and 936 more"));
    }
}
