//! Facts that change by themselves.
//!
//! Must not do: hide what somebody changed. Everything here moves on an idle machine, or names a boot.

/// Whether a fact changes by itself, by its path.
pub fn is_volatile(path: &str) -> bool {
    let last = path.rsplit(['/', '.']).next().unwrap_or(path);
    matches!(last, "uptime" | "uptime_s" | "boot_id" | "time_left" | "kernel_log_from_boot")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clocks_are_volatile_and_settings_are_not() {
        assert!(is_volatile("host/uptime_s"));
        assert!(is_volatile("reg/MGIR.hw_info.uptime"));
        assert!(is_volatile("reg/MDSR[type_of_token=1].time_left"));
        for setting in ["nv/0:0x080.total_vfs", "host/taint", "host/fwctl_requester", "fw/version"] {
            assert!(!is_volatile(setting), "{setting}");
        }
    }
}
