//! Bits out of bytes, big-endian, bit 0 being the most significant bit of byte 0.
//!
//! Total: what is not there is `None`. Must not do: know layouts.

/// `width` bits from `offset` as a number; `None` beyond the bytes, and for widths of 0 or above 64.
pub(super) fn number(bytes: &[u8], offset: u32, width: u32) -> Option<u64> {
    if width == 0 || width > u64::BITS {
        return None;
    }
    let end = offset.checked_add(width)?;
    let first_byte = usize::try_from(offset.checked_div(8)?).ok()?;
    let end_byte = usize::try_from(end.div_ceil(8)).ok()?;
    let covered = bytes.get(first_byte..end_byte)?;
    // At most nine bytes, so that 128 bits hold them all.
    let all = covered.iter().fold(0_u128, |sum, &byte| (sum << 8) | u128::from(byte));
    let behind = end.div_ceil(8).checked_mul(8)?.checked_sub(end)?;
    let mask = u128::MAX.checked_shr(u128::BITS.checked_sub(width)?)?;
    u64::try_from(all.checked_shr(behind)? & mask).ok()
}

/// `width` bits from `offset` as bytes; `None` beyond the bytes and where they do not lie on byte bounds.
pub(super) fn bytes(bytes: &[u8], offset: u32, width: u32) -> Option<&[u8]> {
    if !offset.is_multiple_of(8) || !width.is_multiple_of(8) {
        return None;
    }
    let first = usize::try_from(offset.checked_div(8)?).ok()?;
    let length = usize::try_from(width.checked_div(8)?).ok()?;
    bytes.get(first..first.checked_add(length)?)
}

/// Bits in so many bytes, as far as 32 bits count.
pub(super) fn bit_length(bytes: usize) -> u32 {
    u32::try_from(bytes).unwrap_or(u32::MAX).saturating_mul(8)
}

#[cfg(test)]
mod tests {
    use super::{bytes, number};

    #[test]
    fn numbers_at_any_offset() {
        let data = [0x12, 0x34, 0x56, 0x78, 0x9a, 0xbc, 0xde, 0xf0, 0x0f];
        assert_eq!(number(&data, 0, 8), Some(0x12));
        assert_eq!(number(&data, 4, 8), Some(0x23));
        assert_eq!(number(&data, 7, 1), Some(0));
        assert_eq!(number(&data, 3, 1), Some(1));
        assert_eq!(number(&data, 0, 64), Some(0x1234_5678_9abc_def0));
        assert_eq!(number(&data, 4, 64), Some(0x2345_6789_abcd_ef00));
        assert_eq!(number(&data, 8, 64), Some(0x3456_789a_bcde_f00f));
        assert_eq!(number(&data, 9, 64), None);
        assert_eq!(number(&data, 0, 65), None);
        assert_eq!(number(&data, 0, 0), None);
        assert_eq!(number(&data, u32::MAX, 8), None);
    }

    #[test]
    fn bytes_only_on_byte_bounds() {
        let data = [1, 2, 3, 4];
        assert_eq!(bytes(&data, 8, 16), Some(&data[1..3]));
        assert_eq!(bytes(&data, 4, 16), None);
        assert_eq!(bytes(&data, 24, 16), None);
    }
}
