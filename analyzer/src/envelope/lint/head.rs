//! What a file and its rules say of themselves: reasons, remedies, owners, references, and what evidence must carry.
//!
//! Must not do: look at what a rule expects.

use mlx5_schemas::model::baseline::{Baseline, Expect, Rest};
use mlx5_schemas::model::reference::Reference;
use mlx5_schemas::model::verdict::Assurance;

use super::Stated;
use super::desk::Desk;
use crate::baseline::{Flaw, LoadedBaseline};
use crate::case::BEYOND_NV;
use crate::known::{LoadedIssue, unknown_advisory};
use crate::pattern::Pattern;

/// What a file says of the whole.
pub(super) fn file(desk: &mut Desk<'_, '_>, loaded: &LoadedBaseline, issues: &[LoadedIssue]) {
    let baseline = desk.file.baseline.clone();
    references(desk, &baseline.references, "/references");
    let list = &baseline.include;
    super::naming::repeated(desk, list, "/include");
    advisories(desk, &baseline, issues);
    weakens(desk, &baseline, loaded);
}

/// What a rule says of itself.
pub(super) fn rule(desk: &mut Desk<'_, '_>, loaded: &LoadedBaseline, stated: Stated<'_>) {
    let (rule, pointer) = (stated.rule, stated.pointer);
    let baseline = &desk.file.baseline;
    let is_said = |text: &Option<String>| text.as_ref().is_some_and(|text| !text.trim().is_empty());
    let missing = [
        (Flaw::MissingWhy, "why", !is_said(&rule.why)),
        (Flaw::MissingRemedy, "remedy", !is_said(&rule.remedy)),
        (Flaw::MissingOwner, "owner", !is_said(&rule.owner) && !is_said(&baseline.owner)),
        (Flaw::MissingReference, "references", rule.references.is_empty() && baseline.references.is_empty()),
    ];
    for (flaw, member, is_missing) in missing {
        if is_missing {
            desk.add(flaw, pointer, format!("rule `{}` has no `{member}`", rule.id));
        }
    }
    references(desk, &rule.references, &format!("{pointer}/references"));
    let demanded = loaded.baseline.min_assurance.unwrap_or(Assurance::Read);
    if demanded <= Assurance::Reported {
        return;
    }
    let told = |name: &str| {
        format!("{name} is told by the kernel or by tools, which carries less than {}", demanded.word())
    };
    for (place, pattern) in rule.facts.iter().enumerate().filter(|(_, pattern)| is_told(pattern)) {
        desk.add(Flaw::UnreachableAssurance, &format!("{pointer}/facts/{place}"), told(pattern));
    }
    if let Expect::Relation(to) = &rule.expect
        && let Some(other) = to.to.as_deref().filter(|other| is_told(other))
    {
        desk.add(Flaw::UnreachableAssurance, &format!("{pointer}/expect/relation/to"), told(other));
    }
}

/// Whether what a pattern takes never comes from firmware itself.
fn is_told(pattern: &str) -> bool {
    let of_firmware = ["reg/", "cap/", "cap_max/", "fw/", "taint/", "raw_tlv/"];
    let begins = |root: &&str| pattern.starts_with(*root);
    pattern == "host"
        || begins(&"host/")
        || BEYOND_NV.iter().filter(|root| !of_firmware.contains(root)).any(begins)
}

fn references(desk: &mut Desk<'_, '_>, list: &[Reference], pointer: &str) {
    for (place, reference) in list.iter().enumerate() {
        if reference.title.trim().is_empty() {
            desk.add(Flaw::EmptyText, &format!("{pointer}/{place}/title"), "a reference has no title");
        }
        let Some(url) = &reference.url else { continue };
        let rest = url.strip_prefix("https://").or_else(|| url.strip_prefix("http://"));
        let is_address = rest.is_some_and(|rest| {
            let host = rest.split(['/', '?', '#']).next().unwrap_or_default();
            host.contains('.') && !rest.contains(|c: char| c.is_whitespace() || c.is_control())
        });
        if !is_address {
            desk.add(
                Flaw::NoAddress,
                &format!("{pointer}/{place}/url"),
                format!("{url:?} is no address of a page"),
            );
        }
    }
}

fn advisories(desk: &mut Desk<'_, '_>, baseline: &Baseline, issues: &[LoadedIssue]) {
    let said = &baseline.advisories;
    let raised = said
        .raise
        .iter()
        .enumerate()
        .map(|(place, raise)| (format!("/advisories/raise/{place}/id"), &raise.id));
    let ignored =
        said.ignore.iter().enumerate().map(|(place, id)| (format!("/advisories/ignore/{place}"), id));
    for (pointer, id) in raised.chain(ignored).filter(|(_, id)| !id.is_empty()) {
        if let Some(words) = unknown_advisory(id, issues) {
            desk.add(Flaw::UnknownAdvisory, &pointer, words);
        }
    }
    for (place, raise) in said.raise.iter().enumerate() {
        if said.ignore.iter().any(|pattern| Pattern::new(pattern).matches_whole(&raise.id)) {
            let words = format!("{} is raised here, and ignored below", raise.id);
            desk.add(Flaw::Contradiction, &format!("/advisories/raise/{place}/id"), words);
        }
    }
}

/// What a file demands less than those that it includes.
fn weakens(desk: &mut Desk<'_, '_>, baseline: &Baseline, loaded: &LoadedBaseline) {
    // Only the outer file is known to include all others.
    if loaded.files.last().is_none_or(|outer| !std::ptr::eq(outer, desk.file)) {
        return;
    }
    let included: Vec<&Baseline> = loaded.files.iter().rev().skip(1).map(|file| &file.baseline).collect();
    let assurance = included.iter().filter_map(|other| other.min_assurance).max();
    if let (Some(own), Some(theirs)) = (baseline.min_assurance, assurance)
        && own < theirs
    {
        let words = format!("what is included demands {}, and this {}", theirs.word(), own.word());
        desk.add(Flaw::Weakens, "/min_assurance", words);
    }
    if baseline.require_signature == Some(false)
        && included.iter().any(|other| other.require_signature == Some(true))
    {
        desk.add(Flaw::Weakens, "/require_signature", "what is included demands a signature");
    }
    if matches!(baseline.default, Some(Rest::Ignore | Rest::Report))
        && included.iter().any(|other| other.default == Some(Rest::Factory))
    {
        desk.add(Flaw::Weakens, "/default", "what is included wants the rest as the factory left it");
    }
}
