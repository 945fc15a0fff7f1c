//! Facts of a device and of the host by their names.
//!
//! Must not do: interpret them.

use std::collections::BTreeMap;

use mlx5_schemas::model::fact::Fact;
use mlx5_schemas::model::manifest::Device;

use crate::case::FactSet;
use crate::pattern::Pattern;

/// Facts by path and by alias.
#[derive(Debug, Default)]
pub(super) struct Index<'a>(BTreeMap<&'a str, Vec<&'a Fact>>);

impl<'a> Index<'a> {
    /// Of a device and the host, or of the host alone.
    pub(super) fn of(facts: &'a FactSet, device: Option<&Device>) -> Self {
        let mut index = Self::default();
        let host = facts.by_path(None).flat_map(|(_, _, views)| views.all().to_vec());
        for fact in device.into_iter().flat_map(|device| facts.of_device(&device.id)).chain(host) {
            for name in fact.aliases.iter().map(String::as_str).chain([fact.path.as_str()]) {
                index.0.entry(name).or_default().push(fact);
            }
        }
        index
    }

    /// The facts that a pattern takes by their whole name, each once.
    pub(super) fn take(&self, pattern: &Pattern) -> Vec<&'a Fact> {
        if !pattern.is_wild() {
            return self.named(pattern.text());
        }
        let start = pattern.literal_start();
        let mut taken: Vec<&'a Fact> = Vec::new();
        for (_, facts) in self
            .0
            .range(start..)
            .take_while(|(name, _)| name.starts_with(start))
            .filter(|(name, _)| pattern.matches_whole(name))
        {
            for fact in facts {
                // By its path and by an alias it is the same fact.
                if !taken.iter().any(|other| std::ptr::eq(*other, *fact)) {
                    taken.push(fact);
                }
            }
        }
        taken
    }

    /// The facts of one name.
    pub(super) fn named(&self, name: &str) -> Vec<&'a Fact> {
        self.0.get(name).cloned().unwrap_or_default()
    }

    /// All names.
    pub(super) fn names(&self) -> impl Iterator<Item = &'a str> {
        self.0.keys().copied()
    }

    /// Facts that have paths below a prefix.
    pub(super) fn below(&self, prefix: &'a str) -> impl Iterator<Item = &'a Fact> {
        self.0
            .range(prefix..)
            .take_while(move |(name, _)| name.starts_with(prefix))
            .flat_map(|(_, facts)| facts.iter().copied())
    }
}
