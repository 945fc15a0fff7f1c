//! `check` for people, on 80 columns.
//!
//! The word comes first, with its counts and what was demanded; then bundle by bundle what was judged, and the findings,
//! the most pressing first. What is within is counted, not listed; what is not is told with what was expected, what was
//! found, who wrote it, what to do, and the bytes. Findings of one cause are told once, with their number.
//!
//! Must not do: soften. A finding outside is listed whatever the assurance.

use mlx5_schemas::model::report::{BundleReview, CheckReport, DeviceReview, Finding};
use mlx5_schemas::model::verdict::{Assurance, Cap, Word};

use super::wrap::{WIDTH, lines};
use super::{Page, Style, number_of};
use crate::report::{self, Judgement, Rank, alike, deciding_of_device, devices_by_word, groups, ranked};

/// Columns by which what is said of a device stands in.
const IN: usize = 2;
/// Columns by which what is said of a finding stands in.
const FURTHER_IN: usize = 4;
/// Columns by which the second line of a headline stands in.
const CONTINUED: usize = 6;

/// Lays out what `check` found.
pub fn check(page: &mut Page, judgement: &Judgement<'_>) {
    let check = judgement.check;
    summary(page, check);
    for review in &check.bundles {
        page.end();
        bundle_review(page, review, judgement);
    }
}

fn summary(page: &mut Page, check: &CheckReport) {
    page.put(word_style(check.word), &check.word.words().to_uppercase());
    page.line(Style::Plain, &format!("  exit code {}", check.exit_code));
    page.wrapped("devices", Style::Plain, &devices_by_word(check));
    page.wrapped("values", Style::Plain, &report::counts(&check.counts));
    for (label, text) in report::policy(check) {
        page.wrapped(label, Style::Plain, &text);
    }
    for trouble in &check.troubles {
        page.wrapped("trouble", Style::Bad, trouble);
    }
}

fn bundle_review(page: &mut Page, review: &BundleReview, judgement: &Judgement<'_>) {
    super::bundle(page, &review.bundle);
    page.wrapped("word", word_style(review.word), review.word.words());
    if !review.summary.is_empty() {
        page.wrapped("summary", Style::Plain, &review.summary);
    }
    for cap in &review.host_caps {
        page.indented_line(0, "host", cap_style(cap), &report::cap(cap));
    }
    if review.devices.is_empty() {
        page.wrapped("devices", Style::Doubt, "none: there is nothing here that could be inside");
    }
    for run in alike(&review.devices) {
        page.end();
        device_review(page, review, &run);
    }
    let ranked = ranked(&review.findings);
    for rank in Rank::LISTED {
        let Some(list) = ranked.get(&rank) else { continue };
        page.end();
        page.line(rank_style(rank), &format!("{} ({})", rank.heading(), list.len()));
        for group in groups(rank, list) {
            finding(page, rank, review, &group, judgement);
        }
    }
}

fn device_review(page: &mut Page, review: &BundleReview, run: &[&DeviceReview]) {
    let (Some(device), Some(last)) = (run.first(), run.last()) else { return };
    page.put(Style::Bold, &device.id);
    if run.len() > 1 {
        page.put(Style::Bold, &format!(" to {} ({} alike)", last.id, run.len()));
    }
    let or = |text: &Option<String>| text.clone().unwrap_or_else(|| "not read".to_owned());
    page.line(Style::Plain, &format!("  PSID {}  firmware {}", or(&device.psid), or(&device.firmware)));
    let mut row = |label: &str, style: Style, text: &str| page.indented(IN, label, style, text);
    match device.word {
        Some(word) => row("word", word_style(word), word.words()),
        None if device.shares_with.is_some() => row("word", Style::Dim, "judged with its physical function"),
        None => row("word", Style::Dim, "not judged: no rule is about devices"),
    }
    if !device.summary.is_empty() {
        row("summary", Style::Plain, &device.summary);
    }
    row("values", Style::Plain, &report::counts(&device.counts));
    if !device.reasons.is_empty() {
        row("because", Style::Plain, &device.reasons.join("; "));
    }
    if let Some(other) = &device.shares_with {
        let words = format!("its NV configuration with {other}: what is shared is told there");
        row("shares", Style::Plain, &words);
    }
    row("assurance", Style::Plain, &report::assurance(device.assurance, &deciding_of_device(review, device)));
    for cap in &device.caps {
        page.indented_line(IN, "cap", cap_style(cap), &report::cap(cap));
    }
    if !device.coverage.wanting.is_empty() {
        let coverage = &device.coverage;
        let words = format!(
            "{} of {} had the facts that they need; not {}",
            coverage.judged,
            number_of(coverage.rules, "rule", "rules"),
            coverage.wanting.join(", ")
        );
        page.indented(IN, "rules", Style::Plain, &words);
    }
}

fn finding(
    page: &mut Page,
    rank: Rank,
    review: &BundleReview,
    group: &[&Finding],
    judgement: &Judgement<'_>,
) {
    for (place, line) in lines(&report::headline(group), WIDTH.saturating_sub(CONTINUED)).iter().enumerate() {
        page.put(Style::Plain, &" ".repeat(if place == 0 { IN } else { CONTINUED }));
        page.line(Style::Bold, line);
    }
    // There may be dozens of these; `explain` has the rest of each.
    let brief = rank == Rank::Informational;
    for (label, text) in report::rows(review, group) {
        let style = match label {
            "verdict" => rank_style(rank),
            "why" | "owner" | "rule" if brief => continue,
            "rule" | "assurance" | "fact" | "finding" => Style::Dim,
            _ => Style::Plain,
        };
        page.indented(FURTHER_IN, label, style, &text);
    }
    let Some(first) = group.first().filter(|_| !brief) else { return };
    for reference in &first.references {
        let address = reference.url.as_ref().map(|url| format!(" {url}")).unwrap_or_default();
        page.indented(FURTHER_IN, "see", Style::Plain, &format!("{}{address}", reference.title));
    }
    for evidence in &first.evidence {
        let shown = (judgement.bytes)(review, evidence).map(|bytes| format!(": {bytes}")).unwrap_or_default();
        let text = format!("{}{shown}", report::place(evidence));
        page.indented_bytes(FURTHER_IN, "bytes", Style::Dim, &text);
    }
}

fn cap_style(cap: &Cap) -> Style {
    if cap.level <= Assurance::Tainted { Style::Doubt } else { Style::Dim }
}

fn word_style(word: Word) -> Style {
    match word {
        Word::Inside => Style::Good,
        Word::CannotBeVouchedFor => Style::Doubt,
        Word::Outside => Style::Bad,
    }
}

fn rank_style(rank: Rank) -> Style {
    match rank {
        Rank::Outside | Rank::Pending | Rank::Error => Style::Bad,
        Rank::Unknown | Rank::Advisory => Style::Doubt,
        Rank::Waived | Rank::Informational | Rank::Quiet => Style::Plain,
    }
}
