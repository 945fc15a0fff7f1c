//! What a finished review says to people: folds, provenance, coverage and summaries.
//!
//! Must not do: change a verdict, a count, a level or a word. All of them are there before anything is said.

use std::collections::BTreeMap;

use mlx5_schemas::model::fact::{Fact, Subject, Value};
use mlx5_schemas::model::manifest::Device;
use mlx5_schemas::model::report::{BundleReview, RuleCoverage};
use mlx5_schemas::model::verdict::Assurance;

use super::rule::Context;
use super::{fold, next_only, summary, written};
use crate::case::{Case, Family, Identity, Owners, is_virtual, kernel_release};

/// What was asked of the check.
#[derive(Debug, Clone, Copy)]
pub(super) struct Asked {
    /// Whether an envelope was given.
    pub(super) has_baseline: bool,
    /// Least assurance demanded.
    pub(super) min_assurance: Assurance,
}

/// What is known of the host and its devices, as far as it is said.
#[derive(Debug, Clone, Default)]
pub(super) struct Known {
    /// Whether there are signs that the collector ran in a container.
    pub(super) is_container: bool,
    /// Kernel release.
    pub(super) kernel: Option<String>,
    /// Distribution.
    pub(super) distribution: Option<String>,
    devices: BTreeMap<String, KnownDevice>,
}

/// What is known of a device.
#[derive(Debug, Clone, Default)]
pub(super) struct KnownDevice {
    /// Its family.
    pub(super) family: Option<String>,
    /// Whether it is a virtual function.
    pub(super) is_virtual: bool,
    /// The physical function of a virtual one, where the bundle names it.
    pub(super) physical_function: Option<String>,
    /// Who else has a say in it.
    pub(super) owners: Owners,
    /// Whether stored configuration waits for a reset.
    pub(super) settings_wait: bool,
    /// Whether newer firmware waits for a reset.
    pub(super) firmware_waits: bool,
}

impl Known {
    /// Of a device of the bundle.
    pub(super) fn device(&self, id: &str) -> Option<&KnownDevice> {
        self.devices.get(id)
    }

    fn of(case: &Case) -> Self {
        let host = |path: &str| match case.facts.plain(&Subject::Host, path).and_then(Fact::value) {
            Some(Value::Text { text }) if !text.is_empty() => Some(text.clone()),
            Some(Value::Text { .. } | Value::Number { .. } | Value::Bytes { .. }) | None => None,
        };
        Self {
            is_container: host("host/container_hints").is_some(),
            kernel: kernel_release(&case.facts, None).map(|(release, _)| release.to_owned()),
            distribution: host("host/distribution"),
            devices: case
                .opened
                .devices()
                .iter()
                .map(|device| (device.id.clone(), KnownDevice::of(case, device)))
                .collect(),
        }
    }
}

impl KnownDevice {
    fn of(case: &Case, device: &Device) -> Self {
        let subject = Subject::Device { device: device.id.clone() };
        let is_set = |path: &str| {
            let fact = case.facts.plain(&subject, path).and_then(Fact::value);
            matches!(fact, Some(Value::Number { number, .. }) if *number != 0)
        };
        let family = Family::of(&case.facts, device, &Identity::of(case, device));
        Self {
            family: family.map(|family| match family.or {
                Some(or) => format!("{} or {or}", family.name),
                None => family.name.to_owned(),
            }),
            is_virtual: is_virtual(device),
            physical_function: device.physical_function.clone().filter(|physical| {
                let is_it = |other: &Device| other.id == *physical && !is_virtual(other);
                case.opened.devices().iter().any(is_it)
            }),
            owners: Owners::of(case, device),
            settings_wait: is_set("taint/pending_configuration"),
            firmware_waits: is_set("taint/pending_firmware"),
        }
    }
}

/// Says it all.
pub(super) fn tell(
    context: &Context<'_>,
    asked: Asked,
    mut coverage: BTreeMap<String, RuleCoverage>,
    review: &mut BundleReview,
) {
    let known = Known::of(context.case);
    for finding in &mut review.findings {
        finding.provenance = written::sentence(context, finding);
    }
    for device in &mut review.devices {
        device.next_only = next_only::said_by(context, &device.id).is_some();
        device.coverage = coverage.remove(&device.id).unwrap_or_default();
    }
    fold::fold(context, &known, review);
    let summaries: Vec<String> =
        review.devices.iter().map(|device| summary::of_device(review, device, &known, asked)).collect();
    for (device, summary) in review.devices.iter_mut().zip(summaries) {
        device.summary = summary;
    }
    review.summary = summary::of_bundle(review, &known, asked);
}
