//! What a device shows of itself: the signs of `taint/…` that cap assurance, and other owners.
//!
//! Must not do: take a sign that was not read for a clear one. A register that the device does not have shows none.

use mlx5_schemas::decode::taint;
use mlx5_schemas::model::fact::{Evidence, Subject, Value};
use mlx5_schemas::model::manifest::{Device, TransportKind};
use mlx5_schemas::model::verdict::{Cap, CapReason};

use crate::case::{Case, Owners, Reading, reading};

/// The signs that cap, with the cap's name.
const CAPPING: [(&str, CapReason); 5] = [
    ("taint/development_firmware", CapReason::DevelopmentFirmware),
    ("taint/debug_token", CapReason::DebugToken),
    ("taint/safe_mode", CapReason::SafeMode),
    ("taint/test_mode", CapReason::TestMode),
    ("taint/injection", CapReason::TestMode),
];
/// Every card has MGIR: whatever keeps this sign from being read is a gap.
const NEVER_ABSENT: &str = "taint/development_firmware";

/// The caps of one device.
pub(super) fn caps(case: &Case, device: &Device) -> Vec<Cap> {
    let subject = Subject::Device { device: device.id.clone() };
    let mut signs = Signs { case, unread: Vec::new(), caps: Vec::new(), subject };
    for (path, reason) in CAPPING {
        signs.cap_by(path, reason);
    }
    signs.other_owners(device);
    if !signs.unread.is_empty() {
        let mut evidence: Vec<Evidence> = signs.unread.iter().flat_map(|(_, e)| e.clone()).collect();
        evidence.dedup();
        if evidence.is_empty() {
            evidence.push(case.opened.manifest_evidence());
        }
        let mut names: Vec<&str> = signs.unread.iter().map(|(name, _)| name.as_str()).collect();
        names.dedup();
        let message = format!("the device's own signs were not read: {}", names.join(", "));
        signs.caps.push(signs.cap(CapReason::DeviceSignsUnknown, message, evidence));
    }
    signs.caps
}

/// What follows from the way in which the device was reached.
pub(super) fn route_cap(case: &Case, device: &Device) -> Option<Cap> {
    let (reason, message) = match device.transport {
        TransportKind::VendorTool => (
            CapReason::VendorTool,
            "the vendor's tools printed it; they read the device through PCI configuration space",
        ),
        TransportKind::Kernel => {
            (CapReason::KernelView, "only the kernel tells of the device: its firmware was not asked")
        }
        TransportKind::Mlx5ctl => (
            CapReason::OutOfTreeDriver,
            "asked over mlx5ctl, an out-of-tree driver that passes every command: there is no taint J on that way, so that a \
             clear one says nothing of it",
        ),
        TransportKind::Fwctl | TransportKind::Simulated | TransportKind::Imported => return None,
    };
    Some(Cap {
        level: reason.level(),
        reason,
        subject: Subject::Device { device: device.id.clone() },
        message: message.to_owned(),
        evidence: vec![case.opened.manifest_evidence()],
    })
}

struct Signs<'a> {
    case: &'a Case,
    subject: Subject,
    /// Signs that were not read, and what shows that.
    unread: Vec<(String, Vec<Evidence>)>,
    caps: Vec<Cap>,
}

impl Signs<'_> {
    fn cap(&self, reason: CapReason, message: String, evidence: Vec<Evidence>) -> Cap {
        Cap { level: reason.level(), reason, subject: self.subject.clone(), message, evidence }
    }

    /// Caps by one sign, of the device and of its ports.
    fn cap_by(&mut self, path: &str, reason: CapReason) {
        let Subject::Device { device } = self.subject.clone() else { return };
        let case = self.case;
        let name = path.strip_prefix("taint/").unwrap_or(path).replace('_', " ");
        let mut facts = case.facts.of_device(&device).filter(|fact| fact.path == path).peekable();
        if facts.peek().is_none() {
            self.unread.push((name.clone(), Vec::new()));
        }
        for fact in facts {
            match reading(&case.opened, Some(fact)) {
                Reading::Value(Value::Number { number: 0, .. }) => {}
                Reading::Value(_) => {
                    let words = taint::sentence(fact).unwrap_or_else(|| name.clone());
                    let message = match &fact.subject {
                        Subject::Port { port, .. } => format!("port {port}: {words}"),
                        Subject::Host | Subject::Device { .. } | Subject::Module { .. } => words,
                    };
                    self.caps.push(self.cap(reason, message, fact.evidence.clone()));
                }
                // A device that has no such register cannot show the sign.
                Reading::Absent(_) | Reading::NeverSet if path != NEVER_ABSENT => {}
                Reading::NeverSet
                | Reading::Absent(_)
                | Reading::Secret
                | Reading::Gap(..)
                | Reading::NotOffered => self.unread.push((name.clone(), fact.evidence.clone())),
            }
        }
    }

    fn other_owners(&mut self, device: &Device) {
        let owners = Owners::of(self.case, device);
        if !owners.are_others() {
            return;
        }
        let evidence = match owners.evidence.is_empty() {
            true => vec![self.case.opened.manifest_evidence()],
            false => owners.evidence.clone(),
        };
        self.caps.push(self.cap(CapReason::SharedOwner, owners.words(), evidence));
    }
}
