//! Holds a known issue against the facts of a device.
//!
//! A condition is met, not met, or unknown because its fact was not read. Unknown is never taken for either: an issue
//! of which everything known holds, and something that is about it in particular does, is *possible*.
//!
//! Must not do: look further than the facts.

mod index;
mod log;
mod tests_of;
mod waiting;

use mlx5_schemas::model::condition::Condition;
use mlx5_schemas::model::fact::{Evidence, Fact, Subject, Value};
use mlx5_schemas::model::known_issue::Match;
use mlx5_schemas::model::manifest::Device;

use super::load::LoadedIssue;
use super::versions;
use crate::case::{Case, Driver, FactSet, Family, Firmware, Identity, Opened, kernel_release};
use crate::pattern::Pattern;

use index::Index;
pub use log::is_read as log_is_read;
use waiting::Waiting;

/// A device as issues see it.
#[derive(Debug)]
pub struct About<'a> {
    /// What it is.
    pub identity: Identity<'a>,
    /// Its family.
    pub family: Option<Family>,
    /// Its driver.
    pub driver: Driver,
    kernel: Option<(&'a str, &'a Fact)>,
    pci_device: Option<String>,
    index: Index<'a>,
    waiting: Waiting<'a>,
    log_read: bool,
}

impl<'a> About<'a> {
    /// Looks at a device of a case.
    pub fn new(case: &'a Case, device: &'a Device) -> Self {
        Self::looked_up(&case.facts, device, log::is_read(case), Some(&case.opened))
    }

    /// Looks at a device among facts; `log_read` says whether a kernel log is among the evidence.
    pub fn of_facts(facts: &'a FactSet, device: &'a Device, log_read: bool) -> Self {
        Self::looked_up(facts, device, log_read, None)
    }

    fn looked_up(facts: &'a FactSet, device: &'a Device, log_read: bool, opened: Option<&Opened>) -> Self {
        let identity = Identity::of_facts(facts, device);
        let subject = Subject::Device { device: device.id.clone() };
        let said = |fact: &Fact| match fact.value() {
            Some(Value::Text { text }) => Some(text.clone()),
            Some(Value::Number { .. } | Value::Bytes { .. }) | None => None,
        };
        Self {
            family: Family::of(facts, device, &identity),
            driver: Driver::of(facts, device),
            kernel: kernel_release(facts, Some(device)),
            pci_device: device
                .pci
                .get("device")
                .cloned()
                .or_else(|| facts.plain(&subject, "pci/device").and_then(said)),
            index: Index::of(facts, device),
            waiting: Waiting::of(facts, device, opened),
            identity,
            log_read,
        }
    }
}

/// What came of a condition.
#[derive(Debug, Clone, Default)]
pub(super) struct Outcome {
    /// Met or not; `None` is unknown.
    met: Option<bool>,
    /// Whether something that is about the issue in particular is met.
    specific: bool,
    /// What shows what is met.
    pub(super) evidence: Vec<Evidence>,
    /// What was not read.
    pub(super) missing: Vec<String>,
}

impl Outcome {
    fn met(specific: bool, evidence: Vec<Evidence>) -> Self {
        Self { met: Some(true), specific, evidence, missing: Vec::new() }
    }

    fn not() -> Self {
        Self { met: Some(false), ..Self::default() }
    }

    fn unknown(missing: impl Into<String>) -> Self {
        Self { met: None, missing: vec![missing.into()], ..Self::default() }
    }

    fn when(is: bool, specific: bool, evidence: Vec<Evidence>) -> Self {
        if is { Self::met(specific, evidence) } else { Self::not() }
    }

    /// What it means for the issue.
    pub(super) fn matched(&self) -> Match {
        match self.met {
            Some(true) => Match::Matches,
            Some(false) => Match::No,
            None if self.specific => Match::Possible,
            None => Match::No,
        }
    }
}

/// Holds an issue against a device.
pub(super) fn evaluate(about: &About<'_>, loaded: &LoadedIssue) -> Outcome {
    let mut outcome = condition(about, loaded, &loaded.issue.when);
    outcome.evidence.dedup();
    if loaded.issue.only_when_told && outcome.met.is_none() {
        return Outcome::not();
    }
    outcome
}

fn condition(about: &About<'_>, loaded: &LoadedIssue, what: &Condition) -> Outcome {
    match what {
        Condition::All(parts) => all(parts.iter().map(|part| condition(about, loaded, part))),
        Condition::Any(parts) => any(parts.iter().map(|part| condition(about, loaded, part))),
        Condition::Not(part) => not(condition(about, loaded, part)),
        Condition::Family(names) => match &about.family {
            Some(family) => match family.is_one_of(names) {
                Some(is) => Outcome::when(is, false, family.evidence.clone()),
                None => Outcome::unknown("which of two families it is"),
            },
            None => Outcome::unknown("the family"),
        },
        Condition::PciDevice(ids) => match &about.pci_device {
            Some(id) => {
                Outcome::when(ids.iter().any(|known| known.eq_ignore_ascii_case(id)), false, Vec::new())
            }
            None => Outcome::unknown("the PCI device id"),
        },
        Condition::Firmware(range) => {
            let version = about.identity.firmware_text().and_then(Firmware::parse);
            let Some((version, fact)) = version.zip(about.identity.firmware) else {
                return Outcome::unknown("the running firmware version");
            };
            let [from, to] = [&range.from, &range.to].map(|text| text.as_deref().map(Firmware::parse));
            let above = from.as_ref().is_none_or(|from| from.as_ref().is_some_and(|from| version >= *from));
            let below = to.as_ref().is_none_or(|to| to.as_ref().is_some_and(|to| version <= *to));
            // The first number is the family's: what is open at one end stays within that family.
            let is_its_family = match (from.flatten(), to.flatten()) {
                (Some(bound), None) | (None, Some(bound)) => bound.major() == version.major(),
                (Some(_), Some(_)) | (None, None) => true,
            };
            Outcome::when(above && below && is_its_family, true, fact.evidence.clone())
        }
        Condition::Driver(range) => {
            let within = about.driver.version.as_deref().and_then(|text| versions::is_within(text, range));
            match within {
                Some(is) => Outcome::when(is, false, about.driver.evidence.clone()),
                None => Outcome::unknown("the driver version"),
            }
        }
        Condition::Kernel(range) => match about.kernel {
            Some((release, fact)) => match versions::is_within(release, range) {
                Some(is) => Outcome::when(is, false, fact.evidence.clone()),
                None => Outcome::unknown("the kernel release"),
            },
            None => Outcome::unknown("the kernel release"),
        },
        Condition::Psid(patterns) => match (about.identity.psid_text(), about.identity.psid) {
            (Some(psid), Some(fact)) => {
                let is = patterns.iter().any(|text| Pattern::new(text).matches_whole(psid));
                Outcome::when(is, true, fact.evidence.clone())
            }
            (_, _) => Outcome::unknown("the PSID"),
        },
        Condition::Fact(test) => tests_of::fact(&about.index, loaded, test),
        Condition::Compare(compare) => tests_of::compare(&about.index, compare),
        Condition::Pending(patterns) => about.waiting.condition(&about.index, patterns),
        Condition::Log(test) => log::event(about, loaded, test),
    }
}

fn all(parts: impl Iterator<Item = Outcome>) -> Outcome {
    let mut whole = Outcome::met(false, Vec::new());
    for part in parts {
        match part.met {
            Some(false) => return Outcome::not(),
            Some(true) => {}
            None => whole.met = None,
        }
        whole.specific |= part.specific;
        whole.evidence.extend(part.evidence);
        whole.missing.extend(part.missing);
    }
    whole
}

fn any(parts: impl Iterator<Item = Outcome>) -> Outcome {
    let mut whole = Outcome::not();
    for part in parts {
        match part.met {
            Some(true) => return part,
            Some(false) => {}
            None => {
                whole.met = None;
                whole.specific |= part.specific;
                whole.evidence.extend(part.evidence);
                whole.missing.extend(part.missing);
            }
        }
    }
    whole
}

/// What is not so is about nothing in particular.
fn not(part: Outcome) -> Outcome {
    match part.met {
        Some(true) => Outcome::not(),
        Some(false) => Outcome::met(false, Vec::new()),
        None => Outcome { met: None, missing: part.missing, ..Outcome::default() },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn met() -> Outcome {
        Outcome::met(true, Vec::new())
    }

    fn unknown() -> Outcome {
        Outcome::unknown("x")
    }

    #[test]
    fn unknown_is_neither_met_nor_not_met() {
        let of = |parts: [Outcome; 2]| all(parts.into_iter()).matched();
        assert_eq!(of([met(), met()]), Match::Matches);
        assert_eq!(of([met(), unknown()]), Match::Possible);
        assert_eq!(of([unknown(), unknown()]), Match::No, "nothing in particular is known");
        assert_eq!(of([unknown(), Outcome::not()]), Match::No);
        assert_eq!(of([Outcome::met(false, Vec::new()), unknown()]), Match::No);
        let of = |parts: [Outcome; 2]| any(parts.into_iter()).met;
        assert_eq!(of([unknown(), met()]), Some(true));
        assert_eq!(of([unknown(), Outcome::not()]), None);
        assert_eq!(of([Outcome::not(), Outcome::not()]), Some(false));
        assert_eq!(not(unknown()).met, None);
        assert_eq!(not(met()).met, Some(false));
    }
}
