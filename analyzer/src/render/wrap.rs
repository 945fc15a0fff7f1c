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

/// The text with words that are longer than a line broken apart: for bytes, which are no words.
fn chopped(text: &str, width: usize) -> Vec<String> {
    let safe = sanitize(text);
    let characters: Vec<char> = safe.chars().collect();
    if safe.split_whitespace().all(|word| word.chars().count() <= width) {
        return lines(&safe, width);
    }
    characters.chunks(width.max(1)).map(|chunk| chunk.iter().collect()).collect()
}

impl Page {
    /// A label with its text, in two columns, on as many lines as it takes.
    pub(super) fn wrapped(&mut self, label: &str, style: Style, text: &str) {
        self.indented(0, label, style, text);
    }

    /// A text on as many lines as it takes, each below the other's first word and the further ones two columns further right.
    pub(crate) fn hung(&mut self, style: Style, text: &str) {
        let indent = text.chars().take_while(|character| *character == ' ').count();
        for (place, line) in lines(text, WIDTH.saturating_sub(indent.saturating_add(2))).iter().enumerate() {
            let blanks = if place == 0 { indent } else { indent.saturating_add(2) };
            self.line(style, &format!("{}{line}", " ".repeat(blanks)));
        }
    }

    /// The same, so many columns further right.
    pub(super) fn indented(&mut self, indent: usize, label: &str, style: Style, text: &str) {
        self.columns(indent, label, style, &lines(text, room(indent)));
    }

    /// The same for bytes, which may be broken anywhere.
    pub(super) fn indented_bytes(&mut self, indent: usize, label: &str, style: Style, text: &str) {
        self.columns(indent, label, style, &chopped(text, room(indent)));
    }

    fn columns(&mut self, indent: usize, label: &str, style: Style, lines: &[String]) {
        for (place, line) in lines.iter().enumerate() {
            self.put(Style::Plain, &" ".repeat(indent));
            self.labelled(if place == 0 { label } else { "" }, style, line);
        }
    }
}

/// Columns for text beside a label.
fn room(indent: usize) -> usize {
    WIDTH.saturating_sub(LABEL_WIDTH.saturating_add(indent))
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
        assert_eq!(chopped("abcdefgh ij", 4), ["abcd", "efgh", " ij"]);
        assert_eq!(chopped("00 10", 4), ["00", "10"]);
        assert_eq!(lines("a\u{1b}b", 20), ["a\\u{1b}b"], "made safe before it is measured");
    }
}
