//! The text that `export` writes (see [`crate::golden`]).
//!
//! Must not do: pass over a line. What is no line of that form is unread, and `diff` refuses such a text.

use std::collections::BTreeMap;

use mlx5_schemas::catalog::Catalog;
use mlx5_schemas::model::fact::{Fact, Subject};
use mlx5_schemas::model::pci_address;

use super::reading::{Reading, Span};
use super::text::Text;
use crate::golden::{FORMAT, FactLine, Label, Line, VERSION, parse_line};

/// Whether a text is one.
pub(crate) fn is_text(text: &Text<'_>) -> bool {
    text.line(0).split(' ').next() == Some(FORMAT)
}

/// Reads it.
pub(crate) fn read(text: &Text<'_>, _: &Catalog, reading: &mut Reading<'_>) {
    let mut ids: BTreeMap<String, String> = BTreeMap::new();
    for index in 0..text.lines.len() {
        if text.is_cut(index) {
            reading.cannot_read(index, super::printed::CUT);
            continue;
        }
        let said = parse_line(text.line(index)).and_then(|line| take(line, index, &mut ids, reading));
        match said {
            Ok(()) => reading.understand(Span::line(index)),
            Err(reason) => reading.cannot_read(index, reason),
        }
    }
}

fn take(
    line: Line,
    index: usize,
    ids: &mut BTreeMap<String, String>,
    reading: &mut Reading<'_>,
) -> Result<(), String> {
    match line {
        Line::Format(version) if version != VERSION || index > 0 => {
            Err(format!("version {version} of {FORMAT}, and one text of version {VERSION} is read here"))
        }
        Line::Format(_)
        | Line::Nothing
        | Line::View(_)
        | Line::Only(_)
        | Line::Ignore(_)
        | Line::Volatile
        | Line::Identity
        | Line::Told(_) => Ok(()),
        Line::Device { label, id, said } => {
            let id = pci_address::full(&id).unwrap_or(id);
            if ids.values().any(|known| *known == id) || ids.contains_key(&label) {
                return Err(format!("{label} or {id} stands here twice"));
            }
            ids.insert(label, id.clone());
            let described = reading.described(&id);
            for (name, value) in said {
                match name.as_str() {
                    "physical_function" => described.physical_function = Some(value),
                    _ => {
                        described.pci.insert(name, value);
                    }
                }
            }
            Ok(())
        }
        Line::Is(fact) | Line::Fact(fact) => {
            let fact = fact_of(fact, index, ids, reading)?;
            reading.fact(fact);
            Ok(())
        }
    }
}

fn fact_of(
    line: FactLine,
    index: usize,
    ids: &BTreeMap<String, String>,
    reading: &Reading<'_>,
) -> Result<Fact, String> {
    let id = |label: String| {
        ids.get(&label).cloned().ok_or_else(|| format!("no line before says which device {label} is"))
    };
    let subject = match line.about {
        Label::Host => Subject::Host,
        Label::Device(label) => Subject::Device { device: id(label)? },
        Label::Port(label, port) => Subject::Port { device: id(label)?, port },
        Label::Module(label, module) => Subject::Module { device: id(label)?, module },
    };
    Ok(Fact {
        subject,
        path: line.path,
        aliases: line.name.into_iter().collect(),
        view: line.view,
        knowledge: line.said.knowledge(),
        route: reading.route(),
        evidence: vec![reading.evidence(Span::line(index))],
    })
}
