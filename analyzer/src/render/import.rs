//! What every report says of imported text.
//!
//! Must not do: list a whole text; it names the first lines that were not read, and how many there are.

use mlx5_schemas::model::manifest::ImportedFile;

use super::{Page, Style, number_of};

/// Most unread lines that are named on a page.
const MOST: usize = 10;

/// Lays out where the evidence comes from.
pub(super) fn source(page: &mut Page, files: &[ImportedFile]) {
    for file in files {
        let words = format!(
            "imported text, {}, {}: a claim, sealed by nobody",
            file.format,
            number_of(file.lines, "line", "lines")
        );
        page.labelled("source", Style::Doubt, &words);
        if file.unread == 0 {
            continue;
        }
        page.labelled("unread", Style::Doubt, &number_of(file.unread, "line", "lines"));
        for line in file.unread_lines.iter().take(MOST) {
            page.labelled("", Style::Dim, &format!("line {}: {} ({})", line.line, line.text, line.reason));
        }
        let listed = u64::try_from(file.unread_lines.len().min(MOST)).unwrap_or(u64::MAX);
        let more = file.unread.saturating_sub(listed);
        if more > 0 {
            page.labelled("", Style::Dim, &format!("and {more} more; --format json lists the first 100"));
        }
    }
}
