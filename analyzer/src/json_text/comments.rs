//! Comments in baseline files: `// …` to the end of the line, `/* … */`.
//!
//! Must not do: move anything. Every byte keeps its place, so that places in what is left are places in the file.

/// A comment that does not end: where it begins.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Unended(pub(super) usize);

/// The text with blanks in place of comments.
///
/// # Errors
/// When a comment does not end.
pub(super) fn blanked(text: &str) -> Result<String, Unended> {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find(['"', '/']) {
        let (before, from) = rest.split_at(at);
        out.push_str(before);
        let (length, is_comment) = if from.starts_with('"') {
            (string_length(from), false)
        } else if from.starts_with("//") {
            (from.find('\n').unwrap_or(from.len()), true)
        } else if from.starts_with("/*") {
            let end = from.get(2..).and_then(|within| within.find("*/"));
            let begins = text.len().saturating_sub(from.len());
            (end.ok_or(Unended(begins))?.saturating_add(4), true)
        } else {
            (1, false)
        };
        let (part, after) = from.split_at(length);
        match is_comment {
            // Blank by byte: a letter of two bytes leaves two blanks.
            true => out.extend(part.bytes().map(|byte| if byte == b'\n' { '\n' } else { ' ' })),
            false => out.push_str(part),
        }
        rest = after;
    }
    out.push_str(rest);
    Ok(out)
}

/// The comments of a text, each with its marks.
pub(super) fn pieces(text: &str) -> impl Iterator<Item = &str> {
    let mut rest = text;
    std::iter::from_fn(move || {
        loop {
            let (_, from) = rest.split_at(rest.find(['"', '/'])?);
            let length = if from.starts_with('"') {
                string_length(from)
            } else if from.starts_with("//") {
                from.find('\n').unwrap_or(from.len())
            } else if from.starts_with("/*") {
                from.get(2..)?.find("*/")?.saturating_add(4)
            } else {
                1
            };
            let (part, after) = from.split_at(length);
            rest = after;
            if part.starts_with("//") || part.starts_with("/*") {
                return Some(part);
            }
        }
    })
}

/// The lines of the comments in a text, without marks.
pub(super) fn lines(text: &str) -> Vec<String> {
    let inner = |comment: &str| -> Vec<String> {
        let block = comment.strip_prefix("/*").and_then(|rest| rest.strip_suffix("*/"));
        let plain = block.or_else(|| comment.strip_prefix("//")).unwrap_or(comment).trim_end();
        let one = |line: &str| match block {
            Some(_) => line.trim().trim_start_matches('*').trim().to_owned(),
            None => line.strip_prefix(' ').unwrap_or(line).to_owned(),
        };
        plain.lines().map(one).collect()
    };
    pieces(text).flat_map(inner).collect()
}

/// The length of a string with its quotes; to the end of the text where it does not end.
pub(super) fn string_length(from: &str) -> usize {
    let mut escaped = false;
    for (at, byte) in from.bytes().enumerate().skip(1) {
        match byte {
            _ if escaped => escaped = false,
            b'\\' => escaped = true,
            b'"' => return at.saturating_add(1),
            _ => {}
        }
    }
    from.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn comments_are_told_line_by_line() {
        let text = "// one\n{\"a//b\": 1} /* two\n * three */ //\n//  four";
        assert_eq!(lines(text), ["one", "two", "three", " four"]);
        assert_eq!(pieces(text).count(), 4);
    }

    #[test]
    fn comments_leave_blanks_and_strings_stay() {
        for (text, expected) in [
            ("{} // x\n1", "{}     \n1"),
            ("/* a\nb */1", "    \n    1"),
            ("\"http://x /* y */\" /**/", "\"http://x /* y */\"     "),
            ("\"\\\"// no\" // é", "\"\\\"// no\"      "),
            ("1 / 2", "1 / 2"),
            ("\"open // ", "\"open // "),
        ] {
            assert_eq!(blanked(text).as_deref(), Ok(expected), "{text}");
        }
        assert_eq!(blanked("1 /* x"), Err(Unended(2)));
        assert_eq!(blanked("/*/"), Err(Unended(0)));
    }
}
