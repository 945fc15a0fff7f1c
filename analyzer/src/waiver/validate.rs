//! What a waiver must keep beyond its form: that it names something, and not everything.
//!
//! Must not do: know what is in a bundle.

use mlx5_schemas::model::pci_address;
use mlx5_schemas::model::waiver::{Waiver, WaiverSubject};

/// Checks a waiver, and writes addresses in it as bundles do.
pub(super) fn settle(waiver: &mut Waiver) -> Result<(), String> {
    let permitted = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    if waiver.id.is_empty() || !waiver.id.bytes().all(permitted) {
        return Err("an id is lower-case letters, digits and dashes".to_owned());
    }
    for (member, text) in [("reason", &waiver.reason), ("owner", &waiver.owner)] {
        if text.trim().is_empty() {
            return Err(format!("`{member}` is empty"));
        }
    }
    match (&waiver.finding, &waiver.rule) {
        (None, None) => return Err("it names neither a `finding` nor a `rule`".to_owned()),
        (Some(_), Some(_)) => {
            return Err("it names a `finding` and a `rule`: a finding's id says its rule already".to_owned());
        }
        (Some(finding), None) => {
            if !is_finding_id(finding) {
                return Err(format!("`{finding}` is no id of a finding such as 0f3a5b7c9d1e"));
            }
            if !waiver.facts.is_empty() {
                return Err("`facts` goes with a `rule`: a finding's id says its fact already".to_owned());
            }
        }
        (None, Some(rule)) => {
            if rule.is_empty() {
                return Err("`rule` is empty".to_owned());
            }
            if waiver.subject.is_none() {
                let too_broad =
                    if names_nothing(rule) { "everything" } else { "the rule wherever it applies" };
                return Err(format!("without a `subject` it would waive {too_broad}: name one"));
            }
        }
    }
    let is_one = |subject: &WaiverSubject| {
        subject.host || subject.device.is_some() || subject.serial.is_some() || subject.base_mac.is_some()
    };
    let takes_all = waiver.rule.as_deref().is_some_and(names_nothing) && waiver.facts.is_empty();
    if takes_all && !waiver.subject.as_ref().is_some_and(is_one) {
        return Err(
            "it would waive everything on every card of its kind: name rules, facts or one device".to_owned()
        );
    }
    if let Some(fact) = waiver.facts.iter().find(|fact| names_nothing(fact)) {
        return Err(format!("the pattern `{fact}` in `facts` takes everything: leave it out, or name facts"));
    }
    waiver.subject.as_mut().map_or(Ok(()), settle_subject)
}

fn settle_subject(subject: &mut WaiverSubject) -> Result<(), String> {
    let WaiverSubject { device, psid, serial, base_mac, port, host } = subject;
    let names_device = device.is_some() || psid.is_some() || serial.is_some() || base_mac.is_some();
    if *host && (names_device || port.is_some()) {
        return Err("`host` is the host itself: it goes with no member that names a device".to_owned());
    }
    if !*host && !names_device {
        return Err(
            "`subject` names nobody: give `device`, `psid`, `serial`, `base_mac` or `host`".to_owned()
        );
    }
    if let Some(device) = device {
        *device = pci_address::full(device)
            .ok_or_else(|| format!("`{device}` is no PCI address such as 0000:3b:00.0"))?;
    }
    if let Some(psid) = psid.as_ref().filter(|psid| names_nothing(psid)) {
        return Err(format!("the PSID pattern `{psid}` takes every device"));
    }
    if serial.as_ref().is_some_and(|serial| serial.trim().is_empty()) {
        return Err("`serial` is empty".to_owned());
    }
    if let Some(mac) = base_mac {
        *mac = mac_address(mac)
            .ok_or_else(|| format!("`{mac}` is no base MAC address such as b8:3f:d2:00:01:00"))?;
    }
    if *port == Some(0) {
        return Err("ports are numbered from 1".to_owned());
    }
    Ok(())
}

/// Whether a pattern has no letter and no digit, and so takes whatever there is: every PSID has an underscore.
fn names_nothing(pattern: &str) -> bool {
    !pattern.bytes().any(|byte| byte.is_ascii_alphanumeric())
}

/// `0f3a5b7c9d1e`, or `0f3a5b7c9d1e-2` for a second one about the same thing.
fn is_finding_id(text: &str) -> bool {
    let (digest, number) = text.split_once('-').unwrap_or((text, "2"));
    let is_hex = |byte: u8| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte);
    digest.len() == 12 && digest.bytes().all(is_hex) && number.parse::<u32>().is_ok_and(|number| number > 1)
}

/// A MAC address as facts have it, for one with or without colons.
fn mac_address(text: &str) -> Option<String> {
    let digits: String = text.chars().filter(|c| *c != ':').collect::<String>().to_ascii_lowercase();
    (digits.len() == 12 && digits.bytes().all(|byte| byte.is_ascii_hexdigit())).then_some(digits)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_and_addresses_are_told_from_other_words() {
        assert!(is_finding_id("0f3a5b7c9d1e") && is_finding_id("0f3a5b7c9d1e-2"));
        for other in ["", "0f3a5b7c9d1", "0F3A5B7C9D1E", "0f3a5b7c9d1e-", "0f3a5b7c9d1e-1", "site/vfs"] {
            assert!(!is_finding_id(other), "{other}");
        }
        assert_eq!(mac_address("B83FD2000100").as_deref(), Some("b83fd2000100"));
        assert_eq!(mac_address("b8:3f:d2:00:01:00").as_deref(), Some("b83fd2000100"));
        assert_eq!(mac_address("b8:3f:d2"), None);
        assert!(
            names_nothing("**")
                && names_nothing("*/*")
                && names_nothing("*_*")
                && names_nothing("")
                && !names_nothing("*vfs")
        );
    }
}
