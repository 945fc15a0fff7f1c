//! What differs between a run and its row of the table.

use std::time::Duration;

use mlx5_collector::probe::ProbeId;
use mlx5_schemas::bundle::Bundle;
use mlx5_schemas::model::defect::defect;
use mlx5_schemas::model::exchange::{Exchange, Outcome as Came, SkipReason};
use mlx5_schemas::model::manifest::{Ending, ProbeReport};
use mlx5_schemas::model::status::CollectionStatus;

use super::bench::{Bench, Ran, SOUND, STRUCK, exchanges, member, report};
use super::table::{Count, Outcome, Phase, Row};

const GAPS: [CollectionStatus; 5] = [
    CollectionStatus::Skipped,
    CollectionStatus::NotRecorded,
    CollectionStatus::Denied,
    CollectionStatus::Error,
    CollectionStatus::Timeout,
];

/// Everything in which a run is not what was expected, but for the time it took; nothing, where it is.
pub(crate) fn differences(
    bench: &Bench,
    phase: Phase,
    cards: usize,
    expected: &Outcome,
    ran: &Ran,
) -> Vec<String> {
    let mut found = Vec::new();
    if ran.exit != expected.exit {
        found.push(format!("exit code {}, not {}: {}", ran.exit, expected.exit, ran.words));
    }
    found.extend(bundle_differences(bench, phase, cards, expected, &ran.bundle));
    found
}

/// In which way a run took too long, if it did; `delay` is not its own.
pub(crate) fn lateness(expected: &Outcome, ran: &Ran, delay: Duration) -> Option<String> {
    let is_late = ran.took > Duration::from_secs(expected.within_s) + delay;
    is_late.then(|| format!("took {:.2?}, longer than {} s", ran.took, expected.within_s))
}

/// The same of the bundle alone.
pub(crate) fn bundle_differences(
    bench: &Bench,
    phase: Phase,
    cards: usize,
    expected: &Outcome,
    bundle: &Bundle,
) -> Vec<String> {
    let mut found = Vec::new();
    let manifest = &bundle.manifest;
    let ending = match manifest.ending {
        Ending::Finished => "finished",
        Ending::Deadline => "deadline",
        Ending::Interrupted => "interrupted",
    };
    if ending != expected.ending || manifest.complete != expected.complete {
        found.push(format!("ending {ending}, complete {}", manifest.complete));
    }
    if manifest.devices.len() != cards {
        found.push(format!("{} devices", manifest.devices.len()));
    }
    for (probe, row) in &expected.rows {
        let sound = report(&bench.sound, STRUCK, *probe);
        found.extend(row_difference(row, report(bundle, STRUCK, *probe), sound, &expected.after));
    }
    let rows = || ProbeId::STANDARD.into_iter().map(|probe| report(bundle, STRUCK, probe));
    let first_gap = rows().find(|row| row.status.is_gap());
    let reason = first_gap.and_then(|row| row.reason.as_deref());
    match (&expected.words, reason) {
        (None, None) => {}
        (Some(words), Some(reason)) if reason.contains(words) => {}
        (words, reason) => found.push(format!("reason {reason:?}, not {words:?}")),
    }
    if rows().any(|row| row.status.is_gap() && row.reason.is_none()) {
        found.push("a gap without a reason".to_owned());
    }
    found.extend(transcript_differences(bench, phase, expected, &exchanges(bundle, STRUCK)));
    if cards == 2 {
        found.extend(sound_differences(bench, bundle));
    }
    found
}

fn row_difference(expected: &Row, row: &ProbeReport, sound: &ProbeReport, after: &str) -> Option<String> {
    let words = format!("{}: {} {:?}", row.probe, row.status, row.items);
    let count = |row: &ProbeReport, word: &str| row.items.get(word).copied().unwrap_or(0);
    match expected {
        Row::Same => {
            let is_same = row.status == sound.status && row.items == sound.items && row.reason.is_none();
            (!is_same).then(|| format!("{words} is not as from a sound card"))
        }
        Row::Is { status, gaps } => {
            let mut is_right = row.status.word() == status;
            for gap in GAPS.map(CollectionStatus::word) {
                let (there, usual) = (count(row, gap), count(sound, gap));
                is_right &= match gaps.get(gap) {
                    // What a sound card's mask denies is asked of one that does not tell its mask.
                    None => there == usual || gap == CollectionStatus::Skipped.word() && there < usual,
                    Some(Count::Exactly(number)) => there == *number,
                    Some(Count::Some) => there > usual,
                };
            }
            // Every item has its row; where it was not asked that is what its row says.
            let (total, usual): (u64, u64) = (row.items.values().sum(), sound.items.values().sum());
            is_right &= after != "answered" || total == usual;
            (!is_right).then(|| format!("{words} is not {status} {gaps:?}"))
        }
    }
}

fn transcript_differences(
    bench: &Bench,
    phase: Phase,
    expected: &Outcome,
    exchanges: &[Exchange],
) -> Vec<String> {
    let mut found = Vec::new();
    let sound = &bench.exchanges;
    let at = bench.place(phase);
    let (Some(before), Some(struck), Some(after)) =
        (exchanges.get(..at), exchanges.get(at), exchanges.get(at + 1..))
    else {
        return vec![format!("{} exchanges, and number {at} is struck", exchanges.len())];
    };
    if before != &sound[..at] {
        found.push("what came before is not as from a sound card".to_owned());
    }
    if !is_at(&expected.at, struck, &sound[at]) {
        found.push(format!("what is struck came to {}", words(&struck.outcome)));
    }
    let rest = &sound[at + 1..];
    let is_after = match expected.after.as_str() {
        "answered" => after == rest,
        "slow" => {
            let answered = after.iter().zip(rest).take_while(|(came, usual)| came == usual).count();
            let unasked = &after[answered..];
            !unasked.is_empty()
                && unasked.iter().all(|exchange| is_unasked(exchange, SkipReason::DeviceBudget))
        }
        "given-up" => is_rest(after, SkipReason::DeviceGivenUp),
        "deadline" => is_rest(after, SkipReason::Deadline),
        "budget" => is_rest(after, SkipReason::DeviceBudget),
        errno => {
            let errno: i32 = errno.strip_prefix("errno:").unwrap().parse().unwrap();
            let is_errno =
                |exchange: &Exchange| exchange.outcome == Came::Undelivered { errno } || is_never(exchange);
            after.len() > 10 && after.iter().all(is_errno)
        }
    };
    if !is_after {
        let odd: Vec<String> = after.iter().map(|exchange| words(&exchange.outcome)).take(5).collect();
        found.push(format!(
            "what came after is not {}: {} exchanges, first {odd:?}",
            expected.after,
            after.len()
        ));
    }
    found
}

fn is_at(expected: &str, struck: &Exchange, sound: &Exchange) -> bool {
    let is_ok = match &struck.outcome {
        Came::Replied(reply) => reply.status.0 == 0,
        Came::Undelivered { .. } | Came::NotAsked(_) => false,
    };
    let is_defect = match &struck.outcome {
        Came::Replied(reply) => defect(&struck.request, reply).is_some(),
        Came::Undelivered { .. } | Came::NotAsked(_) => false,
    };
    match (expected, expected.split_once(':')) {
        ("data", _) => is_ok && struck == sound,
        ("defect", _) => is_ok && is_defect,
        ("skip", _) => is_unasked(struck, SkipReason::DeviceGivenUp),
        (_, Some(("errno", errno))) => struck.outcome == Came::Undelivered { errno: errno.parse().unwrap() },
        (_, Some(("status", status))) => match &struck.outcome {
            Came::Replied(reply) => {
                reply.status.0 == status.parse::<u8>().unwrap() && reply.data().is_empty()
            }
            Came::Undelivered { .. } | Came::NotAsked(_) => false,
        },
        _ => panic!("{expected}"),
    }
}

fn is_rest(after: &[Exchange], reason: SkipReason) -> bool {
    after.len() > 5 && after.iter().all(|exchange| is_unasked(exchange, reason) || is_never(exchange))
}

fn is_unasked(exchange: &Exchange, reason: SkipReason) -> bool {
    exchange.outcome == Came::NotAsked(reason) || is_never(exchange)
}

/// What is not asked whatever happens.
fn is_never(exchange: &Exchange) -> bool {
    matches!(exchange.outcome, Came::NotAsked(SkipReason::Secret | SkipReason::CapabilityMask))
}

fn words(outcome: &Came) -> String {
    match outcome {
        Came::Replied(reply) => format!("{} with {} bytes", reply.status, reply.output.len()),
        Came::Undelivered { errno } => format!("errno {errno}"),
        Came::NotAsked(reason) => reason.words().to_owned(),
    }
}

/// The other card is as if alone: the same rows, the same bytes.
fn sound_differences(bench: &Bench, bundle: &Bundle) -> Vec<String> {
    let mut found = Vec::new();
    for probe in ProbeId::STANDARD {
        let (row, usual) = (report(bundle, SOUND, probe), report(&bench.sound, SOUND, probe));
        if (row.status, &row.items) != (usual.status, &usual.items) {
            found.push(format!("the sound card's {probe}: {} {:?}", row.status, row.items));
        }
        let name = member(SOUND, probe);
        if bundle.members.get(&name) != bench.sound.members.get(&name) {
            found.push(format!("{name} is not what the card alone gives"));
        }
    }
    found
}
