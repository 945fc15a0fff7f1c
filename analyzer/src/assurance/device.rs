//! What a device shows of itself: development or debug firmware (MGIR), active debug token sessions (MDSR).
//!
//! Must not do: take a sign that was not read for a clear one. A register that the device does not have shows none.

use mlx5_schemas::model::fact::{Evidence, Fact, Subject, Value};
use mlx5_schemas::model::manifest::Device;
use mlx5_schemas::model::verdict::{Cap, CapReason};

use crate::case::{Case, Reading, reading};

/// Flags of MGIR (PRM) that firmware sets which is no release for production, with their words.
const DEVELOPMENT_FLAGS: [(&str, &str); 4] = [
    ("reg/MGIR.fw_info.dev", "development firmware"),
    ("reg/MGIR.fw_info.dev_sc", "development firmware (dev_sc)"),
    ("reg/MGIR.fw_info.debug", "debug firmware"),
    ("reg/MGIR.hw_info.development", "development hardware"),
];
/// `MDSR.status`: a session is active (PRM).
const SESSION_ACTIVE: u64 = 2;

/// The caps of one device.
pub(super) fn caps(case: &Case, device: &Device) -> Vec<Cap> {
    let subject = Subject::Device { device: device.id.clone() };
    let mut signs = Signs { case, unread: Vec::new(), caps: Vec::new(), subject };
    signs.development_firmware();
    signs.debug_tokens();
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

struct Signs<'a> {
    case: &'a Case,
    subject: Subject,
    /// Registers that were not read, and what shows that.
    unread: Vec<(String, Vec<Evidence>)>,
    caps: Vec<Cap>,
}

impl Signs<'_> {
    fn cap(&self, reason: CapReason, message: String, evidence: Vec<Evidence>) -> Cap {
        Cap { level: reason.level(), reason, subject: self.subject.clone(), message, evidence }
    }

    fn development_firmware(&mut self) {
        let mut words = Vec::new();
        let mut evidence = Vec::new();
        for (path, word) in DEVELOPMENT_FLAGS {
            let fact = self.case.facts.plain(&self.subject, path);
            match reading(&self.case.opened, fact) {
                Reading::Value(Value::Number { number: 0, .. }) => {}
                Reading::Value(_) => {
                    words.push(word);
                    evidence.extend(fact.into_iter().flat_map(|fact| fact.evidence.clone()));
                }
                // Every card has MGIR: whatever keeps it from being read is a gap.
                Reading::NeverSet
                | Reading::Absent(_)
                | Reading::Secret
                | Reading::Gap(..)
                | Reading::NotOffered => {
                    let shown = fact.map(|fact| fact.evidence.clone()).unwrap_or_default();
                    self.unread.push(("MGIR".to_owned(), shown));
                }
            }
        }
        if !words.is_empty() {
            let message = format!("the device calls its firmware: {}", words.join(", "));
            self.caps.push(self.cap(CapReason::DevelopmentFirmware, message, evidence));
        }
    }

    fn debug_tokens(&mut self) {
        let statuses: Vec<&Fact> = self
            .case
            .facts
            .below(&self.subject, "reg/MDSR")
            .filter(|f| f.path.ends_with(".status"))
            .collect();
        if statuses.is_empty() {
            self.unread.push(("MDSR".to_owned(), Vec::new()));
        }
        for fact in statuses {
            match reading(&self.case.opened, Some(fact)) {
                Reading::Value(Value::Number { number: SESSION_ACTIVE, .. }) => {
                    let message = format!("a debug token session is active ({})", fact.path);
                    self.caps.push(self.cap(CapReason::DebugToken, message, fact.evidence.clone()));
                }
                Reading::Value(_) | Reading::Absent(_) | Reading::NeverSet => {}
                Reading::Secret | Reading::Gap(..) | Reading::NotOffered => {
                    self.unread.push(("MDSR".to_owned(), fact.evidence.clone()));
                }
            }
        }
    }
}
