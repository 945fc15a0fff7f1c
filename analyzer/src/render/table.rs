//! Columns.
//!
//! Must not do: cut cells; the last column may be as long as it is.

use super::{Page, Style};

/// One cell.
#[derive(Debug, Clone)]
pub(super) struct Cell {
    pub(super) style: Style,
    pub(super) text: String,
}

impl Cell {
    pub(super) fn new(style: Style, text: impl Into<String>) -> Self {
        Self { style, text: text.into() }
    }

    pub(super) fn plain(text: impl Into<String>) -> Self {
        Self::new(Style::Plain, text)
    }
}

/// Widest that a column is made for the sake of its longest cells; longer ones shift what follows them.
const MAX_WIDTH: usize = 40;

/// Width of each column over some rows.
pub(super) fn widths<'a>(rows: impl IntoIterator<Item = &'a Vec<Cell>>) -> Vec<usize> {
    let mut widths: Vec<usize> = Vec::new();
    for row in rows {
        if widths.len() < row.len() {
            widths.resize(row.len(), 0);
        }
        for (width, cell) in widths.iter_mut().zip(row) {
            *width = (*width).max(length(&cell.text).min(MAX_WIDTH));
        }
    }
    widths
}

/// Writes a row, indented.
pub(super) fn row(page: &mut Page, indent: usize, widths: &[usize], cells: &[Cell]) {
    page.put(Style::Plain, &" ".repeat(indent));
    for (place, cell) in cells.iter().enumerate() {
        page.put(cell.style, &cell.text);
        if place.saturating_add(1) < cells.len() {
            let width = widths.get(place).copied().unwrap_or_default();
            let blanks = width.saturating_sub(length(&cell.text)).saturating_add(2);
            page.put(Style::Plain, &" ".repeat(blanks));
        }
    }
    page.end();
}

/// Characters as they are printed.
fn length(text: &str) -> usize {
    crate::sanitize::sanitize(text).chars().count()
}
