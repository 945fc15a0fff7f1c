//! PCI addresses as text: `0000:3b:00.0`, domain, bus, device and function in hexadecimal (as sysfs writes them,
//! `drivers/pci/probe.c`). The full form in lower case is a device's id in the manifest.
//!
//! Must not do: say whether there is such a function.

/// The full address in lower case for `0000:3b:00.0` or, with the domain that goes without saying, `3b:00.0`; `None` for
/// anything else.
pub fn full(text: &str) -> Option<String> {
    let (rest, function) = text.split_once('.')?;
    let mut parts: Vec<&str> = rest.split(':').collect();
    if parts.len() == 2 {
        parts.insert(0, "0000");
    }
    let &[domain, bus, device] = parts.as_slice() else { return None };
    // Domains of some host bridges (VMD) have more than four digits.
    let lengths =
        (4..=8).contains(&domain.len()) && bus.len() == 2 && device.len() == 2 && function.len() == 1;
    let hex = [domain, bus, device, function].iter().all(|part| part.bytes().all(|b| b.is_ascii_hexdigit()));
    (lengths && hex).then(|| format!("{domain}:{bus}:{device}.{function}").to_ascii_lowercase())
}

/// Whether `text` is a full address in lower case.
pub fn is_full(text: &str) -> bool {
    full(text).as_deref() == Some(text)
}

/// The address in lower case for the full form in either case, where a short one could be another word.
pub fn with_domain(text: &str) -> Option<String> {
    full(text).filter(|address| address.eq_ignore_ascii_case(text))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_told_from_other_words() {
        assert_eq!(full("3B:00.0").as_deref(), Some("0000:3b:00.0"));
        assert_eq!(full("10000:e1:00.1").as_deref(), Some("10000:e1:00.1"));
        assert!(is_full("0000:3b:00.0") && !is_full("3b:00.0") && !is_full("0000:3B:00.0"));
        assert_eq!(with_domain("0000:3B:00.0").as_deref(), Some("0000:3b:00.0"));
        assert_eq!(with_domain("3b:00.0"), None);
        for other in [
            "",
            "3b:00",
            "3b:00.00",
            "eth0.100",
            "/dev/mst/mt4129_pciconf0.1",
            "3b:00.0 x",
            "1.2.3.4",
            "0000:3b:00.g",
            "fwctl0",
        ] {
            assert_eq!(full(other), None, "{other}");
        }
    }
}
