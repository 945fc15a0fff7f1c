//! What a catalog holds: TLVs with parameters, registers and capability pages with fields.
//!
//! All bit offsets count from the first byte, bit 0 being the most significant bit of byte 0.
//!
//! Must not do: read text or bytes.

/// An NV item: one entry of mstflint's parameter database.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tlv {
    /// Name in the database (`nv_global_pci_conf`).
    pub name: String,
    /// Type class (0 global, 1 port, 3 function, 6 file, 7 host, 9 module).
    pub class: u8,
    /// Parameter index within the class.
    pub index: u32,
    /// Bytes of data.
    pub size: u16,
    /// Served by the expansion ROM: what MNVQC says of reading and writing means nothing there.
    pub expansion_rom: bool,
    /// A capability TLV: read-only, written by the firmware.
    pub capability: bool,
    /// Can be asked for with MNVDA (class 6 and longer ones cannot).
    pub readable: bool,
    /// Layout version of the database.
    pub version: u8,
    /// The parameters, ordered by place.
    pub parameters: Vec<Parameter>,
}

/// How a parameter is to be understood.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ParameterKind {
    /// An unsigned number.
    Unsigned,
    /// True (1) or False (0).
    Boolean,
    /// A number with names.
    Enumeration,
    /// A number that people read in hex.
    Binary,
    /// Bytes, one element each.
    Bytes,
    /// Text, ended by a zero byte or by its room.
    Text,
}

/// Elements of equal width, one after another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Array {
    /// Number of elements.
    pub length: u32,
    /// Bits of an element.
    pub element_width: u32,
}

/// A parameter of a TLV.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Parameter {
    /// Name in the database (`total_vfs`).
    pub name: String,
    /// Name that mstconfig prints, without port or module (`NUM_OF_VFS`).
    pub alias: Option<String>,
    /// Its kind.
    pub kind: ParameterKind,
    /// First bit within the TLV's data.
    pub bit_offset: u32,
    /// Bits, all elements together.
    pub bit_width: u32,
    /// The elements, where there are several.
    pub array: Option<Array>,
    /// Named values, ordered by value and then by name.
    pub enumeration: Vec<(u64, String)>,
    /// First TLV version that has it (MNVQC says which version a firmware has); 0 is always.
    pub since_version: u8,
    /// Parameter of the same TLV that says whether this one counts; where it is 0 the firmware's default applies.
    pub valid_flag: Option<String>,
    /// When the parameter means anything, in the database's own expression language.
    pub dependency: Option<String>,
}

impl Parameter {
    /// Number of elements, 1 where it is no array. Text counts as one.
    pub fn elements(&self) -> u32 {
        match (self.kind, self.array) {
            (ParameterKind::Text, _) | (_, None) => 1,
            (_, Some(array)) => array.length,
        }
    }

    /// Bit offset and width of one element; `None` beyond the last.
    pub fn element(&self, index: u32) -> Option<(u32, u32)> {
        match (self.kind, self.array) {
            (ParameterKind::Text, _) | (_, None) => (index == 0).then_some((self.bit_offset, self.bit_width)),
            (_, Some(array)) if index < array.length => {
                let skipped = index.checked_mul(array.element_width)?;
                Some((self.bit_offset.checked_add(skipped)?, array.element_width))
            }
            (_, Some(_)) => None,
        }
    }

    /// Name of a value, where the kind or the enumeration gives one.
    pub fn value_name(&self, number: u64) -> Option<&str> {
        match (self.kind, number) {
            (ParameterKind::Boolean, 0) => Some("False"),
            (ParameterKind::Boolean, 1) => Some("True"),
            _ => name_of(&self.enumeration, number),
        }
    }
}

/// Who sets a field of a register.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Access {
    /// Read only.
    ReadOnly,
    /// Read and write.
    ReadWrite,
    /// Write only: zero on a read.
    WriteOnly,
    /// Chooses the instance.
    Index,
    /// Acts on the access: zero on a read.
    Operation,
    /// The source does not say.
    Unsaid,
}

/// When a field exists: all conditions of a field must hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Condition {
    /// Another field of the same register has this value.
    Equals {
        /// Path of the other field.
        selector: String,
        /// The value.
        value: u64,
    },
    /// An expression of the source, or a union whose source names no selector (empty): not evaluated.
    Unevaluated {
        /// The expression as it stands in the source.
        expression: String,
    },
}

/// A leaf field of a register or of a capability page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Field {
    /// Path within the register; `[]` marks the array level (`tc_configuration[].g`).
    pub path: String,
    /// First bit (of the first element).
    pub bit_offset: u32,
    /// Bits (of one element).
    pub bit_width: u32,
    /// Who sets it.
    pub access: Access,
    /// Where it is an array: number of elements (0: known only at run time) and the step in bits.
    pub array: Option<(u32, u32)>,
    /// Number of the first element.
    pub first_element: u32,
    /// Named values.
    pub enumeration: Vec<(u64, String)>,
    /// When it exists.
    pub conditions: Vec<Condition>,
}

impl Field {
    /// Name of a value, where the enumeration gives one.
    pub fn value_name(&self, number: u64) -> Option<&str> {
        name_of(&self.enumeration, number)
    }
}

/// What an index field of a register chooses.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum IndexRole {
    /// A port: facts are about [`crate::model::fact::Subject::Port`].
    Port,
    /// A cable module: facts are about [`crate::model::fact::Subject::Module`].
    Module,
    /// One of several instances: the value is part of the path.
    Instance,
    /// Fixed by the device or always zero: not part of the path.
    Fixed,
}

/// An index field that the read plan sets.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Index {
    /// Path of the field.
    pub path: String,
    /// What it chooses.
    pub role: IndexRole,
    /// First bit.
    pub bit_offset: u32,
    /// Bits.
    pub bit_width: u32,
}

/// A PRM access register.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Register {
    /// Name (`PTYS`).
    pub name: String,
    /// Id.
    pub id: u16,
    /// Bytes.
    pub size: u16,
    /// Index fields that the read plan sets.
    pub indexes: Vec<Index>,
    /// The leaf fields, ordered by place.
    pub fields: Vec<Field>,
}

impl Register {
    /// The field with this path.
    pub fn field(&self, path: &str) -> Option<&Field> {
        self.fields.iter().find(|field| field.path == path)
    }
}

/// One page of `union hca_cap_union`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Capability {
    /// Capability type (`enum mlx5_cap_type`).
    pub type_id: u16,
    /// Name (`GENERAL`).
    pub name: String,
    /// The fields, ordered by place.
    pub fields: Vec<Field>,
}

pub(super) fn name_of(enumeration: &[(u64, String)], number: u64) -> Option<&str> {
    let first = enumeration.partition_point(|(value, _)| *value < number);
    enumeration.get(first).filter(|(value, _)| *value == number).map(|(_, name)| name.as_str())
}
