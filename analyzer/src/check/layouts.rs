//! Values whose bytes releases of mstflint read differently.
//!
//! The decoder leaves a companion fact where another release reads the very bytes otherwise
//! (`…/layout[until=4.21.0]`). Which release a firmware follows, nothing that it answers tells: a verdict stands only
//! where all readings lead to it.
//!
//! Must not do: prefer a reading.

use mlx5_schemas::model::fact::{Fact, Knowledge, Value};
use mlx5_schemas::model::verdict::UnknownReason;

use super::rule::{Context, RuleError};
use super::stand::Stand;
use super::values::Admits;
use crate::case::{LAYOUT_MARK, other_readings};

/// Whether a path is a companion's.
pub(super) fn is_companion(path: &str) -> bool {
    path.contains(LAYOUT_MARK)
}

/// What other releases make of a fact's bytes.
pub(super) fn others<'a>(context: &Context<'a>, fact: &Fact) -> Vec<&'a Fact> {
    other_readings(&context.case.facts, fact)
}

/// Inside or outside where all readings say so; else unknown.
pub(super) fn agreed(
    context: &Context<'_>,
    fact: &Fact,
    value: &Value,
    admits: Admits<'_>,
) -> Result<Stand, RuleError> {
    let inside = admits(fact, value)?;
    for other in others(context, fact) {
        let (alike, words) = match &other.knowledge {
            Knowledge::Known { value } => (admits(fact, value)? == inside, value.to_string()),
            Knowledge::Unknown { reason, .. } => (false, reason.clone()),
        };
        if !alike {
            return Ok(ambiguous(value, other, &words));
        }
    }
    Ok(if inside { Stand::In } else { Stand::Out })
}

/// Against the factory view: equal or different in every reading, or unknown. `is_same` is what the catalog's own
/// reading says.
pub(super) fn agreed_with_factory(
    context: &Context<'_>,
    factory: &Fact,
    found: &Fact,
    is_same: bool,
) -> Option<Stand> {
    let factory_readings = others(context, factory);
    for other in others(context, found) {
        let twin = factory_readings.iter().find(|reading| reading.path == other.path)?;
        // Bits that were another parameter's are the same bits in both views.
        let (Some(theirs), Some(value)) = (other.value(), found.value()) else { continue };
        let is_alike = match (twin.value(), theirs) {
            (Some(Value::Number { number: left, .. }), Value::Number { number: right, .. }) => left == right,
            (left, right) => left == Some(right),
        };
        if is_alike != is_same {
            return Some(ambiguous(value, other, &theirs.to_string()));
        }
    }
    None
}

fn ambiguous(value: &Value, other: &Fact, words: &str) -> Stand {
    let era = other.path.rsplit_once(LAYOUT_MARK).map_or("", |(_, era)| era.trim_end_matches(']'));
    Stand::Unknown(
        UnknownReason::AmbiguousLayout,
        format!("{value} as this catalog reads it; in releases {}: {words}", era.replace('=', " ")),
    )
}
