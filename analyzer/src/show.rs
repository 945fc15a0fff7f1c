//! `show`: what a bundle holds, as facts and at a glance.
//!
//! Must not do: judge. Assurance is told, values are not measured against anything.

use mlx5_schemas::model::fact::{Fact, Subject, Value};
use mlx5_schemas::model::manifest::Device;
use mlx5_schemas::model::report::{DeviceSummary, FactCounts, HostSummary, ShowReport};

use crate::assurance::Caps;
use crate::case::{Case, Identity};
use crate::pattern::Pattern;

/// Collects what to show: the summary, and the facts that the patterns take.
pub fn show(case: &Case, patterns: &[Pattern]) -> ShowReport {
    let caps = Caps::of(case);
    let facts = case.facts.iter().filter(|fact| patterns.iter().any(|pattern| pattern.takes(fact)));
    ShowReport {
        bundle: case.opened.identity(),
        devices: case.opened.devices().iter().map(|device| device_summary(case, &caps, device)).collect(),
        host: host_summary(case),
        facts: facts.cloned().collect(),
    }
}

fn device_summary(case: &Case, caps: &Caps, device: &Device) -> DeviceSummary {
    let identity = Identity::of(case, device);
    let mut facts = FactCounts::default();
    for fact in case.facts.of_device(&device.id) {
        let slot = if fact.value().is_some() { &mut facts.known } else { &mut facts.unknown };
        *slot = slot.saturating_add(1);
    }
    DeviceSummary {
        device: device.clone(),
        firmware: identity.firmware_text().map(str::to_owned),
        psid: identity.psid_text().map(str::to_owned),
        ports: identity.ports,
        probes: case.opened.probes(Some(&device.id)).cloned().collect(),
        facts,
        assurance: caps.of_device(&device.id, case.opened.device_route(device)),
        caps: caps.host().iter().chain(caps.device(&device.id)).cloned().collect(),
        signs: case
            .facts
            .of_device(&device.id)
            .filter(|fact| fact.path.starts_with("taint/"))
            .cloned()
            .collect(),
    }
}

fn host_summary(case: &Case) -> HostSummary {
    let value = |path: &str| case.facts.plain(&Subject::Host, path).and_then(Fact::value);
    let text = |path: &str| match value(path) {
        Some(Value::Text { text }) => Some(text.clone()),
        Some(Value::Number { .. } | Value::Bytes { .. }) | None => None,
    };
    let taint = match value("host/taint") {
        Some(Value::Number { number, .. }) => Some(*number),
        Some(Value::Text { .. } | Value::Bytes { .. }) | None => None,
    };
    // In the order of the facts, which is that of the bits.
    let letters = case.facts.iter().filter(|fact| fact.subject == Subject::Host).filter_map(|fact| {
        let letter = fact.path.strip_prefix("host/taint/")?;
        matches!(fact.value(), Some(Value::Number { number, .. }) if *number != 0).then_some(letter)
    });
    HostSummary {
        taint,
        taint_letters: taint.map(|_| letters.collect::<Vec<_>>().join(" ")),
        kernel: text("host/kernel"),
        distribution: text("host/distribution"),
        lockdown: text("host/lockdown"),
        probes: case.opened.probes(None).cloned().collect(),
    }
}
