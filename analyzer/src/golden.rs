//! The exported text: facts in a canonical form that is made to be committed to git and compared with `diff`.
//!
//! One fact a line, sorted; no times, no host names, nothing that changes by itself unless asked for; what was not read
//! is a line too, so that a gap shows in a review. `docs/diff.md` has the grammar. [`write`](fn@write) writes it,
//! `import` reads it like any other text.
//!
//! Must not do: write what depends on when or where it was written.

mod grammar;
mod header;
mod write;

pub(crate) use grammar::{FactLine, Label, Line, Said, fact_line, parse_line};
pub use header::GoldenError;
pub(crate) use header::{is_golden, selections_of, told_of};
pub use write::{Exported, write};

/// First word of the text.
pub(crate) const FORMAT: &str = "mlx5-facts";
/// The version of the form that is written and read.
pub(crate) const VERSION: &str = "1";
/// What stands between a path and the number of a fact, where several have that path.
const NUMBER: char = '~';

/// The path of the fact of a number, from 0, among those of one path.
fn numbered(path: &str, number: usize) -> String {
    match number {
        0 => path.to_owned(),
        number => format!("{path}{NUMBER}{}", number.saturating_add(1)),
    }
}

/// The path and the number, from 0.
pub(crate) fn unnumbered(path: &str) -> (&str, usize) {
    let number = path.rsplit_once(NUMBER).and_then(|(path, number)| {
        let number: usize = number.parse().ok()?;
        Some((path, number.checked_sub(1)?))
    });
    number.unwrap_or((path, 0))
}
