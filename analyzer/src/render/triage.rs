//! `triage` for people: a screen of 24 lines and 80 columns per card, where that is enough.
//!
//! Must not do: leave something out without saying how much, or hide that something was not told.

use mlx5_schemas::model::fact::{Evidence, Route};
use mlx5_schemas::model::known_issue::{IssueKind, Match};
use mlx5_schemas::model::manifest::Source;
use mlx5_schemas::model::report::{
    BundleIdentity, CardTriage, HostTriage, IssueFound, Statement, Tone, Topic, TriageReport,
};

use super::{Page, Style, number_of, place};
use crate::case::Case;

/// Most known issues on a card's screen.
const MOST_ISSUES: usize = 3;
/// Most characters of a remedy on a screen; `known show` has all of it.
const REMEDY: usize = 130;
/// Most words about the evidence as a whole on a screen.
const MOST_NOTES: usize = 2;
/// Most places that are named behind a statement.
const MOST_PLACES: usize = 3;

/// Lays out what `triage` found; the cases are those of its hosts, in the same order.
pub fn triage(page: &mut Page, report: &TriageReport, cases: &[Case], evidence: bool) {
    for (number, (host, case)) in report.hosts.iter().zip(cases).enumerate() {
        if number > 0 {
            page.end();
        }
        let shown = evidence.then_some(case);
        head(page, host);
        statements(page, &host.host, shown);
        for card in &host.cards {
            page.end();
            one_card(page, card, shown);
        }
        if host.cards.is_empty() {
            page.end();
            page.line(Style::Doubt, "no card is named in what was given");
        }
    }
}

fn head(page: &mut Page, host: &HostTriage) {
    page.wrapped("from", Style::Bold, &host.bundle.file);
    page.wrapped("carries", Style::Doubt, &carries(host));
    let unread = unread(&host.bundle);
    if unread > 0 {
        let words = format!(
            "{}; show FILE names them",
            number_of(unread, "line was not read", "lines were not read")
        );
        page.wrapped("unread", Style::Doubt, &words);
    }
    let notes = &host.bundle.notes;
    for note in notes.iter().take(MOST_NOTES) {
        page.wrapped("note", Style::Doubt, note);
    }
    if notes.len() > MOST_NOTES {
        let words = format!("and {} more; show FILE prints them", notes.len().saturating_sub(MOST_NOTES));
        page.wrapped("note", Style::Dim, &words);
    }
}

/// Assurance and route, once.
fn carries(host: &HostTriage) -> String {
    let how = match &host.bundle.source {
        Source::Imported { .. } => "text that somebody handed over, sealed by nobody".to_owned(),
        Source::Live => {
            let ways: Vec<&str> = host.routes.iter().map(|route| way(*route)).collect();
            format!("collected on the running host {}", ways.join(" and "))
        }
        Source::Simulated { .. } => "simulated cards".to_owned(),
        Source::AlternateRoot { .. } => "files below another root".to_owned(),
    };
    format!("{}: {how}", host.assurance.word())
}

fn way(route: Route) -> &'static str {
    match route {
        Route::Fwctl => "from firmware, over fwctl",
        Route::VendorTool => "by the vendor's tools",
        Route::Kernel => "by what the kernel tells",
        Route::Simulated | Route::AlternateRoot | Route::Imported => "at second hand",
    }
}

fn unread(bundle: &BundleIdentity) -> u64 {
    match &bundle.source {
        Source::Imported { files, .. } => {
            files.iter().filter(|file| file.archive.is_none()).map(|file| file.unread).sum()
        }
        Source::Live | Source::Simulated { .. } | Source::AlternateRoot { .. } => 0,
    }
}

fn one_card(page: &mut Page, card: &CardTriage, shown: Option<&Case>) {
    let mut title = names(&card.functions);
    let virtuals = u64::try_from(card.virtual_functions.len()).unwrap_or(u64::MAX);
    if virtuals > 0 {
        title = format!("{title} and {}", number_of(virtuals, "virtual function", "virtual functions"));
    }
    page.line(Style::Bold, &title);
    statements(page, &card.statements, shown);
    for (number, issue) in card.issues.iter().take(MOST_ISSUES).enumerate() {
        known(page, issue, number == 0, shown);
    }
    let more = card.issues.len().saturating_sub(MOST_ISSUES);
    if more > 0 {
        let more = number_of(u64::try_from(more).unwrap_or(u64::MAX), "known issue", "known issues");
        page.wrapped("", Style::Dim, &format!("and {more} more; --format json has all"));
    }
    for (number, ask) in card.asks.iter().enumerate() {
        let label = if number == 0 { "ask for" } else { "" };
        page.labelled(label, Style::Bold, &ask.command);
    }
}

/// `0000:05:00.0 .1`: the functions of one slot.
fn names(ids: &[String]) -> String {
    let first = ids.first().cloned().unwrap_or_default();
    let others: Vec<String> = ids
        .iter()
        .skip(1)
        .map(|id| id.rsplit_once('.').map_or_else(|| id.clone(), |(_, function)| format!(".{function}")))
        .collect();
    if others.is_empty() { first } else { format!("{first} {}", others.join(" ")) }
}

fn statements(page: &mut Page, statements: &[Statement], shown: Option<&Case>) {
    let mut last: Option<Topic> = None;
    for statement in statements.iter().filter(|one| one.tone != Tone::Unknown) {
        let label = if last == Some(statement.topic) { "" } else { statement.topic.word() };
        last = Some(statement.topic);
        let style = if statement.tone == Tone::Attention { Style::Doubt } else { Style::Plain };
        page.wrapped(label, style, &statement.words);
        evidence(page, &statement.evidence, shown);
    }
    let unknown: Vec<&str> =
        statements.iter().filter(|one| one.tone == Tone::Unknown).map(|one| one.words.as_str()).collect();
    if !unknown.is_empty() {
        page.wrapped("not told", Style::Doubt, &unknown.join(", "));
    }
}

/// One known issue; what to do is said of the first, of the others by `known show`.
fn known(page: &mut Page, issue: &IssueFound, is_first: bool, shown: Option<&Case>) {
    let (word, style) = match issue.matched {
        Match::Matches => (issue.sure.word().to_owned(), Style::Bad),
        Match::Possible => (format!("possible, not told: {}", issue.missing.join(", ")), Style::Doubt),
        Match::No => return,
    };
    let style = if issue.kind == IssueKind::Advice { Style::Plain } else { style };
    page.wrapped(
        if is_first { "known" } else { "" },
        style,
        &format!("{} [{}] ({word})", issue.title, issue.id),
    );
    if issue.matched == Match::Possible || !is_first {
        return evidence(page, &issue.evidence, shown);
    }
    let remedy: String = issue.remedy.chars().take(REMEDY).collect();
    let end = if remedy.len() < issue.remedy.len() { "…" } else { "" };
    page.wrapped("", Style::Dim, &format!("{}{end}", remedy.trim_end()));
    evidence(page, &issue.evidence, shown);
}

/// Where something stands: lines of a text, bytes of another member.
fn evidence(page: &mut Page, list: &[Evidence], shown: Option<&Case>) {
    let Some(case) = shown else { return };
    let mut places: Vec<String> = Vec::new();
    for one in list {
        // Two facts of one line are at one place.
        let place = lines_of(case, one);
        if !places.contains(&place) {
            places.push(place);
        }
    }
    for place in places.iter().take(MOST_PLACES) {
        page.labelled("", Style::Dim, &format!("  {place}"));
    }
    let more = places.len().saturating_sub(MOST_PLACES);
    if more > 0 {
        page.labelled("", Style::Dim, &format!("  and {more} more places"));
    }
}

fn lines_of(case: &Case, evidence: &Evidence) -> String {
    let is_text = case.opened.exchange(evidence).is_none() && evidence.member.starts_with("texts/");
    let Some(member) = case.opened.bundle.members.get(&evidence.member).filter(|_| is_text) else {
        return place(evidence);
    };
    let lines_before = |end: u64| {
        let end = usize::try_from(end).unwrap_or(usize::MAX).min(member.len());
        member.get(..end).unwrap_or_default().iter().filter(|byte| **byte == b'\n').count()
    };
    let first = lines_before(evidence.offset).saturating_add(1);
    let last =
        lines_before(evidence.offset.saturating_add(evidence.length.saturating_sub(1))).saturating_add(1);
    let name = name_of(case, &evidence.member);
    if first == last { format!("{name} line {first}") } else { format!("{name} lines {first}-{last}") }
}

/// What a text was called where it came from; lines of a text of which only a part was kept are those of the member.
fn name_of<'a>(case: &'a Case, member: &'a str) -> &'a str {
    match &case.opened.bundle.manifest.source {
        Source::Imported { files, .. } => files
            .iter()
            .find(|file| file.name == member && !file.reduced)
            .and_then(|file| file.origin.as_deref())
            .unwrap_or(member),
        Source::Live | Source::Simulated { .. } | Source::AlternateRoot { .. } => member,
    }
}
