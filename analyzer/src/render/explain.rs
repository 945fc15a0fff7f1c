//! `explain` and `check --explain` for people.
//!
//! The hex of an answer is shown sixteen bytes a line, around the field, whose bytes are underlined with carets: no colour
//! is needed to see them.
//!
//! Must not do: leave out what bounds the evidence.

use mlx5_schemas::model::fact::{Evidence, FieldPlace};
use mlx5_schemas::model::reference::Reference;
use mlx5_schemas::model::report::{
    Bound, EvidenceShown, ExplainReport, FindingExplained, PatternExplained, RuleExplained, RuleReport,
};
use mlx5_schemas::model::verdict::{Assurance, Verdict};

use super::check::word_style;
use super::{Page, Style, number_of};
use crate::report;
use crate::report::place;

/// Bytes of a line of hex.
const PER_LINE: usize = 16;
/// Most lines of hex of an answer of which no field counts.
const MOST_LINES: usize = 8;
/// Most names that are listed of a pattern.
const MOST_NAMES: usize = 12;

/// Lays out findings in full.
pub fn explain(page: &mut Page, told: &ExplainReport) {
    for (place, finding) in told.findings.iter().enumerate() {
        if place > 0 {
            page.end();
        }
        whole(page, finding);
    }
}

fn whole(page: &mut Page, explained: &FindingExplained) {
    let finding = &explained.finding;
    page.labelled("finding", Style::Bold, &format!("{} in {}", finding.id, explained.bundle.file));
    let or = |text: &Option<String>| text.clone().unwrap_or_else(|| "not read".to_owned());
    let device = finding
        .subject
        .device()
        .map(|_| format!("  PSID {}  firmware {}", or(&explained.psid), or(&explained.firmware)));
    page.labelled("about", Style::Plain, &format!("{}{}", finding.subject, device.unwrap_or_default()));
    if let Some(word) = explained.word {
        let of = finding.subject.device().map_or("the bundle", |_| "the device");
        page.labelled("", word_style(word), &format!("{of}: {}", word.words().to_uppercase()));
    }
    if !finding.path.is_empty() {
        page.wrapped("fact", Style::Bold, &finding.name);
        let others = explained.names.iter().chain([&finding.path]).filter(|name| **name != finding.name);
        for name in others {
            page.wrapped("", Style::Dim, name);
        }
    }
    page.wrapped("verdict", Style::Bold, &format!("{}: {}", finding.verdict, finding.message));
    if !finding.accepted.is_empty() {
        let words = format!("accepted on the command line: {}", finding.accepted.join(", "));
        page.wrapped("", Style::Doubt, &words);
    }
    let rule = explained.rule.as_ref();
    if let Some(expected) = finding.expected.as_ref().or(rule.map(|rule| &rule.expect)) {
        page.wrapped("expected", Style::Plain, expected);
    }
    for (place, found) in explained.found.iter().enumerate() {
        let found = report::found(std::slice::from_ref(found));
        page.wrapped(if place == 0 { "found" } else { "" }, Style::Plain, &found);
    }
    if let Some(writer) = finding.provenance.clone().or_else(|| report::written_by(&explained.found)) {
        page.wrapped("written", Style::Plain, &writer);
    }
    page.wrapped("rule", Style::Plain, &format!("{} ({})", finding.rule, finding.severity.word()));
    if let Some(rule) = rule {
        page.wrapped("", Style::Dim, &format!("at {}", rule.place));
    }
    reasons(
        page,
        finding.why.as_ref().or(rule.and_then(|rule| rule.why.as_ref())),
        finding.remedy.as_ref().or(rule.and_then(|rule| rule.remedy.as_ref())),
        finding.owner.as_ref().or(rule.and_then(|rule| rule.owner.as_ref())),
        if finding.references.is_empty() {
            rule.map(|rule| rule.references.as_slice()).unwrap_or_default()
        } else {
            &finding.references
        },
    );
    if let Some(waiver) = &finding.waiver {
        let ticket = waiver.ticket.as_ref().map(|ticket| format!(" ({ticket})")).unwrap_or_default();
        let words = format!("{}, until {}, by {}{ticket}", waiver.id, waiver.expires, waiver.owner);
        page.wrapped("waiver", Style::Plain, &words);
        page.wrapped("", Style::Plain, &waiver.reason);
    }
    match finding.verdict {
        Verdict::Within | Verdict::Waived | Verdict::Pending | Verdict::Outside => {
            assurance(page, finding.assurance, explained.min_assurance, &explained.bounds);
        }
        // What was not judged carries nothing.
        Verdict::Unknown { .. }
        | Verdict::NotApplicable { .. }
        | Verdict::NotSelected
        | Verdict::Informational
        | Verdict::Error => {}
    }
    for evidence in &explained.evidence {
        shown(page, evidence);
    }
    for (place, command) in explained.commands.iter().enumerate() {
        // Never broken: a command is taken as it stands.
        page.labelled(if place == 0 { "more" } else { "" }, Style::Plain, command);
    }
}

fn reasons(
    page: &mut Page,
    why: Option<&String>,
    remedy: Option<&String>,
    owner: Option<&String>,
    references: &[Reference],
) {
    for (label, text) in [("why", why), ("remedy", remedy), ("owner", owner)] {
        if let Some(text) = text {
            page.wrapped(label, Style::Plain, text);
        }
    }
    for (place, reference) in references.iter().enumerate() {
        page.wrapped(if place == 0 { "told in" } else { "" }, Style::Plain, &reference.title);
        if let Some(url) = &reference.url {
            page.labelled("", Style::Plain, url);
        }
    }
}

fn assurance(page: &mut Page, level: Assurance, demanded: Assurance, bounds: &[Bound]) {
    let style = if level < demanded { Style::Doubt } else { Style::Plain };
    let against = if level < demanded { "less than" } else { "as much as" };
    let words = format!("{level}: {against} the {demanded} that is demanded");
    page.wrapped("assurance", style, if bounds.is_empty() { level.word() } else { &words });
    for bound in bounds {
        let words = match &bound.cap {
            Some(cap) => cap.message.as_str(),
            None => "by the way in which it was read",
        };
        let words = format!("{} (at most {}): {words}", bound.reason.word(), bound.level);
        page.wrapped("", Style::Dim, &words);
    }
}

fn shown(page: &mut Page, shown: &EvidenceShown) {
    let view = shown.view.map(|view| format!(" ({})", view.word())).unwrap_or_default();
    page.labelled("evidence", Style::Plain, &format!("{}{view}", place(&shown.evidence)));
    if let Some(asked) = &shown.asked {
        page.wrapped("  asked", Style::Dim, asked);
    }
    if let Some(answered) = &shown.answered {
        page.wrapped("  answer", Style::Dim, answered);
    }
    if let Some(output) = &shown.output {
        hex(page, output, &shown.evidence);
    }
    if let (Some(field), Some(number)) = (shown.evidence.field, &shown.field) {
        let last = field.bit_offset.saturating_add(field.bit_width).saturating_sub(1);
        let number_of_bits = number_of(u64::from(field.bit_width), "bit", "bits");
        let words = format!("bits {} to {last} ({number_of_bits}): {number}", field.bit_offset);
        page.labelled("  field", Style::Plain, &words);
        in_bits(page, shown.output.as_deref().unwrap_or_default(), field);
    }
    for (place, line) in shown.text.iter().flat_map(|text| text.lines()).enumerate() {
        page.wrapped(if place == 0 { "  text" } else { "" }, Style::Dim, line);
    }
}

/// The lines that hold the field, with one before and one after; without a field the first lines.
fn hex(page: &mut Page, output: &str, evidence: &Evidence) {
    let bytes: Vec<&str> =
        (0..output.len()).step_by(2).filter_map(|at| output.get(at..at.saturating_add(2))).collect();
    let field = evidence.field.map(|field| {
        let byte = |bit: u32| usize::try_from(bit / 8).unwrap_or(usize::MAX);
        let last = field.bit_offset.saturating_add(field.bit_width.max(1)).saturating_sub(1);
        (byte(field.bit_offset), byte(last))
    });
    let lines = bytes.len().div_ceil(PER_LINE);
    let (first, last) = match field {
        Some((from, to)) => ((from / PER_LINE).saturating_sub(1), (to / PER_LINE).saturating_add(1)),
        None => (0, MOST_LINES.saturating_sub(1)),
    };
    let last = last.min(first.saturating_add(MOST_LINES));
    let rows = bytes.chunks(PER_LINE).enumerate().skip(first);
    for (line, row) in rows.take_while(|(line, _)| *line <= last) {
        let at = line.saturating_mul(PER_LINE);
        page.labelled("", Style::Plain, &format!("{at:04x}  {}", row.join(" ")));
        let Some((from, to)) = field else { continue };
        let marks: Vec<&str> =
            (at..).zip(row).map(|(at, _)| if (from..=to).contains(&at) { "^^" } else { "  " }).collect();
        if marks.contains(&"^^") {
            page.labelled("", Style::Bold, &format!("      {}", marks.join(" ")));
        }
    }
    let shown = last.saturating_add(1).min(lines).saturating_sub(first);
    if shown < lines {
        page.labelled("", Style::Dim, &format!("of {} bytes", bytes.len()));
    }
}

/// The bytes of a field that does not fill them, bit by bit, its own underlined.
fn in_bits(page: &mut Page, output: &str, field: FieldPlace) {
    let end = field.bit_offset.saturating_add(field.bit_width);
    if field.bit_offset.is_multiple_of(8) && end.is_multiple_of(8) {
        return;
    }
    let (mut bits, mut marks) = (String::new(), String::new());
    for byte in field.bit_offset / 8..end.div_ceil(8) {
        let at = usize::try_from(byte).unwrap_or(usize::MAX).saturating_mul(2);
        let digits = output.get(at..at.saturating_add(2));
        let Some(value) = digits.and_then(|digits| u8::from_str_radix(digits, 16).ok()) else { return };
        bits.push_str(&format!("{value:08b} "));
        for bit in (byte.saturating_mul(8)..).take(8) {
            marks.push(if (field.bit_offset..end).contains(&bit) { '^' } else { ' ' });
        }
        marks.push(' ');
    }
    page.labelled("", Style::Plain, &bits);
    page.labelled("", Style::Bold, &marks);
}

/// Lays out a rule as it is understood.
pub fn rule(page: &mut Page, told: &RuleReport) {
    let RuleExplained {
        rule,
        baseline,
        place,
        changes,
        severity,
        why,
        remedy,
        references,
        owner,
        select,
        when,
        facts,
        except,
        views,
        expect,
    } = &told.rule;
    page.labelled("rule", Style::Bold, rule);
    page.wrapped("baseline", Style::Plain, &format!("{} ({})", baseline.file, baseline.name));
    page.labelled("", Style::Dim, &format!("sha256 {}", baseline.sha256));
    page.wrapped("stands at", Style::Plain, place);
    for change in changes {
        page.wrapped("changed", Style::Plain, change);
    }
    page.labelled("severity", Style::Plain, severity.word());
    reasons(page, why.as_ref(), remedy.as_ref(), owner.as_ref(), references);
    if select.is_empty() {
        page.labelled("about", Style::Plain, "every device");
    }
    for (place, words) in select.iter().enumerate() {
        page.wrapped(if place == 0 { "about" } else { "  and" }, Style::Plain, words);
    }
    if let Some(when) = when {
        page.wrapped("where", Style::Plain, when);
    }
    for pattern in facts {
        named(page, pattern);
    }
    for (place, pattern) in except.iter().enumerate() {
        page.wrapped(if place == 0 { "but not" } else { "" }, Style::Plain, pattern);
    }
    let views: Vec<&str> = views.iter().map(|view| view.word()).collect();
    page.wrapped("views", Style::Plain, &format!("{} (of NV configuration)", views.join(", ")));
    page.wrapped("expected", Style::Plain, expect);
}

fn named(page: &mut Page, pattern: &PatternExplained) {
    page.labelled("names", Style::Plain, &pattern.pattern);
    if let Some(note) = &pattern.note {
        page.wrapped("", Style::Doubt, note);
    }
    if pattern.names.is_empty() {
        return;
    }
    let shown: Vec<&str> = pattern.names.iter().take(MOST_NAMES).map(String::as_str).collect();
    let more = pattern.names.len().saturating_sub(MOST_NAMES);
    let more = if more > 0 { format!(" and {more} more") } else { String::new() };
    page.wrapped("", Style::Dim, &format!("in the catalog: {}{more}", shown.join(", ")));
}
