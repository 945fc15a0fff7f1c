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
    "bluefield-dpu-mode",
    "bluefield-dpu-mode-host-config",
    "bluefield-mode-needs-power-cycle",
    "bluefield2-reboot-keeps-pending",
    "bluefield3-nic-mode-assert",
    "bluefield3-reset-loses-mode",
    "cx3-next-boot-column",
    "cx6-ib-one-plane",
    "cx6dx-reset-refused",
    "cx8-gpu-blocks-reset",
    "cx8-health-035e",
    "cx8-slot-bandwidth-note",
    "dell-cx6dx-lacks-parser",
    "devx-turned-off",
    "dgx-warm-reboot-not-enough",
    "driver-debugging-left-on",
    "driver-profile-changed",
    "firmware-command-timed-out",
    "firmware-does-not-start",
    "firmware-health-in-log",
    "firmware-older-than-driver-wants",
    "firmware-reset-not-finished",
    "flex-parser-without-graph",
    "forced-relaxed-ordering",
    "function-is-gone",
    "functions-share-settings",
    "health-reporter-errors",
    "hidden-advanced-setting",
    "kernel-5-1-rc-create-eq",
    "link-type-waits",
    "lockdown-blocks-mstflint",
    "many-vfs-cost-memory-space",
    "max-read-zero-refused",
    "maxcpus-no-interrupts",
    "module-or-cable-fault",
    "more-vfs-than-pci-offers",
    "multiport-eswitch-roce",
    "newer-firmware-is-offered",
    "no-uefi-rom",
    "oem-factory-values",
    "oem-lldp-on-by-default",
    "out-of-tree-driver",
    "pci-link-below-card",
    "per-function-vf-numbers",
    "port-speaks-another-link-type",
    "ports-have-different-link-types",
    "psid-was-changed",
    "pxe-turned-off",
    "reset-stopped-by-arm",
    "reset-wants-rescan",
    "restricted-host",
    "roce-multicast-mac",
    "roce-settings-on-infiniband",
    "roce-turned-off",
    "rq-realtime-timestamps",
    "rxhash-off-with-compression",
    "sf-change-wants-cold-reboot",
    "sfs-without-per-function-numbers",
    "slot-gives-too-little-power",
    "slot-limits-bandwidth",
    "slot-power-limit-off",
    "sriov-needs-bios",
    "stored-firmware-waits",
    "stored-version-unreadable",
    "swp-l4-mode-reads-default",
    "taint-by-vendor-tool",
    "tx-reporter-errors",
    "uefi-rom-turned-off",
    "vfs-block-fwreset",
    "vfs-get-no-driver",
    "vfs-set-and-sriov-off",
    "xsk-crash-on-dealloc",
);

/// Reads all of them.
///
/// # Errors
/// When one is not understood; tests see to it that none is.
pub fn shipped() -> Result<Vec<LoadedIssue>, KnownError> {
    TEXTS.iter().map(|(name, text)| parse(&format!("shipped/{name}.json"), text)).collect()
}
