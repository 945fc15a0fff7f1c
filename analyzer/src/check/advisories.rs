//! Advisories: the known issues that are about a card or its host, as findings.
//!
//! They are data (`analyzer/known`), matched by [`crate::known`] as `triage` matches them. An advisory judges nothing
//! unless a baseline raises it. What the functions of a card share is told once, of the first function that shows it;
//! what is about the host alone, once for the host.
//!
//! Must not do: match. There is one evaluator.

use std::collections::BTreeSet;

use mlx5_schemas::model::baseline::{Raise, Severity};
use mlx5_schemas::model::fact::{Evidence, Subject};
use mlx5_schemas::model::known_issue::{IssueKind, KnownIssue, Match, Sure};
use mlx5_schemas::model::manifest::Device;
use mlx5_schemas::model::verdict::{Assurance, UnknownReason, Verdict};

use super::findings::{Draft, Findings};
use super::rule::{Context, RuleError, RuleMeta};
use crate::baseline::LoadedBaseline;
use crate::known::{self, About, Held, LoadedIssue};
use crate::pattern::Pattern;
use crate::triage::cards;

/// What stands between the title of an advisory that is only possible and what was not read.
pub(crate) const POSSIBLE: &str = " (possible; not read: ";
/// What stands before an advisory's id in the name of its rule.
pub(crate) const PREFIX: &str = "advisory/";

/// What baselines say of advisories that nothing is called by: a message each, with the baseline's file.
pub fn unknown_names(baselines: &[LoadedBaseline], issues: &[LoadedIssue]) -> Vec<String> {
    let mut faults = Vec::new();
    for loaded in baselines {
        let advisories = &loaded.baseline.advisories;
        let raised = advisories.raise.iter().map(|raise| ("raise", raise.id.as_str()));
        let ignored = advisories.ignore.iter().map(|text| ("ignore", text.as_str()));
        faults.extend(raised.chain(ignored).filter_map(|(member, text)| {
            let fault = known::unknown_advisory(text, issues)?;
            Some(format!("{}: advisories.{member}: {fault}", loaded.file))
        }));
    }
    faults
}

/// What the baselines make of one advisory.
#[derive(Debug, Clone, Copy)]
enum Standing<'a> {
    /// It is not told.
    Ignored,
    /// It is told.
    Told,
    /// It counts. `by_id`: named itself, not by a pattern with wildcards.
    Raised { raise: &'a Raise, owner: Option<&'a String>, by_id: bool },
}

/// Of several baselines the one that raises it decides; ignoring one takes all of them that speak of it.
fn standing<'a>(id: &str, baselines: &'a [LoadedBaseline]) -> Standing<'a> {
    let takes = |text: &str| Pattern::new(text).matches_whole(id);
    let mut raised: Option<Standing<'a>> = None;
    for loaded in baselines {
        for raise in loaded.baseline.advisories.raise.iter().filter(|raise| takes(&raise.id)) {
            let by_id = !Pattern::new(&raise.id).is_wild();
            let owner = loaded.baseline.owner.as_ref();
            let is_nearer = match raised {
                None => true,
                Some(Standing::Raised { by_id: known, raise: other, .. }) => {
                    (by_id, raise.severity) > (known, other.severity)
                }
                Some(Standing::Ignored | Standing::Told) => true,
            };
            if is_nearer {
                raised = Some(Standing::Raised { raise, owner, by_id });
            }
        }
    }
    let ignored = || baselines.iter().flat_map(|loaded| &loaded.baseline.advisories.ignore).any(|t| takes(t));
    match raised {
        Some(raised) => raised,
        None if ignored() => Standing::Ignored,
        None => Standing::Told,
    }
}

/// Leaves a finding for every advisory that is about a card or its host, and for every raised one.
///
/// # Errors
/// When a finding is without evidence: a defect of the program.
pub(super) fn report(
    context: &Context<'_>,
    issues: &[LoadedIssue],
    baselines: &[LoadedBaseline],
    findings: &mut Findings,
) -> Result<(), RuleError> {
    let mut of_host: BTreeSet<&str> = BTreeSet::new();
    for card in cards(context.case) {
        let about: Vec<About<'_>> =
            card.functions.iter().map(|device| About::new(context.case, device)).collect();
        for held in known::on_card(&about, issues) {
            let issue = held.issue;
            let standing = standing(&issue.id, baselines);
            let Some(verdict) = verdict(&held, standing) else { continue };
            if held.of_host && !of_host.insert(&issue.id) {
                continue;
            }
            let device = |device: &&Device| Subject::Device { device: device.id.clone() };
            let subjects: Vec<Subject> = match (held.of_host, standing) {
                (true, _) => vec![Subject::Host],
                // What counts holds back the word of every function; it is told once all the same (`super::card`).
                (false, Standing::Raised { .. }) => card.functions.iter().map(device).collect(),
                (false, Standing::Told | Standing::Ignored) => {
                    card.functions.get(held.function).iter().copied().map(device).collect()
                }
            };
            for subject in subjects {
                findings.add(draft(context, &held, standing, subject, verdict))?;
            }
        }
    }
    Ok(())
}

/// What an advisory says of a card; `None` where there is nothing to say.
///
/// A raised one is a rule of the baseline. What was not read of it is unknown: of one that a pattern with wildcards
/// takes along only where it may well be about the card, as for other rules.
fn verdict(held: &Held<'_>, standing: Standing<'_>) -> Option<Verdict> {
    let unknown = Verdict::Unknown { reason: UnknownReason::NotCaptured };
    match (standing, held.met, held.matched) {
        (Standing::Ignored, ..) | (Standing::Told, _, Match::No) => None,
        // Of a card of which not even that was read all families' issues would be told.
        (Standing::Told, None, _) if held.wants_family() => None,
        (Standing::Told, _, Match::Matches | Match::Possible) => Some(Verdict::Informational),
        (Standing::Raised { .. }, Some(true), _) => Some(Verdict::Outside),
        (Standing::Raised { .. }, Some(false), _) => Some(Verdict::Within),
        (Standing::Raised { by_id: true, .. }, None, _) => Some(unknown),
        (Standing::Raised { .. }, None, Match::Possible) => Some(unknown),
        (Standing::Raised { .. }, None, Match::No | Match::Matches) => None,
    }
}

fn draft(
    context: &Context<'_>,
    held: &Held<'_>,
    standing: Standing<'_>,
    subject: Subject,
    verdict: Verdict,
) -> Draft {
    let issue = held.issue;
    let message = match (held.met, held.missing.is_empty()) {
        (None, false) => format!("{}{POSSIBLE}{})", issue.title, held.missing.join(", ")),
        (Some(false), _) => format!("not so here: {}", issue.title),
        (Some(true), _) | (None, true) => issue.title.clone(),
    };
    let evidence = match held.evidence.is_empty() {
        true => vec![context.case.opened.manifest_evidence()],
        false => held.evidence.clone(),
    };
    let mut meta = RuleMeta::built_in(&format!("{PREFIX}{}", issue.id), severity(issue));
    meta.why = Some(issue.text.clone());
    meta.remedy = Some(issue.remedy.clone());
    meta.references.clone_from(&issue.references);
    if let Standing::Raised { raise, owner, .. } = standing {
        meta.severity = raise.severity;
        meta.owner = owner.cloned();
        if let Some(why) = &raise.why {
            meta.why = Some(format!("{why} {}", issue.text));
        }
    }
    let assurance = carried(context, &subject, &evidence);
    Draft::new(&meta, &subject, "", verdict, message)
        .named(&issue.id)
        .sure(issue.sure)
        .expected(None)
        .shown_by(evidence)
        .carrying(assurance)
}

/// What is sure and no mere advice comes first.
fn severity(issue: &KnownIssue) -> Severity {
    match (issue.kind, issue.sure) {
        (IssueKind::Advice, _) | (_, Sure::Suspected) => Severity::Low,
        (
            IssueKind::Reset
            | IssueKind::Firmware
            | IssueKind::Driver
            | IssueKind::Tool
            | IssueKind::Configuration
            | IssueKind::Hardware,
            Sure::Confirmed | Sure::Likely,
        ) => Severity::Medium,
    }
}

/// As much as the weakest of the facts that these bytes are of. Without any it rests on what is not there, of which the
/// kernel's log is the least.
fn carried(context: &Context<'_>, subject: &Subject, evidence: &[Evidence]) -> Assurance {
    let facts = context.case.facts.iter().filter(|fact| {
        (fact.subject == Subject::Host || fact.subject.device() == subject.device())
            && fact.evidence.iter().any(|item| evidence.contains(item))
    });
    let device =
        context.case.opened.devices().iter().find(|device| Some(device.id.as_str()) == subject.device());
    facts.map(|fact| context.caps.of_fact(fact)).min().unwrap_or_else(|| {
        let of =
            |device: &Device| context.caps.of_device(&device.id, context.case.opened.device_route(device));
        device.map_or(Assurance::Claimed, of).min(Assurance::Reported)
    })
}
