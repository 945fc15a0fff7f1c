//! Damage to a small trusted bundle: whatever single byte is changed, it is never trusted with other contents.

use std::collections::BTreeMap;

use mlx5_fixtures::hostile::sample;
use mlx5_schemas::bundle::trust::{Trust, trust};
use mlx5_schemas::bundle::{Bundle, Limits, open};

use super::{now, sample_allowed};

/// What became of a damaged bundle.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord, Clone, Copy)]
enum Fate {
    DoesNotOpen,
    SignatureBroken,
    Untrusted,
    TrustedUnchanged,
}

/// Panics when the bundle is trusted with other contents than `good`.
fn fate(bytes: &[u8], good: &Bundle) -> Fate {
    let Ok(bundle) = open(bytes, &Limits::default()) else { return Fate::DoesNotOpen };
    match trust(&bundle, Some(&sample_allowed()), now()) {
        Err(_) => Fate::SignatureBroken,
        Ok(Trust::UnknownSigner { .. } | Trust::Unsigned) => Fate::Untrusted,
        Ok(Trust::Trusted { .. }) => {
            assert_eq!(bundle.manifest_bytes, good.manifest_bytes, "trusted with another manifest");
            assert_eq!(bundle.members, good.members, "trusted with other members");
            Fate::TrustedUnchanged
        }
    }
}

/// The region of each byte of a good archive, by walking its local headers.
fn regions(bytes: &[u8]) -> Vec<&'static str> {
    let number = |at: usize, length: usize| {
        bytes[at..at + length].iter().rev().fold(0_usize, |sum, &byte| sum << 8 | usize::from(byte))
    };
    let mut regions = Vec::new();
    while bytes[regions.len()..].starts_with(b"PK\x03\x04") {
        let at = regions.len();
        let data = match bytes[at + 30..].starts_with(b"manifest.json.sig") {
            true => "data of the signature",
            false if at == 0 => "data of the manifest",
            false => "data of other members",
        };
        regions.extend(vec!["local headers"; 30 + number(at + 26, 2)]);
        regions.extend(vec![data; number(at + 18, 4)]);
    }
    regions.extend(vec!["directory"; bytes.len() - 22 - regions.len()]);
    regions.extend(["end record"; 22]);
    regions
}

#[test]
fn no_changed_byte_is_trusted_with_other_contents() {
    let bytes = sample::sealed().unwrap();
    let good = open(&bytes, &Limits::default()).unwrap();
    assert_eq!(fate(&bytes, &good), Fate::TrustedUnchanged, "the untouched bundle is trusted");
    let regions = regions(&bytes);
    let mut counts: BTreeMap<(&str, Fate), u32> = BTreeMap::new();
    let mut damaged = bytes.clone();
    for at in 0..bytes.len() {
        // Every single bit, and all bits at once.
        for mask in [1, 2, 4, 8, 16, 32, 64, 128, 0xff] {
            damaged[at] = bytes[at] ^ mask;
            *counts.entry((regions[at], fate(&damaged, &good))).or_default() += 1;
        }
        damaged[at] = bytes[at];
    }
    for ((region, fate), count) in &counts {
        eprintln!("{region:>22}: {count:>6} {fate:?}");
    }
    // Only compressed data has bits that may stand either way (padding at the end of a DEFLATE stream).
    for ((region, fate), count) in &counts {
        if *fate != Fate::DoesNotOpen {
            assert!(region.starts_with("data of "), "{count} changes in {region} were not refused: {fate:?}");
            assert_eq!(*fate, Fate::TrustedUnchanged);
        }
    }
    let unnoticed: u32 =
        counts.iter().filter(|((_, fate), _)| *fate != Fate::DoesNotOpen).map(|(_, n)| n).sum();
    let all: u32 = counts.values().sum();
    assert!(unnoticed * 100 < all, "{unnoticed} of {all} changes went unnoticed");
}

#[test]
fn no_shortened_bundle_opens() {
    let bytes = sample::sealed().unwrap();
    for length in 0..bytes.len() {
        assert!(open(&bytes[..length], &Limits::default()).is_err(), "cut to {length} bytes");
    }
}

#[test]
fn no_bundle_with_bytes_put_in_or_left_out_opens() {
    let bytes = sample::sealed().unwrap();
    for at in 0..=bytes.len() {
        for byte in [0, b'P', 0xff] {
            let mut longer = bytes.clone();
            longer.insert(at, byte);
            assert!(open(&longer, &Limits::default()).is_err(), "{byte} put in at {at}");
        }
        if at < bytes.len() {
            let mut shorter = bytes.clone();
            shorter.remove(at);
            assert!(open(&shorter, &Limits::default()).is_err(), "byte {at} left out");
        }
    }
}
