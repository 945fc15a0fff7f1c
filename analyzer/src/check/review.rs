//! From findings to words: applies baselines to bundles, and sums up per device, bundle and run.
//!
//! Must not do: look at values. Verdicts come from the rules, levels from [`crate::assurance`].

mod apply;
mod built_in;
mod words;

use std::collections::{BTreeMap, BTreeSet};

use mlx5_schemas::catalog::Catalog;
use mlx5_schemas::model::baseline::Severity;
use mlx5_schemas::model::fact::Subject;
use mlx5_schemas::model::manifest::Device;
use mlx5_schemas::model::report::{
    BundleReview, CheckReport, Counts, DeviceReview, Finding, Policy, RuleCoverage,
};
use mlx5_schemas::model::verdict::{Assurance, Verdict, Word};

use super::advisories;
use super::build::ids_of;
use super::card::Cards;
use super::findings::{Draft, Findings};
use super::held::Held;
use super::lookup::Lookup;
use super::policy::Accepted;
use super::rest::Rests;
use super::rule::{Context, Rule, RuleMeta, Target, rules_of};
use super::rule_coverage;
use super::select::{Selection, select};
use super::voice::{self, Asked};
use super::waive::Waivers;
use crate::assurance::Caps;
use crate::baseline::LoadedBaseline;
use crate::case::{Case, Identity};
use crate::known::LoadedIssue;
use crate::report::device_key;
use crate::waiver::LoadedWaivers;

use apply::{apply, leave};
use built_in::{SIGNATURE_RULE, built_in};
pub use words::{add, count, exit_code, judge, worst};

/// How to check.
#[derive(Debug, Clone, Copy)]
pub struct Options<'c> {
    /// Least assurance, in place of what the baselines demand.
    pub min_assurance: Option<Assurance>,
    /// Whether a signature by a key that the user named is demanded, whatever the baselines say.
    pub require_signature: bool,
    /// Reasons of `unknown` and of caps that hold nothing back.
    pub accepted: &'c Accepted,
    /// What was accepted of what is outside.
    pub waivers: Waivers<'c>,
    /// The catalog that the bundles were decoded by.
    pub catalog: &'c Catalog,
    /// What advisories are given by; none without.
    pub issues: &'c [LoadedIssue],
}

impl Default for Options<'_> {
    fn default() -> Self {
        Self {
            min_assurance: None,
            require_signature: false,
            accepted: Accepted::NONE,
            waivers: Waivers::NONE,
            catalog: Catalog::embedded(),
            issues: &[],
        }
    }
}

/// Exit code for trouble.
const TROUBLE: u8 = 2;

/// A bundle to check, or why it cannot be.
pub type Candidate = Result<Case, String>;

/// Checks bundles against baselines.
pub fn check(candidates: &[Candidate], baselines: &[LoadedBaseline], options: Options<'_>) -> CheckReport {
    let judged = !baselines.is_empty();
    let demanded =
        baselines.iter().filter_map(|loaded| loaded.baseline.min_assurance).max().unwrap_or_default();
    let min_assurance = options.min_assurance.unwrap_or(demanded);
    let rules: Vec<Vec<Box<dyn Rule>>> = rules_of(baselines);
    let rests = Rests::of(baselines);
    let demand = Demand {
        min_assurance,
        signature: options.require_signature
            || baselines.iter().any(|loaded| loaded.baseline.require_signature == Some(true)),
        devices: rules.iter().flatten().any(|rule| rule.meta().judges_devices()),
        accepted: options.accepted,
        waivers: options.waivers,
        rests: &rests,
        catalog: options.catalog,
        issues: options.issues,
        baselines,
    };
    let mut matched = BTreeSet::new();
    let mut troubles = Vec::new();
    let mut bundles = Vec::new();
    for candidate in candidates {
        match candidate {
            Ok(case) => {
                bundles.push(review(case, &rules, &mut matched, demand));
            }
            Err(trouble) => troubles.push(trouble.clone()),
        }
    }
    // Of bundles that could not be opened this is no news.
    for loaded in baselines.iter().filter(|_| !bundles.is_empty()) {
        // What it shares with one before it is checked there.
        if !ids_of(loaded).any(|id| matched.contains(&id)) {
            troubles.push(format!("{}: no rule is about anything here, so nothing was checked", loaded.file));
        }
    }
    let mut counts = Counts::default();
    for bundle in &bundles {
        add(&mut counts, &bundle.counts);
    }
    let word = worst(bundles.iter().map(|bundle| bundle.word)).unwrap_or(Word::CannotBeVouchedFor);
    let trouble = !troubles.is_empty() || counts.error > 0;
    // What was not opened, or not judged, was not vouched for.
    let word = if trouble || !judged { word.max(Word::CannotBeVouchedFor) } else { word };
    CheckReport {
        baselines: baselines.iter().map(LoadedBaseline::identity).collect(),
        min_assurance,
        policy: Policy {
            require_signature: demand.signature,
            lowered_from: Some(demanded).filter(|demanded| *demanded > min_assurance),
            allow_unvouched: options.accepted.words(),
            accepted: options.accepted.counted(bundles.iter().flat_map(|bundle| &bundle.findings)),
            waivers: options.waivers.files.iter().map(LoadedWaivers::identity).collect(),
        },
        word,
        judged,
        exit_code: match judged {
            true => exit_code(&counts, trouble, word),
            false => u8::from(trouble).saturating_mul(TROUBLE),
        },
        counts,
        bundles,
        troubles,
    }
}

/// What the baselines demand beyond their rules.
#[derive(Debug, Clone, Copy)]
struct Demand<'c> {
    min_assurance: Assurance,
    /// Whether the bundle must be signed by a key that the user named.
    signature: bool,
    /// Whether any rule is about devices: otherwise they are nothing to have a word on.
    devices: bool,
    accepted: &'c Accepted,
    waivers: Waivers<'c>,
    /// What they say of NV configuration that no rule names.
    rests: &'c Rests,
    /// The catalog that was decoded by.
    catalog: &'c Catalog,
    /// What advisories are given by.
    issues: &'c [LoadedIssue],
    /// All baselines; without one nothing is judged.
    baselines: &'c [LoadedBaseline],
}

fn review(
    case: &Case,
    rules: &[Vec<Box<dyn Rule>>],
    matched: &mut BTreeSet<String>,
    demand: Demand<'_>,
) -> BundleReview {
    let caps = Caps::of(case);
    let nothing = BTreeSet::new();
    let Demand { min_assurance, accepted, catalog, .. } = demand;
    let lookup = Lookup::of(case, catalog);
    let context = Context {
        case,
        caps: &caps,
        catalog,
        min_assurance,
        accepted,
        named_bytes: &nothing,
        named: &[],
        lookup: &lookup,
        held: None,
    };
    let named_bytes = named_bytes(&context, rules);
    let named = demand.rests.named(&context, rules.iter().flatten().map(|rule| rule.meta()));
    let context = Context { named_bytes: &named_bytes, named: &named, ..context };
    let mut findings = Findings::default();
    for rule in rules.iter().flatten() {
        if apply(&context, rule.as_ref(), &mut findings) {
            matched.insert(rule.meta().id.clone());
        }
    }
    built_in(&context, demand.signature, &mut findings);
    let advised = advisories::report(&context, demand.issues, demand.baselines, &mut findings);
    let told = demand.rests.tell(&context, &mut findings);
    for error in [advised, told].into_iter().filter_map(Result::err) {
        let meta = RuleMeta::built_in("told", Severity::Low);
        let draft = Draft::new(&meta, &Subject::Host, "", Verdict::Error, error.to_string());
        leave(&context, &meta, &mut findings, draft.shown_by([case.opened.manifest_evidence()]));
    }
    let cards = Cards::of(&context);
    let findings = waive(&context, &cards, demand, findings);
    let by_device = group(&findings);
    let is_hosts = |finding: &&Finding| finding.subject == Subject::Host && is_judgement(finding);
    let host: Vec<&Finding> = findings.iter().filter(is_hosts).collect();
    let mut devices: Vec<DeviceReview> = case
        .opened
        .devices()
        .iter()
        .map(|device| {
            let own = by_device.get(device.id.as_str()).map(Vec::as_slice).unwrap_or_default();
            review_device(&context, &cards, device, own, &host, demand)
        })
        .collect();
    let host_word = (!host.is_empty()).then(|| judge(&host, demand.min_assurance).0);
    let host_word = host_word.filter(|word| *word != Word::Inside);
    let word = worst(devices.iter().filter_map(|device| device.word).chain(host_word));
    // A bundle without a device has nothing to be inside, unless its host was judged and is.
    let word = word.unwrap_or_else(|| judge(&host, demand.min_assurance).0);
    let coverage = rule_coverage::of(&findings, rules);
    let findings = cards.told_once(findings);
    let told = group(&findings);
    for device in &mut devices {
        device.counts = count(told.get(device.id.as_str()).into_iter().flatten().copied());
    }
    let mut review = BundleReview {
        bundle: case.opened.identity(),
        word,
        judged: !demand.baselines.is_empty(),
        summary: String::new(),
        counts: count(&findings),
        host_caps: caps.host().to_vec(),
        devices,
        findings,
        folds: Vec::new(),
    };
    let (has_baseline, min_assurance) = (!rules.is_empty(), demand.min_assurance);
    voice::tell(&context, Asked { has_baseline, min_assurance }, coverage, &mut review);
    review
}

/// The findings after waivers, with what is accepted of them.
fn waive(context: &Context<'_>, cards: &Cards<'_>, demand: Demand<'_>, findings: Findings) -> Vec<Finding> {
    let mut list = findings.into_sorted();
    let said = demand.waivers.apply(context, cards, &mut list);
    let mut findings = Findings::from(list);
    for (meta, draft) in said {
        leave(context, &meta, &mut findings, draft);
    }
    let mut list = findings.into_sorted();
    demand.accepted.settle(&mut list);
    list
}

/// The bytes that rules name by their own path, device by device. A rule that is about other devices names nothing here,
/// nor does one that does not hold here: nobody would judge the bytes then.
fn named_bytes(context: &Context<'_>, rules: &[Vec<Box<dyn Rule>>]) -> BTreeSet<(String, String)> {
    let mut named = BTreeSet::new();
    for meta in rules.iter().flatten().map(|rule| rule.meta()) {
        let mut paths = meta.scope.paths_of_bytes().peekable();
        if paths.peek().is_none() {
            continue;
        }
        let devices = context.case.opened.devices().iter();
        let holds = |device: &Device| match Held::of(context, meta, &Target::of(device)) {
            Ok(held) => held.is_none_or(|held| held.is_met_everywhere()),
            Err(_) => false,
        };
        let is_judged =
            |device: &&Device| select(&meta.selects, context, device) == Selection::Selected && holds(device);
        let selected: Vec<&Device> = devices.filter(is_judged).collect();
        for path in paths {
            named.extend(selected.iter().map(|device| (device.id.clone(), path.to_owned())));
        }
    }
    named
}

/// Whether a finding says anything for or against a word.
fn is_judgement(finding: &Finding) -> bool {
    match finding.verdict {
        Verdict::Within | Verdict::Waived | Verdict::Pending | Verdict::Outside | Verdict::Error => true,
        Verdict::Unknown { .. } => finding.accepted.is_empty(),
        Verdict::NotApplicable { .. } | Verdict::NotSelected | Verdict::Informational => false,
    }
}

fn group(findings: &[Finding]) -> BTreeMap<&str, Vec<&Finding>> {
    let mut groups: BTreeMap<&str, Vec<&Finding>> = BTreeMap::new();
    for finding in findings {
        if let Some(device) = finding.subject.device() {
            groups.entry(device).or_default().push(finding);
        }
    }
    groups
}

/// The word on a device rests on all that was found of it; its counts are filled in when it is known what is told where.
fn review_device(
    context: &Context<'_>,
    cards: &Cards<'_>,
    device: &Device,
    own: &[&Finding],
    host: &[&Finding],
    demand: Demand<'_>,
) -> DeviceReview {
    let case = context.case;
    let identity = Identity::of(case, device);
    let (mut word, mut reasons) = judge(own, demand.min_assurance);
    // A signature that is demanded and missing, and not accepted so, holds back every device.
    for finding in host.iter().filter(|finding| finding.rule == SIGNATURE_RULE) {
        word = word.max(Word::CannotBeVouchedFor);
        reasons.push(finding.message.clone());
    }
    let physical_function = device.physical_function.as_ref().filter(|physical| {
        let is_physical = |other: &Device| other.id == **physical && other.physical_function.is_none();
        case.opened.devices().iter().any(is_physical)
    });
    let judged = own.iter().any(|finding| is_judgement(finding));
    let has_word = judged || (demand.devices && physical_function.is_none());
    if !has_word {
        reasons.clear();
    }
    DeviceReview {
        id: device.id.clone(),
        key: device_key(&case.facts, device),
        firmware: identity.firmware_text().map(str::to_owned),
        psid: identity.psid_text().map(str::to_owned),
        word: has_word.then_some(word),
        summary: String::new(),
        coverage: RuleCoverage::default(),
        next_only: false,
        reasons,
        counts: Counts::default(),
        shares_with: physical_function.cloned().or_else(|| cards.first(&device.id).map(str::to_owned)),
        assurance: context.caps.of_device(&device.id, case.opened.device_route(device)),
        caps: context.caps.device(&device.id).to_vec(),
    }
}
