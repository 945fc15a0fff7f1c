//! The walk over what is stored in flash (MNVGN).
//!
//! It ends at the place 0, at a refusal, at a place where it was before, and at a bound. Each step has its row, so that
//! a walk that did not come to its end shows as one.
//!
//! Must not do: keep an item's data; redaction has dropped it by now, secrets being among it.

use std::collections::BTreeSet;

use mlx5_schemas::model::nv::WALK_ITEM_AT;
use mlx5_schemas::model::request::register;

use super::super::ProbeContext;

/// Most steps. A card has some two hundred kinds of items; the store is no larger than a few flash sectors.
const MAX_STEPS: usize = 2048;
/// The dwords of an item's header and type.
const HEADER: usize = WALK_ITEM_AT / 4;

/// The stored items in the order of the walk: type dword and length in bytes.
pub(super) fn walk(context: &mut ProbeContext<'_>) -> Vec<(u32, u16)> {
    let mut items = Vec::new();
    let mut place = 0_u32;
    let mut seen = BTreeSet::from([place]);
    while seen.len() <= MAX_STEPS {
        let Some(answer) = context.register(register::MNVGN, &[("nv_pointer", u64::from(place))]) else {
            break;
        };
        // A place of 0 ends the walk, and there is no item in that answer (mstflint `backupCfgs`).
        let Some(next) = answer.dword(0).filter(|&next| next != 0) else { break };
        if let (Some(header), Some(type_dword)) = (answer.dword(HEADER), answer.dword(HEADER + 1)) {
            items.push((type_dword, u16::try_from(header & 0x1ff).unwrap_or(0)));
        }
        if !seen.insert(next) {
            break;
        }
        place = next;
    }
    items
}
