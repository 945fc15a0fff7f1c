//! What the kernel log tells: of cards (firmware version, PCIe bandwidth, errors), and who asked fwctl for full access.
//!
//! [`Log`] takes messages from any log, a capture's or a text's. The rest reads captures. The fwctl core logs once per
//! boot (`drivers/fwctl/main.c`): `fwctl fwctlN: COMM(PID): has requested full access to the physical device`. COMM is
//! whatever the process called itself. A record begins `priority,sequence,…;`, and the kernel gives lines that user space
//! wrote to `/dev/kmsg` a facility other than 0 (`Documentation/ABI/testing/dev-kmsg`), so that such a line cannot pass
//! for its own.
//!
//! Must not do: believe a line of user space.

mod event;
mod log;
mod message;
#[cfg(test)]
mod tests;

pub use log::{Log, LogFact, MAX_EVENTS};
pub use message::{Message, Whom, message};

use super::{Items, flag, quote, text_of};
use crate::model::fact::{Subject, Value};
use crate::model::status::CollectionStatus;

const PATH: &str = "host/fwctl_requester";
const SENTENCE: &str = ": has requested full access to the physical device";

/// All facts of a capture of the log.
pub(super) fn decode(items: &mut Items<'_>) {
    requesters(items);
    // What was not captured has no lines; its reason stands with the requesters.
    let Ok(text) = text_of(items.capture) else { return };
    let mut log = Log::default();
    for (level, said) in text.lines().filter_map(record) {
        log.take(said, Some(level), ());
    }
    for fact in log.facts() {
        let subject = match fact.whom {
            Whom::Function(device) => Subject::Device { device },
            Whom::Host | Whom::Interface(_) | Whom::Rdma(_) => Subject::Host,
        };
        items.push(subject, fact.path, Ok(fact.value));
    }
}

/// Level and text of a record that the kernel itself wrote.
fn record(line: &str) -> Option<(u8, &str)> {
    let (prefix, text) = line.split_once(';')?;
    // Priority is facility * 8 + level; the kernel's own facility is 0.
    let priority: u8 = prefix.split(',').next()?.parse().ok()?;
    (priority <= 7).then_some((priority, text))
}

/// One fact `NAME(PID) on fwctlN` per line; unknown where no line names a process: absent only if no line was left out.
fn requesters(items: &mut Items<'_>) {
    let found: Vec<String> = match text_of(items.capture) {
        Ok(text) => text.lines().filter_map(requester).collect(),
        Err((status, reason)) => return items.unknown(Subject::Host, PATH, status, reason),
    };
    if found.is_empty() {
        let none = "no line of the kernel log names a process";
        let (status, reason) = match &items.capture.reason {
            None => (CollectionStatus::Absent, none.to_owned()),
            Some(left_out) => (CollectionStatus::Error, format!("{none}, but {left_out}")),
        };
        items.unknown(Subject::Host, PATH, status, reason);
    }
    for text in found {
        items.push(Subject::Host, PATH, Ok(Value::Text { text }));
    }
}

fn requester(line: &str) -> Option<String> {
    let (_, text) = record(line)?;
    let (node, rest) = text.strip_prefix("fwctl fwctl")?.split_once(": ")?;
    if node.is_empty() || !node.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    // From the end: the name itself may hold parentheses, colons and even the sentence.
    let (name, pid) = rest.strip_suffix(SENTENCE)?.strip_suffix(')')?.rsplit_once('(')?;
    if pid.is_empty() || !pid.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    Some(format!("{name}({pid}) on fwctl{node}"))
}

/// `first_sequence=N from_boot=yes|no`.
pub(super) fn from_boot(text: &str) -> Result<Value, String> {
    match text.split_ascii_whitespace().find_map(|word| word.strip_prefix("from_boot=")) {
        Some("yes") => Ok(flag(true)),
        Some("no") => Ok(flag(false)),
        Some(_) | None => Err(format!("does not say how far back the log reaches: {}", quote(text))),
    }
}
