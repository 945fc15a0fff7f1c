//! The phrases that summaries are made of.
//!
//! Must not do: pass on text of a bundle or a baseline as it came: it is made plain, cut to a length, and left out where it
//! could be read as a word of ours.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use mlx5_schemas::model::fact::{Knowledge, View};
use mlx5_schemas::model::report::{Counts, Finding};
use mlx5_schemas::model::verdict::{Assurance, Cap, CapReason, Verdict};
use mlx5_schemas::redaction::is_secret_tlv;

use crate::case::tlv_of;
use crate::check::stand::is_outside_later;
use crate::check::voice::Asked;
use crate::report;
use crate::sanitize::sanitize;

/// Most characters of a name, of a value, of a sentence of others.
pub(super) const NAME: usize = 40;
const VALUE: usize = 24;
pub(super) const SENTENCE: usize = 110;
/// Most reasons that one sentence lists.
const MOST_REASONS: usize = 3;

/// Text of others, on one line and not longer than this; nothing where it uses the word that only we may say.
pub(super) fn quoted(text: &str, most: usize) -> Option<String> {
    let plain = sanitize(&text.split_whitespace().collect::<Vec<&str>>().join(" ")).into_owned();
    if plain.is_empty() || plain.to_lowercase().contains("inside") {
        return None;
    }
    if plain.chars().count() <= most {
        return Some(plain);
    }
    let cut: String = plain.chars().take(most.saturating_sub(1)).collect();
    Some(format!("{}…", cut.trim_end()))
}

/// `1 value`, `2 values`.
pub(super) fn number_of(number: u64, one: &str, many: &str) -> String {
    format!("{number} {}", if number == 1 { one } else { many })
}

/// `a`, `a and b`, `a, b and c`, with how many there are beyond the most that are listed.
pub(super) fn listed(words: &[String]) -> String {
    let more = words.len().saturating_sub(MOST_REASONS);
    let mut shown: Vec<String> = words.iter().take(MOST_REASONS).cloned().collect();
    if more > 0 {
        shown.push(format!("{more} more"));
    }
    match shown.split_last() {
        Some((last, [])) => last.clone(),
        Some((last, rest)) => format!("{} and {last}", rest.join(", ")),
        None => String::new(),
    }
}

/// Whether a finding is against the envelope.
pub(super) fn is_against(finding: &Finding) -> bool {
    matches!(finding.verdict, Verdict::Outside | Verdict::Pending)
}

/// The finding that weighs most among those that are against the envelope.
pub(super) fn gravest<'a>(findings: &[&'a Finding]) -> Option<&'a Finding> {
    let against = findings.iter().copied().filter(|finding| is_against(finding));
    against.min_by_key(|finding| (Reverse(finding.severity), finding.verdict != Verdict::Outside))
}

/// Whether a finding is about a secret, of which neither name nor value is repeated.
pub(super) fn is_secret(finding: &Finding) -> bool {
    tlv_of(&finding.path).is_some_and(|tlv| is_secret_tlv(tlv.class, tlv.index))
}

/// What a finding is about.
pub(super) fn name(finding: &Finding) -> String {
    let own = [&finding.name, &finding.path].into_iter().find(|name| !name.is_empty());
    let told = own.filter(|_| !is_secret(finding)).and_then(|name| quoted(name, NAME));
    told.unwrap_or_else(|| if is_secret(finding) { "a secret" } else { "a value" }.to_owned())
}

/// What a finding against the envelope says: `NUM_OF_VFS is 16, where 8 is expected (rule site/vfs, high)`.
pub(super) fn clause(finding: &Finding) -> String {
    let value = |view: Option<View>| {
        let known = finding.found.iter().find_map(|found| match &found.knowledge {
            Some(Knowledge::Known { value }) if found.view == view => Some(value.to_string()),
            Some(Knowledge::Known { .. } | Knowledge::Unknown { .. }) | None => None,
        })?;
        quoted(&known, VALUE).filter(|_| !is_secret(finding))
    };
    let is = match (value(Some(View::Current)), value(Some(View::Next)), value(None)) {
        (Some(now), Some(then), _) if now == then => format!("is {now}"),
        (Some(now), Some(then), _) => format!("is {now} now and {then} after the next reset"),
        (Some(now), None, _) => format!("is {now} now"),
        (None, Some(then), _) => format!("is {then} after the next reset"),
        (None, None, Some(value)) => format!("is {value}"),
        (None, None, None) => "breaks its rule".to_owned(),
    };
    let expected = finding.expected.as_deref().filter(|_| !is_secret(finding));
    let expected = expected.and_then(|text| quoted(text, VALUE));
    let expected = expected.map(|text| format!(", where {text} is expected")).unwrap_or_default();
    let rule = quoted(&finding.rule, NAME).map(|rule| format!("rule {rule}, ")).unwrap_or_default();
    format!("{} {is}{expected} ({rule}{})", name(finding), finding.severity.word())
}

/// What else is against the envelope: one other by its name, several by their number.
pub(super) fn more(findings: &[&Finding], told: &Finding) -> String {
    let others = || findings.iter().filter(|finding| is_against(finding) && finding.id != told.id);
    match (others().next(), others().count()) {
        (None, _) => String::new(),
        (Some(other), 1) if is_outside_later(other) => {
            format!(", and {} would be after a reset", name(other))
        }
        (Some(other), 1) => format!(", and so is {}", name(other)),
        (Some(_), more) => format!(", and so are {more} more"),
    }
}

/// All counts that say something; those that decide always.
pub(super) fn counts(counts: &Counts) -> String {
    format!("Values: {}.", report::counts(counts))
}

/// Whether it is unknown for a reason that nobody accepted.
pub(super) fn is_open(finding: &Finding) -> bool {
    matches!(finding.verdict, Verdict::Unknown { .. }) && finding.accepted.is_empty()
}

/// What is unknown, by reason, the most frequent first: `12 timeout, 3 denied`.
pub(super) fn unknown(findings: &[&Finding]) -> Option<String> {
    let mut reasons: BTreeMap<&str, u64> = BTreeMap::new();
    for finding in findings {
        if let Verdict::Unknown { reason } = finding.verdict {
            let count = reasons.entry(reason.word()).or_default();
            *count = count.saturating_add(1);
        }
    }
    let mut reasons: Vec<(&str, u64)> = reasons.into_iter().collect();
    reasons.sort_by_key(|(_, count)| Reverse(*count));
    let words: Vec<String> = reasons.iter().map(|(word, count)| format!("{count} {word}")).collect();
    (!words.is_empty()).then(|| listed(&words))
}

/// The weakest evidence of values that lie within, and how many rest on it, where it is weaker than the device's.
pub(super) fn weakest(level: Assurance, findings: &[&Finding]) -> Option<(Assurance, u64)> {
    let rests = |finding: &&&Finding| matches!(finding.verdict, Verdict::Within | Verdict::Waived);
    let levels = findings.iter().filter(rests).map(|finding| finding.assurance);
    let weakest = levels.clone().min().filter(|weakest| *weakest < level)?;
    let count = levels.filter(|level| *level == weakest).count();
    Some((weakest, u64::try_from(count).unwrap_or(u64::MAX)))
}

/// How much the evidence carries, and what bounds it: of caps, those of that very level.
pub(super) fn evidence(
    level: Assurance,
    weakest: Option<(Assurance, u64)>,
    caps: &[&Cap],
    is_container: bool,
    asked: Asked,
) -> String {
    let is = match level {
        Assurance::Strong => "read from the firmware, and nothing weakens it",
        Assurance::Read => "from the firmware",
        Assurance::Tainted => "from the firmware, but more may have changed than it shows",
        Assurance::Reported => "told by the kernel or the vendor's tools",
        Assurance::Claimed => "not read from the running system",
    };
    let why = match reasons(caps.iter().filter(|cap| cap.level == level).copied(), is_container) {
        why if why.is_empty() => String::new(),
        why => format!(", because {}", listed(&why)),
    };
    let weaker = weakest.map(|(weakest, count)| {
        format!("; {} on what is {weakest} only", number_of(count, "value rests", "values rest"))
    });
    let least = weakest.map_or(level, |(weakest, _)| weakest.min(level));
    let min = asked.min_assurance;
    let is_short = asked.has_baseline && least < min;
    let demand = if is_short { format!("; at least {min} is demanded") } else { String::new() };
    format!("Evidence: {level} ({is}){why}{}{demand}.", weaker.unwrap_or_default())
}

/// The words of caps, each once. In a container, what is not known of the host has one reason.
pub(super) fn reasons<'a>(caps: impl Iterator<Item = &'a Cap>, is_container: bool) -> Vec<String> {
    let mut words: Vec<String> = Vec::new();
    for cap in caps {
        let word = match is_container && is_hidden_by_a_container(cap.reason) {
            true => "a container does not show the host's taint, drivers or lockdown",
            false => cap.reason.words(),
        };
        if !words.iter().any(|known| known == word) {
            words.push(word.to_owned());
        }
    }
    words
}

/// Whether a cap only says that a container hides something.
pub(super) fn is_hidden_by_a_container(reason: CapReason) -> bool {
    matches!(reason, CapReason::TaintUnknown | CapReason::DriverUnknown | CapReason::LockdownUnknown)
}
