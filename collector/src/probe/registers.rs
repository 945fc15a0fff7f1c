//! Runtime registers by the read plan: every register of a tier with every value of its index fields.
//!
//! Which values there are is learnt from the device where it tells: ports, modules, lanes, sensors, pools, and for
//! some registers the answer to their own first instance. Signs of tests and tokens come first, then resets, the link,
//! ports, traffic classes and the rest.
//!
//! Must not do: set any field of a request that is not an index (the read list has no other), or ask again what another
//! probe asks.

use mlx5_schemas::model::request::{Group, IndexField, Readable, Tier, Values, register};

use super::knowledge::PortType;
use super::{Probe, ProbeContext, ProbeId};
use crate::recorder::Answer;

/// PTYS `proto_mask`.
const PROTO_INFINIBAND: u16 = 1;
const PROTO_ETHERNET: u16 = 4;
/// Most instances that one answer can call for.
const MAX_TOLD: u16 = 64;
/// Registers that another probe asks for, or that are asked for where a register is looked up in them.
const ASKED_ELSEWHERE: [u16; 9] = [
    register::MGIR,
    register::MCQS,
    register::MCQI,
    register::MCAM,
    register::PCAM,
    register::QCAM,
    register::SBCAM,
    register::CWCAM,
    register::NIC_CAP_REG,
];
/// Registers whose answers other probes' questions rest on: asked once.
const SOURCES: [u16; 3] = [register::PMLP, register::MTCAP, register::MMHI];

/// The registers that are always read.
pub(super) const STANDARD: Registers = Registers { id: ProbeId::Registers, tier: Tier::Standard };
/// The registers that are read where everything was asked for.
pub(super) const FULL: Registers = Registers { id: ProbeId::FullRegisters, tier: Tier::Full };

pub(super) struct Registers {
    id: ProbeId,
    tier: Tier,
}

impl Probe for Registers {
    fn id(&self) -> ProbeId {
        self.id
    }

    fn collect(&self, context: &mut ProbeContext<'_>) {
        for group in Group::ALL {
            let of_group = Readable::all().iter().filter(|readable| is_of(readable, self.tier, group));
            for readable in of_group {
                Walk { readable, chosen: Vec::new(), port: 0 }.instances(context, readable.indexes);
            }
        }
    }
}

/// Whether this probe asks for a register: those of NV configuration that tell of items are the NV probe's.
fn is_of(readable: &Readable, tier: Tier, group: Group) -> bool {
    let is_nv = matches!(readable.name, "MNVDA" | "MNVQC" | "MNVGC" | "MNVGN");
    readable.tier == tier && readable.group == group && !is_nv && !ASKED_ELSEWHERE.contains(&readable.id)
}

/// The walk over the instances of one register.
struct Walk {
    readable: &'static Readable,
    /// Index fields set so far.
    chosen: Vec<(&'static str, u64)>,
    /// The port among them.
    port: u8,
}

impl Walk {
    /// Reads all instances that the remaining index fields choose; gives the last answer.
    fn instances(
        &mut self,
        context: &mut ProbeContext<'_>,
        remaining: &'static [IndexField],
    ) -> Option<Answer> {
        let Some((index, remaining)) = remaining.split_first() else { return self.read(context) };
        let values = match index.values {
            Values::Told { place, step, last } => {
                let first = self.instance(context, index.name, 0, remaining)?;
                told(&first, place, step, last)
            }
            Values::UntilRefused(most) => {
                let mut answer = None;
                for value in 0..most {
                    answer = self.instance(context, index.name, value, remaining);
                    if answer.is_none_or(|answer| answer.data().is_none()) {
                        break;
                    }
                }
                return answer;
            }
            Values::Ports => {
                let mut answer = None;
                for port in context.port_numbers() {
                    self.port = port;
                    answer = self.instance(context, index.name, u16::from(port), remaining);
                }
                return answer;
            }
            known @ (Values::Each(_)
            | Values::UpTo(_)
            | Values::Modules
            | Values::Lanes
            | Values::Sensors
            | Values::Pools
            | Values::Buffers
            | Values::Protocol
            | Values::Function
            | Values::Components
            | Values::Room(_)
            | Values::Any) => self.values(context, known),
        };
        let mut answer = None;
        for value in values {
            answer = self.instance(context, index.name, value, remaining);
        }
        answer
    }

    fn instance(
        &mut self,
        context: &mut ProbeContext<'_>,
        name: &'static str,
        value: u16,
        remaining: &'static [IndexField],
    ) -> Option<Answer> {
        self.chosen.push((name, u64::from(value)));
        let answer = self.instances(context, remaining);
        self.chosen.pop();
        answer
    }

    /// The values of an index field that do not depend on this register's own answers.
    fn values(&self, context: &mut ProbeContext<'_>, values: Values) -> Vec<u16> {
        match values {
            Values::Each(values) => values.to_vec(),
            Values::UpTo(last) => (0..=last).collect(),
            Values::Modules => context.modules(),
            Values::Lanes => (0..context.lanes(self.port).max(1)).collect(),
            Values::Sensors => context.sensors(),
            Values::Pools => (0..context.pools_and_buffers().0.max(1)).collect(),
            Values::Buffers => (0..context.pools_and_buffers().1.max(1)).collect(),
            Values::Protocol => match context.port_type() {
                Some(PortType::Ethernet) => vec![PROTO_ETHERNET],
                Some(PortType::InfiniBand) => vec![PROTO_INFINIBAND],
                // The device refuses the one that is not its own.
                None => vec![PROTO_ETHERNET, PROTO_INFINIBAND],
            },
            Values::Function => vec![context.vhca_id().unwrap_or(0)],
            Values::Room(room) => vec![room],
            Values::Ports
            | Values::Components
            | Values::Told { .. }
            | Values::UntilRefused(_)
            | Values::Any => vec![0],
        }
    }

    fn read(&self, context: &mut ProbeContext<'_>) -> Option<Answer> {
        let id = self.readable.id;
        if SOURCES.contains(&id) {
            return context.source(id, self.port);
        }
        context.read(id, &self.chosen)
    }
}

/// The values after the first that an answer calls for.
fn told(first: &Answer, (offset, width): (u16, u16), step: u16, last: bool) -> Vec<u16> {
    // Within one dword in every register of the list; unknown stays unknown.
    let Some(dword) = first.dword(usize::from(offset / 32)) else { return Vec::new() };
    let from_right = 32_u32.saturating_sub(u32::from(offset % 32)).saturating_sub(u32::from(width));
    let mask = u32::MAX.checked_shr(32_u32.saturating_sub(u32::from(width))).unwrap_or(0);
    let number = u16::try_from(dword.checked_shr(from_right).unwrap_or(0) & mask).unwrap_or(u16::MAX);
    let end = if last { number.saturating_add(1) } else { number };
    let most = MAX_TOLD.saturating_mul(step);
    (0..end.min(most)).step_by(usize::from(step.max(1))).skip(1).collect()
}
