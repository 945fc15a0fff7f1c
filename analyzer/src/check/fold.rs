//! Findings of one cause are one row to a reader: refusals by a card's other owner, the settings of 254 virtual functions.
//!
//! Must not do: drop or change a finding. Folding is presentation: counts and words rest on the findings themselves.

use std::collections::BTreeMap;

use mlx5_schemas::model::fact::{Evidence, Subject};
use mlx5_schemas::model::report::{BundleReview, Finding, Fold, FoldCause};
use mlx5_schemas::model::verdict::{NotApplicableReason, UnknownReason, Verdict};

use super::rule::Context;
use super::voice::Known;

/// Fewer findings than this are no crowd.
const LEAST: usize = 2;
/// Most places of evidence that a fold repeats; behind them stands the whole member.
const MOST_EVIDENCE: usize = 4;

/// What makes findings one row: cause, verdict, whose they are, and in some cases their words.
type Key = (FoldCause, String, String, String);

/// Finds the folds of a review and marks the findings that belong to them.
pub(super) fn fold(context: &Context<'_>, known: &Known, review: &mut BundleReview) {
    let mut groups: BTreeMap<Key, Vec<usize>> = BTreeMap::new();
    for (place, finding) in review.findings.iter().enumerate() {
        if let Some(key) = key(known, review, finding) {
            groups.entry(key).or_default().push(place);
        }
    }
    let mut groups: Vec<(Key, Vec<usize>)> =
        groups.into_iter().filter(|(_, places)| places.len() >= LEAST).collect();
    // In the order of the findings.
    groups.sort_by_key(|(_, places)| places.first().copied());
    for (number, ((cause, _, whose, _), places)) in groups.into_iter().enumerate() {
        let id = format!("{}-{}", cause.word(), number.saturating_add(1));
        let members: Vec<&Finding> = places.iter().filter_map(|&place| review.findings.get(place)).collect();
        let Some(fold) = told(context, known, (id.clone(), cause, &whose), &members) else { continue };
        for place in places {
            if let Some(finding) = review.findings.get_mut(place) {
                finding.fold = Some(id.clone());
            }
        }
        review.folds.push(fold);
    }
}

fn key(known: &Known, review: &BundleReview, finding: &Finding) -> Option<Key> {
    let device = finding.subject.device().unwrap_or_default();
    let shared = || {
        let of = review.devices.iter().find(|known| known.id == device);
        of.and_then(|of| of.shares_with.clone()).unwrap_or_else(|| device.to_owned())
    };
    let (cause, whose, words) = match finding.verdict {
        Verdict::NotApplicable { reason: NotApplicableReason::VirtualFunction } => {
            let of = known.device(device).and_then(|known| known.physical_function.clone());
            (FoldCause::VirtualFunction, of.unwrap_or_default(), "")
        }
        Verdict::NotApplicable { reason: NotApplicableReason::SameCard } => {
            (FoldCause::SameCard, shared(), "")
        }
        Verdict::NotApplicable { .. } => (FoldCause::SameReason, device.to_owned(), ""),
        Verdict::NotSelected => (FoldCause::NotSelected, shared(), ""),
        Verdict::Unknown { .. } if finding.subject == Subject::Host && known.is_container => {
            (FoldCause::Container, String::new(), "")
        }
        Verdict::Unknown { reason: UnknownReason::Denied } => {
            let may_refuse = known.device(device).is_some_and(|known| known.owners.may_refuse());
            let cause = if may_refuse { FoldCause::SharedOwner } else { FoldCause::Denied };
            (cause, shared(), "")
        }
        Verdict::Unknown { reason: UnknownReason::Timeout } => (FoldCause::Timeout, device.to_owned(), ""),
        // What something else contradicts is told in its own words.
        Verdict::Unknown { reason: UnknownReason::NextOnly } => {
            (FoldCause::NextOnly, shared(), finding.message.as_str())
        }
        Verdict::Unknown { .. } => (FoldCause::SameReason, device.to_owned(), finding.message.as_str()),
        // What hundreds of virtual functions show alike is one thing; of a physical one it has its own row.
        Verdict::Informational if known.device(device).is_some_and(|known| known.is_virtual) => {
            (FoldCause::SameReason, shared(), finding.message.as_str())
        }
        Verdict::Within
        | Verdict::Waived
        | Verdict::Pending
        | Verdict::Outside
        | Verdict::Informational
        | Verdict::Error => return None,
    };
    Some((cause, finding.verdict.to_string(), whose, words.to_owned()))
}

fn told(
    context: &Context<'_>,
    known: &Known,
    (id, cause, whose): (String, FoldCause, &str),
    members: &[&Finding],
) -> Option<Fold> {
    let first = *members.first()?;
    let mut devices: Vec<String> =
        members.iter().filter_map(|one| one.subject.device()).map(str::to_owned).collect();
    devices.sort();
    devices.dedup();
    let alike = members.iter().all(|one| one.message == first.message);
    let count = members.len();
    let message = match cause {
        FoldCause::SharedOwner => {
            let owners = known.device(whose).map(|known| known.owners.words()).unwrap_or_default();
            format!("{count} refused to this host; {owners}")
        }
        FoldCause::Denied => format!("{count} refused: {}", first.message),
        FoldCause::Timeout => format!("{count} not answered in time: {}", first.message),
        FoldCause::NextOnly => format!("{count} {}", first.message),
        FoldCause::Container => {
            format!("{count} not seen: a container does not show the host's files")
        }
        FoldCause::VirtualFunction => {
            let functions = devices.len();
            let functions = if functions == 1 {
                "a virtual function".to_owned()
            } else {
                format!("{functions} virtual functions")
            };
            match known.device(whose) {
                Some(_) => format!("{functions} of {whose}: their NV configuration is told there"),
                None => format!("{functions}: their NV configuration is told in the hypervisor's bundle"),
            }
        }
        FoldCause::SameCard => format!("NV configuration that functions of a card share: told of {whose}"),
        FoldCause::NotSelected => format!("{count} times a rule is about other devices"),
        FoldCause::SameReason if alike => format!("{count} times: {}", first.message),
        FoldCause::SameReason => format!("{count} {}", first.verdict),
    };
    let mut evidence: Vec<Evidence> = Vec::new();
    for item in members.iter().flat_map(|one| &one.evidence) {
        if evidence.len() < MOST_EVIDENCE && !evidence.contains(item) {
            evidence.push(item.clone());
        }
    }
    let member = first.evidence.first().map(|item| context.case.opened.member_evidence(&item.member));
    evidence.extend(member.filter(|member| !evidence.contains(member)));
    let named = |text: &str| (!text.is_empty()).then(|| text.to_owned());
    Some(Fold {
        id,
        cause,
        verdict: first.verdict,
        devices,
        message,
        count: u64::try_from(count).unwrap_or(u64::MAX),
        first: first.id.clone(),
        example: named(&first.name).or_else(|| named(&first.path)).unwrap_or_else(|| first.rule.clone()),
        evidence,
    })
}
