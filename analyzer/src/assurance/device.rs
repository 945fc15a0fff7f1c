//! What a device shows of itself: development or debug firmware (MGIR), debug tokens (MDSR, MCQS), other owners.
//!
//! Must not do: take a sign that was not read for a clear one. A register that the device does not have shows none.

use mlx5_schemas::model::fact::{Evidence, Fact, Subject, Value};
use mlx5_schemas::model::manifest::{Device, TransportKind};
use mlx5_schemas::model::verdict::{Cap, CapReason};

use crate::case::{Case, Reading, reading};

/// Flags of MGIR (PRM) that firmware sets which is no release for production, with their words.
const DEVELOPMENT_FLAGS: [(&str, &str); 4] = [
    ("reg/MGIR.fw_info.dev", "development firmware"),
    ("reg/MGIR.fw_info.dev_sc", "development firmware (dev_sc)"),
    ("reg/MGIR.fw_info.debug", "debug firmware"),
    ("reg/MGIR.hw_info.development", "development hardware"),
];
/// Where MGIR names the branch that firmware was built from; releases leave it empty.
const BRANCH_TAG: &str = "reg/MGIR.dev_info.dev_branch_tag";
/// `MDSR.status`: a session is active (PRM).
const SESSION_ACTIVE: u64 = 2;
/// `MCQS.component_status`: there is no such component on the device (PRM).
const NOT_PRESENT: u64 = 0;
/// PCI device ids of BlueField functions (`mlx5/core/main.c`, `mlx5_core_pci_table`).
const BLUEFIELD: [&str; 5] = ["0xa2d2", "0xa2d3", "0xa2d6", "0xa2dc", "0xa2df"];

/// The caps of one device.
pub(super) fn caps(case: &Case, device: &Device) -> Vec<Cap> {
    let subject = Subject::Device { device: device.id.clone() };
    let mut signs = Signs { case, unread: Vec::new(), caps: Vec::new(), subject };
    signs.development_firmware();
    signs.debug_tokens();
    signs.installed_tokens();
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
        let tag = self.case.facts.plain(&self.subject, BRANCH_TAG);
        if let Some((fact, value)) = tag.and_then(|fact| Some((fact, fact.value()?)))
            && !matches!(value, Value::Text { text } if text.is_empty())
        {
            words.push("firmware of a development branch");
            evidence.extend(fact.evidence.iter().cloned());
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

    /// Tokens among the components of the firmware (MCQS). Only a token that is there is a sign: that MCQS was not read
    /// leaves MDSR to tell.
    fn installed_tokens(&mut self) {
        let (case, subject) = (self.case, self.subject.clone());
        for identifier in case.facts.below(&subject, "fw/components[") {
            let Some(component) = identifier.path.strip_suffix(".identifier") else { continue };
            let Some(Value::Number { name: Some(name), .. }) = identifier.value() else { continue };
            let status = case.facts.plain(&subject, &format!("{component}.status"));
            let Some((status, Some(Value::Number { number, .. }))) = status.map(|fact| (fact, fact.value()))
            else {
                continue;
            };
            if name.ends_with("_TOKEN") && *number != NOT_PRESENT {
                let message = format!("a token is on the device: {name} ({component})");
                let evidence = [&identifier.evidence[..], &status.evidence[..]].concat();
                self.caps.push(self.cap(CapReason::DebugToken, message, evidence));
            }
        }
    }

    fn other_owners(&mut self, device: &Device) {
        let reads_others = self.case.facts.plain(&self.subject, "nv/access.other_host");
        let (message, evidence) = match reads_others.and_then(Fact::value) {
            Some(Value::Number { number: 1, .. }) => (
                "this is the processor of a BlueField, and its hosts reach the card too",
                reads_others.map(|fact| fact.evidence.clone()).unwrap_or_default(),
            ),
            Some(Value::Number { .. } | Value::Text { .. } | Value::Bytes { .. }) | None => {
                if !device.pci.get("device").is_some_and(|id| BLUEFIELD.contains(&id.as_str())) {
                    return;
                }
                let words =
                    "a BlueField: its own processor and management controller reach the card past this host";
                (words, vec![self.case.opened.manifest_evidence()])
            }
        };
        self.caps.push(self.cap(CapReason::SharedOwner, message.to_owned(), evidence));
    }
}
