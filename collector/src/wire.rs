//! What a worker tells its supervisor, over one pipe, in frames: one byte of kind, the body's length (four
//! bytes, big-endian), the body.
//!
//! A worker talks to hardware and may fail in any way, so that what it sends is read as a stranger's:
//! bounded, and refused where it is not what a worker says. An exchange is made anew of its two buffers, so that it does not matter
//! how many of the zeros at their ends were sent.
//!
//! Must not do: read or write the pipe itself.

mod exchange;

use mlx5_schemas::model::manifest::{FwctlInfo, Mlx5ctlInfo};
use mlx5_schemas::model::request::RequestError;

pub use exchange::{SentExchange, put_exchange};

use crate::probe::ProbeId;

/// Longest body: an exchange with a capability page in it is 4.2 kB, words are cut to [`MAX_WORDS`].
const MAX_BODY: usize = 16 * 1024;
/// Longest text, in bytes.
const MAX_WORDS: usize = 1024;
/// Kind and length.
const PREFIX: usize = 5;

/// One message of a worker.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Frame {
    /// The device is open.
    Opened {
        /// What the node says of itself, where the device is one.
        info: Option<NodeInfo>,
    },
    /// The device could not be opened; all requests will be recorded with this errno.
    NotOpened {
        /// Linux errno.
        errno: i32,
        /// Why, in words.
        words: String,
    },
    /// A probe begins.
    ProbeStarted {
        /// Which.
        probe: ProbeId,
        /// Microseconds since the worker's start.
        at_us: u64,
    },
    /// One exchange of the running probe.
    Exchange(SentExchange),
    /// The running probe is through.
    ProbeEnded {
        /// Which.
        probe: ProbeId,
        /// Microseconds since the worker's start.
        at_us: u64,
    },
    /// Nothing follows.
    Done,
}

/// What a node says of itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NodeInfo {
    /// FWCTL_INFO.
    Fwctl(FwctlInfo),
    /// MLX5CTL_IOCTL_INFO.
    Mlx5ctl(Mlx5ctlInfo),
}

/// Why a worker's bytes are no frames.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum WireError {
    /// A kind that no worker sends.
    #[error("a frame of unknown kind {kind}")]
    Kind {
        /// The kind.
        kind: u8,
    },
    /// A body longer than any.
    #[error("a frame of {length} bytes")]
    Length {
        /// The stated length.
        length: u32,
    },
    /// A body that no worker sends.
    #[error("a frame of kind {kind} that is malformed")]
    Body {
        /// The kind.
        kind: u8,
    },
    /// An exchange whose request may not be made.
    #[error("an exchange with no permitted request")]
    Request {
        /// Why.
        #[from]
        source: RequestError,
    },
}

mod kind {
    pub(super) const OPENED: u8 = 1;
    pub(super) const NOT_OPENED: u8 = 2;
    pub(super) const PROBE_STARTED: u8 = 3;
    pub(super) const EXCHANGE: u8 = 4;
    pub(super) const PROBE_ENDED: u8 = 5;
    pub(super) const DONE: u8 = 6;
}

/// Appends a frame.
pub fn put_frame(frame: &Frame, out: &mut Vec<u8>) {
    match frame {
        Frame::Opened { info } => put(kind::OPENED, out, |out| {
            // The number of numbers says which it is.
            let numbers = match info {
                None => Vec::new(),
                Some(NodeInfo::Fwctl(info)) => vec![info.device_type, info.uid, info.uctx_caps],
                Some(NodeInfo::Mlx5ctl(info)) => {
                    vec![u32::from(info.uid), info.uctx_cap, info.dev_uctx_cap, info.ucap]
                }
            };
            for number in numbers {
                out.extend_from_slice(&number.to_be_bytes());
            }
        }),
        Frame::NotOpened { errno, words } => put(kind::NOT_OPENED, out, |out| {
            out.extend_from_slice(&errno.to_be_bytes());
            let end = words.floor_char_boundary(MAX_WORDS);
            out.extend_from_slice(words.get(..end).unwrap_or_default().as_bytes());
        }),
        Frame::ProbeStarted { probe, at_us } => put_probe(kind::PROBE_STARTED, *probe, *at_us, out),
        Frame::Exchange(sent) => put(kind::EXCHANGE, out, |out| out.extend_from_slice(sent.body())),
        Frame::ProbeEnded { probe, at_us } => put_probe(kind::PROBE_ENDED, *probe, *at_us, out),
        Frame::Done => put(kind::DONE, out, |_| ()),
    }
}

fn put_probe(kind: u8, probe: ProbeId, at_us: u64, out: &mut Vec<u8>) {
    put(kind, out, |out| {
        out.push(match probe {
            ProbeId::Identity => 1,
            ProbeId::Nv => 2,
            ProbeId::Capabilities => 3,
            ProbeId::Registers => 4,
            ProbeId::FullRegisters => 5,
        });
        out.extend_from_slice(&at_us.to_be_bytes());
    });
}

fn put(kind: u8, out: &mut Vec<u8>, body: impl FnOnce(&mut Vec<u8>)) {
    let at = out.len().saturating_add(1);
    out.extend_from_slice(&[kind, 0, 0, 0, 0]);
    body(out);
    let length = u32::try_from(out.len().saturating_sub(at).saturating_sub(4)).unwrap_or(u32::MAX);
    if let Some(field) = out.get_mut(at..).and_then(|rest| rest.first_chunk_mut()) {
        *field = length.to_be_bytes();
    }
}

/// Takes frames out of bytes as they arrive.
#[derive(Debug, Default)]
pub struct Frames {
    bytes: Vec<u8>,
    taken: usize,
}

impl Frames {
    /// Adds what arrived.
    pub fn push(&mut self, bytes: &[u8]) {
        self.bytes.drain(..self.taken);
        self.taken = 0;
        self.bytes.extend_from_slice(bytes);
    }

    /// The next whole frame, if there is one.
    ///
    /// # Errors
    /// At the first frame that no worker sends; what follows cannot be read.
    pub fn take(&mut self) -> Result<Option<Frame>, WireError> {
        let rest = self.bytes.get(self.taken..).unwrap_or_default();
        let Some((&[kind, length @ ..], after)) = rest.split_first_chunk::<PREFIX>() else { return Ok(None) };
        let length = u32::from_be_bytes(length);
        let room = usize::try_from(length).ok().filter(|&room| room <= MAX_BODY);
        let room = room.ok_or(WireError::Length { length })?;
        let Some(body) = after.get(..room) else { return Ok(None) };
        let frame = decode(kind, body)?;
        self.taken = self.taken.saturating_add(PREFIX).saturating_add(room);
        Ok(Some(frame))
    }

    /// Whether everything that arrived was taken.
    pub fn is_empty(&self) -> bool {
        self.taken == self.bytes.len()
    }
}

fn decode(kind: u8, body: &[u8]) -> Result<Frame, WireError> {
    let malformed = WireError::Body { kind };
    let mut body = body;
    let frame = match kind {
        kind::OPENED if body.is_empty() => Frame::Opened { info: None },
        kind::OPENED => {
            let mut numbers = Vec::new();
            while let Some(number) = take(&mut body) {
                numbers.push(u32::from_be_bytes(number));
            }
            let info = match *numbers.as_slice() {
                [device_type, uid, uctx_caps] => NodeInfo::Fwctl(FwctlInfo { device_type, uid, uctx_caps }),
                [uid, uctx_cap, dev_uctx_cap, ucap] => {
                    let uid = u16::try_from(uid).map_err(|_| malformed.clone())?;
                    NodeInfo::Mlx5ctl(Mlx5ctlInfo { uid, uctx_cap, dev_uctx_cap, ucap })
                }
                _ => return Err(malformed),
            };
            Frame::Opened { info: Some(info) }
        }
        kind::NOT_OPENED => {
            let errno = take(&mut body).map(i32::from_be_bytes).ok_or(malformed.clone())?;
            let words = std::str::from_utf8(body).map_err(|_| malformed.clone())?.to_owned();
            body = &[];
            // The errno goes into transcripts, which take no others.
            if !(1..=4095).contains(&errno) || words.len() > MAX_WORDS {
                return Err(malformed);
            }
            Frame::NotOpened { errno, words }
        }
        kind::PROBE_STARTED | kind::PROBE_ENDED => {
            let probe = match take(&mut body) {
                Some([1]) => ProbeId::Identity,
                Some([2]) => ProbeId::Nv,
                Some([3]) => ProbeId::Capabilities,
                Some([4]) => ProbeId::Registers,
                Some([5]) => ProbeId::FullRegisters,
                Some([_]) | None => return Err(malformed),
            };
            let at_us = take(&mut body).map(u64::from_be_bytes).ok_or(malformed.clone())?;
            if kind == kind::PROBE_STARTED {
                Frame::ProbeStarted { probe, at_us }
            } else {
                Frame::ProbeEnded { probe, at_us }
            }
        }
        kind::EXCHANGE => Frame::Exchange(SentExchange::of_body(std::mem::take(&mut body).to_vec())),
        kind::DONE => Frame::Done,
        _ => return Err(WireError::Kind { kind }),
    };
    if body.is_empty() { Ok(frame) } else { Err(malformed) }
}

fn take<const N: usize>(body: &mut &[u8]) -> Option<[u8; N]> {
    let (&bytes, rest) = body.split_first_chunk::<N>()?;
    *body = rest;
    Some(bytes)
}

#[cfg(test)]
mod tests;
