//! One row of the table of parameters.
//!
//! Places are `0xBYTE.BIT`, the bit counted from the least significant end of the big-endian dword that holds the byte
//! (mstflint `mlxcfg_db_items.cpp`, `Offset::toBigEndian`). Of arrays and text the bit part means nothing: the elements
//! follow one another from the byte on. Values of enumerations are hexadecimal, with or without `0x`.
//!
//! Must not do: know the other rows.

use mlx5_schemas::catalog::{Array, Parameter, ParameterKind};
use rusqlite::Row;

use crate::catalog::notes::{bits, ordered, plain};

/// Bits of a dword.
const DWORD: u32 = 32;
/// Bits of an element of bytes or text.
const BYTE: u32 = 8;

/// A parameter, or why it is not taken over. Columns: TLV, name, offset, size, type, textual values, printed name,
/// dependency, valid bit, first version, array length.
///
/// # Errors
/// Where the row's columns are not of their types.
pub(super) fn read(row: &Row<'_>, name: &str) -> Result<Result<Parameter, &'static str>, rusqlite::Error> {
    let (offset, size, kind): (String, String, String) = (row.get(2)?, row.get(3)?, row.get(4)?);
    let text = |column: usize| -> Result<Option<String>, rusqlite::Error> {
        Ok(row.get::<_, Option<String>>(column)?.filter(|text| !text.is_empty()))
    };
    let (values, alias) = (text(5)?, text(6)?);
    let (dependency, valid_flag) = (text(7)?, text(8)?);
    let (since, length): (Option<i64>, Option<i64>) = (row.get(9)?, row.get(10)?);
    let parameter = || -> Result<Parameter, &'static str> {
        let kind = kind_of(&kind).ok_or("its type is not known")?;
        let length = u32::try_from(length.unwrap_or(0)).map_err(|_| "its array length is out of range")?;
        let (bit_offset, bit_width, array) = place(kind, &offset, &size, length)?;
        let strange = "a text of it cannot be held";
        let held = |text: Option<String>| text.map(|text| plain(&text).ok_or(strange)).transpose();
        Ok(Parameter {
            name: plain(name).filter(|name| !name.is_empty()).ok_or(strange)?,
            alias: held(alias)?,
            kind,
            bit_offset,
            bit_width,
            array,
            enumeration: enumeration(values.as_deref().unwrap_or_default())?,
            since_version: u8::try_from(since.unwrap_or(0)).map_err(|_| "its version is out of range")?,
            valid_flag: held(valid_flag)?,
            dependency: held(dependency)?,
        })
    };
    Ok(parameter())
}

fn kind_of(text: &str) -> Option<ParameterKind> {
    Some(match text {
        "UNSIGNED" | "INTEGER" => ParameterKind::Unsigned,
        "BOOL" => ParameterKind::Boolean,
        "ENUM" => ParameterKind::Enumeration,
        "BINARY" => ParameterKind::Binary,
        "BYTES" => ParameterKind::Bytes,
        "STRING" => ParameterKind::Text,
        _ => return None,
    })
}

/// First bit, bits in all, and the elements.
fn place(
    kind: ParameterKind,
    offset: &str,
    size: &str,
    length: u32,
) -> Result<(u32, u32, Option<Array>), &'static str> {
    let strange = "its place is out of range";
    let (byte, bit) = bits(offset).ok_or(strange)?;
    let (size_bytes, size_bits) = bits(size).ok_or(strange)?;
    let size = size_bytes.saturating_mul(BYTE).saturating_add(size_bits);
    let is_run_of_bytes = matches!(kind, ParameterKind::Bytes | ParameterKind::Text);
    if is_run_of_bytes || length > 0 {
        let element_width = if is_run_of_bytes { Some(BYTE) } else { size.checked_div(length) };
        let element_width = element_width.filter(|width| *width > 0).ok_or(strange)?;
        let bit_width = element_width.checked_mul(length).filter(|width| *width > 0).ok_or(strange)?;
        return Ok((byte.saturating_mul(BYTE), bit_width, Some(Array { length, element_width })));
    }
    // From the least significant end of the dword to the most significant.
    let from_end = byte.saturating_mul(BYTE).saturating_add(bit);
    let in_dword = from_end.checked_rem(DWORD).ok_or(strange)?;
    // What crosses a dword has no place by this rule; no release has such a parameter.
    if in_dword.saturating_add(size) > DWORD {
        return Err(strange);
    }
    let dword_at = from_end.saturating_sub(in_dword);
    let end = dword_at.saturating_add(DWORD).saturating_sub(in_dword);
    let bit_offset = end.checked_sub(size).filter(|_| size > 0).ok_or(strange)?;
    Ok((bit_offset, size, None))
}

fn enumeration(text: &str) -> Result<Vec<(u64, String)>, &'static str> {
    let items = text.split(',').filter(|item| !item.is_empty());
    let named = items.map(|item| {
        let (name, value) = item.split_once('=').ok_or("a value of it has no number")?;
        let digits = value.trim().trim_start_matches("0x");
        let number = u64::from_str_radix(digits, 16).map_err(|_| "a value of it has no number")?;
        Ok((number, name.to_owned()))
    });
    named.collect::<Result<Vec<_>, _>>().map(ordered)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scalars_count_from_the_other_end_and_arrays_do_not() {
        let of = |kind, offset: &str, size: &str, length| place(kind, offset, size, length);
        // nv_global_pci_conf.total_vfs, and the data mode of nv_pcc_int.
        assert_eq!(of(ParameterKind::Unsigned, "0x4.0", "0x0.16", 0), Ok((48, 16, None)));
        assert_eq!(of(ParameterKind::Enumeration, "0x0.24", "0x0.7", 0), Ok((1, 7, None)));
        assert_eq!(of(ParameterKind::Binary, "0x10.0", "0x4.0", 0), Ok((128, 32, None)));
        let bytes = Some(Array { length: 8, element_width: 8 });
        assert_eq!(of(ParameterKind::Bytes, "0x8.24", "0x8.0", 8), Ok((64, 64, bytes)));
        let words = Some(Array { length: 4, element_width: 16 });
        assert_eq!(of(ParameterKind::Unsigned, "0x4.0", "0x8.0", 4), Ok((32, 64, words)));
        assert!(of(ParameterKind::Unsigned, "0x0.0", "0x0.0", 0).is_err());
        assert!(of(ParameterKind::Bytes, "0x0.0", "0x8.0", 0).is_err());
        assert!(of(ParameterKind::Unsigned, "0x4.24", "0x0.16", 0).is_err(), "it crosses a dword");
    }

    #[test]
    fn values_are_hexadecimal_with_or_without_saying_so() {
        let named = |number, name: &str| (number, name.to_owned());
        assert_eq!(enumeration("B=10,A=0x2"), Ok(vec![named(2, "A"), named(16, "B")]));
        assert!(enumeration("A").is_err());
        assert!(enumeration("A=zz").is_err());
    }
}
