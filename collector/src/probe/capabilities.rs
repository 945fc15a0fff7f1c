//! Capability pages: what the device could do (maximum) and what is enabled (current).
//!
//! All named pages are asked for; a device refuses those that it does not have with BAD_PARAM.
//!
//! Must not do: ask for another function's capabilities.

use mlx5_schemas::model::request::{CapabilityMode, Request};

use super::knowledge::GENERAL;
use super::{Probe, ProbeContext, ProbeId};

/// The types with a name in `include/linux/mlx5/device.h` (`enum mlx5_cap_type`), the general page first:
/// it says more than the others together.
const TYPES: [u16; 26] = [
    GENERAL, 0x01, 0x02, 0x03, 0x04, 0x05, 0x06, 0x07, 0x08, 0x09, 0x0c, 0x0d, 0x0f, 0x11, 0x13, 0x14, 0x15,
    0x1a, 0x1d, 0x1e, 0x1f, 0x20, 0x25, 0x26, 0x28, 0x2a,
];

pub(super) struct Capabilities;

impl Probe for Capabilities {
    fn id(&self) -> ProbeId {
        ProbeId::Capabilities
    }

    fn collect(&self, context: &mut ProbeContext<'_>) {
        for capability in TYPES {
            for mode in [CapabilityMode::Current, CapabilityMode::Maximum] {
                // Always: each type fits.
                let Ok(request) = Request::capability(capability, mode) else { continue };
                let answer = context.ask(&request);
                if capability == GENERAL && mode == CapabilityMode::Current {
                    context.learn_general(&answer);
                }
            }
        }
    }
}
