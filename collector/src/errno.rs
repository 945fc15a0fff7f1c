//! errno values in words: the name that manual pages use, and the system's own sentence.
//!
//! Must not do: decide what an error means for a capture beyond absent, denied and the rest.

use std::io;

use mlx5_schemas::model::status::CollectionStatus;
use rustix::io::Errno;

/// Names of the values that reading files, nodes and sockets can give.
const NAMES: &[(Errno, &str)] = &[
    (Errno::PERM, "EPERM"),
    (Errno::NOENT, "ENOENT"),
    (Errno::INTR, "EINTR"),
    (Errno::IO, "EIO"),
    (Errno::NXIO, "ENXIO"),
    (Errno::AGAIN, "EAGAIN"),
    (Errno::NOMEM, "ENOMEM"),
    (Errno::ACCESS, "EACCES"),
    (Errno::BUSY, "EBUSY"),
    (Errno::EXIST, "EEXIST"),
    (Errno::NODEV, "ENODEV"),
    (Errno::NOTDIR, "ENOTDIR"),
    (Errno::ISDIR, "EISDIR"),
    (Errno::INVAL, "EINVAL"),
    (Errno::MFILE, "EMFILE"),
    (Errno::FBIG, "EFBIG"),
    (Errno::FAULT, "EFAULT"),
    (Errno::BADR, "EBADR"),
    (Errno::NOMSG, "ENOMSG"),
    (Errno::BADMSG, "EBADMSG"),
    (Errno::PROTO, "EPROTO"),
    (Errno::STALE, "ESTALE"),
    (Errno::NOSPC, "ENOSPC"),
    (Errno::ROFS, "EROFS"),
    (Errno::PIPE, "EPIPE"),
    (Errno::NOSYS, "ENOSYS"),
    (Errno::LOOP, "ELOOP"),
    (Errno::OPNOTSUPP, "EOPNOTSUPP"),
    (Errno::DQUOT, "EDQUOT"),
    (Errno::TIMEDOUT, "ETIMEDOUT"),
    (Errno::CONNREFUSED, "ECONNREFUSED"),
];

/// `EACCES: Permission denied`, or the error's own words where there is no errno.
pub fn words(error: &io::Error) -> String {
    let Some(errno) = Errno::from_io_error(error) else { return error.to_string() };
    // The system's own sentence is about a connection, which there is none of here.
    let sentence = match errno {
        Errno::TIMEDOUT => "no answer in time".to_owned(),
        _ => io::Error::from_raw_os_error(errno.raw_os_error()).to_string(),
    };
    // The standard library appends the number, which the name already says.
    let sentence = sentence.split(" (os error").next().unwrap_or_default();
    match NAMES.iter().find(|(known, _)| *known == errno) {
        Some((_, name)) => format!("{name}: {sentence}"),
        None => format!("errno {}: {sentence}", errno.raw_os_error()),
    }
}

/// The status of an item whose reading failed.
pub fn status(error: &io::Error) -> CollectionStatus {
    match Errno::from_io_error(error) {
        Some(Errno::NOENT | Errno::NOTDIR) => CollectionStatus::Absent,
        Some(Errno::PERM | Errno::ACCESS) => CollectionStatus::Denied,
        Some(_) | None => CollectionStatus::Error,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_errno_has_its_name_and_words_that_fit_a_device() {
        let words = |errno: Errno| words(&io::Error::from_raw_os_error(errno.raw_os_error()));
        assert_eq!(words(Errno::TIMEDOUT), "ETIMEDOUT: no answer in time");
        assert_eq!(words(Errno::NODEV), "ENODEV: No such device");
        assert_eq!(words(Errno::XDEV), "errno 18: Invalid cross-device link");
    }
}
