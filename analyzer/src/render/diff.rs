//! `diff` for people.
//!
//! Must not do: leave out changes that do not count without saying how many.

use mlx5_schemas::model::fact::Knowledge;
use mlx5_schemas::model::report::{Change, ContextRow, DiffReport, MatchedBy};

use super::table::{Cell, row, widths};
use super::{Page, Style, number_of};

/// Lays out what `diff` found.
pub fn diff(page: &mut Page, report: &DiffReport) {
    page.labelled("left", Style::Bold, &format!("{} ({})", report.left.file, report.left.id));
    page.labelled("right", Style::Bold, &format!("{} ({})", report.right.file, report.right.id));
    for pair in &report.devices {
        match (&pair.left, &pair.right, pair.by) {
            (Some(left), Some(right), MatchedBy::Kind) => page.labelled(
                "device",
                Style::Plain,
                &format!("{left} is compared with {right}: the only ones of their PSID and PCI device"),
            ),
            (Some(left), Some(right), MatchedBy::Only) => page.labelled(
                "device",
                Style::Doubt,
                &format!("{left} is compared with {right}: the only ones; a text does not say which device it is about"),
            ),
            (Some(left), None, _) => {
                page.labelled("device", Style::Bad, &format!("{left} is on the left only"))
            }
            (None, Some(right), _) => {
                page.labelled("device", Style::Bad, &format!("{right} is on the right only"))
            }
            (_, _, _) => {}
        }
    }
    context(page, report);
    // What the context tells is not told again. A row that is alike on both sides tells no change: another source of
    // the same thing may have changed all the same.
    let is_told = |change: &Change| report.context.iter().any(|row| row.differs && row.tells(change));
    let counted: Vec<&Change> =
        report.changes.iter().filter(|change| !change.volatile && !is_told(change)).collect();
    let mut subject = None;
    let rows: Vec<Vec<Cell>> = counted.iter().map(|change| cells(change)).collect();
    let columns = widths(&rows);
    for (cells, change) in rows.iter().zip(&counted) {
        if subject != Some(&change.subject) {
            page.end();
            page.line(Style::Bold, &change.subject.to_string());
            subject = Some(&change.subject);
        }
        row(page, 2, &columns, cells);
    }
    page.end();
    let volatile: Vec<&str> =
        report.changes.iter().filter(|change| change.volatile).map(|change| change.name.as_str()).collect();
    if !volatile.is_empty() {
        let words = format!("not counted, since it changes by itself: {}", volatile.join(", "));
        page.line(Style::Dim, &words);
    }
    if report.equal_members > 0 {
        let words = number_of(
            report.equal_members,
            "transcript is equal byte for byte and was not decoded",
            "transcripts are equal byte for byte and were not decoded",
        );
        page.line(Style::Dim, &words);
    }
    if report.not_compared > 0 {
        let words = number_of(
            report.not_compared,
            "fact was not compared: one side does not say it",
            "facts were not compared: one side does not say them",
        );
        page.line(Style::Doubt, &words);
    }
    let unmatched = wide(report.devices.iter().filter(|pair| pair.by == MatchedBy::Nothing).count());
    let around = wide(report.context.iter().filter(|row| row.differs).count());
    if report.compared == Some(0) && around == 0 {
        let words = match report.context.iter().any(|row| row.left.is_some() && row.right.is_some()) {
            true => "nothing was compared but what stands around the configuration",
            false => "nothing was compared: neither says what the other says",
        };
        page.line(Style::Doubt, words);
    } else if report.same {
        let words = if report.not_compared > 0 { "same, as far as the text goes" } else { "same" };
        page.line(Style::Good, words);
    } else {
        page.line(
            Style::Bad,
            &format!(
                "different: {}, {} without a partner",
                number_of(wide(counted.len()).saturating_add(around), "fact", "facts"),
                number_of(unmatched, "device", "devices")
            ),
        );
    }
}

/// Kernel, driver, firmware and command line come before configuration; what does not differ is one line.
fn context(page: &mut Page, report: &DiffReport) {
    let differing: Vec<&ContextRow> = report.context.iter().filter(|row| row.differs).collect();
    if !differing.is_empty() {
        page.end();
        page.line(Style::Bold, "around the configuration");
    }
    let rows: Vec<Vec<Cell>> = differing
        .iter()
        .map(|row| {
            let said = |text: &Option<String>| text.clone().unwrap_or_default();
            vec![
                Cell::plain(row.what.as_str()),
                Cell::plain(row.subject.device().unwrap_or_default()),
                Cell::new(Style::Bad, said(&row.left)),
                Cell::plain("→"),
                Cell::new(Style::Good, said(&row.right)),
            ]
        })
        .collect();
    let columns = widths(&rows);
    for cells in &rows {
        row(page, 2, &columns, cells);
    }
    let both = |row: &&ContextRow| row.left.is_some() && row.right.is_some();
    let same: Vec<&str> = unique(report.context.iter().filter(|row| !row.differs).filter(both));
    if !same.is_empty() {
        page.line(Style::Dim, &format!("the same around it: {}", same.join(", ")));
    }
    let one: Vec<&str> = unique(report.context.iter().filter(|row| !both(row)));
    if !one.is_empty() {
        page.line(Style::Dim, &format!("said by one side only: {}", one.join(", ")));
    }
}

fn unique<'a>(rows: impl Iterator<Item = &'a ContextRow>) -> Vec<&'a str> {
    let mut names: Vec<&str> = Vec::new();
    for row in rows {
        if !names.contains(&row.what.as_str()) {
            names.push(&row.what);
        }
    }
    names
}

fn wide(count: usize) -> u64 {
    u64::try_from(count).unwrap_or(u64::MAX)
}

fn cells(change: &Change) -> Vec<Cell> {
    vec![
        Cell::plain(change.name.as_str()),
        Cell::plain(change.view.map(|view| view.word()).unwrap_or_default()),
        Cell::new(Style::Bad, side(change.left.as_ref())),
        Cell::plain("→"),
        Cell::new(Style::Good, side(change.right.as_ref())),
    ]
}

fn side(knowledge: Option<&Knowledge>) -> String {
    match knowledge {
        Some(Knowledge::Known { value }) => value.to_string(),
        Some(Knowledge::Unknown { status, reason }) => format!("{status}: {reason}"),
        None => "no such fact".to_owned(),
    }
}
