//! An NV item that came by another way than an exchange: header and data as they stand in a file of the vendor's tool.
//!
//! Must not do: say where the item was, or in which view it holds: the file's reader knows.

use crate::catalog::{Catalog, TypeDword};
use crate::decode::bits;
use crate::decode::source::{Facts, Scribe, Source};
use crate::model::exchange::{Exchange, Outcome, Reply};
use crate::model::fact::{Evidence, Fact, Knowledge, Route, View};
use crate::model::request::{Request, register};
use crate::model::transcript::Recorded;

use super::header::Header;
use super::{TlvWriter, drift};

/// Most facts of one item: more than the largest TLV has parameters and elements.
const MAX_FACTS: usize = 4096;
/// Bytes of MNVDA: header and data.
const MNVDA_LENGTH: usize = 268;
/// Bytes before the register in an output.
const COMMAND_HEADER: usize = 16;

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
/// facts that an MNVDA answer with these bytes gives, but for view and evidence. `None` where the bytes are no item.
pub fn raw_item(catalog: &Catalog, source: RawSource<'_>, bytes: &[u8]) -> Option<Vec<Fact>> {
    let type_dword = u32::try_from(bits::number(bytes, 32, 32)?).ok()?;
    let request = Request::register(register::MNVDA, vec![0; MNVDA_LENGTH]).ok()?;
    let mut output = vec![0; COMMAND_HEADER];
    output.extend(bytes);
    let outcome = Outcome::Replied(Reply::from_output(output)?);
    let recorded = Recorded { exchange: Exchange { request, outcome }, place: 0..0 };
    let answer = Source { member: &source.evidence.member, recorded: &recorded };
    let header = Header::read(bytes).ok()?;
    let parts = TypeDword::split(type_dword);
    let writer = TlvWriter::of(catalog, Scribe { device: source.device, route: source.route }, parts);
    let mut facts = Facts::with_room(MAX_FACTS);
    // Any view: it is replaced below.
    writer.write_header(View::Next, answer, &header, bytes, &mut facts);
    let (data, version) = (header.data(bytes), header.version);
    writer.write_parameters(View::Next, answer, Ok((data, version)), &mut facts);
    let one = drift::Answer { view: View::Next, source: answer, data, version };
    drift::write(&writer, &[one], &mut facts);
    let (mut facts, _) = facts.into_parts();
    for fact in &mut facts {
        fact.view = source.view;
        fact.evidence = vec![source.evidence.clone()];
        if let Knowledge::Unknown { reason, .. } = &mut fact.knowledge {
            *reason = reason.replace("the firmware has", "its header says");
        }
    }
    Some(facts)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

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
    }
}
