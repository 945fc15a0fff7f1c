//! Errors of the kernel log: alike ones once, with what is publicly known of their syndromes.
//!
//! Must not do: explain a syndrome that no public source explains.

use mlx5_schemas::model::condition::Condition;
use mlx5_schemas::model::fact::{Evidence, Fact, Subject, Value};
use mlx5_schemas::model::manifest::Device;
use mlx5_schemas::model::report::{Statement, Tone, Topic};

use super::{say, short};
use crate::case::Case;
use crate::known::{LoadedIssue, log_is_read};

/// Kind of the event in which the kernel says who asked fwctl for more than reading.
pub(super) const FWCTL: &str = "fwctl-taint";
/// Most kinds of events that are shown.
const MOST: usize = 3;
/// Longest message that is shown.
const MESSAGE: usize = 110;

/// Events alike: their kind, command and syndrome, or their words without numbers.
struct Group {
    key: String,
    message: String,
    /// A number that says nothing by itself: of a failed command, or the extended one of the health buffer.
    syndrome: Option<u64>,
    times: usize,
    evidence: Vec<Evidence>,
}

/// What is said of a device's part of the log.
pub(super) fn statements(case: &Case, device: &Device, issues: &[LoadedIssue]) -> Vec<Statement> {
    let subject = Subject::Device { device: device.id.clone() };
    let mut statements = events(case, &subject, issues);
    statements.extend(health(case, &subject));
    if !statements.is_empty() {
        return statements;
    }
    vec![if log_is_read(case) {
        say(Topic::Log, Tone::Plain, "no warning or error of this card in what was given", Vec::new())
    } else {
        say(Topic::Log, Tone::Unknown, "kernel log", Vec::new())
    }]
}

/// Errors that the driver's health reporters have counted (devlink).
fn health(case: &Case, subject: &Subject) -> Option<Statement> {
    let counted: Vec<(&Fact, &str, u64)> = case
        .facts
        .below(subject, "devlink/health.")
        .filter_map(|fact| {
            let reporter = fact.path.strip_prefix("devlink/health.")?.strip_suffix(".error")?;
            Some((fact, reporter, super::number(fact).filter(|errors| *errors > 0)?))
        })
        .collect();
    if counted.is_empty() {
        return None;
    }
    let words: Vec<String> =
        counted.iter().map(|(_, reporter, errors)| format!("{reporter} {errors}")).collect();
    let evidence = counted.iter().flat_map(|(fact, ..)| fact.evidence.clone()).collect();
    let words = format!("errors counted by devlink's reporters: {}", words.join(", "));
    Some(say(Topic::Log, Tone::Attention, words, evidence))
}

/// The events of a subject; empty where there are none.
pub(super) fn events(case: &Case, subject: &Subject, issues: &[LoadedIssue]) -> Vec<Statement> {
    let mut groups: Vec<Group> = Vec::new();
    let mut facts: Vec<&Fact> =
        case.facts.below(subject, "log/event[").filter(|fact| fact.path.ends_with(']')).collect();
    // In the order of the log, not in that of the paths.
    facts.sort_by_key(|fact| fact.evidence.first().map(|one| (one.member.clone(), one.offset)));
    for fact in facts {
        let Some(Value::Text { text }) = fact.value() else { continue };
        let part = |name: &str| case.facts.plain(subject, &format!("{}.{name}", fact.path));
        let syndrome = ["syndrome", "ext_synd"].into_iter().find_map(|name| super::number(part(name)?));
        let told = |name: &str| part(name).and_then(Fact::value).map(ToString::to_string);
        // Who asked fwctl is told with the taint.
        if told("kind").as_deref() == Some(FWCTL) {
            continue;
        }
        let command = told("command");
        let is_number = command.is_some() || part("ext_synd").is_some();
        let times = part("times").and_then(super::number).and_then(|times| usize::try_from(times).ok());
        let times = times.unwrap_or(1);
        let key = match (command, syndrome) {
            (None, None) => plain_message(text).chars().filter(|c| !c.is_ascii_hexdigit()).collect(),
            (command, syndrome) => format!("{} {syndrome:?}", command.unwrap_or_default()),
        };
        match groups.iter_mut().find(|group| group.key == key) {
            Some(group) => group.add(fact, times),
            None => groups.push(Group {
                key,
                message: text.clone(),
                syndrome: syndrome.filter(|_| is_number),
                times,
                evidence: fact.evidence.clone(),
            }),
        }
    }
    let more = groups.len().saturating_sub(MOST);
    let mut statements: Vec<Statement> =
        groups.into_iter().take(MOST).map(|group| statement(group, issues)).collect();
    if more > 0 {
        let words = format!("and {more} more kinds of events; show FILE 'log/**' lists them");
        statements.push(say(Topic::Log, Tone::Plain, words, Vec::new()));
    }
    statements
}

impl Group {
    fn add(&mut self, fact: &Fact, times: usize) {
        self.times = self.times.saturating_add(times);
        self.evidence.extend(fact.evidence.iter().cloned());
    }
}

fn statement(group: Group, issues: &[LoadedIssue]) -> Statement {
    let times = if group.times > 1 { format!("{} times: ", group.times) } else { String::new() };
    let explained = match group.syndrome {
        Some(syndrome) => match issues.iter().find(|one| names(&one.issue.when, syndrome)) {
            Some(one) => format!(" [{}]", one.issue.id),
            None => format!(" [syndrome 0x{syndrome:x}: no public explanation known here]"),
        },
        None => String::new(),
    };
    let words = format!("{times}{}{explained}", short(plain_message(&group.message), MESSAGE));
    say(Topic::Log, Tone::Attention, words, group.evidence)
}

/// The message without the place in the driver's source: `mlx5_cmd_check:744:(pid 13): `.
fn plain_message(message: &str) -> &str {
    let place =
        message.split_once("(pid ").and_then(|(place, rest)| Some((place, rest.split_once("): ")?.1)));
    match place {
        Some((place, rest)) if !place.contains(' ') && place.ends_with(':') => rest,
        Some(_) | None => message,
    }
}

/// Whether a condition is about a syndrome.
fn names(what: &Condition, syndrome: u64) -> bool {
    match what {
        Condition::All(parts) | Condition::Any(parts) => parts.iter().any(|part| names(part, syndrome)),
        Condition::Log(test) => [&test.syndrome, &test.ext_synd].into_iter().flatten().any(|text| {
            text.strip_prefix("0x").and_then(|hex| u64::from_str_radix(hex, 16).ok()) == Some(syndrome)
        }),
        Condition::Not(_)
        | Condition::Family(_)
        | Condition::PciDevice(_)
        | Condition::Firmware(_)
        | Condition::Driver(_)
        | Condition::Kernel(_)
        | Condition::Psid(_)
        | Condition::Fact(_)
        | Condition::Compare(_)
        | Condition::Pending(_) => false,
    }
}
