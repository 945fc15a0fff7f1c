//! What a rule names and the device has no value for: TLVs that were refused, were not asked for, or may not be
//! read, and patterns that take nothing.
//!
//! Decoding shows what was asked. That something was *not* asked shows only against the catalog, so a pattern with
//! wildcards is compared with it: otherwise a collection that ended early would look like a card without TLVs.
//!
//! Must not do: judge values.

mod imported;
mod stored;

use std::collections::BTreeSet;

use mlx5_schemas::catalog::instances;
use mlx5_schemas::model::fact::{Evidence, Fact, Knowledge, Subject};
use mlx5_schemas::model::verdict::{NotApplicableReason, UnknownReason, Verdict};
use mlx5_schemas::redaction::is_secret_tlv;

use super::findings::{Draft, Findings};
use super::names::names_of_tlv;
use super::rule::{Context, RuleError, RuleMeta, Target, Wants};
use super::scope::can_be_nv;
use super::stand::{self, reason_of, verdict};
use super::unread;
use crate::baseline::suggest;
use crate::case::{Reading, are_kept_back, reading, tlv_of};
use crate::pattern::Pattern;

/// Leaves a finding for everything that a rule names on a target and that has no facts to judge. `took` says for
/// each pattern whether it took facts.
pub(super) fn report(
    context: &Context<'_>,
    target: &Target,
    meta: &RuleMeta,
    mut took: Vec<bool>,
    findings: &mut Findings,
) -> Result<(), RuleError> {
    if let Target::Device { id, is_virtual: false } = target {
        let coverage = Coverage { context, meta, target, device: id };
        if context.case.opened.is_told(id) {
            coverage.not_in_text(&mut took, findings)?;
        } else if meta.scope.names_nv() {
            coverage.silent_tlvs(&mut took, findings)?;
            coverage.never_asked(&mut took, findings)?;
            coverage.stored_unread(&mut took, findings)?;
            coverage.store_unlisted(findings)?;
        }
    }
    for (place, pattern) in meta.scope.patterns_for(target) {
        if took.get(place) != Some(&true) {
            if target.is_virtual() && can_be_nv(pattern) {
                continue;
            }
            no_match(context, target, meta, pattern, findings)?;
        } else if pattern.is_wild() {
            probe_gap(context, target, meta, pattern, findings)?;
        }
        undecoded(context, target, meta, pattern, findings)?;
    }
    Ok(())
}

struct Coverage<'a, 'c> {
    context: &'a Context<'c>,
    meta: &'a RuleMeta,
    target: &'a Target,
    device: &'a str,
}

/// How a rule reaches a TLV that has no facts to judge.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Reach {
    /// By patterns without wildcards: these names.
    ByName(String),
    /// By a pattern with wildcards.
    ByWildcard,
}

impl Coverage<'_, '_> {
    /// Which patterns would take something of a TLV if it had been read, and how.
    fn reach(&self, names: &[String], took: &mut [bool]) -> Option<Reach> {
        let wanted: Vec<&String> = names.iter().filter(|name| !self.meta.scope.excepts(name)).collect();
        let mut reach = None;
        for (place, pattern) in self.meta.scope.patterns_for(self.target) {
            if !wanted.iter().any(|name| pattern.matches(name) || is_element(pattern, name)) {
                continue;
            }
            if let Some(slot) = took.get_mut(place) {
                *slot = true;
            }
            reach = match (reach, pattern.is_wild()) {
                (Some(Reach::ByName(names)), false) => {
                    Some(Reach::ByName(format!("{names}, {}", pattern.text())))
                }
                (Some(Reach::ByName(names)), true) => Some(Reach::ByName(names)),
                (Some(Reach::ByWildcard) | None, false) => Some(Reach::ByName(pattern.text().to_owned())),
                (Some(Reach::ByWildcard) | None, true) => Some(Reach::ByWildcard),
            };
        }
        reach
    }

    fn names(&self, subject: &Subject, path: &str) -> Vec<String> {
        let tlv = tlv_of(path).and_then(|name| self.context.catalog.tlv(name.class, name.index));
        match tlv {
            Some(tlv) => names_of_tlv(self.context.catalog, tlv, path, subject),
            None => vec![format!("{path}/data")],
        }
    }

    /// TLVs that MNVQC refused or did not answer for, and such as the device has but lets nobody read.
    fn silent_tlvs(&self, took: &mut [bool], findings: &mut Findings) -> Result<(), RuleError> {
        for fact in self.context.case.facts.of_device(self.device) {
            let Some(tlv) = tlv_of(&fact.path).filter(|tlv| tlv.part == "/supported") else { continue };
            let data = format!("{}/data", tlv.path);
            if self.context.case.facts.views(&fact.subject, &data).has_views() {
                continue;
            }
            let Some(reach) = self.reach(&self.names(&fact.subject, tlv.path), took) else { continue };
            let (verdict, words) = match reading(&self.context.case.opened, Some(fact)) {
                Reading::Absent(reason) if self.is_stored_stranger(&fact.subject, tlv.path) => (
                    Verdict::Unknown { reason: UnknownReason::NotCaptured },
                    format!(
                        "stored in flash, without a name here, and the device will not say what it is: {reason}"
                    ),
                ),
                // Refusals are no answer where the card's owner keeps such settings from this host.
                Reading::Absent(reason) if self.is_kept_back(tlv.class) => (
                    Verdict::Unknown { reason: UnknownReason::Denied },
                    format!("the card's owner keeps such settings from this host: {reason}"),
                ),
                Reading::Value(_) if self.meta.wants == Wants::Absence => {
                    (Verdict::Outside, "the device has this TLV".to_owned())
                }
                // Known, and yet none of its views was asked for.
                Reading::Value(_) => (
                    Verdict::Unknown { reason: UnknownReason::NotCaptured },
                    "the device has this TLV, and none of its views was read".to_owned(),
                ),
                silence @ (Reading::NeverSet
                | Reading::Absent(_)
                | Reading::Secret
                | Reading::Gap(..)
                | Reading::NotOffered) => {
                    let by_name = reach != Reach::ByWildcard;
                    verdict(&[(None, stand::unread(&silence, by_name, self.meta.wants))])
                }
            };
            self.leave(findings, fact, tlv.path, &reach, verdict, words)?;
        }
        Ok(())
    }

    fn is_kept_back(&self, class: u8) -> bool {
        are_kept_back(&self.context.case.facts, self.device, class)
    }

    fn leave(
        &self,
        findings: &mut Findings,
        fact: &Fact,
        path: &str,
        reach: &Reach,
        verdict: Verdict,
        words: String,
    ) -> Result<(), RuleError> {
        let tlv = tlv_of(path).and_then(|name| self.context.catalog.tlv(name.class, name.index));
        let name = match (reach, tlv) {
            (Reach::ByName(names), _) => names.as_str(),
            (Reach::ByWildcard, Some(tlv)) => tlv.name.as_str(),
            (Reach::ByWildcard, None) => path,
        };
        let draft = Draft::new(self.meta, &fact.subject, path, verdict, words).named(name);
        findings.add(draft.resting_on(self.context, &[fact]))
    }

    /// TLVs of the catalog that a rule names and that the collection never came to.
    fn never_asked(&self, took: &mut [bool], findings: &mut Findings) -> Result<(), RuleError> {
        let asked: BTreeSet<(&Subject, &str)> = self
            .context
            .case
            .facts
            .of_device(self.device)
            .filter_map(|fact| Some((&fact.subject, tlv_of(&fact.path)?.path)))
            .collect();
        let mut devices = self.context.case.opened.devices().iter();
        let device = devices.find(|device| device.id == self.device);
        // The first module is always asked for; how many there are is not known.
        let ports = device.map_or(1, |device| unread::ports(self.context.case, device));
        let mut missing: Vec<String> = Vec::new();
        let mut secrets: Vec<(Subject, String)> = Vec::new();
        for tlv in self.context.catalog.tlvs() {
            let path = format!("nv/{}:0x{:03x}", tlv.class, tlv.index);
            for instance in instances(tlv, ports, 1) {
                let subject = instance.selector.subject(self.device);
                if asked.contains(&(&subject, path.as_str())) {
                    continue;
                }
                match self.reach(&names_of_tlv(self.context.catalog, tlv, &path, &subject), took) {
                    Some(Reach::ByWildcard) if is_secret_tlv(tlv.class, tlv.index) => {
                        secrets.push((subject, path.clone()));
                    }
                    Some(Reach::ByWildcard | Reach::ByName(_)) => missing.push(path.clone()),
                    None => {}
                }
            }
        }
        let evidence = self.nv_evidence();
        for (subject, path) in secrets {
            let secret = Verdict::NotApplicable { reason: NotApplicableReason::Secret };
            let words = "a secret, never asked for".to_owned();
            let draft = Draft::new(self.meta, &subject, &path, secret, words);
            findings.add(draft.shown_by([evidence.clone()]))?;
        }
        let Some(first) = missing.first() else { return Ok(()) };
        let words = match missing.len() {
            1 => format!("{first} was not asked for"),
            count => format!("{count} TLVs that the rule names were not asked for, {first} first"),
        };
        let verdict = Verdict::Unknown { reason: UnknownReason::NotCaptured };
        let draft = Draft::new(self.meta, &self.target.subject(), first, verdict, words);
        findings.add(draft.shown_by([evidence]))
    }

    /// The transcript in which NV configuration would be.
    fn nv_evidence(&self) -> Evidence {
        let opened = &self.context.case.opened;
        let member = opened
            .devices()
            .iter()
            .find(|device| device.id == self.device)
            .map(|device| format!("{}/nv.exchanges", device.folder));
        member.map_or_else(|| opened.manifest_evidence(), |member| opened.member_evidence(&member))
    }
}

/// Whether a pattern such as `MODULE_SPLIT_M0[3]` names an element of what the catalog calls `MODULE_SPLIT`.
fn is_element(pattern: &Pattern, name: &str) -> bool {
    pattern.text().strip_prefix(name).is_some_and(|rest| rest.starts_with('['))
}

/// A pattern that takes nothing here.
fn no_match(
    context: &Context<'_>,
    target: &Target,
    meta: &RuleMeta,
    pattern: &Pattern,
    findings: &mut Findings,
) -> Result<(), RuleError> {
    let facts = context.case.facts.by_path(target.device());
    let names = facts.filter_map(|(_, _, views)| views.all().first().copied());
    let names = names.flat_map(|fact| fact.aliases.iter().chain([&fact.path])).map(String::as_str);
    let hint = match suggest::nearest(pattern.text(), names) {
        Some(near) if !pattern.is_wild() => format!("; did you mean {near}?"),
        Some(_) | None => String::new(),
    };
    let verdict = Verdict::Unknown { reason: UnknownReason::UnknownParameter };
    let excepted = if meta.scope.has_exceptions() { ", or `except` leaves nothing of it" } else { "" };
    let words = match pattern.is_wild() {
        true => format!("nothing here matches {}{excepted}", pattern.text()),
        false => format!("nothing here is called {}{excepted}{hint}", pattern.text()),
    };
    let draft = Draft::new(meta, &target.subject(), pattern.text(), verdict, words);
    findings.add(draft.shown_by([context.case.opened.manifest_evidence()]))
}

/// Decoding stopped at its bound, so a pattern may name more than what was decoded.
fn undecoded(
    context: &Context<'_>,
    target: &Target,
    meta: &RuleMeta,
    pattern: &Pattern,
    findings: &mut Findings,
) -> Result<(), RuleError> {
    let Some(fact) = context.case.facts.plain(&target.subject(), "decode/rest") else { return Ok(()) };
    let words = match &fact.knowledge {
        Knowledge::Unknown { reason, .. } => reason.clone(),
        Knowledge::Known { value } => value.to_string(),
    };
    let verdict = Verdict::Unknown { reason: UnknownReason::NotCaptured };
    let draft = Draft::new(meta, &target.subject(), pattern.text(), verdict, words);
    findings.add(draft.resting_on(context, &[fact]))
}

/// A pattern over registers, capabilities, identity or the host whose probe left something out: what it names may
/// be more than what was read. NV configuration is compared with the catalog instead, item by item.
fn probe_gap(
    context: &Context<'_>,
    target: &Target,
    meta: &RuleMeta,
    pattern: &Pattern,
    findings: &mut Findings,
) -> Result<(), RuleError> {
    let text = pattern.text();
    let probes: Vec<&str> = match target {
        Target::Host => vec!["host"],
        Target::Device { .. } => {
            [("registers", &["reg/"][..]), ("capabilities", &["cap/", "cap_max/"]), ("identity", &["fw/"])]
                .into_iter()
                .filter(|(_, roots)| roots.iter().any(|root| pattern.may_begin_with(root)))
                .map(|(probe, _)| probe)
                .collect()
        }
    };
    for probe in probes {
        let mut rows =
            context.case.opened.probes(target.device()).filter(|row| row.probe == probe).peekable();
        let has_row = rows.peek().is_some();
        let (reason, words) = match rows.find(|row| row.status.is_gap()) {
            None if has_row => continue,
            Some(row) => {
                let why = row.reason.as_deref().unwrap_or("no reason is given");
                (reason_of(row.status), format!("the probe {probe} left a gap: {}, {why}", row.status))
            }
            None => (UnknownReason::NotCaptured, format!("the probe {probe} has no row")),
        };
        let draft = Draft::new(meta, &target.subject(), text, Verdict::Unknown { reason }, words);
        findings.add(draft.shown_by([context.case.opened.manifest_evidence()]))?;
    }
    Ok(())
}
