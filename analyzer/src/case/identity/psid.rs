//! Whose a PSID is, by its first three characters.
//!
//! A PSID begins with the symbol of the vendor that assigned it, three characters (NVIDIA MFT manual, "Assigning PSID").
//! Only `MT_` is named there; the others stand in public logs beside boards of the vendor named here.
//!
//! Must not do: name a vendor that no public source names.

/// Whose a PSID is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PsidOwner {
    /// The vendor.
    pub vendor: &'static str,
    /// Whether it is another vendor's than the card's maker: then firmware and defaults come from there.
    pub is_oem: bool,
}

const fn made(vendor: &'static str, is_oem: bool) -> PsidOwner {
    PsidOwner { vendor, is_oem }
}

const OWNERS: &[(&str, PsidOwner)] = &[
    ("MT_", made("NVIDIA (Mellanox)", false)),
    ("NVD", made("NVIDIA, for its own systems", true)),
    ("DEL", made("Dell", true)),
    ("LNV", made("Lenovo", true)),
    ("HPE", made("Hewlett Packard Enterprise", true)),
];

/// Whose a PSID is; `None` for a symbol that is not known here.
pub fn owner(psid: &str) -> Option<PsidOwner> {
    OWNERS.iter().find(|(symbol, _)| psid.starts_with(symbol)).map(|(_, owner)| *owner)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_three_characters_tell() {
        assert_eq!(owner("MT_0000000834").map(|owner| owner.is_oem), Some(false));
        assert_eq!(owner("LNV2180110032").map(|owner| owner.vendor), Some("Lenovo"));
        assert_eq!(owner("XYZ0000000001"), None);
        assert_eq!(owner(""), None);
    }
}
