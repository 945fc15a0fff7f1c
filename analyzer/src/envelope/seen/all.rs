//! What all bundles say together. Counts only: how many bundles say a thing, not which.
//!
//! Must not do: depend on the order of the bundles.

use std::collections::{BTreeMap, BTreeSet};

use mlx5_schemas::model::fact::{Value, View};
use mlx5_schemas::model::verdict::{Assurance, CapReason};

use super::{Kind, LeftOut, One, Told};

/// What all bundles say.
#[derive(Debug, Default)]
pub(in crate::envelope) struct All {
    pub(in crate::envelope) bundles: u64,
    pub(in crate::envelope) kinds: BTreeMap<Kind, KindSeen>,
    pub(in crate::envelope) host: BTreeMap<String, Seen>,
    pub(in crate::envelope) level: Option<Assurance>,
    /// What bounded the evidence, and in how many bundles.
    pub(in crate::envelope) bounds: BTreeMap<CapReason, u64>,
    pub(in crate::envelope) left_out: BTreeMap<LeftOut, BTreeSet<String>>,
    pub(in crate::envelope) virtual_functions: u64,
}

/// What is said of one kind of card.
#[derive(Debug, Default)]
pub(in crate::envelope) struct KindSeen {
    /// Bundles that have such a card.
    pub(in crate::envelope) bundles: u64,
    pub(in crate::envelope) functions: u64,
    pub(in crate::envelope) firmware: BTreeSet<String>,
    pub(in crate::envelope) is_firmware_unread: bool,
    pub(in crate::envelope) names: BTreeMap<String, Seen>,
    pub(in crate::envelope) all_names: BTreeSet<String>,
    /// Whether the factory view was read in all of them.
    pub(in crate::envelope) has_factory: bool,
}

/// What is said under one name.
#[derive(Debug, Default)]
pub(in crate::envelope) struct Seen {
    pub(in crate::envelope) path: String,
    /// Bundles that say anything of it.
    pub(in crate::envelope) told: u64,
    /// Bundles in which it has a value.
    pub(in crate::envelope) known: u64,
    /// Values, and in how many bundles each was in force.
    pub(in crate::envelope) values: BTreeMap<Value, u64>,
    /// The same for each view.
    pub(in crate::envelope) by_view: BTreeMap<Option<View>, BTreeSet<Value>>,
    pub(in crate::envelope) factory: BTreeSet<Value>,
    /// Bundles in which the device says that it has no such thing.
    pub(in crate::envelope) absent: u64,
    /// Bundles in which it was not read.
    pub(in crate::envelope) unread: u64,
    /// Bundles in which it is not surely what the factory set.
    pub(in crate::envelope) beside_factory: u64,
    /// Bundles in which a change of it waits.
    pub(in crate::envelope) waiting: u64,
}

impl All {
    /// Adds what one bundle says.
    pub(in crate::envelope) fn add(&mut self, one: One) {
        increase(&mut self.bundles);
        for (kind, own) in one.kinds {
            let seen = self.kinds.entry(kind).or_default();
            seen.has_factory = own.has_factory && (seen.bundles == 0 || seen.has_factory);
            increase(&mut seen.bundles);
            seen.functions = seen.functions.saturating_add(own.functions);
            seen.firmware.extend(own.firmware);
            seen.is_firmware_unread |= own.is_firmware_unread;
            seen.all_names.extend(own.all_names);
            for (name, told) in own.names {
                seen.names.entry(name).or_default().add(told);
            }
        }
        for (name, told) in one.host {
            self.host.entry(name).or_default().add(told);
        }
        self.level = [self.level, one.level].into_iter().flatten().min();
        for reason in one.bounds {
            increase(self.bounds.entry(reason).or_default());
        }
        for (why, path) in one.left_out {
            self.left_out.entry(why).or_default().insert(path);
        }
        self.virtual_functions = self.virtual_functions.saturating_add(one.virtual_functions);
    }
}

impl Seen {
    fn add(&mut self, told: Told) {
        // Of several paths the first, whichever bundle came first.
        if self.path.is_empty() || told.path < self.path {
            self.path = told.path;
        }
        increase(&mut self.told);
        let values: BTreeSet<Value> = told.values.values().flatten().cloned().collect();
        if !values.is_empty() {
            increase(&mut self.known);
        }
        for value in values {
            increase(self.values.entry(value).or_default());
        }
        for (view, values) in told.values {
            self.by_view.entry(view).or_default().extend(values);
        }
        self.factory.extend(told.factory);
        for (is, count) in [
            (told.is_absent, &mut self.absent),
            (told.is_unread, &mut self.unread),
            (told.is_beside_factory, &mut self.beside_factory),
            (told.waits, &mut self.waiting),
        ] {
            if is {
                increase(count);
            }
        }
    }

    /// Bundles, of so many, that say nothing of it or did not read it.
    pub(in crate::envelope) fn missing(&self, bundles: u64) -> u64 {
        bundles.saturating_sub(self.told).saturating_add(self.unread)
    }
}

fn increase(count: &mut u64) {
    *count = count.saturating_add(1);
}
