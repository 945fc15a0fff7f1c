//! The last look at the finished bytes of a request before they are handed to the kernel.
//!
//! The kernel passes register writes at every scope and without a taint, so that nothing but this program
//! stands between a slip of ours and a device. `Request` cannot spell a write; this module does not rely on
//! that: it has its own list of opcodes, reads the bytes by itself, and its proof of having looked,
//! [`ReadOnlyInput`], is the only thing that the ioctl takes.
//!
//! Must not do: build or change a request.

use mlx5_schemas::catalog::TypeDword;
use mlx5_schemas::model::command::{CAPABILITY_LENGTH, HEADER_LENGTH};
use mlx5_schemas::model::request::{READABLE_REGISTERS, register};
use mlx5_schemas::redaction::is_secret_type;

const QUERY_HCA_CAP: u16 = 0x100;
const QUERY_ADAPTER: u16 = 0x101;
const ACCESS_REG: u16 = 0x805;
/// `op_mod` of ACCESS_REG that reads. Everything else is, or may be taken for, a write.
const OP_MOD_READ: u16 = 1;

/// Registers that act when they are read, delete, move key material or reach past the firmware. They must
/// stay out even if the read list should name one some day.
const NEVER: &[u16] = &[
    0x9025, // MNVDI: deletes one stored NV item
    0x9029, // MNVIA of the fourth generation: deletes all of them
    0x9033, // MNVIA: deletes all of them
    0x9023, // MRSR: resets
    0x9065, // MTCQ: a read makes a new token challenge
    0x9066, // MKDC: keeps a debug session alive
    0x905a, // MPCIR: in-service update
    0x910e, // MTMR: clears counters
    0x506e, // PPCC: reads and clears
    0x5028, // SLRG: starts a measurement
    0x505a, // SLRED: starts an eye scan
    0x5064, // PMPT: module test patterns
    0x9010, // MFPA: flash
    0x9011, // MFBA: flash
    0x9012, // MFBE: flash erase
    0x9014, // MCIA: module I2C
    0x9017, // MMDIO: bus access
    0x901f, // MJTAG: bus access
    0x905b, // MPECS: any PCIe capability
    0x905c, // MCDD: component data
    0x9063, // MCDA: component data
    0x9116, // MQDIK: identity keys
    0x402d, // MLOCK: secure host key
    0xc000, // resource dump
    0xc002, // CRYPTO_OPERATIONAL: key material
    0xc004, // IMPORT_KEK_HANDLE: key material
    0xc005, // CREDENTIAL_HANDLE: key material
    0xc009, // HCA_CMD_ENCAP: runs an embedded command
];

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

/// Looks at finished bytes.
///
/// # Errors
/// When they are anything but a read of the short list.
pub fn check(input: &[u8]) -> Result<ReadOnlyInput<'_>, NotARead> {
    let length = input.len();
    let header: &[u8; HEADER_LENGTH] = input.first_chunk().ok_or(NotARead::Length { length })?;
    let opcode = u16::from_be_bytes([header[0], header[1]]);
    let op_mod = u16::from_be_bytes([header[6], header[7]]);
    // Bytes 2-5 (user context, reserved) and 8-15 (other function, argument) stay zero but for the register
    // id.
    let must_be_zero: &[usize] = match opcode {
        QUERY_HCA_CAP | QUERY_ADAPTER => {
            if length != HEADER_LENGTH {
                return Err(NotARead::Length { length });
            }
            &[2, 3, 4, 5, 8, 9, 10, 11, 12, 13, 14, 15]
        }
        ACCESS_REG => {
            if op_mod != OP_MOD_READ {
                return Err(NotARead::OpMod { op_mod });
            }
            let id = u16::from_be_bytes([header[10], header[11]]);
            if NEVER.contains(&id) || !READABLE_REGISTERS.iter().any(|(readable, _)| *readable == id) {
                return Err(NotARead::Register { id });
            }
            if length > HEADER_LENGTH + CAPABILITY_LENGTH {
                return Err(NotARead::Length { length });
            }
            if id == register::MNVDA {
                // The type, dword 1 of the register's data.
                let dword = input.get(HEADER_LENGTH + 4..).and_then(|data| data.first_chunk());
                let dword = u32::from_be_bytes(*dword.ok_or(NotARead::Length { length })?);
                let item = TypeDword::split(dword);
                if is_secret_type(dword) {
                    return Err(NotARead::Secret { class: item.class, index: item.index });
                }
            }
            &[2, 3, 4, 5, 8, 9, 12, 13, 14, 15]
        }
        _ => return Err(NotARead::Opcode { opcode }),
    };
    match must_be_zero.iter().find(|&&at| header.get(at) != Some(&0)) {
        Some(&at) => Err(NotARead::Header { at }),
        None => Ok(ReadOnlyInput(input)),
    }
}

#[cfg(test)]
mod tests;
