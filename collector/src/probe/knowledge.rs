//! What the probes of one device have learnt that decides what is asked next: ports, port type, register
//! masks.
//!
//! Each is asked for where it is first needed, so that a probe works alone as well as after the others.
//!
//! Must not do: turn a failed question into an answer; unknown stays unknown.

use std::collections::BTreeMap;

use mlx5_schemas::model::request::{CapabilityMode, Request, register};

use super::ProbeContext;
use crate::recorder::Answer;

/// Most ports that are believed. No adapter has more than a few; the port number itself has 8 bits.
const MAX_PORTS: u32 = 64;
/// The type of the capability page that says what the ports are.
pub(super) const GENERAL: u16 = 0;

/// What is known of a device so far.
#[derive(Debug, Clone, Default)]
pub struct Knowledge {
    /// Number of ports; the inner `None` is "asked, and not known".
    ports: Option<Option<u32>>,
    /// Port type, likewise.
    port_type: Option<Option<PortType>>,
    /// Register masks by (mask register, group); `None` is "asked, and not known".
    masks: BTreeMap<(u16, u8), Option<RegisterMask>>,
}

/// What a device's ports are (`port_type` of the general capabilities).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum PortType {
    InfiniBand,
    Ethernet,
}

/// The 128 bits by which MCAM, PCAM and QCAM say which registers of a group exist.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct RegisterMask(u128);

impl RegisterMask {
    /// Bytes 8 to 23 of the three registers, the highest bit first. A mask without any bit says nothing.
    fn of(data: &[u8]) -> Option<Self> {
        let bytes: [u8; 16] = data.get(8..24)?.try_into().ok()?;
        let mask = u128::from_be_bytes(bytes);
        (mask != 0).then_some(Self(mask))
    }

    fn has(self, bit: u16) -> bool {
        self.0.checked_shr(u32::from(bit)).unwrap_or(0) & 1 == 1
    }
}

/// Where the mask bit of a register is: (mask register, group, bit). Groups of the 0x9000 registers are 128
/// ids each.
fn mask_place(id: u16) -> Option<(u16, u8, u16)> {
    match id {
        0x9000..0x9200 => {
            let offset = id - 0x9000;
            Some((register::MCAM, u8::try_from(offset / 0x80).ok()?, offset % 0x80))
        }
        0x5000..0x5080 => Some((register::PCAM, 0, id - 0x5000)),
        0x4000..0x4080 => Some((register::QCAM, 0, id - 0x4000)),
        _ => None,
    }
}

impl ProbeContext<'_> {
    /// Asks MGIR and learns the number of ports from it.
    pub(super) fn ask_identity_register(&mut self) {
        let answer = self.register(register::MGIR, &[]);
        // num_ports: msb0 36:12, that is bits 27:16 of dword 1.
        let ports = answer.and_then(|answer| answer.dword(1));
        self.knowledge.ports = Some(ports.map(|dword| (dword >> 16) & 0xfff).filter(|&ports| ports > 0));
    }

    /// Numbers of the device's ports. Where the device does not tell, the first port alone: every function
    /// has it.
    pub(super) fn ports(&mut self) -> std::ops::RangeInclusive<u32> {
        if self.knowledge.ports.is_none() {
            self.ask_identity_register();
        }
        1..=self.knowledge.ports.flatten().unwrap_or(1).min(MAX_PORTS)
    }

    /// Learns the port type from an answer to the general capability page.
    pub(super) fn learn_port_type(&mut self, answer: &Answer) {
        // port_type: msb0 438:2 of the page, the low bits of byte 54.
        let byte = answer.data().and_then(|data| data.get(54).copied());
        self.knowledge.port_type = Some(match byte.map(|byte| byte & 3) {
            Some(0) => Some(PortType::InfiniBand),
            Some(1) => Some(PortType::Ethernet),
            Some(_) | None => None,
        });
    }

    /// The port type, where the device tells.
    pub(super) fn port_type(&mut self) -> Option<PortType> {
        if self.knowledge.port_type.is_none() {
            match Request::capability(GENERAL, CapabilityMode::Current) {
                Ok(request) => {
                    let answer = self.ask(request);
                    self.learn_port_type(&answer);
                }
                Err(_) => self.knowledge.port_type = Some(None),
            }
        }
        self.knowledge.port_type.flatten()
    }

    /// Asks one mask register (MCAM, PCAM, QCAM) for one group of registers and of features.
    pub(super) fn ask_mask(&mut self, mask: u16, access_reg_group: u8, feature_group: u8) {
        let answer = self.register(mask, &[(1, feature_group), (3, access_reg_group)]);
        let value = answer.and_then(|answer| RegisterMask::of(answer.data()?));
        // The same group can be asked with several feature groups; the first answer is as good as the next.
        let known = self.knowledge.masks.entry((mask, access_reg_group)).or_default();
        *known = known.or(value);
    }

    /// Whether the device's mask says that there is no such register. Without a mask nothing is said.
    pub(super) fn is_masked(&mut self, id: u16) -> bool {
        let Some((mask, group, bit)) = mask_place(id) else { return false };
        if !self.knowledge.masks.contains_key(&(mask, group)) {
            self.ask_mask(mask, group, 0);
        }
        self.knowledge.masks.get(&(mask, group)).copied().flatten().is_some_and(|mask| !mask.has(bit))
    }
}
