//! `diff` for people.
//!
//! Must not do: leave out changes that do not count, or facts that were not compared, without saying how many.

mod pairs;
mod rows;

use std::collections::BTreeSet;

use mlx5_schemas::model::report::{
    Change, ChangeGroup, ChangeKind, ContextRow, DiffOutcome, DiffReport, DiffSelection, GroupCounts,
    MatchedBy,
};

use super::{Page, Style, number_of, wrap};
use rows::Row;

/// Most names of facts that change by themselves.
const MOST_VOLATILE: usize = 6;
/// Most rows about what was not read.
const MOST_GAPS: usize = 12;

/// Lays out what `diff` found.
pub fn diff(page: &mut Page, report: &DiffReport) {
    page.labelled("left", Style::Bold, &format!("{} ({})", report.left.file, report.left.id));
    page.labelled("right", Style::Bold, &format!("{} ({})", report.right.file, report.right.id));
    for selection in &report.selections {
        let words = selected(selection);
        if !words.is_empty() {
            page.wrapped("compared", Style::Plain, &words);
        }
    }
    pairs::pairs(page, &report.devices);
    context(page, report);
    for group in ChangeGroup::ALL {
        changes(page, report, group);
    }
    gaps(page, report);
    notes(page, report);
    summary(page, report);
}

/// Lays out a unified diff; what could not be compared stands behind it, as comments.
pub fn unified(page: &mut Page, text: &str, report: &DiffReport) {
    for line in text.lines() {
        let style = match line.as_bytes().first() {
            Some(b'-') => Style::Bad,
            Some(b'+') => Style::Good,
            Some(b'@') => Style::Dim,
            Some(_) | None => Style::Plain,
        };
        page.line(style, line);
    }
    let mut words = Page::new(false);
    notes(&mut words, report);
    summary(&mut words, report);
    for line in words.into_text().lines().filter(|line| !line.is_empty()) {
        page.line(Style::Dim, &format!("# {line}"));
    }
}

/// What was asked to be compared.
fn selected(selection: &DiffSelection) -> String {
    let mut words = Vec::new();
    if let Some(view) = selection.view {
        words.push(format!("NV configuration, view {}", view.word()));
    }
    if !selection.only.is_empty() {
        words.push(format!("only {}", selection.only.join(", ")));
    }
    if !selection.ignore.is_empty() {
        words.push(format!("without {}", selection.ignore.join(", ")));
    }
    words.join("; ")
}

/// What the context tells is not told again. A row that is alike on both sides tells no change: another source of the
/// same thing may have changed all the same.
fn is_told(report: &DiffReport, change: &Change) -> bool {
    report.context.iter().any(|row| row.counts() && row.tells(change))
}

/// Changes of a group that are shown in the order of subjects.
fn changes(page: &mut Page, report: &DiffReport, group: ChangeGroup) {
    let shown: Vec<&Change> = report
        .changes
        .iter()
        .filter(|change| change.group == group && !change.is_beside() && !is_told(report, change))
        .collect();
    if shown.is_empty() {
        return;
    }
    page.end();
    let of = |kind: ChangeKind| wide(shown.iter().filter(|change| change.kind == kind).count());
    page.line(Style::Bold, &format!("{}: {}", group.words(), kinds(of)));
    let (mut rest, mut hidden) = (shown.as_slice(), 0);
    while let Some(first) = rest.first() {
        let end = rest.iter().position(|change| change.subject != first.subject).unwrap_or(rest.len());
        let (own, others) = rest.split_at_checked(end).unwrap_or((rest, &[]));
        rest = others;
        page.line(Style::Plain, &format!("  {}", first.subject));
        let folded = rows::fold(own);
        hidden += folded.hidden;
        rows::put(page, 4, &folded.rows);
    }
    if hidden > 0 {
        let words = number_of(hidden, "row of bytes says", "rows of bytes say");
        page.line(Style::Dim, &format!("  {words} the same as the parameters above; --format json has them"));
    }
}

/// `3 changed, 1 added`.
fn kinds(of: impl Fn(ChangeKind) -> u64) -> String {
    let words = ChangeKind::ALL.into_iter().map(|kind| (of(kind), kind.word()));
    let words: Vec<String> =
        words.filter(|(count, _)| *count > 0).map(|(count, word)| format!("{count} {word}")).collect();
    words.join(", ")
}

/// Kernel, driver, firmware and command line come before configuration; what does not differ is one line.
fn context(page: &mut Page, report: &DiffReport) {
    for (aside, heading) in [
        (false, "around the configuration"),
        (true, "around the configuration, told beside what was compared; it does not count"),
    ] {
        let differing: Vec<Row> = report
            .context
            .iter()
            .filter(|row| row.differs && row.aside == aside)
            .map(|row| {
                let said = |text: &Option<String>| text.clone().unwrap_or_default();
                Row {
                    name: row.what.clone(),
                    beside: row.subject.device().unwrap_or_default().to_owned(),
                    sides: Some((said(&row.left), said(&row.right))),
                    note: String::new(),
                }
            })
            .collect();
        if !differing.is_empty() {
            page.end();
            page.line(Style::Bold, heading);
            rows::put(page, 2, &differing);
        }
    }
    let both = |row: &&ContextRow| row.left.is_some() && row.right.is_some();
    let same: Vec<&str> = unique(report.context.iter().filter(|row| !row.differs).filter(both));
    if !same.is_empty() {
        dim(page, &format!("the same around it: {}", same.join(", ")));
    }
    let one: Vec<&str> = unique(report.context.iter().filter(|row| !both(row)));
    if !one.is_empty() {
        dim(page, &format!("said by one side only: {}", one.join(", ")));
    }
}

fn dim(page: &mut Page, words: &str) {
    for line in wrap::lines(words, wrap::WIDTH) {
        page.line(Style::Dim, &line);
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

/// What one side says and the other did not read: place by place.
fn gaps(page: &mut Page, report: &DiffReport) {
    if report.gaps.is_empty() {
        return;
    }
    page.end();
    let facts = number_of(wide(report.gaps.len()), "fact that one side says", "facts that one side says");
    page.line(Style::Doubt, &format!("not compared: {facts} and the other did not read"));
    let rows = rows::gaps(&report.gaps);
    let shown = rows.get(..MOST_GAPS).unwrap_or(&rows);
    rows::put(page, 2, shown);
    let more = rows.len().saturating_sub(shown.len());
    if more > 0 {
        let words = number_of(wide(more), "more place", "more places");
        page.line(Style::Dim, &format!("  {words}; --format json has them all"));
    }
}

/// What does not count, by number.
fn notes(page: &mut Page, report: &DiffReport) {
    page.end();
    let volatile: Vec<&Change> = report.changes.iter().filter(|change| change.volatile).collect();
    if report.selections.first().is_some_and(|selection| selection.volatile) && !volatile.is_empty() {
        page.line(Style::Dim, "changes by itself, and does not count");
        let folded = rows::fold(&volatile);
        rows::put(page, 2, &folded.rows);
    } else if !volatile.is_empty() {
        let names: Vec<&str> =
            volatile.iter().take(MOST_VOLATILE).map(|change| change.name.as_str()).collect();
        let more = match volatile.len().saturating_sub(names.len()) {
            0 => String::new(),
            more => format!(" and {more} more (--volatile lists them)"),
        };
        dim(page, &format!("not counted, since it changes by itself: {}{more}", names.join(", ")));
    }
    let own: BTreeSet<&str> =
        report.changes.iter().filter(|change| change.identity).map(|change| change.name.as_str()).collect();
    if !own.is_empty() {
        let names: Vec<&str> = own.iter().take(MOST_VOLATILE).copied().collect();
        let more = match own.len().saturating_sub(names.len()) {
            0 => String::new(),
            more => format!(" and {more} more"),
        };
        dim(page, &format!("not counted, since it names another card: {}{more}", names.join(", ")));
    }
    if report.equal_members > 0 {
        let words = "transcript is equal byte for byte";
        dim(page, &number_of(report.equal_members, words, "transcripts are equal byte for byte"));
    }
    let silent = report.not_compared.saturating_sub(wide(report.gaps.len()));
    if silent > 0 {
        let words = number_of(
            silent,
            "fact was not compared: one side does not say it",
            "facts were not compared: one side does not say them",
        );
        page.line(Style::Doubt, &words);
    }
    if report.unread_by_both > 0 {
        let words = number_of(
            report.unread_by_both,
            "fact was read on neither side",
            "facts were read on neither side",
        );
        page.line(Style::Doubt, &words);
    }
}

/// The last line: the outcome with its numbers.
fn summary(page: &mut Page, report: &DiffReport) {
    let unmatched = wide(report.devices.iter().filter(|pair| pair.by == MatchedBy::Nothing).count());
    let devices = number_of(unmatched, "device without a partner", "devices without a partner");
    let around = wide(report.context.iter().filter(|row| row.counts()).count());
    let counted: Vec<&Change> =
        report.changes.iter().filter(|change| change.counts() && !is_told(report, change)).collect();
    match report.outcome {
        DiffOutcome::Same if report.not_compared > 0 => {
            page.line(Style::Good, "same, as far as the text goes")
        }
        DiffOutcome::Same => page.line(Style::Good, "same"),
        DiffOutcome::Different => {
            let facts = number_of(wide(counted.len()).saturating_add(around), "fact", "facts");
            let groups: Vec<String> = report.groups.iter().filter_map(in_group).collect();
            let devices = if unmatched > 0 { format!(", {devices}") } else { String::new() };
            let groups = if groups.is_empty() { String::new() } else { format!(" ({})", groups.join("; ")) };
            for line in wrap::lines(&format!("different: {facts}{devices}{groups}"), wrap::WIDTH) {
                page.line(Style::Bad, &line);
            }
        }
        DiffOutcome::Undecided => {
            let mut why = Vec::new();
            if unmatched > 0 {
                why.push(format!("{devices}; --pair LEFT=RIGHT says which is which"));
            }
            if !report.gaps.is_empty() {
                let facts = number_of(wide(report.gaps.len()), "fact", "facts");
                why.push(format!("{facts} not read on one side"));
            }
            if report.compared == Some(0) {
                why.push(match report.context.iter().any(|row| row.left.is_some() && row.right.is_some()) {
                    true => "nothing was compared but what stands around the configuration".to_owned(),
                    false => "nothing was compared: neither says what the other says".to_owned(),
                });
            }
            for line in wrap::lines(&format!("cannot say: {}", why.join("; ")), wrap::WIDTH) {
                page.line(Style::Doubt, &line);
            }
        }
    }
}

/// `NV configuration: 3 changed`.
fn in_group(counts: &GroupCounts) -> Option<String> {
    let of = |kind| match kind {
        ChangeKind::Changed => counts.changed,
        ChangeKind::ReRanged => counts.re_ranged,
        ChangeKind::Added => counts.added,
        ChangeKind::Removed => counts.removed,
        ChangeKind::Renamed => 0,
    };
    let words = kinds(of);
    (!words.is_empty()).then(|| format!("{}: {words}", counts.group.words()))
}

fn wide(count: usize) -> u64 {
    u64::try_from(count).unwrap_or(u64::MAX)
}
