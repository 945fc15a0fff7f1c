//! Firmware identity: MGIR, QUERY_ADAPTER, the register masks, and the firmware components.
//!
//! The masks are asked for here because they too say what the firmware is, and everything later needs them.
//!
//! Must not do: ask for what names a single board beyond these (serial numbers, silicon identity).

use mlx5_schemas::model::request::{Request, register};

use super::{Probe, ProbeContext, ProbeId};

/// Groups of 128 registers that MCAM tells of: 0x9000 to 0x91ff.
const MCAM_GROUPS: std::ops::RangeInclusive<u8> = 0..=3;
/// Groups of 128 registers, and of features, that PCAM tells of.
const PCAM_GROUPS: std::ops::RangeInclusive<u8> = 0..=1;
/// Most components that are walked over; the list ends by a flag, which a faulty device may never set.
const MAX_COMPONENTS: u16 = 64;
/// MCQI `info_type`: versions first, then capabilities and activation methods.
const INFO_TYPES: [u64; 3] = [1, 0, 5];
/// Bytes of MCQI's `data`: the room that the request states.
const MCQI_ROOM: u64 = 124;
/// MCQS `component_update_state`: a newer image waits for a reset.
const ACTIVE_PENDING_RESET: u32 = 4;

pub(super) struct Identity;

impl Probe for Identity {
    fn id(&self) -> ProbeId {
        ProbeId::Identity
    }

    fn collect(&self, context: &mut ProbeContext<'_>) {
        context.ask_identity_register();
        context.ask(&Request::adapter());
        for group in MCAM_GROUPS {
            context.ask_mask(register::MCAM, group, 0);
        }
        for access_reg_group in PCAM_GROUPS {
            for feature_group in PCAM_GROUPS {
                context.ask_mask(register::PCAM, access_reg_group, feature_group);
            }
        }
        context.ask_mask(register::QCAM, 0, 0);
        context.ask_mask(register::SBCAM, 0, 0);
        context.source(register::NIC_CAP_REG, 0);
        for component in 0..MAX_COMPONENTS {
            if component_is_last(context, component) {
                break;
            }
        }
    }
}

/// Asks for one component; says whether the list ends here.
fn component_is_last(context: &mut ProbeContext<'_>, component: u16) -> bool {
    let answer = context.read(register::MCQS, &[("component_index", u64::from(component))]);
    // Without an answer there is nothing to walk on from.
    let Some((first, state)) = answer.and_then(|answer| answer.dword(0).zip(answer.dword(2))) else {
        return true;
    };
    // last_index_flag: bit 31, component_not_supported: bit 30 of dword 0.
    let (last, unsupported) = (first >> 31 == 1, (first >> 30) & 1 == 1);
    if !unsupported {
        infos(context, component, 0);
        // component_update_state: bits 3:0 of dword 2. Nothing else has a pending version: a device says "not ready"
        // for as long as it is asked.
        if state & 0xf == ACTIVE_PENDING_RESET {
            infos(context, component, 1);
        }
    }
    last
}

/// MCQI of a component: what can be asked of it, its version, how an update takes effect.
fn infos(context: &mut ProbeContext<'_>, component: u16, pending: u64) {
    for info in INFO_TYPES {
        let indexes = [
            ("component_index", u64::from(component)),
            ("info_type", info),
            ("read_pending_component", pending),
            ("data_size", MCQI_ROOM),
        ];
        context.read(register::MCQI, &indexes);
    }
}
