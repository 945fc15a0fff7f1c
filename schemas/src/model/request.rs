//! The requests that exist. This is the whole vocabulary: reads only.
//!
//! A write cannot be spelled: `op_mod` is no field, and a register outside the read list has no constructor.
//! Must not do: carry a scope, a user context or anything else that could widen a request.

use super::command::{CAPABILITY_LENGTH, HEADER_LENGTH, Opcode};
use super::fact::View;
use super::nv;
use crate::redaction::is_secret_type;

/// `op_mod` of ACCESS_REG that reads; 0 would write (`mlx5_ifc.h`, `access_register_in_bits`).
const OP_MOD_READ: u16 = 1;

/// Register ids used by name in this workspace (PRM access registers).
pub mod register {
    /// NV data of one TLV in one view.
    pub const MNVDA: u16 = 0x9024;
    /// Whether one TLV can be read or written, and its version.
    pub const MNVQC: u16 = 0x9030;
    /// Which NV access modes exist.
    pub const MNVGC: u16 = 0x9034;
    /// The walk over the NV items that are stored in flash.
    pub const MNVGN: u16 = 0x9035;
    /// Which hosts a card of several hosts has.
    pub const MMHI: u16 = 0x904a;
    /// Firmware identity.
    pub const MGIR: u16 = 0x9020;
    /// Firmware components.
    pub const MCQS: u16 = 0x9060;
    /// One firmware component's versions.
    pub const MCQI: u16 = 0x9061;
    /// Which 0x9000 registers exist.
    pub const MCAM: u16 = 0x907f;
    /// Which 0x5000 registers exist.
    pub const PCAM: u16 = 0x507f;
    /// Which 0x4000 registers exist.
    pub const QCAM: u16 = 0x4019;
    /// Port speeds.
    pub const PTYS: u16 = 0x5004;
    /// Port administrative and operational state.
    pub const PAOS: u16 = 0x5006;
    /// Port to module and lane map.
    pub const PMLP: u16 = 0x5002;
    /// Pause and priority flow control.
    pub const PFCC: u16 = 0x5007;
    /// Forward error correction.
    pub const PPLM: u16 = 0x5023;
    /// Enhanced transmission selection.
    pub const QETCR: u16 = 0x4005;
    /// Trust state.
    pub const QPTS: u16 = 0x4002;
    /// PCIe link.
    pub const MPEIN: u16 = 0x9050;
    /// Reset types and pending reset.
    pub const MFRL: u16 = 0x9028;
    /// Debug token sessions.
    pub const MDSR: u16 = 0x9110;
}

/// The registers that may be read at all, with the byte lengths that exist for each, preferred first
/// (mstflint's table, then the kernel's where it differs). A register that is not here has no request.
pub const READABLE_REGISTERS: &[(u16, &[u16])] = &[
    (register::QPTS, &[8]),
    (register::QETCR, &[80]),
    (register::QCAM, &[72]),
    (register::PMLP, &[64]),
    (register::PTYS, &[68, 64]),
    (register::PAOS, &[16]),
    (register::PFCC, &[32]),
    (register::PPLM, &[128, 120]),
    (register::PCAM, &[80]),
    (register::MGIR, &[160]),
    (register::MNVDA, &[268]),
    (register::MFRL, &[8]),
    (register::MNVQC, &[8]),
    (register::MNVGC, &[16]),
    // Head and the largest item, then with the room that mstflint gives it.
    (register::MNVGN, &[284, 156]),
    (register::MMHI, &[128]),
    (register::MPEIN, &[48]),
    (register::MCQS, &[16]),
    (register::MCQI, &[148]),
    (register::MCAM, &[72]),
    (register::MDSR, &[48]),
];

/// The lengths listed for a register in [`READABLE_REGISTERS`], preferred first.
pub fn register_lengths(id: u16) -> Option<&'static [u16]> {
    READABLE_REGISTERS.iter().find(|(known, _)| *known == id).map(|(_, lengths)| *lengths)
}

/// Which of its two capability values the device is asked for (`enum mlx5_cap_mode`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum CapabilityMode {
    /// What the device could do.
    Maximum,
    /// What is enabled.
    Current,
}

/// Why a request cannot be made.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RequestError {
    /// The register is not in the read list.
    #[error("register 0x{id:04x} is not in the list of registers that may be read")]
    RegisterNotReadable {
        /// The register id.
        id: u16,
    },
    /// The register data has a length that no table gives.
    #[error("register 0x{id:04x} with {length} bytes of data: lengths known are {known:?}")]
    RegisterLength {
        /// The register id.
        id: u16,
        /// The length asked for, in bytes.
        length: usize,
        /// The lengths known, in bytes.
        known: &'static [u16],
    },
    /// A field is set that a read of the NV register does not set: what only a write would mean.
    #[error("register 0x{id:04x}: {reason}")]
    NvField {
        /// The register id.
        id: u16,
        /// What is set.
        reason: &'static str,
    },
    /// The NV item is a secret.
    #[error("the NV item 0x{type_dword:08x} is a secret and is never asked for")]
    Secret {
        /// Its type dword.
        type_dword: u32,
    },
    /// The bytes are no request of this vocabulary.
    #[error("not a request that may be made: {reason}")]
    NotARequest {
        /// What is wrong.
        reason: &'static str,
    },
}

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
enum Kind {
    Capability { capability: u16, mode: CapabilityMode },
    Adapter,
    Register { id: u16, data: Vec<u8> },
}

/// One read of the device.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Request(Kind);

impl Request {
    /// QUERY_HCA_CAP of one capability type.
    pub fn capability(capability: u16, mode: CapabilityMode) -> Result<Self, RequestError> {
        // op_mod = type * 2 + mode must fit 16 bits.
        if capability > 0x7fff {
            return Err(RequestError::NotARequest { reason: "capability type above 0x7fff" });
        }
        Ok(Self(Kind::Capability { capability, mode }))
    }

    /// QUERY_ADAPTER.
    pub fn adapter() -> Self {
        Self(Kind::Adapter)
    }

    /// A read of a register: `data` is the register's data with its index fields set and everything else zero.
    ///
    /// # Errors
    /// When the register is not in [`READABLE_REGISTERS`], `data` has none of its lengths, or it sets what a read of an
    /// NV register does not set or asks for a secret.
    pub fn register(id: u16, data: Vec<u8>) -> Result<Self, RequestError> {
        let request = Self::named(id, data)?;
        match request.secret() {
            None => Ok(request),
            Some(type_dword) => Err(RequestError::Secret { type_dword }),
        }
    }

    /// The row of an NV item that is a secret: it stands in a record as not asked for. [`Request::secret`] tells it from
    /// everything that may be sent, and whoever sends requests refuses it.
    ///
    /// # Errors
    /// When the item is no secret.
    pub fn left_out_secret(type_dword: u32) -> Result<Self, RequestError> {
        let header = nv::ItemHeader {
            room: 256,
            view: View::Next,
            host_id_valid: false,
            writer: 0,
            priority: 0,
            overwritable: true,
        };
        let mut data = [header.dword().to_be_bytes(), type_dword.to_be_bytes()].concat();
        data.resize(nv::ITEM_HEADER + nv::MAX_ITEM_DATA, 0);
        let request = Self::named(register::MNVDA, data)?;
        if request.secret().is_some() {
            Ok(request)
        } else {
            Err(RequestError::NotARequest { reason: "the item is no secret" })
        }
    }

    /// The type dword of the secret NV item that this names; such a request is a row in a record and is never sent.
    pub fn secret(&self) -> Option<u32> {
        let (register::MNVDA, data) = self.as_register()? else { return None };
        nv::type_dword(data).filter(|&type_dword| is_secret_type(type_dword))
    }

    /// A register read, or the name of one that is never made.
    fn named(id: u16, data: Vec<u8>) -> Result<Self, RequestError> {
        let known = register_lengths(id).ok_or(RequestError::RegisterNotReadable { id })?;
        if !known.iter().any(|&length| usize::from(length) == data.len()) {
            return Err(RequestError::RegisterLength { id, length: data.len(), known });
        }
        nv::check_read(id, &data).map_err(|reason| RequestError::NvField { id, reason })?;
        Ok(Self(Kind::Register { id, data }))
    }

    /// The opcode.
    pub fn opcode(&self) -> Opcode {
        match &self.0 {
            Kind::Capability { .. } => Opcode::QUERY_HCA_CAP,
            Kind::Adapter => Opcode::QUERY_ADAPTER,
            Kind::Register { .. } => Opcode::ACCESS_REG,
        }
    }

    /// The register id and data, where this is a register read.
    pub fn as_register(&self) -> Option<(u16, &[u8])> {
        match &self.0 {
            Kind::Register { id, data } => Some((*id, data)),
            Kind::Capability { .. } | Kind::Adapter => None,
        }
    }

    /// The capability type and mode, where this is a capability query.
    pub fn as_capability(&self) -> Option<(u16, CapabilityMode)> {
        match &self.0 {
            Kind::Capability { capability, mode } => Some((*capability, *mode)),
            Kind::Adapter | Kind::Register { .. } => None,
        }
    }

    /// The input buffer, header first, user context 0 (the driver fills it in).
    pub fn input(&self) -> Vec<u8> {
        let data_length = self.as_register().map_or(0, |(_, data)| data.len());
        let mut input = Vec::with_capacity(HEADER_LENGTH.saturating_add(data_length));
        input.resize(HEADER_LENGTH, 0);
        let (op_mod, register) = match &self.0 {
            Kind::Capability { capability, mode } => {
                (capability * 2 + u16::from(*mode == CapabilityMode::Current), None)
            }
            Kind::Adapter => (0, None),
            Kind::Register { id, data } => (OP_MOD_READ, Some((*id, data))),
        };
        put16(&mut input, 0, self.opcode().0);
        put16(&mut input, 6, op_mod);
        if let Some((id, data)) = register {
            put16(&mut input, 10, id);
            input.extend_from_slice(data);
        }
        input
    }

    /// Length of the input buffer, header included, in bytes.
    pub fn input_length(&self) -> usize {
        let data = self.as_register().map_or(0, |(_, data)| data.len());
        HEADER_LENGTH.saturating_add(data)
    }

    /// Room that the output needs, header included, in bytes.
    pub fn output_length(&self) -> usize {
        HEADER_LENGTH
            + match &self.0 {
                Kind::Capability { .. } => CAPABILITY_LENGTH,
                // vsd 208 B and PSID 16 B end at byte 272 (`query_adapter_out_bits`).
                Kind::Adapter => 256,
                Kind::Register { data, .. } => data.len(),
            }
    }

    /// Reads an input buffer back into a request; the inverse of [`Request::input`], for secrets that were left out too.
    ///
    /// # Errors
    /// When the bytes are anything that this vocabulary cannot say, a register write first of all.
    pub fn from_input(input: &[u8]) -> Result<Self, RequestError> {
        let not = |reason| RequestError::NotARequest { reason };
        let header = input.get(..HEADER_LENGTH).ok_or(not("shorter than a header"))?;
        let data = input.get(HEADER_LENGTH..).unwrap_or_default();
        let op_mod = get16(header, 6);
        let request = match Opcode(get16(header, 0)) {
            Opcode::QUERY_HCA_CAP => {
                let mode = if op_mod & 1 == 1 { CapabilityMode::Current } else { CapabilityMode::Maximum };
                Self::capability(op_mod >> 1, mode)?
            }
            Opcode::QUERY_ADAPTER => Self::adapter(),
            Opcode::ACCESS_REG if op_mod != OP_MOD_READ => {
                return Err(not("register access that is no read"));
            }
            Opcode::ACCESS_REG => Self::named(get16(header, 10), data.to_vec())?,
            Opcode(_) => return Err(not("opcode outside the allow-list")),
        };
        // Everything that is not part of the vocabulary must be zero, or a field we do not know is set.
        if request.input() == input { Ok(request) } else { Err(not("a reserved field is set")) }
    }
}

fn put16(buffer: &mut [u8], at: usize, value: u16) {
    if let Some(field) = buffer.get_mut(at..at.saturating_add(2)) {
        field.copy_from_slice(&value.to_be_bytes());
    }
}

fn get16(buffer: &[u8], at: usize) -> u16 {
    buffer
        .get(at..at.saturating_add(2))
        .and_then(|field| <[u8; 2]>::try_from(field).ok())
        .map_or(0, u16::from_be_bytes)
}
