//! Who the device is: `fw/…` facts, put together from MGIR, QUERY_ADAPTER, MCQS, MCQI and NV item 0:0x2.
//!
//! The same bytes are `reg/…` and `nv/…` facts as well; here are the forms that people know them by.
//!
//! Must not do: say whether a version or a PSID is right.

use crate::catalog::{Catalog, Register};
use crate::model::command::Opcode;
use crate::model::fact::{Fact, Knowledge, Value};
use crate::model::request::register as id;
use crate::model::status::CollectionStatus;

use super::source::{Scribe, Silence, Source, hex, keep, number_value, text_value};
use super::{bits, nv, register};

/// The NV item with base MAC and base GUID (`nv_base_mac_guid`), and the GUID's place in its data.
const BASE_ADDRESSES: u32 = 0x0000_0002;
const BASE_GUID: (u32, u32) = (64, 64);
/// Bits of the MNVDA header.
const NV_DATA_AT: u32 = 96;

/// PSID in the data of QUERY_ADAPTER's output (`query_adapter_out_bits`: 16 bytes from byte 256 of the output).
const ADAPTER_PSID: (u32, u32) = ((256 - 16) * 8, 128);

/// MCQI's `info_type` of versions.
const INFO_VERSION: u64 = 1;

type Place = (u32, u32);

/// The QUERY_ADAPTER exchange.
#[derive(Debug, Default)]
pub(super) struct Collected<'a> {
    adapter: Option<Source<'a>>,
}

impl<'a> Collected<'a> {
    /// Takes an exchange if it is QUERY_ADAPTER; says whether it was.
    pub(super) fn take(&mut self, source: Source<'a>) -> bool {
        let is_adapter = source.exchange().request.opcode() == Opcode::QUERY_ADAPTER;
        if is_adapter {
            keep(&mut self.adapter, source);
        }
        is_adapter
    }

    /// Writes all facts.
    pub(super) fn facts(
        &self,
        catalog: &Catalog,
        registers: &register::Collected<'a>,
        nv: &nv::Collected<'a>,
        scribe: Scribe<'_>,
        facts: &mut Vec<Fact>,
    ) {
        let mut push = |name: &str, source: Source<'_>, place: Place, value: Result<Value, Silence>| {
            let knowledge = match value {
                Ok(value) => Knowledge::Known { value },
                Err(silence) => silence.knowledge(),
            };
            facts.push(scribe.fact(format!("fw/{name}"), knowledge, source.evidence_of(place.0, place.1)));
        };
        if let (Some(mgir), Some((_, source))) = (catalog.register(id::MGIR), registers.of(id::MGIR).next()) {
            let field = |path: &str| register::number_of(mgir, path, source).map(|(number, _)| number);
            push("version", source, (544, 96), version(field));
            push("psid", source, (384, 128), source.data().and_then(|data| psid(data, (384, 128))));
            push("date", source, (320, 32), date(field));
            push("base_mac", source, (144, 48), source.data().and_then(|data| address(data, (144, 48))));
        }
        if let Some((source, data)) = nv.data_in_force(BASE_ADDRESSES) {
            let (offset, width) = BASE_GUID;
            let place = (NV_DATA_AT.saturating_add(offset), width);
            push("base_guid", source, place, data.and_then(|data| address(data, BASE_GUID)));
        }
        if let Some(source) = self.adapter {
            let value = source.data().and_then(|data| psid(data, ADAPTER_PSID));
            push("adapter_psid", source, ADAPTER_PSID, value);
        }
        if let Some(mcqs) = catalog.register(id::MCQS) {
            for (values, source) in registers.of(id::MCQS) {
                components(mcqs, values, source, &mut push);
            }
        }
        if let Some(mcqi) = catalog.register(id::MCQI) {
            for (values, source) in registers.of(id::MCQI) {
                component_version(mcqi, values, source, &mut push);
            }
        }
    }
}

/// `22.41.1000`, as devlink prints it. Old firmware fills only the 8-bit fields (PRM MGIR).
fn version(field: impl Fn(&str) -> Result<u64, Silence>) -> Result<Value, Silence> {
    let read = |prefix: &str| -> Result<[u64; 3], Silence> {
        Ok([
            field(&format!("fw_info.{prefix}major"))?,
            field(&format!("fw_info.{prefix}minor"))?,
            field(&format!("fw_info.{prefix}sub_minor"))?,
        ])
    };
    let extended = read("extended_")?;
    let [major, minor, sub_minor] = if extended == [0; 3] { read("")? } else { extended };
    if [major, minor, sub_minor] == [0; 3] {
        return Err(Silence::absent("the device gives no version"));
    }
    Ok(Value::Text { text: format!("{major}.{minor}.{sub_minor:04}") })
}

/// Release date, packed BCD.
fn date(field: impl Fn(&str) -> Result<u64, Silence>) -> Result<Value, Silence> {
    let (year, month, day) = (field("fw_info.year")?, field("fw_info.month")?, field("fw_info.day")?);
    let text = format!("{year:04x}-{month:02x}-{day:02x}");
    if text.chars().any(|digit| digit.is_ascii_alphabetic()) {
        let reason = format!("the release date is no packed decimal: {text}");
        return Err(Silence { status: CollectionStatus::Error, reason });
    }
    if [year, month, day] == [0; 3] {
        return Err(Silence::absent("the device gives no date"));
    }
    Ok(Value::Text { text })
}

fn psid(data: &[u8], (offset, width): Place) -> Result<Value, Silence> {
    let value = text_value(bits::bytes(data, offset, width).ok_or_else(Silence::beyond)?);
    let is_empty = matches!(&value, Value::Text { text } if text.is_empty());
    if is_empty { Err(Silence::absent("the device gives no PSID")) } else { Ok(value) }
}

/// A MAC or GUID as text: its hex digits, as mstflint prints them.
fn address(data: &[u8], (offset, width): Place) -> Result<Value, Silence> {
    let bytes = bits::bytes(data, offset, width).ok_or_else(Silence::beyond)?;
    if bytes.iter().all(|&byte| byte == 0) {
        return Err(Silence::absent("the device gives no address"));
    }
    Ok(Value::Text { text: hex(bytes) })
}

/// The value of an index field among those that were requested.
fn index_value(register: &Register, values: &[u64], path: &str) -> Option<u64> {
    register.indexes.iter().zip(values).find(|(index, _)| index.path == path).map(|(_, &value)| value)
}

/// What MCQS says of one component.
fn components(
    mcqs: &Register,
    values: &[u64],
    source: Source<'_>,
    push: &mut impl FnMut(&str, Source<'_>, Place, Result<Value, Silence>),
) {
    let Some(component) = index_value(mcqs, values, "component_index") else { return };
    for (name, path) in [
        ("identifier", "identifier"),
        ("status", "component_status"),
        ("update_state", "component_update_state"),
    ] {
        let field = mcqs.field(path);
        let place = field.map_or((0, 0), |field| (field.bit_offset, field.bit_width));
        let value = register::number_of(mcqs, path, source)
            .map(|(number, _)| number_value(number, field.and_then(|field| field.value_name(number))));
        push(&format!("components[{component}].{name}"), source, place, value);
    }
}

/// A component's running or pending version, of MCQI: major in bits 31:24, minor in 23:16, sub-minor in 15:0
/// (kernel `mlx5/core/fw.c`).
fn component_version(
    mcqi: &Register,
    values: &[u64],
    source: Source<'_>,
    push: &mut impl FnMut(&str, Source<'_>, Place, Result<Value, Silence>),
) {
    let index = |path| index_value(mcqi, values, path);
    if index("info_type") != Some(INFO_VERSION) {
        return;
    }
    let Some(component) = index("component_index") else { return };
    let name = if index("read_pending_component") == Some(0) { "version" } else { "pending_version" };
    let answer = register::number_of(mcqi, "data.mcqi_version_ext.version", source);
    let place = answer.as_ref().map_or((0, 0), |(_, place)| *place);
    let value = answer.and_then(|(number, _)| {
        let [major, minor] = [number >> 24 & 0xff, number >> 16 & 0xff];
        match number {
            0 => Err(Silence::absent("the device gives no version")),
            _ => Ok(Value::Text { text: format!("{major}.{minor}.{:04}", number & 0xffff) }),
        }
    });
    push(&format!("components[{component}].{name}"), source, place, value);
}
