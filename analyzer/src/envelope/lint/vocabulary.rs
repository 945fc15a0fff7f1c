//! What patterns take of the catalog.
//!
//! Must not do: find fault with a pattern.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};

use mlx5_schemas::catalog::{Catalog, Parameter, Tlv};
use mlx5_schemas::redaction::is_secret_tlv;

use crate::check::resolve::{Known, Of, known};
use crate::condition::KnownNames;
use crate::envelope::seen::without_indexes;
use crate::pattern::Pattern;

/// Most elements of an array that patterns are held against one by one.
const MOST_ELEMENTS: u32 = 256;
/// How patterns end that are about a TLV as a whole.
const OF_TLVS: [&str; 8] =
    ["/data", "/writer", "/priority", "/supported", "/stored", "/length", "/version", "/overwritable"];

/// The names of a catalog.
#[derive(Debug)]
pub(super) struct Vocabulary<'c> {
    pub(super) catalog: &'c Catalog,
    pub(super) names: KnownNames,
    known: Vec<Known<'c>>,
    taken: RefCell<BTreeMap<String, BTreeSet<usize>>>,
}

impl<'c> Vocabulary<'c> {
    pub(super) fn of(catalog: &'c Catalog) -> Self {
        Self {
            catalog,
            names: KnownNames::of(catalog),
            known: known(catalog),
            taken: RefCell::new(BTreeMap::new()),
        }
    }

    /// What a pattern takes.
    pub(super) fn taken(&self, pattern: &str) -> BTreeSet<usize> {
        if let Some(taken) = self.taken.borrow().get(pattern) {
            return taken.clone();
        }
        let compiled = Pattern::new(pattern);
        // The instances of a register are not in the catalog.
        let flat = Pattern::new(&without_indexes(pattern));
        let takes = |known: &Known<'_>| match known.of {
            Of::Parameter(_, parameter) => {
                known.names.iter().any(|name| takes_parameter(&compiled, name, parameter))
            }
            Of::Field(_) => known.names.iter().any(|name| takes(&flat, &without_indexes(name))),
        };
        let taken: BTreeSet<usize> =
            self.known.iter().enumerate().filter(|(_, known)| takes(known)).map(|(at, _)| at).collect();
        self.taken.borrow_mut().insert(pattern.to_owned(), taken.clone());
        taken
    }

    /// What several take together, less what others take.
    pub(super) fn scope(&self, facts: &[String], except: &[String]) -> BTreeSet<usize> {
        let all = |patterns: &[String]| -> BTreeSet<usize> {
            patterns.iter().flat_map(|pattern| self.taken(pattern)).collect()
        };
        &all(facts) - &all(except)
    }

    pub(super) fn known(&self, place: usize) -> Option<&Known<'c>> {
        self.known.get(place)
    }

    /// Whether all of these are so, and there are some.
    pub(super) fn all(&self, places: &BTreeSet<usize>, is: impl Fn(&Known<'c>) -> bool) -> bool {
        !places.is_empty() && places.iter().filter_map(|place| self.known(*place)).all(is)
    }
}

/// Whether the catalog can tell what a pattern takes.
pub(super) fn is_of_catalog(pattern: &str) -> bool {
    let is_of_tlv = OF_TLVS.iter().any(|end| pattern.ends_with(end)) || pattern.contains("/layout[");
    let has_root = ["nv/", "reg/", "cap/", "cap_max/"].iter().any(|root| pattern.starts_with(root));
    let may_be_named = !pattern.contains('/') && pattern != "host";
    !is_of_tlv && !pattern.starts_with("nv/access") && (has_root || may_be_named)
}

/// The TLV of something, if it is a parameter.
pub(super) fn tlv<'c>(known: &Known<'c>) -> Option<&'c Tlv> {
    match known.of {
        Of::Parameter(tlv, _) => Some(tlv),
        Of::Field(_) => None,
    }
}

pub(super) fn is_secret(known: &Known<'_>) -> bool {
    tlv(known).is_some_and(|tlv| is_secret_tlv(tlv.class, tlv.index))
}

fn takes(pattern: &Pattern, name: &str) -> bool {
    // Most names begin otherwise, which is soon seen.
    name.starts_with(pattern.literal_start()) && pattern.matches(name)
}

fn takes_parameter(pattern: &Pattern, name: &str, parameter: &Parameter) -> bool {
    if !name.starts_with(pattern.literal_start().split('[').next().unwrap_or_default()) {
        return false;
    }
    let elements = parameter.elements().min(MOST_ELEMENTS);
    pattern.matches(name)
        || (elements > 1
            && pattern.text().contains('[')
            && (0..elements).any(|at| pattern.matches(&format!("{name}[{at}]"))))
}
