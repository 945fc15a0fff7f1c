//! Text that fits a screen of 80 columns.
//!
//! Must not do: cut a word that is a command or an address; such a word makes its line longer.

use super::{LABEL_WIDTH, Page, Style};
use crate::sanitize::sanitize;

/// Columns of the screen.
pub(super) const WIDTH: usize = 80;

/// Breaks text at blanks so that lines have at most `width` characters, but for words that have more.
pub(super) fn lines(text: &str, width: usize) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    let mut line = String::new();
    let mut length: usize = 0;
    for word in sanitize(text).split_whitespace() {
        let own = word.chars().count();
        if length > 0 && length.saturating_add(1).saturating_add(own) > width {
            lines.push(std::mem::take(&mut line));
            length = 0;
        }
        if length > 0 {
            line.push(' ');
            length = length.saturating_add(1);
        }
        line.push_str(word);
        length = length.saturating_add(own);
    }
    if !line.is_empty() || lines.is_empty() {
        lines.push(line);
    }
    lines
}

impl Page {
    /// A label with its text, in two columns, on as many lines as it takes.
    pub(super) fn wrapped(&mut self, label: &str, style: Style, text: &str) {
        for (place, line) in lines(text, WIDTH.saturating_sub(LABEL_WIDTH)).iter().enumerate() {
            self.labelled(if place == 0 { label } else { "" }, style, line);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_fit_and_lose_nothing() {
        let text = "one two three four five six seven eight nine ten";
        for width in 5..60 {
            let broken = lines(text, width);
            assert!(broken.iter().all(|line| line.chars().count() <= width), "{width}");
            assert_eq!(broken.join(" "), text);
        }
        assert_eq!(lines("averyveryverylongword x", 5), ["averyveryverylongword", "x"]);
        assert_eq!(lines("", 5), [""]);
        assert_eq!(lines("a\u{1b}b", 20), ["a\\u{1b}b"], "made safe before it is measured");
    }
}
