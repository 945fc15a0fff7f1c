//! Whether a rule is about a device.
//!
//! Must not do: leave a device out because its identity was not read: that is unknown, not unselected.

use mlx5_schemas::model::baseline::{Role, Select};
use mlx5_schemas::model::condition::Condition;
use mlx5_schemas::model::expected::FirmwareRange;
use mlx5_schemas::model::fact::{Evidence, Fact, Subject, Value};
use mlx5_schemas::model::manifest::Device;

use super::rule::{Context, Target};
use crate::case::{Firmware, PART_NUMBER};
use crate::condition::{About, Expressions, Lens, Outcome, evaluate};
use crate::pattern::Pattern;

/// The outcome of a selection.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Selection {
    /// The rule is about the device.
    Selected,
    /// It is not; shown by this.
    NotSelected(Vec<Evidence>),
    /// The rule depends on what was not read.
    Unknown {
        /// What was not read, in words.
        missing: String,
        /// What shows that.
        evidence: Vec<Evidence>,
    },
}

/// Applies selections to a device: every member of each of them must hold. One that surely does not leaves the device
/// out, whatever was not read for another.
pub(super) fn select(selects: &[Select], context: &Context<'_>, device: &Device) -> Selection {
    let about = context.lookup.about(&Target::of(device));
    let shown = |evidence: Vec<Evidence>| match evidence.is_empty() {
        true => vec![context.case.opened.manifest_evidence()],
        false => evidence,
    };
    let mut missing: Vec<String> = Vec::new();
    let mut evidence: Vec<Evidence> = Vec::new();
    for outcome in selects.iter().flat_map(|select| members(select, context, about, device)) {
        match outcome.met {
            Some(true) => {}
            Some(false) => return Selection::NotSelected(shown(outcome.looked_at)),
            None => {
                missing.extend(outcome.missing);
                evidence.extend(outcome.looked_at);
            }
        }
    }
    if missing.is_empty() {
        return Selection::Selected;
    }
    missing.dedup();
    Selection::Unknown { missing: missing.join(" and "), evidence: shown(evidence) }
}

/// What comes of each member that is given.
fn members(select: &Select, context: &Context<'_>, about: &About<'_>, device: &Device) -> Vec<Outcome> {
    let listed = |list: &[String], condition: fn(Vec<String>) -> Condition| {
        (!list.is_empty()).then(|| condition(list.to_vec()))
    };
    let conditions = [
        listed(&select.family, Condition::Family),
        listed(&select.device, Condition::PciDevice),
        listed(&select.psid, Condition::Psid),
        select.driver.clone().map(Condition::Driver),
        select.kernel.clone().map(Condition::Kernel),
    ];
    let nothing = Expressions::default();
    let of = |condition: Condition| evaluate(about, &nothing, Lens::Any, &condition);
    let mut outcomes: Vec<Outcome> = conditions.into_iter().flatten().map(of).collect();
    outcomes.extend(select.firmware.as_ref().map(|range| firmware(range, about)));
    if !select.part_number.is_empty() {
        outcomes.push(part_number(&select.part_number, context, device));
    }
    if !select.role.is_empty() {
        outcomes.push(any_role(&select.role, context, about, device));
    }
    outcomes
}

fn firmware(range: &FirmwareRange, about: &About<'_>) -> Outcome {
    let shown = about.identity.firmware.map(|fact| fact.evidence.clone()).unwrap_or_default();
    let Some(version) = about.identity.firmware_text().and_then(Firmware::parse) else {
        return Outcome::unknown("the firmware version", shown);
    };
    // Bounds were validated when the baseline was read; one that does not parse leaves nothing in.
    let bound = |text: &Option<String>| text.as_deref().map(Firmware::parse);
    let above = bound(&range.from).is_none_or(|from| from.is_some_and(|from| version >= from));
    let below = bound(&range.to).is_none_or(|to| to.is_some_and(|to| version <= to));
    Outcome::when(above && below, true, shown)
}

fn part_number(patterns: &[String], context: &Context<'_>, device: &Device) -> Outcome {
    let subject = Subject::Device { device: device.id.clone() };
    let told = PART_NUMBER.iter().find_map(|path| {
        let fact = context.case.facts.plain(&subject, path)?;
        Some((fact, fact.value()?.to_string()))
    });
    match told {
        Some((fact, number)) => {
            let is = patterns.iter().any(|text| Pattern::new(text).matches_whole(&number));
            Outcome::when(is, true, fact.evidence.clone())
        }
        None => Outcome::unknown("the part number", Vec::new()),
    }
}

fn any_role(roles: &[Role], context: &Context<'_>, about: &About<'_>, device: &Device) -> Outcome {
    let mut whole = Outcome::when(false, true, Vec::new());
    for role in roles {
        let outcome = has_role(*role, context, about, device);
        match outcome.met {
            Some(true) => return outcome,
            Some(false) => whole.looked_at.extend(outcome.looked_at),
            None => whole = outcome,
        }
    }
    whole
}

fn has_role(role: Role, context: &Context<'_>, about: &About<'_>, device: &Device) -> Outcome {
    let Some(family) = &about.family else {
        // Only what the host calls its virtual function is one for sure.
        return match (device.physical_function.is_some(), role) {
            (true, role) => Outcome::when(role == Role::Virtual, true, Vec::new()),
            (false, _) => Outcome::unknown("the family", Vec::new()),
        };
    };
    let is_virtual = device.physical_function.is_some() || family.is_virtual;
    let shown = family.evidence.clone();
    match role {
        Role::Physical => Outcome::when(!is_virtual, true, shown),
        Role::Virtual => Outcome::when(is_virtual, true, shown),
        Role::BluefieldHost | Role::BluefieldArm if !family.is_bluefield() || is_virtual => {
            Outcome::when(false, true, shown)
        }
        Role::BluefieldHost | Role::BluefieldArm => {
            let subject = Subject::Device { device: device.id.clone() };
            let fact = context.case.facts.plain(&subject, OTHER_HOST);
            let shown = fact.map(|fact| fact.evidence.clone()).unwrap_or_default();
            match fact.and_then(Fact::value) {
                Some(Value::Number { number, .. }) => {
                    Outcome::when((*number == 1) == (role == Role::BluefieldArm), true, shown)
                }
                Some(Value::Text { .. } | Value::Bytes { .. }) | None => {
                    Outcome::unknown("from which side of the BlueField this is", shown)
                }
            }
        }
    }
}

/// Whether the function may ask for other hosts' configuration: the processor of a BlueField may.
const OTHER_HOST: &str = "nv/access.other_host";
