//! Holds conditions against facts: those of known issues, and `when` of a baseline's rules.
//!
//! A condition is met, not met, or unknown because its fact was not read. Unknown is never taken for either.
//!
//! Must not do: look further than the facts, or say what follows.

mod about;
mod expressions;
mod faults;
mod in_force;
mod index;
mod known_names;
mod log;
mod relation;
mod tests_of;
mod versions;
mod waiting;

use mlx5_schemas::model::condition::Condition;
use mlx5_schemas::model::expected::FirmwareRange;
use mlx5_schemas::model::fact::{Evidence, View};

use crate::case::Firmware;
use crate::pattern::Pattern;

pub use about::About;
pub use log::is_read as log_is_read;

pub(crate) use expressions::{Expressions, of_condition as expressions_of, of_test as expression_of};
pub(crate) use faults::{
    condition as faults_of, device_fault, family_fault, firmware_fault, range_fault, suggestion, test_fault,
    version_fault,
};
pub(crate) use in_force::view_of;
pub(crate) use known_names::KnownNames;
pub(crate) use relation::{holds as relation_holds, readings};
pub(crate) use versions::is_within;

/// In which view a condition looks at NV configuration of which it does not name one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Lens {
    /// Any of current and next boot suffices; of two facts against each other the next boot's, else the current one.
    Any,
    /// This view.
    View(View),
    /// What is in force now; the next boot's where the device does not offer the current view.
    Now,
}

/// What is missing where the family was not read.
pub(crate) const FAMILY: &str = "the family";

/// What came of a condition.
#[derive(Debug, Clone, Default)]
pub(crate) struct Outcome {
    /// Met or not; `None` is unknown.
    pub(crate) met: Option<bool>,
    /// Whether something that is about the issue in particular is met.
    pub(crate) specific: bool,
    /// Whether something of it is about the device; else it is about the host alone.
    pub(crate) of_device: bool,
    /// What shows what is met.
    pub(crate) evidence: Vec<Evidence>,
    /// All that was looked at, whatever came of it.
    pub(crate) looked_at: Vec<Evidence>,
    /// What was not read.
    pub(crate) missing: Vec<String>,
}

impl Outcome {
    pub(crate) fn met(specific: bool, evidence: Vec<Evidence>) -> Self {
        Self { met: Some(true), specific, looked_at: evidence.clone(), evidence, ..Self::default() }
    }

    pub(crate) fn not(looked_at: Vec<Evidence>) -> Self {
        Self { met: Some(false), looked_at, ..Self::default() }
    }

    pub(crate) fn unknown(missing: impl Into<String>, looked_at: Vec<Evidence>) -> Self {
        Self { met: None, missing: vec![missing.into()], looked_at, ..Self::default() }
    }

    pub(crate) fn when(is: bool, specific: bool, evidence: Vec<Evidence>) -> Self {
        if is { Self::met(specific, evidence) } else { Self::not(evidence) }
    }
}

/// Holds a condition against a device or the host. `expressions` has its expressions, compiled.
pub(crate) fn evaluate(
    about: &About<'_>,
    expressions: &Expressions,
    lens: Lens,
    what: &Condition,
) -> Outcome {
    let of = |part: &Condition| evaluate(about, expressions, lens, part);
    let mut outcome = match what {
        Condition::All(parts) => all(parts.iter().map(of)),
        Condition::Any(parts) => any(parts.iter().map(of)),
        Condition::Not(part) => not(of(part)),
        Condition::Family(names) => match &about.family {
            Some(family) => match family.is_one_of(names) {
                Some(is) => Outcome::when(is, false, family.evidence.clone()),
                None => Outcome::unknown("which of two families it is", family.evidence.clone()),
            },
            None => Outcome::unknown(FAMILY, Vec::new()),
        },
        Condition::PciDevice(ids) => match &about.pci_device {
            Some(id) => {
                Outcome::when(ids.iter().any(|known| known.eq_ignore_ascii_case(id)), false, Vec::new())
            }
            None => Outcome::unknown("the PCI device id", Vec::new()),
        },
        Condition::Firmware(range) => {
            let shown = about.identity.firmware.map(|fact| fact.evidence.clone()).unwrap_or_default();
            match about.identity.firmware_text().and_then(Firmware::parse) {
                Some(version) => Outcome::when(holds_version(range, &version), true, shown),
                None => Outcome::unknown("the running firmware version", shown),
            }
        }
        Condition::Driver(range) => {
            let shown = about.driver.evidence.clone();
            match about.driver.version.as_deref().and_then(|text| is_within(text, range)) {
                Some(is) => Outcome::when(is, false, shown),
                None => Outcome::unknown("the driver version", shown),
            }
        }
        Condition::Kernel(range) => {
            let shown = about.kernel.map(|(_, fact)| fact.evidence.clone()).unwrap_or_default();
            match about.kernel.and_then(|(release, _)| is_within(release, range)) {
                Some(is) => Outcome::when(is, false, shown),
                None => Outcome::unknown("the kernel release", shown),
            }
        }
        Condition::Psid(patterns) => {
            let shown = about.identity.psid.map(|fact| fact.evidence.clone()).unwrap_or_default();
            match about.identity.psid_text() {
                Some(psid) => {
                    let is = patterns.iter().any(|text| Pattern::new(text).matches_whole(psid));
                    Outcome::when(is, true, shown)
                }
                None => Outcome::unknown("the PSID", shown),
            }
        }
        Condition::Fact(test) => tests_of::fact(about, expressions, lens, test),
        Condition::Compare(compare) => tests_of::compare(about, lens, compare),
        Condition::Pending(patterns) => about.waiting.condition(about, patterns),
        Condition::Log(test) => log::event(about, expressions, test),
    };
    if !matches!(what, Condition::All(_) | Condition::Any(_) | Condition::Not(_)) {
        outcome.of_device = !is_of_host(what);
    }
    outcome
}

/// Whether a condition is about the host alone.
pub(crate) fn is_of_host(what: &Condition) -> bool {
    let of_host = |name: &str| name.starts_with("host/");
    match what {
        Condition::All(parts) | Condition::Any(parts) => parts.iter().all(is_of_host),
        Condition::Not(part) => is_of_host(part),
        Condition::Kernel(_) => true,
        Condition::Fact(test) => of_host(&test.name),
        Condition::Compare(compare) => of_host(&compare.left.name) && of_host(&compare.right.name),
        Condition::Family(_)
        | Condition::PciDevice(_)
        | Condition::Firmware(_)
        | Condition::Driver(_)
        | Condition::Psid(_)
        | Condition::Pending(_)
        | Condition::Log(_) => false,
    }
}

/// Whether a firmware version is in a range.
fn holds_version(range: &FirmwareRange, version: &Firmware) -> bool {
    let [from, to] = [&range.from, &range.to].map(|text| text.as_deref().map(Firmware::parse));
    let above = from.as_ref().is_none_or(|from| from.as_ref().is_some_and(|from| version >= from));
    let below = to.as_ref().is_none_or(|to| to.as_ref().is_some_and(|to| version <= to));
    // The first number is the family's: what is open at one end stays within that family.
    let is_its_family = match (from.flatten(), to.flatten()) {
        (Some(bound), None) | (None, Some(bound)) => bound.major() == version.major(),
        (Some(_), Some(_)) | (None, None) => true,
    };
    above && below && is_its_family
}

fn all(parts: impl Iterator<Item = Outcome>) -> Outcome {
    let mut whole = Outcome::met(false, Vec::new());
    for part in parts {
        match part.met {
            Some(false) => return Outcome::not(part.looked_at),
            Some(true) => {}
            None => whole.met = None,
        }
        whole.specific |= part.specific;
        whole.of_device |= part.of_device;
        whole.evidence.extend(part.evidence);
        whole.looked_at.extend(part.looked_at);
        whole.missing.extend(part.missing);
    }
    whole
}

fn any(parts: impl Iterator<Item = Outcome>) -> Outcome {
    let mut whole = Outcome::not(Vec::new());
    for part in parts {
        whole.looked_at.extend(part.looked_at.iter().cloned());
        match part.met {
            Some(true) => return part,
            Some(false) => {}
            None => {
                whole.met = None;
                whole.specific |= part.specific;
                whole.of_device |= part.of_device;
                whole.evidence.extend(part.evidence);
                whole.missing.extend(part.missing);
            }
        }
    }
    whole
}

/// What is not so is about nothing in particular.
fn not(part: Outcome) -> Outcome {
    let (met, missing) = match part.met {
        Some(is) => (Some(!is), Vec::new()),
        None => (None, part.missing),
    };
    Outcome { met, missing, of_device: part.of_device, looked_at: part.looked_at, ..Outcome::default() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn met() -> Outcome {
        Outcome::met(true, Vec::new())
    }

    fn unknown() -> Outcome {
        Outcome::unknown("x", Vec::new())
    }

    fn not_met() -> Outcome {
        Outcome::not(Vec::new())
    }

    #[test]
    fn unknown_is_neither_met_nor_not_met() {
        let of = |parts: [Outcome; 2]| {
            let whole = all(parts.into_iter());
            (whole.met, whole.specific)
        };
        assert_eq!(of([met(), met()]), (Some(true), true));
        assert_eq!(of([met(), unknown()]), (None, true));
        assert_eq!(of([unknown(), unknown()]), (None, false), "nothing in particular is known");
        assert_eq!(of([unknown(), not_met()]), (Some(false), false));
        assert_eq!(of([Outcome::met(false, Vec::new()), unknown()]), (None, false));
        let of = |parts: [Outcome; 2]| any(parts.into_iter()).met;
        assert_eq!(of([unknown(), met()]), Some(true));
        assert_eq!(of([unknown(), not_met()]), None);
        assert_eq!(of([not_met(), not_met()]), Some(false));
        assert_eq!(not(unknown()).met, None);
        assert_eq!(not(met()).met, Some(false));
        assert_eq!(not(not_met()).met, Some(true));
    }
}
