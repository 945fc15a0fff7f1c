//! Decoding: transcripts in, facts out.
//!
//! Total: any bytes give facts, none a panic. Decoding is repeated offline by every reader, so nothing here may
//! depend on anything but the catalog and the transcript. Exchanges are told apart by their requests, whatever
//! member they stand in.
//!
//! | paths | from |
//! |---|---|
//! | `fw/…` | identity: MGIR, QUERY_ADAPTER, MCQS, MCQI, NV item 0:0x2 |
//! | `nv/…` | MNVGC, MNVQC, MNVDA |
//! | `reg/…` | all other registers |
//! | `cap/…`, `cap_max/…` | QUERY_HCA_CAP |
//!
//! Must not do: judge values, or replace what was not read by anything.
#![deny(clippy::indexing_slicing, clippy::arithmetic_side_effects, clippy::cast_possible_truncation)]

mod bits;
mod capability;
mod field;
pub mod host;
mod identity;
mod nv;
mod register;
mod source;
pub mod text;

use crate::catalog::Catalog;
use crate::model::fact::{Fact, Route};
use crate::model::manifest::Device;
use crate::model::status::CollectionStatus;
use crate::model::transcript::Recorded;

use self::source::{Scribe, Silence, Source};

/// Most exchanges of one device that are decoded. A full dump has about a thousand; a stranger's transcript can
/// have so many small records that each becomes dozens of facts. What is left out has a fact of its own.
pub const MAX_DECODED_EXCHANGES: usize = 8192;

/// All facts that the transcripts of one device show: `transcripts` are (member name, records).
///
/// Their order is fixed: identity, NV configuration, registers, capabilities; each by number. Where the same
/// thing was asked more than once, the last answer counts, or the last refusal where nothing was answered.
/// Beyond [`MAX_DECODED_EXCHANGES`] nothing is decoded, and the unknown fact `decode/rest` says so.
pub fn device_facts(
    catalog: &Catalog,
    device: &Device,
    route: Route,
    transcripts: &[(String, Vec<Recorded>)],
) -> Vec<Fact> {
    let mut nv = nv::Collected::default();
    let mut registers = register::Collected::default();
    let mut capabilities = capability::Collected::default();
    let mut identity = identity::Collected::default();
    let mut sources = transcripts
        .iter()
        .flat_map(|(member, records)| records.iter().map(move |recorded| Source { member, recorded }));
    for source in sources.by_ref().take(MAX_DECODED_EXCHANGES) {
        // NV configuration first: its registers are registers too.
        let _taken = nv.take(source)
            || registers.take(catalog, source)
            || capabilities.take(source)
            || identity.take(source);
    }
    let scribe = Scribe { device: &device.id, route };
    let mut facts = Vec::new();
    identity.facts(catalog, &registers, &nv, scribe, &mut facts);
    nv.facts(catalog, scribe, &mut facts);
    registers.facts(catalog, scribe, &mut facts);
    capabilities.facts(catalog, scribe, &mut facts);
    if let Some(first) = sources.next() {
        let reason = format!("more than {MAX_DECODED_EXCHANGES} exchanges of one device: the rest is not decoded");
        let silence = Silence { status: CollectionStatus::Error, reason };
        facts.push(scribe.fact("decode/rest".to_owned(), silence.knowledge(), first.evidence()));
    }
    facts
}
