//! An NV item that came by another way than an exchange: header and data as they stand in a file of the vendor's tool.
//!
//! Must not do: say where the item was, or in which view it holds: the file's reader knows.

use crate::catalog::{Catalog, TypeDword};
use crate::decode::source::{Facts, Scribe, Source};
use crate::model::command::HEADER_LENGTH;
use crate::model::exchange::{Exchange, Outcome, Reply};
use crate::model::fact::{Evidence, Fact, Route, View};
use crate::model::nv::{ITEM_HEADER, MAX_ITEM_DATA, type_dword};
use crate::model::request::{Request, register};
use crate::model::transcript::Recorded;
use crate::redaction::is_secret_type;

use super::echo::Echo;
use super::{Asked, TlvWriter};

/// Most facts of one item: more than the largest TLV has parameters and elements.
const MAX_FACTS: usize = 4096;
/// The byte of an output whose two highest bits are MNVDA's access mode.
const ACCESS_MODE_AT: usize = HEADER_LENGTH + 1;

/// Where an item came from, for its facts.
#[derive(Debug, Clone, Copy)]
pub struct RawSource<'a> {
    /// Id of the device.
    pub device: &'a str,
    /// How it came.
    pub route: Route,
    /// The view in which it holds; `None` where nothing says.
    pub view: Option<View>,
    /// What shows it.
    pub evidence: &'a Evidence,
}

/// The facts of one item: `bytes` are the 12 bytes of the MNVDA header (which hold the type) and the data. They are the
/// facts that an MNVDA answer with these bytes gives, but for view and evidence. `None` where the bytes are no item, or
/// one that is a secret: what it holds is shown nowhere, whatever file it stands in.
pub fn raw_item(catalog: &Catalog, source: RawSource<'_>, bytes: &[u8]) -> Option<Vec<Fact>> {
    let _whole = bytes.get(..ITEM_HEADER)?;
    let type_dword = type_dword(bytes).filter(|&type_dword| !is_secret_type(type_dword))?;
    let mut asked = vec![0; ITEM_HEADER.saturating_add(MAX_ITEM_DATA)];
    asked.get_mut(4..8)?.copy_from_slice(&type_dword.to_be_bytes());
    let request = Request::register(register::MNVDA, asked).ok()?;
    let mut output = vec![0; HEADER_LENGTH];
    output.extend(bytes);
    // The view in a file's header is the one that the tool asked for; here it is the reader's to say.
    if let Some(byte) = output.get_mut(ACCESS_MODE_AT) {
        *byte &= 0x3f;
    }
    let outcome = Outcome::Replied(Reply::from_output(output)?);
    let recorded = Recorded { exchange: Exchange { request, outcome }, place: 0..0 };
    let answer = Source { member: &source.evidence.member, recorded: &recorded };
    let scribe = Scribe { device: source.device, route: source.route };
    let parts = TypeDword::split(type_dword);
    // Any view: it is replaced below.
    let asked = Asked { plain: [None, None, Some(answer)], ..Asked::default() };
    let mut facts = Facts::with_room(MAX_FACTS);
    TlvWriter::of(catalog, scribe, parts, false, Echo::default()).write(&asked, &mut facts);
    let (mut facts, _) = facts.into_parts();
    for fact in &mut facts {
        fact.view = source.view;
        fact.evidence = vec![source.evidence.clone()];
    }
    Some(facts)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::indexing_slicing)]

    use super::*;

    #[test]
    fn an_item_is_decoded_as_an_answer_is() {
        let evidence = Evidence { member: "m".to_owned(), offset: 7, length: 9, field: None };
        let source = RawSource {
            device: "0000:3b:00.0",
            route: Route::Imported,
            view: Some(View::Next),
            evidence: &evidence,
        };
        // NV_HOST_PRIV_CONF of host 0, four bytes.
        let bytes: Vec<u8> = [0x0300_0204_u32, 0x0700_0083, 0, 0x1000_000f]
            .iter()
            .flat_map(|dword| dword.to_be_bytes())
            .collect();
        let facts = raw_item(Catalog::embedded(), source, &bytes).unwrap();
        let said =
            |path: &str| facts.iter().find(|fact| fact.path == path).unwrap().value().unwrap().to_string();
        assert_eq!(said("nv/7:0x083/data"), "1000000f");
        assert_eq!(said("nv/7:0x083/length"), "4");
        assert!(
            facts.iter().all(|fact| fact.evidence == [evidence.clone()] && fact.view == Some(View::Next))
        );
        assert!(facts.iter().any(|fact| fact.path.starts_with("nv/7:0x083.")));
        for end in 0..12 {
            assert_eq!(raw_item(Catalog::embedded(), source, bytes.get(..end).unwrap()), None);
        }
        // The key of the secure host, and a CHAP password for all functions.
        for type_dword in [0x0000_019b_u32, 0xc000_0238 | 3 << 24] {
            let secret = [&bytes[..4], &type_dword.to_be_bytes(), &bytes[8..]].concat();
            assert_eq!(raw_item(Catalog::embedded(), source, &secret), None);
        }
    }
}
