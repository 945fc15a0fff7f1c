//! What the host shows: the fwctl taint with whom the kernel log names, the drivers on the way, lockdown.
//!
//! Must not do: count other taint letters than those of the drivers on the way; the rest is context.

use mlx5_schemas::model::fact::{Evidence, Fact, Knowledge, Subject, Value};
use mlx5_schemas::model::host::HOST_MEMBER;
use mlx5_schemas::model::manifest::TransportKind;
use mlx5_schemas::model::status::CollectionStatus;
use mlx5_schemas::model::verdict::{Cap, CapReason};

use crate::case::{Case, Views};

/// Bit of fwctl in the kernel's taint mask (`include/linux/panic.h`, `TAINT_FWCTL`).
const FWCTL_TAINT_BIT: u32 = 19;
/// Modules that every request over fwctl goes through.
const ON_THE_WAY: [&str; 3] = ["fwctl", "mlx5_core", "mlx5_fwctl"];
/// Of those, the ones that every request over mlx5ctl goes through. That mlx5ctl itself is not the kernel's own is said of
/// each device that was asked over it.
const ON_THE_WAY_OF_MLX5CTL: [&str; 1] = ["mlx5_core"];

/// The host's caps.
pub(super) fn caps(case: &Case) -> Vec<Cap> {
    [taint(case), drivers(case), lockdown(case)].into_iter().flatten().collect()
}

fn cap(reason: CapReason, message: String, evidence: Vec<Evidence>) -> Cap {
    Cap { level: reason.level(), reason, subject: Subject::Host, message, evidence }
}

/// Evidence of a host fact, or of the captures in which there is none.
fn shown_by(case: &Case, fact: Option<&Fact>) -> Vec<Evidence> {
    match fact {
        Some(fact) if !fact.evidence.is_empty() => fact.evidence.clone(),
        Some(_) | None => vec![case.opened.member_evidence(HOST_MEMBER)],
    }
}

/// Whether bit J is set, over everything that tells of one reading of the mask: set where one says so, clear where all
/// that there are say so.
fn is_tainted(facts: &[&Fact]) -> Option<bool> {
    let bits: Option<Vec<bool>> = facts
        .iter()
        .map(|fact| match fact.value() {
            Some(Value::Number { number, .. }) => Some(number >> FWCTL_TAINT_BIT & 1 == 1),
            Some(Value::Text { .. } | Value::Bytes { .. }) | None => None,
        })
        .collect();
    bits.filter(|bits| !bits.is_empty()).map(|bits| bits.contains(&true))
}

fn taint(case: &Case) -> Option<Cap> {
    let host = |path: &str| case.facts.views(&Subject::Host, path);
    // Read once more at the end of the run: a program may have asked while we collected.
    let (start, end) = (host("host/taint"), host("host/taint_at_end"));
    let (at_start, at_end) = (is_tainted(start.all()), is_tainted(end.all()));
    let log = host("host/fwctl_requester");
    let requesters: Vec<String> =
        log.all().iter().filter_map(|fact| fact.value()).map(ToString::to_string).collect();
    let who = requesters.join(", ");
    let (reason, message) = match (at_start, at_end, who.as_str()) {
        (Some(false), Some(false), "") => return None,
        (Some(true), _, "") | (_, Some(true), "") => (
            CapReason::FwctlTaint,
            format!(
                "taint J is set: a program asked fwctl for write access since boot; {}",
                log_words(case, &log)
            ),
        ),
        (Some(true), _, who) | (_, Some(true), who) => (
            CapReason::FwctlTaint,
            format!(
                "taint J is set: {who} asked for write access; the kernel names the first since boot only, later ones \
                 and other devices leave no line"
            ),
        ),
        (None, _, "") => (CapReason::TaintUnknown, "the kernel's taint mask was not read".to_owned()),
        (Some(false), None, "") => (
            CapReason::TaintUnknown,
            "the kernel's taint mask was not read again after the devices".to_owned(),
        ),
        // The log speaks of this boot: a mask that contradicts it was read before, or is not this host's.
        (Some(false) | None, Some(false) | None, who) => (
            CapReason::FwctlTaint,
            format!("the kernel log says that {who} asked for write access, though taint J is not seen set"),
        ),
    };
    let mut evidence: Vec<Evidence> = [start, end].iter().flat_map(Views::evidence).collect();
    if !who.is_empty() {
        evidence.extend(log.evidence());
    }
    if evidence.is_empty() {
        evidence = shown_by(case, None);
    }
    Some(cap(reason, message, evidence))
}

/// Why the kernel log names nobody.
fn log_words(case: &Case, log: &Views<'_>) -> &'static str {
    let span = case.facts.plain(&Subject::Host, "host/kernel_log_from_boot").and_then(Fact::value);
    let is_absent =
        |fact: &&Fact| matches!(fact.knowledge, Knowledge::Unknown { status: CollectionStatus::Absent, .. });
    match (log.plain().filter(is_absent), span) {
        (None, _) => "the kernel log, which may name it, was not read",
        (Some(_), Some(Value::Number { number: 1, .. })) => "the kernel log does not name it",
        (Some(_), _) => "the kernel log has lost its beginning and no longer names it",
    }
}

fn on_the_way(case: &Case) -> &'static [&'static str] {
    let devices = case.opened.devices();
    if !devices.is_empty() && devices.iter().all(|device| device.transport == TransportKind::Mlx5ctl) {
        &ON_THE_WAY_OF_MLX5CTL
    } else {
        &ON_THE_WAY
    }
}

fn drivers(case: &Case) -> Option<Cap> {
    let on_the_way = on_the_way(case);
    let mut foreign = Vec::new();
    let mut unknown = Vec::new();
    let mut foreign_evidence = Vec::new();
    let mut unknown_evidence = Vec::new();
    let modules = case.facts.below(&Subject::Host, "host/module/").filter_map(|fact| {
        let name = fact.path.strip_prefix("host/module/")?.strip_suffix("/taint")?;
        counts(name).then_some((name, fact))
    });
    let mut seen = Vec::new();
    for (name, fact) in modules {
        seen.push(name.to_owned());
        match &fact.knowledge {
            Knowledge::Known { value: Value::Text { text } } => {
                // Any letter says that it is not the kernel's own, or not as the kernel ships it (`kernel/panic.c`:
                // proprietary, out of tree, staging, unsigned, supported by others).
                if !text.is_empty() {
                    foreign.push(format!("{name} ({text})"));
                    foreign_evidence.extend(fact.evidence.iter().cloned());
                }
            }
            Knowledge::Known { value: Value::Number { .. } | Value::Bytes { .. } }
            | Knowledge::Unknown { .. } => {
                if on_the_way.contains(&name) {
                    unknown.push(name.to_owned());
                    unknown_evidence.extend(fact.evidence.iter().cloned());
                }
            }
        }
    }
    for &name in on_the_way {
        if !seen.iter().any(|known| known == name) {
            unknown.push(name.to_owned());
        }
    }
    if !foreign.is_empty() {
        let message = format!("not the kernel's own drivers: {}", foreign.join(", "));
        return Some(cap(CapReason::OutOfTreeDriver, message, foreign_evidence));
    }
    if unknown.is_empty() {
        return None;
    }
    if unknown_evidence.is_empty() {
        unknown_evidence = shown_by(case, None);
    }
    let message = format!("whether these are the kernel's own drivers was not read: {}", unknown.join(", "));
    Some(cap(CapReason::DriverUnknown, message, unknown_evidence))
}

/// Whether a module's taint says anything about the way to the device.
fn counts(module: &str) -> bool {
    ON_THE_WAY.contains(&module) || matches!(module, "mlx_compat" | "mlx5ctl") || module.starts_with("mst")
}

fn lockdown(case: &Case) -> Option<Cap> {
    let fact = case.facts.plain(&Subject::Host, "host/lockdown");
    let (reason, message) = match fact.map(|fact| &fact.knowledge) {
        Some(Knowledge::Known { value: Value::Text { text } }) => match text.as_str() {
            "integrity" | "confidentiality" => return None,
            "none" => (
                CapReason::NoLockdown,
                "the kernel is not locked down: root had other ways to the device (PCI configuration space, debugfs)",
            ),
            _ => (CapReason::LockdownUnknown, "the state of lockdown is not one that is known"),
        },
        Some(Knowledge::Unknown { status: CollectionStatus::Absent, .. }) => (
            CapReason::LockdownUnknown,
            "whether the kernel is locked down cannot be seen: it has no lockdown, or securityfs is not mounted",
        ),
        Some(
            Knowledge::Known { value: Value::Number { .. } | Value::Bytes { .. } }
            | Knowledge::Unknown { .. },
        )
        | None => (CapReason::LockdownUnknown, "whether the kernel is locked down was not read"),
    };
    Some(cap(reason, message.to_owned(), shown_by(case, fact)))
}
