//! Turns the signals that ask a program to end into a flag, so that what was gathered is sealed first.
//!
//! A terminal that hangs up is such a signal too. A signal that the caller had ignored (`nohup`, a background job of a
//! script) stays ignored.
//!
//! Must not do: end the program at the first signal; the second ends it at once.

use std::io;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
use signal_hook::flag;

/// Sets `interrupted` at the first of these signals; ends the program with `exit_code` at the second.
///
/// # Errors
/// When the system takes no handler.
pub fn watch(interrupted: &Arc<AtomicBool>, exit_code: u8) -> io::Result<()> {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let again = Arc::new(AtomicBool::new(false));
    for signal in [SIGHUP, SIGINT, SIGTERM] {
        if is_ignored(&status, signal) {
            continue;
        }
        // Noting it comes first, so that one that arrives in the middle of this is not lost. The others are looked at in
        // this order: the first signal finds `again` unset, and only sets it.
        flag::register(signal, Arc::clone(interrupted))?;
        flag::register_conditional_shutdown(signal, i32::from(exit_code), Arc::clone(&again))?;
        flag::register(signal, Arc::clone(&again))?;
    }
    Ok(())
}

/// Whether `/proc/self/status` says so (`SigIgn`, a mask in hex of which bit 0 is signal 1).
fn is_ignored(status: &str, signal: i32) -> bool {
    let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    let mask = mask.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok()).unwrap_or(0);
    let bit = u32::try_from(signal).ok().and_then(|signal| signal.checked_sub(1));
    bit.and_then(|bit| mask.checked_shr(bit)).is_some_and(|rest| rest & 1 == 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_mask_is_read_by_signal_number() {
        let status =
            "Name:\tx\nSigBlk:\tffffffffffffffff\nSigIgn:\t0000000000001001\nSigCgt:\t0000000000000002\n";
        assert!(is_ignored(status, SIGHUP));
        assert!(!is_ignored(status, SIGINT) && !is_ignored(status, SIGTERM));
        assert!(!is_ignored("", SIGHUP) && !is_ignored(status, 0));
    }
}
