//! Where things stand in a file.
//!
//! Must not do: understand the text: it is JSON that was read already.

use super::comments::string_length;

/// Offset of the value under a JSON pointer, or of the nearest value above it.
pub(super) fn find(text: &str, pointer: &str) -> usize {
    let mut at = blanks(text, 0);
    for step in pointer.split('/').skip(1) {
        match child(text, at, step) {
            Some(next) => at = next,
            None => break,
        }
    }
    at
}

/// Line and column, in characters, of a byte.
pub(super) fn place_of(text: &str, offset: usize) -> (usize, usize) {
    let before = text.get(..offset).unwrap_or_default();
    let line = before.matches('\n').count().saturating_add(1);
    let column = before.rsplit('\n').next().unwrap_or_default().chars().count().saturating_add(1);
    (line, column)
}

/// The column in characters of one that is counted in bytes, as parsers do.
pub(super) fn column_of(text: &str, line: usize, bytes: usize) -> usize {
    let line = text.split('\n').nth(line.saturating_sub(1)).unwrap_or_default();
    let before = line.get(..bytes.saturating_sub(1));
    before.map_or(bytes, |before| before.chars().count().saturating_add(1))
}

/// Whether a closing bracket stands at a place (the column in bytes), and a comma before it.
pub(super) fn ends_with_comma(text: &str, line: usize, column: usize) -> bool {
    let before: usize = text.split_inclusive('\n').take(line.saturating_sub(1)).map(str::len).sum();
    let at = before.saturating_add(column.saturating_sub(1));
    let closes = matches!(text.as_bytes().get(at), Some(b'}' | b']'));
    closes && text.get(..at).is_some_and(|before| before.trim_end().ends_with(','))
}

/// Offset of a member's or an element's value, in the object or array at `at`.
fn child(text: &str, at: usize, step: &str) -> Option<usize> {
    let is_object = match text.as_bytes().get(at)? {
        b'{' => true,
        b'[' => false,
        _ => return None,
    };
    let mut here = blanks(text, at.checked_add(1)?);
    for place in 0_usize.. {
        if matches!(text.as_bytes().get(here)?, b'}' | b']') {
            return None;
        }
        let mut is_it = !is_object && step.parse() == Ok(place);
        if is_object {
            let length = string_length(text.get(here..)?);
            let key = text.get(here..here.checked_add(length)?)?;
            is_it = serde_json::from_str::<String>(key).is_ok_and(|key| key == step);
            here = blanks(text, here.checked_add(length)?);
            here = blanks(text, here.checked_add(1)?);
        }
        if is_it {
            return Some(here);
        }
        here = blanks(text, end_of_value(text, here)?);
        if text.as_bytes().get(here) == Some(&b',') {
            here = blanks(text, here.checked_add(1)?);
        }
    }
    None
}

fn blanks(text: &str, at: usize) -> usize {
    let rest = text.get(at..).unwrap_or_default();
    at.saturating_add(rest.len().saturating_sub(rest.trim_start().len()))
}

/// Where a value ends: behind its closing bracket or quote, or before what follows a number or word.
fn end_of_value(text: &str, at: usize) -> Option<usize> {
    let mut depth = 0_usize;
    let mut here = at;
    loop {
        let rest = text.get(here..)?;
        match rest.as_bytes().first()? {
            b'"' => here = here.checked_add(string_length(rest))?,
            b'{' | b'[' => {
                depth = depth.checked_add(1)?;
                here = here.checked_add(1)?;
            }
            b'}' | b']' => {
                depth = depth.checked_sub(1)?;
                here = here.checked_add(1)?;
            }
            _ if depth > 0 => here = here.checked_add(rest.find(['"', '{', '[', '}', ']'])?)?,
            _ => {
                let end = rest.find(|c: char| matches!(c, ',' | '}' | ']') || c.is_whitespace());
                return here.checked_add(end.unwrap_or(rest.len()));
            }
        }
        if depth == 0 {
            return Some(here);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pointers_find_their_values() {
        let text = "{\"a\": [1, {\"b\" : \"x]\"}],\n \"c\":{\"é\": [true ,\n null]} }";
        let at = |pointer: &str| text.get(find(text, pointer)..).unwrap_or_default().to_owned();
        for (pointer, start) in [
            ("", "{\"a\""),
            ("/a", "[1"),
            ("/a/0", "1,"),
            ("/a/1/b", "\"x]\""),
            ("/c/é/1", "null"),
            ("/a/7", "[1"),
            ("/zz/1", "{\"a\""),
            ("/a/0/x", "1,"),
        ] {
            assert!(at(pointer).starts_with(start), "{pointer}: {}", at(pointer));
        }
        assert_eq!(place_of(text, find(text, "/c/é/1")), (3, 2));
        assert_eq!(column_of("é: x", 1, 4), 3);
        assert!(ends_with_comma("[1,\n ]", 2, 2) && ends_with_comma("{\"a\": 1,}", 1, 9));
        assert!(!ends_with_comma("[1\n ]", 2, 2) && !ends_with_comma("[1, 2", 1, 5));
        assert_eq!(find("", "/a"), 0);
    }
}
