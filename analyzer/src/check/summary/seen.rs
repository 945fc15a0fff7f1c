//! All that a device's paragraph follows from, in one place.
//!
//! Must not do: look at facts; what is known of them was looked up before.

use mlx5_schemas::model::report::{BundleReview, DeviceReview, Finding};
use mlx5_schemas::model::verdict::{Assurance, Cap, Verdict};

use super::words::weakest;
use crate::check::voice::{Known, KnownDevice};

/// A device of a review.
#[derive(Debug)]
pub(super) struct Seen<'a> {
    pub(super) device: &'a DeviceReview,
    /// What is told of it.
    pub(super) findings: Vec<&'a Finding>,
    /// The host's caps, and its own.
    pub(super) caps: Vec<&'a Cap>,
    /// The weakest evidence of values that lie within, where it is weaker than the device's.
    pub(super) weakest: Option<(Assurance, u64)>,
    pub(super) own: KnownDevice,
    pub(super) is_container: bool,
}

impl<'a> Seen<'a> {
    pub(super) fn of(review: &'a BundleReview, device: &'a DeviceReview, known: &Known) -> Self {
        let is_own = |finding: &&Finding| finding.subject.device() == Some(device.id.as_str());
        let findings: Vec<&Finding> = review.findings.iter().filter(is_own).collect();
        Self {
            device,
            weakest: weakest(device.assurance, &findings),
            findings,
            caps: review.host_caps.iter().chain(&device.caps).collect(),
            own: known.device(&device.id).cloned().unwrap_or_default(),
            is_container: known.is_container,
        }
    }

    /// Whether a changed setting waits for a reset.
    pub(super) fn settings_wait(&self) -> bool {
        self.own.settings_wait || self.findings.iter().any(|finding| finding.verdict == Verdict::Pending)
    }
}
