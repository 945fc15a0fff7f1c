//! The taint that the kernel prints with its account of trouble: `Tainted: G        W  OE     6.1.0 #1`, `Not tainted`,
//! and in words `Tainted: [W]=WARN, [O]=OOT_MODULE` (`kernel/panic.c`, `print_tainted`).
//!
//! Each kernel has its own number of columns, mail takes blanks away, and distributions put other marks behind. Must not
//! do: conclude from a letter that is not there.

use mlx5_schemas::decode::host::LETTERS;

/// Stands for the first letter where no proprietary module was loaded.
const GPL: char = 'G';

/// What a line says of taint.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Taint {
    /// `Not tainted`.
    Not,
    /// Letters in one column each.
    Letters {
        /// The letters of bits that are set, in order.
        set: Vec<char>,
        /// The letters as they are printed, `G W OE`.
        printed: String,
        /// Whether something stands behind that shows their end.
        is_whole: bool,
    },
    /// Letters with their words.
    Words(Vec<char>),
}

/// Whether a line is one of the kernel's with its taint.
pub(super) fn is_line(line: &str) -> bool {
    (line.starts_with("CPU: ") && line.contains("ainted")) || line.starts_with("Tainted: [")
}

/// The taint that a message tells.
pub(super) fn taint(said: &str) -> Option<Taint> {
    if !is_line(said) {
        return None;
    }
    if said.contains(" Not tainted") {
        return Some(Taint::Not);
    }
    let (_, rest) = said.split_once("Tainted: ")?;
    if rest.starts_with('[') {
        return words(rest);
    }
    let (mut set, mut printed) = (Vec::new(), Vec::new());
    let mut place = None;
    let mut is_whole = false;
    for word in rest.split([' ', '\u{fffd}']).filter(|word| !word.is_empty()) {
        let Some(next) = in_order(word, place) else {
            is_whole = true;
            break;
        };
        place = Some(next);
        printed.push(word);
        set.extend(word.chars().filter(|letter| *letter != GPL));
    }
    (!printed.is_empty()).then(|| Taint::Letters { set, printed: printed.join(" "), is_whole })
}

/// The place of a word's last letter, where all its letters come in the kernel's order behind `before`. A release's name
/// or a distribution's mark does not.
fn in_order(word: &str, before: Option<usize>) -> Option<usize> {
    let mut place = before;
    for letter in word.chars() {
        let next = if letter == GPL { Some(0) } else { LETTERS.iter().position(|known| *known == letter) }?;
        if place.is_some_and(|place| place >= next) {
            return None;
        }
        place = Some(next);
    }
    place
}

/// `[W]=WARN, [O]=OOT_MODULE`.
fn words(rest: &str) -> Option<Taint> {
    let mut set = Vec::new();
    for part in rest.split(", ") {
        let mut letters = part.strip_prefix('[')?.chars();
        let letter = letters.next().filter(|letter| LETTERS.contains(letter))?;
        if !letters.as_str().starts_with("]=") {
            return None;
        }
        set.push(letter);
    }
    (!set.is_empty()).then_some(Taint::Words(set))
}
