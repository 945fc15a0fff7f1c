//! The requests that exist. This is the whole vocabulary: reads only.
//!
//! A write cannot be spelled: `op_mod` is no field, a register outside the read list has no constructor, and of the
//! data of one that is in it only the index fields can be set. So there is no way to say "clear", "reset" or "apply"
//! either:
//!
//! ```
//! use mlx5_schemas::model::request::{Request, RequestError};
//! let tokens = Request::read(0x9110, 48, &[("type_of_token", 1)]);
//! assert!(tokens.is_ok());
//! // MDSR's `end` ends a session; PPCNT has a bit that clears its counters.
//! assert!(matches!(Request::read(0x9110, 48, &[("end", 1)]), Err(RequestError::NoIndex { .. })));
//! assert!(matches!(Request::read(0x5008, 256, &[]), Err(RequestError::RegisterNotReadable { .. })));
//! ```
//!
//! Nor can a request be put together past that check, or the list be added to:
//!
//! ```compile_fail,E0423
//! let request = mlx5_schemas::model::request::Request(0);
//! ```
//! ```compile_fail,E0639
//! use mlx5_schemas::model::request::{Group, Readable, Tier};
//! let counters = Readable {
//!     id: 0x5008, name: "PPCNT", lengths: &[256], tier: Tier::Full, group: Group::Port, indexes: &[],
//! };
//! ```
//!
//! Must not do: carry a scope, a user context or anything else that could widen a request.

mod list;
mod places;
mod read_list;
pub mod register;

pub use list::{Group, IndexField, Readable, Tier, Values};
pub use places::Places;

use super::command::{CAPABILITY_LENGTH, HEADER_LENGTH, Opcode};
use super::fact::View;
use super::nv;
use super::transcript::without_trailing_zeros;
use crate::redaction::is_secret_type;

/// `op_mod` of ACCESS_REG that reads; 0 would write (`mlx5_ifc.h`, `access_register_in_bits`).
const OP_MOD_READ: u16 = 1;

/// The lengths that exist for a register that may be read, preferred first.
pub fn register_lengths(id: u16) -> Option<&'static [u16]> {
    Readable::of(id).map(|readable| readable.lengths)
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
    /// The register has no such index field, or it is set twice.
    #[error("register 0x{id:04x} has no index field {field} that a read sets")]
    NoIndex {
        /// The register id.
        id: u16,
        /// The field.
        field: String,
    },
    /// An index field with a value that the read list does not have.
    #[error("register 0x{id:04x}: {field} is never {value}")]
    IndexValue {
        /// The register id.
        id: u16,
        /// The field.
        field: &'static str,
        /// The value.
        value: u64,
    },
    /// Register data with a bit set outside of its index fields.
    #[error("register 0x{id:04x}: bit {bit} of the data belongs to no index field")]
    NotAnIndexBit {
        /// The register id.
        id: u16,
        /// The bit, 0 being the most significant one of byte 0.
        bit: usize,
    },
    /// The bytes are no request of this vocabulary.
    #[error("not a request that may be made: {reason}")]
    NotARequest {
        /// What is wrong.
        reason: &'static str,
    },
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Kind {
    Capability { capability: u16, mode: CapabilityMode },
    Adapter,
    Register { id: u16 },
}

/// One read of the device: its finished bytes, and what is looked at for each command and follows from them.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Request {
    kind: Kind,
    /// The input buffer, header first.
    input: Vec<u8>,
    /// How many bytes of it there are up to the last that is set.
    set_length: usize,
    /// Whether it names a secret NV item.
    is_secret: bool,
}

impl Request {
    /// QUERY_HCA_CAP of one capability type.
    pub fn capability(capability: u16, mode: CapabilityMode) -> Result<Self, RequestError> {
        // op_mod = type * 2 + mode must fit 16 bits.
        if capability > 0x7fff {
            return Err(RequestError::NotARequest { reason: "capability type above 0x7fff" });
        }
        let op_mod = capability * 2 + u16::from(mode == CapabilityMode::Current);
        Ok(Self::command(Kind::Capability { capability, mode }, header(Opcode::QUERY_HCA_CAP, op_mod, 0)))
    }

    /// QUERY_ADAPTER.
    pub fn adapter() -> Self {
        Self::command(Kind::Adapter, header(Opcode::QUERY_ADAPTER, 0, 0))
    }

    /// A request that is a header alone.
    fn command(kind: Kind, header: [u8; HEADER_LENGTH]) -> Self {
        let set_length = without_trailing_zeros(&header).len();
        Self { kind, input: header.to_vec(), set_length, is_secret: false }
    }

    /// A read of a register of the read list with these index fields, all else zero.
    ///
    /// # Errors
    /// When the register or the length is not in the list, or a field is not one of its index fields or never has this
    /// value.
    pub fn read(id: u16, length: u16, indexes: &[(&str, u64)]) -> Result<Self, RequestError> {
        let readable = Readable::of(id).ok_or(RequestError::RegisterNotReadable { id })?;
        let mut input = room_for(readable, usize::from(length))?;
        let data = input.get_mut(HEADER_LENGTH..).unwrap_or_default();
        let mut reach = 0;
        let mut rest = indexes;
        while let [(field, value), others @ ..] = rest {
            let (field, value) = (*field, *value);
            rest = others;
            let no_index = || RequestError::NoIndex { id, field: field.to_owned() };
            let index = readable.index(field).ok_or_else(no_index)?;
            if others.iter().any(|(other, _)| *other == field) {
                return Err(no_index());
            }
            let refused = RequestError::IndexValue { id, field: index.name, value };
            if !index.put(data, value) {
                return Err(refused);
            }
            reach = reach.max(index.bytes().end);
        }
        // Nothing but permitted values in index fields can be set in other registers by now.
        if let Some(checked) = nv::check_read(id, data) {
            checked.map_err(|reason| RequestError::NvField { id, reason })?;
        }
        Self::finished(id, input, reach).asked()
    }

    /// A read of MNVDA, MNVQC, MNVGC or MNVGN, at its preferred length, with these first two dwords, all else zero.
    ///
    /// # Errors
    /// When the register is none of those, a dword has a bit that a read does not set, or a secret is asked for.
    pub fn nv(id: u16, dwords: [u32; 2]) -> Result<Self, RequestError> {
        let readable = Readable::of(id).ok_or(RequestError::RegisterNotReadable { id })?;
        nv::check_dwords(id, dwords).map_err(|reason| RequestError::NvField { id, reason })?;
        let length = readable.lengths.first().copied().map_or(0, usize::from);
        let mut input = room_for(readable, length)?;
        let data = input.get_mut(HEADER_LENGTH..).and_then(|data| data.as_chunks_mut().0.first_chunk_mut());
        if let Some(data) = data {
            *data = dwords.map(u32::to_be_bytes);
        }
        Self::finished(id, input, size_of_val(&dwords)).asked()
    }

    /// Makes it a read of the same NV register, and of the same length, with these first two dwords, as
    /// [`Request::nv`] would. Many such reads follow one another, and nothing else of their bytes differs.
    ///
    /// # Errors
    /// As there, and when it is no read of such a register; it then stays what it was.
    #[inline]
    pub fn set_nv(&mut self, dwords: [u32; 2]) -> Result<(), RequestError> {
        let not = RequestError::NotARequest { reason: "no read of an NV register" };
        let Kind::Register { id } = self.kind else { return Err(not) };
        nv::check_dwords(id, dwords).map_err(|reason| RequestError::NvField { id, reason })?;
        if id == register::MNVDA && is_secret_type(dwords[1]) {
            return Err(RequestError::Secret { type_dword: dwords[1] });
        }
        let data = self.input.get_mut(HEADER_LENGTH..).and_then(|data| data.first_chunk_mut());
        let [[a, b, c, d], [e, f, g, h]] = dwords.map(u32::to_be_bytes);
        *data.ok_or(not)? = [a, b, c, d, e, f, g, h];
        self.set_length =
            without_trailing_zeros(self.input.get(..HEADER_LENGTH + 8).unwrap_or_default()).len();
        self.is_secret = false;
        Ok(())
    }

    /// A read of a register from its finished data, of which only index fields may be set.
    ///
    /// # Errors
    /// When the register is not in the read list, `data` has none of its lengths, a bit is set that belongs to no
    /// index field, an index field has a value that the list does not have, or a secret is asked for.
    pub fn register(id: u16, data: impl AsRef<[u8]>) -> Result<Self, RequestError> {
        Self::named(id, data.as_ref())?.asked()
    }

    /// The request, unless a secret is asked for.
    fn asked(self) -> Result<Self, RequestError> {
        match self.secret() {
            None => Ok(self),
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
        let request = Self::named(register::MNVDA, &data)?;
        if request.secret().is_some() {
            Ok(request)
        } else {
            Err(RequestError::NotARequest { reason: "the item is no secret" })
        }
    }

    /// The type dword of the secret NV item that this names; such a request is a row in a record and is never sent.
    pub fn secret(&self) -> Option<u32> {
        if self.is_secret { nv::type_dword(self.data()) } else { None }
    }

    /// A register read, or the name of one that is never made.
    fn named(id: u16, data: &[u8]) -> Result<Self, RequestError> {
        let readable = Readable::of(id).ok_or(RequestError::RegisterNotReadable { id })?;
        let mut input = room_for(readable, data.len())?;
        match nv::check_read(id, data) {
            Some(checked) => checked.map_err(|reason| RequestError::NvField { id, reason })?,
            None => readable.check(data)?,
        }
        input.truncate(HEADER_LENGTH);
        input.extend_from_slice(data);
        Ok(Self::finished(id, input, data.len()))
    }

    /// The request that these bytes are, of whose data nothing is set from `reach` on.
    fn finished(id: u16, input: Vec<u8>, reach: usize) -> Self {
        let set = input.get(..HEADER_LENGTH.saturating_add(reach)).unwrap_or(&input);
        let set_length = without_trailing_zeros(set).len();
        let data = input.get(HEADER_LENGTH..).unwrap_or_default();
        let is_secret = id == register::MNVDA && nv::type_dword(data).is_some_and(is_secret_type);
        Self { kind: Kind::Register { id }, input, set_length, is_secret }
    }

    /// The opcode.
    pub fn opcode(&self) -> Opcode {
        match self.kind {
            Kind::Capability { .. } => Opcode::QUERY_HCA_CAP,
            Kind::Adapter => Opcode::QUERY_ADAPTER,
            Kind::Register { .. } => Opcode::ACCESS_REG,
        }
    }

    /// The register id and data, where this is a register read.
    pub fn as_register(&self) -> Option<(u16, &[u8])> {
        match self.kind {
            Kind::Register { id } => Some((id, self.data())),
            Kind::Capability { .. } | Kind::Adapter => None,
        }
    }

    /// The capability type and mode, where this is a capability query.
    pub fn as_capability(&self) -> Option<(u16, CapabilityMode)> {
        match self.kind {
            Kind::Capability { capability, mode } => Some((capability, mode)),
            Kind::Adapter | Kind::Register { .. } => None,
        }
    }

    /// The input buffer, header first, user context 0 (the driver fills it in).
    pub fn bytes(&self) -> &[u8] {
        &self.input
    }

    /// A copy of that.
    pub fn input(&self) -> Vec<u8> {
        self.input.clone()
    }

    /// The input buffer up to the last byte that is set.
    pub fn set_bytes(&self) -> &[u8] {
        self.input.get(..self.set_length).unwrap_or(&self.input)
    }

    /// The input buffer after its header.
    fn data(&self) -> &[u8] {
        self.input.get(HEADER_LENGTH..).unwrap_or_default()
    }

    /// Room that the output needs, header included, in bytes.
    pub fn output_length(&self) -> usize {
        HEADER_LENGTH
            + match self.kind {
                Kind::Capability { .. } => CAPABILITY_LENGTH,
                // vsd 208 B and PSID 16 B end at byte 272 (`query_adapter_out_bits`).
                Kind::Adapter => 256,
                Kind::Register { .. } => self.data().len(),
            }
    }

    /// That room, all zeros, in the place of an earlier answer.
    pub fn output_room(&self, mut earlier: Vec<u8>) -> Vec<u8> {
        earlier.clear();
        earlier.resize(self.output_length(), 0);
        earlier
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
            Opcode::ACCESS_REG => Self::named(get16(header, 10), data)?,
            Opcode(_) => return Err(not("opcode outside the allow-list")),
        };
        // Everything that is not part of the vocabulary must be zero, or a field we do not know is set.
        if request.input == input { Ok(request) } else { Err(not("a reserved field is set")) }
    }
}

/// The input buffer of a register read with so much data, which is all zeros.
fn room_for(readable: &Readable, length: usize) -> Result<Vec<u8>, RequestError> {
    let (id, known) = (readable.id, readable.lengths);
    if !known.iter().any(|&known| usize::from(known) == length) {
        return Err(RequestError::RegisterLength { id, length, known });
    }
    let length = HEADER_LENGTH.saturating_add(length);
    let mut input = Vec::with_capacity(length);
    input.extend_from_slice(&header(Opcode::ACCESS_REG, OP_MOD_READ, id));
    input.resize(length, 0);
    Ok(input)
}

/// The header of an input buffer.
fn header(opcode: Opcode, op_mod: u16, id: u16) -> [u8; HEADER_LENGTH] {
    let ([o, p], [m, n], [i, j]) = (opcode.0.to_be_bytes(), op_mod.to_be_bytes(), id.to_be_bytes());
    [o, p, 0, 0, 0, 0, m, n, 0, 0, i, j, 0, 0, 0, 0]
}

fn get16(buffer: &[u8], at: usize) -> u16 {
    buffer
        .get(at..at.saturating_add(2))
        .and_then(|field| <[u8; 2]>::try_from(field).ok())
        .map_or(0, u16::from_be_bytes)
}
