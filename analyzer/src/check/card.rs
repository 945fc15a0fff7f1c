//! The functions of one card.
//!
//! The physical functions of a card share one NV store: what they read of it alike is told once, of the lowest function,
//! and each other one says so. The words of the others still rest on all that was found of them.
//!
//! Must not do: drop what the functions do not say alike, or what was not read: each reads for itself.

use std::collections::BTreeMap;

use mlx5_schemas::model::baseline::Severity;
use mlx5_schemas::model::fact::{Evidence, Fact, Subject, Value};
use mlx5_schemas::model::manifest::Device;
use mlx5_schemas::model::report::Finding;
use mlx5_schemas::model::verdict::{NotApplicableReason, Verdict};

use super::findings::Draft;
use super::rule::{Context, RuleMeta};
use crate::case::tlv_of;

/// Rule name of the finding that says where shared configuration is told.
const RULE: &str = "same-card";
/// Classes of TLVs that all functions of a card on one host share: global, port, host, module. Class 3 is each function's
/// own.
const SHARED_CLASSES: [u8; 4] = [0, 1, 7, 9];

/// The functions that share their NV configuration with a lower one, each with the lowest.
#[derive(Debug, Default)]
pub(super) struct Cards<'a>(BTreeMap<&'a str, (&'a str, Vec<Evidence>)>);

impl<'a> Cards<'a> {
    /// Finds them: the same slot, and the same base MAC in MGIR. Where that was not read, each function is on its own.
    pub(super) fn of(context: &Context<'a>) -> Self {
        let mut lowest: BTreeMap<(&str, &str), (&Device, &Fact)> = BTreeMap::new();
        let mut cards = BTreeMap::new();
        // The manifest's devices are in the order of their ids, if it keeps its own rule.
        let mut devices: Vec<&Device> = context
            .case
            .opened
            .devices()
            .iter()
            .filter(|device| device.physical_function.is_none())
            .collect();
        devices.sort_by(|left, right| left.id.cmp(&right.id));
        for device in devices {
            let subject = Subject::Device { device: device.id.clone() };
            let base_mac = context.case.facts.plain(&subject, "fw/base_mac");
            let Some((fact, Some(Value::Text { text: mac }))) = base_mac.map(|fact| (fact, fact.value()))
            else {
                continue;
            };
            let Some((slot, _)) = device.id.rsplit_once('.') else { continue };
            match lowest.get(&(slot, mac.as_str())) {
                Some((first, shown)) => {
                    let evidence = [&shown.evidence[..], &fact.evidence[..]].concat();
                    cards.insert(device.id.as_str(), (first.id.as_str(), evidence));
                }
                None => {
                    lowest.insert((slot, mac.as_str()), (device, fact));
                }
            }
        }
        Self(cards)
    }

    /// The function of whom is told what a device shares.
    pub(super) fn first(&self, device: &str) -> Option<&'a str> {
        self.0.get(device).map(|(first, _)| *first)
    }

    /// The findings with what is shared told once.
    pub(super) fn told_once(&self, findings: Vec<Finding>) -> Vec<Finding> {
        let mut told: BTreeMap<(&Subject, &str, &str), Vec<&Finding>> = BTreeMap::new();
        for finding in &findings {
            told.entry((&finding.subject, &finding.rule, &finding.path)).or_default().push(finding);
        }
        let mut is_told = Vec::with_capacity(findings.len());
        let mut left_out: BTreeMap<&str, u64> = BTreeMap::new();
        for finding in &findings {
            let twin = self.0.get_key_value(finding.subject.device().unwrap_or_default());
            let told_of_first = twin.filter(|_| is_shared(finding)).and_then(|(id, (first, _))| {
                let subject = on(&finding.subject, first);
                let others = told.get(&(&subject, finding.rule.as_str(), finding.path.as_str()))?;
                others.iter().any(|other| is_alike(finding, other)).then_some(*id)
            });
            if let Some(id) = told_of_first {
                let count = left_out.entry(id).or_default();
                *count = count.saturating_add(1);
            }
            is_told.push(told_of_first.is_some());
        }
        let notes: Vec<Finding> =
            left_out.into_iter().filter_map(|(id, count)| self.note(id, count)).collect();
        let kept = findings.into_iter().zip(is_told).filter(|(_, is_told)| !is_told);
        kept.map(|(finding, _)| finding).chain(notes).collect()
    }

    /// What stands in the place of findings that are told of another function.
    fn note(&self, id: &str, count: u64) -> Option<Finding> {
        let (first, evidence) = self.0.get(id)?;
        let subject = Subject::Device { device: id.to_owned() };
        let findings = if count == 1 { "finding" } else { "findings" };
        let words = format!(
            "{count} {findings} on NV configuration that the card's functions share: told of {first}"
        );
        let verdict = Verdict::NotApplicable { reason: NotApplicableReason::SameCard };
        let draft = Draft::new(&RuleMeta::built_in(RULE, Severity::Low), &subject, "", verdict, words);
        draft.shown_by(evidence.iter().cloned()).finish().ok()
    }
}

/// Whether a finding is about what the functions of a card share. That a TLV was not read is each function's own.
fn is_shared(finding: &Finding) -> bool {
    let Some(tlv) = tlv_of(&finding.path) else { return false };
    let is_silence = matches!(finding.verdict, Verdict::Unknown { .. }) && tlv.part.is_empty();
    SHARED_CLASSES.contains(&tlv.class) && !is_silence
}

fn is_alike(left: &Finding, right: &Finding) -> bool {
    left.verdict == right.verdict && left.message == right.message && left.found == right.found
}

/// The same port or module of another function.
fn on(subject: &Subject, id: &str) -> Subject {
    let device = id.to_owned();
    match subject {
        Subject::Host => Subject::Host,
        Subject::Device { .. } => Subject::Device { device },
        Subject::Port { port, .. } => Subject::Port { device, port: *port },
        Subject::Module { module, .. } => Subject::Module { device, module: *module },
    }
}
