//! The MNVGN walk: which items are stored in flash, and who stored them.
//!
//! Each answer names the next place; the item in it counts while there is a next place (mstflint `backupCfgs`). A
//! device that refuses the first place with BAD_RES or NO_RES has nothing stored.
//!
//! Must not do: conclude that what the walk did not come to is not stored.

use std::collections::{BTreeMap, BTreeSet};

use crate::catalog::{Catalog, TypeDword};
use crate::decode::bits;
use crate::decode::source::{Facts, Scribe, Silence, Source, flag_value, keep, number_value};
use crate::model::command::CommandStatus;
use crate::model::exchange::Outcome;
use crate::model::fact::Knowledge;
use crate::model::nv::type_dword;
use crate::model::status::CollectionStatus;

use super::header::Header;
use super::tlv_path;

/// First bit of the item's header, and its first byte.
const ITEM_AT: (u32, usize) = (128, 16);

/// What was asked of the walk, by place.
#[derive(Debug, Default)]
pub(super) struct Walk<'a> {
    steps: BTreeMap<u32, Source<'a>>,
}

/// How far the walk came.
struct Followed<'a> {
    /// The items in the order of the walk.
    items: Vec<Source<'a>>,
    /// The last step, and whether it is the end or why not.
    last: Source<'a>,
    end: Result<(), Silence>,
}

impl<'a> Walk<'a> {
    /// Takes the answer for one place.
    pub(super) fn take(&mut self, source: Source<'a>, place: u32) {
        let mut kept = self.steps.get(&place).copied();
        keep(&mut kept, source);
        if let Some(kept) = kept {
            self.steps.insert(place, kept);
        }
    }

    fn follow(&self) -> Option<Followed<'a>> {
        let mut items = Vec::new();
        let mut last = *self.steps.get(&0)?;
        let mut seen = BTreeSet::from([0]);
        let trouble = |reason: String| Silence { status: CollectionStatus::Error, reason };
        let end = loop {
            let next = match last.whole_data() {
                Ok(data) => bits::number(data, 0, 32).and_then(|next| u32::try_from(next).ok()),
                Err(_) if items.is_empty() && has_nothing_stored(last) => break Ok(()),
                Err(silence) if items.is_empty() => break Err(silence),
                // A place that the device itself gave: that it is refused is no word on what is stored.
                Err(silence) => {
                    let is_absent = silence.status == CollectionStatus::Absent;
                    let status = if is_absent { CollectionStatus::Error } else { silence.status };
                    break Err(Silence {
                        status,
                        reason: format!("the walk ended early: {}", silence.reason),
                    });
                }
            };
            match next {
                None => break Err(last.beyond()),
                Some(0) => break Ok(()),
                Some(place) if item_of(last).is_none() => {
                    break Err(trouble(format!("there is no item on the way to the place 0x{place:08x}")));
                }
                Some(place) => {
                    items.push(last);
                    if !seen.insert(place) {
                        break Err(trouble(format!("the walk came back to the place 0x{place:08x}")));
                    }
                    match self.steps.get(&place) {
                        Some(&step) => last = step,
                        None => break Err(trouble(format!("the walk was left at the place 0x{place:08x}"))),
                    }
                }
            }
        };
        Some(Followed { items, last, end })
    }

    /// Facts about the walk as a whole, and about each item in it.
    pub(super) fn facts(&self, catalog: &Catalog, scribe: Scribe<'_>, facts: &mut Facts) {
        let Some(followed) = self.follow() else { return };
        let evidence = followed.last.evidence();
        let (listed, count) = match &followed.end {
            Ok(()) => {
                let count = u64::try_from(followed.items.len()).unwrap_or(u64::MAX);
                (
                    Knowledge::Known { value: flag_value(1) },
                    Knowledge::Known { value: number_value(count, None) },
                )
            }
            Err(silence) => (silence.knowledge(), silence.knowledge()),
        };
        facts.push(scribe.fact("nv/access.stored_listed".to_owned(), listed, evidence.clone()));
        facts.push(scribe.fact("nv/access.stored_count".to_owned(), count, evidence));
        // Of an item that is listed twice, the later counts: the store is written to its end.
        let mut by_item: BTreeMap<u32, (Source<'a>, Header)> = BTreeMap::new();
        for source in followed.items {
            if let Some((header, type_dword)) = item_of(source) {
                by_item.insert(type_dword, (source, header));
            }
        }
        for (type_dword, (source, header)) in by_item {
            item_facts(catalog, scribe, type_dword, source, &header, facts);
        }
    }
}

/// The item of a step: its header and type. There is none of type 0.
fn item_of(source: Source<'_>) -> Option<(Header, u32)> {
    let item = source.data().ok()?.get(ITEM_AT.1..)?;
    let type_dword = type_dword(item).filter(|&type_dword| type_dword != 0)?;
    Some((Header::read(item).ok()?, type_dword))
}

/// The device says that there is no item in its store.
fn has_nothing_stored(source: Source<'_>) -> bool {
    matches!(
        &source.exchange().outcome,
        Outcome::Replied(reply) if matches!(reply.status, CommandStatus::BAD_RES | CommandStatus::NO_RES)
    )
}

fn item_facts(
    catalog: &Catalog,
    scribe: Scribe<'_>,
    type_dword: u32,
    source: Source<'_>,
    header: &Header,
    facts: &mut Facts,
) {
    let parts = TypeDword::split(type_dword);
    let path = tlv_path(parts, false);
    let subject = parts.selector.subject(scribe.device);
    let tlv = catalog.tlv(parts.class, parts.index);
    let is_stored = ("/stored".to_owned(), source.evidence(), flag_value(1));
    // What the bytes of the item are, its views say; here is who stored how much.
    let told =
        header.values().into_iter().filter(|(name, ..)| ["/length", "/writer", "/priority"].contains(name));
    let values = told.map(|(name, (offset, width), value)| {
        let evidence = source.evidence_of(ITEM_AT.0.saturating_add(offset), width);
        (format!("/stored.{}", name.trim_start_matches('/')), evidence, value)
    });
    for (name, evidence, value) in std::iter::once(is_stored).chain(values) {
        let knowledge = Knowledge::Known { value };
        let mut fact = scribe.fact_about(subject.clone(), format!("{path}{name}"), None, knowledge, evidence);
        if let Some(tlv) = tlv {
            fact.aliases.push(format!("{}{name}", tlv.name));
        }
        facts.push(fact);
    }
}
