//! Sentences that several formats share. They are as they come; each format's door makes them safe.
//!
//! Must not do: escape, cut or colour.

use std::collections::{BTreeMap, BTreeSet};

use mlx5_schemas::model::fact::{Evidence, Knowledge, Subject, View};
use mlx5_schemas::model::manifest::{Ending, Model, Seal, Source};
use mlx5_schemas::model::report::{
    BundleIdentity, BundleReview, CheckReport, Counts, DeviceReview, Finding, Found, RuleCoverage, Signer,
    WaivedBy,
};
use mlx5_schemas::model::verdict::{Assurance, Cap, Word};

use super::{Rank, deciding};
use crate::case::NO_WRITER;
use crate::render::number_of;

/// Most names that one line lists.
const MOST_NAMES: usize = 6;

/// Counts by verdict: those that decide always, the others where there are any.
pub fn counts(counts: &Counts) -> String {
    let [within, outside, pending, unknown, others @ ..] = by_verdict(counts);
    let always = [within, outside, pending, unknown];
    joined(always.into_iter().chain(others.into_iter().filter(|(number, _)| *number > 0)))
}

/// The same without those of which there are none.
pub fn counts_found(counts: &Counts) -> String {
    let found = joined(by_verdict(counts).into_iter().filter(|(number, _)| *number > 0));
    if found.is_empty() { "nothing judged".to_owned() } else { found }
}

fn by_verdict(counts: &Counts) -> [(u64, &'static str); 9] {
    [
        (counts.within, "within"),
        (counts.outside, "outside"),
        (counts.pending, "pending"),
        (counts.unknown, "unknown"),
        (counts.waived, "waived"),
        (counts.error, "failed"),
        (counts.informational, "informational"),
        (counts.not_applicable, "not applicable"),
        (counts.not_selected, "not selected"),
    ]
}

fn joined(counts: impl Iterator<Item = (u64, &'static str)>) -> String {
    counts.map(|(number, word)| format!("{number} {word}")).collect::<Vec<_>>().join(", ")
}

/// `1 inside, 2 outside, 0 cannot be vouched for`.
pub fn devices_by_word(check: &CheckReport) -> String {
    let mut words: BTreeMap<Word, u64> = BTreeMap::new();
    for word in check.bundles.iter().flat_map(|bundle| &bundle.devices).filter_map(|device| device.word) {
        let count: &mut u64 = words.entry(word).or_default();
        *count = count.saturating_add(1);
    }
    let number = |word| words.get(&word).copied().unwrap_or_default();
    format!(
        "{} inside, {} outside, {} cannot be vouched for",
        number(Word::Inside),
        number(Word::Outside),
        number(Word::CannotBeVouchedFor),
    )
}

/// What was demanded and permitted, with a label each: baselines, assurance, signature, what was accepted, waivers.
pub fn policy(check: &CheckReport) -> Vec<(&'static str, String)> {
    let number = |count: u64, word: &str| format!("{count} {word}{}", if count == 1 { "" } else { "s" });
    let mut rows: Vec<(&str, String)> = Vec::new();
    for baseline in &check.baselines {
        let rules = number(baseline.rules, "rule");
        let default = if baseline.has_default { " and a default" } else { "" };
        rows.push(("baseline", format!("{} ({}, {rules}{default})", baseline.file, baseline.name)));
        rows.extend(baseline.description.clone().map(|text| ("it is for", text)));
        rows.extend(baseline.owner.clone().map(|owner| ("its owner", owner)));
        rows.extend(baseline.included.iter().map(|one| ("includes", format!("{} ({})", one.file, one.name))));
    }
    if rows.is_empty() {
        rows.push(("baseline", "none: nothing is judged (--baseline FILE gives an envelope)".to_owned()));
    }
    let signature = if check.policy.require_signature { "; signed by a key that you named" } else { "" };
    let lowered = check.policy.lowered_from;
    let lowered =
        lowered.map(|level| format!(" (lowered on the command line from {level})")).unwrap_or_default();
    let levels: Vec<&str> = Assurance::ALL.iter().rev().map(|level| level.word()).collect();
    let levels = levels.join(", ");
    rows.push((
        "demanded",
        format!("assurance at least {}{lowered}{signature} (of {levels})", check.min_assurance),
    ));
    if !check.policy.allow_unvouched.is_empty() {
        let counted = |reason: &String| match check.policy.accepted.get(reason) {
            None | Some(0) => format!("{reason} (of nothing)"),
            Some(count) => format!("{reason} (of {})", number(*count, "finding")),
        };
        let reasons: Vec<String> = check.policy.allow_unvouched.iter().map(counted).collect();
        let reasons = reasons.join(", ");
        rows.push(("accepted", format!("though it cannot be vouched for: {reasons} (--allow-unvouched)")));
    }
    for file in &check.policy.waivers {
        rows.push(("waivers", format!("{} ({})", file.file, number(file.waivers, "waiver"))));
    }
    rows
}

/// `read (no-lockdown, shared-owner)`.
pub fn assurance(level: Assurance, deciding: &[&Cap]) -> String {
    let reasons: BTreeSet<&str> = deciding.iter().map(|cap| cap.reason.word()).collect();
    if reasons.is_empty() {
        level.word().to_owned()
    } else {
        format!("{level} ({})", reasons.into_iter().collect::<Vec<_>>().join(", "))
    }
}

/// A cap in words.
pub fn cap(cap: &Cap) -> String {
    format!("{} (at most {}): {}", cap.reason.word(), cap.level, cap.message)
}

/// `accepted by OWNER until DATE (waiver ID): REASON`.
pub(super) fn waived(by: &WaivedBy) -> String {
    let ticket = by.ticket.as_ref().map(|ticket| format!(", {ticket}")).unwrap_or_default();
    format!("accepted by {} until {} (waiver {}{ticket}): {}", by.owner, by.expires, by.id, by.reason)
}

/// What accepts a finding, to go behind other words: a waiver, a reason given on the command line, or nothing.
pub(super) fn accepted(finding: &Finding) -> String {
    let waiver = finding.waiver.as_ref().map(|by| format!("; {}", waived(by))).unwrap_or_default();
    let reasons = on_the_command_line(finding).map(|words| format!("; accepted {words}")).unwrap_or_default();
    format!("{waiver}{reasons}")
}

/// The reasons by which a finding was accepted on the command line.
pub(super) fn on_the_command_line(finding: &Finding) -> Option<String> {
    (!finding.accepted.is_empty()).then(|| format!("on the command line: {}", finding.accepted.join(", ")))
}

/// A finding's name; what has no path is about its subject as a whole.
fn name(finding: &Finding) -> &str {
    if !finding.name.is_empty() {
        &finding.name
    } else if finding.subject == Subject::Host {
        "the host"
    } else {
        "the device"
    }
}

/// The names in a group, each once.
pub fn named(group: &[&Finding]) -> String {
    some_of(group.iter().map(|finding| name(finding).to_owned()))
}

/// The subjects of a group, each once.
pub fn subjects(group: &[&Finding]) -> String {
    some_of(group.iter().map(|finding| finding.subject.to_string()))
}

fn some_of(all: impl Iterator<Item = String>) -> String {
    let mut distinct: Vec<String> = Vec::new();
    let mut seen = BTreeSet::new();
    for item in all {
        if seen.insert(item.clone()) {
            distinct.push(item);
        }
    }
    let more = distinct.len().saturating_sub(MOST_NAMES);
    distinct.truncate(MOST_NAMES);
    let shown = distinct.join(", ");
    if more > 0 { format!("{shown} and {more} more") } else { shown }
}

/// What a finding is about, or several of one cause are, with their number.
pub fn headline(group: &[&Finding]) -> String {
    let number = if group.len() > 1 { format!("{} findings: ", group.len()) } else { String::new() };
    if group.iter().all(|finding| finding.name.is_empty()) {
        return format!("{number}{}", subjects(group));
    }
    format!("{number}{} on {}", named(group), subjects(group))
}

/// What people are told of a finding, or of several of one cause, with a label each: from the verdict to the names by
/// which to ask for more. Of several what they do not share is left to the bytes, which come after these.
pub fn rows(review: &BundleReview, group: &[&Finding]) -> Vec<(&'static str, String)> {
    let Some((first, others)) = group.split_first() else { return Vec::new() };
    let mut rows = shared_rows(first);
    for other in others {
        let same = shared_rows(other);
        rows.retain(|row| same.contains(row));
    }
    let fold = first.fold.as_ref().and_then(|id| review.folds.iter().find(|fold| fold.id == *id));
    if let Some(fold) = fold.filter(|_| !others.is_empty()) {
        rows.retain(|(label, _)| *label != "verdict");
        rows.insert(0, ("verdict", format!("{}: {}", fold.verdict, fold.message)));
    }
    // Rules that differ have reasons that differ: all of them stay, each with its rule.
    if !rows.iter().any(|(label, _)| *label == "rule") {
        let of =
            |item: &dyn Fn(&Finding) -> Option<String>| some_of(group.iter().filter_map(|one| item(one)));
        let whys = of(&|one| Some(format!("{} ({})", one.why.clone()?, one.rule)));
        rows.extend(Some(("why", whys)).filter(|(_, whys)| !whys.is_empty()));
        rows.push(("rules", of(&|one| Some(format!("{} ({})", one.rule, one.severity.word())))));
    }
    let mut list = |label: &'static str, item: &dyn Fn(&Finding) -> String| {
        let items = some_of(group.iter().map(|finding| item(finding)).filter(|item| !item.is_empty()));
        if !items.is_empty() {
            rows.push((label, items));
        }
    };
    list("assurance", &|finding| assurance(finding.assurance, &deciding(review, finding)));
    list("fact", &|finding| finding.path.clone());
    list("finding", &|finding| finding.id.clone());
    rows
}

/// What several findings can have in common.
fn shared_rows(finding: &Finding) -> Vec<(&'static str, String)> {
    let mut rows = vec![("verdict", said(finding))];
    rows.extend(finding.expected.clone().map(|expected| ("expected", expected)));
    if !finding.found.is_empty() {
        rows.push(("found", found(&finding.found)));
    }
    let provenance = finding.provenance.clone().or_else(|| written_by(&finding.found));
    rows.extend(provenance.map(|words| ("written", words)));
    rows.extend(finding.waiver.as_ref().map(|by| ("waiver", waived(by))));
    rows.extend(on_the_command_line(finding).map(|words| ("accepted", words)));
    rows.extend(finding.why.clone().map(|why| ("why", why)));
    rows.extend(finding.sure.map(|sure| ("how sure", sure.word().to_owned())));
    rows.extend(finding.remedy.clone().map(|remedy| ("remedy", remedy)));
    rows.push(("rule", format!("{} ({})", finding.rule, finding.severity.word())));
    rows.extend(finding.owner.clone().map(|owner| ("rule owner", owner)));
    rows
}

/// An address that may be a link: of the web, and spelt as RFC 3986 has it.
pub fn web_address(url: &str) -> Option<&str> {
    let is_web = url.starts_with("https://") || url.starts_with("http://");
    let is_spelt = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~:/?#@!$&'()*+,;=%".contains(&byte);
    Some(url).filter(|url| is_web && url.bytes().all(is_spelt))
}

/// The verdict with its message, without saying the word twice.
pub(super) fn said(finding: &Finding) -> String {
    let verdict = finding.verdict.to_string();
    if finding.message.is_empty() {
        verdict
    } else if finding.message.starts_with(&verdict) || Rank::of(finding) == Rank::Advisory {
        finding.message.clone()
    } else {
        format!("{verdict}: {}", finding.message)
    }
}

pub fn found(list: &[Found]) -> String {
    let words: Vec<String> = list
        .iter()
        .map(|found| {
            let value = match &found.knowledge {
                Some(Knowledge::Known { value }) => value.to_string(),
                Some(Knowledge::Unknown { status, reason }) => format!("{status} ({reason})"),
                None => "not offered".to_owned(),
            };
            match found.view {
                Some(view) => format!("{} {value}", view.word()),
                None => value,
            }
        })
        .collect();
    words.join(", ")
}

/// The writer of the view that decides: next, else current.
pub fn written_by(list: &[Found]) -> Option<String> {
    let of = |view: View| list.iter().find(|found| found.view == Some(view) && found.writer.is_some());
    let found = of(View::Next).or_else(|| of(View::Current))?;
    let view = found.view.map(View::word).unwrap_or_default();
    let priority = found.priority.as_ref().map(|p| format!(", priority {p}")).unwrap_or_default();
    Some(match found.writer.as_deref()? {
        NO_WRITER => format!("by nobody who gave a name ({view}{priority})"),
        writer => format!("by a writer that named itself {writer} ({view}{priority})"),
    })
}

/// `devices/…/nv.exchanges @1234+56 bits 224+16`.
pub fn place(evidence: &Evidence) -> String {
    let field = evidence
        .field
        .map(|field| format!(" bits {}+{}", field.bit_offset, field.bit_width))
        .unwrap_or_default();
    format!("{} @{}+{}{field}", evidence.member, evidence.offset, evidence.length)
}

/// Where a bundle comes from, if not from a running system.
pub fn source(bundle: &BundleIdentity) -> Option<String> {
    match &bundle.source {
        Source::Live => None,
        Source::Simulated { models, root } => {
            let names: Vec<String> = models.iter().map(Model::words).collect();
            let root = root.as_ref().map(|root| format!("; host files from {root}")).unwrap_or_default();
            Some(format!("simulated cards: {}{root}", names.join(", ")))
        }
        Source::AlternateRoot { root } => Some(format!("files below {root}, not the running system")),
        Source::Imported { files, .. } => {
            let unread = files.iter().map(|file| file.unread).fold(0, u64::saturating_add);
            let number = u64::try_from(files.len()).unwrap_or(u64::MAX);
            let texts = number_of(number, "text", "texts");
            let unread = number_of(unread, "line was", "lines were");
            Some(format!("{texts} of other programs, a claim, sealed by nobody; {unread} not understood"))
        }
    }
}

/// What a bundle lacks, and the collector's words about the run, with a label each.
pub fn lacks(bundle: &BundleIdentity) -> Vec<(&'static str, String)> {
    let mut rows = Vec::new();
    if !bundle.complete && !matches!(bundle.source, Source::Imported { .. }) {
        let how = match bundle.ending {
            Ending::Finished => "something that was asked for is missing",
            Ending::Deadline => "the deadline passed before everything was read",
            Ending::Interrupted => "the run was interrupted",
        };
        rows.push(("coverage", how.to_owned()));
    }
    rows.extend(bundle.notes.iter().map(|note| ("note", note.clone())));
    rows
}

/// What is to be known of a device beside its word and its evidence, with a label each.
pub fn beside(device: &DeviceReview) -> Vec<(&'static str, String)> {
    let mut rows = Vec::new();
    if device.next_only {
        rows.push(("views", "next only: its firmware gives no current values".to_owned()));
    }
    if let Some(other) = &device.shares_with {
        rows.push(("shares", format!("its NV configuration with {other}: what is shared is told there")));
    }
    let RuleCoverage { rules, judged, wanting } = &device.coverage;
    if !wanting.is_empty() {
        let rules = number_of(*rules, "rule", "rules");
        let wanting = wanting.join(", ");
        rows.push(("rules", format!("{judged} of {rules} had the facts that they need; not {wanting}")));
    }
    rows
}

/// Whose signature a bundle has.
pub fn signature(bundle: &BundleIdentity) -> String {
    let whose = match &bundle.signature.signer {
        Signer::Trusted { principal, fingerprint } => {
            format!("by {principal}, a key that you named ({fingerprint})")
        }
        Signer::Unknown { fingerprint } => {
            let key = match &bundle.signature.seal {
                Seal::OneRunKey { .. } if bundle.signature.agrees => "a key made for this one run",
                Seal::OneRunKey { .. } | Seal::NamedKey { .. } | Seal::Unsigned => {
                    "a key that you did not name"
                }
            };
            format!("by {key} ({fingerprint})")
        }
        Signer::Unsigned => "none".to_owned(),
    };
    if bundle.signature.agrees {
        return whose;
    }
    let doubt = match (&bundle.signature.seal, &bundle.signature.signer) {
        (Seal::Unsigned, _) => "the collector did not sign it: the signature was added later".to_owned(),
        (Seal::OneRunKey { fingerprint } | Seal::NamedKey { fingerprint }, Signer::Unsigned) => {
            format!("the collector signed it with {fingerprint}: that signature was taken away")
        }
        (Seal::OneRunKey { fingerprint } | Seal::NamedKey { fingerprint }, _) => {
            format!("the collector says that it signed with {fingerprint}: this signature is another one")
        }
    };
    format!("{whose}; {doubt}")
}
