//! Errors of the kernel log: alike ones once, with what is publicly known of their syndromes.
//!
//! Must not do: explain a syndrome that no public source explains.

use mlx5_schemas::model::fact::{Evidence, Fact, Subject, Value};
use mlx5_schemas::model::known_issue::Condition;
use mlx5_schemas::model::manifest::Device;
use mlx5_schemas::model::report::{Statement, Tone, Topic};

use super::{plain, say, short};
use crate::case::Case;
use crate::known::{LoadedIssue, log_is_read};

/// Most kinds of events that are shown.
const MOST: usize = 3;
/// Longest message that is shown.
const MESSAGE: usize = 110;

/// Events alike: their kind, command and syndrome, or their words without numbers.
struct Group {
    key: String,
    message: String,
    syndrome: Option<u64>,
    times: usize,
    evidence: Vec<Evidence>,
}

/// What is said of the log.
pub(super) fn statements(case: &Case, device: &Device, issues: &[LoadedIssue]) -> Vec<Statement> {
    let subject = Subject::Device { device: device.id.clone() };
    let mut groups: Vec<Group> = Vec::new();
    for fact in case.facts.below(&subject, "log/event[").filter(|fact| fact.path.ends_with(']')) {
        let Some(Value::Text { text }) = fact.value() else { continue };
        let part = |name: &str| plain(case, device, &format!("{}.{name}", fact.path));
        let syndrome = ["syndrome", "ext_synd"].into_iter().find_map(|name| super::number(part(name)?.0));
        let key = match (part("command"), syndrome) {
            (None, None) => plain_message(text).chars().filter(|c| !c.is_ascii_hexdigit()).collect(),
            (command, syndrome) => {
                format!("{} {syndrome:?}", command.map(|(_, text)| text).unwrap_or_default())
            }
        };
        match groups.iter_mut().find(|group| group.key == key) {
            Some(group) => group.add(fact),
            None => groups.push(Group {
                key,
                message: text.clone(),
                syndrome,
                times: 1,
                evidence: fact.evidence.clone(),
            }),
        }
    }
    if groups.is_empty() {
        return vec![if log_is_read(case) {
            say(Topic::Log, Tone::Plain, "no warning or error of this card in what was given", Vec::new())
        } else {
            say(Topic::Log, Tone::Unknown, "kernel log", Vec::new())
        }];
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
    fn add(&mut self, fact: &Fact) {
        self.times = self.times.saturating_add(1);
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
