//! `known` for people: a list, one issue in full, or what is wrong with a folder.
//!
//! Must not do: leave out where an issue is told.

use mlx5_schemas::model::known_issue::KnownIssue;
use mlx5_schemas::model::report::KnownReport;

use super::table::{Cell, row, widths};
use super::{Page, Style, number_of};

/// Lays out issues: in full where one was asked for; the faults of a folder where it was linted.
pub fn known(page: &mut Page, report: &KnownReport, is_one: bool, is_lint: bool) {
    if is_lint {
        lint(page, report);
        return;
    }
    if is_one {
        report.issues.iter().for_each(|issue| whole(page, issue));
        return;
    }
    let rows: Vec<Vec<Cell>> = report
        .issues
        .iter()
        .map(|issue| {
            vec![
                Cell::plain(issue.id.as_str()),
                Cell::plain(issue.kind.word()),
                Cell::plain(issue.sure.word()),
                Cell::plain(issue.title.as_str()),
            ]
        })
        .collect();
    let columns = widths(&rows);
    for cells in &rows {
        row(page, 0, &columns, cells);
    }
}

fn lint(page: &mut Page, report: &KnownReport) {
    for fault in &report.faults {
        page.line(Style::Bad, fault);
    }
    let wide = |count: usize| u64::try_from(count).unwrap_or(u64::MAX);
    let words = format!(
        "{}, {}",
        number_of(wide(report.issues.len()), "issue", "issues"),
        number_of(wide(report.faults.len()), "fault", "faults")
    );
    page.line(if report.faults.is_empty() { Style::Good } else { Style::Bad }, &words);
}

fn whole(page: &mut Page, issue: &KnownIssue) {
    page.line(Style::Bold, &format!("{}: {}", issue.id, issue.title));
    page.wrapped("kind", Style::Plain, issue.kind.word());
    page.wrapped("sure", Style::Plain, issue.sure.word());
    page.wrapped("what", Style::Plain, &issue.text);
    page.wrapped("remedy", Style::Plain, &issue.remedy);
    for reference in &issue.references {
        page.wrapped("told in", Style::Plain, &reference.title);
        if let Some(url) = &reference.url {
            page.wrapped("", Style::Plain, url);
        }
    }
    if let Ok(when) = serde_json::to_string(&issue.when) {
        page.wrapped("when", Style::Dim, &when);
    }
}
