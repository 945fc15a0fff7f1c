//! One file, one capture.
//!
//! Must not do: mask (see `masking`) or read without a bound.

use std::io;

use mlx5_schemas::model::host::HostCapture;
use mlx5_schemas::model::status::CollectionStatus;
use rustix::io::Errno;

use super::CAPTURE_LIMIT;
use crate::errno;
use crate::root::Root;

/// A text file as it comes.
pub(super) fn text(root: &Root, name: &str) -> HostCapture {
    read_text(root, name).unwrap_or_else(|error| unreadable(name, &error))
}

/// The same where the caller knows more of what an errno means.
pub(super) fn read_text(root: &Root, name: &str) -> io::Result<HostCapture> {
    let head = root.read(name, CAPTURE_LIMIT)?;
    Ok(match String::from_utf8(head.bytes) {
        Ok(text) => {
            let reason = head.cut.then(|| "cut after 64 KiB".to_owned());
            HostCapture { reason, ..captured(name, text) }
        }
        Err(bytes) if head.cut => {
            failed(name, CollectionStatus::Error, format!("not text within {} bytes", bytes.as_bytes().len()))
        }
        Err(bytes) => self::bytes(name, bytes.as_bytes()),
    })
}

/// A file that is not text, in hex.
pub(super) fn binary(root: &Root, name: &str, limit: usize) -> HostCapture {
    match root.read(name, limit) {
        Ok(head) if head.cut => {
            failed(name, CollectionStatus::Error, format!("longer than the {limit} bytes it can have"))
        }
        Ok(head) => bytes(name, &head.bytes),
        Err(error) => unreadable(name, &error),
    }
}

/// A capture that worked.
pub(super) fn captured(name: &str, text: String) -> HostCapture {
    HostCapture {
        name: name.to_owned(),
        status: CollectionStatus::Captured,
        text: Some(text),
        base16: None,
        reason: None,
    }
}

/// A capture that did not.
pub(super) fn failed(name: &str, status: CollectionStatus, reason: String) -> HostCapture {
    HostCapture { name: name.to_owned(), status, text: None, base16: None, reason: Some(reason) }
}

/// A capture whose file could not be read.
pub(super) fn unreadable(name: &str, error: &io::Error) -> HostCapture {
    failed(name, errno::status(error), errno::words(error))
}

/// A capture for which a driver was asked and gave no answer. That it has nothing of the kind is no failure.
pub(super) fn unanswered(name: &str, error: &io::Error) -> HostCapture {
    match Errno::from_io_error(error) {
        Some(Errno::NODEV | Errno::OPNOTSUPP) => failed(name, CollectionStatus::Absent, errno::words(error)),
        Some(_) | None => unreadable(name, error),
    }
}

/// A capture of bytes, in hex.
pub(super) fn bytes(name: &str, bytes: &[u8]) -> HostCapture {
    let hex = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    HostCapture {
        name: name.to_owned(),
        status: CollectionStatus::Captured,
        text: None,
        base16: Some(hex),
        reason: None,
    }
}
