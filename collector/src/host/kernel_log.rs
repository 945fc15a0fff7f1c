//! The lines of the kernel log that come from fwctl or an mlx5 driver, and whether the log still reaches back to the boot.
//!
//! Source: Documentation/ABI/testing/dev-kmsg. A record is `priority,sequence,microseconds,flags[,…];text`, followed
//! by lines that begin with a space. The device gives one record per read; below another root a plain file with
//! such records stands for it.
//! Must not do: wait for lines, keep other lines, or keep network addresses.

use std::io::{self, Read};

use mlx5_schemas::model::host::HostCapture;
use mlx5_schemas::model::status::CollectionStatus;
use rustix::fs::OFlags;
use rustix::io::Errno;

use super::{CAPTURE_LIMIT, files, masking};
use crate::errno;
use crate::root::Root;

const DEVICE: &str = "dev/kmsg";
/// Capture of the lines.
const LINES: &str = "kernel-log";
/// Capture that says how far back the log reaches.
const SPAN: &str = "kernel-log-span";
/// How the kernel's lines on these drivers begin. That a line merely names one is not enough: the kernel logs its whole
/// command line, and user space whatever it likes.
const DRIVERS: &[&str] = &["mlx5", "infiniband mlx5", "auxiliary mlx5"];
const FWCTL: &str = "fwctl";
/// A record is at most this long (`CONSOLE_EXT_LOG_MAX` in the kernel).
const RECORD_LIMIT: usize = 8192;
/// Most records that are read; the largest log buffers hold fewer.
const MAX_RECORDS: usize = 500_000;
/// Most bytes of a plain file that stands for the device.
const FILE_LIMIT: usize = 32 << 20;

/// Reads the log from its start to now.
pub(super) fn capture(root: &Root, sink: &mut dyn FnMut(HostCapture)) {
    let mut log = Log::default();
    match read(root, &mut log) {
        Ok(()) => {
            sink(log.lines());
            sink(log.span());
        }
        Err(error) => {
            // Not an omission of ours: with kernel.dmesg_restrict the log needs CAP_SYSLOG.
            let mut reason = errno::words(&error);
            if errno::status(&error) == CollectionStatus::Denied {
                reason.push_str(" (reading the kernel log needs root or CAP_SYSLOG)");
            }
            for name in [LINES, SPAN] {
                sink(files::failed(name, errno::status(&error), reason.clone()));
            }
        }
    }
}

fn read(root: &Root, log: &mut Log) -> io::Result<()> {
    if root.is_alternate() {
        let head = root.read(DEVICE, FILE_LIMIT)?;
        for line in String::from_utf8_lossy(&head.bytes).lines() {
            log.record(line);
        }
        return Ok(());
    }
    let mut device = std::fs::File::from(root.open(DEVICE, OFlags::RDONLY)?);
    let mut buffer = vec![0; RECORD_LIMIT];
    for _ in 0..MAX_RECORDS {
        match device.read(&mut buffer) {
            Ok(0) => return Ok(()),
            Ok(length) => {
                let record = String::from_utf8_lossy(buffer.get(..length).unwrap_or_default()).into_owned();
                log.record(record.lines().next().unwrap_or_default());
            }
            Err(error) => match Errno::from_io_error(&error) {
                // The end, for now.
                Some(Errno::AGAIN) => return Ok(()),
                // Records were overwritten while we read; the next read goes on after them.
                Some(Errno::PIPE) => log.overwritten = true,
                Some(Errno::INTR) => {}
                Some(_) | None => return Err(error),
            },
        }
    }
    Ok(())
}

#[derive(Debug, Default)]
struct Log {
    /// Lines of fwctl: the reason for reading the log at all.
    fwctl: Kept,
    /// Lines of mlx5 drivers.
    mlx5: Kept,
    first: Option<First>,
    records: u64,
    overwritten: bool,
}

#[derive(Debug)]
struct First {
    sequence: u64,
    is_boot: bool,
}

/// Lines within a budget, each with its place in the log.
#[derive(Debug, Default)]
struct Kept {
    lines: Vec<(u64, String)>,
    bytes: usize,
    left_out: u64,
}

impl Kept {
    fn push(&mut self, place: u64, line: String) {
        let bytes = self.bytes.saturating_add(line.len()).saturating_add(1);
        if bytes > CAPTURE_LIMIT / 2 {
            self.left_out = self.left_out.saturating_add(1);
        } else {
            self.bytes = bytes;
            self.lines.push((place, line));
        }
    }
}

impl Log {
    /// Takes the first line of a record; lines that are no record are passed over.
    fn record(&mut self, line: &str) {
        let Some((prefix, text)) = line.split_once(';').filter(|_| !line.starts_with(' ')) else { return };
        let mut fields = prefix.split(',').map(str::parse::<u64>);
        let (Some(Ok(priority)), Some(Ok(sequence))) = (fields.next(), fields.next()) else { return };
        self.records = self.records.saturating_add(1);
        if self.first.is_none() {
            self.first = Some(First { sequence, is_boot: text.starts_with("Linux version ") });
        }
        let place = self.records;
        // Facility 0 is the kernel's own; lines written to the device from user space get another.
        if priority > 7 {
            return;
        }
        if text.starts_with(FWCTL) {
            self.fwctl.push(place, masking::addresses(line));
        } else if DRIVERS.iter().any(|driver| text.starts_with(driver)) {
            self.mlx5.push(place, masking::addresses(line));
        }
    }

    fn lines(&self) -> HostCapture {
        let mut all: Vec<&(u64, String)> = self.fwctl.lines.iter().chain(&self.mlx5.lines).collect();
        all.sort();
        let mut capture =
            files::captured(LINES, all.into_iter().flat_map(|(_, line)| [line.as_str(), "\n"]).collect());
        let left_out = self.fwctl.left_out.saturating_add(self.mlx5.left_out);
        if left_out > 0 {
            capture.reason = Some(format!("{left_out} later lines are left out for their number"));
        }
        capture
    }

    /// `first_sequence=N from_boot=yes|no`: no when the log has lost its beginning, so that an early line may be gone.
    fn span(&self) -> HostCapture {
        match &self.first {
            Some(first) => {
                // `dmesg --clear` only moves a mark for syslog(2); records go when newer ones need the room.
                let from_boot = !self.overwritten && (first.sequence == 0 || first.is_boot);
                let word = if from_boot { "yes" } else { "no" };
                files::captured(SPAN, format!("first_sequence={} from_boot={word}\n", first.sequence))
            }
            None => files::failed(SPAN, CollectionStatus::Absent, "the kernel log is empty".to_owned()),
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn captures(log: &str) -> Vec<HostCapture> {
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir(folder.path().join("dev")).unwrap();
        std::fs::write(folder.path().join("dev/kmsg"), log).unwrap();
        let mut captures = Vec::new();
        capture(&Root::alternate(folder.path().to_owned()), &mut |capture| captures.push(capture));
        captures
    }

    #[test]
    fn only_the_drivers_own_lines_are_kept() {
        let captures = captures(
            "5,0,0,-;Linux version 7.3.4 (me@host) #1\n\
             5,1,0,-;Kernel command line: ip=10.1.2.3 host=me mlx5_core.debug_mask=1\n\
             6,1,10,-;eth0: renamed from veth\n\
             12,1,11,-;mlx5_core 0000:3b:00.0: written by a process\n\
             4,2,20,-;fwctl fwctl0: evil;(name(412): has requested full access to the physical device\n\
             \x20SUBSYSTEM=fwctl\n\
             6,3,30,-;mlx5_core 0000:3b:00.0: MAC 02:ab:3c:00:11:22\n",
        );
        assert_eq!(
            captures[0].text.as_deref().unwrap(),
            "4,2,20,-;fwctl fwctl0: evil;(name(412): has requested full access to the physical device\n\
             6,3,30,-;mlx5_core 0000:3b:00.0: MAC [address]\n"
        );
        assert_eq!(captures[1].text.as_deref(), Some("first_sequence=0 from_boot=yes\n"));
    }

    #[test]
    fn a_log_that_lost_its_beginning_says_so() {
        let captures = captures("6,81,30,-;mlx5_core 0000:3b:00.0: up\n");
        assert_eq!(captures[1].text.as_deref(), Some("first_sequence=81 from_boot=no\n"));
    }

    #[test]
    fn a_flood_of_driver_lines_does_not_push_out_the_fwctl_line() {
        let mut log: String =
            (0..5000).map(|n| format!("6,{n},1,-;mlx5_core 0000:3b:00.0: noise {n}\n")).collect();
        log.push_str("4,5000,2,-;fwctl fwctl0: tool(1): has requested full access to the physical device\n");
        let captures = captures(&log);
        assert!(captures[0].text.as_deref().unwrap().len() <= CAPTURE_LIMIT);
        assert!(captures[0].text.as_deref().unwrap().contains("tool(1)"));
        assert!(captures[0].reason.as_deref().unwrap().contains("left out"));
    }
}
