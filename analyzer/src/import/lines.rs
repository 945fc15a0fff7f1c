//! Lines of a text as people pass it on: quoted by mail programs, with blanks that are none, with Windows line ends, in
//! the UTF-16 that Windows' shells write into files.
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

/// How a text's characters stand in its bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Encoding {
    /// UTF-8, or something of which ASCII is a part.
    Utf8,
    /// UTF-16, the low byte first.
    Utf16Le,
    /// UTF-16, the high byte first.
    Utf16Be,
}

impl Encoding {
    /// By the byte order mark; without one, by the zero bytes that the first two ASCII characters have in UTF-16.
    pub(crate) fn of(bytes: &[u8]) -> Self {
        match *bytes {
            [0xff, 0xfe, ..] => Self::Utf16Le,
            [0xfe, 0xff, ..] => Self::Utf16Be,
            [one, 0, two, 0, ..] if one != 0 && two != 0 => Self::Utf16Le,
            [0, one, 0, two, ..] if one != 0 && two != 0 => Self::Utf16Be,
            [..] => Self::Utf8,
        }
    }

    /// Bytes of the smallest character.
    fn unit(self) -> usize {
        match self {
            Self::Utf8 => 1,
            Self::Utf16Le | Self::Utf16Be => 2,
        }
    }

    /// Whether bytes at a multiple of the unit are this ASCII character.
    fn is(self, bytes: &[u8], character: u8) -> bool {
        match self {
            Self::Utf8 => bytes == [character],
            Self::Utf16Le => bytes == [character, 0],
            Self::Utf16Be => bytes == [0, character],
        }
    }

    /// The characters of some bytes, each with its length in bytes. What is none becomes a replacement character.
    pub(crate) fn characters(self, bytes: &[u8]) -> Vec<(char, usize)> {
        let read = match self {
            Self::Utf8 => {
                let mut read = Vec::new();
                for chunk in bytes.utf8_chunks() {
                    read.extend(chunk.valid().chars().map(|c| (c, c.len_utf8())));
                    if !chunk.invalid().is_empty() {
                        read.push((char::REPLACEMENT_CHARACTER, chunk.invalid().len()));
                    }
                }
                return read;
            }
            Self::Utf16Le => u16::from_le_bytes,
            Self::Utf16Be => u16::from_be_bytes,
        };
        let (pairs, rest) = bytes.as_chunks::<2>();
        let units = pairs.iter().map(|pair| read(*pair));
        let mut characters: Vec<(char, usize)> = char::decode_utf16(units)
            .map(|c| c.map_or((char::REPLACEMENT_CHARACTER, 2), |c| (c, c.len_utf16().saturating_mul(2))))
            .collect();
        if !rest.is_empty() {
            characters.push((char::REPLACEMENT_CHARACTER, rest.len()));
        }
        characters
    }

    /// Whether a text ends with the end of a line.
    pub(crate) fn ends_line(self, bytes: &[u8]) -> bool {
        bytes.len().is_multiple_of(self.unit())
            && bytes.rchunks(self.unit()).next().is_some_and(|last| self.is(last, b'\n'))
    }
}

/// Takes a text apart. Bytes that are no characters become replacement characters, which no value has.
pub(crate) fn lines(bytes: &[u8]) -> Vec<Line> {
    let encoding = Encoding::of(bytes);
    let unit = encoding.unit();
    let mut lines = Vec::new();
    let (mut start, mut at) = (0_usize, 0_usize);
    let mut add = |start: usize, end: usize| {
        let content = bytes.get(start..end).unwrap_or_default();
        let kept = content.len().saturating_sub(unit);
        let is_return = content.get(kept..).is_some_and(|last| encoding.is(last, b'\r'));
        let content = if is_return { content.get(..kept).unwrap_or_default() } else { content };
        let said: String = encoding.characters(content).into_iter().map(|(c, _)| c).collect();
        lines.push(Line {
            number: wide(lines.len().saturating_add(1)),
            offset: wide(start),
            length: wide(content.len()),
            text: plain(&said),
        });
    };
    for character in bytes.chunks(unit) {
        let next = at.saturating_add(character.len());
        if encoding.is(character, b'\n') {
            add(start, at);
            start = next;
        }
        at = next;
    }
    if start < bytes.len() {
        add(start, bytes.len());
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

    #[test]
    fn utf_16_is_read_in_its_place() {
        let said = "\u{feff}PSID: x\u{e4}\u{1f5a7}\r\n> b";
        for to_bytes in [u16::to_le_bytes, u16::to_be_bytes] {
            let bytes: Vec<u8> = said.encode_utf16().flat_map(to_bytes).collect();
            let read = lines(&bytes);
            let words: Vec<&str> = read.iter().map(|line| line.text.as_str()).collect();
            assert_eq!(words, ["PSID: x\u{e4}\u{1f5a7}", " b"]);
            assert_eq!((read[1].offset, read[1].length), (26, 6));
            assert!(!Encoding::of(&bytes).ends_line(&bytes));
            // Without the mark.
            assert_eq!(lines(&bytes[2..])[0].text, words[0]);
            // Cut within a character.
            let cut = lines(&bytes[..bytes.len() - 1]);
            assert_eq!(cut[1].text, " \u{fffd}");
        }
        let ended: Vec<u8> = "a\n".encode_utf16().flat_map(u16::to_le_bytes).collect();
        assert!(Encoding::of(b"\xff\xfe").ends_line(&ended));
        assert!(lines(b"").is_empty());
    }
}
