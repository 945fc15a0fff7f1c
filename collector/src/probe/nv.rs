//! NV configuration: every item of the catalog, in every instance and in every view that the device offers; then what
//! is stored in flash, and the items there that the catalog does not know.
//!
//! Must not do: ask for a secret, or name a writer where an echo would then pass for provenance.

mod item;
mod stored;

use mlx5_schemas::catalog::{Selector, Tlv, TypeDword, instances};
use mlx5_schemas::model::command::CommandStatus;
use mlx5_schemas::model::fact::View;
use mlx5_schemas::model::request::register;
use mlx5_schemas::model::status::CollectionStatus;
use mlx5_schemas::redaction::is_secret_type;

use self::item::{Item, Reader};
use super::{Probe, ProbeContext, ProbeId};
use crate::recorder::Answer;

/// Items of a function.
const FUNCTION_CLASS: u8 = 3;
/// Signed files: formats, not stored settings.
const FILE_CLASS: u8 = 6;
/// Items of a host.
const HOST_CLASS: u8 = 7;
/// Items of a cable module.
const MODULE_CLASS: u8 = 9;
/// Bits of the class that make a group form of it ("all ports", "all functions"): for writing and matching alone.
const GROUP: u8 = 0xc0;
/// Modules that are asked for at least, as mstconfig does: a card may have more cages than this function
/// has ports.
const MIN_MODULES: u32 = 2;
/// Most modules that are asked for. Beyond those that are known to be likely, each one must answer for the next to be
/// asked for; firmware that looks at no module number would answer for all thousand.
const MAX_MODULES: u32 = 16;
/// Most hosts that are asked for where the device lets this function ask for others: no card serves more.
const MAX_HOSTS: u32 = 4;
/// Most functions of each of them: one for a port.
const MAX_FUNCTIONS: u32 = 4;

pub(super) struct Nv;

impl Probe for Nv {
    fn id(&self) -> ProbeId {
        ProbeId::Nv
    }

    fn collect(&self, context: &mut ProbeContext<'_>) {
        let access = Access::ask(context);
        let general = context.register(register::MNVQC, &[]);
        if general.is_some_and(|answer| nothing_there(&answer)) {
            return;
        }
        let ports = *context.ports().end();
        let mut walk = Walk { reader: Reader::new(access.views), asked: Vec::new(), elsewhere: Vec::new() };
        let catalog = context.catalog;
        for tlv in catalog.tlvs().iter().filter(|tlv| tlv.class != FILE_CLASS) {
            walk.tlv(context, tlv, ports);
        }
        if access.other_hosts {
            walk.other_hosts(context, ports);
        }
        for (type_dword, length) in stored::walk(context) {
            walk.stored(context, type_dword, length, access.other_hosts);
        }
    }
}

/// What MNVGC says.
struct Access {
    views: Vec<View>,
    /// Whether this function may ask for the items of other hosts and functions.
    other_hosts: bool,
}

impl Access {
    /// Asks MNVGC which views there are. A refusal says that there is nothing but the next boot's values; an answer that
    /// says neither (an error, one cut short, or a replay that was not asked this) rules no view out. Other hosts are
    /// asked for only where the device says that they may be.
    fn ask(context: &mut ProbeContext<'_>) -> Self {
        let answer = context.register(register::MNVGC, &[]);
        let answered = answer.and_then(|answer| answer.dword(0));
        let modes = match answer.map(|answer| standing(&answer)) {
            Some(Standing::Answered) => answered.unwrap_or(u32::MAX),
            Some(Standing::Open) => u32::MAX,
            Some(Standing::Refused | Standing::Unasked) | None => 0,
        };
        let mut views = vec![View::Next];
        // nvda_read_current_settings: bit 1, nvda_read_factory_settings: bit 0.
        if modes & 2 != 0 {
            views.push(View::Current);
        }
        if modes & 1 != 0 {
            views.push(View::Default);
        }
        // priv_nv_other_host: bit 2.
        Self { views, other_hosts: answered.is_some_and(|modes| modes & 4 != 0) }
    }
}

/// What an exchange with one of the registers that say what exists (MNVGC, MNVQC) settles.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Standing {
    /// The device answered.
    Answered,
    /// The device says no.
    Refused,
    /// It was delivered, and still nothing is settled.
    Open,
    /// It did not reach the device.
    Unasked,
}

fn standing(answer: &Answer) -> Standing {
    match (answer.collected(), answer.status()) {
        (CollectionStatus::Captured, _) => Standing::Answered,
        (CollectionStatus::Absent, _) => Standing::Refused,
        (_, Some(_)) => Standing::Open,
        (_, None) => Standing::Unasked,
    }
}

/// Whether MNVQC of type 0 says that there is no NV configuration here, or that access to it is locked.
fn nothing_there(answer: &Answer) -> bool {
    matches!(answer.status(), Some(CommandStatus::BAD_PARAM | CommandStatus::INT_ERR))
}

struct Walk<'a> {
    reader: Reader,
    /// The type dwords that have rows, as whoever asks sees them.
    asked: Vec<u32>,
    /// The items of hosts and functions that this firmware knows: others may have them too.
    elsewhere: Vec<&'a Tlv>,
}

impl<'a> Walk<'a> {
    /// All instances of one item of the catalog.
    fn tlv(&mut self, context: &mut ProbeContext<'_>, tlv: &'a Tlv, ports: u32) {
        let modules = ports.max(MIN_MODULES);
        let mut is_there = false;
        for instance in instances(tlv, ports, modules) {
            self.asked.push(instance.type_dword);
            is_there = self.reader.read(context, Item::of(tlv, instance.type_dword));
        }
        let is_elsewhere = matches!(tlv.class, FUNCTION_CLASS | HOST_CLASS);
        if is_elsewhere && is_there {
            self.elsewhere.push(tlv);
        }
        // Neither the number of cages nor that of modules is told by a register of this function's own: the last that
        // answers is followed by one that is asked for.
        for module in modules..MAX_MODULES {
            if tlv.class != MODULE_CLASS || !is_there {
                break;
            }
            let parts = TypeDword { class: tlv.class, index: tlv.index, selector: Selector::Module(module) };
            let Some(type_dword) = parts.join() else { break };
            self.asked.push(type_dword);
            is_there = self.reader.read(context, Item::of(tlv, type_dword));
        }
    }

    /// The items of all hosts and their functions, where the device says that this function may ask for them (the
    /// embedded processor's of a card that has one).
    fn other_hosts(&mut self, context: &mut ProbeContext<'_>, ports: u32) {
        let answer = context.source(register::MMHI, 0);
        // host_en: msb0 80:16, the low half of dword 2. Where nothing tells, the first host, which every card has.
        let enabled = answer.and_then(|answer| answer.dword(2)).map_or(1, |dword| dword & 0xffff);
        for host in (0..MAX_HOSTS).filter(|host| enabled >> host & 1 == 1) {
            for function in 0..ports.min(MAX_FUNCTIONS) {
                for tlv in &self.elsewhere {
                    let selector = match (tlv.class, function) {
                        (HOST_CLASS, 0) => Selector::Host(host),
                        (HOST_CLASS, _) => continue,
                        _ => Selector::Function { host, function },
                    };
                    let parts = TypeDword { class: tlv.class, index: tlv.index, selector };
                    if let Some(type_dword) = parts.join() {
                        self.reader.read(context, Item::of(tlv, type_dword).with_host_id(true));
                    }
                }
            }
        }
    }

    /// An item that is stored in flash, if it was not asked for yet: one that the catalog does not know, or an instance
    /// that it does not expect.
    fn stored(&mut self, context: &mut ProbeContext<'_>, type_dword: u32, length: u16, other_hosts: bool) {
        let parts = TypeDword::split(type_dword);
        let host_id_valid = match parts.selector {
            Selector::Function { host, function } => host != 0 || function != 0,
            Selector::Host(host) => host != 0,
            Selector::Global | Selector::Port(_) | Selector::Module(_) => false,
        };
        // A group is asked for member by member, and another's item only by leave. The walk itself shows them.
        let is_secret = is_secret_type(type_dword);
        let is_out_of_reach = parts.class & GROUP != 0 || host_id_valid && !other_hosts;
        if type_dword == 0 || (is_out_of_reach && !is_secret) || self.asked.contains(&type_dword) {
            return;
        }
        self.asked.push(type_dword);
        let tlv = context.catalog.tlv(parts.class, parts.index);
        let item = match tlv {
            Some(tlv) => Item::of(tlv, type_dword),
            None => Item::unknown(type_dword, length),
        };
        self.reader.read(context, item.with_host_id(host_id_valid));
    }
}
