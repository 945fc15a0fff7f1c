//! The kernel's taint mask. Source: `include/linux/panic.h`, `kernel/panic.c`,
//! `Documentation/admin-guide/tainted-kernels.rst`.
//!
//! Must not do: weigh the letters.

use super::{Items, flag, quote, text_of};
use crate::model::fact::{Subject, Value};

/// The letters of bits 0 to 19, as `kernel/panic.c` has them. J is bit 19: fwctl passed something that can change a
/// device. Kernels without fwctl never set it.
pub const LETTERS: [char; 20] =
    ['P', 'F', 'S', 'R', 'M', 'B', 'U', 'D', 'A', 'W', 'C', 'I', 'O', 'E', 'L', 'K', 'X', 'T', 'N', 'J'];

/// `host/taint`, one `host/taint/LETTER` of 0 or 1 per known bit, and `host/taint/bitN` for set bits without a letter.
pub(super) fn decode(items: &mut Items<'_>) {
    let mask = match text_of(items.capture) {
        Ok(text) => text.trim().parse::<u64>().map_err(|_| format!("not a mask: {}", quote(text.trim()))),
        Err((status, reason)) => {
            items.unknown(Subject::Host, "host/taint", status, reason.clone());
            for letter in LETTERS {
                items.unknown(Subject::Host, format!("host/taint/{letter}"), status, reason.clone());
            }
            return;
        }
    };
    items.push(Subject::Host, "host/taint", mask.clone().map(|number| Value::Number { number, name: None }));
    for (bit, letter) in LETTERS.into_iter().enumerate() {
        let value = mask.clone().map(|mask| flag(is_set(mask, bit)));
        items.push(Subject::Host, format!("host/taint/{letter}"), value);
    }
    let Ok(mask) = mask else { return };
    for bit in LETTERS.len()..64 {
        if is_set(mask, bit) {
            items.push(Subject::Host, format!("host/taint/bit{bit}"), Ok(flag(true)));
        }
    }
}

fn is_set(mask: u64, bit: usize) -> bool {
    u32::try_from(bit).ok().and_then(|bit| mask.checked_shr(bit)).is_some_and(|rest| rest & 1 == 1)
}
