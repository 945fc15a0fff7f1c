//! One request with its outcome: the record from which everything else is derived.
//!
//! Must not do: interpret the bytes beyond status and syndrome.

use super::command::{CommandStatus, HEADER_LENGTH};
use super::request::Request;
use super::status::errno;

/// What firmware said: the command was delivered and answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reply {
    /// Status byte (byte 0 of the output).
    pub status: CommandStatus,
    /// Syndrome (bytes 4-7 of the output): firmware's own reason code.
    pub syndrome: u32,
    /// The output, header included, as long as it is kept.
    pub output: Vec<u8>,
}

impl Reply {
    /// Makes a reply of a raw output buffer; status and syndrome are read from its header.
    /// `None` when it is shorter than a header: that is no reply.
    pub fn from_output(output: Vec<u8>) -> Option<Self> {
        let header: &[u8; HEADER_LENGTH] = output.first_chunk()?;
        let status = CommandStatus(header[0]);
        let syndrome = u32::from_be_bytes([header[4], header[5], header[6], header[7]]);
        Some(Self { status, syndrome, output })
    }

    /// The bytes after the header.
    pub fn data(&self) -> &[u8] {
        self.output.get(HEADER_LENGTH..).unwrap_or_default()
    }
}

/// Why a planned request was not made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum SkipReason {
    /// The device was given up after a time-out, a removal or the death of its worker.
    DeviceGivenUp,
    /// The overall deadline passed.
    Deadline,
    /// The user left this probe out.
    Unchosen,
    /// The device's capability mask says that there is no such register.
    CapabilityMask,
    /// The user interrupted the run.
    Interrupted,
    /// The item is a secret and is never asked for.
    Secret,
    /// The time that this one device may take was used up.
    DeviceBudget,
}

impl SkipReason {
    /// Whether not asking leaves a hole in what the user asked for. Choices and secrets leave none; a register
    /// that the device's own mask denies is not there to be read.
    pub fn is_gap(self) -> bool {
        match self {
            Self::DeviceGivenUp | Self::Deadline | Self::Interrupted | Self::DeviceBudget => true,
            Self::Unchosen | Self::CapabilityMask | Self::Secret => false,
        }
    }

    /// The number by which transcripts and a worker's pipe name it.
    pub fn number(self) -> u8 {
        match self {
            Self::DeviceGivenUp => 1,
            Self::Deadline => 2,
            Self::Unchosen => 3,
            Self::CapabilityMask => 4,
            Self::Interrupted => 5,
            Self::Secret => 6,
            Self::DeviceBudget => 7,
        }
    }

    /// The reason with this number.
    pub fn of_number(number: u8) -> Option<Self> {
        Some(match number {
            1 => Self::DeviceGivenUp,
            2 => Self::Deadline,
            3 => Self::Unchosen,
            4 => Self::CapabilityMask,
            5 => Self::Interrupted,
            6 => Self::Secret,
            7 => Self::DeviceBudget,
            _ => return None,
        })
    }

    /// The words used in files and on screens.
    pub fn words(self) -> &'static str {
        match self {
            Self::DeviceGivenUp => "the device was given up",
            Self::Deadline => "the deadline passed",
            Self::Unchosen => "left out by the user",
            Self::CapabilityMask => "not in the device's capability mask",
            Self::Interrupted => "interrupted",
            Self::Secret => "a secret, never asked for",
            Self::DeviceBudget => "the device's time was used up",
        }
    }
}

/// What became of a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// Delivered and answered, whatever the answer.
    Replied(Reply),
    /// Not delivered: the transport's errno.
    Undelivered {
        /// Linux errno.
        errno: i32,
    },
    /// Planned, but not made.
    NotAsked(SkipReason),
}

impl Outcome {
    /// What became of it, in words.
    pub fn words(&self) -> String {
        match self {
            Self::Replied(reply) if reply.status == CommandStatus::NOT_RECORDED => {
                "not answered when this card was recorded".to_owned()
            }
            Self::Replied(reply) => format!("{}, syndrome 0x{:x}", reply.status, reply.syndrome),
            Self::Undelivered { errno: errno::ETIMEDOUT } => "no answer in time (ETIMEDOUT)".to_owned(),
            Self::Undelivered { errno: errno::EPERM } => "not permitted (EPERM)".to_owned(),
            Self::Undelivered { errno: errno::EACCES } => "permission denied (EACCES)".to_owned(),
            Self::Undelivered { errno: errno::EBADMSG } => {
                "this kernel does not pass the command in this scope (EBADMSG)".to_owned()
            }
            Self::Undelivered { errno } => format!("not delivered (errno {errno})"),
            Self::NotAsked(reason) => reason.words().to_owned(),
        }
    }
}

/// One request with its outcome. Times are kept beside the transcript, not in it, so that two reads of an
/// unchanged device give the same bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Exchange {
    /// The request.
    pub request: Request,
    /// What became of it.
    pub outcome: Outcome,
}

/// When an exchange happened. A request that follows another row at once is counted from the moment at which that one was made,
/// some microseconds before it is sent: the clock is looked at once for each.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct ExchangeTime {
    /// Microseconds from the start of the device's collection to the request.
    pub start_us: u64,
    /// Microseconds until the outcome was known.
    pub elapsed_us: u64,
}
