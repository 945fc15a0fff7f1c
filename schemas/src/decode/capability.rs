//! Capability pages to facts: `cap/PAGE.field` is the current value, `cap_max/PAGE.field` the maximum.
//!
//! Must not do: say which capability a driver should have.

use std::collections::BTreeMap;

use crate::catalog::Catalog;
use crate::model::command::CAPABILITY_LENGTH;
use crate::model::request::CapabilityMode;

use super::source::{Facts, Scribe, Source, bytes_value, keep, known_or};
use super::{bits, field};

/// All capability queries, by type and mode.
#[derive(Debug, Default)]
pub(super) struct Collected<'a> {
    pages: BTreeMap<(u16, CapabilityMode), Option<Source<'a>>>,
}

impl<'a> Collected<'a> {
    /// Takes an exchange if it is a capability query; says whether it was.
    pub(super) fn take(&mut self, source: Source<'a>) -> bool {
        let Some(page) = source.exchange().request.as_capability() else { return false };
        keep(self.pages.entry(page).or_default(), source);
        true
    }

    /// Writes all facts.
    pub(super) fn facts(&self, catalog: &Catalog, scribe: Scribe<'_>, facts: &mut Facts) {
        for ((type_id, mode), source) in &self.pages {
            let Some(source) = *source else { continue };
            let root = match mode {
                CapabilityMode::Current => "cap",
                CapabilityMode::Maximum => "cap_max",
            };
            let answer = source.data();
            let Some(page) = catalog.capability(*type_id) else {
                let knowledge = known_or(source.whole_data().map(bytes_value));
                facts.push(scribe.fact(format!("{root}/0x{type_id:02x}/data"), knowledge, source.evidence()));
                continue;
            };
            let room = bits::bit_length(CAPABILITY_LENGTH);
            for entry in &page.fields {
                for leaf in field::leaves(entry, room, None) {
                    let knowledge = field::knowledge(entry, &leaf, source, &answer);
                    let path = format!("{root}/{}.{}", page.name, leaf.path);
                    facts.push(scribe.fact(
                        path,
                        knowledge,
                        source.evidence_of(leaf.bit_offset, leaf.bit_width),
                    ));
                }
            }
        }
    }
}
