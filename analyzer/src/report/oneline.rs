//! One line for a ticket's subject.
//!
//! Must not do: be longer than a subject may be, or say a word without its counts.

use mlx5_schemas::model::report::{CheckReport, Finding};

use super::words::counts_found;
use super::{Rank, devices_by_word, named, ranked, subjects};
use crate::sanitize::sanitize;

/// Most characters; mail and ticket systems cut somewhere above.
const MOST: usize = 200;

/// The line, without its end.
pub(super) fn line(check: &CheckReport) -> String {
    let head = format!("{}: {}", check.words().to_uppercase(), what(check));
    let devices = check.bundles.iter().flat_map(|bundle| &bundle.devices);
    let weakest = devices.map(|device| device.assurance).min();
    let assurance = weakest.map(|level| format!("; assurance {level}")).unwrap_or_default();
    // These are never cut away; what comes before them is.
    let tail = format!(" [{}{assurance}]", counts_found(&check.counts));
    let room = MOST.saturating_sub(tail.chars().count());
    format!("{}{tail}", cut(&sanitize(&head), room))
}

/// The most pressing finding, or why there is none to name.
fn what(check: &CheckReport) -> String {
    let ranked = ranked(check.bundles.iter().flat_map(|bundle| &bundle.findings));
    let pressing = [Rank::Outside, Rank::Pending, Rank::Error, Rank::Unknown];
    let list: Vec<&Finding> =
        pressing.iter().filter_map(|rank| ranked.get(rank)).flatten().copied().collect();
    let reason =
        check.bundles.iter().flat_map(|bundle| &bundle.devices).find_map(|device| device.reasons.first());
    match (list.as_slice(), check.troubles.first(), reason) {
        ([first, rest @ ..], ..) => {
            let more = if rest.is_empty() { String::new() } else { format!(" (and {} more)", rest.len()) };
            format!("{} {}{more} on {}", first.verdict, named(&[first]), subjects(&[first]))
        }
        ([], Some(trouble), _) => trouble.clone(),
        ([], None, Some(reason)) => reason.clone(),
        ([], None, None) => format!("devices {}", devices_by_word(check)),
    }
}

fn cut(text: &str, most: usize) -> String {
    if text.chars().count() <= most {
        return text.to_owned();
    }
    let kept: String = text.chars().take(most.saturating_sub(1)).collect();
    format!("{}…", kept.trim_end())
}
