//! Decoding: transcripts in, facts out.
//!
//! Total: any bytes give facts, none a panic. Decoding is repeated offline by every reader, so nothing here may
//! depend on anything but the catalog and the transcript. Exchanges are told apart by their requests, whatever
//! member they stand in.
//!
//! | paths | from |
//! |---|---|
//! | `fw/…` | identity: MGIR, QUERY_ADAPTER, MCQS, MCQI, NV item 0:0x2 |
//! | `board/…` | part number and description: MQIS |
//! | `nv/…` | MNVGC, MNVQC, MNVDA |
//! | `reg/…` | all other registers |
//! | `cap/…`, `cap_max/…` | QUERY_HCA_CAP |
//! | `taint/…` | the device's own signs, see [`taint`] |
//!
//! Must not do: judge values, or replace what was not read by anything.
#![deny(clippy::indexing_slicing, clippy::arithmetic_side_effects, clippy::cast_possible_truncation)]

mod bits;
mod board;
mod capability;
mod field;
pub mod host;
mod identity;
mod nv;
mod register;
mod source;
pub mod taint;
pub mod text;

use crate::catalog::Catalog;
use crate::model::fact::{Fact, Route};
use crate::model::manifest::Device;
use crate::model::status::CollectionStatus;
use crate::model::transcript::Recorded;

pub use self::nv::{RawSource, raw_item};
use self::source::{Facts, Scribe, Silence, Source};

/// Most exchanges of one device that are decoded. A full dump has about a thousand; a stranger's transcript can
/// have so many small records that each becomes dozens of facts. What is left out has a fact of its own.
pub const MAX_DECODED_EXCHANGES: usize = 8192;

/// Most facts that are made of one bundle. A full dump of one card gives some 20,000, which take about 8 MB.
pub const MAX_FACTS: usize = 2_000_000;

/// How many facts may still be made of a bundle: one budget for all of its devices.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Budget {
    facts: usize,
}

impl Budget {
    /// Of so many facts.
    pub fn of_facts(facts: usize) -> Self {
        Self { facts }
    }
}

impl Default for Budget {
    fn default() -> Self {
        Self::of_facts(MAX_FACTS)
    }
}

/// [`device_facts_within`] a budget of its own, for a bundle of one device or of one's own making.
pub fn device_facts(
    catalog: &Catalog,
    device: &Device,
    route: Route,
    transcripts: &[(String, Vec<Recorded>)],
) -> Vec<Fact> {
    device_facts_within(catalog, device, route, transcripts, &mut Budget::default())
}

/// All facts that the transcripts of one device show, as far as the bundle's budget goes: `transcripts` are (member
/// name, records).
///
/// Their order is fixed: identity, NV configuration, registers, capabilities, each by number; then the device's signs. Where the same
/// thing was asked more than once, the last answer counts, or the last refusal where nothing was answered.
/// What is beyond [`MAX_DECODED_EXCHANGES`] or the budget is left out, and the unknown fact `decode/rest` says so.
pub fn device_facts_within(
    catalog: &Catalog,
    device: &Device,
    route: Route,
    transcripts: &[(String, Vec<Recorded>)],
    budget: &mut Budget,
) -> Vec<Fact> {
    let mut nv = nv::Collected::default();
    let mut registers = register::Collected::default();
    let mut capabilities = capability::Collected::default();
    let mut identity = identity::Collected::default();
    let mut sources = transcripts
        .iter()
        .flat_map(|(member, records)| records.iter().map(move |recorded| Source { member, recorded }));
    // With nothing left in the budget, everything is the rest.
    let most = if budget.facts == 0 { 0 } else { MAX_DECODED_EXCHANGES };
    for source in sources.by_ref().take(most) {
        // NV configuration first: its registers are registers too.
        let _taken = nv.take(source)
            || registers.take(catalog, source)
            || capabilities.take(source)
            || identity.take(source);
    }
    let scribe = Scribe { device: &device.id, route };
    let mut facts = Facts::with_room(budget.facts);
    identity.facts(catalog, &registers, &nv, scribe, &mut facts);
    board::facts(catalog, &registers, scribe, &mut facts);
    nv.facts(catalog, scribe, &mut facts);
    registers.facts(catalog, scribe, &mut facts);
    capabilities.facts(catalog, scribe, &mut facts);
    for sign in taint::facts(facts.list(), scribe) {
        facts.push(sign);
    }
    let (mut facts, left_out) = facts.into_parts();
    budget.facts = budget.facts.saturating_sub(facts.len());
    let not_taken = sources.next().map(Source::evidence);
    let why = if left_out.is_none() && most > 0 {
        format!("more than {MAX_DECODED_EXCHANGES} exchanges of one device")
    } else {
        "more facts than one bundle may give".to_owned()
    };
    if let Some(evidence) = left_out.or(not_taken) {
        let reason = format!("{why}: the rest is not decoded");
        let silence = Silence { status: CollectionStatus::Error, reason };
        facts.push(scribe.fact("decode/rest".to_owned(), silence.knowledge(), evidence));
    }
    facts
}
