//! Findings, and the one way to make them: a finding without evidence is refused.
//!
//! Must not do: decide verdicts.

use std::collections::BTreeSet;

use mlx5_schemas::model::fact::{Evidence, Fact, Subject};
use mlx5_schemas::model::known_issue::Sure;
use mlx5_schemas::model::report::{Finding, Found};
use mlx5_schemas::model::verdict::{Assurance, CapReason, Verdict};

use sha2::{Digest, Sha256};

use super::rule::{Context, RuleError, RuleMeta};
use crate::assurance::weakest;
use crate::case::{Case, Provenance, Views, provenance};

/// The findings of one bundle so far.
#[derive(Debug, Default)]
pub struct Findings {
    list: Vec<Finding>,
}

impl Findings {
    /// Adds a finding.
    ///
    /// # Errors
    /// When it has no evidence.
    pub fn add(&mut self, draft: Draft) -> Result<(), RuleError> {
        self.list.push(draft.finish()?);
        Ok(())
    }

    /// All of them, ordered by subject, rule and path.
    pub fn into_sorted(self) -> Vec<Finding> {
        let mut list = self.list;
        list.sort_by(|left, right| {
            (&left.subject, &left.rule, &left.path).cmp(&(&right.subject, &right.rule, &right.path))
        });
        give_ids(&mut list);
        list
    }
}

impl From<Vec<Finding>> for Findings {
    fn from(list: Vec<Finding>) -> Self {
        Self { list }
    }
}

/// Gives each finding a name that depends on rule, subject and path alone: what was found may change, what it is about
/// does not. Of several about the same thing the later ones are numbered.
fn give_ids(sorted: &mut [Finding]) {
    let mut last = (String::new(), 1_u32);
    for finding in sorted {
        let id = id(finding);
        let twin = if last.0 == id { last.1.saturating_add(1) } else { 1 };
        finding.id = if twin > 1 { format!("{id}-{twin}") } else { id.clone() };
        last = (id, twin);
    }
}

fn id(finding: &Finding) -> String {
    let text = format!("{}\0{:?}\0{}", finding.rule, finding.subject, finding.path);
    Sha256::digest(text.as_bytes()).iter().take(6).map(|byte| format!("{byte:02x}")).collect()
}

/// A finding that is made when the others have their names, with its own.
pub(super) fn named(mut finding: Finding) -> Finding {
    finding.id = id(&finding);
    finding
}

/// Whether a verdict asks for nobody's attention.
fn is_quiet(verdict: Verdict) -> bool {
    match verdict {
        Verdict::Within | Verdict::NotApplicable { .. } | Verdict::NotSelected => true,
        Verdict::Waived
        | Verdict::Pending
        | Verdict::Outside
        | Verdict::Unknown { .. }
        | Verdict::Informational
        | Verdict::Error => false,
    }
}

/// A finding in the making.
#[derive(Debug)]
pub struct Draft(Finding);

impl Draft {
    /// Begins one about `path` of `subject`, for a rule.
    pub fn new(meta: &RuleMeta, subject: &Subject, path: &str, verdict: Verdict, message: String) -> Self {
        Self(Finding {
            // Given when all findings of a bundle are there.
            id: String::new(),
            rule: meta.id.clone(),
            severity: meta.severity,
            subject: subject.clone(),
            path: path.to_owned(),
            name: path.to_owned(),
            verdict,
            message,
            why: meta.why.clone(),
            sure: None,
            remedy: meta.remedy.clone(),
            references: meta.references.clone(),
            owner: meta.owner.clone(),
            waiver: None,
            accepted: Vec::new(),
            expected: Some(meta.expected.clone()),
            found: Vec::new(),
            // Told when all findings of a bundle are there.
            provenance: None,
            fold: None,
            // Without facts nothing was read that could carry anything.
            assurance: Assurance::Claimed,
            evidence: Vec::new(),
        })
    }

    /// The finding.
    ///
    /// # Errors
    /// When it has no evidence.
    pub fn finish(self) -> Result<Finding, RuleError> {
        let mut finding = self.0;
        if finding.evidence.is_empty() {
            return Err(RuleError::NoEvidence { path: finding.path });
        }
        if is_quiet(finding.verdict) {
            // A healthy card has thousands of these: what they rest on is kept, what nobody asks about them is not.
            finding.found = Vec::new();
            finding.why = None;
            finding.remedy = None;
            finding.references = Vec::new();
            finding.owner = None;
            finding.expected = None;
        }
        Ok(finding)
    }

    /// The name for people.
    #[must_use]
    pub fn named(mut self, name: &str) -> Self {
        name.clone_into(&mut self.0.name);
        self
    }

    /// How sure an advisory is.
    #[must_use]
    pub(super) fn sure(mut self, sure: Sure) -> Self {
        self.0.sure = Some(sure);
        self
    }

    /// The same, said for context: with another message, and judging nothing.
    #[must_use]
    pub(super) fn told(mut self, message: String) -> Self {
        self.0.verdict = Verdict::Informational;
        self.0.message = message;
        self.0.expected = None;
        self
    }

    /// What it says so far.
    pub(super) fn finding(&self) -> &Finding {
        &self.0
    }

    /// What was expected, in words.
    #[must_use]
    pub fn expected(mut self, expected: Option<String>) -> Self {
        self.0.expected = expected;
        self
    }

    /// Shown by bytes that are no fact's own.
    #[must_use]
    pub fn shown_by(mut self, evidence: impl IntoIterator<Item = Evidence>) -> Self {
        for item in evidence {
            if !self.0.evidence.contains(&item) {
                self.0.evidence.push(item);
            }
        }
        self
    }

    /// Shown by these facts, which also bound its assurance.
    #[must_use]
    pub fn resting_on(mut self, context: &Context<'_>, facts: &[&Fact]) -> Self {
        let assurance = facts.iter().map(|fact| context.caps.of_fact(fact)).min();
        self.0.assurance = assurance.unwrap_or(self.0.assurance);
        if assurance.is_some() {
            let reasons = facts.iter().flat_map(|fact| context.caps.reasons(fact)).collect();
            self = self.bounded_by(context, &reasons);
        }
        self.shown_by(facts.iter().flat_map(|fact| fact.evidence.iter().cloned()))
    }

    /// How much it can carry, where it rests on more than facts.
    #[must_use]
    pub(super) fn carrying(mut self, assurance: Assurance) -> Self {
        self.0.assurance = assurance;
        self.0.accepted.clear();
        self
    }

    /// What bounds its evidence, where these reasons and no others do: what is accepted of them holds nothing back.
    #[must_use]
    pub(super) fn bounded_by(mut self, context: &Context<'_>, reasons: &BTreeSet<CapReason>) -> Self {
        if weakest(reasons) == self.0.assurance {
            self.0.accepted = context.accepted.lifting(reasons, context.min_assurance);
        }
        self
    }

    /// What was found, view by view.
    #[must_use]
    pub fn found(mut self, context: &Context<'_>, views: &Views<'_>) -> Self {
        self.0.found.extend(found(context.case, views));
        self.0.found.sort_by_key(|found| found.view);
        self
    }
}

/// What was found, view by view; for NV configuration with the writer that the TLV names.
pub fn found(case: &Case, views: &Views<'_>) -> Vec<Found> {
    let one = |fact: &&Fact| {
        let Provenance { writer, priority } = provenance(case, fact);
        Found { view: fact.view, knowledge: Some(fact.knowledge.clone()), writer, priority }
    };
    let mut found: Vec<Found> = views.all().iter().map(one).collect();
    found.sort_by_key(|found| found.view);
    found
}
