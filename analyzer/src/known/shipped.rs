//! The known issues within the program. Each file is one issue; a test sees to it that none of the folder is left out.
//!
//! Must not do: read files at run time.

use super::load::{KnownError, LoadedIssue, parse};

macro_rules! issues {
    ($($name:literal),* $(,)?) => {
        /// Names of the shipped files without their ending, and their texts.
        const TEXTS: &[(&str, &str)] = &[$(($name, include_str!(concat!("../../known/", $name, ".json")))),*];
        /// Names of the shipped issues, in order.
        pub const NAMES: &[&str] = &[$($name),*];
    };
}

issues!(
    "advanced-settings-after-reset",
    "bluefield-dpu-mode-host-config",
    "bluefield-mode-needs-power-cycle",
    "bluefield2-reboot-keeps-pending",
    "bluefield3-nic-mode-assert",
    "bluefield3-reset-loses-mode",
    "cx3-next-boot-column",
    "cx6-ib-one-plane",
    "cx6dx-reset-refused",
    "cx8-health-035e",
    "cx8-slot-bandwidth-note",
    "dell-cx6dx-lacks-parser",
    "dgx-warm-reboot-not-enough",
    "firmware-older-than-driver-wants",
    "forced-relaxed-ordering",
    "function-is-gone",
    "functions-share-settings",
    "kernel-5-1-rc-create-eq",
    "lockdown-blocks-mstflint",
    "many-vfs-cost-memory-space",
    "max-read-zero-refused",
    "maxcpus-no-interrupts",
    "more-vfs-than-pci-offers",
    "multiport-eswitch-roce",
    "oem-lldp-on-by-default",
    "ports-have-different-link-types",
    "roce-multicast-mac",
    "rq-realtime-timestamps",
    "rxhash-off-with-compression",
    "slot-gives-too-little-power",
    "slot-limits-bandwidth",
    "sriov-needs-bios",
    "stored-version-unreadable",
    "swp-l4-mode-reads-default",
    "tx-reporter-errors",
    "uefi-rom-turned-off",
    "vfs-block-fwreset",
    "xsk-crash-on-dealloc",
);

/// Reads all of them.
///
/// # Errors
/// When one is not understood; tests see to it that none is.
pub fn shipped() -> Result<Vec<LoadedIssue>, KnownError> {
    TEXTS.iter().map(|(name, text)| parse(&format!("shipped/{name}.json"), text)).collect()
}
