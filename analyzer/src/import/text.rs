//! A text that is to be read, with what is known of where it stood.
//!
//! Must not do: say what the text is: that shows in its lines (see [`super::readers`]).

use super::lines::{self, Encoding, Line};

/// Where a text stood. In the reports that hosts write, the place says which command printed it; a loose file's name
/// says nothing.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Origin {
    /// The path in its archive, or the file's name.
    pub name: String,
    /// The command line that printed it, by the layout of the archive: `ethtool -k eth0`.
    pub command: Option<Vec<String>>,
    /// The host's file of which it is a copy, by the layout of the archive: `proc/sys/kernel/tainted`.
    pub file: Option<String>,
}

impl Origin {
    /// A loose file: nothing is known of it but its name.
    pub fn loose(name: &str) -> Self {
        Self { name: name.to_owned(), command: None, file: None }
    }
}

/// A text.
#[derive(Debug, Clone)]
pub(crate) struct Text<'a> {
    /// Member that holds it, for evidence.
    pub(crate) member: &'a str,
    /// Where it stood.
    pub(crate) origin: &'a Origin,
    /// Its bytes.
    pub(crate) bytes: &'a [u8],
    /// How its characters stand in them.
    pub(crate) encoding: Encoding,
    /// Its lines.
    pub(crate) lines: Vec<Line>,
}

impl<'a> Text<'a> {
    pub(crate) fn new(member: &'a str, origin: &'a Origin, bytes: &'a [u8]) -> Self {
        Self { member, origin, bytes, encoding: Encoding::of(bytes), lines: lines::lines(bytes) }
    }

    /// The line's words, quotation marks and odd blanks taken off; empty where there is no such line.
    pub(crate) fn line(&self, index: usize) -> &str {
        self.lines.get(index).map_or("", |line| line.text.as_str())
    }

    /// Whether the text may end in the middle of this line: a number that was cut is another number.
    pub(crate) fn is_cut(&self, index: usize) -> bool {
        index.saturating_add(1) == self.lines.len() && !self.encoding.ends_line(self.bytes)
    }
}
