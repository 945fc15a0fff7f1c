//! Answers of devlink, as the kernel sent them: versions, parameters, eswitch mode, health reporters.
//!
//! Source: `include/uapi/linux/devlink.h`; what mlx5 fills in: `drivers/net/ethernet/mellanox/mlx5/core/devlink.c`. A
//! capture `devlink-KIND@ADDRESS` holds whole netlink messages in hex. Values are told in the words of devlink(8), so
//! that they compare with its text.
//!
//! Must not do: give serial numbers (they are blotted out before they are written), or believe an odd name.

use super::netlink::{Attribute, ByteOrder, attributes, body, messages};
use super::{Items, base16_of};
use crate::model::fact::{Subject, Value};

/// `enum devlink_attr`, as far as it is read.
pub mod attribute {
    /// Bus of a device: `pci`.
    pub const BUS_NAME: u16 = 1;
    /// Name of a device on its bus: the PCI address.
    pub const DEVICE_NAME: u16 = 2;
    /// Index of a port.
    pub const PORT_INDEX: u16 = 3;
    /// Mode of the eswitch.
    pub const ESWITCH_MODE: u16 = 25;
    /// How much of a header is copied into descriptors.
    pub const ESWITCH_INLINE_MODE: u16 = 26;
    /// Whether encapsulation is offloaded.
    pub const ESWITCH_ENCAP_MODE: u16 = 62;
    /// One parameter.
    pub const PARAM: u16 = 80;
    /// Its name.
    pub const PARAM_NAME: u16 = 81;
    /// Type of its values.
    pub const PARAM_TYPE: u16 = 83;
    /// List of its values.
    pub const PARAM_VALUES_LIST: u16 = 84;
    /// One value.
    pub const PARAM_VALUE: u16 = 85;
    /// The value itself; a flag is true where it is there.
    pub const PARAM_VALUE_DATA: u16 = 86;
    /// When it takes effect.
    pub const PARAM_VALUE_CMODE: u16 = 87;
    /// Name of the driver.
    pub const INFO_DRIVER_NAME: u16 = 98;
    /// Serial number of the device: identifying.
    pub const INFO_SERIAL_NUMBER: u16 = 99;
    /// A version that never changes.
    pub const INFO_VERSION_FIXED: u16 = 100;
    /// A version that runs.
    pub const INFO_VERSION_RUNNING: u16 = 101;
    /// A version in flash.
    pub const INFO_VERSION_STORED: u16 = 102;
    /// Name of a version.
    pub const INFO_VERSION_NAME: u16 = 103;
    /// The version.
    pub const INFO_VERSION_VALUE: u16 = 104;
    /// One health reporter.
    pub const HEALTH_REPORTER: u16 = 114;
    /// Its name.
    pub const HEALTH_REPORTER_NAME: u16 = 115;
    /// Its state.
    pub const HEALTH_REPORTER_STATE: u16 = 116;
    /// Errors so far.
    pub const HEALTH_REPORTER_ERRORS: u16 = 117;
    /// Recoveries so far.
    pub const HEALTH_REPORTER_RECOVERIES: u16 = 118;
    /// Shortest time between recoveries, in milliseconds.
    pub const HEALTH_REPORTER_GRACE: u16 = 120;
    /// Whether it recovers by itself.
    pub const HEALTH_REPORTER_AUTO_RECOVER: u16 = 121;
    /// Whether the last reload failed.
    pub const RELOAD_FAILED: u16 = 136;
    /// Whether it dumps by itself.
    pub const HEALTH_REPORTER_AUTO_DUMP: u16 = 141;
    /// Serial number of the board: identifying.
    pub const INFO_BOARD_SERIAL_NUMBER: u16 = 146;
    /// The default of a parameter's value.
    pub const PARAM_VALUE_DEFAULT: u16 = 182;
}

/// `enum devlink_var_attr_type`: a flag.
const TYPE_FLAG: u64 = 6;
/// `enum devlink_var_attr_type`: text.
const TYPE_STRING: u64 = 5;

/// Decodes the capture `devlink-KIND@ADDRESS`.
pub(super) fn decode(items: &mut Items<'_>, kind: &str, address: &str) {
    let subject = Subject::Device { device: address.to_owned() };
    let (read, paths): (Reader, &[&str]) = match kind {
        "info" => (info, &["info.running.fw.version", "info.stored.fw.version", "info.fixed.fw.psid"]),
        "device" => (device, &["reload_failed"]),
        "eswitch" => (eswitch, &["eswitch.mode"]),
        "param" => (param, &["param"]),
        "health" => (health, &["health"]),
        // Written by a newer collector: its bytes say nothing here.
        _ => return,
    };
    let bytes = match base16_of(items.capture) {
        Ok(bytes) => bytes,
        Err((status, reason)) => {
            for path in paths {
                items.unknown(subject.clone(), format!("devlink/{path}"), status, reason.clone());
            }
            return;
        }
    };
    let mut found = Found { facts: Vec::new() };
    let result = all(&bytes, read, &mut found);
    for (path, value) in found.facts {
        items.push(subject.clone(), format!("devlink/{path}"), value);
    }
    if let Err(reason) = result {
        for path in paths {
            items.push(subject.clone(), format!("devlink/{path}"), Err(reason.clone()));
        }
    }
}

type Reader = fn(&View<'_>, &mut Found) -> Result<(), String>;

struct Found {
    facts: Vec<(String, Result<Value, String>)>,
}

impl Found {
    fn push(&mut self, path: String, value: Result<Value, String>) {
        self.facts.push((path, value));
    }
}

fn all(bytes: &[u8], read: Reader, found: &mut Found) -> Result<(), String> {
    let (order, messages) = messages(bytes).map_err(|error| error.to_string())?;
    for message in &messages {
        let place = body(message).map_err(|error| error.to_string())?;
        let list = attributes(bytes, place, order).map_err(|error| error.to_string())?;
        read(&View { bytes, order, list }, found)?;
    }
    Ok(())
}

/// Attributes of one level.
struct View<'a> {
    bytes: &'a [u8],
    order: ByteOrder,
    list: Vec<Attribute>,
}

impl<'a> View<'a> {
    fn all(&self, kind: u16) -> impl Iterator<Item = &Attribute> {
        self.list.iter().filter(move |attribute| attribute.kind == kind)
    }

    fn payload(&self, kind: u16) -> Option<&'a [u8]> {
        self.bytes.get(self.all(kind).next()?.place.clone())
    }

    fn inside(&self, attribute: &Attribute) -> Result<View<'a>, String> {
        let list = attributes(self.bytes, attribute.place.clone(), self.order);
        Ok(View { bytes: self.bytes, order: self.order, list: list.map_err(|error| error.to_string())? })
    }

    fn number(&self, kind: u16) -> Option<u64> {
        self.order.number(self.payload(kind)?)
    }

    fn text(&self, kind: u16) -> Option<&'a str> {
        text(self.payload(kind)?)
    }
}

/// Text up to the zero that ends it.
fn text(payload: &[u8]) -> Option<&str> {
    let end = payload.iter().position(|&byte| byte == 0).unwrap_or(payload.len());
    std::str::from_utf8(payload.get(..end)?).ok()
}

/// A name that can be part of a path.
fn name<'a>(view: &View<'a>, kind: u16) -> Result<&'a str, String> {
    let name = view.text(kind).filter(|name| !name.is_empty() && name.len() <= 64);
    let is_plain = |name: &&str| name.bytes().all(|b| b.is_ascii_alphanumeric() || b"._-".contains(&b));
    name.filter(is_plain).ok_or_else(|| "an answer holds an odd name".to_owned())
}

fn words(text: &str) -> Value {
    Value::Text { text: text.to_owned() }
}

fn plain(number: u64) -> Value {
    Value::Number { number, name: None }
}

/// The word for a number, or the number where there is none.
fn word(number: u64, words_of: &[&str]) -> Value {
    usize::try_from(number).ok().and_then(|at| words_of.get(at)).map_or(plain(number), |word| words(word))
}

fn info(view: &View<'_>, found: &mut Found) -> Result<(), String> {
    if let Some(driver) = view.text(attribute::INFO_DRIVER_NAME) {
        found.push("info.driver".to_owned(), Ok(words(driver)));
    }
    for (kind, group) in [
        (attribute::INFO_VERSION_FIXED, "fixed"),
        (attribute::INFO_VERSION_RUNNING, "running"),
        (attribute::INFO_VERSION_STORED, "stored"),
    ] {
        for version in view.all(kind) {
            let version = view.inside(version)?;
            let name = name(&version, attribute::INFO_VERSION_NAME)?;
            let value = version.text(attribute::INFO_VERSION_VALUE);
            let value = value.map(words).ok_or_else(|| "the version is no text".to_owned());
            found.push(format!("info.{group}.{name}"), value);
        }
    }
    Ok(())
}

fn device(view: &View<'_>, found: &mut Found) -> Result<(), String> {
    if let Some(failed) = view.number(attribute::RELOAD_FAILED) {
        found.push("reload_failed".to_owned(), Ok(plain(failed)));
    }
    Ok(())
}

fn eswitch(view: &View<'_>, found: &mut Found) -> Result<(), String> {
    for (kind, path, names) in [
        (attribute::ESWITCH_MODE, "mode", &["legacy", "switchdev", "switchdev_inactive"][..]),
        (attribute::ESWITCH_INLINE_MODE, "inline-mode", &["none", "link", "network", "transport"][..]),
        (attribute::ESWITCH_ENCAP_MODE, "encap-mode", &["none", "basic"][..]),
    ] {
        if let Some(number) = view.number(kind) {
            found.push(format!("eswitch.{path}"), Ok(word(number, names)));
        }
    }
    Ok(())
}

fn param(view: &View<'_>, found: &mut Found) -> Result<(), String> {
    for param in view.all(attribute::PARAM) {
        let param = view.inside(param)?;
        let name = name(&param, attribute::PARAM_NAME)?;
        let kind = param.number(attribute::PARAM_TYPE);
        for list in param.all(attribute::PARAM_VALUES_LIST) {
            let list = param.inside(list)?;
            for value in list.all(attribute::PARAM_VALUE) {
                let value = list.inside(value)?;
                let mode = match value.number(attribute::PARAM_VALUE_CMODE) {
                    Some(0) => "runtime".to_owned(),
                    Some(1) => "driverinit".to_owned(),
                    Some(2) => "permanent".to_owned(),
                    Some(other) => format!("cmode{other}"),
                    None => return Err(format!("parameter {name} has a value without a configuration mode")),
                };
                let path = format!("param.{name}.{mode}");
                // A kernel that knows of defaults says so by a default; a flag's default false is not there.
                if let Some(default) = value.payload(attribute::PARAM_VALUE_DEFAULT) {
                    found.push(format!("{path}.default"), typed(kind, Some(default), view.order));
                }
                found.push(path, typed(kind, value.payload(attribute::PARAM_VALUE_DATA), view.order));
            }
        }
    }
    Ok(())
}

fn typed(kind: Option<u64>, payload: Option<&[u8]>, order: ByteOrder) -> Result<Value, String> {
    match (kind, payload) {
        (Some(TYPE_FLAG), payload) => Ok(words(if payload.is_some() { "true" } else { "false" })),
        (Some(TYPE_STRING), Some(payload)) => {
            text(payload).map(words).ok_or_else(|| "the value is no text".to_owned())
        }
        (Some(_), Some(payload)) => {
            let odd = || format!("the value has {} bytes", payload.len());
            order.number(payload).map(plain).ok_or_else(odd)
        }
        (_, _) => Err("the answer holds no value".to_owned()),
    }
}

fn health(view: &View<'_>, found: &mut Found) -> Result<(), String> {
    for reporter in view.all(attribute::HEALTH_REPORTER) {
        let reporter = view.inside(reporter)?;
        let name = name(&reporter, attribute::HEALTH_REPORTER_NAME)?;
        // Some reporters belong to a port, and each port has its own.
        let port = view.number(attribute::PORT_INDEX).map_or(String::new(), |port| format!(".port{port}"));
        if let Some(state) = reporter.number(attribute::HEALTH_REPORTER_STATE) {
            found.push(format!("health.{name}{port}.state"), Ok(word(state, &["healthy", "error"])));
        }
        for (kind, path) in [
            (attribute::HEALTH_REPORTER_ERRORS, "error"),
            (attribute::HEALTH_REPORTER_RECOVERIES, "recover"),
            (attribute::HEALTH_REPORTER_GRACE, "grace_period"),
        ] {
            if let Some(number) = reporter.number(kind) {
                found.push(format!("health.{name}{port}.{path}"), Ok(plain(number)));
            }
        }
        for (kind, path) in [
            (attribute::HEALTH_REPORTER_AUTO_RECOVER, "auto_recover"),
            (attribute::HEALTH_REPORTER_AUTO_DUMP, "auto_dump"),
        ] {
            if let Some(number) = reporter.number(kind) {
                found.push(format!("health.{name}{port}.{path}"), Ok(word(number, &["false", "true"])));
            }
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests;
