//! `show` for people: a summary, or tables of facts.
//!
//! Must not do: hide what was not read: its cell says why.

use std::collections::BTreeSet;

use mlx5_schemas::model::fact::{Fact, Knowledge, Subject, View};
use mlx5_schemas::model::manifest::{Device, Source, TransportKind};
use mlx5_schemas::model::report::{DeviceSummary, HostSummary, ShowReport};
use mlx5_schemas::model::status::CollectionStatus;
use mlx5_schemas::model::verdict::Cap;

use super::signs;
use super::table::{Cell, row, widths};
use super::{Page, Style, bytes, number_of, place};
use crate::case::{Case, FactSet, Reading, Views, provenance, reading};

/// What is shown beside the report itself.
#[derive(Debug, Clone, Copy)]
pub struct Shown<'a> {
    /// The bundle, for bytes and for what a refusal means.
    pub case: &'a Case,
    /// Whether patterns were given.
    pub patterns: bool,
    /// Whether the bytes behind each fact are shown.
    pub raw: bool,
}

/// Lays out what `show` found.
pub fn show(page: &mut Page, report: &ShowReport, shown: Shown<'_>) {
    if shown.patterns {
        facts(page, &report.facts, shown);
        return;
    }
    super::bundle(page, &report.bundle);
    let is_text = matches!(report.bundle.source, Source::Imported { .. });
    if !is_text {
        host(page, &report.host);
    } else if let Some(said) = said_of_host(&report.host) {
        page.labelled("host", Style::Plain, &said);
    }
    // The host's caps hold for every device: they are told once.
    for cap in report
        .devices
        .first()
        .iter()
        .flat_map(|device| &device.caps)
        .filter(|cap| cap.subject == Subject::Host)
    {
        cap_line(page, 0, cap);
    }
    for device in &report.devices {
        page.end();
        device_summary(page, device, shown.case);
    }
    page.end();
    page.line(
        Style::Dim,
        "Facts by pattern: show BUNDLE NUM_OF_VFS 'LINK_TYPE_P*' 'reg/PTYS'; everything: show BUNDLE '**'",
    );
}

fn taint(host: &HostSummary) -> Option<String> {
    match (host.taint?, host.taint_letters.as_deref()) {
        (0, _) => Some("0".to_owned()),
        (mask, letters) => Some(format!("{mask} ({})", letters.unwrap_or_default())),
    }
}

/// What texts say of the host; most say nothing, and blanks for that would only look like a fault.
fn said_of_host(host: &HostSummary) -> Option<String> {
    let said = |word: &str, text: &Option<String>| text.as_ref().map(|text| format!("{word}{text}"));
    let parts = [
        said("kernel ", &host.kernel),
        said("", &host.distribution),
        said("lockdown ", &host.lockdown),
        said("taint ", &taint(host)),
    ];
    let parts: Vec<String> = parts.into_iter().flatten().collect();
    (!parts.is_empty()).then(|| parts.join(", "))
}

fn host(page: &mut Page, host: &HostSummary) {
    let taint = taint(host).unwrap_or_else(|| "not read".to_owned());
    let or = |text: &Option<String>| text.clone().unwrap_or_else(|| "not read".to_owned());
    page.labelled(
        "host",
        Style::Plain,
        &format!(
            "kernel {}, {}, lockdown {}, taint {taint}",
            or(&host.kernel),
            or(&host.distribution),
            or(&host.lockdown)
        ),
    );
}

fn device_summary(page: &mut Page, summary: &DeviceSummary, case: &Case) {
    let device = &summary.device;
    page.put(Style::Bold, &device.id);
    if device.transport == TransportKind::Imported {
        // Most texts give neither PSID nor firmware: blanks for them would only look like a fault.
        let said = |word: &str, text: &Option<String>| text.as_ref().map(|text| format!("  {word} {text}"));
        let known = [said("PSID", &summary.psid), said("firmware", &summary.firmware)];
        let known: String = known.into_iter().flatten().collect();
        let subject = Subject::Device { device: device.id.clone() };
        let has_board = case.facts.below(&subject, "board/").next().is_some();
        let board = if has_board { "; show FILE 'board/**' says which card that is" } else { "" };
        page.line(Style::Plain, &format!("{known}  as a text tells of it{board}"));
    } else {
        identity(page, summary);
    }
    device_rows(page, summary);
    signs::signs(page, &summary.signs, case);
}

fn identity(page: &mut Page, summary: &DeviceSummary) {
    let device = &summary.device;
    let or = |text: &Option<String>| text.clone().unwrap_or_else(|| "not read".to_owned());
    let ports =
        summary.ports.map_or_else(|| "ports not read".to_owned(), |ports| number_of(ports, "port", "ports"));
    page.line(
        Style::Plain,
        &format!(
            "  PCI {}:{}  PSID {}  firmware {}  {ports}",
            pci_id(device, "vendor"),
            pci_id(device, "device"),
            or(&summary.psid),
            or(&summary.firmware),
        ),
    );
}

fn device_rows(page: &mut Page, summary: &DeviceSummary) {
    let device = &summary.device;
    let names: Vec<&str> =
        device.netdevs.iter().chain(&device.rdma_devices).chain(&device.node).map(String::as_str).collect();
    if !names.is_empty() {
        page.line(Style::Plain, &format!("  known to the host as {}", names.join(", ")));
    }
    if let Some(physical) = &device.physical_function {
        page.line(Style::Plain, &format!("  a virtual function of {physical}"));
    }
    let rows: Vec<Vec<Cell>> = summary
        .probes
        .iter()
        .map(|probe| {
            // What was captured comes first, the rest by its word.
            let captured = CollectionStatus::Captured.word();
            let mut items: Vec<(&String, &u64)> = probe.items.iter().collect();
            items.sort_by_key(|(status, _)| *status != captured);
            let items: Vec<String> =
                items.iter().map(|(status, count)| format!("{count} {status}")).collect();
            let style = if probe.status.is_gap() { Style::Doubt } else { Style::Plain };
            vec![
                Cell::plain(probe.probe.as_str()),
                Cell::new(style, probe.status.word()),
                Cell::plain(items.join(", ")),
                Cell::plain(probe.reason.clone().unwrap_or_default()),
            ]
        })
        .collect();
    let columns = widths(&rows);
    for cells in &rows {
        row(page, 2, &columns, cells);
    }
    page.line(
        Style::Plain,
        &format!(
            "  {}, {} without a value",
            number_of(summary.facts.known.saturating_add(summary.facts.unknown), "fact", "facts"),
            summary.facts.unknown
        ),
    );
    page.line(Style::Plain, &format!("  assurance {}", summary.assurance));
    for cap in summary.caps.iter().filter(|cap| cap.subject != Subject::Host) {
        cap_line(page, 2, cap);
    }
}

fn cap_line(page: &mut Page, indent: usize, cap: &Cap) {
    let words = format!("at most {}: {} ({})", cap.level, cap.message, cap.reason.word());
    page.put(Style::Plain, &" ".repeat(indent));
    page.labelled("", Style::Dim, &words);
}

/// `15b3`, as lspci prints it.
fn pci_id<'a>(device: &'a Device, name: &str) -> &'a str {
    device.pci.get(name).map_or("?", |id| id.strip_prefix("0x").unwrap_or(id))
}

fn facts(page: &mut Page, facts: &[Fact], shown: Shown<'_>) {
    let set = FactSet::new(facts.to_vec());
    let mut subjects: Vec<&Subject> = Vec::new();
    for fact in facts {
        if !subjects.contains(&&fact.subject) {
            subjects.push(&fact.subject);
        }
    }
    for (place, subject) in subjects.into_iter().enumerate() {
        if place > 0 {
            page.end();
        }
        page.line(Style::Bold, &subject.to_string());
        let mut with_views: Vec<Views<'_>> = Vec::new();
        let mut without: Vec<&Fact> = Vec::new();
        let mut seen: BTreeSet<&str> = BTreeSet::new();
        for fact in facts.iter().filter(|fact| fact.subject == *subject) {
            if fact.view.is_none() {
                without.push(fact);
            } else if seen.insert(&fact.path) {
                with_views.push(set.views(subject, &fact.path));
            }
        }
        viewless(page, &without, shown);
        viewed(page, &with_views, shown);
    }
}

fn viewless(page: &mut Page, facts: &[&Fact], shown: Shown<'_>) {
    let rows: Vec<Vec<Cell>> =
        facts.iter().map(|fact| vec![Cell::plain(fact.name()), cell(shown.case, Some(fact))]).collect();
    let columns = widths(&rows);
    for (cells, fact) in rows.iter().zip(facts) {
        row(page, 2, &columns, cells);
        raw(page, fact, shown);
    }
}

fn viewed(page: &mut Page, list: &[Views<'_>], shown: Shown<'_>) {
    if list.is_empty() {
        return;
    }
    let mut rows = vec![
        ["NAME", "DEFAULT", "CURRENT", "NEXT", "WRITER (as it named itself)"]
            .map(|text| Cell::new(Style::Dim, text))
            .to_vec(),
    ];
    for views in list {
        let mut cells = vec![Cell::plain(views.name())];
        cells.extend(View::ALL.map(|view| cell(shown.case, views.in_view(view))));
        cells.push(Cell::plain(writer(shown.case, views)));
        rows.push(cells);
    }
    let columns = widths(&rows);
    let mut rows = rows.iter();
    if let Some(head) = rows.next() {
        row(page, 2, &columns, head);
    }
    for (cells, views) in rows.zip(list) {
        row(page, 2, &columns, cells);
        for fact in views.all() {
            raw(page, fact, shown);
        }
    }
}

/// A value, or in a word why there is none.
fn cell(case: &Case, fact: Option<&Fact>) -> Cell {
    match reading(&case.opened, fact) {
        Reading::Value(value) => Cell::plain(value.to_string()),
        Reading::NeverSet => Cell::new(Style::Dim, "never set"),
        Reading::Absent(_) => Cell::new(Style::Dim, "absent"),
        Reading::Secret => Cell::new(Style::Dim, "secret"),
        Reading::Gap(status, _) => Cell::new(Style::Doubt, status.word()),
        Reading::NotOffered => Cell::new(Style::Dim, "-"),
    }
}

/// Who wrote a value that differs from factory or is about to change.
fn writer(case: &Case, views: &Views<'_>) -> String {
    let value = |view| views.in_view(view).and_then(Fact::value);
    let [default, current, next] = View::ALL.map(value);
    let changed = next.is_some()
        && (default.is_some_and(|_| default != next) || current.is_some_and(|_| current != next));
    let Some(fact) = views.in_view(View::Next).filter(|_| changed) else { return String::new() };
    provenance(case, fact).words()
}

fn raw(page: &mut Page, fact: &Fact, shown: Shown<'_>) {
    if !shown.raw {
        return;
    }
    let view = fact.view.map(|view| format!("{} ", view.word())).unwrap_or_default();
    if let Knowledge::Unknown { reason, .. } = &fact.knowledge {
        page.line(Style::Dim, &format!("      {view}{}: {reason}", fact.path));
    }
    for evidence in &fact.evidence {
        let bytes = bytes::shown(&shown.case.opened, evidence).unwrap_or_else(|| "no such bytes".to_owned());
        page.line(Style::Dim, &format!("      {view}{}  {}: {bytes}", fact.path, place(evidence)));
    }
}
