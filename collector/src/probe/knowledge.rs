//! What the probes of one device have learnt that decides what is asked next: ports, port type, register
//! masks, modules, lanes, sensors, buffers.
//!
//! Each is asked for where it is first needed, so that a probe works alone as well as after the others.
//!
//! Must not do: turn a failed question into an answer; unknown stays unknown.

use std::collections::{BTreeMap, BTreeSet};

use mlx5_schemas::model::request::{CapabilityMode, Request, register};

use super::ProbeContext;
use crate::recorder::Answer;

/// Most ports that are believed. No adapter has more than a few; the port number itself has 8 bits.
const MAX_PORTS: u32 = 64;
/// Most lanes of a port that are believed: PMLP has room for eight.
const MAX_LANES: u16 = 8;
/// Most pools of the shared buffer (`pool` has 4 bits) and buffers of a port that are believed.
const MAX_POOLS: u16 = 16;
const MAX_BUFFERS: u16 = 16;
/// The sensor of module 0 (MTMP).
const FIRST_MODULE_SENSOR: u16 = 64;
/// The type of the capability page that says what the ports are.
pub(super) const GENERAL: u16 = 0;

/// What is known of a device so far.
#[derive(Debug, Clone, Default)]
pub struct Knowledge {
    /// Number of ports; the inner `None` is "asked, and not known".
    ports: Option<Option<u32>>,
    /// What the general capability page says, likewise.
    general: Option<General>,
    /// Register masks by (mask register, group); `None` is "asked, and not known".
    masks: BTreeMap<(u16, u8), Option<RegisterMask>>,
    /// Answers that say what else there is, by register and port (0: not of a port).
    sources: BTreeMap<(u16, u8), Option<Answer>>,
}

/// What the general capability page says of ports and of the function itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
struct General {
    port_type: Option<PortType>,
    vhca_id: Option<u16>,
}

/// What a device's ports are (`port_type` of the general capabilities).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum PortType {
    InfiniBand,
    Ethernet,
}

/// The 128 bits by which MCAM, PCAM, QCAM, SBCAM and CWCAM say which registers of a group exist.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct RegisterMask(u128);

impl RegisterMask {
    /// Bytes 8 to 23 of these registers, the highest bit first. A mask without any bit says nothing.
    fn of(data: &[u8]) -> Option<Self> {
        let bytes: [u8; 16] = data.get(8..24)?.try_into().ok()?;
        let mask = u128::from_be_bytes(bytes);
        (mask != 0).then_some(Self(mask))
    }

    fn has(self, bit: u16) -> bool {
        self.0.checked_shr(u32::from(bit)).unwrap_or(0) & 1 == 1
    }
}

/// Where the mask bit of a register is: (mask register, group, bit). Groups are 128 ids each.
fn mask_place(id: u16) -> Option<(u16, u8, u16)> {
    let (mask, first, groups) = match id {
        0x2800..0x2880 => (register::CWCAM, 0x2800, 1),
        0x4000..0x4080 => (register::QCAM, 0x4000, 1),
        0x5000..0x5100 => (register::PCAM, 0x5000, 2),
        0x9000..0x9200 => (register::MCAM, 0x9000, 4),
        0xb000..0xb080 => (register::SBCAM, 0xb000, 1),
        _ => return None,
    };
    let offset = id.checked_sub(first)?;
    let group = u8::try_from(offset / 0x80).ok().filter(|&group| group < groups)?;
    // A mask is not asked whether it exists itself.
    (id != mask).then_some((mask, group, offset % 0x80))
}

/// The bit of NIC_CAP_REG (msb0) that says whether one of the 0xc000 registers exists; it tells of a few only.
fn nic_capability(id: u16) -> Option<u32> {
    match id {
        0xc010 => Some(26), // VHCA_ICM_CTRL
        0xc011 => Some(23), // NIC_CAP_EXT_REG
        0xc01d => Some(14), // ADP_RETX_HISTOGRAM_CONFIG
        0xc020 => Some(13), // HOST_OS_INIT_CTRL
        _ => None,
    }
}

/// Whether a mask tells of a register.
pub(crate) fn has_mask(id: u16) -> bool {
    mask_place(id).is_some() || nic_capability(id).is_some()
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

    /// Likewise, as index values.
    pub(super) fn port_numbers(&mut self) -> Vec<u8> {
        self.ports().filter_map(|port| u8::try_from(port).ok()).collect()
    }

    /// Learns from an answer to the general capability page.
    pub(super) fn learn_general(&mut self, answer: &Answer) {
        // port_type: msb0 438:2 of the page, the low bits of byte 54; vhca_id: msb0 48:16.
        let byte = answer.data().and_then(|data| data.get(54).copied());
        let vhca_id = answer.data().and_then(|data| Some(u16::from_be_bytes(*data.get(6..)?.first_chunk()?)));
        let port_type = match byte.map(|byte| byte & 3) {
            Some(0) => Some(PortType::InfiniBand),
            Some(1) => Some(PortType::Ethernet),
            Some(_) | None => None,
        };
        self.knowledge.general = Some(General { port_type, vhca_id });
    }

    fn general(&mut self) -> General {
        if self.knowledge.general.is_none() {
            match Request::capability(GENERAL, CapabilityMode::Current) {
                Ok(request) => {
                    let answer = self.ask(&request);
                    self.learn_general(&answer);
                }
                Err(_) => self.knowledge.general = Some(General::default()),
            }
        }
        self.knowledge.general.unwrap_or_default()
    }

    /// The port type, where the device tells.
    pub(super) fn port_type(&mut self) -> Option<PortType> {
        self.general().port_type
    }

    /// The asking function's own number, where the device tells.
    pub(super) fn vhca_id(&mut self) -> Option<u16> {
        self.general().vhca_id
    }

    /// Asks one mask register for one group of registers and of features.
    pub(super) fn ask_mask(&mut self, mask: u16, access_reg_group: u8, feature_group: u8) {
        let groups =
            [("access_reg_group", u64::from(access_reg_group)), ("feature_group", u64::from(feature_group))];
        // Masks of one group alone have no field for it.
        let is_set = |(_, value): &&(&str, u64)| *value != 0;
        let indexes: Vec<(&str, u64)> = groups.iter().filter(is_set).copied().collect();
        let answer = self.register(mask, &indexes);
        let value = answer.and_then(|answer| RegisterMask::of(answer.data()?));
        // The same group can be asked with several feature groups; the first answer is as good as the next.
        let known = self.knowledge.masks.entry((mask, access_reg_group)).or_default();
        *known = known.or(value);
        self.knowledge.sources.insert((mask, 0), answer);
    }

    /// Whether the device's mask says that there is no such register. Without a mask nothing is said.
    pub(super) fn is_masked(&mut self, id: u16) -> bool {
        if let Some(bit) = nic_capability(id) {
            let flags = self.source(register::NIC_CAP_REG, 0).and_then(|answer| answer.dword(0));
            // Without any bit nothing is said.
            return flags.is_some_and(|flags| flags != 0 && flags >> (31 - bit) & 1 == 0);
        }
        let Some((mask, group, bit)) = mask_place(id) else { return false };
        let known = self.knowledge.masks.get(&(mask, group)).copied().unwrap_or_else(|| {
            self.ask_mask(mask, group, 0);
            self.knowledge.masks.get(&(mask, group)).copied().flatten()
        });
        known.is_some_and(|mask| !mask.has(bit))
    }

    /// The answer of a register that says what else there is, asked once; `port` is 0 where it is not of a port.
    pub(super) fn source(&mut self, id: u16, port: u8) -> Option<Answer> {
        if let Some(answer) = self.knowledge.sources.get(&(id, port)) {
            return *answer;
        }
        let index = ("local_port", u64::from(port));
        let indexes = if port == 0 { &[][..] } else { &[index][..] };
        let answer = if id == register::SBCAM {
            self.ask_mask(id, 0, 0);
            self.knowledge.sources.get(&(id, 0)).copied().flatten()
        } else {
            self.read(id, indexes)
        };
        self.knowledge.sources.insert((id, port), answer);
        answer
    }

    /// Lanes of a port: as many as PMLP says, none where it says nothing.
    pub(super) fn lanes(&mut self, port: u8) -> u16 {
        // width: msb0 24:8.
        let width = self.source(register::PMLP, port).and_then(|answer| answer.dword(0));
        width.map_or(0, |dword| u16::try_from(dword & 0xff).unwrap_or(0).min(MAX_LANES))
    }

    /// The modules that the ports are mapped to. Where the device does not tell, one for each port.
    pub(super) fn modules(&mut self) -> Vec<u16> {
        let mut modules = BTreeSet::new();
        for port in self.port_numbers() {
            let lanes = usize::from(self.lanes(port));
            let answer = self.source(register::PMLP, port);
            // lane_module_mapping[].module: the low byte of a dword a lane, from dword 1.
            let module = |lane: usize| answer.and_then(|answer| answer.dword(lane.saturating_add(1)));
            let before = modules.len();
            modules
                .extend((0..lanes).filter_map(module).filter_map(|dword| u16::try_from(dword & 0xff).ok()));
            if modules.len() == before && lanes == 0 && answer.is_none_or(|answer| answer.data().is_none()) {
                modules.insert(u16::from(port.saturating_sub(1)));
            }
        }
        modules.into_iter().collect()
    }

    /// Temperature sensors: the bits of MTCAP's map, and one of each module.
    pub(super) fn sensors(&mut self) -> Vec<u16> {
        let map = self.source(register::MTCAP, 0).and_then(|answer| {
            let (high, low) = (answer.dword(2)?, answer.dword(3)?);
            Some(u64::from(high) << 32 | u64::from(low))
        });
        // Sensor 0 is the adapter's own, whatever the map says.
        let map = map.unwrap_or(0) | 1;
        let own = (0..64_u16).filter(|bit| map >> bit & 1 == 1);
        own.chain(self.modules().into_iter().map(|module| module.saturating_add(FIRST_MODULE_SENSOR)))
            .collect()
    }

    /// Pools of the shared buffer, and buffers of a port: `cap_num_pool_supported`, `cap_max_pg_buffers` of SBCAM.
    pub(super) fn pools_and_buffers(&mut self) -> (u16, u16) {
        // msb0 568:8 and 560:8.
        let dword = self.source(register::SBCAM, 0).and_then(|answer| answer.dword(17)).unwrap_or(0);
        let low = |dword: u32| u16::try_from(dword & 0xff).unwrap_or(0);
        (low(dword).min(MAX_POOLS), low(dword >> 8).min(MAX_BUFFERS))
    }
}
