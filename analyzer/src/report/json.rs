//! JSON: the report as it is.
//!
//! Must not do: change a value. What could act on a terminal is escaped as JSON allows, so that a reader gets the same
//! text and `cat` shows it.

use std::fmt::Write as _;
use std::io;

use mlx5_schemas::model::report::Report;

use crate::sanitize::{begins_command, is_unsafe};

/// The report, and a line end.
///
/// # Errors
/// When it cannot be written as JSON.
pub fn json(report: &Report) -> io::Result<String> {
    let text = serde_json::to_string_pretty(report)?;
    Ok(door(&text) + "\n")
}

/// In JSON such characters stand within strings only, but for line ends between them.
pub(super) fn door(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for (at, character) in text.char_indices() {
        if character == '\n' || !(is_unsafe(character) || begins_command(text, at)) {
            safe.push(character);
        } else {
            for unit in character.encode_utf16(&mut [0; 2]) {
                // A String takes everything.
                let _ = write!(safe, "\\u{unit:04x}");
            }
        }
    }
    safe
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn what_acts_is_escaped_and_reads_back_as_it_was() {
        let text = "\u{1b}[31m\u{202e}\u{7f}\u{9b}\u{e0041} plain ü \u{0} ##[error]x";
        let json = serde_json::to_string_pretty(&[text]).unwrap();
        let safe = door(&json);
        assert!(!safe.chars().any(|c| c != '\n' && is_unsafe(c)) && !safe.contains("##["), "{safe}");
        assert_eq!(serde_json::from_str::<Vec<String>>(&safe).unwrap(), [text]);
        assert_eq!(door("{\n  \"a\": \"b\"\n}"), "{\n  \"a\": \"b\"\n}");
    }
}
