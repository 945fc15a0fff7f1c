//! What tells one card from another: serial number, PSID, base MAC and GUID, PCI device, slot.
//!
//! Read before anything else of a bundle, since what is equal byte for byte on both sides of a pair need not be decoded.
//!
//! Must not do: hand a serial number or an address on. They are compared, and nothing shows them.

use std::collections::BTreeSet;

use mlx5_schemas::catalog::Catalog;
use mlx5_schemas::decode::device_facts;
use mlx5_schemas::model::command::Opcode;
use mlx5_schemas::model::fact::{Fact, Subject, Value};
use mlx5_schemas::model::manifest::Device;
use mlx5_schemas::model::pci_address;
use mlx5_schemas::model::request::register;
use mlx5_schemas::model::transcript::{self, Recorded};

use crate::case::{Case, CaseError, FactSet, Identity, Opened};
use crate::triage::{Card, cards};

/// MSGI: serial and part number of the board.
const MSGI: u16 = 0x9021;
/// Dwords of the serial number in MSGI.
const SERIAL_DWORDS: usize = 6;

/// A case with the facts that tell what its devices are, and no more of their transcripts.
pub(super) fn early(opened: Opened, catalog: &Catalog) -> Result<Case, CaseError> {
    // What texts tell is there already, and is not read twice.
    let Case { opened, facts } = opened.decode_without(catalog, &|_, _| true)?;
    let mut facts: Vec<Fact> = facts.iter().cloned().collect();
    for device in opened.devices() {
        let mut transcripts: Vec<(String, Vec<Recorded>)> = Vec::new();
        for member in opened.transcripts(device) {
            let bytes = opened.bundle.members.get(member).map(Vec::as_slice).unwrap_or_default();
            let mut records = transcript::decode(bytes).map_err(|source| CaseError::Transcript {
                file: opened.file.clone(),
                member: member.to_owned(),
                source,
            })?;
            records.retain(is_identity);
            transcripts.push((member.to_owned(), records));
        }
        facts.extend(device_facts(catalog, device, opened.device_route(device), &transcripts));
    }
    Ok(Case { opened, facts: FactSet::new(facts) })
}

fn is_identity(recorded: &Recorded) -> bool {
    let request = &recorded.exchange.request;
    request.opcode() == Opcode::QUERY_ADAPTER
        || request.as_register().is_some_and(|(id, _)| matches!(id, register::MGIR | MSGI))
}

/// A card with what tells it from others.
#[derive(Debug)]
pub(super) struct Marked<'a> {
    pub(super) card: Card<'a>,
    pub(super) serial: Option<String>,
    pub(super) psid: Option<String>,
    /// Base MACs and GUIDs, in hex digits alone.
    pub(super) addresses: BTreeSet<String>,
    /// PCI device id: `0x101d`.
    pub(super) pci: Option<String>,
    /// `0000:3b:00`, or the id of a device that has no address.
    pub(super) slot: String,
}

impl Marked<'_> {
    /// All devices of the card.
    pub(super) fn devices(&self) -> impl Iterator<Item = &Device> {
        self.card.functions.iter().chain(&self.card.virtual_functions).copied()
    }
}

/// The cards of a case.
pub(super) fn marked(case: &Case) -> Vec<Marked<'_>> {
    cards(case).into_iter().map(|card| mark(case, card)).collect()
}

fn mark<'a>(case: &'a Case, card: Card<'a>) -> Marked<'a> {
    let first = card.first;
    let mut marked = Marked {
        serial: None,
        psid: None,
        addresses: BTreeSet::new(),
        pci: first.pci.get("device").cloned(),
        slot: slot(&first.id),
        card,
    };
    for device in &marked.card.functions {
        marked.psid = marked.psid.or_else(|| Identity::of(case, device).psid_text().map(str::to_owned));
        marked.serial = marked.serial.or_else(|| serial(case, device));
        marked.addresses.extend(addresses(case, device));
    }
    marked
}

/// The address without its function.
fn slot(id: &str) -> String {
    let address = pci_address::full(id);
    let slot = address.as_deref().and_then(|address| address.rsplit_once('.')).map(|(slot, _)| slot);
    slot.unwrap_or(id).to_owned()
}

/// The serial number in MSGI. All zeros, or all ones, are none.
fn serial(case: &Case, device: &Device) -> Option<String> {
    let subject = Subject::Device { device: device.id.clone() };
    let dwords: Option<Vec<u64>> = (0..SERIAL_DWORDS)
        .map(|place| {
            let fact = case.facts.plain(&subject, &format!("reg/MSGI.serial_number[{place}]"))?;
            match fact.value()? {
                Value::Number { number, .. } => Some(*number),
                Value::Text { .. } | Value::Bytes { .. } => None,
            }
        })
        .collect();
    let dwords = dwords?;
    let is_empty = dwords.iter().all(|dword| *dword == 0)
        || dwords.iter().all(|dword| *dword == u64::from(u32::MAX))
        || dwords.iter().all(|dword| *dword == 0x2020_2020);
    (!is_empty).then(|| dwords.iter().map(|dword| format!("{dword:08x}")).collect())
}

/// Base MAC and GUID of the card, by whatever source tells them.
fn addresses(case: &Case, device: &Device) -> Vec<String> {
    const PATHS: &[&str] =
        &["fw/base_mac", "fw/base_guid", "flint/base_mac", "flint/base_guid", "mlxfwmanager/base_mac"];
    let subject = Subject::Device { device: device.id.clone() };
    let plain = PATHS.iter().filter_map(|path| case.facts.plain(&subject, path));
    let rdma = case.facts.below(&subject, "rdma/").filter(|fact| fact.path.ends_with(".sys_image_guid"));
    plain.chain(rdma).filter_map(|fact| digits(fact.value()?)).collect()
}

/// The hex digits of an address; nothing of one that is all zeros or all ones, which many cards have.
fn digits(value: &Value) -> Option<String> {
    let Value::Text { text } = value else { return None };
    let digits: String =
        text.trim_start_matches("0x").chars().filter(|c| c.is_ascii_alphanumeric()).collect();
    let digits = digits.to_ascii_lowercase();
    let is_hex = matches!(digits.len(), 12 | 16) && digits.bytes().all(|byte| byte.is_ascii_hexdigit());
    let is_empty = digits.bytes().all(|byte| byte == b'0') || digits.bytes().all(|byte| byte == b'f');
    (is_hex && !is_empty).then_some(digits)
}
