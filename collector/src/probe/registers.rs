//! Runtime registers of the first tier: ports, flow control, scheduling, PCIe link, pending reset, debug
//! tokens.
//!
//! Must not do: set any field of a request that is not an index (operation and write-only fields stay zero).

use mlx5_schemas::model::exchange::SkipReason;
use mlx5_schemas::model::request::{register, register_lengths};

use super::knowledge::PortType;
use super::{Probe, ProbeContext, ProbeId, register_request};
use crate::recorder::Repeat;

/// PTYS `proto_mask`.
const PROTO_INFINIBAND: u8 = 1;
const PROTO_ETHERNET: u8 = 4;
/// PFCC `dcbx_operation_type`, in its place in byte 0 (msb0 0:2): operative, admin, remote.
const PFCC_TYPES: [u8; 3] = [0x00, 0x40, 0x80];
/// PPLM `test_mode`, in its place in byte 3 (msb0 30:1).
const PPLM_TEST_MODES: [u8; 2] = [0x00, 0x02];
/// MDSR `type_of_token`.
const TOKEN_TYPES: [u8; 8] = [0, 1, 2, 3, 4, 5, 6, 8];

pub(super) struct Registers;

impl Probe for Registers {
    fn id(&self) -> ProbeId {
        ProbeId::Registers
    }

    fn collect(&self, context: &mut ProbeContext<'_>) {
        // Signs of debugging and of a pending reset weigh most for support; then the link, then traffic
        // classes.
        for token in TOKEN_TYPES {
            read(context, register::MDSR, &[(0, token)]);
        }
        read(context, register::MFRL, &[]);
        read(context, register::MPEIN, &[]);
        let ports: Vec<u8> = context.ports().filter_map(|port| u8::try_from(port).ok()).collect();
        let protocols: &[u8] = match context.port_type() {
            Some(PortType::Ethernet) => &[PROTO_ETHERNET],
            Some(PortType::InfiniBand) => &[PROTO_INFINIBAND],
            // The device refuses the one that is not its own.
            None => &[PROTO_ETHERNET, PROTO_INFINIBAND],
        };
        for port in ports {
            let port = (1, port);
            for &protocol in protocols {
                read(context, register::PTYS, &[port, (3, protocol)]);
            }
            read(context, register::PAOS, &[port]);
            read(context, register::PMLP, &[port]);
            for operation in PFCC_TYPES {
                read(context, register::PFCC, &[(0, operation), port]);
            }
            for test_mode in PPLM_TEST_MODES {
                read(context, register::PPLM, &[port, (3, test_mode)]);
            }
            read(context, register::QETCR, &[port]);
            read(context, register::QPTS, &[port]);
        }
    }
}

/// Reads a register unless the device's mask says that it does not exist.
fn read(context: &mut ProbeContext<'_>, id: u16, index: &[(usize, u8)]) {
    if context.is_masked(id) {
        let length = register_lengths(id).and_then(|lengths| lengths.first()).copied();
        if let Some(Ok(request)) = length.map(|length| register_request(id, usize::from(length), index)) {
            context.ask.skip(request, SkipReason::CapabilityMask);
        }
        return;
    }
    let repeat = if id == register::MFRL { Repeat::OnceMoreIfRefused } else { Repeat::WhileBusy };
    context.register_repeated(id, index, repeat);
}
