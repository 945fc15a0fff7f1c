//! What differs from factory, told for context: of all configuration where no envelope was given, and of the rest where a
//! baseline asks for a report of it.
//!
//! It is the kind `equals_factory` over all NV configuration, with what would be outside told instead of judged: one
//! finding for each parameter that differs, once per card; one for all bytes that differ where no parameter has a name;
//! and one that says how many were compared, so that a file without factory values does not pass for a card as
//! delivered.
//!
//! Must not do: judge.

use std::collections::BTreeSet;

use mlx5_schemas::model::fact::{Fact, Subject, View};
use mlx5_schemas::model::manifest::Device;
use mlx5_schemas::model::report::Finding;
use mlx5_schemas::model::verdict::Verdict;

use super::equals_factory::EqualsFactory;
use super::findings::{Draft, Findings};
use super::rule::{Context, Rule, RuleError, RuleMeta, Target};
use super::scope::Named;
use super::stand::is_outside_later;
use super::unnamed_bits::{Difference, compare};
use crate::case::{is_parameter, is_virtual, tlv_of};
use crate::triage::{Card, cards};

/// The rule's name.
pub const RULE: &str = "factory";
/// What it is about.
const ALL: &str = "nv/**";
/// Where it tells of bytes that have no name.
const BYTES: &str = "nv/**/data";
/// Which views it compares with the factory's.
const VIEWS: [View; 2] = [View::Current, View::Next];
/// Most TLVs that one message names.
const MOST: usize = 3;

/// Tells it of every card. `rule_of` gives the rule by which a function's configuration is compared, for those that are
/// told of.
///
/// # Errors
/// When a finding is without evidence: a defect of the program.
pub(super) fn tell(
    context: &Context<'_>,
    rule_of: &dyn Fn(&Device) -> Option<EqualsFactory>,
    findings: &mut Findings,
) -> Result<(), RuleError> {
    for card in cards(context.case) {
        let mut tally = Tally::default();
        let mut meta = None;
        for device in card.functions.iter().filter(|device| !is_virtual(device)) {
            let Some(rule) = rule_of(device) else { continue };
            for named in rule.meta().scope.reach(context, &Target::of(device)).named {
                tally.take(context, &rule, &named, findings)?;
            }
            meta.get_or_insert_with(|| rule.meta().clone());
        }
        if let Some(meta) = meta {
            tally.tell(context, &meta, &card, findings)?;
        }
    }
    Ok(())
}

/// What was counted and gathered of a card.
#[derive(Default)]
struct Tally<'a> {
    /// Whether any parameter was read in any view.
    read: bool,
    compared: u64,
    differ: u64,
    /// What was said of which path: the same said by another function is the same setting.
    said: BTreeSet<String>,
    /// Bytes that differ where no parameter has a name: a fact of each view.
    bytes: Vec<&'a Fact>,
    /// Something compared, for evidence.
    shown: Option<&'a Fact>,
}

impl<'a> Tally<'a> {
    fn take(
        &mut self,
        context: &Context<'a>,
        rule: &EqualsFactory,
        named: &Named<'a>,
        findings: &mut Findings,
    ) -> Result<(), RuleError> {
        if tlv_of(named.path).is_some_and(|tlv| tlv.part == "/data") {
            self.take_bytes(context, named);
            return Ok(());
        }
        if !is_parameter(named.path) || !named.views.has_views() {
            return Ok(());
        }
        self.read |= named.views.all().iter().any(|fact| fact.value().is_some());
        let draft = rule.judge(context, named);
        let finding = draft.finding();
        let knowledge: Vec<_> = finding.found.iter().map(|found| (found.view, &found.knowledge)).collect();
        let said = format!("{} {} {knowledge:?}", instance(named.subject), named.path);
        if !self.said.insert(said) {
            return Ok(());
        }
        let (differs, words) = match finding.verdict {
            Verdict::Within => (false, String::new()),
            Verdict::Outside | Verdict::Pending => (true, words(finding)),
            Verdict::Unknown { .. }
            | Verdict::NotApplicable { .. }
            | Verdict::NotSelected
            | Verdict::Informational
            | Verdict::Waived
            | Verdict::Error => return Ok(()),
        };
        self.compared = self.compared.saturating_add(1);
        self.shown = self.shown.or(named.views.in_view(View::Default));
        if differs {
            self.differ = self.differ.saturating_add(1);
            findings.add(draft.told(words))?;
        }
        Ok(())
    }

    fn take_bytes(&mut self, context: &Context<'a>, named: &Named<'a>) {
        let Some(default) = named.views.in_view(View::Default).filter(|fact| fact.value().is_some()) else {
            return;
        };
        let found = VIEWS.iter().filter_map(|view| named.views.in_view(*view));
        let differs =
            found.filter(|fact| fact.value().is_some()).find(|fact| match compare(context, default, fact) {
                Difference::OnlyNamed => false,
                Difference::Unnamed { .. } | Difference::Length { .. } => true,
            });
        let Some(differs) = differs else { return };
        let said = format!("{} {} {:?}", instance(named.subject), named.path, differs.knowledge);
        if self.said.insert(said) {
            self.bytes.extend([default, differs]);
        }
    }

    /// What is said once of the whole card.
    fn tell(
        &self,
        context: &Context<'a>,
        meta: &RuleMeta,
        card: &Card<'_>,
        findings: &mut Findings,
    ) -> Result<(), RuleError> {
        let subject = Subject::Device { device: card.first.id.clone() };
        let draft = |path: &str, words: String| {
            Draft::new(meta, &subject, path, Verdict::Informational, words).expected(None)
        };
        let mut tlvs: Vec<&str> =
            self.bytes.iter().filter_map(|fact| Some(tlv_of(&fact.path)?.path)).collect();
        tlvs.dedup();
        if !tlvs.is_empty() {
            let named: Vec<&str> = tlvs.iter().take(MOST).copied().collect();
            let more = match tlvs.len().saturating_sub(MOST) {
                0 => String::new(),
                more => format!(" and {more} more"),
            };
            let words = format!(
                "bytes that no known parameter names differ from factory in {}{more}",
                named.join(", ")
            );
            findings
                .add(draft(BYTES, words).named("bytes without a name").resting_on(context, &self.bytes))?;
        }
        let words = match (self.compared, self.differ) {
            (0, _) if !self.read => "no NV configuration was read".to_owned(),
            (0, _) if context.case.opened.is_told(&card.first.id) => {
                "nothing was compared: a query without -e has no factory values".to_owned()
            }
            (0, _) => "nothing was compared: no factory value was read".to_owned(),
            (compared, 0) => format!("as the factory set it ({compared} compared)"),
            (compared, differ) => format!("{differ} of {compared} compared parameters differ"),
        };
        let draft = draft(ALL, words).named("all parameters");
        findings.add(match self.shown {
            Some(fact) => draft.resting_on(context, &[fact]),
            None => draft.shown_by([context.case.opened.manifest_evidence()]),
        })
    }
}

/// How it differs.
fn words(finding: &Finding) -> String {
    let value = |view: View| {
        finding.found.iter().find(|found| found.view == Some(view)).and_then(|found| found.knowledge.as_ref())
    };
    let is_waiting = match (value(View::Current), value(View::Next)) {
        (Some(now), Some(then)) => now != then,
        (_, _) => false,
    };
    match (finding.verdict, is_waiting) {
        (Verdict::Pending, _) if is_outside_later(finding) => {
            "as the factory set it now, another value after the next reset".to_owned()
        }
        (Verdict::Pending, _) => {
            "differs from factory now, as the factory set it after the next reset".to_owned()
        }
        (_, true) => "differs from factory, and a change waits for a reset".to_owned(),
        (_, false) => "differs from factory".to_owned(),
    }
}

/// Which port or module of the card; functions of a card share them.
fn instance(subject: &Subject) -> String {
    match subject {
        Subject::Host | Subject::Device { .. } => String::new(),
        Subject::Port { port, .. } => format!("port {port}"),
        Subject::Module { module, .. } => format!("module {module}"),
    }
}
