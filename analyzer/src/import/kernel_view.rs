//! What the readers of the kernel's view share: typed command lines, values that a text may have cut, lines that mail
//! wrapped.
//!
//! Must not do: know a format.

use mlx5_schemas::model::status::CollectionStatus;

use super::reading::{About, Reading, Span};
use super::text::Text;

/// Why a value in the last line of a text without a final line end is none: half a number is another number.
const CUT: &str = "the text may end in the middle of this line";
/// Columns at which mail programs wrap: they fill a line up to one of these.
const WRAPPED: std::ops::RangeInclusive<usize> = 69..=84;

/// The interface that every host has and no card: no driver is named for it.
pub(super) const LOOPBACK: &str = "lo";

/// A reading with the text that it reads.
pub(super) struct View<'a, 'x, 't> {
    pub(super) text: &'a Text<'x>,
    pub(super) reading: &'a mut Reading<'t>,
}

/// Lines by index, both included.
pub(super) type Lines = (usize, usize);

impl View<'_, '_, '_> {
    /// A text that stands in these lines.
    pub(super) fn text(&mut self, about: About<'_>, path: impl Into<String>, value: &str, lines: Lines) {
        match self.text.is_cut(lines.1) {
            true => self.cut(about, path, lines),
            false => self.reading.text(about, path, value, Span::lines(lines.0, lines.1)),
        }
    }

    /// A number that stands in these lines.
    pub(super) fn number(&mut self, about: About<'_>, path: impl Into<String>, value: u64, lines: Lines) {
        match self.text.is_cut(lines.1) {
            true => self.cut(about, path, lines),
            false => self.reading.number(about, path, value, Span::lines(lines.0, lines.1)),
        }
    }

    /// A word: a number where it is a plain one, else a text.
    pub(super) fn word(&mut self, about: About<'_>, path: impl Into<String>, word: &str, lines: Lines) {
        match plain_number(word) {
            Some(number) => self.number(about, path, number, lines),
            None => self.text(about, path, word, lines),
        }
    }

    /// Something that is named and has no value here.
    pub(super) fn unknown(&mut self, about: About<'_>, path: impl Into<String>, why: &str, lines: Lines) {
        let span = Span::lines(lines.0, lines.1);
        self.reading.unknown(about, path, CollectionStatus::NotRecorded, why.to_owned(), span);
    }

    fn cut(&mut self, about: About<'_>, path: impl Into<String>, lines: Lines) {
        self.unknown(about, path, CUT, lines);
    }

    /// These lines hold no fact.
    pub(super) fn understand(&mut self, lines: Lines) {
        self.reading.understand(Span::lines(lines.0, lines.1));
    }
}

/// A number written in plain digits; numbers with leading zeros are names.
pub(super) fn plain_number(word: &str) -> Option<u64> {
    let is_plain = word.bytes().all(|byte| byte.is_ascii_digit()) && (word == "0" || !word.starts_with('0'));
    if is_plain { word.parse().ok() } else { None }
}

/// Why a version is none that the driver prints where the card did not answer (`mlx5_devlink_info_get`).
pub(super) fn no_version(value: &str) -> Option<String> {
    let parts: Option<Vec<u32>> = value.split('.').map(|part| part.parse().ok()).collect();
    let parts = parts.filter(|parts| parts.len() > 1)?;
    let is_none =
        parts.iter().all(|part| matches!(part, 0xff | 0xffff)) || parts.iter().all(|part| *part == 0);
    is_none.then(|| format!("the text says {value}, which the driver prints where the card did not answer"))
}

/// The words behind a program's name in a line that somebody typed, up to a pipe: behind a prompt, behind `sudo`, or at
/// the line's beginning. `None` in prose that speaks of the program.
pub(super) fn typed<'l>(line: &'l str, program: &str) -> Option<Vec<&'l str>> {
    // Cheap first: most lines of a long text have no such word.
    if !line.contains(program) {
        return None;
    }
    let mut before: Option<&str> = None;
    let mut words = line.split_whitespace();
    for _ in 0..MAX_PROMPT_WORDS {
        let word = words.next()?;
        if word.rsplit('/').next() == Some(program) {
            let is_typed = before.is_none_or(|before| before == "sudo" || before.ends_with(['#', '$', '%']));
            return is_typed.then(|| words.take_while(|word| !word.contains(['|', ';', '>', '&'])).collect());
        }
        before = Some(word);
    }
    None
}

/// Most words before a program's name: a prompt with a folder, and `sudo`.
const MAX_PROMPT_WORDS: usize = 6;

/// Whether a line is a shell's prompt with something typed behind it, or nothing.
pub(super) fn is_prompt(line: &str) -> bool {
    let line = line.trim_start();
    line.starts_with("$ ") || line.starts_with("# ") || {
        let place = line.split(['#', '$']).next().unwrap_or_default();
        place.len() < line.len() && place.len() <= 80 && place.contains('@') && !place.contains(": ")
    }
}

/// Whether mail can have wrapped the line `before` in front of `next`: it is as long as mail makes lines, and what comes
/// next did not fit behind it.
fn may_be_wrapped(before: &str, next: &str) -> bool {
    let length = before.chars().count();
    let first = next.split_whitespace().next().map_or(0, |word| word.chars().count());
    first > 0
        && length <= *WRAPPED.end()
        && length.saturating_add(first).saturating_add(1) >= *WRAPPED.start()
}

/// Whether mail can have wrapped a line in front of the next. Of a next line that the text cuts nobody knows how long its
/// first word was.
pub(super) fn is_wrapped(text: &Text<'_>, before: usize) -> bool {
    let next = before.saturating_add(1);
    let (line, said) = (text.line(before), text.line(next));
    may_be_wrapped(line, said)
        || (text.is_cut(next) && !said.is_empty() && line.chars().count() <= *WRAPPED.end())
}

/// Blanks before the first word.
pub(super) fn indentation(line: &str) -> usize {
    line.len().saturating_sub(line.trim_start().len())
}

/// Two pieces of a line that mail wrapped. It breaks behind a hyphen too, and takes no blank away there.
pub(super) fn joined(before: &str, next: &str) -> String {
    let gap = if before.ends_with('-') { "" } else { " " };
    format!("{before}{gap}{}", next.trim())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn typed_lines_are_told_from_prose() {
        for (line, expected) in [
            ("  # ethtool -i eth0", Some(vec!["-i", "eth0"])),
            ("root@pve:~# ethtool eth0 | grep Speed", Some(vec!["eth0"])),
            ("[u@h ~]$ sudo /usr/sbin/ethtool -k eth0", Some(vec!["-k", "eth0"])),
            ("ethtool eth0", Some(vec!["eth0"])),
            ("what ethtool says", None),
            ("nothing", None),
        ] {
            assert_eq!(typed(line, "ethtool"), expected, "{line}");
        }
    }

    #[test]
    fn only_plain_digits_are_numbers() {
        assert_eq!(plain_number("0"), Some(0));
        assert_eq!(plain_number("128"), Some(128));
        for word in ["", "007", "0x1", "1.2", "-1", "99999999999999999999"] {
            assert_eq!(plain_number(word), None, "{word}");
        }
    }

    #[test]
    fn what_stands_for_no_version_is_none() {
        for value in ["255.255.65535", "65535.65535.65535", "0.0.0000"] {
            assert!(no_version(value).is_some(), "{value}");
        }
        for value in ["22.43.1014", "22.0.0", "MT_0000000436", "255", ""] {
            assert_eq!(no_version(value), None, "{value}");
        }
    }

    #[test]
    fn a_short_line_was_not_wrapped() {
        assert!(!may_be_wrapped("short", "word"));
        assert!(may_be_wrapped(&"x".repeat(66), "frames"));
        assert!(!may_be_wrapped(&"x".repeat(90), "word"));
        assert!(!may_be_wrapped(&"x".repeat(75), ""));
    }
}
