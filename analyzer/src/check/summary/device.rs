//! The paragraph about a device.
//!
//! Must not do: say of a function what is told of another function of its card.

use std::cmp::Reverse;
use std::collections::BTreeSet;

use mlx5_schemas::model::report::{BundleReview, DeviceReview};
use mlx5_schemas::model::verdict::Word;

use super::seen::Seen;
use super::words::{
    NAME, SENTENCE, clause, counts, evidence, gravest, is_open, listed, more, name, number_of, quoted,
    unknown,
};
use crate::case::Side;
use crate::check::voice::{Asked, Known, KnownDevice};

/// What is said of a device.
pub(in crate::check) fn of_device(
    review: &BundleReview,
    device: &DeviceReview,
    known: &Known,
    asked: Asked,
) -> String {
    let seen = Seen::of(review, device, known);
    let mut sentences = vec![identity(device, &seen.own)];
    if device.word.is_none() && seen.own.physical_function.is_some() {
        sentences.push("It has no NV configuration of its own and is judged with that function.".to_owned());
        return sentences.join(" ");
    }
    match device.word {
        Some(word) => sentences.push(judged(word, &seen)),
        None if asked.has_baseline => {
            sentences.push("No rule is about devices, so nothing of it is judged.".to_owned());
        }
        None => {}
    }
    if asked.has_baseline {
        sentences.push(counts(&device.counts));
    }
    sentences.push(match is_unjudged(device) {
        true => "No value was judged, so there is no evidence to weigh.".to_owned(),
        false => evidence(device.assurance, seen.weakest, &seen.caps, known.is_container, asked),
    });
    sentences.extend(open(&seen));
    // Without an envelope every device's step is the same one; the bundle's paragraph has it.
    sentences.extend(seen.step(asked).filter(|_| asked.has_baseline));
    sentences.join(" ")
}

/// Whether rules are about it and none could judge a value.
fn is_unjudged(device: &DeviceReview) -> bool {
    let counts = &device.counts;
    let judged = [counts.within, counts.waived, counts.pending, counts.outside];
    device.word == Some(Word::CannotBeVouchedFor) && device.shares_with.is_none() && judged == [0; 4]
}

fn identity(device: &DeviceReview, own: &KnownDevice) -> String {
    let id = quoted(&device.id, NAME).unwrap_or_else(|| "The device".to_owned());
    let family = own.family.as_deref();
    let what = match (&own.physical_function, own.is_virtual, family) {
        (Some(physical), _, _) => {
            let physical = quoted(physical, NAME).unwrap_or_else(|| "another device".to_owned());
            return format!("{id} is a virtual function of {physical}.");
        }
        (None, true, Some(family)) => format!("a virtual function of a {family}"),
        (None, true, None) => "a virtual function".to_owned(),
        (None, false, Some(family)) => format!("a {family}"),
        (None, false, None) => "a card whose family was not read".to_owned(),
    };
    let mode = own.owners.mode.map(|mode| format!(" {}", mode.words())).unwrap_or_default();
    let side = match own.owners.side {
        Some(Side::Host) => ", seen from the host",
        Some(Side::Arm) => ", seen from its own processor",
        None => "",
    };
    let or = |text: &Option<String>, what: &str| match text.as_deref().and_then(|text| quoted(text, NAME)) {
        Some(text) => format!("{what} {text}"),
        None => format!("{what} not read"),
    };
    let shares = match device.shares_with.as_deref().and_then(|other| quoted(other, NAME)) {
        Some(other) => format!(", on one card with {other}, where what they share is told"),
        None => String::new(),
    };
    format!(
        "{id} is {what}{mode}{side} ({}, {}){shares}.",
        or(&device.psid, "PSID"),
        or(&device.firmware, "firmware")
    )
}

/// The word, and why in one sentence.
fn judged(word: Word, seen: &Seen<'_>) -> String {
    let (device, findings) = (seen.device, &seen.findings);
    match word {
        Word::Outside => match (gravest(findings), device.shares_with.as_deref()) {
            (Some(finding), _) => {
                format!("It is outside the envelope: {}{}.", clause(finding), more(findings, finding))
            }
            (None, Some(_)) => "It is outside the envelope by what the card's functions share.".to_owned(),
            (None, None) => "It is outside the envelope.".to_owned(),
        },
        Word::Inside => {
            let waived = match device.counts.waived {
                0 => String::new(),
                waived => format!(", but for {waived} that a waiver accepts"),
            };
            let accepted: BTreeSet<&String> = findings.iter().flat_map(|finding| &finding.accepted).collect();
            let accepted: Vec<String> = accepted.into_iter().cloned().collect();
            let accepted = match accepted.as_slice() {
                [] => String::new(),
                accepted => format!(", with {} accepted on the command line", listed(accepted)),
            };
            let all = match (device.counts.unknown, device.shares_with.as_deref()) {
                (0, Some(_)) => ", along with what the card's functions share",
                (0, None) => ": every value that a rule names was read and lies within it",
                (_, _) => "",
            };
            format!("It is inside the envelope{all}{waived}{accepted}.")
        }
        Word::CannotBeVouchedFor => {
            format!("It cannot be vouched for: {}.", held_back(seen).join("; "))
        }
    }
}

/// What holds the word back.
fn held_back(seen: &Seen<'_>) -> Vec<String> {
    let Seen { device, findings, own, .. } = seen;
    let mut reasons = Vec::new();
    let unread = || findings.iter().filter(|finding| is_open(finding));
    if let Some(first) = unread().min_by_key(|finding| Reverse(finding.severity)) {
        let more = u64::try_from(unread().count().saturating_sub(1)).unwrap_or(u64::MAX);
        reasons.push(match more {
            0 => format!("{} could not be judged", name(first)),
            more => format!(
                "{} and {} could not be judged",
                name(first),
                number_of(more, "more thing that a rule names", "more things that rules name")
            ),
        });
    }
    if device.counts.error > 0 {
        reasons.push(number_of(device.counts.error, "rule failed", "rules failed"));
    }
    for reason in &device.reasons {
        // The counts are told above; levels are told with the evidence.
        if reason.starts_with(|first: char| first.is_ascii_digit()) {
            continue;
        }
        if reason.starts_with("assurance ") {
            reasons.push("the evidence carries less than is demanded".to_owned());
        } else if own.is_virtual && reason.starts_with("no rule judged") {
            reasons.push("a virtual function has no NV configuration of its own".to_owned());
        } else if let Some(reason) = quoted(reason, SENTENCE) {
            reasons.push(reason);
        }
    }
    if reasons.is_empty() {
        reasons.push("what the card's functions share cannot".to_owned());
    }
    reasons
}

/// What waits for a reset, and what was not judged.
fn open(seen: &Seen<'_>) -> Option<String> {
    let mut parts = Vec::new();
    match (seen.settings_wait(), seen.own.firmware_waits) {
        (true, true) => parts.push("changed settings and newer firmware wait for a reset".to_owned()),
        (true, false) => parts.push("changed settings wait for a reset".to_owned()),
        (false, true) => parts.push("newer firmware waits for a reset".to_owned()),
        (false, false) => {}
    }
    if seen.device.next_only {
        parts.push("next only: the firmware does not tell what is in force now".to_owned());
    }
    if let Some(unknown) = unknown(&seen.findings) {
        parts.push(format!("not judged: {unknown}"));
    }
    let text = parts.join("; ");
    let mut letters = text.chars();
    letters.next().map(|first| format!("{}{}.", first.to_uppercase(), letters.as_str()))
}
