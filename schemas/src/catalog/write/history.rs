//! What other releases said, written: by owner, the kinds in a fixed order.
//!
//! Must not do: anything else.

use crate::catalog::CatalogError;
use crate::catalog::history::{History, NameOf};

use super::{Lines, enumeration};

/// Writes all records.
pub(super) fn write(history: &History, out: &mut Lines) -> Result<(), CatalogError> {
    for (owner, changes) in history.owners() {
        let owner = || owner.to_owned();
        if let Some(gone) = &changes.gone {
            out.line(&["X".into(), owner(), gone.name.clone(), gone.last.clone()])?;
        }
        for rename in &changes.renames {
            let of = match rename.of {
                NameOf::Tlv => "t",
                NameOf::Member => "p",
                NameOf::Printed => "m",
            };
            let (old, new) = (rename.old.clone(), rename.new.clone());
            out.line(&["N".into(), owner(), of.into(), old, new, rename.last.clone()])?;
        }
        for layout in &changes.layouts {
            let place = [layout.bit_offset.to_string(), layout.bit_width.to_string()];
            let [offset, width] = place;
            out.line(&["L".into(), owner(), layout.member.clone(), layout.era.clone(), offset, width])?;
        }
        for naming in &changes.namings {
            let names = enumeration(&naming.names)?;
            out.line(&["V".into(), owner(), naming.member.clone(), naming.era.clone(), names])?;
        }
        for removed in &changes.removed {
            out.line(&[
                "G".into(),
                owner(),
                removed.name.clone(),
                removed.printed.clone().unwrap_or_default(),
                removed.last.clone(),
                removed.bit_offset.to_string(),
                removed.bit_width.to_string(),
            ])?;
        }
    }
    Ok(())
}
