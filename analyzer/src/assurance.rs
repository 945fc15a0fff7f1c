//! Assurance: how much evidence can carry, and the named reasons that cap it.
//!
//! The route by which a value came sets the most it can carry; what the bundle says of its source, what the host
//! shows (taint, drivers, lockdown) and what the device shows of itself (development firmware, debug tokens) cap
//! that. What is not known caps as its bad case does. A cap is one finding of the host or the device, never one per
//! parameter, and it never changes a value verdict.
//!
//! Must not do: judge values, or look at signatures (those are a matter of policy, see [`crate::check`]).

mod device;
mod host;

use std::collections::BTreeMap;

use mlx5_schemas::model::fact::{Fact, Route, Subject};
use mlx5_schemas::model::manifest::{Model, Source};
use mlx5_schemas::model::verdict::{Assurance, Cap, CapReason};

use crate::case::{Case, Opened};

/// All caps of a case.
#[derive(Debug, Clone, Default)]
pub struct Caps {
    /// Of the bundle and the host: they hold for every device.
    host: Vec<Cap>,
    /// By device.
    devices: BTreeMap<String, Vec<Cap>>,
}

impl Caps {
    /// Finds them.
    pub fn of(case: &Case) -> Self {
        let mut host: Vec<Cap> = source_caps(&case.opened);
        // That a text is silent on a sign says nothing; that it shows one does.
        let counts = |cap: &Cap, is_told: bool| !is_told || is_shown(cap.reason);
        let devices = case.opened.devices();
        let all_told = case.opened.is_imported()
            || (!devices.is_empty() && devices.iter().all(|device| case.opened.is_told(&device.id)));
        host.extend(host::caps(case).into_iter().filter(|cap| counts(cap, all_told)));
        sort(&mut host);
        let devices = case
            .opened
            .devices()
            .iter()
            .map(|device| {
                let is_told = case.opened.is_told(&device.id);
                let mut caps = device::caps(case, device);
                caps.retain(|cap| counts(cap, is_told));
                caps.extend(device::route_cap(case, device));
                sort(&mut caps);
                (device.id.clone(), caps)
            })
            .collect();
        Self { host, devices }
    }

    /// The caps that hold for every device of the host.
    pub fn host(&self) -> &[Cap] {
        &self.host
    }

    /// The caps of one device alone.
    pub fn device(&self, device: &str) -> &[Cap] {
        self.devices.get(device).map(Vec::as_slice).unwrap_or_default()
    }

    /// How much a fact can carry.
    pub fn of_fact(&self, fact: &Fact) -> Assurance {
        weakest(&self.reasons(fact))
    }

    /// What bounds how much a fact can carry, the weakest first: caps, and the way by which it came.
    pub fn reasons(&self, fact: &Fact) -> Vec<CapReason> {
        let of_source = self.host.iter().map(|cap| cap.reason).filter(|reason| is_of_source(*reason));
        let mut reasons: Vec<CapReason> = match (fact.route, fact.subject.device()) {
            (Route::Fwctl | Route::Mlx5ctl, Some(device)) => {
                self.host.iter().chain(self.device(device)).map(|cap| cap.reason).collect()
            }
            // A device's fact cannot have come from firmware without a device.
            (Route::Fwctl | Route::Mlx5ctl, None) => of_source.chain([CapReason::KernelView]).collect(),
            (Route::VendorTool, _)
            | (Route::Kernel | Route::Simulated | Route::AlternateRoot | Route::Imported, _) => {
                of_source.collect()
            }
        };
        // The bundle's source says it more exactly (a replay comes by the way of simulated cards).
        let is_said = |reason: CapReason| is_of_source(reason) && !reasons.is_empty();
        reasons.extend(way(fact.route).filter(|reason| !is_said(*reason)));
        reasons.sort_by_key(|reason| (reason.level(), *reason));
        reasons.dedup();
        reasons
    }

    /// How much what came of a device by a route can carry.
    pub fn of_device(&self, device: &str, route: Route) -> Assurance {
        weakest(&self.reasons_of_device(device, route))
    }

    /// What bounds how much what came of a device by a route can carry.
    pub fn reasons_of_device(&self, device: &str, route: Route) -> Vec<CapReason> {
        let caps = self.host.iter().chain(self.device(device)).map(|cap| cap.reason);
        caps.chain(way(route)).collect()
    }
}

/// What evidence can carry that is bounded by these and nothing else.
pub fn weakest<'r>(reasons: impl IntoIterator<Item = &'r CapReason>) -> Assurance {
    reasons.into_iter().map(|reason| reason.level()).min().unwrap_or(Assurance::Strong)
}

/// By what a route itself bounds what comes by it.
fn way(route: Route) -> Option<CapReason> {
    match route {
        Route::Fwctl => None,
        Route::Mlx5ctl => Some(CapReason::OutOfTreeDriver),
        Route::VendorTool => Some(CapReason::VendorTool),
        Route::Kernel => Some(CapReason::KernelView),
        Route::Simulated => Some(CapReason::Simulated),
        Route::AlternateRoot => Some(CapReason::AlternateRoot),
        Route::Imported => Some(CapReason::Imported),
    }
}

fn is_of_source(reason: CapReason) -> bool {
    match reason {
        CapReason::Simulated | CapReason::Replay | CapReason::AlternateRoot | CapReason::Imported => true,
        CapReason::VendorTool
        | CapReason::KernelView
        | CapReason::FwctlTaint
        | CapReason::TaintUnknown
        | CapReason::DevelopmentFirmware
        | CapReason::DebugToken
        | CapReason::SafeMode
        | CapReason::TestMode
        | CapReason::DeviceSignsUnknown
        | CapReason::SharedOwner
        | CapReason::OutOfTreeDriver
        | CapReason::DriverUnknown
        | CapReason::NoLockdown
        | CapReason::LockdownUnknown => false,
    }
}

/// Whether a cap rests on something that was seen, and not on silence.
fn is_shown(reason: CapReason) -> bool {
    match reason {
        CapReason::Simulated
        | CapReason::Replay
        | CapReason::AlternateRoot
        | CapReason::Imported
        | CapReason::VendorTool
        | CapReason::KernelView
        | CapReason::FwctlTaint
        | CapReason::DevelopmentFirmware
        | CapReason::DebugToken
        | CapReason::SafeMode
        | CapReason::TestMode
        | CapReason::SharedOwner
        | CapReason::OutOfTreeDriver
        | CapReason::NoLockdown => true,
        CapReason::TaintUnknown
        | CapReason::DeviceSignsUnknown
        | CapReason::DriverUnknown
        | CapReason::LockdownUnknown => false,
    }
}

/// Anything but the running system is a claim, whatever its facts look like.
fn source_caps(opened: &Opened) -> Vec<Cap> {
    let reasons = match &opened.bundle.manifest.source {
        Source::Live => Vec::new(),
        Source::Simulated { models, .. } => {
            let (replayed, simulated): (Vec<&Model>, Vec<&Model>) =
                models.iter().partition(|model| model.replay.is_some());
            let mut reasons = Vec::new();
            if !simulated.is_empty() || replayed.is_empty() {
                let names: Vec<&str> = simulated.iter().map(|model| model.name.as_str()).collect();
                reasons
                    .push((CapReason::Simulated, format!("the cards are simulated ({})", names.join(", "))));
            }
            if !replayed.is_empty() {
                let names: Vec<String> = replayed.into_iter().map(recorded).collect();
                let message = format!("what a bundle recorded is given again ({})", names.join("; "));
                reasons.push((CapReason::Replay, message));
            }
            reasons
        }
        Source::AlternateRoot { root } => vec![(
            CapReason::AlternateRoot,
            format!("the evidence is files below {root}, not the running system"),
        )],
        Source::Imported { .. } => vec![(
            CapReason::Imported,
            "the evidence is text of another program, which anybody could have changed".to_owned(),
        )],
    };
    let cap = |(reason, message): (CapReason, String)| Cap {
        level: reason.level(),
        reason,
        subject: Subject::Host,
        message,
        evidence: vec![opened.manifest_evidence()],
    };
    reasons.into_iter().map(cap).collect()
}

/// What was recorded when, where a model is a bundle.
fn recorded(model: &Model) -> String {
    let words = model.words();
    match &model.replay {
        None => words,
        Some(replay) => {
            format!(
                "{words}: bundle {}, collected {}",
                replay.bundle,
                replay.created.format("%Y-%m-%d %H:%M UTC")
            )
        }
    }
}

/// The weakest first; what caps most is said first.
fn sort(caps: &mut [Cap]) {
    caps.sort_by_key(|cap| (cap.level, cap.reason));
}
