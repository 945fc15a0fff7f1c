//! The lines of a log that speak of these devices: kernel logs are long, and what else stands in a system's log is
//! nobody's business here.
//!
//! Must not do: hold a log, or change a line.

use std::io::{self, BufRead, BufReader, Read};

/// Longest line that is looked at; of a longer one this much.
const MAX_LINE: u64 = 16 << 10;

/// What a line must have, in lower case: drivers, the vendor, taint, and what says which kernel and boot it is.
const MARKS: [&str; 11] = [
    "mlx",
    "fwctl",
    "mellanox",
    "taint",
    "mst_pci",
    "linux version",
    "command line:",
    "lockdown",
    "locked down",
    "secure boot",
    "secureboot",
];

/// What was kept of a log.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Kept {
    /// The lines, or the whole log.
    pub(super) bytes: Vec<u8>,
    /// How many lines there were.
    pub(super) lines: u64,
    /// How many of them were kept.
    pub(super) kept: u64,
    /// How many of them speak of the drivers or devices.
    pub(super) ours: u64,
    /// Whether there were more than fit.
    pub(super) is_full: bool,
}

/// Keeps the lines of a log that count, `limit` bytes at most.
pub(super) fn reduced(content: impl Read, limit: usize) -> io::Result<Kept> {
    let mut content = BufReader::with_capacity(64 << 10, content);
    let mut kept = Kept::default();
    let mut line = Vec::new();
    loop {
        line.clear();
        (&mut content).take(MAX_LINE).read_until(b'\n', &mut line)?;
        if line.is_empty() {
            return Ok(kept);
        }
        kept.lines = kept.lines.saturating_add(1);
        let is_cut = !line.ends_with(b"\n") && pass_rest_of_line(&mut content)?;
        let Some(is_ours) = counts(&mut line.clone()) else { continue };
        // A line that was cut could be misread.
        if is_cut {
            continue;
        }
        if kept.bytes.len().saturating_add(line.len()) > limit {
            kept.is_full = true;
            continue;
        }
        kept.kept = kept.kept.saturating_add(1);
        kept.ours = kept.ours.saturating_add(u64::from(is_ours));
        kept.bytes.extend_from_slice(&line);
    }
}

/// Whether a line counts, and then whether it speaks of the devices.
fn counts(line: &mut [u8]) -> Option<bool> {
    line.make_ascii_lowercase();
    let text = String::from_utf8_lossy(line);
    let at = MARKS.iter().position(|mark| text.contains(mark))?;
    Some(at < 3)
}

/// How many lines of a log that was kept whole speak of the devices.
pub(super) fn ours(bytes: &[u8]) -> u64 {
    let lines = bytes.split(|byte| *byte == b'\n');
    let ours = lines.filter(|line| counts(&mut line.to_vec()) == Some(true)).count();
    u64::try_from(ours).unwrap_or(u64::MAX)
}

/// Reads on to the end of the line; whether there was more of it.
fn pass_rest_of_line(content: &mut impl BufRead) -> io::Result<bool> {
    let mut more = false;
    loop {
        let there = content.fill_buf()?;
        if there.is_empty() {
            return Ok(more);
        }
        more = true;
        let end = there.iter().position(|byte| *byte == b'\n');
        let step = end.map_or(there.len(), |end| end.saturating_add(1));
        content.consume(step);
        if end.is_some() {
            return Ok(true);
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn only_lines_that_count_are_kept_as_they_are() {
        let log =
            b"Jan 1 sshd: hello\nJan 1 kernel: MLX5_CORE 0000:05:00.0: x\r\nLinux version 6.1\n\nfwctl y";
        let kept = reduced(&log[..], 1000).unwrap();
        assert_eq!(kept.bytes, b"Jan 1 kernel: MLX5_CORE 0000:05:00.0: x\r\nLinux version 6.1\nfwctl y");
        assert_eq!((kept.lines, kept.kept, kept.ours, kept.is_full), (5, 3, 2, false));
        let kept = reduced(&log[..], 45).unwrap();
        assert_eq!((kept.kept, kept.is_full), (1, true));
        assert_eq!(ours(log), 2);
    }

    #[test]
    fn a_line_without_end_is_not_held() {
        let mut log = vec![b'x'; 1 << 20];
        log.extend_from_slice(b" mlx5\nmlx5_core: y\n");
        let kept = reduced(&log[..], 1 << 20).unwrap();
        assert_eq!((kept.bytes.as_slice(), kept.lines), (&b"mlx5_core: y\n"[..], 2));
    }
}
