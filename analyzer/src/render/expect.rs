//! `expect` for people.
//!
//! Must not do: call something set that was not read.

use mlx5_schemas::model::report::{ExpectReport, ExpectState};

use super::table::{Cell, row, widths};
use super::{Page, Style, number_of};

/// Lays out what `expect` found.
pub fn expect(page: &mut Page, report: &ExpectReport) {
    let style = |state: ExpectState| match state {
        ExpectState::Took => Style::Good,
        ExpectState::Pending | ExpectState::NotSet => Style::Bad,
        ExpectState::Unknown => Style::Doubt,
    };
    let rows: Vec<Vec<Cell>> = report
        .rows
        .iter()
        .map(|one| {
            vec![
                Cell::plain(one.subject.to_string()),
                Cell::plain(format!("{}={}", one.name, one.wanted)),
                Cell::new(style(one.state), one.state.word()),
                Cell::plain(one.words.as_str()),
            ]
        })
        .collect();
    let columns = widths(&rows);
    for cells in &rows {
        row(page, 0, &columns, cells);
    }
    let count = |state: ExpectState| {
        u64::try_from(report.rows.iter().filter(|one| one.state == state).count()).unwrap_or(u64::MAX)
    };
    let words = format!(
        "{} took, {} pending, {} not set, {} unknown; the evidence is {}",
        count(ExpectState::Took),
        count(ExpectState::Pending),
        count(ExpectState::NotSet),
        count(ExpectState::Unknown),
        report.assurance.word()
    );
    page.end();
    page.line(if report.exit_code == 0 { Style::Good } else { Style::Bad }, &words);
    if count(ExpectState::Pending) > 0 {
        let words = number_of(count(ExpectState::Pending), "setting waits", "settings wait");
        page.line(Style::Plain, &format!("{words} for a reset of the device; triage says what applies it"));
    }
}
