//! Each sign in a plain sentence.
//!
//! Must not do: say what follows from it.

use crate::model::fact::{Fact, Knowledge, Value};

/// A sign's path below `taint/`, and what is said where it is set, clear and not known ("whether …").
struct Words {
    path: &'static str,
    set: &'static str,
    clear: &'static str,
    whether: &'static str,
}

const fn words(path: &'static str, set: &'static str, clear: &'static str, whether: &'static str) -> Words {
    Words { path, set, clear, whether }
}

const WORDS: &[Words] = &[
    words(
        "debug_token",
        "a debug token is installed or in use",
        "no debug token is installed or in use",
        "a debug token is in use",
    ),
    words(
        "token_challenge",
        "the device gave a challenge for a token, or one ran out",
        "no challenge for a token is open",
        "a challenge for a token is open",
    ),
    words(
        "development_firmware",
        "the device calls its firmware or itself development or debug",
        "the device runs release firmware",
        "the firmware is a release",
    ),
    words(
        "unsigned_firmware",
        "the device demands signed firmware, and what it runs is not",
        "the firmware is signed, or the device demands no signature",
        "the firmware is signed as the device demands",
    ),
    words(
        "pci_switch_only",
        "the device works as a PCI switch only",
        "the device works as an adapter",
        "the device works as a PCI switch only",
    ),
    words(
        "safe_mode",
        "the device runs in safe mode, on a safe configuration",
        "the device does not run in safe mode",
        "the device runs in safe mode",
    ),
    words(
        "test_mode",
        "a test is switched on: patterns, loopback, or a debug mode of the link",
        "no test of the link is switched on",
        "a test of the link is switched on",
    ),
    words(
        "injection",
        "errors are being injected, or are set to be",
        "no errors are injected",
        "errors are injected",
    ),
    words(
        "injection_permitted",
        "the device permits errors to be injected",
        "the device does not permit errors to be injected",
        "the device permits errors to be injected",
    ),
    words(
        "cable_check_off",
        "the check for foreign cables is switched off",
        "the check for foreign cables is switched on",
        "the check for foreign cables is switched on",
    ),
    words(
        "tracer_owned",
        "somebody owns the firmware's tracer; the kernel's driver takes it as a habit",
        "nobody owns the firmware's tracer",
        "somebody owns the firmware's tracer",
    ),
    words(
        "override.module_eeprom",
        "what the module says of itself is overridden",
        "the module's own word counts",
        "the module's word is overridden",
    ),
    words(
        "override.module_control",
        "controls of the module are overridden",
        "no control of the module is overridden",
        "controls of the module are overridden",
    ),
    words(
        "override.precoding",
        "precoding is set by hand",
        "precoding is the firmware's choice",
        "precoding is set by hand",
    ),
    words(
        "override.fec",
        "forward error correction is set by hand",
        "forward error correction is the firmware's choice",
        "forward error correction is set by hand",
    ),
    words(
        "override.fast_link_up",
        "fast link-up is set by hand",
        "fast link-up is the firmware's choice",
        "fast link-up is set by hand",
    ),
    words(
        "override.link_down",
        "what takes the link down is set by hand",
        "what takes the link down is the firmware's choice",
        "what takes the link down is set by hand",
    ),
    words(
        "override.forced_link_up",
        "the link is forced up",
        "the link is not forced up",
        "the link is forced up",
    ),
    words(
        "pending_reset",
        "something waits for a reset of the device",
        "nothing waits for a reset of the device",
        "something waits for a reset",
    ),
    words(
        "pending_firmware",
        "newer firmware waits for a reset of the device",
        "no firmware waits for a reset",
        "newer firmware waits for a reset",
    ),
    words(
        "pending_configuration",
        "configuration is stored that only a reset brings into force",
        "the stored configuration is in force",
        "the stored configuration is in force",
    ),
    words(
        "restricted_host",
        "the card's owner restricts what this host may do",
        "this host is not restricted",
        "this host is restricted",
    ),
    words(
        "foreign_cable",
        "the cable is foreign or a fake",
        "the cable is taken for genuine, or there is none",
        "the cable is genuine",
    ),
    words(
        "efuse_version",
        "the firmware's security version is not the fuses'",
        "the firmware's security version is the fuses'",
        "the firmware's security version is the fuses'",
    ),
    words(
        "live_update",
        "a live update of the firmware is under way, or failed",
        "no live update of the firmware is under way",
        "a live update is under way",
    ),
];

/// What a sign says, in a sentence without a full stop; `None` for a fact that is no sign.
pub fn sentence(fact: &Fact) -> Option<String> {
    let path = fact.path.strip_prefix("taint/")?;
    let valued = match path {
        "life_cycle" => Some(("the device's life cycle is", "what the device's life cycle is")),
        "override.roce_acceleration" => {
            Some(("accelerations of RoCE switched on:", "which accelerations of RoCE are switched on"))
        }
        _ => None,
    };
    if let Some((is, whether)) = valued {
        return Some(match &fact.knowledge {
            Knowledge::Known { value } => format!("{is} {value}"),
            Knowledge::Unknown { reason, .. } => format!("{whether} is not known ({reason})"),
        });
    }
    let words = WORDS.iter().find(|words| words.path == path)?;
    Some(match &fact.knowledge {
        Knowledge::Known { value: Value::Number { number: 0, .. } } => words.clear.to_owned(),
        Knowledge::Known { .. } => words.set.to_owned(),
        Knowledge::Unknown { reason, .. } => format!("whether {} is not known ({reason})", words.whether),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_two_signs_share_words() {
        for (at, words) in WORDS.iter().enumerate() {
            assert!(WORDS.iter().skip(at + 1).all(|other| other.path != words.path), "{}", words.path);
            assert_ne!(words.set, words.clear, "{}", words.path);
        }
    }
}
