//! NV configuration that no rule names, where a baseline has a word on it: `default` is `factory` or `report`.
//!
//! Whether a rule names something is asked device by device: one that is about other devices names nothing here. One whose
//! condition is not met names what it names all the same.
//!
//! Must not do: judge what a rule of any baseline names, or make anything outside of a mere report.

use mlx5_schemas::model::baseline::{Baseline, Rest, Select, Severity, current_and_next};
use mlx5_schemas::model::manifest::Device;

use super::equals_factory::EqualsFactory;
use super::factory;
use super::findings::Findings;
use super::rule::{Context, Rule, RuleError, RuleMeta, Target};
use super::scope::Scope;
use super::select::{Selection, select};
use crate::baseline::LoadedBaseline;

/// Id of the rule that `default` stands for, and so of no other.
pub(crate) const DEFAULT: &str = "default";
/// All NV configuration.
const ALL: &str = "nv/**";

/// The rule that stands for `factory`.
#[derive(Debug)]
pub(super) struct RestIsFactory {
    meta: RuleMeta,
}

impl RestIsFactory {
    /// The one of a baseline's file.
    pub(super) fn of(file: &Baseline) -> Self {
        let meta = everything(&format!("{}/{DEFAULT}", file.name));
        let within = &file.select;
        Self {
            meta: RuleMeta {
                why: Some("No rule names it, and what no rule names must be as delivered.".to_owned()),
                severity: Severity::Medium,
                owner: file.owner.clone(),
                selects: Some(within).filter(|select| !select.is_empty()).cloned().into_iter().collect(),
                ..meta
            },
        }
    }
}

impl Rule for RestIsFactory {
    fn meta(&self) -> &RuleMeta {
        &self.meta
    }

    fn check(
        &self,
        context: &Context<'_>,
        target: &Target,
        findings: &mut Findings,
    ) -> Result<(), RuleError> {
        less_named(context, target, &self.meta).check(context, target, findings)
    }
}

/// What baselines say of the rest.
#[derive(Debug, Default)]
pub(super) struct Rests {
    /// Whether one of them has it judged or told.
    is_any: bool,
    /// Whether there is none, so that everything is told.
    is_all: bool,
    /// The selections of those that have it told.
    told: Vec<Select>,
}

impl Rests {
    /// Gathers it.
    pub(super) fn of(baselines: &[LoadedBaseline]) -> Self {
        let says =
            |wanted: Rest| baselines.iter().filter(move |loaded| loaded.baseline.default == Some(wanted));
        let told: Vec<Select> =
            says(Rest::Report).flat_map(LoadedBaseline::rest_from).map(|file| file.select.clone()).collect();
        let is_any = !told.is_empty() || says(Rest::Factory).next().is_some();
        Self { is_any, is_all: baselines.is_empty(), told }
    }

    /// What rules name on each device, those that are about it or may be; nothing where nobody asks.
    pub(super) fn named<'r>(
        &self,
        context: &Context<'_>,
        rules: impl Iterator<Item = &'r RuleMeta> + Clone,
    ) -> Vec<(String, Vec<Scope>)> {
        let devices = context.case.opened.devices().iter().filter(|_| self.is_any);
        let of = |device: &Device| {
            let about = rules.clone().filter(|meta| {
                // The rest's own rule names nothing.
                !meta.id.ends_with(&format!("/{DEFAULT}"))
                    && !matches!(select(&meta.selects, context, device), Selection::NotSelected(_))
            });
            (device.id.clone(), about.map(|meta| meta.scope.clone()).collect())
        };
        devices.map(of).collect()
    }

    /// Tells what of the rest differs from the factory view: where no baseline was given, all of it.
    pub(super) fn tell(&self, context: &Context<'_>, findings: &mut Findings) -> Result<(), RuleError> {
        let rule_of = |device: &Device| {
            let is_about =
                |one: &Select| select(std::slice::from_ref(one), context, device) == Selection::Selected;
            let is_told = self.is_all || self.told.iter().any(is_about);
            is_told.then(|| less_named(context, &Target::of(device), &everything(factory::RULE)))
        };
        factory::tell(context, &rule_of, findings)
    }
}

fn less_named(context: &Context<'_>, target: &Target, meta: &RuleMeta) -> EqualsFactory {
    let named = target.device().and_then(|id| context.named.iter().find(|(device, _)| device == id));
    let others = named.map(|(_, scopes)| scopes.clone()).unwrap_or_default();
    EqualsFactory::new(RuleMeta { scope: meta.scope.less(others), ..meta.clone() })
}

fn everything(id: &str) -> RuleMeta {
    let meta = RuleMeta::built_in(id, Severity::Low);
    RuleMeta {
        scope: Scope::new(&[ALL.to_owned()], &[]).with_bytes(),
        views: current_and_next(),
        expected: "the factory value".to_owned(),
        ..meta
    }
}
