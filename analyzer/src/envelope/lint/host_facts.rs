//! The facts of a host that a collector records, by name.
//!
//! Must not do: read a host.

use mlx5_schemas::decode::host::LETTERS;

use crate::baseline::suggest::nearest;
use crate::pattern::Pattern;

/// Those with one name each.
const NAMES: [&str; 17] = [
    "host/architecture",
    "host/boot_id",
    "host/cmdline",
    "host/container_hints",
    "host/debugfs_mounted",
    "host/distribution",
    "host/distribution_id",
    "host/fwctl_requester",
    "host/kernel",
    "host/kernel_log_from_boot",
    "host/kernel_version",
    "host/lockdown",
    "host/secure_boot",
    "host/sig_enforce",
    "host/taint",
    "host/taint_at_end",
    "host/uptime_s",
];
/// Those that only texts of other programs bring.
const TOLD: [&str; 1] = ["host/taint_letters"];
/// What is recorded of a module.
const OF_MODULES: [&str; 5] = ["loaded", "taint", "version", "srcversion", "initstate"];

/// All names; those of modules for one.
fn names() -> impl Iterator<Item = String> {
    let letters = LETTERS.iter().map(|letter| format!("host/taint/{letter}"));
    let modules = OF_MODULES.iter().map(|part| format!("host/module/mlx5_core/{part}"));
    NAMES.iter().chain(&TOLD).map(|name| (*name).to_owned()).chain(letters).chain(modules)
}

/// The letter that a path is about, if the kernel has none such.
pub(super) fn unknown_letter(pattern: &str) -> Option<&str> {
    let letter = pattern.strip_prefix("host/taint/").filter(|letter| !letter.contains(['*', '?']))?;
    let is_bit = letter.strip_prefix("bit").is_some_and(|number| number.parse::<u8>().is_ok());
    let is_letter = LETTERS.iter().any(|known| known.to_string() == letter);
    (!is_bit && !is_letter).then_some(letter)
}

/// Whether a pattern takes any of them, and the one that may have been meant.
pub(super) fn takes_some(pattern: &str) -> Result<(), Option<String>> {
    let compiled = Pattern::new(pattern);
    if pattern.starts_with("host/module/") && (compiled.is_wild() || pattern.matches('/').count() >= 2) {
        // A module can be called anything; the kernel can record of it what this program does not know.
        return Ok(());
    }
    if names().any(|name| compiled.matches(&name)) {
        return Ok(());
    }
    let all: Vec<String> = names().collect();
    Err(nearest(pattern, all.iter().map(String::as_str)).map(str::to_owned))
}
