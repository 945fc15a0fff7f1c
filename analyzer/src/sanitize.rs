//! Text from bundles, made safe for a terminal.
//!
//! A stranger's bundle can hold escape sequences that move the cursor, retitle the window or reorder what is read
//! (Unicode bidirectional controls). Everything printed passes through here: in [`crate::render::Page`], in the doors of
//! [`crate::report`]'s formats, and in the binary's error line.
//!
//! Must not do: shorten, translate, or touch the values in the JSON report (which has its own escapes for the same).

use std::borrow::Cow;

/// The text with every character that is not plainly visible, or that begins a command of a job's log, written as `\u{…}`.
pub fn sanitize(text: &str) -> Cow<'_, str> {
    let acts = |at: usize, character: char| is_unsafe(character) || begins_command(text, at);
    if !text.char_indices().any(|(at, character)| acts(at, character)) {
        return Cow::Borrowed(text);
    }
    let mut safe = String::with_capacity(text.len());
    for (at, character) in text.char_indices() {
        if acts(at, character) {
            safe.extend(character.escape_unicode());
        } else {
            safe.push(character);
        }
    }
    Cow::Owned(safe)
}

/// Whether `##[group]`, `##vso[…]` or the like begins there: GitHub, Azure and TeamCity carry them out wherever they stand
/// in a line of a job's log.
pub(crate) fn begins_command(text: &str, at: usize) -> bool {
    let name = text.get(at..).and_then(|rest| rest.strip_prefix("##"));
    name.is_some_and(|name| name.trim_start_matches(|c: char| c.is_ascii_alphabetic()).starts_with('['))
}

/// Controls (C0, DEL, C1), line and paragraph separators, bidirectional controls, invisible formatting and tag
/// characters, variation selectors, private use, and what XML has no place for (U+FFFE, U+FFFF).
pub(crate) fn is_unsafe(character: char) -> bool {
    character.is_control()
        || matches!(
            character,
            '\u{00ad}'
                | '\u{034f}'
                | '\u{061c}'
                | '\u{115f}'..='\u{1160}'
                | '\u{17b4}'..='\u{17b5}'
                | '\u{180b}'..='\u{180f}'
                | '\u{200b}'..='\u{200f}'
                | '\u{2028}'..='\u{202e}'
                | '\u{2060}'..='\u{206f}'
                | '\u{3164}'
                | '\u{e000}'..='\u{f8ff}'
                | '\u{fe00}'..='\u{fe0f}'
                | '\u{feff}'
                | '\u{ffa0}'
                | '\u{fff0}'..='\u{fffb}'
                | '\u{fffe}'..='\u{ffff}'
                | '\u{e0000}'..='\u{e0fff}'
                | '\u{f0000}'..='\u{10ffff}'
        )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escape_sequences_and_direction_marks_become_visible() {
        assert_eq!(sanitize("\u{1b}[2Jgone"), "\\u{1b}[2Jgone");
        assert_eq!(sanitize("a\u{202e}b\u{2066}c"), "a\\u{202e}b\\u{2066}c");
        assert_eq!(sanitize("line\nline\r\t\u{7}"), "line\\u{a}line\\u{d}\\u{9}\\u{7}");
        assert_eq!(sanitize("\u{9b}31m"), "\\u{9b}31m");
        assert_eq!(sanitize("zero\u{200b}width\u{feff}"), "zero\\u{200b}width\\u{feff}");
    }

    #[test]
    fn commands_of_a_job_s_log_become_visible() {
        assert_eq!(sanitize("a ##[error]b"), "a \\u{23}#[error]b");
        assert_eq!(sanitize("###vso[task.setvariable]x"), "#\\u{23}#vso[task.setvariable]x");
        assert_eq!(sanitize("##teamcity[x]##[y"), "\\u{23}#teamcity[x]\\u{23}#[y");
    }

    #[test]
    fn visible_text_stays_as_it_is() {
        for text in ["", "NUM_OF_VFS", "Größe 日本 ½", "…", "# a ## b[0] #[c]"] {
            assert!(matches!(sanitize(text), Cow::Borrowed(same) if same == text));
        }
    }
}
