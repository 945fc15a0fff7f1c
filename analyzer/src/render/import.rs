//! What every report says of imported text, and `import` for people.
//!
//! Must not do: list a whole text; it names the first lines that were not read, and how many there are.

use mlx5_schemas::model::manifest::{Device, ImportedArchive, ImportedFile, Source};
use mlx5_schemas::model::report::ImportReport;

use super::table::{Cell, row, widths};
use super::{Page, Style, number_of};

/// Most unread lines of a loose text that are named on a page.
const MOST: usize = 10;
/// Most texts of archives that are named on a page for the lines that were not read.
const MOST_TEXTS: usize = 8;
/// Most texts that `import` lists on a page.
const MOST_ROWS: usize = 60;

/// Lays out where the evidence comes from: a line for each archive, a few for each loose text.
pub(super) fn source(page: &mut Page, files: &[ImportedFile], archives: &[ImportedArchive]) {
    for archive in archives {
        let kind = match archive.kind.as_str() {
            "sos-report" => "sos report",
            "sysinfo-snapshot" => "sysinfo-snapshot",
            other => other,
        };
        let made = archive.made.map(|made| format!(", made {}", made.format("%Y-%m-%d %H:%M UTC")));
        let words = format!(
            "{kind} {}{}, {} of {} read: a claim, sealed by nobody",
            archive.name,
            made.unwrap_or_default(),
            archive.read,
            number_of(archive.entries, "file", "files"),
        );
        page.labelled("source", Style::Doubt, &words);
    }
    for file in files.iter().filter(|file| file.archive.is_none()) {
        let words = format!(
            "imported text, {}, {}: a claim, sealed by nobody",
            file.format,
            number_of(file.lines, "line", "lines")
        );
        page.labelled("source", Style::Doubt, &words);
        unread_lines(page, file);
    }
    unread_texts(page, files);
}

fn unread_lines(page: &mut Page, file: &ImportedFile) {
    if file.unread == 0 {
        return;
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

/// Of texts in archives there are many; those of which most was not read are named.
fn unread_texts(page: &mut Page, files: &[ImportedFile]) {
    let mut unread: Vec<&ImportedFile> =
        files.iter().filter(|file| file.archive.is_some() && file.unread > 0).collect();
    if unread.is_empty() {
        return;
    }
    unread.sort_by_key(|file| std::cmp::Reverse(file.unread));
    let lines = unread.iter().fold(0_u64, |sum, file| sum.saturating_add(file.unread));
    let texts = u64::try_from(unread.len()).unwrap_or(u64::MAX);
    let words =
        format!("{} in {}", number_of(lines, "line", "lines"), number_of(texts, "text", "texts of archives"));
    page.labelled("unread", Style::Doubt, &words);
    for file in unread.iter().take(MOST_TEXTS) {
        let name = file.origin.as_deref().unwrap_or(&file.name);
        page.labelled("", Style::Dim, &format!("{} of {}: {name}", file.unread, file.lines));
    }
    let more = unread.len().saturating_sub(MOST_TEXTS);
    if more > 0 {
        page.labelled(
            "",
            Style::Dim,
            &format!("and {more} more texts; --format json lists them and their lines"),
        );
    }
}

/// Lays out what `import` made.
pub fn import(page: &mut Page, report: &ImportReport) {
    super::bundle(page, &report.bundle);
    let facts = format!(
        "{}, {} without a value",
        number_of(report.facts.known.saturating_add(report.facts.unknown), "fact", "facts"),
        report.facts.unknown
    );
    page.labelled("facts", Style::Plain, &facts);
    for device in &report.devices {
        page.labelled("device", Style::Bold, &device_words(device));
    }
    if report.devices.is_empty() {
        page.labelled("device", Style::Doubt, "none: no text speaks of a ConnectX card");
    }
    texts(page, &report.bundle.source);
    page.end();
    if !report.whole {
        page.line(Style::Doubt, "Something that was wanted is missing; the notes say what.");
    }
    let written = format!("Written: {} bytes, not signed. Nobody saw these texts printed.", report.bytes);
    page.line(Style::Plain, &written);
}

fn device_words(device: &Device) -> String {
    let mut words = device.id.clone();
    for name in device.driver.iter().chain(&device.netdevs).chain(&device.rdma_devices) {
        words = format!("{words} {name}");
    }
    words
}

/// What was read of which text.
fn texts(page: &mut Page, source: &Source) {
    let Source::Imported { files, .. } = source else { return };
    let head = ["lines", "unread", "format", "text"].map(|word| Cell::new(Style::Dim, word));
    let rows = files.iter().take(MOST_ROWS).map(|file| {
        let name = file.origin.as_deref().unwrap_or(&file.name);
        let reduced = if file.reduced { " (in part)" } else { "" };
        let format = if file.format.is_empty() { "not known" } else { &file.format };
        let style = if file.unread > 0 { Style::Doubt } else { Style::Plain };
        vec![
            Cell::plain(file.lines.to_string()),
            Cell::new(style, file.unread.to_string()),
            Cell::plain(format),
            Cell::plain(format!("{name}{reduced}")),
        ]
    });
    let rows: Vec<Vec<Cell>> = std::iter::once(head.to_vec()).chain(rows).collect();
    let widths = widths(&rows);
    page.end();
    for cells in &rows {
        row(page, 0, &widths, cells);
    }
    let more = files.len().saturating_sub(MOST_ROWS);
    if more > 0 {
        page.line(Style::Dim, &format!("and {more} more; --format json lists them"));
    }
}
