//! A device, or the host, as conditions see it: what it is, and its facts by their names.
//!
//! Must not do: evaluate.

use mlx5_schemas::catalog::Catalog;
use mlx5_schemas::model::fact::{Fact, Subject, Value};
use mlx5_schemas::model::manifest::Device;

use super::index::Index;
use super::log;
use super::waiting::Waiting;
use crate::case::{Case, Driver, DriverOrigin, FactSet, Family, Identity, Opened, kernel_release};
use crate::pattern::Pattern;

/// A device as conditions see it.
#[derive(Debug)]
pub struct About<'a> {
    /// What it is.
    pub identity: Identity<'a>,
    /// Its family.
    pub family: Option<Family>,
    /// Its driver.
    pub driver: Driver,
    pub(super) kernel: Option<(&'a str, &'a Fact)>,
    pub(super) pci_device: Option<String>,
    pub(super) index: Index<'a>,
    pub(super) waiting: Waiting<'a>,
    pub(super) log_read: bool,
    /// Tells a view in which nothing is stored from one that was not read.
    pub(super) opened: Option<&'a Opened>,
    /// Names the flags that say whether parameters count; without it none is looked at.
    pub(super) catalog: Option<&'a Catalog>,
    /// Names of what the device may have and was not read.
    pub(super) unread: Vec<String>,
    /// Whether this is the host, whose log speaks of all devices.
    is_host: bool,
    pub(super) facts: &'a FactSet,
}

impl<'a> About<'a> {
    /// Looks at a device of a case.
    pub fn new(case: &'a Case, device: &'a Device) -> Self {
        Self::looked_up(&case.facts, Some(device), log::is_read(case), Some(&case.opened))
    }

    /// Looks at a device among facts; `log_read` says whether a kernel log is among the evidence.
    pub fn of_facts(facts: &'a FactSet, device: &'a Device, log_read: bool) -> Self {
        Self::looked_up(facts, Some(device), log_read, None)
    }

    /// Looks at a device as a rule does, or without one at the host alone: by the flags that the catalog names too, and by
    /// the names of what the device may have and was not read.
    pub(crate) fn of_rules(
        case: &'a Case,
        device: Option<&'a Device>,
        catalog: &'a Catalog,
        unread: Vec<String>,
    ) -> Self {
        let about = Self::looked_up(&case.facts, device, log::is_read(case), Some(&case.opened));
        Self { catalog: Some(catalog), unread, ..about }
    }

    fn looked_up(
        facts: &'a FactSet,
        device: Option<&'a Device>,
        log_read: bool,
        opened: Option<&'a Opened>,
    ) -> Self {
        let identity = device.map(|device| Identity::of_facts(facts, device)).unwrap_or_default();
        let said = |fact: &Fact| match fact.value() {
            Some(Value::Text { text }) => Some(text.clone()),
            Some(Value::Number { .. } | Value::Bytes { .. }) | None => None,
        };
        let pci_device = device.and_then(|device| {
            let subject = Subject::Device { device: device.id.clone() };
            let told = || facts.plain(&subject, "pci/device").and_then(said);
            device.pci.get("device").cloned().or_else(told)
        });
        Self {
            family: device.and_then(|device| Family::of(facts, device, &identity)),
            driver: device.map_or_else(no_driver, |device| Driver::of(facts, device)),
            kernel: kernel_release(facts, device),
            pci_device,
            index: Index::of(facts, device),
            waiting: device.map(|device| Waiting::of(facts, device, opened)).unwrap_or_default(),
            identity,
            log_read,
            opened,
            catalog: None,
            unread: Vec::new(),
            is_host: device.is_none(),
            facts,
        }
    }

    /// The events in the kernel log that are about it; about any device, for the host.
    pub(super) fn events(&self) -> Vec<&'a Fact> {
        const EVENT: &str = "log/event[";
        match self.is_host {
            true => self.facts.iter().filter(|fact| fact.path.starts_with(EVENT)).collect(),
            false => self.index.below(EVENT).collect(),
        }
    }

    /// Whether something that a pattern takes may be there and was not read.
    pub(crate) fn lacks(&self, pattern: &Pattern) -> bool {
        self.unread.iter().any(|name| pattern.matches_whole(name))
    }

    /// The facts of one name among those of the device and its host.
    pub(crate) fn named(&self, name: &str) -> Vec<&'a Fact> {
        self.index.named(name)
    }

    /// Those that a pattern takes.
    pub(crate) fn taken(&self, pattern: &str) -> Vec<&'a Fact> {
        self.index.take(&Pattern::new(pattern))
    }

    /// The nearest name among them.
    pub(crate) fn nearest(&self, name: &str) -> Option<&'a str> {
        crate::baseline::suggest::nearest(name, self.index.names())
    }
}

/// The host has no driver of its own.
fn no_driver() -> Driver {
    Driver {
        name: None,
        version: None,
        origin: DriverOrigin::Unknown,
        why: "nothing tells",
        evidence: Vec::new(),
    }
}
