//! What single attributes of the register tables say: places, accesses, named values.
//!
//! Offsets count bits from the least significant end of each big-endian dword, as in the parameter database.
//!
//! Must not do: know the tree.

use mlx5_schemas::catalog::Access;

use crate::catalog::notes::{bits, ordered};

/// Bits of a dword.
const DWORD: u32 = 32;

/// Bits that a size or offset says.
pub(super) fn bit_count(text: Option<&str>) -> Option<u32> {
    let (bytes, bits) = bits(text?)?;
    bytes.checked_mul(8)?.checked_add(bits)
}

/// First bit of element `index` within its node, counted from the front: mstflint's rule for big-endian arrays
/// (adb2c, `calc_array_field_address`).
pub(super) fn address(start: u32, width: u32, index: u32, node_bits: u32) -> Option<u32> {
    if width > DWORD {
        return start.checked_add(width.checked_mul(index)?);
    }
    // Elements go down within a dword, and on with the next dword above.
    let (start, width, index) = (i64::from(start), i64::from(width), i64::from(index));
    let mut place = start.checked_sub(width.checked_mul(index)?)?;
    let dwords_down = start.div_euclid(32).checked_sub(place.div_euclid(32))?;
    place = place.checked_add(dwords_down.checked_mul(64)?)?;
    let room = i64::from(node_bits.min(DWORD));
    let within = room.checked_sub(place.rem_euclid(32))?.checked_sub(width)?;
    let dword = place.div_euclid(32).checked_mul(32)?;
    u32::try_from(within.checked_add(dword)?).ok()
}

/// Names with numbers, as they stand; what has no number is left out.
pub(super) fn numbers(text: &str) -> impl Iterator<Item = (&str, u64)> {
    text.split(',').filter_map(|item| {
        let (name, number) = item.split_once('=')?;
        let number = number.trim();
        let parsed = match number.strip_prefix("0x").or(number.strip_prefix("0X")) {
            Some(hex) => u64::from_str_radix(hex, 16),
            None => number.parse(),
        };
        Some((name.trim(), parsed.ok()?))
    })
}

/// The names of a field's values. Where the names are those of bits, not of values, there are none: taken as values they
/// would be wrong. Masks of several dwords do not say of which dword; a wide field whose names all lie below its width
/// counts bits (PPLM's active FEC mode, which the kernel's driver takes as a mask).
pub(super) fn value_names(text: &str, width: u32, is_array: bool) -> Vec<(u64, String)> {
    let named: Vec<(u64, String)> = numbers(text).map(|(name, number)| (number, name.to_owned())).collect();
    if is_array && width == DWORD {
        return Vec::new();
    }
    let highest = named.iter().map(|(number, _)| *number).max().unwrap_or_default();
    let single_bits = named.iter().all(|(number, _)| number.count_ones() <= 1);
    let are_bits = width >= 12 && highest < u64::from(width) && !(single_bits && named.len() > 1);
    if are_bits { Vec::new() } else { ordered(named) }
}

/// Who sets a field; `None` for a word that is not known.
pub(super) fn access(text: Option<&str>) -> Option<Access> {
    Some(match text {
        Some("RO") => Access::ReadOnly,
        Some("RW") => Access::ReadWrite,
        Some("WO") => Access::WriteOnly,
        Some("INDEX") => Access::Index,
        Some("OP") => Access::Operation,
        None => Access::Unsaid,
        Some(_) => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_go_down_within_a_dword_and_up_with_dwords() {
        // PTYS.local_port: byte 1 of the register.
        assert_eq!(address(16, 8, 0, 68 * 8), Some(8));
        // Four bytes of a dword, written from its most significant end, then the next dword.
        let bytes: Vec<_> = (0..8).filter_map(|index| address(24, 8, index, 64)).collect();
        assert_eq!(bytes, [0, 8, 16, 24, 32, 40, 48, 56]);
        assert_eq!(address(0x20, 32, 3, 512), Some(32 + 96));
        assert_eq!(address(64, 64, 2, 512), Some(192));
        assert_eq!(address(0, 8, 0, 8), Some(0), "a node of one byte");
        assert_eq!(address(0, 32, 0, 8), None);
    }

    #[test]
    fn names_of_bits_are_no_names_of_values() {
        assert_eq!(value_names("a=0x1,b=2", 8, false), [(1, "a".to_owned()), (2, "b".to_owned())]);
        assert_eq!(value_names("a=0,b=3,c=5", 16, false), [], "bit numbers");
        assert_eq!(value_names("a=1,b=2", 32, true), [], "a mask of several dwords");
        assert_eq!(value_names("a=no number", 8, false), []);
    }
}
