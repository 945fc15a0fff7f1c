//! What bounds how much evidence can carry.
//!
//! Must not do: find caps; the analyzer does.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Assurance;
use crate::model::fact::{Evidence, Subject};

/// The name of a reason that caps assurance.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum CapReason {
    /// The evidence comes from a simulated card.
    Simulated,
    /// The evidence is a recording, given again.
    Replay,
    /// The evidence comes from files below another root.
    AlternateRoot,
    /// The evidence is text of another program that somebody handed over.
    Imported,
    /// The vendor's tools printed it, which read the device through PCI configuration space.
    VendorTool,
    /// Only the kernel tells of the device: its firmware was not asked.
    KernelView,
    /// The kernel's taint bit 19 (letter J) is set: a program asked fwctl for write access.
    FwctlTaint,
    /// Whether bit 19 is set is not known.
    TaintUnknown,
    /// The device runs firmware that calls itself development or debug firmware.
    DevelopmentFirmware,
    /// A debug token session is active on the device.
    DebugToken,
    /// The device runs in safe mode.
    SafeMode,
    /// The device runs a test, or injects errors.
    TestMode,
    /// Whether the device shows such signs is not known.
    DeviceSignsUnknown,
    /// Others reach the device past this host: the processor of a BlueField, its management controller, other hosts.
    SharedOwner,
    /// A driver on the way is not the kernel's own.
    OutOfTreeDriver,
    /// Whether the drivers on the way are the kernel's own is not known.
    DriverUnknown,
    /// The kernel is not locked down.
    NoLockdown,
    /// Whether the kernel is locked down is not known.
    LockdownUnknown,
}

impl CapReason {
    /// All reasons, in the order of the levels at which they cap.
    pub const ALL: &[Self] = &[
        Self::Simulated,
        Self::Replay,
        Self::AlternateRoot,
        Self::Imported,
        Self::VendorTool,
        Self::KernelView,
        Self::FwctlTaint,
        Self::TaintUnknown,
        Self::DevelopmentFirmware,
        Self::DebugToken,
        Self::SafeMode,
        Self::TestMode,
        Self::DeviceSignsUnknown,
        Self::SharedOwner,
        Self::OutOfTreeDriver,
        Self::DriverUnknown,
        Self::NoLockdown,
        Self::LockdownUnknown,
    ];

    /// The word used in files and on screens.
    pub fn word(self) -> &'static str {
        match self {
            Self::Simulated => "simulated",
            Self::Replay => "replay",
            Self::AlternateRoot => "alternate-root",
            Self::Imported => "imported",
            Self::VendorTool => "vendor-tool",
            Self::KernelView => "kernel-view",
            Self::FwctlTaint => "fwctl-taint",
            Self::TaintUnknown => "taint-unknown",
            Self::DevelopmentFirmware => "development-firmware",
            Self::DebugToken => "debug-token",
            Self::SafeMode => "safe-mode",
            Self::TestMode => "test-mode",
            Self::DeviceSignsUnknown => "device-signs-unknown",
            Self::SharedOwner => "shared-owner",
            Self::OutOfTreeDriver => "out-of-tree-driver",
            Self::DriverUnknown => "driver-unknown",
            Self::NoLockdown => "no-lockdown",
            Self::LockdownUnknown => "lockdown-unknown",
        }
    }

    /// In a few plain words, that continue "because".
    pub fn words(self) -> &'static str {
        match self {
            Self::Simulated => "the cards are simulated",
            Self::Replay => "a recording is given again",
            Self::AlternateRoot => "the files are of another root",
            Self::Imported => "it is text of another program",
            Self::VendorTool => "the vendor's tools read it",
            Self::KernelView => "only the kernel tells of the device",
            Self::FwctlTaint => "a tool asked for write access (taint J)",
            Self::TaintUnknown => "whether taint J is set is not known",
            Self::DevelopmentFirmware => "the firmware is a development one",
            Self::DebugToken => "a debug token is in use",
            Self::SafeMode => "the device is in safe mode",
            Self::TestMode => "a test runs on the device",
            Self::DeviceSignsUnknown => "the device's own signs were not read",
            Self::SharedOwner => "others reach the card past this host",
            Self::OutOfTreeDriver => "a driver on the way is not the kernel's own",
            Self::DriverUnknown => "whose the drivers are is not known",
            Self::NoLockdown => "the kernel is not locked down",
            Self::LockdownUnknown => "lockdown is not known",
        }
    }

    /// The highest level that evidence under this cap can have. What is not known caps as its bad case does.
    pub fn level(self) -> Assurance {
        match self {
            Self::Simulated | Self::Replay | Self::AlternateRoot | Self::Imported => Assurance::Claimed,
            Self::VendorTool | Self::KernelView => Assurance::Reported,
            Self::FwctlTaint
            | Self::TaintUnknown
            | Self::DevelopmentFirmware
            | Self::DebugToken
            | Self::SafeMode
            | Self::TestMode
            | Self::DeviceSignsUnknown => Assurance::Tainted,
            Self::SharedOwner
            | Self::OutOfTreeDriver
            | Self::DriverUnknown
            | Self::NoLockdown
            | Self::LockdownUnknown => Assurance::Read,
        }
    }
}

/// One reason why evidence can carry no more than it does.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Cap {
    /// The level it caps at.
    pub level: Assurance,
    /// Its name.
    pub reason: CapReason,
    /// Whose evidence it caps: the host's cap holds for every device of the host.
    pub subject: Subject,
    /// In words.
    pub message: String,
    /// The bytes that show it, or the manifest.
    pub evidence: Vec<Evidence>,
}

impl Cap {
    /// On one line of a screen: `no-lockdown: the kernel is not locked down (at most read)`.
    pub fn line(&self) -> String {
        format!("{}: {} (at most {})", self.reason.word(), self.reason.words(), self.level)
    }
}
