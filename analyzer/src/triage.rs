//! `triage`: what a ticket's files tell of each card, on one screen, and what to ask for next.
//!
//! Everything said has its evidence. What was not read is said to be unknown; nothing here is ever called inside.
//!
//! Must not do: judge against an envelope (that is `check`), or ask for what could change a device.

mod card;
mod cards;
mod host;
mod link;
mod log;
mod settings;

use std::collections::BTreeSet;

use mlx5_schemas::model::fact::{Evidence, Fact, Route, Subject, Value};
use mlx5_schemas::model::manifest::Device;
use mlx5_schemas::model::report::{CardTriage, HostTriage, IssueFound, Statement, Tone, Topic};
use mlx5_schemas::model::verdict::Assurance;

use crate::ask::{self, Tools};
use crate::assurance::Caps;
use crate::case::Case;
use crate::known::{self, About, LoadedIssue};

pub use cards::{Card, cards};
pub use settings::{Settings, rank};

/// Most commands that are asked for on a card's screen; `ask` gives all.
const MOST_ASKS: usize = 3;

/// Most characters of a statement.
const MOST_WORDS: usize = 400;

/// Looks at everything.
pub fn triage(case: &Case, issues: &[LoadedIssue]) -> HostTriage {
    let caps = Caps::of(case);
    let tools = Tools::of(case);
    let cards: Vec<CardTriage> =
        cards(case).iter().map(|card| one_card(case, card, issues, &tools)).collect();
    let assurance = case
        .opened
        .devices()
        .iter()
        .map(|device| caps.of_device(&device.id, case.opened.device_route(device)))
        .chain(caps.host().iter().map(|cap| cap.level))
        .min()
        .unwrap_or(Assurance::Reported);
    let routes: BTreeSet<Route> =
        case.opened.devices().iter().map(|device| case.opened.device_route(device)).collect();
    HostTriage {
        bundle: case.opened.identity(),
        assurance,
        routes: routes.into_iter().collect(),
        caps: caps.host().to_vec(),
        host: host::statements(case, issues),
        cards,
    }
}

fn one_card(case: &Case, card: &Card<'_>, issues: &[LoadedIssue], tools: &Tools) -> CardTriage {
    let about: Vec<About<'_>> = card.functions.iter().map(|device| About::new(case, device)).collect();
    let found: Vec<IssueFound> = known::of_card(case, &about, issues);
    let settings = Settings::of(case, card);
    let per_function: Vec<Vec<Statement>> = card
        .functions
        .iter()
        .zip(&about)
        .map(|(device, about)| {
            let mut statements = card::statements(case, device, about);
            statements.extend(link::statements(case, device));
            statements.extend(log::statements(case, device, issues));
            statements
        })
        .collect();
    let mut statements = card::together(card, per_function);
    statements.extend(settings.statements(&about));
    // What was not told comes last within its topic's place: the page joins it into one line.
    statements.sort_by_key(|statement| statement.topic);
    let missing: Vec<String> = found.iter().flat_map(|issue| issue.missing.clone()).collect();
    let mut asks = ask::of_card(case, card, &about, &settings, tools, &missing);
    asks.truncate(MOST_ASKS);
    let said = |pick: fn(&About<'_>) -> Option<String>| about.iter().find_map(pick);
    CardTriage {
        functions: card.functions.iter().map(|device| device.id.clone()).collect(),
        virtual_functions: card.virtual_functions.iter().map(|device| device.id.clone()).collect(),
        family: said(|about| about.family.as_ref().map(|family| family.name.to_owned())),
        psid: said(|about| about.identity.psid_text().map(str::to_owned)),
        firmware: said(|about| about.identity.firmware_text().map(str::to_owned)),
        stored_firmware: said(|about| about.identity.stored_text().map(str::to_owned)),
        statements: statements.into_iter().map(|statement| shown(case, statement)).collect(),
        pending: settings.pending,
        changed: settings.changed,
        issues: found,
        asks,
    }
}

/// Evidence of a statement is never empty where something is said: the manifest's row at least shows the device.
fn shown(case: &Case, mut statement: Statement) -> Statement {
    if statement.evidence.is_empty() && statement.tone != Tone::Unknown {
        statement.evidence.push(case.opened.manifest_evidence());
    }
    statement.evidence.dedup();
    statement
}

fn say(topic: Topic, tone: Tone, words: impl Into<String>, evidence: Vec<Evidence>) -> Statement {
    // What a file says may have any length, and a screen has not.
    Statement { topic, tone, words: short(&words.into(), MOST_WORDS), evidence }
}

/// A device's fact without a view that has a value, as it is shown.
fn plain<'a>(case: &'a Case, device: &Device, path: &str) -> Option<(&'a Fact, String)> {
    let subject = Subject::Device { device: device.id.clone() };
    let fact = case.facts.plain(&subject, path)?;
    Some((fact, fact.value()?.to_string()))
}

fn host_fact<'a>(case: &'a Case, path: &str) -> Option<(&'a Fact, String)> {
    let fact = case.facts.plain(&Subject::Host, path)?;
    Some((fact, fact.value()?.to_string()))
}

fn number(fact: &Fact) -> Option<u64> {
    match fact.value()? {
        Value::Number { number, .. } => Some(*number),
        Value::Text { .. } | Value::Bytes { .. } => None,
    }
}

/// `1 parameter`, `2 parameters`.
fn count(number: usize, one: &str, many: &str) -> String {
    format!("{number} {}", if number == 1 { one } else { many })
}

/// At most so many characters.
fn short(text: &str, most: usize) -> String {
    if text.chars().count() <= most {
        return text.to_owned();
    }
    let kept: String = text.chars().take(most.saturating_sub(1)).collect();
    format!("{}…", kept.trim_end())
}
