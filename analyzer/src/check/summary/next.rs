//! What to do next, in one sentence: the step that the gravest thing asks for.
//!
//! Must not do: run anything, or name a step that would not help.

use mlx5_schemas::model::report::Finding;
use mlx5_schemas::model::verdict::{Assurance, Cap, CapReason, UnknownReason, Verdict, Word};

use super::seen::Seen;
use super::words::{NAME, SENTENCE, gravest, is_hidden_by_a_container, is_open, is_secret, name, quoted};
use crate::case::Side;
use crate::check::stand::{is_inside_later, is_outside_later};
use crate::check::voice::Asked;

impl Seen<'_> {
    /// The sentence; none where no step is known.
    pub(super) fn step(&self, asked: Asked) -> Option<String> {
        let step = match self.device.word {
            None if asked.has_baseline => return None,
            None => "check it against an envelope with --baseline FILE".to_owned(),
            Some(Word::Inside) => return Some("Nothing is to be done.".to_owned()),
            Some(Word::Outside) => self.against(),
            Some(Word::CannotBeVouchedFor) => self.held_back(asked.min_assurance)?,
        };
        Some(format!("Next: {step}."))
    }

    fn against(&self) -> String {
        let Some(finding) = gravest(&self.findings) else {
            return self.other();
        };
        let how = |finding: &Finding| {
            let remedy = finding.remedy.as_deref().filter(|_| !is_secret(finding));
            let remedy = remedy.and_then(|remedy| quoted(remedy, SENTENCE));
            remedy.map(|remedy| remedy.trim_end_matches('.').to_owned())
        };
        let step = how(finding).unwrap_or_else(|| match is_inside_later(finding) {
            true => "reset the device".to_owned(),
            false => {
                format!("set {} to what is expected, or have finding {} waived", name(finding), finding.id)
            }
        });
        // Whoever resets for the one would put the others outside.
        let others = self.findings.iter().filter(|other| other.id != finding.id);
        let mut waiting = others.filter(|other| is_outside_later(other));
        let first = waiting.next().map(|other| {
            let more = match waiting.count() {
                0 => String::new(),
                more => format!(" and {more} more"),
            };
            let how = how(other).map(|how| format!(" ({how})")).unwrap_or_default();
            format!("before any reset set {}{more} right{how}; then ", name(other))
        });
        format!("{}{step}; then collect and check again", first.unwrap_or_default())
    }

    fn held_back(&self, min: Assurance) -> Option<String> {
        let has = |wanted: UnknownReason| {
            let is = |verdict: Verdict| verdict == Verdict::Unknown { reason: wanted };
            self.findings.iter().any(|finding| is(finding.verdict) && is_open(finding))
        };
        let owners = &self.own.owners;
        let short = self.device.assurance < min;
        let bounded = || bounded(&self.caps, self.is_container).filter(|_| short);
        let step = if self.own.is_virtual {
            "ask for the hypervisor's bundle, in which its physical function is"
        } else if has(UnknownReason::Denied) && owners.side == Some(Side::Host) {
            "ask for a bundle from the BlueField's own processor, which may read what this host may not"
        } else if has(UnknownReason::Denied) && owners.may_refuse() {
            "ask the card's owner for a bundle"
        } else if has(UnknownReason::Denied) {
            "collect again as root: sudo mlx5-collector"
        } else if has(UnknownReason::Timeout) {
            let id = quoted(&self.device.id, NAME).map(|id| format!(" -d {id}")).unwrap_or_default();
            let before = bounded().map(|step| format!("{step}: ")).unwrap_or_default();
            return Some(format!(
                "{before}sudo mlx5-collector{id}; if the device is silent again, add the kernel log to the ticket"
            ));
        } else if has(UnknownReason::NextOnly) {
            "judge the next view alone in these rules, or accept with --allow-unvouched next-only"
        } else if short {
            bounded()?
        } else if let Some((weakest, _)) = self.weakest.filter(|(weakest, _)| *weakest < min) {
            return Some(format!("accept such evidence with --min-assurance {weakest}, or find better"));
        } else if self.findings.iter().any(|finding| is_open(finding)) {
            "see what was not judged, and collect it"
        } else if self.device.shares_with.is_some() {
            return Some(self.other());
        } else {
            return None;
        };
        Some(step.to_owned())
    }

    /// The function of whom it is told.
    fn other(&self) -> String {
        let other = self.device.shares_with.as_deref().and_then(|other| quoted(other, NAME));
        format!("see {}", other.unwrap_or_else(|| "the card's other function".to_owned()))
    }
}

/// What lifts the cap that bounds most.
fn bounded(caps: &[&Cap], is_container: bool) -> Option<&'static str> {
    let lowest = caps.iter().min_by_key(|cap| cap.level)?;
    if is_container && is_hidden_by_a_container(lowest.reason) {
        return Some("collect on the host itself, not in a container");
    }
    Some(match lowest.reason {
        CapReason::Simulated | CapReason::Replay | CapReason::AlternateRoot => "collect on the running host",
        CapReason::Imported | CapReason::VendorTool | CapReason::KernelView => {
            "collect from the firmware, over fwctl or mlx5ctl"
        }
        CapReason::FwctlTaint => {
            "reboot the host, which clears taint J, and collect before any other tool asks the card"
        }
        CapReason::TaintUnknown => "collect where the kernel's taint can be read",
        CapReason::DevelopmentFirmware => "install release firmware",
        CapReason::DebugToken => "end the debug token's session",
        CapReason::SafeMode | CapReason::TestMode => "bring the device back to its usual mode",
        CapReason::DeviceSignsUnknown => "collect again, with the registers",
        CapReason::SharedOwner => "ask the card's other owners",
        CapReason::OutOfTreeDriver | CapReason::DriverUnknown => "collect with the kernel's own drivers",
        CapReason::NoLockdown | CapReason::LockdownUnknown => "collect on a locked-down kernel",
    })
}
