//! What is never asked for, and what is not kept of an answer.
//!
//! Must not do: decode. Everything here is decided before a byte is written.

use crate::catalog::TypeDword;
use crate::model::command::{CommandStatus, HEADER_LENGTH};
use crate::model::exchange::Reply;
use crate::model::nv::{ITEM_HEADER, WALK_ITEM_AT, dword, type_dword};
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

/// Whether a type dword names a secret: in any instance, and in the group forms of its class too, which have the two
/// highest bits set (mstflint: 0xC3 is class 3 for all hosts and functions).
pub fn is_secret_type(type_dword: u32) -> bool {
    // No class in the list has one of the two bits.
    let parts = TypeDword::split(type_dword & 0x3fff_ffff);
    is_secret_tlv(parts.class, parts.index)
}

/// Bytes of MCQI before its data (`mcqi_reg`).
const MCQI_HEADER: usize = 24;

/// How many bytes of an output are kept, header included: what it returns, as far as it is there. Devices leave bytes
/// of earlier commands behind that.
pub fn kept_length(request: &Request, reply: &Reply) -> usize {
    returned_length(request, reply).min(request.output_length()).min(reply.output.len())
}

/// How long an output is by its own account, header included: the header alone when the status is not zero, what the
/// answer declares where it declares a length (MNVDA: `length`, MCQI: the smaller of `data_size` and `info_size`), of
/// MNVGN the place in the walk and the item's header alone, all the room that was asked for otherwise. An output with
/// fewer bytes was cut short.
///
/// MNVGN gives the data of every stored item, secrets among them, and nothing in the request can leave one out. So no
/// data of it is kept at all: what may be read of an item is read with MNVDA. Nor is any of an MNVDA answer that turns out
/// to be about a secret, whatever was asked for.
#[inline]
pub fn returned_length(request: &Request, reply: &Reply) -> usize {
    if reply.status != CommandStatus::OK || request.secret().is_some() {
        return HEADER_LENGTH;
    }
    let data = reply.data();
    let declared = match request.as_register() {
        // What was asked for is no secret by now.
        Some((register::MNVDA, asked))
            if type_dword(data) != type_dword(asked) && type_dword(data).is_some_and(is_secret_type) =>
        {
            Some(ITEM_HEADER)
        }
        // Dword 0, LSB bits 8:0.
        Some((register::MNVDA, _)) => dword(data, 0)
            .map(|header| usize::try_from(header & 0x1ff).unwrap_or(usize::MAX).saturating_add(ITEM_HEADER)),
        // Dword 5 (`data_size`, LSB bits 15:0); dword 3 (`info_size`) where it is smaller.
        Some((register::MCQI, _)) => dword(data, 20)
            .zip(dword(data, 12))
            .map(|(room, size)| usize::try_from((room & 0xffff).min(size)).unwrap_or(usize::MAX))
            .map(|size| size.saturating_add(MCQI_HEADER)),
        Some((register::MNVGN, _)) => Some(WALK_ITEM_AT.saturating_add(ITEM_HEADER)),
        Some(_) | None => None,
    };
    declared.map_or(request.output_length(), |declared| declared.saturating_add(HEADER_LENGTH))
}

/// The reply with only what is kept of it. The rest is overwritten, so that it is not in memory either.
pub fn kept(request: &Request, mut reply: Reply) -> Reply {
    keep(request, &mut reply);
    reply
}

/// Likewise in place; tells [`returned_length`], which is the same before and after.
pub fn keep(request: &Request, reply: &mut Reply) -> usize {
    let returned = returned_length(request, reply);
    let length = returned.min(request.output_length());
    if let Some(dropped) = reply.output.get_mut(length..) {
        dropped.fill(0);
        reply.output.truncate(length);
    }
    returned
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn of_an_answer_about_a_secret_no_data_is_kept_whatever_was_asked_for() {
        let mut data = vec![0; 268];
        data[..8].copy_from_slice(&[2, 0, 1, 0, 0, 0, 0, 0x80]);
        let request = Request::register(register::MNVDA, data).unwrap();
        let kept = |type_dword: u32| {
            let mut output = vec![0; 16];
            output.extend_from_slice(&[3, 0, 0, 0x10]);
            output.extend_from_slice(&type_dword.to_be_bytes());
            output.resize(284, 0xee);
            super::kept(&request, Reply::from_output(output).unwrap()).output.len()
        };
        assert_eq!(kept(0x80), 16 + 12 + 16);
        for &(class, index) in SECRET_TLVS {
            let plain = u32::from(class) << 24 | index;
            assert_eq!((kept(plain), kept(plain | 0xc000_0000)), (16 + 12, 16 + 12));
        }
    }
}
