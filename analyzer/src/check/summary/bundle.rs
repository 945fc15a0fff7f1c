//! The paragraph about a bundle: its host, and its devices together.
//!
//! Must not do: repeat what the devices' own paragraphs say, but for the gravest finding.

use mlx5_schemas::model::fact::Subject;
use mlx5_schemas::model::manifest::{Ending, Source};
use mlx5_schemas::model::report::{BundleReview, DeviceReview, Finding};
use mlx5_schemas::model::verdict::{Cap, Verdict, Word};

use super::seen::Seen;
use super::words::{NAME, SENTENCE, clause, counts, gravest, listed, more, number_of, quoted, reasons};
use crate::check::voice::{Asked, Known};

/// What is said of a bundle.
pub(in crate::check) fn of_bundle(review: &BundleReview, known: &Known, asked: Asked) -> String {
    let findings: Vec<&Finding> = review.findings.iter().collect();
    let mut sentences = vec![identity(review, known), judged(review, &findings, asked)];
    if asked.has_baseline {
        sentences.push(counts(&review.counts));
    }
    let caps: Vec<&Cap> = review.host_caps.iter().collect();
    sentences.push(match reasons(caps.iter().copied(), known.is_container) {
        why if why.is_empty() => "Nothing on the host weakens the evidence.".to_owned(),
        why => format!("The host weakens the evidence: {}.", listed(&why)),
    });
    sentences.extend(open(review, known));
    sentences.extend(next(review, known, asked));
    sentences.join(" ")
}

fn is_imported(review: &BundleReview) -> bool {
    matches!(review.bundle.source, Source::Imported { .. })
}

/// What waits for a reset, and what is missing.
fn open(review: &BundleReview, known: &Known) -> Option<String> {
    let waits = |device: &&DeviceReview| {
        let seen = Seen::of(review, device, known);
        seen.settings_wait() || seen.own.firmware_waits
    };
    let waiting = number(review.devices.iter().filter(waits).count());
    // Text never is, and says so in its own way.
    let is_whole =
        is_imported(review) || (review.bundle.ending == Ending::Finished && review.bundle.complete);
    match (waiting, is_whole) {
        (0, true) => None,
        (0, false) => Some("The collection is not complete.".to_owned()),
        (waiting, whole) => {
            let waiting =
                number_of(waiting, "device has changes that wait", "devices have changes that wait");
            let missing = if whole { "" } else { "; the collection is not complete" };
            Some(format!("{waiting} for a reset{missing}."))
        }
    }
}

/// The step that the first device with the bundle's own word asks for.
fn next(review: &BundleReview, known: &Known, asked: Asked) -> Option<String> {
    let worst = review.devices.iter().find(|device| device.word == Some(review.word));
    let first = worst.or(review.devices.first().filter(|_| !asked.has_baseline))?;
    let step = Seen::of(review, first, known).step(asked)?;
    let others = review.devices.iter().filter(|device| device.word.is_some()).count() > 1;
    let id = quoted(&first.id, NAME).filter(|_| others && review.word != Word::Inside && asked.has_baseline);
    Some(match id {
        Some(id) => step.replacen("Next", &format!("Next, for {id}"), 1),
        None => step,
    })
}

fn number(count: usize) -> u64 {
    u64::try_from(count).unwrap_or(u64::MAX)
}

fn identity(review: &BundleReview, known: &Known) -> String {
    let of_function = |id: &str| known.device(id).is_some_and(|device| device.is_virtual);
    let functions = number(review.devices.iter().filter(|device| of_function(&device.id)).count());
    let devices = match review.devices.len() {
        0 => "no device".to_owned(),
        count => number_of(number(count), "device", "devices"),
    };
    let functions = match functions {
        0 => String::new(),
        functions => {
            format!(", {} among them", number_of(functions, "virtual function", "virtual functions"))
        }
    };
    let host = match (known.distribution.as_deref().and_then(|text| quoted(text, NAME)), known.is_container) {
        (Some(name), false) => format!("a host with {name}"),
        (Some(name), true) => format!("a container with {name}"),
        (None, false) => "a host".to_owned(),
        (None, true) => "a container".to_owned(),
    };
    let kernel = known.kernel.as_deref().and_then(|kernel| quoted(kernel, NAME));
    let kernel = kernel.map(|kernel| format!(" and kernel {kernel}")).unwrap_or_default();
    let day = review.bundle.created.format("%Y-%m-%d");
    match is_imported(review) {
        // When it was collected, nothing says.
        true => format!(
            "Text of other programs, imported on {day}, is of {host}{kernel}, with {devices}{functions}."
        ),
        false => format!("The bundle of {day} is of {host}{kernel}, with {devices}{functions}."),
    }
}

fn judged(review: &BundleReview, findings: &[&Finding], asked: Asked) -> String {
    let with = |word: Word| review.devices.iter().filter(|device| device.word == Some(word)).count();
    let judged = review.devices.iter().filter(|device| device.word.is_some()).count();
    let of = |count: usize| format!("{count} of {judged}");
    if !asked.has_baseline {
        return "No envelope was given, so nothing is judged.".to_owned();
    }
    match review.word {
        Word::Outside => {
            let gravest = gravest(findings).map(|finding| {
                let place = match (&finding.subject, judged > 1) {
                    (Subject::Host, _) => " on the host".to_owned(),
                    (subject, true) => {
                        let id = subject.device().and_then(|id| quoted(id, NAME));
                        id.map(|id| format!(" on {id}")).unwrap_or_default()
                    }
                    (_, false) => String::new(),
                };
                format!(": {}{place}{}", clause(finding), more(findings, finding))
            });
            let devices = match judged {
                0 | 1 => String::new(),
                _ => format!(" with {} devices", of(with(Word::Outside))),
            };
            format!("It is outside the envelope{devices}{}.", gravest.unwrap_or_default())
        }
        Word::Inside => match judged {
            0 => "It is inside the envelope, as far as the host is judged.".to_owned(),
            1 => "It is inside the envelope, and so is its device.".to_owned(),
            judged => format!("It is inside the envelope, and so are all {judged} devices that are judged."),
        },
        Word::CannotBeVouchedFor => {
            let mut why = Vec::new();
            let held = with(Word::CannotBeVouchedFor);
            match (held, judged) {
                (0, _) => {}
                (_, 1) => why.push("its device cannot".to_owned()),
                (held, _) => why.push(format!("{} devices cannot", of(held))),
            }
            let host = findings.iter().find(|finding| {
                finding.subject == Subject::Host
                    && matches!(finding.verdict, Verdict::Unknown { .. } | Verdict::Error)
            });
            why.extend(host.and_then(|finding| quoted(&finding.message, SENTENCE)));
            if why.is_empty() {
                why.push("nothing here was judged".to_owned());
            }
            format!("It cannot be vouched for: {}.", listed(&why))
        }
    }
}
