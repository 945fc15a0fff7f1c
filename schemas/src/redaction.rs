//! What is never asked for, and what is not kept of an answer.
//!
//! Must not do: decode. Everything here is decided before a byte is written.

use crate::model::command::{CommandStatus, HEADER_LENGTH};
use crate::model::exchange::Reply;
use crate::model::request::{Request, register};

/// NV items that hold secrets: (class, index). They are never asked for.
///
/// 0:0x19b is the secure-host key; 3:0x238, 0x239, 0x245, 0x247, 0x255, 0x257 are iSCSI CHAP identities and
/// passwords (names and places: mstflint's `mlxconfig_host.db`). All of class 6 (signed files: tokens) is
/// left alone too.
pub const SECRET_TLVS: &[(u8, u32)] =
    &[(0, 0x19b), (3, 0x238), (3, 0x239), (3, 0x245), (3, 0x247), (3, 0x255), (3, 0x257)];

/// Whether an NV item is a secret.
pub fn is_secret_tlv(class: u8, index: u32) -> bool {
    class == 6 || SECRET_TLVS.contains(&(class, index))
}

/// Bytes of MNVDA before its data (`mnvda_reg`).
const MNVDA_HEADER: usize = 12;
/// Bytes of MCQI before its data (`mcqi_reg`).
const MCQI_HEADER: usize = 24;

/// How many bytes of an output are kept, header included: what it returns, as far as it is there. Devices leave bytes
/// of earlier commands behind that.
pub fn kept_length(request: &Request, reply: &Reply) -> usize {
    returned_length(request, reply).min(request.output_length()).min(reply.output.len())
}

/// How long an output is by its own account, header included: the header alone when the status is not zero, what the
/// answer declares where it declares a length (MNVDA: `length`, MCQI: the smaller of `data_size` and `info_size`), all
/// the room that was asked for otherwise. An output with fewer bytes was cut short.
pub fn returned_length(request: &Request, reply: &Reply) -> usize {
    if reply.status != CommandStatus::OK {
        return HEADER_LENGTH;
    }
    let data = reply.data();
    let declared = match request.as_register() {
        // Dword 0, LSB bits 8:0.
        Some((register::MNVDA, _)) => dword(data, 0)
            .map(|header| usize::try_from(header & 0x1ff).unwrap_or(usize::MAX).saturating_add(MNVDA_HEADER)),
        // Dword 5 (`data_size`, LSB bits 15:0); dword 3 (`info_size`) where it is smaller.
        Some((register::MCQI, _)) => dword(data, 20)
            .zip(dword(data, 12))
            .map(|(room, size)| usize::try_from((room & 0xffff).min(size)).unwrap_or(usize::MAX))
            .map(|size| size.saturating_add(MCQI_HEADER)),
        Some(_) | None => None,
    };
    declared.map_or(request.output_length(), |declared| declared.saturating_add(HEADER_LENGTH))
}

/// The reply with only what is kept of it.
pub fn kept(request: &Request, mut reply: Reply) -> Reply {
    reply.output.truncate(kept_length(request, &reply));
    reply
}

fn dword(data: &[u8], at: usize) -> Option<u32> {
    data.get(at..at.checked_add(4)?).and_then(|bytes| bytes.try_into().ok()).map(u32::from_be_bytes)
}
