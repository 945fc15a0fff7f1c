//! The last look at the finished bytes of a request before they are handed to the kernel.
//!
//! The kernel passes register writes at every scope and without a taint, so that nothing but this program
//! stands between a slip of ours and a device. `Request` cannot spell a write; this module does not rely on
//! that: it has its own list of opcodes, of registers to avoid and of bits that act, reads the bytes by itself, and its proof of having looked,
//! [`ReadOnlyInput`], is the only thing that the ioctl takes.
//!
//! Must not do: build or change a request.

use mlx5_schemas::catalog::TypeDword;
use mlx5_schemas::model::command::{CAPABILITY_LENGTH, HEADER_LENGTH};
use mlx5_schemas::model::request::{Places, Readable, register};
use mlx5_schemas::redaction::is_secret_type;

mod acting_bits;

use acting_bits::{ACTING_BITS, AVOIDED};

const QUERY_HCA_CAP: u16 = 0x100;
const QUERY_ADAPTER: u16 = 0x101;
const ACCESS_REG: u16 = 0x805;
/// `op_mod` of ACCESS_REG that reads. Everything else is, or may be taken for, a write.
const OP_MOD_READ: u16 = 1;

/// Registers that stay out for good beside those of the read plan's avoid list: they are in no table for adapters, or
/// reach key material.
const NEVER: &[u16] = &[
    0x9029, // MNVIA of the fourth generation: deletes all stored NV items
    0x9023, // MRSR: resets
    0x402d, // MLOCK: secure host key
    0x402e, // CORE_DUMP: the kernel's own
    0x9153, // MORD: needs a memory key
];

/// Where registers that stay out stand in [`NEVER`], then in [`AVOIDED`].
static LEFT_ALONE: Places = Places::of({
    let mut ids = [0; NEVER.len() + AVOIDED.len()];
    let mut at = 0;
    while at < ids.len() {
        ids[at] = if at < NEVER.len() { NEVER[at] } else { AVOIDED[at - NEVER.len()] };
        at += 1;
    }
    ids
});

/// Where registers with bits that act stand in [`ACTING_BITS`].
static ACTING: Places = Places::of({
    let mut ids = [0; ACTING_BITS.len()];
    let mut at = 0;
    while at < ids.len() {
        ids[at] = ACTING_BITS[at].0;
        at += 1;
    }
    ids
});

/// Bytes of a header that stay zero: 2-5 (user context, reserved) and 8-15 (other function, argument).
const ZERO_BYTES: u128 = 0x0000_ffff_ffff_0000_ffff_ffff_ffff_ffff;
/// Likewise of ACCESS_REG, which has the register id in bytes 10 and 11.
const ZERO_BYTES_OF_ACCESS: u128 = 0x0000_ffff_ffff_0000_ffff_0000_ffff_ffff;

/// Input bytes that were found to be a read.
#[derive(Debug, Clone, Copy)]
pub struct ReadOnlyInput<'a>(&'a [u8]);

impl<'a> ReadOnlyInput<'a> {
    /// The bytes.
    pub fn bytes(self) -> &'a [u8] {
        self.0
    }
}

/// Why bytes were not taken for a read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NotARead {
    /// No header, or more data than the largest read has.
    #[error("{length} bytes of input")]
    Length {
        /// Bytes.
        length: usize,
    },
    /// An opcode outside the list.
    #[error("opcode 0x{opcode:04x} is not one of the three that are sent")]
    Opcode {
        /// The opcode.
        opcode: u16,
    },
    /// A register access that does not read.
    #[error("register access with op_mod {op_mod}: only 1 reads")]
    OpMod {
        /// The op_mod.
        op_mod: u16,
    },
    /// A register that is not read.
    #[error("register 0x{id:04x} is not one that is read")]
    Register {
        /// The register id.
        id: u16,
    },
    /// A field of the register's data that clears, resets, applies, enables or ends something.
    #[error("register 0x{id:04x}: bit {bit} of the data acts on the access")]
    Acts {
        /// The register id.
        id: u16,
        /// The bit, 0 being the most significant one of byte 0.
        bit: u16,
    },
    /// An NV item that is a secret.
    #[error("NV item {class}:0x{index:03x} is a secret")]
    Secret {
        /// The item's class.
        class: u8,
        /// Its index.
        index: u32,
    },
    /// A header field set that no read here sets (user context, another function, an argument).
    #[error("byte {at} of the header is set")]
    Header {
        /// The byte.
        at: usize,
    },
}

/// The first bit that is set in a field which acts on the access.
#[inline]
fn acting_bit(id: u16, data: &[u8]) -> Option<u16> {
    let (_, places) = ACTING_BITS.get(ACTING.get(id)?)?;
    let mut bits = places.iter().flat_map(|(offset, width)| *offset..offset.saturating_add(*width));
    bits.find(|bit| data.get(usize::from(bit / 8)).is_some_and(|byte| byte & (0x80 >> (bit % 8)) != 0))
}

/// Looks at finished bytes.
///
/// # Errors
/// When they are anything but a read of the short list.
#[inline]
pub fn check(input: &[u8]) -> Result<ReadOnlyInput<'_>, NotARead> {
    let length = input.len();
    let header: &[u8; HEADER_LENGTH] = input.first_chunk().ok_or(NotARead::Length { length })?;
    let opcode = u16::from_be_bytes([header[0], header[1]]);
    let op_mod = u16::from_be_bytes([header[6], header[7]]);
    let must_be_zero = match opcode {
        QUERY_HCA_CAP | QUERY_ADAPTER => {
            if length != HEADER_LENGTH {
                return Err(NotARead::Length { length });
            }
            ZERO_BYTES
        }
        ACCESS_REG => {
            if op_mod != OP_MOD_READ {
                return Err(NotARead::OpMod { op_mod });
            }
            let id = u16::from_be_bytes([header[10], header[11]]);
            if LEFT_ALONE.get(id).is_some() || Readable::of(id).is_none() {
                return Err(NotARead::Register { id });
            }
            let data = input.get(HEADER_LENGTH..).unwrap_or_default();
            if let Some(bit) = acting_bit(id, data) {
                return Err(NotARead::Acts { id, bit });
            }
            if length > HEADER_LENGTH + CAPABILITY_LENGTH {
                return Err(NotARead::Length { length });
            }
            if id == register::MNVDA {
                // The type, dword 1 of the register's data.
                let dword = input.get(HEADER_LENGTH + 4..).and_then(|data| data.first_chunk());
                let dword = u32::from_be_bytes(*dword.ok_or(NotARead::Length { length })?);
                if is_secret_type(dword) {
                    let item = TypeDword::split(dword);
                    return Err(NotARead::Secret { class: item.class, index: item.index });
                }
            }
            ZERO_BYTES_OF_ACCESS
        }
        _ => return Err(NotARead::Opcode { opcode }),
    };
    match u128::from_be_bytes(*header) & must_be_zero {
        0 => Ok(ReadOnlyInput(input)),
        set => Err(NotARead::Header { at: usize::try_from(set.leading_zeros() / 8).unwrap_or(0) }),
    }
}

#[cfg(test)]
mod tests;
