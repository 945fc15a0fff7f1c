//! Puts what several texts say together: one list of devices, one set of facts.
//!
//! Must not do: prefer one text to another. Two values for one thing are a gap that quotes both.

use mlx5_schemas::model::pci_address;
use std::collections::BTreeMap;

use mlx5_schemas::model::fact::{Fact, Knowledge, Subject, View};
use mlx5_schemas::model::manifest::Device;

use super::devices::Devices;
use super::reading::{self, Read};

/// Beginning of the name of a device that a text only counts: it means something within that text alone.
const COUNTED: &str = "device #";
/// Beginning of the name of a device of which only a network interface is known.
const INTERFACE: &str = "netdev ";

/// What all texts say.
#[derive(Debug, Default)]
pub(crate) struct Together {
    /// The devices, by id.
    pub(crate) devices: Vec<Device>,
    /// The facts, in the order of the texts.
    pub(crate) facts: Vec<Fact>,
    /// Words about the texts.
    pub(crate) notes: Vec<String>,
}

/// Puts texts together. Each has a name that no other has, for devices that it only counts.
pub(crate) fn together(texts: Vec<(String, Read)>) -> Together {
    let counting =
        texts.iter().filter(|(_, read)| read.described.keys().any(|name| name.starts_with(COUNTED))).count();
    let own = |name: &str, text: &str| match name.starts_with(COUNTED) && counting > 1 {
        true => format!("{name} of {text}"),
        false => pci_address::full(name).unwrap_or_else(|| name.to_owned()),
    };
    let mut devices = Devices::default();
    for (text, read) in &texts {
        for (name, described) in &read.described {
            devices.add(&own(name, text), described);
        }
        for (one, other) in &read.same {
            devices.join(&own(one, text), &own(other, text));
        }
    }
    let groups = devices.settle();
    let (list, foreign) = groups.list();
    // Where other texts tell addresses, an interface that none of them knows is hardly a card's.
    let has_addresses = list.iter().any(|device| pci_address::full(&device.id).is_some());
    let (unplaced, list): (Vec<Device>, Vec<Device>) =
        list.into_iter().partition(|device| has_addresses && device.id.starts_with(INTERFACE));
    let unplaced = unplaced.into_iter().map(|device| device.id);
    let mut left_out: BTreeMap<String, u64> =
        unplaced.chain(groups.contested.iter().cloned()).map(|name| (name, 0)).collect();
    let mut result = Together { devices: list, ..Together::default() };
    let mut places: BTreeMap<(Subject, String, Option<View>), usize> = BTreeMap::new();
    let mut disputed: BTreeMap<String, u64> = BTreeMap::new();
    for (text, read) in texts {
        result.notes.extend(read.notes);
        for mut fact in read.facts {
            let name = fact.subject.device().map(|name| groups.root(&own(name, &text)));
            if let Some(name) = name {
                if foreign.contains(&name) {
                    continue;
                }
                if let Some(facts) = left_out.get_mut(&name) {
                    *facts = facts.saturating_add(1);
                    continue;
                }
                fact.subject = renamed(fact.subject, name);
            }
            let key = (fact.subject.clone(), fact.path.clone(), fact.view);
            match places.get(&key).and_then(|place| result.facts.get_mut(*place)) {
                Some(known) => {
                    // Two logs of one host reach back to two times.
                    if differ(&known.knowledge, &fact.knowledge) && !fact.path.starts_with("log/") {
                        let whose = known.subject.device().unwrap_or("the host").to_owned();
                        let count = disputed.entry(whose).or_default();
                        *count = count.saturating_add(1);
                    }
                    reading::merge(known, fact.knowledge, fact.evidence);
                }
                None => {
                    places.insert(key, result.facts.len());
                    result.facts.push(fact);
                }
            }
        }
    }
    for (name, facts) in left_out {
        let why = match groups.contested.contains(&name) {
            true => "the texts give this name to several devices",
            false => "no text says which device that is (ethtool -i would)",
        };
        result.notes.push(format!("{facts} facts about {name} are left out: {why}"));
    }
    for (one, other) in &groups.contradictions {
        result.notes.push(format!("the texts give one name to {one} and {other}; they are kept apart"));
    }
    for (whose, count) in disputed {
        result.notes.push(format!(
            "the texts differ about {whose} in {count} values: they are of two times, or of two machines, which are \
             to be imported each by itself"
        ));
    }
    result
}

/// Whether two texts give two values for one thing.
fn differ(one: &Knowledge, other: &Knowledge) -> bool {
    match (one, other) {
        (Knowledge::Known { value: one }, Knowledge::Known { value: other }) => one != other,
        (Knowledge::Known { .. } | Knowledge::Unknown { .. }, _) => false,
    }
}

fn renamed(subject: Subject, device: String) -> Subject {
    match subject {
        Subject::Host => Subject::Host,
        Subject::Device { .. } => Subject::Device { device },
        Subject::Port { port, .. } => Subject::Port { device, port },
        Subject::Module { module, .. } => Subject::Module { device, module },
    }
}
