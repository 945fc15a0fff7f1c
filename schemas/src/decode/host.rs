//! Decodes the host's captures into facts: taint, boot, kernel, trust of modules, kernel log, and what the kernel tells of
//! PCI functions (sysfs, ethtool, devlink).
//!
//! Total: any captures give facts. A capture that failed gives an unknown fact with its reason, never a default.
//!
//! Must not do: judge (that bit 19 is set says nothing here), or guess at what was not captured.

pub mod devlink;
pub mod ethtool;
pub mod kernel_log;
mod member;
pub mod netlink;
mod sysfs;
mod taint;

pub use member::{MAX_CAPTURES, MemberError, encode, read};
pub use taint::LETTERS;

use crate::model::fact::{Evidence, Fact, Knowledge, Route, Subject, Value};
use crate::model::host::{HostCapture, HostCaptures};
use crate::model::status::CollectionStatus;

/// All facts that the captures show, in the order of the captures. `member` is the member's name; evidence points into
/// the bytes that [`encode`] writes.
pub fn host_facts(route: Route, member: &str, captures: &HostCaptures) -> Vec<Fact> {
    let mut facts = Vec::new();
    for (capture, place) in member::places(captures) {
        let evidence =
            Evidence { member: member.to_owned(), offset: place.start, length: place.length, field: None };
        let mut items = Items { capture, items: Vec::new() };
        decode(&mut items);
        facts.extend(items.items.into_iter().map(|item| Fact {
            subject: item.subject,
            path: item.path,
            aliases: Vec::new(),
            view: None,
            knowledge: item.knowledge,
            route,
            evidence: vec![evidence.clone()],
        }));
    }
    facts
}

/// One fact without where it comes from.
struct Item {
    subject: Subject,
    path: String,
    knowledge: Knowledge,
}

/// A capture and the facts that it gave so far.
struct Items<'a> {
    capture: &'a HostCapture,
    items: Vec<Item>,
}

impl Items<'_> {
    fn push(&mut self, subject: Subject, path: impl Into<String>, value: Result<Value, String>) {
        let knowledge = match value {
            Ok(value) => Knowledge::Known { value },
            Err(reason) => Knowledge::Unknown { status: CollectionStatus::Error, reason },
        };
        self.items.push(Item { subject, path: path.into(), knowledge });
    }

    fn unknown(
        &mut self,
        subject: Subject,
        path: impl Into<String>,
        status: CollectionStatus,
        reason: String,
    ) {
        self.items.push(Item {
            subject,
            path: path.into(),
            knowledge: Knowledge::Unknown { status, reason },
        });
    }

    /// A fact of the capture's text, or why there is none.
    fn text(
        &mut self,
        subject: Subject,
        path: impl Into<String>,
        decode: impl FnOnce(&str) -> Result<Value, String>,
    ) {
        match text_of(self.capture) {
            Ok(text) => {
                let value = decode(text);
                self.push(subject, path, value);
            }
            Err((status, reason)) => self.unknown(subject, path, status, reason),
        }
    }

    fn host(&mut self, path: impl Into<String>, decode: impl FnOnce(&str) -> Result<Value, String>) {
        self.text(Subject::Host, path, decode);
    }
}

/// The text that was captured, or status and reason of its absence.
fn text_of(capture: &HostCapture) -> Result<&str, (CollectionStatus, String)> {
    match (capture.status, &capture.text) {
        (CollectionStatus::Captured, Some(text)) => Ok(text),
        (CollectionStatus::Captured, None) => Err((
            CollectionStatus::Error,
            "the capture holds no text, though it says that it was captured".to_owned(),
        )),
        (status, _) => Err((status, reason_of(capture))),
    }
}

/// The bytes that were captured, or status and reason of their absence.
fn base16_of(capture: &HostCapture) -> Result<Vec<u8>, (CollectionStatus, String)> {
    match (capture.status, &capture.base16) {
        (CollectionStatus::Captured, Some(hex)) => {
            from_base16(hex).ok_or_else(|| (CollectionStatus::Error, format!("not hex: {}", quote(hex))))
        }
        (CollectionStatus::Captured, None) => {
            Err((CollectionStatus::Error, "the capture holds no bytes".to_owned()))
        }
        (status, _) => Err((status, reason_of(capture))),
    }
}

fn from_base16(hex: &str) -> Option<Vec<u8>> {
    let mut bytes = Vec::with_capacity(hex.len() / 2);
    for pair in hex.as_bytes().chunks(2) {
        let &[high, low] = pair else { return None };
        let digit = |byte: u8| char::from(byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
        bytes.push(digit(high)?.checked_mul(16)?.checked_add(digit(low)?)?);
    }
    Some(bytes)
}

fn reason_of(capture: &HostCapture) -> String {
    capture.reason.clone().unwrap_or_else(|| "the capture gives no reason".to_owned())
}

fn decode(items: &mut Items<'_>) {
    let name = items.capture.name.as_str();
    match name {
        "proc/sys/kernel/tainted" => taint::decode(items),
        "proc/sys/kernel/tainted@end" => items.host("host/taint_at_end", number),
        "proc/sys/kernel/random/boot_id" => items.host("host/boot_id", plain),
        // Two numbers: seconds since boot, and of all idle time.
        "proc/uptime" => {
            items.host("host/uptime_s", |text| number(text.split(['.', ' ']).next().unwrap_or_default()))
        }
        "proc/sys/kernel/osrelease" => items.host("host/kernel", plain),
        "proc/sys/kernel/arch" => items.host("host/architecture", plain),
        "proc/version" => items.host("host/kernel_version", plain),
        "proc/cmdline" => items.host("host/cmdline", plain),
        "etc/os-release" => {
            items.host("host/distribution", |text| os_release(text, "PRETTY_NAME"));
            items.host("host/distribution_id", |text| os_release(text, "ID"));
        }
        "sys/kernel/security/lockdown" => items.host("host/lockdown", lockdown),
        "sys/module/module/parameters/sig_enforce" => items.host("host/sig_enforce", yes_or_no),
        "debugfs-mounts" => items.host("host/debugfs_mounted", |text| Ok(flag(!text.trim().is_empty()))),
        "container-hints" => items.host("host/container_hints", plain),
        "kernel-log" => kernel_log::decode(items),
        "kernel-log-span" => items.host("host/kernel_log_from_boot", kernel_log::from_boot),
        _ if name.starts_with("sys/firmware/efi/efivars/SecureBoot-") => secure_boot(items),
        _ => by_folder(items, name),
    }
}

/// Captures whose name holds the name of a module or a PCI function.
fn by_folder(items: &mut Items<'_>, name: &str) {
    if let Some(module) = name.strip_prefix("sys/module/") {
        items.host(format!("host/module/{module}"), plain);
    } else if let Some((function, rest)) =
        name.strip_prefix("sys/bus/pci/devices/").and_then(|rest| rest.split_once('/'))
    {
        sysfs::decode(items, function, rest);
    } else if let Some((address, _interface)) =
        name.strip_prefix("ethtool-drvinfo@").and_then(|rest| rest.split_once('/'))
    {
        ethtool::decode(items, address);
    } else if let Some((kind, address)) = name.strip_prefix("devlink-").and_then(|rest| rest.split_once('@'))
    {
        devlink::decode(items, kind, address);
    } else {
        // Written by a newer collector: kept as text rather than dropped.
        items.host(format!("host/{name}"), plain);
    }
}

fn plain(text: &str) -> Result<Value, String> {
    Ok(Value::Text { text: text.trim().to_owned() })
}

fn number(text: &str) -> Result<Value, String> {
    let text = text.trim();
    match text.parse::<u64>() {
        Ok(number) => Ok(Value::Number { number, name: None }),
        Err(_) => Err(format!("not a number: {}", quote(text))),
    }
}

fn flag(set: bool) -> Value {
    Value::Number { number: u64::from(set), name: None }
}

fn yes_or_no(text: &str) -> Result<Value, String> {
    match text.trim() {
        "Y" | "1" => Ok(flag(true)),
        "N" | "0" => Ok(flag(false)),
        other => Err(format!("neither Y nor N: {}", quote(other))),
    }
}

/// The word in brackets: `none [integrity] confidentiality`.
fn lockdown(text: &str) -> Result<Value, String> {
    let word = text.split_once('[').and_then(|(_, rest)| rest.split_once(']')).map(|(word, _)| word);
    match word {
        Some(word @ ("none" | "integrity" | "confidentiality")) => Ok(Value::Text { text: word.to_owned() }),
        Some(_) | None => Err(format!("no known level is active: {}", quote(text))),
    }
}

/// One variable of os-release(5): `NAME="value"`, with or without quotes.
fn os_release(text: &str, name: &str) -> Result<Value, String> {
    let value = text.lines().find_map(|line| line.trim().strip_prefix(name)?.strip_prefix('='));
    let value = value.ok_or_else(|| format!("os-release has no {name}"))?.trim();
    let inner = |mark: char| value.strip_prefix(mark).and_then(|value| value.strip_suffix(mark));
    Ok(Value::Text { text: inner('"').or_else(|| inner('\'')).unwrap_or(value).to_owned() })
}

/// The EFI variable: four bytes of attributes, then one byte that is 1 when secure boot is on (UEFI 3.3).
fn secure_boot(items: &mut Items<'_>) {
    let capture = items.capture;
    const PATH: &str = "host/secure_boot";
    match (capture.status, capture.base16.as_deref().or(capture.text.as_deref())) {
        (CollectionStatus::Captured, Some(hex)) => {
            let value = match hex.get(8..) {
                Some("00") if hex.len() == 10 => Ok(flag(false)),
                Some("01") if hex.len() == 10 => Ok(flag(true)),
                Some(_) | None => Err(format!("not five bytes ending in 0 or 1: {}", quote(hex))),
            };
            items.push(Subject::Host, PATH, value);
        }
        (CollectionStatus::Captured, None) => {
            items.push(Subject::Host, PATH, Err("the capture holds no bytes".to_owned()));
        }
        (status, _) => items.unknown(Subject::Host, PATH, status, reason_of(capture)),
    }
}

/// At most 80 characters of text from outside, escaped.
fn quote(text: &str) -> String {
    let short: String = text.chars().take(80).collect();
    format!("{short:?}")
}

#[cfg(test)]
mod tests;
