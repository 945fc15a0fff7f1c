//! What is told of a catalog, for people.
//!
//! Must not do: look anything up.

use mlx5_schemas::model::report::{CatalogEntry, CatalogIdentity, CatalogReport, EntryKind};

use super::table::{Cell, row, widths};
use super::{Page, Style};

/// Digits of a digest that people compare.
const SHORT_DIGEST: usize = 16;

/// The page of `catalog list`, `show` and `import`.
pub fn catalog(page: &mut Page, report: &CatalogReport) {
    identity(page, &report.catalog);
    let counts = report.counts;
    page.labelled(
        "holds",
        Style::Plain,
        &format!(
            "{} TLVs with {} parameters ({} with a printed name), {} registers with {} fields, {} capability pages \
             with {} fields",
            counts.tlvs,
            counts.parameters,
            counts.named_parameters,
            counts.registers,
            counts.register_fields,
            counts.capabilities,
            counts.capability_fields
        ),
    );
    if let Some(file) = &report.file {
        page.labelled("kept in", Style::Bold, file);
    }
    for note in &report.notes {
        page.labelled("note", Style::Doubt, note);
    }
    let rows: Vec<Vec<Cell>> = report.entries.iter().map(cells).collect();
    let widths = widths(&rows);
    for (entry, cells) in report.entries.iter().zip(&rows) {
        if is_owner(entry) && has_members(report) {
            page.end();
        }
        row(page, if is_owner(entry) { 0 } else { 2 }, &widths, cells);
        for (lead, lines) in [("when ", &entry.conditions), ("releases: ", &entry.releases)] {
            lines.iter().for_each(|line| page.line(Style::Dim, &format!("      {lead}{line}")));
        }
        if !entry.values.is_empty() {
            let values: Vec<String> =
                entry.values.iter().map(|value| format!("{}({})", value.name, value.number)).collect();
            page.line(Style::Plain, &format!("      {}", values.join(", ")));
        }
        if entry.names.len() > 2 {
            page.line(
                Style::Dim,
                &format!("      also {}", entry.names.get(2..).unwrap_or_default().join(", ")),
            );
        }
    }
}

/// The lines that say which catalog was used.
pub fn identity(page: &mut Page, identity: &CatalogIdentity) {
    let short: String = identity.sha256.chars().take(SHORT_DIGEST).collect();
    page.labelled("catalog", Style::Plain, &format!("{} (sha256 {short})", identity.source));
}

fn is_owner(entry: &CatalogEntry) -> bool {
    match entry.kind {
        EntryKind::Tlv | EntryKind::Register | EntryKind::Capability | EntryKind::Gone => true,
        EntryKind::Parameter | EntryKind::Field => false,
    }
}

fn has_members(report: &CatalogReport) -> bool {
    report.entries.iter().any(|entry| !is_owner(entry))
}

/// Path, name, place, and the rest in words.
fn cells(entry: &CatalogEntry) -> Vec<Cell> {
    let place = entry.place.map(|place| {
        let elements = place.elements.map(|count| format!(" x{count}")).unwrap_or_default();
        format!("{}:{}{elements}", place.bit_offset, place.bit_width)
    });
    let style = if is_owner(entry) { Style::Bold } else { Style::Plain };
    vec![
        Cell::new(style, entry.path.clone()),
        Cell::plain(entry.names.first().cloned().unwrap_or_default()),
        Cell::plain(place.unwrap_or_default()),
        Cell::plain(entry.words.join(", ")),
    ]
}
