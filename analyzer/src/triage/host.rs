//! What is said of the host: kernel, distribution, the taint that matters.
//!
//! Must not do: make much of taint letters that say nothing of the drivers on the way to a card.

use mlx5_schemas::model::fact::{Fact, Subject, Value};
use mlx5_schemas::model::report::{Statement, Tone, Topic};

use super::{host_fact, log, number, say};
use crate::case::{Case, kernel_release};
use crate::known::LoadedIssue;

/// Modules on the way to a card, and those that open other ways to it.
const ON_THE_WAY: [&str; 6] = ["mlx5_core", "mlx5_ib", "fwctl", "mlx5_fwctl", "mlx_compat", "mlx5ctl"];
/// Bit of fwctl in the taint mask (`include/linux/panic.h`).
const FWCTL_BIT: u32 = 19;

/// What is said of the host.
pub(super) fn statements(case: &Case, issues: &[LoadedIssue]) -> Vec<Statement> {
    let mut statements = vec![kernel(case)];
    statements.push(taint(case));
    statements.extend(log::events(case, &Subject::Host, issues));
    statements
}

fn kernel(case: &Case) -> Statement {
    let device =
        case.opened.devices().iter().find(|device| kernel_release(&case.facts, Some(device)).is_some());
    let Some((release, fact)) = kernel_release(&case.facts, device) else {
        return say(Topic::Host, Tone::Unknown, "kernel", Vec::new());
    };
    let mut evidence = fact.evidence.clone();
    let mut words = format!("kernel {release}");
    if fact.path != "host/kernel" {
        words.push_str(" (by the driver's version)");
    }
    for (before, path) in [("", "host/distribution"), ("lockdown ", "host/lockdown")] {
        if let Some((fact, value)) = host_fact(case, path) {
            words.push_str(&format!(", {before}{value}"));
            evidence.extend(fact.evidence.iter().cloned());
        }
    }
    say(Topic::Host, Tone::Plain, words, evidence)
}

fn taint(case: &Case) -> Statement {
    let flags: Vec<(&Fact, &str)> = case
        .facts
        .below(&Subject::Host, "host/taint/")
        .filter_map(|fact| Some((fact, fact.path.strip_prefix("host/taint/")?)))
        .filter(|(fact, _)| number(fact).is_some_and(|set| set != 0))
        .collect();
    let mask = host_fact(case, "host/taint");
    let letters = host_fact(case, "host/taint_letters");
    let requester = host_fact(case, "host/fwctl_requester").or_else(|| logged_requester(case));
    if mask.is_none() && letters.is_none() && flags.is_empty() && requester.is_none() {
        return say(Topic::Taint, Tone::Unknown, "taint", Vec::new());
    }
    let mut evidence: Vec<_> = [&mask, &letters, &requester]
        .into_iter()
        .flatten()
        .flat_map(|(fact, _)| fact.evidence.clone())
        .collect();
    evidence.extend(flags.iter().flat_map(|(fact, _)| fact.evidence.clone()));
    let set: Vec<&str> = flags.iter().map(|(_, letter)| *letter).collect();
    let is_j = set.contains(&"J")
        || mask.as_ref().and_then(|(fact, _)| number(fact)).is_some_and(|mask| mask >> FWCTL_BIT & 1 == 1)
        || requester.is_some();
    let mut parts = Vec::new();
    if let Some((_, who)) = &requester {
        parts.push(format!("J: {who} asked fwctl for more than reading, the first since boot"));
    } else if is_j {
        parts.push("J: a program asked fwctl for more than reading since boot".to_owned());
    }
    let modules = modules(case);
    parts.extend(modules.iter().map(|(words, _)| words.clone()));
    evidence.extend(modules.iter().flat_map(|(_, fact)| fact.evidence.clone()));
    let has = |letter: &str| set.contains(&letter);
    if modules.is_empty() && (has("O") || has("E")) {
        parts.push("out-of-tree or unsigned modules are loaded; which ones was not told".to_owned());
    }
    let all = match (set.is_empty(), mask.is_some()) {
        (true, true) => "none set".to_owned(),
        (true, false) => "the mask was not told".to_owned(),
        (false, _) => set.join(" "),
    };
    let words = if parts.is_empty() { all } else { format!("{all}; {}", parts.join("; ")) };
    let tone = if is_j || !modules.is_empty() { Tone::Attention } else { Tone::Plain };
    say(Topic::Taint, tone, words, evidence)
}

/// What the kernel log says of whoever asked fwctl: `fwctl fwctl0: mstconfig(123): has requested …`.
fn logged_requester(case: &Case) -> Option<(&Fact, String)> {
    let kind = case.facts.below(&Subject::Host, "log/event[").find(|fact| {
        fact.path.ends_with(".kind") && fact.value().is_some_and(|value| value.to_string() == log::FWCTL)
    })?;
    let fact = case.facts.plain(&Subject::Host, kind.path.strip_suffix(".kind")?)?;
    let text = fact.value()?.to_string();
    let who = text.split_once(": ").and_then(|(_, rest)| Some(rest.rsplit_once(": ")?.0.to_owned()));
    Some((fact, who.unwrap_or(text)))
}

/// The modules on the way that are marked as out-of-tree, unsigned or proprietary.
fn modules(case: &Case) -> Vec<(String, &Fact)> {
    ON_THE_WAY
        .into_iter()
        .filter_map(|module| {
            let fact = case.facts.plain(&Subject::Host, &format!("host/module/{module}/taint"))?;
            match fact.value()? {
                Value::Text { text } if text.contains(['O', 'E', 'P', 'F']) => {
                    Some((format!("{module} is marked {text}"), fact))
                }
                Value::Text { .. } | Value::Number { .. } | Value::Bytes { .. } => None,
            }
        })
        .collect()
}
