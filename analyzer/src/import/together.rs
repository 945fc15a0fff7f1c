//! Puts what several texts say together: one list of devices, one set of facts.
//!
//! Must not do: prefer one text to another. Two values for one thing are a gap that quotes both.

use std::collections::BTreeMap;

use mlx5_schemas::model::fact::{Fact, Subject, View};
use mlx5_schemas::model::manifest::Device;

use super::devices::Devices;
use super::reading::{self, Read};

/// Beginning of the name of a device that a text only counts: it means something within that text alone.
const COUNTED: &str = "device #";

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

/// Puts texts together; each with its name, for devices that it only counts.
pub(crate) fn together(texts: Vec<(String, Read)>) -> Together {
    let counting = texts
        .iter()
        .filter(|(_, read)| read.described.keys().any(|name| name.starts_with(COUNTED)))
        .count();
    let own = |name: &str, text: &str| match name.starts_with(COUNTED) && counting > 1 {
        true => format!("{name} of {text}"),
        false => super::devices::address(name).unwrap_or_else(|| name.to_owned()),
    };
    let mut devices = Devices::default();
    for (text, read) in &texts {
        for (name, described) in &read.described {
            devices.add(&own(name, text), described);
        }
    }
    for (text, read) in &texts {
        for (one, other) in &read.same {
            devices.join(&own(one, text), &own(other, text));
        }
    }
    let (list, foreign) = devices.list();
    let mut result = Together { devices: list, ..Together::default() };
    let mut places: BTreeMap<(Subject, String, Option<View>), usize> = BTreeMap::new();
    for (text, read) in texts {
        result.notes.extend(read.notes);
        for mut fact in read.facts {
            let name = fact.subject.device().map(|name| devices.root(&own(name, &text)));
            if let Some(name) = name {
                if foreign.contains(&name) {
                    continue;
                }
                fact.subject = renamed(fact.subject, name);
            }
            let key = (fact.subject.clone(), fact.path.clone(), fact.view);
            match places.get(&key).and_then(|place| result.facts.get_mut(*place)) {
                Some(known) => reading::merge(known, fact.knowledge, fact.evidence),
                None => {
                    places.insert(key, result.facts.len());
                    result.facts.push(fact);
                }
            }
        }
    }
    for (one, other) in &devices.contradictions {
        result.notes.push(format!("the texts give one name to {one} and {other}; they are kept apart"));
    }
    result
}

fn renamed(subject: Subject, device: String) -> Subject {
    match subject {
        Subject::Host => Subject::Host,
        Subject::Device { .. } => Subject::Device { device },
        Subject::Port { port, .. } => Subject::Port { device, port },
        Subject::Module { module, .. } => Subject::Module { device, module },
    }
}
