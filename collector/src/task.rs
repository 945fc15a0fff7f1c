//! What a supervisor tells its worker: the task, as one line of JSON, and later, in one byte, why to stop.
//!
//! Must not do: start, read or write anything.

use std::path::PathBuf;

use mlx5_schemas::model::exchange::SkipReason;
use serde::{Deserialize, Serialize};

use crate::probe::ProbeId;

/// First argument of a worker's command line.
pub const WORKER_ARGUMENT: &str = "--worker";

/// How a device is reached.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub enum Target {
    /// A node of the fwctl class.
    Fwctl {
        /// The node.
        node: PathBuf,
        /// PCI address of the function that it belongs to.
        address: String,
        /// Major and minor number that sysfs gives for it.
        device_number: (u32, u32),
    },
    /// A node of the out-of-tree mlx5ctl driver.
    Mlx5ctl {
        /// The node.
        node: PathBuf,
        /// PCI address of the function that it belongs to.
        address: String,
        /// Major and minor number that sysfs gives for it.
        device_number: (u32, u32),
    },
    /// A simulated card.
    Simulated {
        /// The model's file, or a bundle that is given again; of several devices in it, `FILE#ADDRESS`.
        model: PathBuf,
    },
}

/// What a worker is to do: the first line of its standard input, as JSON.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Task {
    /// The device.
    pub(crate) target: Target,
    /// The probes, in the order in which they run.
    pub(crate) probes: Vec<ProbeId>,
    /// The supervisor, whose end is the worker's end.
    pub(crate) supervisor: i32,
}

/// Why to stop, as a byte on a worker's standard input. Only the two limits of time are told apart from an interruption.
pub(crate) fn stop_byte(reason: SkipReason) -> u8 {
    match reason {
        SkipReason::Deadline => b'd',
        SkipReason::DeviceBudget => b'b',
        SkipReason::DeviceGivenUp
        | SkipReason::Unchosen
        | SkipReason::CapabilityMask
        | SkipReason::Interrupted
        | SkipReason::Secret => b'i',
    }
}

/// What a stop byte says. Any other byte, or none at the input's end, is an interruption too.
pub(crate) fn stop_reason(byte: Option<u8>) -> SkipReason {
    match byte {
        Some(b'd') => SkipReason::Deadline,
        Some(b'b') => SkipReason::DeviceBudget,
        Some(_) | None => SkipReason::Interrupted,
    }
}
