//! Facts in the order in which they were decoded, and by subject, path and view.
//!
//! Must not do: interpret paths (see [`super::nv`]).

use std::collections::{BTreeMap, BTreeSet};

use mlx5_schemas::model::fact::{Evidence, Fact, Subject, View};

/// The facts of a case.
#[derive(Debug, Clone, Default)]
pub struct FactSet {
    facts: Vec<Fact>,
    /// Subject, then path, to places in `facts`.
    places: BTreeMap<Subject, BTreeMap<String, Vec<usize>>>,
    /// Device id, or none for the host, to places in `facts` and to subjects.
    devices: BTreeMap<Option<String>, (Vec<usize>, BTreeSet<Subject>)>,
}

impl FactSet {
    /// Takes facts, keeping their order.
    pub fn new(facts: Vec<Fact>) -> Self {
        let mut places: BTreeMap<Subject, BTreeMap<String, Vec<usize>>> = BTreeMap::new();
        let mut devices: BTreeMap<Option<String>, (Vec<usize>, BTreeSet<Subject>)> = BTreeMap::new();
        for (place, fact) in facts.iter().enumerate() {
            let (own, subjects) = devices.entry(fact.subject.device().map(str::to_owned)).or_default();
            own.push(place);
            if !subjects.contains(&fact.subject) {
                subjects.insert(fact.subject.clone());
            }
            let by_path = places.entry(fact.subject.clone()).or_default();
            match by_path.get_mut(&fact.path) {
                Some(known) => known.push(place),
                None => {
                    by_path.insert(fact.path.clone(), vec![place]);
                }
            }
        }
        Self { facts, places, devices }
    }

    /// All facts, in order.
    pub fn iter(&self) -> impl Iterator<Item = &Fact> {
        self.facts.iter()
    }

    /// All facts about a device, its ports and modules too, in order.
    pub fn of_device<'a>(&'a self, device: &str) -> impl Iterator<Item = &'a Fact> + use<'a> {
        let places = self.devices.get(&Some(device.to_owned())).map(|(places, _)| places);
        places.into_iter().flatten().filter_map(|&place| self.facts.get(place))
    }

    /// What is known under one path, in all views; empty where there is no such fact.
    pub fn views(&self, subject: &Subject, path: &str) -> Views<'_> {
        let places = self.places.get(subject).and_then(|paths| paths.get(path));
        Views { facts: places.into_iter().flatten().filter_map(|&place| self.facts.get(place)).collect() }
    }

    /// The first fact without a view under this path.
    pub fn plain(&self, subject: &Subject, path: &str) -> Option<&Fact> {
        self.views(subject, path).plain()
    }

    /// All facts of a subject below a TLV or a register: paths that begin with `prefix`.
    pub fn below<'a>(&'a self, subject: &Subject, prefix: &'a str) -> impl Iterator<Item = &'a Fact> {
        self.places
            .get(subject)
            .into_iter()
            .flat_map(move |paths| paths.range(prefix.to_owned()..))
            .take_while(move |(path, _)| path.starts_with(prefix))
            .flat_map(|(_, places)| places.iter().filter_map(|&place| self.facts.get(place)))
    }

    /// What other releases make of the bytes of a fact: paths that begin with `prefix`.
    pub fn companions(&self, subject: &Subject, prefix: &str) -> impl Iterator<Item = &Fact> + use<'_> {
        let prefix = prefix.to_owned();
        let paths = self.places.get(subject);
        let found = paths.map(|paths| {
            paths
                .range(prefix.clone()..)
                .take_while(|(path, _)| path.starts_with(&prefix))
                .flat_map(|(_, places)| places.iter().filter_map(|&place| self.facts.get(place)))
                .collect::<Vec<&Fact>>()
        });
        found.into_iter().flatten()
    }

    /// Subjects and paths of a device (or of the host), each once, with the facts under them.
    pub fn by_path<'a>(
        &'a self,
        device: Option<&str>,
    ) -> impl Iterator<Item = (&'a Subject, &'a str, Views<'a>)> + use<'a> {
        let subjects = self.devices.get(&device.map(str::to_owned)).map(|(_, subjects)| subjects);
        let paths = subjects.into_iter().flatten().filter_map(|subject| self.places.get_key_value(subject));
        paths.flat_map(move |(subject, paths)| {
            paths.iter().map(move |(path, places)| {
                let facts = places.iter().filter_map(|&place| self.facts.get(place)).collect();
                (subject, path.as_str(), Views { facts })
            })
        })
    }
}

/// The facts under one path of one subject.
#[derive(Debug, Clone, Default)]
pub struct Views<'a> {
    facts: Vec<&'a Fact>,
}

impl<'a> Views<'a> {
    /// The fact in a view.
    pub fn in_view(&self, view: View) -> Option<&'a Fact> {
        self.facts.iter().copied().find(|fact| fact.view == Some(view))
    }

    /// The first fact without a view.
    pub fn plain(&self) -> Option<&'a Fact> {
        self.facts.iter().copied().find(|fact| fact.view.is_none())
    }

    /// All of them.
    pub fn all(&self) -> &[&'a Fact] {
        &self.facts
    }

    /// Whether the path has views.
    pub fn has_views(&self) -> bool {
        self.facts.iter().any(|fact| fact.view.is_some())
    }

    /// The name for people.
    pub fn name(&self) -> &'a str {
        self.facts.first().map_or("", |fact| fact.name())
    }

    /// The evidence of all of them, each once.
    pub fn evidence(&self) -> Vec<Evidence> {
        let mut evidence: Vec<Evidence> = Vec::new();
        for item in self.facts.iter().flat_map(|fact| &fact.evidence) {
            if !evidence.contains(item) {
                evidence.push(item.clone());
            }
        }
        evidence
    }
}
