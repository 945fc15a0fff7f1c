//! How a request reaches a device.
//!
//! Must not do: decide what to ask, repeat a request, or shorten an answer.

pub mod fwctl;
pub mod guard;
pub mod mlx5ctl;
pub mod node;
#[cfg(feature = "simulate")]
pub mod simulated;

use mlx5_schemas::model::exchange::Reply;
use mlx5_schemas::model::request::Request;

/// A way to a device. What the device says, refusals included, is in the [`Reply`].
pub trait Transport {
    /// Sends one request and waits for its answer, as long as that takes.
    ///
    /// # Errors
    /// When the request was not delivered, or no answer came.
    fn call(&mut self, request: &Request) -> Result<Reply, TransportError>;

    /// Takes back the room of an answer that is recorded, for a later one.
    fn take_back(&mut self, _room: Vec<u8>) {}
}

/// Why a request was not delivered.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TransportError {
    /// The operating system, or whoever carries the request, says so.
    #[error("{}", std::io::Error::from_raw_os_error(*errno))]
    Undelivered {
        /// Linux errno.
        errno: i32,
    },
    /// The finished bytes are not those of a read: they were not sent.
    #[error("not sent")]
    Guard {
        /// What the guard saw.
        #[from]
        source: guard::NotARead,
    },
    /// What came back is shorter than a command header.
    #[error("an answer of {length} bytes, shorter than a header")]
    ShortAnswer {
        /// Bytes that came.
        length: usize,
    },
}

impl TransportError {
    /// The errno to record: the system's own, EPERM for the guard, EPROTO for an answer that is none.
    pub fn errno(&self) -> i32 {
        match self {
            Self::Undelivered { errno } => *errno,
            Self::Guard { .. } => libc::EPERM,
            Self::ShortAnswer { .. } => libc::EPROTO,
        }
    }
}

/// A device that could not be opened: each request meets the errno of the open.
#[derive(Debug)]
pub struct Closed {
    /// Linux errno.
    pub errno: i32,
}

impl Transport for Closed {
    fn call(&mut self, _request: &Request) -> Result<Reply, TransportError> {
        Err(TransportError::Undelivered { errno: self.errno })
    }
}
