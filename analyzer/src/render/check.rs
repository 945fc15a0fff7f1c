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
use super::{Page, Style, told};
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
    if check.judged {
        page.end();
        ending(page, check);
    }
}

/// What a reader sees first who looks at the end of a long page. Without an envelope there is no word to end with.
fn ending(page: &mut Page, check: &CheckReport) {
    let troubles = match check.troubles.len() {
        0 => String::new(),
        number => format!("; trouble {number} times"),
    };
    let counts = report::counts_found(&check.counts);
    let words = format!(", exit code {}: {counts}{troubles}", check.exit_code);
    page.put(word_style(check.word), &check.words().to_uppercase());
    for line in lines(&words, WIDTH.saturating_sub(check.words().len())) {
        page.line(Style::Plain, &line);
    }
}

fn summary(page: &mut Page, check: &CheckReport) {
    page.put(word_style(check.word), &check.words().to_uppercase());
    let beside = if check.judged {
        format!("exit code {}", check.exit_code)
    } else {
        "no envelope was given".to_owned()
    };
    page.line(Style::Plain, &format!("  {beside}"));
    if check.judged {
        page.wrapped("devices", Style::Plain, &devices_by_word(check));
        page.wrapped("values", Style::Plain, &report::counts(&check.counts));
        for (label, text) in report::policy(check) {
            page.wrapped(label, Style::Plain, &text);
        }
    }
    for trouble in &check.troubles {
        page.wrapped("trouble", Style::Bad, trouble);
    }
}

fn bundle_review(page: &mut Page, review: &BundleReview, judgement: &Judgement<'_>) {
    super::bundle(page, &review.bundle);
    if review.judged {
        page.wrapped("word", word_style(review.word), review.words());
    }
    if !review.summary.is_empty() {
        page.wrapped("summary", Style::Plain, &review.summary);
    }
    if !review.host_caps.is_empty() {
        page.wrapped("host", Style::Plain, "what weakens all of its evidence:");
    }
    caps(page, &review.host_caps);
    if review.devices.is_empty() {
        page.wrapped("devices", Style::Doubt, "none: there is nothing here that could be inside");
    }
    for run in alike(&review.devices) {
        page.end();
        device_review(page, review, &run);
        // Where nothing is judged, this is what there is to say of it.
        for device in run.iter().filter(|_| !review.judged) {
            told::told(page, &context(&review.findings, Some(&device.id)));
        }
    }
    if !review.judged {
        told::told(page, &context(&review.findings, None));
    }
    let ranked = ranked(&review.findings);
    for rank in Rank::LISTED {
        let Some(list) = ranked.get(&rank) else { continue };
        let rest: Vec<&Finding> = list.iter().copied().filter(|one| !told::is_context(one)).collect();
        let listed = if review.judged { list.len() } else { rest.len() };
        if listed == 0 {
            continue;
        }
        page.end();
        page.line(rank_style(rank), &format!("{} ({listed})", rank.heading()));
        for group in groups(rank, &rest) {
            finding(page, rank, review, &group, judgement);
        }
        let devices = review.devices.iter().map(|device| Some(device.id.as_str()));
        for device in devices.chain([None]).filter(|_| review.judged) {
            let own = context(list.iter().copied(), device);
            if !own.is_empty() {
                page.line(Style::Bold, &format!("{}{}", " ".repeat(IN), device.unwrap_or("host")));
                told::told(page, &own);
            }
        }
    }
}

/// What is told for context of a device, or of the host.
fn context<'f>(findings: impl IntoIterator<Item = &'f Finding>, device: Option<&str>) -> Vec<&'f Finding> {
    let own = |one: &&Finding| told::is_context(one) && one.subject.device() == device;
    findings.into_iter().filter(own).collect()
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
        None if review.judged => row("word", Style::Dim, "not judged: no rule is about devices"),
        None => {}
    }
    if !device.summary.is_empty() {
        row("summary", Style::Plain, &device.summary);
    }
    // The summary says most of it; what it leaves out is said here.
    let is_told = |text: &str| {
        let mut places = device.summary.match_indices(text);
        // `1 unknown` is not in `11 unknown`.
        places.any(|(at, _)| {
            !device.summary.get(..at).is_some_and(|before| before.ends_with(|c: char| c.is_ascii_digit()))
        })
    };
    let counts = report::counts(&device.counts);
    if review.judged && !is_told(&counts) {
        row("values", Style::Plain, &counts);
    }
    // All of them or none: some would pass for all.
    if !device.reasons.iter().all(|reason| is_told(reason)) {
        row("because", Style::Plain, &device.reasons.join("; "));
    }
    if review.judged {
        let deciding = deciding_of_device(review, device);
        row("assurance", Style::Plain, &report::assurance(device.assurance, &deciding));
    }
    caps(page, &device.caps);
    for (label, text) in report::beside(device) {
        page.indented(IN, label, Style::Plain, &text);
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
            "why" | "rule owner" | "rule" | "rules" if brief => continue,
            "rule" | "rules" | "assurance" | "fact" | "finding" => Style::Dim,
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

/// A line for each; the whole of it is in the other formats.
fn caps(page: &mut Page, caps: &[Cap]) {
    for cap in caps {
        let style = if cap.level <= Assurance::Tainted { Style::Doubt } else { Style::Dim };
        page.line(style, &format!("{}{}", " ".repeat(IN), cap.line()));
    }
}

pub(super) fn word_style(word: Word) -> Style {
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
