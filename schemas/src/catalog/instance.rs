//! Which instances of a TLV there are, and how the type dword of MNVDA and MNVQC names them.
//!
//! Layout of the dword by class: PRM configuration item type; kernel `mlx5_ifc.h`
//! (`mlx5_ifc_config_item_type_auto_bits`) and mstflint `mlxcfg_tlv.cpp` agree on the positions used here.
//!
//! Must not do: know which TLVs exist (see [`super::Catalog`]).

use crate::model::fact::Subject;

use super::types::Tlv;

/// Global.
const GLOBAL: u8 = 0;
/// Physical port: port in bits 23:16, index in 15:0.
const PORT: u8 = 1;
/// Function: host in bits 23:18, function in 17:10, index in 9:0.
const FUNCTION: u8 = 3;
/// Signed files: no stored settings, never asked for.
const FILE: u8 = 6;
/// Host: host in bits 23:18, index in 17:0.
const HOST: u8 = 7;
/// Module: module in bits 23:14, index in 13:0.
const MODULE: u8 = 9;

/// What an instance of a TLV belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Selector {
    /// The device as a whole.
    Global,
    /// A port, from 1.
    Port(u32),
    /// A function of a host; (0, 0) is the function that asks.
    Function {
        /// Host number.
        host: u32,
        /// Function number.
        function: u32,
    },
    /// A host; 0 is the host that asks.
    Host(u32),
    /// A cable module, from 0.
    Module(u32),
}

impl Selector {
    /// The subject of facts about this instance on a device.
    pub fn subject(self, device: &str) -> Subject {
        let device = device.to_owned();
        match self {
            Self::Global | Self::Function { .. } | Self::Host(_) => Subject::Device { device },
            Self::Port(port) => Subject::Port { device, port },
            Self::Module(module) => Subject::Module { device, module },
        }
    }

    /// What mstconfig appends to a parameter's name for this instance (`_P1`, `_M0`, or nothing).
    pub fn suffix(self) -> String {
        match self {
            Self::Global | Self::Function { .. } | Self::Host(_) => String::new(),
            Self::Port(port) => format!("_P{port}"),
            Self::Module(module) => format!("_M{module}"),
        }
    }
}

/// A type dword taken apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TypeDword {
    /// Class.
    pub class: u8,
    /// Parameter index.
    pub index: u32,
    /// Instance.
    pub selector: Selector,
}

impl TypeDword {
    /// Takes a dword apart. Classes without a known instance part have the whole low 24 bits as index.
    pub fn split(dword: u32) -> Self {
        let [class, ..] = dword.to_be_bytes();
        let field = |low: u32, width: u32| (dword >> low) & ((1_u32 << width) - 1);
        let (index, selector) = match class {
            PORT => (field(0, 16), Selector::Port(field(16, 8))),
            FUNCTION => (field(0, 10), Selector::Function { host: field(18, 6), function: field(10, 8) }),
            HOST => (field(0, 18), Selector::Host(field(18, 6))),
            MODULE => (field(0, 14), Selector::Module(field(14, 10))),
            _ => (field(0, 24), Selector::Global),
        };
        Self { class, index, selector }
    }

    /// The dword; the inverse of [`TypeDword::split`]. `None` where a part does not fit its room.
    pub fn join(self) -> Option<u32> {
        let place = |value: u32, low: u32, width: u32| (value < 1 << width).then_some(value << low);
        let class = u32::from(self.class) << 24;
        let (index, instance) = match (self.class, self.selector) {
            (PORT, Selector::Port(port)) => (place(self.index, 0, 16)?, place(port, 16, 8)?),
            (FUNCTION, Selector::Function { host, function }) => {
                (place(self.index, 0, 10)?, place(host, 18, 6)? | place(function, 10, 8)?)
            }
            (HOST, Selector::Host(host)) => (place(self.index, 0, 18)?, place(host, 18, 6)?),
            (MODULE, Selector::Module(module)) => (place(self.index, 0, 14)?, place(module, 14, 10)?),
            (_, Selector::Global) => (place(self.index, 0, 24)?, 0),
            (_, Selector::Port(_) | Selector::Function { .. } | Selector::Host(_) | Selector::Module(_)) => {
                return None;
            }
        };
        Some(class | instance | index)
    }
}

/// One instance of a TLV.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Instance {
    /// The type dword that asks for it.
    pub type_dword: u32,
    /// What it belongs to.
    pub selector: Selector,
}

/// The instances of a TLV on a device with `ports` ports and `modules` modules, as the asking function sees
/// them. None for TLVs that cannot be asked for.
pub fn instances(tlv: &Tlv, ports: u32, modules: u32) -> Vec<Instance> {
    if !tlv.readable {
        return Vec::new();
    }
    let instance = |selector| {
        let dword = TypeDword { class: tlv.class, index: tlv.index, selector };
        Some(Instance { type_dword: dword.join()?, selector })
    };
    match tlv.class {
        GLOBAL => instance(Selector::Global).into_iter().collect(),
        // The port has 8 bits, the module 10: more cannot be asked for, whatever a device claims.
        PORT => (1..=ports.min(0xff)).map(Selector::Port).filter_map(instance).collect(),
        FUNCTION => instance(Selector::Function { host: 0, function: 0 }).into_iter().collect(),
        FILE => Vec::new(),
        HOST => instance(Selector::Host(0)).into_iter().collect(),
        MODULE => (0..modules.min(0x400)).map(Selector::Module).filter_map(instance).collect(),
        _ => instance(Selector::Global).into_iter().collect(),
    }
}
