//! How much a reader takes in before it refuses: memory and time stay bounded whatever a stranger sends.
//!
//! Must not do: read anything. The writer keeps to [`Limits::default`] too, so that it never seals what a
//! reader would refuse.

use std::collections::BTreeMap;

use crate::model::transcript;

/// Bounds that [`open`](super::open::open) enforces. A full dump of one card has some ten members and 2 MB
/// before compression; the defaults leave room for hundreds of cards in one bundle.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of the archive. Default 64 MiB.
    pub archive_bytes: u64,
    /// Members, manifest and signature included. Default 8192.
    pub members: u64,
    /// Uncompressed bytes of one member. Default 32 MiB.
    pub member_bytes: u64,
    /// Uncompressed bytes of all members together. Default 256 MiB.
    pub total_bytes: u64,
    /// Bytes of the manifest. Default 8 MiB.
    pub manifest_bytes: u64,
    /// Bytes of the signature. Default 32 KiB (RSA with 16384 bits needs less than 6 KiB).
    pub signature_bytes: u64,
    /// Uncompressed bytes per compressed byte of one member. Default 256.
    pub ratio: u64,
    /// Members up to this many uncompressed bytes may have any ratio: they cannot do harm. Default 1 MiB.
    pub ratio_free_bytes: u64,
    /// Bytes of a member's name. Default 128.
    pub name_bytes: usize,
    /// Components of a member's name. Default 8.
    pub name_components: usize,
    /// Devices in the manifest. Default 4096, as many as fwctl has minors (`FWCTL_MAX_DEVICES`).
    pub devices: u64,
    /// Bytes of memory that the exchanges of all transcripts take when they are read. Default 512 MiB.
    pub exchange_bytes: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            archive_bytes: 64 << 20,
            members: 8192,
            member_bytes: 32 << 20,
            total_bytes: 256 << 20,
            manifest_bytes: 8 << 20,
            signature_bytes: 32 << 10,
            ratio: 256,
            ratio_free_bytes: 1 << 20,
            name_bytes: 128,
            name_components: 8,
            devices: 4096,
            exchange_bytes: 512 << 20,
        }
    }
}

impl Limits {
    /// Whether `compressed` bytes may stand for `uncompressed` ones.
    pub(super) fn permits_ratio(&self, compressed: u64, uncompressed: u64) -> bool {
        uncompressed <= self.ratio_free_bytes || uncompressed <= compressed.saturating_mul(self.ratio)
    }

    /// How much the exchanges of all transcripts take, where that is more than they may.
    pub(super) fn excess_of_exchanges(&self, members: &BTreeMap<String, Vec<u8>>) -> Option<u64> {
        let transcripts = members.iter().filter(|(name, _)| name.ends_with(transcript::SUFFIX));
        let mut sum = 0_u64;
        for (_, bytes) in transcripts {
            sum = sum.saturating_add(u64::try_from(transcript::weight(bytes)).unwrap_or(u64::MAX));
            if sum > self.exchange_bytes {
                return Some(sum);
            }
        }
        None
    }
}
