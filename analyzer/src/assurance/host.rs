//! What the host shows: the fwctl taint with whom the kernel log names, the drivers on the way, lockdown.
//!
//! Must not do: count other taint letters than those of the drivers on the way; the rest is context.

use mlx5_schemas::model::fact::{Evidence, Fact, Knowledge, Subject, Value};
use mlx5_schemas::model::host::HOST_MEMBER;
use mlx5_schemas::model::status::CollectionStatus;
use mlx5_schemas::model::verdict::{Cap, CapReason};

use crate::case::Case;

/// Bit of fwctl in the kernel's taint mask (`include/linux/panic.h`, `TAINT_FWCTL`).
const FWCTL_TAINT_BIT: u32 = 19;
/// Modules that every request over fwctl goes through.
const ON_THE_WAY: [&str; 3] = ["fwctl", "mlx5_core", "mlx5_fwctl"];
/// Letters of a module's own taint that say that it is not the kernel's own, or not as the kernel ships it:
/// proprietary, forced, out of tree, unsigned (`kernel/panic.c`).
const FOREIGN_LETTERS: [char; 4] = ['P', 'F', 'O', 'E'];

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

fn taint(case: &Case) -> Option<Cap> {
    let letter = case.facts.plain(&Subject::Host, "host/taint/J");
    let mask = case.facts.plain(&Subject::Host, "host/taint");
    let requesters: Vec<&Fact> =
        case.facts.below(&Subject::Host, "host/fwctl_requester").filter(|f| f.value().is_some()).collect();
    // Read again at the end of the run: a program may have asked while we collected.
    let at_end = case.facts.plain(&Subject::Host, "host/taint_at_end");
    let bit = |fact: Option<&Fact>| match fact.and_then(Fact::value) {
        Some(Value::Number { number, .. }) => Some(number >> FWCTL_TAINT_BIT & 1 == 1),
        Some(Value::Text { .. } | Value::Bytes { .. }) | None => None,
    };
    let is_set = match (bit(mask), bit(at_end)) {
        (Some(true), _) | (_, Some(true)) => Some(true),
        (Some(false), Some(false)) => Some(false),
        (Some(false), None) if at_end.is_none() => Some(false),
        (Some(false) | None, _) => None,
    };
    let mut evidence = shown_by(case, letter.or(mask));
    if bit(at_end) == Some(true) {
        evidence.extend(at_end.into_iter().flat_map(|fact| fact.evidence.clone()));
    }
    for requester in &requesters {
        evidence.extend(requester.evidence.iter().cloned());
    }
    let names: Vec<String> =
        requesters.iter().filter_map(|fact| fact.value()).map(ToString::to_string).collect();
    let (reason, message) = match (is_set, names.as_slice()) {
        (Some(false), []) => return None,
        (Some(true), []) => (
            CapReason::FwctlTaint,
            "taint J is set: a program asked fwctl for write access since boot; the kernel log no longer names it"
                .to_owned(),
        ),
        (Some(true), names) => (
            CapReason::FwctlTaint,
            format!(
                "taint J is set: {} asked for write access; the kernel names the first since boot only, later ones \
                 and other devices leave no line",
                names.join(", ")
            ),
        ),
        // The log speaks of this boot: a mask that contradicts it was read before, or is not this host's.
        (Some(false) | None, [_, ..]) => (
            CapReason::FwctlTaint,
            format!("the kernel log says that {} asked for write access, though taint J is not seen set", names.join(", ")),
        ),
        (None, []) => (CapReason::TaintUnknown, "the kernel's taint mask was not read".to_owned()),
    };
    Some(cap(reason, message, evidence))
}

fn drivers(case: &Case) -> Option<Cap> {
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
                if text.contains(FOREIGN_LETTERS) {
                    foreign.push(format!("{name} ({text})"));
                    foreign_evidence.extend(fact.evidence.iter().cloned());
                }
            }
            Knowledge::Known { value: Value::Number { .. } | Value::Bytes { .. } }
            | Knowledge::Unknown { .. } => {
                if ON_THE_WAY.contains(&name) {
                    unknown.push(name.to_owned());
                    unknown_evidence.extend(fact.evidence.iter().cloned());
                }
            }
        }
    }
    for name in ON_THE_WAY {
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
        Some(Knowledge::Unknown { status: CollectionStatus::Absent, .. }) => {
            (CapReason::NoLockdown, "the kernel has no lockdown: root had other ways to the device")
        }
        Some(
            Knowledge::Known { value: Value::Number { .. } | Value::Bytes { .. } }
            | Knowledge::Unknown { .. },
        )
        | None => (CapReason::LockdownUnknown, "whether the kernel is locked down was not read"),
    };
    Some(cap(reason, message.to_owned(), shown_by(case, fact)))
}
