//! What would be asked, without asking.
//!
//! The probes themselves are run, against a device that says yes to everything and has one of each thing:
//! the plan cannot differ from what is done. Where a real device has more, or says no, the request's line
//! says so.
//!
//! Must not do: touch a device or the host.

use mlx5_schemas::catalog::{Catalog, Selector, TypeDword};
use mlx5_schemas::model::command::CommandStatus;
use mlx5_schemas::model::exchange::{Outcome, Reply, SkipReason};
use mlx5_schemas::model::fact::View;
use mlx5_schemas::model::nv::{ItemHeader, type_dword};
use mlx5_schemas::model::request::{CapabilityMode, Readable, Request, Values, register};

use crate::probe::knowledge::has_mask;
use crate::probe::{Knowledge, ProbeContext, ProbeId, probe};
use crate::recorder::{Answer, Ask, Repeat};

/// The registers that say which registers there are.
const MASKS: [u16; 5] = [register::MCAM, register::PCAM, register::QCAM, register::SBCAM, register::CWCAM];

/// One request that would be made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Planned {
    /// By which probe.
    pub probe: ProbeId,
    /// The request, for the first of several instances.
    pub request: Request,
    /// What it asks for, in words.
    pub name: String,
    /// Whether it is made once per something that the device has several of.
    pub repeats: Option<String>,
    /// On what it depends.
    pub condition: Option<&'static str>,
    /// Why it is never made.
    pub never: Option<SkipReason>,
}

/// Everything that the probes would ask a device for, in order.
pub fn planned(probes: &[ProbeId]) -> Vec<Planned> {
    let catalog = Catalog::embedded();
    let mut knowledge = Knowledge::default();
    let mut plan = Vec::new();
    for id in ProbeId::ALL.into_iter().filter(|id| probes.contains(id)) {
        let mut obliging = Obliging { catalog, probe: id, plan: &mut plan };
        probe(id).collect(&mut ProbeContext::new(&mut obliging, catalog, &mut knowledge));
    }
    plan
}

/// A device that has one of each thing and refuses nothing.
struct Obliging<'a> {
    catalog: &'a Catalog,
    probe: ProbeId,
    plan: &'a mut Vec<Planned>,
}

impl Obliging<'_> {
    fn plan(&mut self, request: &Request, never: Option<SkipReason>) {
        self.plan.push(Planned {
            probe: self.probe,
            name: name(request, self.catalog),
            repeats: repeats(request),
            condition: condition(request),
            never,
            request: request.clone(),
        });
    }
}

impl Ask for Obliging<'_> {
    fn ask(&mut self, request: &Request, _repeat: Repeat) -> Answer {
        self.plan(request, None);
        Answer::of(request, &Outcome::Replied(obliging_reply(request)))
    }

    fn skip(&mut self, request: &Request, reason: SkipReason) {
        self.plan(request, Some(reason));
    }
}

/// The answer that leads to the most questions.
pub(crate) fn obliging_reply(request: &Request) -> Reply {
    let mut output = vec![0; request.output_length()];
    let mut set = |at: usize, bytes: &[u8]| {
        let field =
            output.get_mut(16_usize.saturating_add(at)..).and_then(|data| data.get_mut(..bytes.len()));
        if let Some(field) = field {
            field.copy_from_slice(bytes);
        }
    };
    match request.as_register() {
        // One port.
        Some((register::MGIR, _)) => set(4, &[0, 1]),
        // Every register exists.
        Some((register::NIC_CAP_REG, _)) => set(0, &[0xff; 4]),
        Some((id, _)) if MASKS.contains(&id) => set(8, &[0xff; 16]),
        // One lane, of module 0.
        Some((register::PMLP, _)) => set(3, &[1]),
        // One component, with an image waiting for a reset.
        Some((register::MCQS, _)) => {
            set(0, &[0x80]);
            set(11, &[4]);
        }
        // All views; every TLV can be read.
        Some((register::MNVGC, _)) => set(3, &[3]),
        Some((register::MNVQC, _)) => set(7, &[1]),
        // The item that was asked for, in the view that was asked for; but of modules the first ones alone, since each
        // that answers leads to the next.
        Some((register::MNVDA, data)) if !is_later_module(data) => {
            set(0, data.get(..8).unwrap_or_default());
        }
        Some(_) => {}
        // Ethernet ports.
        None => {
            if request.as_capability().is_some() {
                set(54, &[1]);
            }
        }
    }
    Reply { status: CommandStatus::OK, syndrome: 0, output }
}

/// Whether MNVDA data is about a module other than the first, which nobody knows whether a card has.
fn is_later_module(data: &[u8]) -> bool {
    let item = type_dword(data).map(TypeDword::split);
    item.is_some_and(|item| matches!(item.selector, Selector::Module(module) if module > 0))
}

fn name(request: &Request, catalog: &Catalog) -> String {
    if let Some((capability, mode)) = request.as_capability() {
        let page = catalog
            .capability(capability)
            .map_or_else(|| format!("type 0x{capability:02x}"), |page| page.name.clone());
        let mode = match mode {
            CapabilityMode::Maximum => "maximum",
            CapabilityMode::Current => "current",
        };
        return format!("QUERY_HCA_CAP {page} {mode}");
    }
    match request.as_register() {
        Some((register::MNVQC, data)) => format!("MNVQC {}", tlv_name(data, 0, catalog)),
        Some((register::MNVDA, data)) => {
            let view = match data.get(1).map(|byte| byte >> 6) {
                Some(0) => View::Next.word(),
                Some(1) => View::Current.word(),
                Some(_) | None => View::Default.word(),
            };
            let again = if is_asked_again(data) { " (again, naming a writer)" } else { "" };
            format!("MNVDA {} {view}{again}", tlv_name(data, 4, catalog))
        }
        Some((id, data)) => register_name(id, data, catalog),
        None => request.opcode().name().unwrap_or("unnamed command").to_owned(),
    }
}

/// Whether MNVDA is asked for the sake of echoes.
fn is_asked_again(data: &[u8]) -> bool {
    ItemHeader::read(data).is_some_and(ItemHeader::names_somebody)
}

fn tlv_name(data: &[u8], at: usize, catalog: &Catalog) -> String {
    let dword =
        data.get(at..).and_then(|data| data.first_chunk()).map_or(0, |bytes| u32::from_be_bytes(*bytes));
    let place = TypeDword::split(dword);
    if dword == 0 {
        return "0:0x000 (is there any NV configuration)".to_owned();
    }
    let instance = place.selector.suffix();
    let name = catalog.tlv(place.class, place.index).map_or("", |tlv| &tlv.name);
    format!("{}:0x{:03x} {name}{instance}", place.class, place.index)
}

/// The name with its index fields, `PTYS local_port=1 proto_mask=4`; index fields that are zero for every
/// instance of the plan are left out.
fn register_name(id: u16, data: &[u8], catalog: &Catalog) -> String {
    let Some(register) = catalog.register(id) else { return format!("register 0x{id:04x}") };
    let mut name = register.name.clone();
    for index in &register.indexes {
        let value =
            (index.bit_offset..index.bit_offset.saturating_add(index.bit_width)).fold(0_u64, |value, bit| {
                let byte = usize::try_from(bit / 8).ok().and_then(|at| data.get(at)).copied().unwrap_or(0);
                value << 1 | u64::from(byte >> (7 - bit % 8) & 1)
            });
        name.push_str(&format!(" {}={value}", index.path));
    }
    name
}

fn repeats(request: &Request) -> Option<String> {
    let (id, data) = request.as_register()?;
    match id {
        register::MNVQC => repeats_of_class(data.first().copied()),
        register::MNVGN => {
            Some("for each stored NV item; unknown ones are then read like the others".to_owned())
        }
        register::MNVDA => repeats_of_class(data.get(4).copied()),
        _ => {
            let words: Vec<String> =
                Readable::of(id)?.indexes.iter().filter_map(|index| repeats_of_index(index.values)).collect();
            (!words.is_empty()).then(|| words.join(", "))
        }
    }
}

fn repeats_of_class(class: Option<u8>) -> Option<String> {
    match class {
        Some(1) => Some("for each port".to_owned()),
        Some(9) => Some("for each module that answers".to_owned()),
        Some(_) | None => None,
    }
}

/// What a device can have several of. Values that the plan itself names are rows of their own.
fn repeats_of_index(values: Values) -> Option<String> {
    let thing = match values {
        Values::Ports => "for each port",
        Values::Modules => "for each module",
        Values::Lanes => "for each lane",
        Values::Sensors => "for each sensor",
        Values::Pools => "for each pool",
        Values::Buffers => "for each buffer",
        Values::Components => "for each firmware component",
        Values::Told { .. } => "as often as the first answer says",
        Values::UntilRefused(_) => "until the device refuses",
        Values::Each(_)
        | Values::UpTo(_)
        | Values::Protocol
        | Values::Function
        | Values::Room(_)
        | Values::Any => return None,
    };
    Some(thing.to_owned())
}

fn condition(request: &Request) -> Option<&'static str> {
    match request.as_register() {
        Some((register::MNVQC, data)) if data.iter().any(|&byte| byte != 0) => {
            Some("if there is NV configuration")
        }
        Some((register::MNVDA, data)) if is_asked_again(data) => {
            Some("once per device, to find fields that firmware repeats from the request")
        }
        Some((register::MNVDA, data)) => Some(match data.get(1).map(|byte| byte >> 6) {
            Some(0) => "if MNVQC says that it can be read",
            Some(_) | None => "if MNVQC says that it can be read and MNVGC that there is this view",
        }),
        Some((register::MCQI, data)) => Some(match data.first() {
            Some(0x80) => "if a newer image waits for a reset",
            Some(_) | None => "if the component is supported",
        }),
        Some((register::PTYS, _)) => Some("proto_mask 1 for InfiniBand, 4 for Ethernet ports"),
        // What exists of NV configuration is asked for itself.
        Some((register::MNVGC | register::MNVQC | register::MGIR, _)) => None,
        Some((id, _)) if has_mask(id) && !MASKS.contains(&id) => {
            Some("unless the register mask says that there is none")
        }
        Some(_) | None => None,
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use mlx5_schemas::redaction::SECRET_TLVS;

    use super::*;

    #[test]
    fn the_plan_names_what_is_asked() {
        let names: Vec<String> =
            planned(&ProbeId::STANDARD).into_iter().map(|planned| planned.name).collect();
        for name in [
            "MGIR",
            "QUERY_ADAPTER",
            "MCAM access_reg_group=3",
            "MNVQC 0:0x080 nv_global_pci_conf",
            "MNVDA 0:0x080 nv_global_pci_conf next",
            "MNVDA 0:0x080 nv_global_pci_conf current",
            "MNVDA 0:0x080 nv_global_pci_conf default",
            "QUERY_HCA_CAP GENERAL current",
            "QUERY_HCA_CAP GENERAL maximum",
            "PTYS local_port=1 proto_mask=4",
            "PFCC local_port=1 dcbx_operation_type=2",
        ] {
            assert!(names.iter().any(|known| known == name), "{name} is not in {names:#?}");
        }
    }

    #[test]
    fn secrets_are_in_the_plan_as_never_asked() {
        let plan = planned(&[ProbeId::Nv]);
        let secret: Vec<_> = plan.iter().filter(|planned| planned.never.is_some()).collect();
        assert_eq!(secret.len(), SECRET_TLVS.len());
        assert!(secret.iter().all(|planned| planned.never == Some(SkipReason::Secret)));
        for &(class, index) in SECRET_TLVS {
            let place = format!(" {class}:0x{index:03x} ");
            let asked =
                plan.iter().filter(|planned| planned.name.contains(&place) && planned.never.is_none());
            assert_eq!(asked.count(), 0, "{place}");
        }
    }

    #[test]
    fn only_the_chosen_probes_are_in_the_plan() {
        assert!(
            planned(&[ProbeId::Capabilities]).iter().all(|planned| planned.probe == ProbeId::Capabilities)
        );
        assert_eq!(planned(&[]), []);
    }
}
