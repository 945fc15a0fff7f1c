//! Lines of a text as people pass it on: quoted by mail programs, with blanks that are none, with Windows line ends.
//!
//! Must not do: lose where a line stands in the file.

/// A line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Line {
    /// Its number, from 1.
    pub(crate) number: u64,
    /// Its first byte in the file.
    pub(crate) offset: u64,
    /// Its bytes, without the line end.
    pub(crate) length: u64,
    /// What it says: quotation marks of mail taken off, every kind of blank made a plain one, none at the end.
    pub(crate) text: String,
}

/// Takes a text apart. Bytes that are no UTF-8 become replacement characters, which no value has.
pub(crate) fn lines(bytes: &[u8]) -> Vec<Line> {
    let mut lines = Vec::new();
    let (mut offset, mut number) = (0_usize, 0_u64);
    for piece in bytes.split_inclusive(|byte| *byte == b'\n') {
        let content = piece.strip_suffix(b"\n").unwrap_or(piece);
        let content = content.strip_suffix(b"\r").unwrap_or(content);
        number = number.saturating_add(1);
        lines.push(Line {
            number,
            offset: wide(offset),
            length: wide(content.len()),
            text: plain(&String::from_utf8_lossy(content)),
        });
        offset = offset.saturating_add(piece.len());
    }
    lines
}

fn plain(text: &str) -> String {
    let text: String = text
        .chars()
        .filter(|c| !matches!(c, '\u{feff}' | '\u{200b}'))
        .map(|c| if c.is_whitespace() || c.is_control() { ' ' } else { c })
        .collect();
    let mut rest = text.as_str();
    // `>> ` and `> > `: as often as it was answered.
    while let Some(unquoted) = rest.trim_start().strip_prefix('>') {
        rest = unquoted;
    }
    rest.trim_end().to_owned()
}

fn wide(number: usize) -> u64 {
    u64::try_from(number).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn what_mail_and_windows_do_is_undone() {
        let text = "\u{feff}>> a\u{a0}\u{a0}b \r\n> \n> >  c\nd".as_bytes();
        let said: Vec<String> = lines(text).into_iter().map(|line| line.text).collect();
        assert_eq!(said, [" a  b", "", "  c", "d"]);
        let last = lines(text).pop().unwrap();
        assert_eq!((last.number, last.length), (4, 1));
        assert_eq!(usize::try_from(last.offset).unwrap(), text.len() - 1);
    }
}
