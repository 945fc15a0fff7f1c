//! The records of what other releases said (`schemas/data/drift.tsv`).
//!
//! Must not do: know the owners; a record can be of a TLV that this catalog does not have.

use crate::catalog::history::{Changes, Gone, History, Layout, NameOf, Naming, Removed, Rename};

use super::{Columns, Line, enumeration, place, push};

/// Reads one record of kind `X`, `N`, `L`, `V` or `G`.
///
/// # Errors
/// Where it is of another kind, or not in the form.
pub(super) fn read(kind: &str, columns: &mut Columns<'_>, history: &mut History) -> Line<()> {
    let is_history = matches!(kind, "X" | "N" | "L" | "V" | "G");
    if !is_history {
        return Err("an unknown record");
    }
    let changes = history.entry(&columns.name()?);
    match kind {
        "X" => changes.gone = Some(Gone { name: columns.name()?, last: columns.name()? }),
        "N" => push(&mut changes.renames, rename(columns)?)?,
        "L" => push(&mut changes.layouts, layout(columns)?)?,
        "V" => push(&mut changes.namings, naming(columns)?)?,
        _ => push(&mut changes.removed, removed(columns)?)?,
    }
    check(changes)
}

/// The decoder goes over them for each parameter.
fn check(changes: &Changes) -> Line<()> {
    let most = [changes.layouts.len(), changes.namings.len(), changes.removed.len(), changes.renames.len()];
    if most.iter().any(|count| *count > 256) { Err("too many changes of one owner") } else { Ok(()) }
}

fn rename(columns: &mut Columns<'_>) -> Line<Rename> {
    let of = match columns.text() {
        "t" => NameOf::Tlv,
        "p" => NameOf::Member,
        "m" => NameOf::Printed,
        _ => return Err("an unknown kind of name"),
    };
    Ok(Rename { of, old: columns.name()?, new: columns.name()?, last: columns.name()? })
}

fn layout(columns: &mut Columns<'_>) -> Line<Layout> {
    let (member, era) = (columns.name()?, era(columns)?);
    let (bit_offset, bit_width) = place(columns)?;
    Ok(Layout { member, era, bit_offset, bit_width })
}

fn naming(columns: &mut Columns<'_>) -> Line<Naming> {
    Ok(Naming { member: columns.name()?, era: era(columns)?, names: enumeration(columns.text())? })
}

fn removed(columns: &mut Columns<'_>) -> Line<Removed> {
    let (name, printed, last) = (columns.name()?, columns.optional(), columns.name()?);
    let (bit_offset, bit_width) = place(columns)?;
    Ok(Removed { name, printed, last, bit_offset, bit_width })
}

/// It becomes part of paths: nothing but a word, `=` and a release.
fn era(columns: &mut Columns<'_>) -> Line<String> {
    let era = columns.name()?;
    let release = era.strip_prefix("until=").or(era.strip_prefix("after="));
    match release {
        Some(release) if release.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.') => Ok(era),
        Some(_) | None => Err("neither until nor after a release"),
    }
}
