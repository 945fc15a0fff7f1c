//! Where releases of mstflint disagree about the bytes that were read.
//!
//! A parameter is decoded by the catalog's layout. Where another release has it elsewhere, names its values
//! otherwise, or had another parameter in its place, and that gives something else *of these very bytes*, a companion
//! fact says what: `nv/0:0x114.np_rtt_int_data_mode/layout[until=4.21.0]`. Where all releases read the bytes alike
//! there is none, so that nothing is in doubt that need not be.
//!
//! Parameters that a later release added where nothing was before are not told: earlier releases say nothing of
//! those bits.
//!
//! Must not do: say which release the firmware follows; nothing that it answers tells.

use crate::catalog::history::{Changes, Removed};
use crate::catalog::{Parameter, ParameterKind, Tlv};
use crate::model::fact::{Knowledge, Value, View};

use super::{DATA_AT, TlvWriter, Version, value};
use crate::decode::bits;
use crate::decode::source::{Facts, Silence, Source, number_value};

/// The data of one view.
pub(super) struct Answer<'a> {
    pub(super) view: View,
    pub(super) source: Source<'a>,
    pub(super) data: &'a [u8],
    pub(super) version: Version,
}

/// What another release makes of a parameter's bytes: the place it looks at, and what it says.
type Reading = ((u32, u32), Knowledge);

/// Writes the companions of all parameters of a TLV.
pub(super) fn write(writer: &TlvWriter<'_>, answers: &[Answer<'_>], facts: &mut Facts) {
    let (Some(tlv), Some(changes)) = (writer.tlv, writer.changes) else { return };
    for parameter in &tlv.parameters {
        for era in changes.eras(&parameter.name) {
            write_era(writer, answers, parameter, era, facts, &|answer| {
                in_era(parameter, changes, era, answer)
            });
        }
        let mut seen: Vec<&str> = Vec::new();
        for removed in place_takers(tlv, parameter, changes) {
            if !seen.contains(&removed.last.as_str()) {
                seen.push(&removed.last);
                let era = format!("until={}", removed.last);
                write_era(writer, answers, parameter, &era, facts, &|answer| {
                    was_another(removed, parameter, answer)
                });
            }
        }
    }
}

/// One companion per view, where the reading differs in any: what compares views finds it in each.
fn write_era(
    writer: &TlvWriter<'_>,
    answers: &[Answer<'_>],
    parameter: &Parameter,
    era: &str,
    facts: &mut Facts,
    read: &dyn Fn(&Answer<'_>) -> Option<(Reading, bool)>,
) {
    let readings: Vec<Option<(Reading, bool)>> = answers.iter().map(read).collect();
    if !readings.iter().flatten().any(|(_, differs)| *differs) {
        return;
    }
    for (answer, reading) in answers.iter().zip(readings) {
        let Some((((offset, width), knowledge), _)) = reading else { continue };
        facts.push(writer.scribe.fact_about(
            writer.subject.clone(),
            format!("{}.{}/layout[{era}]", writer.path, parameter.name),
            Some(answer.view),
            knowledge,
            answer.source.evidence_of(DATA_AT.saturating_add(offset), width),
        ));
    }
}

/// A parameter as the releases of an era read it, and whether that is something else; `None` where there is nothing to
/// compare with.
fn in_era(
    parameter: &Parameter,
    changes: &Changes,
    era: &str,
    answer: &Answer<'_>,
) -> Option<(Reading, bool)> {
    if parameter.array.is_some() || parameter.kind == ParameterKind::Text {
        return None;
    }
    let own = (parameter.bit_offset, parameter.bit_width);
    let ours = value(parameter, answer.source, answer.data, answer.version, own).ok()?;
    let place =
        changes.layout(&parameter.name, era).map_or(own, |layout| (layout.bit_offset, layout.bit_width));
    let Some(number) = bits::number(answer.data, place.0, place.1) else {
        return Some(((place, answer.source.beyond().knowledge()), true));
    };
    let named = changes.naming(&parameter.name, era).and_then(|naming| naming.name(number));
    // An empty name says that the number had none.
    let name = named.map_or(parameter.value_name(number), |name| Some(name).filter(|name| !name.is_empty()));
    let theirs: Value = number_value(number, name);
    let differs = theirs != ours;
    Some(((place, Knowledge::Known { value: theirs }), differs))
}

/// Parameters that this catalog does not have and that had bits of this one.
fn place_takers<'a>(
    tlv: &'a Tlv,
    parameter: &'a Parameter,
    changes: &'a Changes,
) -> impl Iterator<Item = &'a Removed> {
    let is_here = |removed: &Removed| tlv.parameters.iter().any(|known| known.name == removed.name);
    changes.removed.iter().filter(move |removed| {
        removed.overlaps(parameter.bit_offset, parameter.bit_width) && !is_here(removed)
    })
}

/// The bits were another parameter's. While that is 0 it says nothing, as bits that no parameter has say nothing.
fn was_another(removed: &Removed, parameter: &Parameter, answer: &Answer<'_>) -> Option<(Reading, bool)> {
    let place = (removed.bit_offset, removed.bit_width);
    let number = bits::number(answer.data, place.0, place.1)?;
    let reason = format!("these bits were {} ({number}) until {}", removed.name, removed.last);
    let own = (parameter.bit_offset, parameter.bit_width);
    Some(((own, Silence::absent(reason).knowledge()), number != 0))
}
