//! `check` for people.
//!
//! Every word comes with its counts. What is within is counted, not listed; what is not is listed with what was
//! expected, what was found, who wrote it, why the rule exists, and the bytes. Unknowns of one cause are told once.
//!
//! Must not do: soften. A finding outside is listed whatever the assurance.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use mlx5_schemas::model::fact::{Knowledge, Subject, View};
use mlx5_schemas::model::report::{BundleReview, CheckReport, Counts, DeviceReview, Finding, Found};
use mlx5_schemas::model::verdict::{Assurance, Cap, Verdict, Word};

use super::bytes;
use super::{Page, Style, number_of, place};
use crate::case::{NO_WRITER, Opened};

/// Most names that one line lists.
const MOST_NAMES: usize = 6;

/// Lays out what `check` found. `opened` finds the bundle of a review, for its bytes.
pub fn check<'a>(
    page: &mut Page,
    report: &CheckReport,
    opened: &dyn Fn(&BundleReview) -> Option<&'a Opened>,
) {
    for baseline in &report.baselines {
        let rules = number_of(baseline.rules, "rule", "rules");
        page.labelled("baseline", Style::Plain, &format!("{} ({}, {rules})", baseline.file, baseline.name));
        for included in &baseline.included {
            page.labelled("", Style::Plain, &format!("includes {} ({})", included.file, included.name));
        }
    }
    for bundle in &report.bundles {
        bundle_review(page, bundle, opened(bundle));
        page.end();
    }
    for trouble in &report.troubles {
        page.labelled("trouble", Style::Bad, trouble);
    }
    let mut words: BTreeMap<Word, u64> = BTreeMap::new();
    for word in report.bundles.iter().flat_map(|bundle| &bundle.devices).filter_map(|device| device.word) {
        let count: &mut u64 = words.entry(word).or_default();
        *count = count.saturating_add(1);
    }
    let number = |word| words.get(&word).copied().unwrap_or_default();
    page.put(word_style(report.word), &report.word.words().to_uppercase());
    let devices = format!(
        "  devices: {} inside, {} outside, {} cannot be vouched for",
        number(Word::Inside),
        number(Word::Outside),
        number(Word::CannotBeVouchedFor),
    );
    page.line(Style::Plain, &devices);
    page.line(Style::Plain, &format!("values: {}", counts(&report.counts)));
}

fn bundle_review(page: &mut Page, review: &BundleReview, opened: Option<&Opened>) {
    super::bundle(page, &review.bundle);
    for cap in &review.host_caps {
        cap_line(page, "host", cap);
    }
    let of_host: Vec<&Finding> =
        review.findings.iter().filter(|finding| finding.subject == Subject::Host).collect();
    findings(page, &of_host, opened);
    if review.devices.is_empty() {
        page.labelled("devices", Style::Doubt, "none: there is nothing here that could be inside");
    }
    for device in &review.devices {
        page.end();
        device_review(page, device, &review.host_caps);
        let own: Vec<&Finding> = review
            .findings
            .iter()
            .filter(|finding| finding.subject.device() == Some(device.id.as_str()))
            .collect();
        findings(page, &own, opened);
    }
}

fn cap_line(page: &mut Page, label: &str, cap: &Cap) {
    let style = if cap.level <= Assurance::Tainted { Style::Doubt } else { Style::Dim };
    page.labelled(label, style, &format!("{}: {} (at most {})", cap.reason.word(), cap.message, cap.level));
}

fn device_review(page: &mut Page, device: &DeviceReview, host_caps: &[Cap]) {
    page.put(Style::Bold, &device.id);
    let or = |text: &Option<String>| text.clone().unwrap_or_else(|| "not read".to_owned());
    page.line(Style::Plain, &format!("  PSID {}  firmware {}", or(&device.psid), or(&device.firmware)));
    page.put(Style::Plain, "  ");
    match device.word {
        Some(word) => page.put(word_style(word), &word.words().to_uppercase()),
        None if device.shares_with.is_some() => page.put(Style::Dim, "judged with its physical function"),
        None => page.put(Style::Dim, "not judged: no rule is about devices"),
    }
    page.line(Style::Plain, &format!("  {}", counts(&device.counts)));
    if !device.reasons.is_empty() {
        page.line(Style::Plain, &format!("  because: {}", device.reasons.join("; ")));
    }
    if let Some(other) = &device.shares_with {
        page.line(
            Style::Plain,
            &format!("  shares its NV configuration with {other}: what is shared is told there"),
        );
    }
    let decisive: Vec<&str> = host_caps
        .iter()
        .chain(&device.caps)
        .filter(|cap| cap.level == device.assurance)
        .map(|cap| cap.reason.word())
        .collect();
    let why = if decisive.is_empty() { String::new() } else { format!(" ({})", decisive.join(", ")) };
    page.line(Style::Plain, &format!("  assurance: {}{why}", device.assurance));
    for cap in &device.caps {
        page.put(Style::Plain, "  ");
        cap_line(page, "device", cap);
    }
}

/// What is neither within nor out of the question.
fn findings(page: &mut Page, list: &[&Finding], opened: Option<&Opened>) {
    let mut violations: Vec<&&Finding> =
        list.iter().filter(|f| matches!(f.verdict, Verdict::Outside | Verdict::Pending)).collect();
    violations.sort_by_key(|finding| Reverse(finding.severity));
    for finding in violations {
        full(page, finding, opened);
    }
    for finding in list.iter().filter(|f| f.verdict == Verdict::Error) {
        page.put(Style::Bad, "  error  ");
        page.line(Style::Plain, &format!("rule {}: {}", finding.rule, finding.message));
    }
    let mut unknown: BTreeMap<(&str, String, &str), Vec<&Finding>> = BTreeMap::new();
    for &finding in list.iter().filter(|f| matches!(f.verdict, Verdict::Unknown { .. })) {
        let key = (finding.rule.as_str(), finding.verdict.to_string(), finding.message.as_str());
        unknown.entry(key).or_default().push(finding);
    }
    for ((rule, verdict, message), group) in unknown {
        page.put(Style::Doubt, &format!("  {verdict}  "));
        page.line(Style::Plain, &names(&group));
        page.line(Style::Plain, &format!("      {message}"));
        page.line(Style::Dim, &format!("      rule {rule}"));
        if let Some(evidence) = group.first().and_then(|finding| finding.evidence.first()) {
            page.line(Style::Dim, &format!("      {}", place(evidence)));
        }
    }
}

fn names(group: &[&Finding]) -> String {
    let shown: Vec<&str> = group
        .iter()
        .take(MOST_NAMES)
        .map(|finding| if finding.name.is_empty() { "the device" } else { finding.name.as_str() })
        .collect();
    let more = group.len().saturating_sub(MOST_NAMES);
    if more > 0 { format!("{} and {more} more", shown.join(", ")) } else { shown.join(", ") }
}

fn full(page: &mut Page, finding: &Finding, opened: Option<&Opened>) {
    page.put(Style::Bad, &format!("  {}  ", finding.verdict));
    page.put(Style::Bold, &finding.name);
    let about = match &finding.subject {
        Subject::Host | Subject::Device { .. } => String::new(),
        Subject::Port { port, .. } => format!(" (port {port})"),
        Subject::Module { module, .. } => format!(" (module {module})"),
    };
    page.line(Style::Plain, &format!("{about}  {}", finding.message));
    if let Some(expected) = &finding.expected {
        page.line(Style::Plain, &format!("      expected  {expected}"));
    }
    page.line(Style::Plain, &format!("      found     {}", found(&finding.found)));
    if let Some(writer) = written_by(&finding.found) {
        page.line(Style::Plain, &format!("      written   {writer}"));
    }
    let why = finding.why.as_ref().map(|why| format!(": {why}")).unwrap_or_default();
    page.line(Style::Plain, &format!("      rule      {} ({}){why}", finding.rule, finding.severity.word()));
    page.line(Style::Dim, &format!("      fact      {}", finding.path));
    for evidence in &finding.evidence {
        let shown = opened.and_then(|opened| bytes::shown(opened, evidence)).unwrap_or_default();
        page.line(Style::Dim, &format!("      bytes     {}: {shown}", place(evidence)));
    }
}

fn found(list: &[Found]) -> String {
    let words: Vec<String> = list
        .iter()
        .map(|found| {
            let value = match &found.knowledge {
                Some(Knowledge::Known { value }) => value.to_string(),
                Some(Knowledge::Unknown { status, reason }) => format!("{status} ({reason})"),
                None => "not offered".to_owned(),
            };
            match found.view {
                Some(view) => format!("{} {value}", view.word()),
                None => value,
            }
        })
        .collect();
    if words.is_empty() { "nothing".to_owned() } else { words.join("   ") }
}

/// The writer of the view that decides: next, else current.
fn written_by(list: &[Found]) -> Option<String> {
    let of = |view: View| list.iter().find(|found| found.view == Some(view) && found.writer.is_some());
    let found = of(View::Next).or_else(|| of(View::Current))?;
    let view = found.view.map(View::word).unwrap_or_default();
    let priority = found.priority.as_ref().map(|p| format!(", priority {p}")).unwrap_or_default();
    Some(match found.writer.as_deref()? {
        NO_WRITER => format!("by nobody who gave a name ({view}{priority})"),
        writer => format!("by a writer that named itself {writer} ({view}{priority})"),
    })
}

fn counts(counts: &Counts) -> String {
    let always = format!(
        "{} within, {} outside, {} pending, {} unknown",
        counts.within, counts.outside, counts.pending, counts.unknown
    );
    let rest: String = [
        (counts.waived, "waived"),
        (counts.not_applicable, "not applicable"),
        (counts.not_selected, "not selected"),
        (counts.informational, "informational"),
        (counts.error, "failed"),
    ]
    .into_iter()
    .filter(|(number, _)| *number > 0)
    .map(|(number, word)| format!(", {number} {word}"))
    .collect();
    format!("{always}{rest}")
}

fn word_style(word: Word) -> Style {
    match word {
        Word::Inside => Style::Good,
        Word::CannotBeVouchedFor => Style::Doubt,
        Word::Outside => Style::Bad,
    }
}
