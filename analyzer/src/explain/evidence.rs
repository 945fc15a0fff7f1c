//! Evidence down to the bytes: what was asked, what came, and which bits of it are the field.
//!
//! Must not do: decode anew; which bits count is the evidence's to say.

use mlx5_schemas::catalog::Catalog;
use mlx5_schemas::model::exchange::Outcome;
use mlx5_schemas::model::fact::{Evidence, Fact, FieldPlace};
use mlx5_schemas::model::manifest::MANIFEST_MEMBER;
use mlx5_schemas::model::report::{EvidenceShown, Finding};
use mlx5_schemas::model::request::Request;

use crate::case::Case;
use crate::import::hex;

/// Most characters that are shown of a text.
const MOST_CHARACTERS: usize = 400;

/// All evidence of a finding.
pub(super) fn shown(finding: &Finding, case: &Case, catalog: &Catalog) -> Vec<EvidenceShown> {
    let views = case.facts.views(&finding.subject, &finding.path);
    let own = |evidence: &Evidence| views.all().iter().copied().find(|fact| fact.evidence.contains(evidence));
    finding.evidence.iter().map(|evidence| one(evidence, own(evidence), case, catalog)).collect()
}

fn one(evidence: &Evidence, fact: Option<&Fact>, case: &Case, catalog: &Catalog) -> EvidenceShown {
    let mut shown = EvidenceShown {
        evidence: evidence.clone(),
        path: fact.map(|fact| fact.path.clone()),
        view: fact.and_then(|fact| fact.view),
        asked: None,
        answered: None,
        output: None,
        field: None,
        text: None,
    };
    let Some(exchange) = case.opened.exchange(evidence) else {
        // Of the manifest as a whole there is nothing to point at.
        let is_whole_manifest = evidence.member == MANIFEST_MEMBER;
        shown.text = case.opened.bytes(evidence).filter(|_| !is_whole_manifest).map(beginning);
        return shown;
    };
    shown.asked = Some(asked(&exchange.request, catalog));
    shown.answered = Some(exchange.outcome.words());
    if let Outcome::Replied(reply) = exchange.outcome {
        shown.output = Some(hex(&reply.output));
        shown.field = evidence.field.and_then(|field| bits(&reply.output, field));
    }
    shown
}

fn beginning(bytes: &[u8]) -> String {
    let text = String::from_utf8_lossy(bytes);
    let short: String = text.chars().take(MOST_CHARACTERS).collect();
    if short.len() < text.len() { format!("{short} …") } else { short }
}

/// The request by its name, and the bytes that make it this one.
fn asked(request: &Request, catalog: &Catalog) -> String {
    if let Some((id, data)) = request.as_register() {
        let name = catalog.registers().iter().find(|register| register.id == id).map(|one| one.name.as_str());
        let length = data.iter().rposition(|byte| *byte != 0).map_or(0, |last| last.saturating_add(1));
        let set = data.get(..length).filter(|set| !set.is_empty());
        let set = set.map(|set| format!(", data {}", hex(set))).unwrap_or_default();
        return format!("read of register {} (0x{id:04x}){set}", name.unwrap_or("without a name"));
    }
    let opcode = request.opcode();
    let name = opcode.name().map_or_else(|| format!("command 0x{:04x}", opcode.0), str::to_owned);
    match request.as_capability() {
        Some((page, mode)) => {
            let page = catalog
                .capabilities()
                .iter()
                .find(|known| known.type_id == page)
                .map_or_else(|| format!("0x{page:02x}"), |known| known.name.clone());
            format!("{name} of page {page}, {mode:?}").to_owned()
        }
        None => name,
    }
}

/// A field's bits as a number, where they are there and at most 64.
fn bits(output: &[u8], field: FieldPlace) -> Option<String> {
    if !(1..=64).contains(&field.bit_width) {
        return None;
    }
    let mut number: u64 = 0;
    for bit in field.bit_offset..field.bit_offset.checked_add(field.bit_width)? {
        let byte = output.get(usize::try_from(bit.checked_div(8)?).ok()?)?;
        let set = byte >> 7_u32.saturating_sub(bit % 8) & 1;
        number = number << 1 | u64::from(set);
    }
    Some(format!("0x{number:0width$x}", width = usize::try_from(field.bit_width.div_ceil(4)).ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bits_are_counted_from_the_first_byte_s_greatest() {
        let field = |bit_offset, bit_width| bits(&[0x12, 0x34, 0x56], FieldPlace { bit_offset, bit_width });
        assert_eq!(field(0, 8).as_deref(), Some("0x12"));
        assert_eq!(field(4, 12).as_deref(), Some("0x234"));
        assert_eq!(field(3, 1).as_deref(), Some("0x1"));
        assert_eq!(field(0, 24).as_deref(), Some("0x123456"));
        assert_eq!(field(17, 7).as_deref(), Some("0x56"));
        for beyond in [(20, 8), (0, 0), (0, 65), (u32::MAX, 2)] {
            assert_eq!(field(beyond.0, beyond.1), None);
        }
    }
}
