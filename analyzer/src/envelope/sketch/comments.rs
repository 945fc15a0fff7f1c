//! What the comments of a sketch say.
//!
//! Must not do: name a value that belongs to one card or host.

use std::collections::BTreeSet;

use mlx5_schemas::model::baseline::Select;
use mlx5_schemas::model::fact::{Value, View};

use super::super::seen::{All, Of, Seen};
use super::Style;

/// What a person is to say of each rule.
pub(super) const BLANKS: [(&str, &str); 3] = [
    ("why", "FILL IN: why this value is the right one"),
    ("remedy", "FILL IN: what to do about another one"),
    ("owner", "FILL IN: who answers for it"),
];
/// Most values that a comment names.
const MOST: usize = 8;
/// Most characters of a value in a comment.
const LONGEST: usize = 40;

fn shown(value: &Value) -> String {
    let text = value.to_string();
    match text.chars().count() > LONGEST {
        true => format!("{}…", text.chars().take(LONGEST).collect::<String>()),
        false => text,
    }
}

fn list<'v>(values: impl IntoIterator<Item = &'v Value>) -> String {
    let texts: Vec<String> = values.into_iter().map(shown).collect();
    let more = texts.len().saturating_sub(MOST);
    let few = texts.iter().take(MOST).cloned().collect::<Vec<_>>().join(", ");
    if more > 0 { format!("{few} and {more} more") } else { few }
}

/// On a rule that one bundle gave: the value now, after the next reset, and the factory's.
pub(super) fn begun(seen: &Seen) -> Vec<String> {
    let of = |view: View| seen.by_view.get(&Some(view)).cloned().unwrap_or_default();
    let (current, next) = (of(View::Current), of(View::Next));
    let mut lines = Vec::new();
    if seen.by_view.contains_key(&None) {
        return lines;
    }
    let factory = match seen.factory.is_empty() {
        true => "the factory value was not read".to_owned(),
        false => format!("factory {}", list(&seen.factory)),
    };
    lines.push(match (current.is_empty(), next.is_empty()) {
        (false, false) if current != next => {
            format!("Now {}, after the next reset {}; {factory}.", list(&current), list(&next))
        }
        (false, _) => format!("Now {}; {factory}.", list(&current)),
        (true, false) => format!("After the next reset {} (now was not read); {factory}.", list(&next)),
        (true, true) => format!("Not read; {factory}."),
    });
    if seen.waiting > 0 {
        lines.push("A change waits for a reset. Keep the value that you mean.".to_owned());
    }
    let both: BTreeSet<&Value> = current.union(&next).collect();
    if seen.waiting == 0 && both.len() > 1 {
        lines.push("The functions or ports of the card differ. Keep what you mean.".to_owned());
    }
    lines
}

/// On a rule that several bundles gave: which values, in how many.
pub(super) fn learnt(seen: &Seen, bundles: u64, without: u64, is_free: bool) -> Vec<String> {
    let mut counted: Vec<(&Value, u64)> = seen.values.iter().map(|(value, count)| (value, *count)).collect();
    counted.sort_by_key(|(value, count)| (std::cmp::Reverse(*count), *value));
    let of = |count: u64| format!("{count} of {bundles}");
    let mut line = match counted.as_slice() {
        // What is so everywhere need not be told again.
        [(_, count)] => of(*count),
        _ if is_free => format!("{}: {} values", of(seen.known), counted.len()),
        _ => {
            let few = counted.iter().take(MOST).map(|(value, count)| format!("{} in {count}", shown(value)));
            let few = few.collect::<Vec<_>>().join(", ");
            let more = match counted.len().saturating_sub(MOST) {
                0 => String::new(),
                more => format!(", {more} other values"),
            };
            format!("{}: {few}{more}", of(seen.known))
        }
    };
    if !seen.factory.is_empty() {
        line.push_str(&format!("; factory {}", list(&seen.factory)));
    }
    line.push('.');
    let mut lines = vec![line];
    if without > 0 {
        let have = if without == 1 { "bundle has a card" } else { "bundles have cards" };
        lines.push(format!(
            "{without} {have} without it: a pattern takes what there is, a name would demand it."
        ));
    }
    lines
}

/// On members of the file.
pub(super) fn members(
    all: &All,
    select: &Select,
    style: Style<'_>,
    rest: bool,
) -> Vec<(&'static str, Vec<String>)> {
    let of_devices = matches!(style.of, Of::Nv | Of::Devices);
    let mut members = Vec::new();
    let level = all.level.map(|level| level.word()).unwrap_or_default();
    let least: Vec<String> = all
        .bounds
        .iter()
        .filter(|(reason, _)| Some(reason.level()) == all.level)
        .map(|(reason, count)| match all.bundles {
            1 => reason.words().to_owned(),
            bundles => format!("{} ({count} of {bundles})", reason.words()),
        })
        .collect();
    let why = match least.is_empty() {
        true => "nothing was seen that weakens it".to_owned(),
        false => least.join("; "),
    };
    let mut words = vec![format!("What the evidence carries: {level}, since {why}.")];
    if !of_devices {
        words.push(
            "What the kernel tells carries no more than reported; so this is a file of its own.".to_owned(),
        );
    }
    members.push(("min_assurance", words));
    if of_devices {
        let mut words = Vec::new();
        if select.psid.is_empty() {
            words.push("The PSID was not read, so that cards of other boards are meant too.".to_owned());
        } else {
            words.push(
                "Cards like these and no others. Wider: leave `psid` out and keep `family`, or write patterns (MT_*)."
                    .to_owned(),
            );
        }
        words.push(match (&select.firmware, all.kinds.len()) {
            (Some(_), _) => {
                "Firmware as seen. Wider: another `to`, or no `firmware`; check then what later firmware adds."
                    .to_owned()
            }
            (None, 2..) => "There are several kinds of cards; each rule says of which it is.".to_owned(),
            (None, _) => "The firmware version was not read of all; any is meant.".to_owned(),
        });
        members.push(("select", words));
    }
    if rest {
        members.push((
            "default",
            vec!["NV configuration that no rule below names is as the factory set it.".to_owned()],
        ));
    }
    members
}
