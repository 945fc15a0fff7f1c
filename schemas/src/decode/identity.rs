//! Who the device is: `fw/…` facts, put together from MGIR, QUERY_ADAPTER, MCQS, MCQI and NV item 0:0x2.
//!
//! The same bytes are `reg/…` and `nv/…` facts as well; here are the forms that people know them by.
//!
//! Must not do: say whether a version or a PSID is right.

use crate::catalog::{Catalog, Register};
use crate::model::command::Opcode;
use crate::model::fact::Value;
use crate::model::request::register as id;
use crate::model::status::CollectionStatus;

use super::source::{Facts, Scribe, Silence, Source, hex, keep, known_or, number_value, text_value};
use super::{bits, nv, register};

/// Bit offset and width.
type Place = (u32, u32);

/// The NV item with base MAC and base GUID (`nv_base_mac_guid`), and the GUID's place in its data.
const BASE_ADDRESSES: u32 = 0x0000_0002;
const BASE_GUID: Place = (64, 64);
/// Bits of the MNVDA header.
const NV_DATA_AT: u32 = 96;

/// Places in MGIR: the version in 32-bit fields and in the older 8-bit ones, PSID, release date, base MAC.
const MGIR_VERSION: Place = (544, 96);
const MGIR_SHORT_VERSION: Place = (264, 24);
const MGIR_PSID: Place = (384, 128);
const MGIR_DATE: Place = (320, 32);
const MGIR_MAC: Place = (144, 48);

/// PSID in the data of QUERY_ADAPTER's output (`query_adapter_out_bits`: 16 bytes from byte 256 of the output).
const ADAPTER_PSID: Place = ((256 - 16) * 8, 128);

/// MCQI's `info_type` of versions.
const INFO_VERSION: u64 = 1;

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
        facts: &mut Facts,
    ) {
        let mut push = |name: &str, source: Source<'_>, place: Place, value: Result<Value, Silence>| {
            let evidence = source.evidence_of(place.0, place.1);
            facts.push(scribe.fact(format!("fw/{name}"), known_or(value), evidence));
        };
        if let (Some(mgir), Some((_, source))) = (catalog.register(id::MGIR), registers.of(id::MGIR).next()) {
            let field = |path: &str| register::number_of(mgir, path, source).map(|(number, _)| number);
            let (place, value) = version(field);
            push("version", source, place, value);
            push("psid", source, MGIR_PSID, source.data().and_then(|data| psid(source, data, MGIR_PSID)));
            push("date", source, MGIR_DATE, date(field));
            push(
                "base_mac",
                source,
                MGIR_MAC,
                source.data().and_then(|data| address(source, data, MGIR_MAC)),
            );
        }
        if let Some((source, data)) = nv.data_in_force(BASE_ADDRESSES) {
            let (offset, width) = BASE_GUID;
            let place = (NV_DATA_AT.saturating_add(offset), width);
            push("base_guid", source, place, data.and_then(|data| address(source, data, BASE_GUID)));
        }
        if let Some(source) = self.adapter {
            let value = source.data().and_then(|data| psid(source, data, ADAPTER_PSID));
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

/// `22.41.1000`, as devlink prints it, and its place. Old firmware fills only the 8-bit fields (PRM MGIR).
fn version(field: impl Fn(&str) -> Result<u64, Silence>) -> (Place, Result<Value, Silence>) {
    let read = |prefix: &str| -> Result<[u64; 3], Silence> {
        Ok([
            field(&format!("fw_info.{prefix}major"))?,
            field(&format!("fw_info.{prefix}minor"))?,
            field(&format!("fw_info.{prefix}sub_minor"))?,
        ])
    };
    let (place, parts) = match read("extended_") {
        Ok([0, 0, 0]) => (MGIR_SHORT_VERSION, read("")),
        other => (MGIR_VERSION, other),
    };
    let value = parts.and_then(|parts| match parts {
        [0, 0, 0] => Err(Silence::absent("the device gives no version")),
        [major, minor, sub_minor] => Ok(Value::Text { text: format!("{major}.{minor}.{sub_minor:04}") }),
    });
    (place, value)
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

fn psid(source: Source<'_>, data: &[u8], (offset, width): Place) -> Result<Value, Silence> {
    let value = text_value(bits::bytes(data, offset, width).ok_or_else(|| source.beyond())?);
    let is_empty = matches!(&value, Value::Text { text } if text.is_empty());
    if is_empty { Err(Silence::absent("the device gives no PSID")) } else { Ok(value) }
}

/// A MAC or GUID as text: its hex digits, as mstflint prints them.
fn address(source: Source<'_>, data: &[u8], (offset, width): Place) -> Result<Value, Silence> {
    let bytes = bits::bytes(data, offset, width).ok_or_else(|| source.beyond())?;
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
