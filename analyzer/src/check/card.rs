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

use super::advisories::PREFIX;
use super::findings::{Draft, named};
use super::rule::{Context, RuleMeta};
use crate::case::{is_virtual, tlv_of};

/// Rule name of the finding that says where shared configuration is told.
const RULE: &str = "same-card";
/// Classes of TLVs that all functions of a card on one host share: global, port, host, module. Class 3 is each function's
/// own.
const SHARED_CLASSES: [u8; 4] = [0, 1, 7, 9];

/// The functions that share their NV configuration with a lower one, each with the lowest.
#[derive(Debug, Default)]
pub(super) struct Cards<'a>(BTreeMap<&'a str, (&'a str, Vec<Evidence>)>);

/// A card's mark: the slot, and the base MAC in MGIR with what shows it. Nothing where that was not read, and for a
/// virtual function.
fn mark<'a>(context: &Context<'a>, device: &'a Device) -> Option<((&'a str, &'a str), &'a Fact)> {
    let subject = Subject::Device { device: device.id.clone() };
    let fact = context.case.facts.plain(&subject, "fw/base_mac").filter(|_| !is_virtual(device))?;
    let Some(Value::Text { text: mac }) = fact.value() else { return None };
    let (slot, _) = device.id.rsplit_once('.')?;
    Some(((slot, mac), fact))
}

/// The physical functions of a device's card; the device alone where its card's mark was not read.
pub(super) fn functions<'a>(context: &Context<'a>, device: &str) -> Vec<String> {
    let devices = context.case.opened.devices();
    let of =
        |device: &'a Device| mark(context, device).map(|((slot, mac), _)| (slot.to_owned(), mac.to_owned()));
    let own = devices.iter().find(|known| known.id == device).and_then(of);
    match own {
        Some(own) => devices
            .iter()
            .filter(|known| of(known).as_ref() == Some(&own))
            .map(|known| known.id.clone())
            .collect(),
        None => vec![device.to_owned()],
    }
}

impl<'a> Cards<'a> {
    /// Finds them: the same slot, and the same base MAC in MGIR. Where that was not read, each function is on its own.
    pub(super) fn of(context: &Context<'a>) -> Self {
        let mut lowest: BTreeMap<(&str, &str), (&Device, &Fact)> = BTreeMap::new();
        let mut cards = BTreeMap::new();
        // The manifest's devices are in the order of their ids, if it keeps its own rule.
        let mut devices: Vec<&Device> = context.case.opened.devices().iter().collect();
        devices.sort_by(|left, right| left.id.cmp(&right.id));
        for device in devices {
            let Some((mark, fact)) = mark(context, device) else { continue };
            match lowest.get(&mark) {
                Some((first, shown)) => {
                    let evidence = [&shown.evidence[..], &fact.evidence[..]].concat();
                    cards.insert(device.id.as_str(), (first.id.as_str(), evidence));
                }
                None => {
                    lowest.insert(mark, (device, fact));
                }
            }
        }
        Self(cards)
    }

    /// The function of whom is told what a device shares.
    pub(super) fn first(&self, device: &str) -> Option<&'a str> {
        self.0.get(device).map(|(first, _)| *first)
    }

    /// For each finding on what the functions of a card share, the place of the one that says the same of the lowest.
    pub(super) fn twins(&self, findings: &[Finding]) -> Vec<Option<usize>> {
        let mut told: BTreeMap<(&Subject, &str, &str), Vec<usize>> = BTreeMap::new();
        for (place, finding) in findings.iter().enumerate() {
            told.entry((&finding.subject, &finding.rule, &finding.path)).or_default().push(place);
        }
        let twin = |finding: &Finding| {
            let first = self.first(finding.subject.device()?)?;
            let subject = on(&finding.subject, first);
            let places = told.get(&(&subject, finding.rule.as_str(), finding.path.as_str()))?;
            let is_twin =
                |place: &&usize| findings.get(**place).is_some_and(|other| is_alike(finding, other));
            places.iter().find(is_twin).copied()
        };
        findings.iter().map(|finding| twin(finding).filter(|_| is_shared(finding))).collect()
    }

    /// The findings with what is shared told once.
    pub(super) fn told_once(&self, findings: Vec<Finding>) -> Vec<Finding> {
        let twins = self.twins(&findings);
        let mut left_out: BTreeMap<&str, u64> = BTreeMap::new();
        for (finding, _) in findings.iter().zip(&twins).filter(|(_, twin)| twin.is_some()) {
            if let Some((id, _)) = self.0.get_key_value(finding.subject.device().unwrap_or_default()) {
                let count = left_out.entry(id).or_default();
                *count = count.saturating_add(1);
            }
        }
        let notes: Vec<Finding> =
            left_out.into_iter().filter_map(|(id, count)| self.note(id, count)).collect();
        let kept = findings.into_iter().zip(twins).filter(|(_, twin)| twin.is_none());
        kept.map(|(finding, _)| finding).chain(notes).collect()
    }

    /// What stands in the place of findings that are told of another function.
    fn note(&self, id: &str, count: u64) -> Option<Finding> {
        let (first, evidence) = self.0.get(id)?;
        let subject = Subject::Device { device: id.to_owned() };
        let findings = if count == 1 { "finding" } else { "findings" };
        let words = format!("{count} {findings} on what the card's functions share: told of {first}");
        let verdict = Verdict::NotApplicable { reason: NotApplicableReason::SameCard };
        let draft = Draft::new(&RuleMeta::built_in(RULE, Severity::Low), &subject, "", verdict, words);
        draft.shown_by(evidence.iter().cloned()).finish().ok().map(named)
    }
}

/// Whether a finding is about what the functions of a card share. That a TLV was not read is each function's own. What an
/// advisory says of two functions in the same words it says of the card.
fn is_shared(finding: &Finding) -> bool {
    let Some(tlv) = tlv_of(&finding.path) else { return finding.rule.starts_with(PREFIX) };
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
