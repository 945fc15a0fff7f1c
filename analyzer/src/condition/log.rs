//! Conditions on the kernel log.
//!
//! Must not do: take a log that was not read for one without the event.

use mlx5_schemas::model::condition::LogTest;
use mlx5_schemas::model::fact::{Fact, Knowledge, Subject, Value};
use mlx5_schemas::model::manifest::Source;
use mlx5_schemas::model::status::CollectionStatus;

use super::{About, Expressions, Outcome};
use crate::case::Case;

/// Format word of kernel logs among imported texts.
const FORMAT: &str = "kernel-log";

/// Whether a kernel log is among the evidence.
pub fn is_read(case: &Case) -> bool {
    let imported = match &case.opened.bundle.manifest.source {
        Source::Imported { files, .. } => {
            files.iter().any(|file| file.format.split('+').any(|word| word == FORMAT))
        }
        Source::Live | Source::Simulated { .. } | Source::AlternateRoot { .. } => false,
    };
    // Our own bundles: the log was read where it names a requester, or surely none.
    let requester = case.facts.plain(&Subject::Host, "host/fwctl_requester");
    let captured = requester.is_some_and(|fact| match &fact.knowledge {
        Knowledge::Known { .. } => true,
        Knowledge::Unknown { status, .. } => *status == CollectionStatus::Absent,
    });
    let device = |id: &str| Subject::Device { device: id.to_owned() };
    let subjects =
        std::iter::once(Subject::Host).chain(case.opened.devices().iter().map(|one| device(&one.id)));
    imported
        || captured
        || subjects.into_iter().any(|subject| case.facts.below(&subject, "log/").next().is_some())
}

/// Whether an event is so.
pub(super) fn event(about: &About<'_>, expressions: &Expressions, test: &LogTest) -> Outcome {
    if !about.log_read {
        return Outcome::unknown("the kernel log", Vec::new());
    }
    for fact in about.events() {
        let Some(Value::Text { text }) = fact.value() else { continue };
        // `log/event[3].kind` is a part of an event.
        if !fact.path.ends_with(']') {
            continue;
        }
        if is_so(about, expressions, test, fact, text) {
            return Outcome::met(true, fact.evidence.clone());
        }
    }
    Outcome::not(Vec::new())
}

fn is_so(about: &About<'_>, expressions: &Expressions, test: &LogTest, event: &Fact, message: &str) -> bool {
    let part = |name: &str| {
        about.facts.plain(&event.subject, &format!("{}.{name}", event.path)).and_then(Fact::value)
    };
    let says = |name: &str, wanted: &Option<String>| {
        wanted.as_ref().is_none_or(|wanted| part(name).is_some_and(|value| value.to_string() == *wanted))
    };
    // The number, as the decoder found it, or as it stands in the message.
    let number = |name: &str, wanted: &Option<String>| {
        wanted.as_ref().is_none_or(|wanted| match (part(name), hex(wanted)) {
            (Some(Value::Number { number, .. }), Some(wanted)) => *number == wanted,
            (Some(Value::Number { .. }), None) => false,
            (Some(Value::Text { .. } | Value::Bytes { .. }) | None, Some(wanted)) => {
                stands_in(message, wanted)
            }
            (Some(Value::Text { .. } | Value::Bytes { .. }) | None, None) => false,
        })
    };
    let found = test.matches.as_ref().is_none_or(|expression| expressions.find(expression, message));
    found
        && says("kind", &test.kind)
        && says("command", &test.command)
        && number("syndrome", &test.syndrome)
        && number("ext_synd", &test.ext_synd)
}

fn hex(text: &str) -> Option<u64> {
    u64::from_str_radix(text.strip_prefix("0x")?, 16).ok()
}

/// Whether a message holds this number in hex, as a word of its own.
fn stands_in(message: &str, number: u64) -> bool {
    message
        .split(|c: char| !c.is_ascii_alphanumeric())
        .any(|word| hex(&word.to_ascii_lowercase()) == Some(number))
}
