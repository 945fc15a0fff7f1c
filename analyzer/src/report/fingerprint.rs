//! What a finding is called in systems that follow it from run to run.
//!
//! It depends on rule, subject and path (the finding's id) and on the device; not on the value, the bundle's name or the
//! time. Findings of one report that would have the same name are numbered, so that none takes another's place.
//!
//! Must not do: depend on anything that another run over the same card would see differently.

use std::collections::BTreeMap;

use mlx5_schemas::model::report::{BundleReview, DeviceReview, Finding};
use sha2::{Digest, Sha256};

use super::Saying;

/// Gives out fingerprints. Every format asks for those of all findings in the order of the report, also of those that it
/// leaves out: so they are the same in each.
#[derive(Debug, Default)]
pub(super) struct Fingerprints {
    given: BTreeMap<String, u32>,
}

impl Fingerprints {
    /// Of a finding.
    pub(super) fn of(&mut self, review: &BundleReview, finding: &Finding) -> String {
        let device = match finding.subject.device() {
            Some(id) => review.devices.iter().find(|device| device.id == id),
            None => review.devices.iter().find(|device| device.key.is_some()),
        };
        self.give(digest(&[&finding.id, key(device)]))
    }

    /// Of a word.
    pub(super) fn of_saying(&mut self, saying: &Saying<'_>) -> String {
        let mut devices = saying.review.devices.iter();
        let device = saying.device.or_else(|| devices.find(|device| device.key.is_some()));
        self.give(digest(&[super::WORD_RULE, saying.subject(), key(device)]))
    }

    /// Of trouble with the run: its own words tell it apart.
    pub(super) fn of_trouble(&mut self, trouble: &str) -> String {
        self.give(digest(&["trouble", trouble]))
    }

    fn give(&mut self, name: String) -> String {
        let count = self.given.entry(name.clone()).or_default();
        *count = count.saturating_add(1);
        if *count > 1 { format!("{name}-{count}") } else { name }
    }
}

fn key(device: Option<&DeviceReview>) -> &str {
    device.and_then(|device| device.key.as_deref()).unwrap_or_default()
}

/// The first 16 bytes of the SHA-256 over the parts, in hex.
pub(super) fn digest(parts: &[&str]) -> String {
    let digest = Sha256::digest(parts.join("\0").as_bytes());
    digest.iter().take(16).map(|byte| format!("{byte:02x}")).collect()
}
