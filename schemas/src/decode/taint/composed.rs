//! Signs that several fields show together: tokens among components, life cycle, what waits for a reset, what a host
//! may not do.
//!
//! Must not do: take one field for the sign (see [`super::fields`]).

use crate::model::exchange::SkipReason;
use crate::model::fact::{Evidence, Fact, Knowledge, Value};
use crate::model::status::CollectionStatus;

use super::super::source::{Scribe, Silence, known_or, number_value};
use super::evidence::{Index, Sum, Word, fact, not_asked, silence_word, word};

/// MDSR `status`: a session is active.
const SESSION_ACTIVE: u64 = 2;
/// MCQS `component_status`: present, in use.
const THERE: [u64; 2] = [1, 2];
/// MCQS `component_update_state`: a newer image waits for a reset.
const ACTIVE_PENDING_RESET: u64 = 4;
/// Component identifiers of tokens (MCQS; mstflint `fw_comps_mgr.h`).
const TOKENS: [u64; 8] = [0x6, 0x7, 0xe, 0xf, 0x10, 0x11, 0x1e, 0x20];
/// Hardware ids (MGIR `hw_dev_id`) whose life cycle counts as "FS4": up to ConnectX-7 and BlueField-3
/// (mstflint `tools_dev_types.c`).
const FS4: [u64; 10] = [0x209, 0x20b, 0x20d, 0x20f, 0x211, 0x212, 0x214, 0x216, 0x218, 0x21c];
/// The first hardware id with the newer codes: ConnectX-8.
const FIRST_FS5: u64 = 0x21e;

pub(super) fn signs(index: &Index<'_>, scribe: Scribe<'_>, anchor: &Evidence) -> Vec<Fact> {
    let sign = |path: &str, shown: fn(&Index<'_>, &mut Sum)| {
        let mut sum = Sum::default();
        shown(index, &mut sum);
        sum.sign(scribe.device_subject(), path, scribe, anchor)
    };
    vec![
        sign("debug_token", debug_token),
        life_cycle(index, scribe, anchor),
        sign("unsigned_firmware", unsigned_firmware),
        sign("pending_reset", pending_reset),
        sign("pending_firmware", pending_firmware),
        sign("pending_configuration", pending_configuration),
        sign("restricted_host", restricted_host),
        sign("efuse_version", efuse_version),
        roce_acceleration(index, scribe, anchor),
    ]
}

fn number(fact: &Fact) -> Option<u64> {
    match fact.value()? {
        Value::Number { number, .. } => Some(*number),
        Value::Text { .. } | Value::Bytes { .. } => None,
    }
}

fn is_number(values: &'static [u64]) -> impl Fn(&Value) -> bool {
    move |value| matches!(value, Value::Number { number, .. } if values.contains(number))
}

fn is_set(value: &Value) -> bool {
    matches!(value, Value::Number { number, .. } if *number != 0)
}

fn debug_token(index: &Index<'_>, sum: &mut Sum) {
    let statuses = index.register("MDSR").iter().filter(|leaf| leaf.path == "status");
    for leaf in statuses {
        sum.add("MDSR", word(leaf.fact, is_number(&[SESSION_ACTIVE])), &leaf.fact.evidence);
    }
    if sum.is_empty() {
        sum.add("MDSR", Word::Unread(not_asked()), &[]);
    }
    for component in index.components() {
        let of = |name: &str| component.iter().find(|(known, _)| *known == name).map(|(_, fact)| *fact);
        let (Some(identifier), Some(status)) = (of("identifier"), of("status")) else { continue };
        if !number(identifier).is_some_and(|number| TOKENS.contains(&number)) {
            continue;
        }
        let evidence = [&identifier.evidence[..], &status.evidence[..]].concat();
        sum.add("MCQS", word(status, is_number(&THERE)), &evidence);
    }
}

/// Number and name of the life cycle, and whether it demands signed firmware.
struct LifeCycle {
    number: u64,
    name: Option<&'static str>,
    is_secured: Option<bool>,
}

fn life_cycle_of(index: &Index<'_>) -> Result<(LifeCycle, Vec<Evidence>), (Silence, Vec<Evidence>)> {
    let mut values = Vec::new();
    let mut evidence = Vec::new();
    for path in ["fw_info.life_cycle_msb", "fw_info.life_cycle", "hw_info.hw_dev_id"] {
        let Some(fact) = index.field("MGIR", path) else { return Err((not_asked(), evidence)) };
        match (&fact.knowledge, number(fact)) {
            (_, Some(number)) => values.push(number),
            (Knowledge::Unknown { status, reason }, None) => {
                let silence = Silence { status: *status, reason: format!("MGIR: {reason}") };
                return Err((silence, fact.evidence.clone()));
            }
            (Knowledge::Known { .. }, None) => return Err((not_asked(), fact.evidence.clone())),
        }
        evidence.extend(fact.evidence.iter().cloned());
    }
    let [high, low, hardware] = values.as_slice() else { return Err((not_asked(), evidence)) };
    let number = high.saturating_mul(4).saturating_add(*low);
    // Codes above 3 are newer ones whatever the hardware says; below, only the hardware tells. Of the older codes newer
    // devices have those for which there is no newer one: MGIR translates these.
    let is_newer = *hardware >= FIRST_FS5;
    let is_told = is_newer || FS4.contains(hardware);
    let (name, is_secured) = match number {
        0 if is_newer => (Some("blank"), Some(false)),
        0 if is_told => (Some("production"), Some(false)),
        1 if is_told => (Some("GA secured"), Some(true)),
        2 if is_told => (Some("GA non-secured"), Some(false)),
        3 if is_told => (Some("RMA"), Some(false)),
        4 => (Some("pre-production"), Some(true)),
        6 => (Some("production"), Some(true)),
        7 => (Some("failure analysis"), Some(false)),
        _ => (None, None),
    };
    Ok((LifeCycle { number, name, is_secured }, evidence))
}

fn life_cycle(index: &Index<'_>, scribe: Scribe<'_>, anchor: &Evidence) -> Fact {
    let (value, mut evidence) = match life_cycle_of(index) {
        Ok((life_cycle, evidence)) => (Ok(number_value(life_cycle.number, life_cycle.name)), evidence),
        Err((silence, evidence)) => (Err(silence), evidence),
    };
    if evidence.is_empty() {
        evidence.push(anchor.clone());
    }
    fact(scribe.device_subject(), "life_cycle", known_or(value), evidence, scribe)
}

/// Firmware without a signature, or that does not check any, matters where the device's life cycle demands one.
fn unsigned_firmware(index: &Index<'_>, sum: &mut Sum) {
    match life_cycle_of(index) {
        Err((silence, evidence)) => {
            sum.add("MGIR", silence_word(silence.status, &silence.reason), &evidence);
        }
        Ok((LifeCycle { is_secured: Some(false), .. }, evidence)) => sum.add("MGIR", Word::Clear, &evidence),
        Ok((LifeCycle { is_secured: None, .. }, evidence)) => {
            let reason = "what this life cycle demands is not known".to_owned();
            sum.add("MGIR", Word::Unread(Silence { status: CollectionStatus::Error, reason }), &evidence);
        }
        Ok((LifeCycle { is_secured: Some(true), .. }, of_life_cycle)) => {
            for path in ["fw_info.secured", "fw_info.signed_fw"] {
                match index.field("MGIR", path) {
                    Some(fact) => {
                        let evidence = [&fact.evidence[..], &of_life_cycle[..]].concat();
                        sum.add("MGIR", word(fact, is_number(&[0])), &evidence);
                    }
                    None => sum.add("MGIR", Word::Unread(not_asked()), &[]),
                }
            }
        }
    }
}

fn pending_firmware(index: &Index<'_>, sum: &mut Sum) {
    let mut is_asked = false;
    for component in index.components() {
        for (_, fact) in component.iter().filter(|(name, _)| *name == "update_state") {
            is_asked = true;
            sum.add("MCQS", word(fact, is_number(&[ACTIVE_PENDING_RESET])), &fact.evidence);
        }
    }
    if !is_asked {
        sum.add("MCQS", Word::Unread(not_asked()), &[]);
    }
}

/// What is stored for the next start against what is in force, item by item, as bytes.
fn pending_configuration(index: &Index<'_>, sum: &mut Sum) {
    let mut is_asked = false;
    for (_, path, [default, current, next]) in index.nv().filter(|(_, path, _)| path.ends_with("/data")) {
        let Some(next) = next else { continue };
        let is_secret = matches!(&next.knowledge,
            Knowledge::Unknown { reason, .. } if reason == SkipReason::Secret.words());
        if is_secret {
            continue;
        }
        is_asked = true;
        let name = path.strip_suffix("/data").and_then(|path| path.strip_prefix("nv/")).unwrap_or(path);
        let Some(current) = current else {
            let reason = "the device does not show what is in force".to_owned();
            sum.add(name, Word::Absent(Silence { status: CollectionStatus::Absent, reason }), &next.evidence);
            continue;
        };
        let evidence = [&next.evidence[..], &current.evidence[..]].concat();
        match (in_force(next, default), in_force(current, default)) {
            (Ok(next), Ok(current)) if next == current => sum.add(name, Word::Clear, &evidence),
            (Ok(_), Ok(_)) => sum.add(name, Word::Set, &evidence),
            (Err((status, reason)), _) | (_, Err((status, reason))) => {
                sum.add(name, silence_word(status, reason), &evidence);
            }
        }
    }
    if !is_asked {
        sum.add("NV configuration", Word::Unread(not_asked()), &[]);
    }
}

/// The bytes in force in a view: the stored ones, or the factory's where the device says that none are stored.
fn in_force<'a>(
    fact: &'a Fact,
    default: Option<&'a Fact>,
) -> Result<Option<&'a Value>, (CollectionStatus, &'a str)> {
    match &fact.knowledge {
        Knowledge::Known { value } => Ok(Some(value)),
        Knowledge::Unknown { status: CollectionStatus::Absent, .. } => Ok(default.and_then(Fact::value)),
        Knowledge::Unknown { status, reason } => Err((*status, reason)),
    }
}

fn pending_reset(index: &Index<'_>, sum: &mut Sum) {
    for path in ["reset_state", "pci_rescan_required"] {
        match index.field("MFRL", path) {
            Some(fact) => sum.add("MFRL", word(fact, is_set), &fact.evidence),
            None => sum.add("MFRL", Word::Unread(not_asked()), &[]),
        }
    }
    pending_firmware(index, sum);
    pending_configuration(index, sum);
}

/// NV items with which an owner restricts this host; only BlueField devices have them (mstprivhost).
fn restricted_host(index: &Index<'_>, sum: &mut Sum) {
    const LIMITED: u64 = 1;
    const DISABLED: u64 = 2;
    let mut is_asked = false;
    for (_, path, views) in index.nv() {
        let restricts: fn(&Value) -> bool = if path == "nv/7:0x083.priv_level" {
            |value| matches!(value, Value::Number { number: LIMITED, .. })
        } else if ["nv/0:0x098.", "nv/0:0x0a3.", "nv/0:0x123."].iter().any(|item| path.starts_with(item)) {
            |value| matches!(value, Value::Number { number: DISABLED, .. })
        } else {
            continue;
        };
        // What is in force; where the device does not tell that, what it will start with.
        let [_, current, next] = views;
        if let Some(fact) = current.or(next) {
            is_asked = true;
            sum.add(path, word(fact, restricts), &fact.evidence);
        }
    }
    // An item that the device refused has no parameters in any view: MNVQC's word is all there is.
    if !is_asked && index.nv().next().is_some() {
        let reason = "the device has none of the items that restrict a host".to_owned();
        let silence = Silence { status: CollectionStatus::Absent, reason };
        sum.add("NV configuration", Word::Absent(silence), &[]);
    }
}

/// The image's security version against the fuses', index by index.
fn efuse_version(index: &Index<'_>, sum: &mut Sum) {
    for leaf in index.register("MFSV") {
        match leaf.path {
            "pending_efuse_prog" => sum.add("MFSV", word(leaf.fact, is_set), &leaf.fact.evidence),
            "img_sec_ver" => {
                let fuses = index
                    .register("MFSV")
                    .iter()
                    .find(|other| other.path == "efuses_sec_ver" && other.instance == leaf.instance);
                let Some(fuses) = fuses else { continue };
                let evidence = [&leaf.fact.evidence[..], &fuses.fact.evidence[..]].concat();
                let word = match number(leaf.fact) {
                    Some(version) => word(
                        fuses.fact,
                        |value| matches!(value, Value::Number { number, .. } if *number != version),
                    ),
                    // Not read: nothing to compare the fuses with.
                    None => word(leaf.fact, |_| false),
                };
                sum.add("MFSV", word, &evidence);
            }
            _ => {}
        }
    }
}

/// Which accelerations of RoCE are switched on. What is usual differs from firmware to firmware, so that this is no
/// flag but their names.
fn roce_acceleration(index: &Index<'_>, scribe: Scribe<'_>, anchor: &Evidence) -> Fact {
    let mut enabled = Vec::new();
    let mut evidence: Vec<Evidence> = Vec::new();
    let mut silence = None;
    let first = index.register("ROCE_ACCL").first().map(|leaf| leaf.instance);
    let switches = index
        .register("ROCE_ACCL")
        .iter()
        .filter(|leaf| leaf.path.ends_with("_en") && Some(leaf.instance) == first);
    for leaf in switches {
        match &leaf.fact.knowledge {
            Knowledge::Known { value } if is_set(value) => enabled.push(leaf.path),
            Knowledge::Known { .. } => {}
            Knowledge::Unknown { status, reason } => {
                silence = Some(Silence { status: *status, reason: format!("ROCE_ACCL: {reason}") });
            }
        }
        for item in &leaf.fact.evidence {
            if !evidence.contains(item) {
                evidence.push(item.clone());
            }
        }
    }
    let value = match silence {
        Some(silence) => Err(silence),
        None if evidence.is_empty() => Err(not_asked()),
        None if enabled.is_empty() => Ok(Value::Text { text: "none".to_owned() }),
        None => Ok(Value::Text { text: enabled.join(", ") }),
    };
    if evidence.is_empty() {
        evidence.push(anchor.clone());
    }
    fact(scribe.device_subject(), "override.roce_acceleration", known_or(value), evidence, scribe)
}
