//! The bytes behind a fact, in hex.
//!
//! Must not do: interpret them.

use mlx5_schemas::model::exchange::Outcome;
use mlx5_schemas::model::fact::Evidence;

use crate::case::Opened;

/// Most bytes that are shown of one place.
const MOST: usize = 256;

/// What evidence points at: the field's bytes within the output; without a field the whole output; for a record of
/// the host, its text. `None` where the bundle has no such bytes.
pub(crate) fn shown(opened: &Opened, evidence: &Evidence) -> Option<String> {
    let Some(exchange) = opened.exchange(evidence) else {
        let text = String::from_utf8_lossy(opened.bytes(evidence)?).into_owned();
        let short: String = text.chars().take(MOST).collect();
        return Some(if short.len() < text.len() { format!("{short} …") } else { short });
    };
    match (exchange.outcome, evidence.field) {
        (Outcome::Replied(reply), Some(field)) => {
            let first = usize::try_from(field.bit_offset.checked_div(8)?).ok()?;
            let end = field.bit_offset.checked_add(field.bit_width)?.checked_add(7)?.checked_div(8)?;
            let end = usize::try_from(end).ok()?.min(reply.output.len());
            Some(hex(reply.output.get(first..end)?))
        }
        (Outcome::Replied(reply), None) => Some(hex(&reply.output)),
        (Outcome::Undelivered { errno }, _) => Some(format!("errno {errno}")),
        (Outcome::NotAsked(reason), _) => Some(reason.words().to_owned()),
    }
}

fn hex(bytes: &[u8]) -> String {
    let shown: Vec<String> = bytes.iter().take(MOST).map(|byte| format!("{byte:02x}")).collect();
    let more = bytes.len().saturating_sub(MOST);
    if more > 0 { format!("{} … {more} more", shown.join(" ")) } else { shown.join(" ") }
}
