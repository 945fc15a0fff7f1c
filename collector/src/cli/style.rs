//! Emphasis on a terminal, and text from outside made safe for one.
//!
//! Must not do: emit an escape sequence where the user or the place forbids it.

use std::fmt::Display;
use std::io::IsTerminal;

/// Whether to emphasise.
#[derive(Debug, Clone, Copy)]
pub(super) struct Style {
    on: bool,
}

impl Style {
    /// For stderr: NO_COLOR forbids, CLICOLOR_FORCE demands, otherwise a terminal that is not `dumb`.
    pub(super) fn stderr() -> Self {
        let set = |name: &str| std::env::var_os(name).is_some_and(|value| !value.is_empty());
        let forced =
            set("CLICOLOR_FORCE") && std::env::var_os("CLICOLOR_FORCE").is_some_and(|value| value != "0");
        let terminal =
            std::io::stderr().is_terminal() && std::env::var_os("TERM").is_none_or(|term| term != "dumb");
        Self { on: !set("NO_COLOR") && (forced || terminal) }
    }

    pub(super) fn strong(self, text: impl Display) -> String {
        self.wrap("1", text)
    }

    pub(super) fn warning(self, text: impl Display) -> String {
        self.wrap("33", text)
    }

    pub(super) fn good(self, text: impl Display) -> String {
        self.wrap("32", text)
    }

    fn wrap(self, code: &str, text: impl Display) -> String {
        if self.on { format!("\x1b[{code}m{text}\x1b[0m") } else { text.to_string() }
    }
}

/// Text from outside with its control characters (and those that reorder text) escaped.
pub(super) fn printable(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        let reorders =
            matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
        if c.is_control() || reorders {
            out.extend(c.escape_default());
        } else {
            out.push(c);
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_from_outside_moves_the_cursor_or_turns_text_around() {
        assert_eq!(printable("a\x1b[2J\r\u{202e}b\u{9b}é"), "a\\u{1b}[2J\\r\\u{202e}b\\u{9b}é");
    }
}
