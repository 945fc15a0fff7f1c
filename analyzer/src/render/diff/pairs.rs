//! Which device is compared with which, and by what they were matched.
//!
//! Must not do: be silent on a device that has no partner.

use mlx5_schemas::model::report::{DevicePair, MatchedBy};

use super::super::{Page, Style};

/// Most pairs that are named where many are matched alike.
const MOST: usize = 4;

/// One line for all that were matched alike.
pub(super) fn pairs(page: &mut Page, pairs: &[DevicePair]) {
    let mut told: Vec<&DevicePair> = Vec::new();
    for pair in pairs {
        let is_alike = |other: &DevicePair| key(other) == key(pair);
        if told.iter().any(|other| is_alike(other)) {
            continue;
        }
        told.push(pair);
        let alike: Vec<&DevicePair> = pairs.iter().filter(|other| is_alike(other)).collect();
        let names: Vec<String> = alike.iter().take(MOST).map(|pair| names(pair)).collect();
        let more = alike.len().saturating_sub(names.len());
        let more = if more > 0 { format!(" and {more} more") } else { String::new() };
        let names = format!("{}{more}", names.join(", "));
        let (style, words) = words(pair);
        let unlike = match pair.unlike.as_slice() {
            [] => String::new(),
            unlike => format!("; another {}", unlike.join(", another ")),
        };
        page.wrapped("device", style, &format!("{names}: {words}{unlike}"));
        let Some((first, others)) = pair.candidates.split_first() else { continue };
        let others = others.iter().map(|other| format!(", {other}")).collect::<String>();
        page.wrapped("", Style::Doubt, &format!("it may be {first}{others}; --pair LEFT=RIGHT says which"));
    }
}

/// What two pairs must have in common to be told together.
fn key(pair: &DevicePair) -> impl PartialEq + '_ {
    (pair.by, &pair.unlike, &pair.candidates, pair.left.is_some(), pair.right.is_some())
}

fn names(pair: &DevicePair) -> String {
    match (&pair.left, &pair.right) {
        (Some(left), Some(right)) if left == right => left.clone(),
        (Some(left), Some(right)) => format!("{left} with {right}"),
        (Some(only), None) | (None, Some(only)) => only.clone(),
        (None, None) => String::new(),
    }
}

fn words(pair: &DevicePair) -> (Style, &'static str) {
    match pair.by {
        MatchedBy::Hand => (Style::Plain, "paired by hand"),
        MatchedBy::Serial => (Style::Plain, "matched by serial number and PSID"),
        MatchedBy::Address => (Style::Plain, "matched by base MAC or GUID"),
        MatchedBy::Slot => (Style::Plain, "matched by PCI slot and PSID"),
        MatchedBy::Id => (Style::Plain, "matched by PCI address"),
        MatchedBy::Kind => (Style::Plain, "matched as the only ones of their PSID and PCI device"),
        MatchedBy::Only => {
            (Style::Doubt, "matched as the only ones; a text does not say which device it is about")
        }
        MatchedBy::Nothing if pair.left.is_some() => (Style::Bad, "on the left only"),
        MatchedBy::Nothing => (Style::Bad, "on the right only"),
    }
}
