//! Facts as text for people: what the `.txt` members of a bundle hold.
//!
//! Small on purpose: equal values are written once, arrays on one line, what could not be read once per reason,
//! and capabilities that are 0 are only counted. Nothing reads this text back; the transcripts are the evidence.
//!
//! Must not do: judge, or read anything but the facts.

mod rows;

use std::collections::BTreeMap;

use crate::model::fact::{Fact, Subject, View};

use self::rows::Rows;

/// What kind of thing a section shows, which decides columns and what is left out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Kind {
    Plain,
    Nv,
    Register,
    Capability,
}

/// One TLV, register, page or other group.
#[derive(Debug)]
struct Section<'a> {
    kind: Kind,
    subject: &'a Subject,
    root: &'a str,
    rows: Rows<'a>,
}

/// Renders facts, in the order of their first appearance.
pub fn render(facts: &[Fact]) -> String {
    let sections = sections(facts);
    let mut out = String::new();
    let mut last_kind = None;
    for section in &sections {
        if last_kind != Some(section.kind) {
            out.push_str(legend(section.kind));
            last_kind = Some(section.kind);
        }
        let Some(title) = title(section) else { continue };
        out.push_str(&title);
        match section.rows.silence(section.kind) {
            Some(reason) => out.push_str(&format!(": not known ({reason})\n")),
            None => {
                out.push('\n');
                section.rows.write(section.kind, &mut out);
            }
        }
    }
    refused_tlvs(&sections, &mut out);
    out
}

fn legend(kind: Kind) -> &'static str {
    match kind {
        Kind::Plain => "",
        Kind::Nv => {
            "\nNV configuration. One value: the same in all views that were read. \
             Several: default | current | next, marked with *. A dash was not read.\n"
        }
        Kind::Register => "\nRegisters.\n",
        Kind::Capability => {
            "\nCapabilities that are not 0. One value: current and maximum; two: current | maximum.\n"
        }
    }
}

fn sections(facts: &[Fact]) -> Vec<Section<'_>> {
    let mut sections: Vec<Section<'_>> = Vec::new();
    let mut places: BTreeMap<(&Subject, Kind, &str), usize> = BTreeMap::new();
    for fact in facts {
        let (kind, column, root, leaf) = split(fact);
        let place = *places.entry((&fact.subject, kind, root)).or_insert(sections.len());
        if place == sections.len() {
            sections.push(Section { kind, subject: &fact.subject, root, rows: Rows::default() });
        }
        if let Some(section) = sections.get_mut(place) {
            section.rows.add(leaf, column, fact);
        }
    }
    sections
}

/// Kind, column, group and name within the group of a fact.
fn split(fact: &Fact) -> (Kind, usize, &str, &str) {
    let path = fact.path.as_str();
    let (domain, rest) = path.split_once('/').unwrap_or(("", path));
    // Index values in brackets may hold anything but a bracket.
    let after_brackets = rest.find(['[', '.', '/']).map_or(rest.len(), |at| match rest.get(at..) {
        Some(tail) if tail.starts_with('[') => {
            tail.find(']').map_or(rest.len(), |end| at.saturating_add(end))
        }
        Some(_) | None => at,
    });
    let cut = rest
        .get(after_brackets..)
        .and_then(|tail| tail.find(['.', '/']))
        .map_or(rest.len(), |at| after_brackets.saturating_add(at));
    let (group, leaf) = rest.split_at_checked(cut).unwrap_or((rest, ""));
    match domain {
        "nv" => {
            let column = match fact.view {
                Some(View::Default) | None => 0,
                Some(View::Current) => 1,
                Some(View::Next) => 2,
            };
            (Kind::Nv, column, group, leaf)
        }
        "reg" => (Kind::Register, 0, group, leaf.trim_start_matches('.')),
        "cap" => (Kind::Capability, 0, group, leaf.trim_start_matches('.')),
        "cap_max" => (Kind::Capability, 1, group, leaf.trim_start_matches('.')),
        _ => (Kind::Plain, 0, domain, rest),
    }
}

/// The section's heading; none for TLVs that the firmware refused, which are listed together.
fn title(section: &Section<'_>) -> Option<String> {
    let Section { kind, subject, root, rows } = section;
    let of = match subject {
        Subject::Host | Subject::Device { .. } => String::new(),
        Subject::Port { port, .. } => format!(" port {port}"),
        Subject::Module { module, .. } => format!(" module {module}"),
    };
    match kind {
        Kind::Plain if *subject == &Subject::Host => Some((*root).to_owned()),
        Kind::Plain => Some(format!("{subject} {root}")),
        Kind::Nv if rows.refusal().is_some() => None,
        Kind::Nv => {
            let name = rows.tlv_name().map(|name| format!(" {name}")).unwrap_or_default();
            Some(format!("{root}{name}{of}{}", rows.tlv_header()))
        }
        Kind::Register | Kind::Capability => Some(format!("{root}{of}")),
    }
}

/// TLVs of which there is only MNVQC's refusal, by reason.
fn refused_tlvs(sections: &[Section<'_>], out: &mut String) {
    let mut by_reason: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    for section in sections.iter().filter(|section| section.kind == Kind::Nv) {
        if let Some(reason) = section.rows.refusal() {
            let of = match section.subject {
                Subject::Host | Subject::Device { .. } => String::new(),
                Subject::Port { port, .. } => format!(" P{port}"),
                Subject::Module { module, .. } => format!(" M{module}"),
            };
            let name = section.rows.tlv_name().unwrap_or_default();
            by_reason.entry(reason).or_default().push(format!("{} {name}{of}", section.root));
        }
    }
    for (reason, tlvs) in by_reason {
        out.push_str(&format!("\nNV items of which nothing could be asked: {reason}\n"));
        for tlv in tlvs {
            out.push_str(&format!("  {}\n", tlv.trim_end()));
        }
    }
}
