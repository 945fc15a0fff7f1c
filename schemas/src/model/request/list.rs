//! The read list: registers, their lengths, and the fields of their data by which an instance is chosen.
//!
//! It is part of this program and of nothing else: a newer catalog that is read at run time adds names to what is
//! decoded, never a register to what is asked.
//!
//! Must not do: know what an answer means.

use super::read_list::READ_LIST;
use super::{Places, RequestError};
use crate::model::transcript::without_trailing_zeros;

/// When a register is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Tier {
    /// Always.
    Standard,
    /// Where everything was asked for.
    Full,
}

/// What registers are about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Group {
    /// Signs of tests, tokens and injected errors.
    Taint,
    /// Firmware, its components, resets.
    Firmware,
    /// The PCIe link.
    Pcie,
    /// Ports and modules.
    Port,
    /// Traffic classes and buffers.
    Qos,
    /// The adapter's functions.
    Nic,
    /// Temperature and power.
    Environment,
    /// Clocks.
    Time,
    /// What the device says that it has.
    Capabilities,
    /// NV configuration.
    Nv,
}

impl Group {
    /// All groups, the one first that weighs most.
    pub const ALL: [Self; 10] = [
        Self::Taint,
        Self::Firmware,
        Self::Pcie,
        Self::Port,
        Self::Qos,
        Self::Nic,
        Self::Environment,
        Self::Time,
        Self::Capabilities,
        Self::Nv,
    ];

    /// The word used in documents.
    pub fn word(self) -> &'static str {
        match self {
            Self::Taint => "taint",
            Self::Firmware => "firmware",
            Self::Pcie => "pcie",
            Self::Port => "port",
            Self::Qos => "qos",
            Self::Nic => "nic",
            Self::Environment => "environment",
            Self::Time => "time",
            Self::Capabilities => "capabilities",
            Self::Nv => "nv",
        }
    }
}

/// Which values an index field is read with. 0 is permitted in each: a field that is not set.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Values {
    /// These.
    Each(&'static [u16]),
    /// From 0 to this one.
    UpTo(u16),
    /// The device's ports, from 1.
    Ports,
    /// The modules that ports are mapped to (PMLP).
    Modules,
    /// The lanes of the port (PMLP).
    Lanes,
    /// Temperature sensors (MTCAP), and one of each module from 64.
    Sensors,
    /// The shared buffer's pools (SBCAM).
    Pools,
    /// A port's buffers (SBCAM).
    Buffers,
    /// 4 for Ethernet ports, 1 for InfiniBand ports.
    Protocol,
    /// The asking function's number (general capabilities).
    Function,
    /// Firmware components (MCQS, up to the one that says that it is the last).
    Components,
    /// From 0 until the device refuses, at most so many.
    UntilRefused(u16),
    /// From 0, as many as the answer to the first tells.
    Told {
        /// Where the answer tells it: bit offset and width.
        place: (u16, u16),
        /// From one value to the next.
        step: u16,
        /// What is told is the last value, not the one after it.
        last: bool,
    },
    /// The room for data in the answer, in bytes: chooses nothing.
    Room(u16),
    /// Whatever the field has room for (NV configuration).
    Any,
}

impl Values {
    fn permits(self, value: u64) -> bool {
        let is_one_of = |values: &[u16]| values.iter().any(|&known| u64::from(known) == value);
        value == 0
            || match self {
                Self::Each(values) => is_one_of(values),
                Self::UpTo(last) => value <= u64::from(last),
                Self::Protocol => is_one_of(&[1, 4]),
                Self::UntilRefused(most) => value < u64::from(most),
                Self::Told { step, .. } => value.is_multiple_of(u64::from(step)),
                Self::Room(room) => value == u64::from(room),
                Self::Ports
                | Self::Modules
                | Self::Lanes
                | Self::Sensors
                | Self::Pools
                | Self::Buffers
                | Self::Function
                | Self::Components
                | Self::Any => true,
            }
    }
}

/// A field of register data that a read sets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct IndexField {
    /// Path of the field.
    pub name: &'static str,
    /// First bit, 0 being the most significant one of byte 0.
    pub bit_offset: u16,
    /// Bits, at most 32.
    pub bit_width: u16,
    /// With which values.
    pub values: Values,
}

impl IndexField {
    /// Puts a permitted value in its place; says whether it did.
    pub(super) fn put(&self, data: &mut [u8], value: u64) -> bool {
        let fits = value.checked_shr(u32::from(self.bit_width)).unwrap_or(0) == 0;
        if !fits || !self.values.permits(value) {
            return false;
        }
        let Some(bytes) = data.get_mut(self.bytes()) else { return false };
        let set = (value << self.bits_after()).to_le_bytes();
        for (byte, set) in bytes.iter_mut().rev().zip(set) {
            *byte |= set;
        }
        true
    }

    /// The value in its place; bits beyond the data are 0.
    pub(in crate::model) fn get(&self, data: &[u8]) -> u64 {
        let byte = |at: usize| u64::from(data.get(at).copied().unwrap_or(0));
        let bytes = self.bytes().fold(0, |bytes, at| bytes << 8 | byte(at));
        bytes >> self.bits_after() & !(u64::MAX << self.bit_width)
    }

    /// The bytes in which it lies: five at most.
    pub(super) fn bytes(&self) -> std::ops::Range<usize> {
        usize::from(self.bit_offset / 8)..usize::from(self.end().div_ceil(8))
    }

    /// The bit after its last.
    fn end(&self) -> u16 {
        self.bit_offset.saturating_add(self.bit_width)
    }

    /// Bits between its end and that of its last byte.
    fn bits_after(&self) -> u32 {
        u32::from(self.end().wrapping_neg() % 8)
    }

    /// Its bits of the byte at `at`.
    fn bits_of(&self, at: usize) -> u8 {
        let first = usize::from(self.bit_offset).saturating_sub(at.saturating_mul(8)).min(8);
        let end = usize::from(self.end()).saturating_sub(at.saturating_mul(8)).min(8);
        // Of the sixteen bits the byte is the lower half.
        ((0xff_u16 >> first) & !(0xff_u16 >> end)).to_le_bytes()[0]
    }
}

/// A register that may be read. There are those of the list, and no others.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Readable {
    /// Id.
    pub id: u16,
    /// Name.
    pub name: &'static str,
    /// Lengths of its data in bytes, preferred first: mstflint's, then the kernel's where it differs.
    pub lengths: &'static [u16],
    /// When it is read.
    pub tier: Tier,
    /// What it is about.
    pub group: Group,
    /// The fields that a read sets, outermost first.
    pub indexes: &'static [IndexField],
}

/// Where they stand in [`READ_LIST`].
static PLACES: Places = Places::of({
    let mut ids = [0; READ_LIST.len()];
    let mut at = 0;
    while at < ids.len() {
        ids[at] = READ_LIST[at].id;
        at += 1;
    }
    ids
});

impl Readable {
    /// All of them, in the order of the read plan.
    pub fn all() -> &'static [Self] {
        READ_LIST
    }

    /// The one with this id.
    #[inline]
    pub fn of(id: u16) -> Option<&'static Self> {
        PLACES.get(id).and_then(|at| READ_LIST.get(at))
    }

    /// The index field with this path.
    pub fn index(&self, name: &str) -> Option<&'static IndexField> {
        self.indexes.iter().find(|index| index.name == name)
    }

    /// Whether data sets nothing but index fields, and those to permitted values.
    pub(super) fn check(&self, data: &[u8]) -> Result<(), RequestError> {
        let id = self.id;
        for index in self.indexes {
            let value = index.get(data);
            if !index.values.permits(value) {
                return Err(RequestError::IndexValue { id, field: index.name, value });
            }
        }
        for (at, byte) in without_trailing_zeros(data).iter().enumerate().filter(|(_, byte)| **byte != 0) {
            let is_index = self.indexes.iter().fold(0, |bits, index| bits | index.bits_of(at));
            let others = byte & !is_index;
            if others != 0 {
                let place = others.leading_zeros().try_into().unwrap_or(0);
                return Err(RequestError::NotAnIndexBit {
                    id,
                    bit: at.saturating_mul(8).saturating_add(place),
                });
            }
        }
        Ok(())
    }
}
