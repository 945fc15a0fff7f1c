//! Leaf fields of registers and capability pages to values.
//!
//! Must not do: know which register it is.

use crate::catalog::Field;
use crate::model::fact::{Knowledge, Value};

use super::bits;
use super::source::{Silence, Source, known_or, number_value, text_value};

/// A leaf with its place: one element of an array, or the field itself.
#[derive(Debug)]
pub(super) struct Leaf {
    /// Path with the element's number.
    pub(super) path: String,
    /// Which element, from 0 whatever it is called; 0 where there is one.
    pub(super) element: u32,
    /// First bit within the data.
    pub(super) bit_offset: u32,
    /// Bits.
    pub(super) bit_width: u32,
}

/// Whether the field is a run of bytes, which is one value: text, or bytes where it is not printable.
fn is_byte_run(field: &Field) -> bool {
    field.bit_width == 8 && matches!(field.array, Some((count, 8)) if count > 0)
}

/// The leaves of a field. `room` bounds arrays whose length only the answer knows; `returned` is how much an answer
/// returns by its own account: it ends a run of bytes, of which devices return what they fill (MCQI's `version_string`).
/// Both are bits of data.
pub(super) fn leaves(field: &Field, room: u32, returned: Option<u32>) -> Vec<Leaf> {
    let Field { bit_offset, bit_width, .. } = *field;
    let Some((count, step)) = field.array else {
        return vec![Leaf { path: field.path.clone(), element: 0, bit_offset, bit_width }];
    };
    if is_byte_run(field) {
        let path = field.path.replace("[]", "");
        let whole = bit_width.saturating_mul(count);
        // Where nothing of it is returned it keeps its place, and is beyond.
        let there = returned.map(|end| end.saturating_sub(bit_offset)).filter(|&there| there > 0);
        let bit_width = there.map_or(whole, |there| there.min(whole));
        return vec![Leaf { path, element: 0, bit_offset, bit_width }];
    }
    let count =
        if count > 0 { count } else { room.saturating_sub(bit_offset).checked_div(step).unwrap_or_default() };
    (0..count)
        .map_while(|element| {
            let number = field.first_element.checked_add(element)?;
            Some(Leaf {
                path: field.path.replacen("[]", &format!("[{number}]"), 1),
                element,
                bit_offset: bit_offset.checked_add(element.checked_mul(step)?)?,
                bit_width,
            })
        })
        .collect()
}

/// What an answer (the source's data) says of a leaf.
pub(super) fn knowledge(
    field: &Field,
    leaf: &Leaf,
    source: Source<'_>,
    answer: &Result<&[u8], Silence>,
) -> Knowledge {
    match answer {
        Ok(data) => known_or(value(field, leaf, data).ok_or_else(|| source.beyond())),
        Err(silence) => silence.knowledge(),
    }
}

/// `None` where it is beyond the data.
fn value(field: &Field, leaf: &Leaf, data: &[u8]) -> Option<Value> {
    if is_byte_run(field) {
        return bits::bytes(data, leaf.bit_offset, leaf.bit_width).map(text_value);
    }
    let number = bits::number(data, leaf.bit_offset, leaf.bit_width)?;
    Some(number_value(number, field.value_name(number)))
}
