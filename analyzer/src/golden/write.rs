//! Writing the exported text.
//!
//! Must not do: leave out that something was not read.

use std::collections::BTreeMap;

use mlx5_schemas::catalog::Catalog;
use mlx5_schemas::model::fact::{Fact, Subject, View};
use mlx5_schemas::model::manifest::Device;
use mlx5_schemas::model::pci_address;

use super::grammar::{Said, fact_line, word};
use super::{FORMAT, GoldenError, VERSION, numbered};
use crate::case::{Case, Identity};
use crate::diff::{Selection, is_companion};
use crate::triage::cards;

/// A text that was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Exported {
    /// The text.
    pub text: String,
    /// Facts in it.
    pub facts: u64,
    /// Those of them that were not read.
    pub gaps: u64,
}

impl std::fmt::Display for Exported {
    /// How much it is.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let facts = if self.facts == 1 { "fact" } else { "facts" };
        write!(f, "{} {facts}", self.facts)?;
        match self.gaps {
            0 => Ok(()),
            gaps => write!(f, ", {gaps} of them not read (? in the text)"),
        }
    }
}

/// Writes the facts that are selected.
///
/// # Errors
/// When nothing is selected, or a pattern takes nothing.
pub fn write(case: &Case, selection: &Selection, catalog: &Catalog) -> Result<Exported, GoldenError> {
    let labels = Labels::of(case);
    let file = || case.opened.file.clone();
    let mut lines: BTreeMap<(Place, &str, Option<View>), Vec<String>> = BTreeMap::new();
    let (mut facts, mut gaps) = (0_u64, 0_u64);
    let mut taken: Vec<bool> = vec![false; selection.only.len()];
    for fact in case.facts.iter() {
        if is_companion(&fact.path) || !selection.keeps(&fact.path) || !selection.takes(catalog, fact) {
            continue;
        }
        let Some((place, label)) = labels.subject(&fact.subject) else { continue };
        for (is_taken, pattern) in taken.iter_mut().zip(&selection.only) {
            *is_taken |= selection.pattern_takes(catalog, pattern, fact);
        }
        // Several lines of a log are several facts of one path.
        let known = lines.entry((place, &fact.path, fact.view)).or_default();
        let path = numbered(&fact.path, known.len());
        let said = Said::of(&case.opened, fact);
        facts = facts.saturating_add(1);
        gaps = gaps.saturating_add(u64::from(matches!(said, Said::Gap(_))));
        known.push(fact_line(&label, &path, fact.view, &said, fact.name()));
    }
    let idle = taken.iter().zip(&selection.only).find(|(is_taken, _)| !**is_taken);
    if let Some((_, pattern)) = idle {
        return Err(GoldenError::Nothing { file: file(), pattern: pattern.text().to_owned() });
    }
    if lines.is_empty() {
        return Err(GoldenError::Nothing { file: file(), pattern: "what was selected".to_owned() });
    }
    let mut text = head(case, selection, &labels);
    text.push('\n');
    for line in lines.values().flatten() {
        text.push_str(line);
        text.push('\n');
    }
    Ok(Exported { text, facts, gaps })
}

fn line(case: &Case, label: &str, fact: &Fact) -> String {
    fact_line(label, &fact.path, fact.view, &Said::of(&case.opened, fact), fact.name())
}

/// What the text is of: the form, what was selected, the devices with what tells their kind.
fn head(case: &Case, selection: &Selection, labels: &Labels<'_>) -> String {
    let mut lines = vec![format!("{FORMAT} {VERSION}")];
    let selected = selection.report();
    lines.extend(selected.view.map(|view| format!("view {}", view.word())));
    lines.extend(selected.only.iter().map(|pattern| format!("only {}", word(pattern))));
    lines.extend(selected.ignore.iter().map(|pattern| format!("ignore {}", word(pattern))));
    lines.extend(selected.volatile.then(|| "volatile".to_owned()));
    lines.extend(selected.identity.then(|| "identity".to_owned()));
    if case.opened.is_imported() && !super::is_golden(&case.opened) {
        lines.push("told host".to_owned());
    }
    for (_, label, device) in &labels.devices {
        let mut line = format!("device {label} {}", word(&device.id));
        let parent = device.physical_function.as_ref().map(|parent| ("physical_function", parent));
        let pci = device.pci.iter().map(|(name, value)| (name.as_str(), value));
        for (name, value) in pci.chain(parent) {
            line.push(' ');
            line.push_str(&word(&format!("{name}={value}")));
        }
        lines.push(line);
        if case.opened.is_told(&device.id) && !super::is_golden(&case.opened) {
            lines.push(format!("told {label}"));
        }
        let identity = Identity::of(case, device);
        let known = [identity.psid, identity.firmware].into_iter().flatten();
        lines.extend(
            known
                .filter(|fact| fact.value().is_some())
                .map(|fact| format!("is {}", self::line(case, label, fact))),
        );
    }
    lines.push(String::new());
    lines.join("\n")
}

/// Order of subjects: the host, then devices with their ports and modules.
type Place = (u64, u8, u32);

/// Names of devices that say nothing of where they stand: card by card in the order of addresses, and the function.
struct Labels<'a> {
    devices: Vec<(u64, String, &'a Device)>,
}

impl<'a> Labels<'a> {
    fn of(case: &'a Case) -> Self {
        let mut cards = cards(case);
        cards.sort_by(|one, other| one.first.id.cmp(&other.first.id));
        let mut named: Vec<(String, &Device)> = Vec::new();
        for (number, card) in (1_u64..).zip(&cards) {
            for (place, device) in (0_u64..).zip(&card.functions) {
                let function = function_of(&device.id).unwrap_or(place);
                named.push((format!("card{number}.{function}"), device));
            }
            for (place, device) in (0_u64..).zip(&card.virtual_functions) {
                named.push((format!("card{number}.v{place}"), device));
            }
        }
        let devices = (1_u64..).zip(named).map(|(place, (label, device))| (place, label, device)).collect();
        Self { devices }
    }

    fn subject(&self, subject: &Subject) -> Option<(Place, String)> {
        let Some(id) = subject.device() else { return Some(((0, 0, 0), "host".to_owned())) };
        let (number, label, _) = self.devices.iter().find(|(_, _, device)| device.id == id)?;
        Some(match subject {
            Subject::Host | Subject::Device { .. } => ((*number, 0, 0), label.clone()),
            Subject::Port { port, .. } => ((*number, 1, *port), format!("{label}.port{port}")),
            Subject::Module { module, .. } => ((*number, 2, *module), format!("{label}.module{module}")),
        })
    }
}

/// The function number of a PCI address.
fn function_of(id: &str) -> Option<u64> {
    let address = pci_address::full(id)?;
    address.rsplit_once('.').and_then(|(_, function)| u64::from_str_radix(function, 16).ok())
}
