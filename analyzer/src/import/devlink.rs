//! What `devlink` prints: `dev info`, `dev param show`, `dev eswitch show`, `port show`, `health show`, as text and as
//! JSON (`-j`, `-jp`).
//!
//! Formats: `devlink/devlink.c` of iproute2. Paths are those of the kernel's own answers (see
//! `mlx5_schemas::decode::host::devlink`). Must not do: take an interface of another driver for a card.

mod facts;
mod json;
mod lines;

use mlx5_schemas::catalog::Catalog;

use super::kernel_view::{View, typed};
use super::reading::Reading;
use super::text::Text;

/// Whether a text holds such output.
pub(crate) fn finds(text: &Text<'_>) -> bool {
    text.lines.iter().any(|line| {
        let line = line.text.trim();
        facts::Place::of(line.split(' ').next().unwrap_or_default().trim_end_matches(':')).is_some()
            || json::begins(line) && line.contains("\"pci/")
            || line.starts_with("\"pci/")
            || line.starts_with("\"auxiliary/")
    })
}

/// Reads it.
pub(crate) fn read(text: &Text<'_>, _catalog: &Catalog, reading: &mut Reading<'_>) {
    let mut view = View { text, reading };
    let mut lines = lines::Lines::default();
    if let Some(words) = &text.origin.command {
        lines.command(&words.iter().skip(1).map(String::as_str).collect::<Vec<_>>());
    }
    let mut index = 0;
    while index < text.lines.len() {
        let line = text.line(index);
        let after = if json::begins(line) {
            json::read(&mut view, index)
        } else if let Some(words) = typed(line, "devlink") {
            lines.command(&words);
            view.understand((index, index));
            None
        } else {
            lines.read(&mut view, index);
            None
        };
        index = after.unwrap_or(0).max(index.saturating_add(1));
    }
}
