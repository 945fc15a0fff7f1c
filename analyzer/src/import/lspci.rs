//! What `lspci` prints, from the plain list to `-nnvvv` with `-x`.
//!
//! Only functions that the tool (by vendor name or number) or their configuration space calls the vendor's network
//! functions become devices; all others are understood and say nothing. Must not do: take a function's details for
//! another's: what stands before the first heading belongs to nobody.

mod configuration;
mod fields;
mod heading;

use mlx5_schemas::catalog::Catalog;

use super::kernel_view::{View, indentation, is_prompt, is_wrapped, joined, typed};
use super::reading::Reading;
use super::text::Text;
use fields::Fields;
use heading::Heading;

/// Whether a text holds such output.
pub(crate) fn finds(text: &Text<'_>) -> bool {
    text.lines.iter().any(|line| Heading::of(line.text.trim()).is_some())
}

/// Reads it.
pub(crate) fn read(text: &Text<'_>, _catalog: &Catalog, reading: &mut Reading<'_>) {
    let mut view = View { text, reading };
    let mut function: Option<Fields> = None;
    let mut index = 0;
    while index < text.lines.len() {
        let line = text.line(index);
        let said = line.trim();
        let mut last = index;
        if said.is_empty() {
            // Mail doubles blank lines: a blank line alone ends nothing.
        } else if typed(said, "lspci").is_some() {
            view.understand((index, index));
            function = None;
        } else if Heading::of(said).is_some() {
            let margin = indentation(line);
            let (whole, end) = unwrapped(text, index, margin.saturating_add(1));
            last = end;
            function =
                Heading::of(&whole).map(|heading| fields::begin(&mut view, &heading, margin, (index, last)));
        } else if let Some(row) = configuration::row(said) {
            if let Some(function) = &mut function {
                configuration::read(&mut view, function, &row, index);
            }
        } else if function
            .as_ref()
            .map_or(fields::is_field(said), |function| indentation(line) > function.margin)
        {
            let (whole, end) = unwrapped(text, index, indentation(line));
            last = end;
            match &mut function {
                Some(function) => fields::read(&mut view, function, &whole, (index, last)),
                None => (index..=last).for_each(|line| {
                    view.reading.cannot_read(line, "the line that names its function is not in the text");
                }),
            }
        } else {
            function = None;
        }
        index = last.saturating_add(1);
    }
}

/// A line with what mail wrapped of it, and its last line. What mail wraps begins at the margin: with fewer than
/// `blanks`; what lspci sets in is a line of its own.
fn unwrapped(text: &Text<'_>, start: usize, blanks: usize) -> (String, usize) {
    let first = text.line(start);
    let (mut whole, mut last) = (first.trim().to_owned(), start);
    for index in start.saturating_add(1)..start.saturating_add(MAX_WRAPPED) {
        let line = text.line(index);
        let said = line.trim();
        let is_next = said.is_empty()
            || Heading::of(said).is_some()
            || configuration::row(said).is_some()
            || fields::is_field(said)
            || is_prompt(said);
        if is_next || indentation(line) >= blanks || !is_wrapped(text, last) {
            break;
        }
        whole = joined(&whole, said);
        last = index;
    }
    (whole, last)
}

/// Most lines that mail makes of one.
const MAX_WRAPPED: usize = 6;
