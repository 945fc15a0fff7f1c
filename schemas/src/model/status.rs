//! Collection status: what became of one item that was to be read.
//!
//! Must not do: judge values.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::command::CommandStatus;
use super::defect::defect_of_ok;
use super::exchange::{Outcome, Reply};
use super::request::{Request, register};
use crate::redaction::returned_length;

/// What became of an item. Different silences are different things.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum CollectionStatus {
    /// Read.
    Captured,
    /// The device (or the kernel) says that there is no such thing here.
    Absent,
    /// Masked before it was written.
    Masked,
    /// Not asked: by choice, by the plan, or because the device was given up before.
    Skipped,
    /// A replayed card was not asked this when it was recorded.
    NotRecorded,
    /// Refused: permissions, or an opcode that this kernel does not pass.
    Denied,
    /// Asked, and anything else went wrong.
    Error,
    /// Asked, and no answer came in time.
    Timeout,
}

impl CollectionStatus {
    /// The word used in files and on screens.
    pub fn word(self) -> &'static str {
        match self {
            Self::Captured => "captured",
            Self::Absent => "absent",
            Self::Masked => "masked",
            Self::Skipped => "skipped",
            Self::NotRecorded => "not-recorded",
            Self::Denied => "denied",
            Self::Error => "error",
            Self::Timeout => "timeout",
        }
    }

    /// Whether an item with this status leaves a hole in what was asked for.
    pub fn is_gap(self) -> bool {
        match self {
            Self::Captured | Self::Absent | Self::Masked => false,
            Self::Skipped | Self::NotRecorded | Self::Denied | Self::Error | Self::Timeout => true,
        }
    }
}

impl std::fmt::Display for CollectionStatus {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.pad(self.word())
    }
}

/// Linux errno values that the transports report (`asm-generic/errno-base.h`, `errno.h`).
pub mod errno {
    /// Operation not permitted.
    pub const EPERM: i32 = 1;
    /// Permission denied.
    pub const EACCES: i32 = 13;
    /// fwctl: this opcode is not permitted in this scope.
    pub const EBADMSG: i32 = 74;
    /// No answer within the driver's time.
    pub const ETIMEDOUT: i32 = 110;
}

/// Status of one exchange. An answer that is none to this request (see [`defect`]) is an error, never data.
pub fn classify_exchange(request: &Request, outcome: &Outcome) -> CollectionStatus {
    match outcome {
        Outcome::Replied(reply) => classify_reply(request, reply, returned_length(request, reply)),
        Outcome::Undelivered { .. } | Outcome::NotAsked(_) => classify(None, outcome),
    }
}

/// Likewise of a reply, when [`returned_length`] is known.
#[inline]
pub fn classify_reply(request: &Request, reply: &Reply, returned: usize) -> CollectionStatus {
    match reply.status {
        CommandStatus::OK if defect_of_ok(request, reply, returned).is_some() => CollectionStatus::Error,
        // Of one TLV that says that there is none; of NV configuration as a whole it may be that access to it is locked,
        // and a run that read nothing of it is not to pass for complete.
        CommandStatus::INT_ERR if asks_for_any_nv(request) => CollectionStatus::Error,
        status => classify_status(request.as_register().map(|(id, _)| id), status),
    }
}

/// Whether this is the question whether there is any NV configuration (MNVQC of type 0).
fn asks_for_any_nv(request: &Request) -> bool {
    request
        .as_register()
        .is_some_and(|(id, data)| id == register::MNVQC && data.iter().all(|byte| *byte == 0))
}

/// Status of an outcome by what firmware or the system said. `register_id` is the register asked for, if any: for MNVQC
/// and MNVGC any refusal says "no such TLV" and "no such access mode" (mstflint `mlxcfg_utils`).
pub fn classify(register_id: Option<u16>, outcome: &Outcome) -> CollectionStatus {
    match outcome {
        Outcome::Replied(reply) => classify_status(register_id, reply.status),
        Outcome::Undelivered { errno: errno::ETIMEDOUT } => CollectionStatus::Timeout,
        Outcome::Undelivered { errno: errno::EPERM | errno::EACCES | errno::EBADMSG } => {
            CollectionStatus::Denied
        }
        Outcome::Undelivered { .. } => CollectionStatus::Error,
        // Whether that is a gap depends on the reason, see [`SkipReason::is_gap`].
        Outcome::NotAsked(_) => CollectionStatus::Skipped,
    }
}

fn classify_status(register_id: Option<u16>, status: CommandStatus) -> CollectionStatus {
    match (status, register_id) {
        (CommandStatus::OK, _) => CollectionStatus::Captured,
        (CommandStatus::NOT_RECORDED, _) => CollectionStatus::NotRecorded,
        (
            CommandStatus::BAD_OP
            | CommandStatus::BAD_PARAM
            | CommandStatus::BAD_SYS_STATE
            | CommandStatus::BAD_RES
            | CommandStatus::BAD_RES_STATE
            | CommandStatus::BAD_INDEX
            | CommandStatus::NO_RES,
            _,
        ) => CollectionStatus::Absent,
        (CommandStatus::INT_ERR, Some(register::MNVQC | register::MNVGC)) => CollectionStatus::Absent,
        (CommandStatus(_), _) => CollectionStatus::Error,
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;
    use crate::model::exchange::Reply;

    #[test]
    fn a_refusal_of_nv_configuration_as_a_whole_is_no_absence_where_firmware_failed() {
        let status = |type_dword: u32, status: CommandStatus| {
            let data = [type_dword.to_be_bytes(), [0; 4]].concat();
            let request = Request::register(register::MNVQC, data).unwrap();
            let reply = Reply { status, syndrome: 0, output: vec![0; 16] };
            classify_exchange(&request, &Outcome::Replied(reply))
        };
        assert_eq!(status(0, CommandStatus::INT_ERR), CollectionStatus::Error);
        assert_eq!(status(0, CommandStatus::BAD_PARAM), CollectionStatus::Absent);
        assert_eq!(status(0x80, CommandStatus::INT_ERR), CollectionStatus::Absent);
    }
}
