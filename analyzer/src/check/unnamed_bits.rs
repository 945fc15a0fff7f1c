//! The bits of a TLV that no parameter names.
//!
//! Which bits are named shows in the evidence of the TLV's own parameter facts, so that bytes and parameters are
//! judged by the same decoding.
//!
//! Must not do: judge named bits again; they have findings of their own.

use mlx5_schemas::model::fact::{Fact, FieldPlace, Value};

use super::layouts::is_companion;
use super::rule::Context;
use crate::case::tlv_of;

/// How two views of a TLV's bytes differ.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Difference {
    /// In named bits only, or not at all.
    OnlyNamed,
    /// In bits that no parameter names.
    Unnamed {
        /// The first of them, counted from the start of the data.
        first_bit: usize,
    },
    /// In length.
    Length {
        /// Bytes in the factory view.
        factory: usize,
        /// Bytes in the other.
        found: usize,
    },
}

/// Compares the `/data` facts of two views.
pub(super) fn compare(context: &Context<'_>, factory: &Fact, found: &Fact) -> Difference {
    let (left, right) = (bytes_of(factory), bytes_of(found));
    if left.len() != right.len() {
        return Difference::Length { factory: left.len(), found: right.len() };
    }
    let named = named_places(context, found);
    let bits = |byte: u8| (0..8_u32).map(move |bit| byte >> (7_u32.saturating_sub(bit)) & 1);
    let left = left.into_iter().flat_map(bits);
    let right = right.into_iter().flat_map(bits);
    let first = left
        .zip(right)
        .enumerate()
        .find(|(bit, (a, b))| a != b && !named.iter().any(|place| place.contains(bit)))
        .map(|(bit, _)| bit);
    first.map_or(Difference::OnlyNamed, |first_bit| Difference::Unnamed { first_bit })
}

/// Where the parameters of the TLV lie, in bits from the start of its data.
fn named_places(context: &Context<'_>, data: &Fact) -> Vec<std::ops::Range<usize>> {
    let Some(tlv) = tlv_of(&data.path) else { return Vec::new() };
    let start = place_of(data).map_or(0, |place| place.bit_offset);
    let prefix = format!("{}.", tlv.path);
    context
        .case
        .facts
        .below(&data.subject, &prefix)
        .filter(|fact| fact.view == data.view && fact.value().is_some())
        .filter(|fact| !is_companion(&fact.path))
        .filter_map(|fact| {
            let place = place_of(fact)?;
            let from = usize::try_from(place.bit_offset.checked_sub(start)?).ok()?;
            Some(from..from.checked_add(usize::try_from(place.bit_width).ok()?)?)
        })
        .collect()
}

fn place_of(fact: &Fact) -> Option<FieldPlace> {
    fact.evidence.iter().find_map(|evidence| evidence.field)
}

fn bytes_of(fact: &Fact) -> Vec<u8> {
    let Some(Value::Bytes { hex }) = fact.value() else { return Vec::new() };
    let digits: Vec<u8> =
        hex.chars().filter_map(|c| c.to_digit(16)).filter_map(|d| u8::try_from(d).ok()).collect();
    digits
        .chunks(2)
        .map(|pair| match pair {
            [high, low] => high << 4 | low,
            [high] => *high,
            _ => 0,
        })
        .collect()
}
