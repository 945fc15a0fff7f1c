//! Whether a rule is about a device.
//!
//! Must not do: leave a device out because its identity was not read: that is unknown, not unselected.

use mlx5_schemas::model::baseline::Select;
use mlx5_schemas::model::fact::{Evidence, Fact};
use mlx5_schemas::model::manifest::Device;

use super::rule::Context;
use crate::case::{Firmware, Identity};
use crate::pattern::Pattern;

/// The outcome of a selection.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Selection {
    /// The rule is about the device.
    Selected,
    /// It is not; shown by this.
    NotSelected(Vec<Evidence>),
    /// The rule depends on what was not read.
    Unknown {
        /// What was not read, in words.
        missing: &'static str,
        /// What shows that.
        evidence: Vec<Evidence>,
    },
}

/// Applies a selection to a device.
pub(super) fn select(select: &Select, context: &Context<'_>, device: &Device) -> Selection {
    let manifest = || vec![context.case.opened.manifest_evidence()];
    let shown = |fact: Option<&Fact>| match fact {
        Some(fact) if !fact.evidence.is_empty() => fact.evidence.clone(),
        Some(_) | None => manifest(),
    };
    let identity = Identity::of(context.case, device);
    if !select.device.is_empty() {
        match device.pci.get("device") {
            None => return Selection::Unknown { missing: "the PCI device id", evidence: manifest() },
            Some(found) if !select.device.iter().any(|wanted| wanted.eq_ignore_ascii_case(found)) => {
                return Selection::NotSelected(manifest());
            }
            Some(_) => {}
        }
    }
    if !select.psid.is_empty() {
        let evidence = shown(identity.psid);
        match identity.psid_text() {
            None => return Selection::Unknown { missing: "the PSID", evidence },
            Some(psid) if !select.psid.iter().any(|text| Pattern::new(text).matches_whole(psid)) => {
                return Selection::NotSelected(evidence);
            }
            Some(_) => {}
        }
    }
    if let Some(range) = &select.firmware {
        let evidence = shown(identity.firmware);
        let Some(version) = identity.firmware_text().and_then(Firmware::parse) else {
            return Selection::Unknown { missing: "the firmware version", evidence };
        };
        // Bounds were validated when the baseline was read; one that does not parse leaves nothing in.
        let bound = |text: &Option<String>| text.as_deref().map(Firmware::parse);
        let above = bound(&range.from).is_none_or(|from| from.is_some_and(|from| version >= from));
        let below = bound(&range.to).is_none_or(|to| to.is_some_and(|to| version <= to));
        if !(above && below) {
            return Selection::NotSelected(evidence);
        }
    }
    Selection::Selected
}
