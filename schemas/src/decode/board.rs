//! What the board calls itself: `board/part_number` and `board/description`, put together from MQIS, which gives its
//! texts eight bytes at a time.
//!
//! The same bytes are `reg/MQIS…` facts as well. Must not do: fill in a piece that was not read.

use crate::catalog::{Catalog, Register};
use crate::model::fact::{Evidence, Value};
use crate::model::request::register as id;
use crate::model::status::CollectionStatus;

use super::source::{Facts, Scribe, Silence, Source, known_or, text_value};
use super::{bits, register};

/// `info_type` of MQIS, and the name of what it tells: the model's name is the part number that mlxconfig prints.
const TEXTS: [(u64, &str); 2] = [(1, "part_number"), (2, "description")];
/// Place and bits of the text in an answer (`info_string`, eight elements of a byte).
const STRING_AT: u32 = 128;
const PIECE_BITS: u32 = 64;
/// Bytes of it.
const PIECE: u64 = 8;

/// Writes the facts.
pub(super) fn facts(
    catalog: &Catalog,
    registers: &register::Collected<'_>,
    scribe: Scribe<'_>,
    facts: &mut Facts,
) {
    let Some(mqis) = catalog.register(id::MQIS) else { return };
    for (kind, name) in TEXTS {
        let mut pieces: Vec<(u64, Source<'_>)> = registers
            .of(id::MQIS)
            .filter(|(values, _)| index(mqis, values, "info_type") == Some(kind))
            .filter_map(|(values, source)| Some((index(mqis, values, "read_offset")?, source)))
            .collect();
        pieces.sort_by_key(|(offset, _)| *offset);
        let Some(&(_, first)) = pieces.first() else { continue };
        let mut evidence = Vec::new();
        let value = text(mqis, &pieces, &mut evidence);
        let mut fact = scribe.fact(format!("board/{name}"), known_or(value), first.evidence());
        if !evidence.is_empty() {
            fact.evidence = evidence;
        }
        facts.push(fact);
    }
}

/// The text up to its end: a zero, or as many bytes as the answers tell.
fn text(
    mqis: &Register,
    pieces: &[(u64, Source<'_>)],
    evidence: &mut Vec<Evidence>,
) -> Result<Value, Silence> {
    let mut bytes = Vec::new();
    let mut wanted = 0;
    for &(offset, source) in pieces {
        if offset != wanted {
            break;
        }
        let (total, _) = register::number_of(mqis, "info_length", source)?;
        let piece = bits::bytes(source.data()?, STRING_AT, PIECE_BITS).ok_or_else(|| source.beyond())?;
        evidence.push(source.evidence_of(STRING_AT, PIECE_BITS));
        bytes.extend_from_slice(piece);
        wanted = wanted.saturating_add(PIECE);
        if piece.contains(&0) || wanted >= total {
            let end = bytes.iter().position(|&byte| byte == 0).unwrap_or(bytes.len());
            bytes.truncate(end.min(usize::try_from(total).unwrap_or(usize::MAX)));
            if bytes.iter().all(u8::is_ascii_whitespace) {
                return Err(Silence::absent("the device gives no text"));
            }
            return Ok(text_value(&bytes));
        }
    }
    let reason = format!("the text's bytes from {wanted} on were not read");
    Err(Silence { status: CollectionStatus::Error, reason })
}

fn index(mqis: &Register, values: &[u64], path: &str) -> Option<u64> {
    mqis.indexes.iter().zip(values).find(|(index, _)| index.path == path).map(|(_, &value)| value)
}
