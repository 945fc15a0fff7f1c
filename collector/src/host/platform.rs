//! Kernel build, distribution, secure boot, debugfs and container hints.
//!
//! Must not do: keep who built the kernel and where, or any mount but those of debugfs.

use std::io;

use mlx5_schemas::model::host::HostCapture;
use mlx5_schemas::model::status::CollectionStatus;

use super::{CAPTURE_LIMIT, files};
use crate::discovery::container;
use crate::root::Root;

/// The UEFI variable: four bytes of attributes, then one byte, 1 when secure boot is on (UEFI specification 3.3).
const SECURE_BOOT: &str = "sys/firmware/efi/efivars/SecureBoot-8be4df61-93ca-11d2-aa0d-00e098032b8c";

/// `/proc/version` without its `(user@host)`, which is the machine that built the kernel.
pub(super) fn version(root: &Root) -> HostCapture {
    let mut capture = files::text(root, "proc/version");
    capture.text = capture.text.map(|text| without_builder(&text));
    capture
}

fn without_builder(text: &str) -> String {
    let place = text.find('(').and_then(|start| {
        let end = text.get(start..)?.find(')')?.checked_add(start)?;
        text.get(start..end)?.contains('@').then_some((start, end))
    });
    match place.and_then(|(start, end)| Some((text.get(..start)?, text.get(end..)?))) {
        Some((before, after)) => format!("{before}(builder left out{after}"),
        None => text.to_owned(),
    }
}

/// `/etc/os-release`, or the file that it stands for.
pub(super) fn distribution(root: &Root) -> HostCapture {
    let capture = files::text(root, "etc/os-release");
    if capture.status == CollectionStatus::Captured {
        return capture;
    }
    // The first name stays, so that there is one place to look for it.
    HostCapture { name: capture.name, ..files::text(root, "usr/lib/os-release") }
}

/// The UEFI variable, or why there is none.
pub(super) fn secure_boot(root: &Root) -> HostCapture {
    let capture = files::binary(root, SECURE_BOOT, 64);
    if capture.status == CollectionStatus::Absent && !root.exists("sys/firmware/efi") {
        return files::failed(SECURE_BOOT, CollectionStatus::Absent, "not booted through UEFI".to_owned());
    }
    capture
}

/// The mounts of debugfs, which holds doors to the device that leave no trace.
pub(super) fn debugfs(root: &Root) -> HostCapture {
    const NAME: &str = "debugfs-mounts";
    match root.read("proc/self/mounts", CAPTURE_LIMIT * 4) {
        Ok(head) => {
            let mounts = String::from_utf8_lossy(&head.bytes);
            let lines = mounts.lines().filter(|line| line.split(' ').nth(2) == Some("debugfs"));
            files::captured(NAME, lines.flat_map(|line| [line, "\n"]).collect())
        }
        Err(error) => files::unreadable(NAME, &error),
    }
}

/// Hints that this is a container; empty text when none was seen.
pub(super) fn container(root: &Root) -> HostCapture {
    const NAME: &str = "container-hints";
    if let Err(error) = root.names("") {
        return files::unreadable(NAME, &io::Error::new(error.kind(), "the root cannot be read"));
    }
    files::captured(NAME, container::hints(root).iter().flat_map(|hint| [hint.as_str(), "\n"]).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_builder_of_the_kernel_is_left_out() {
        assert_eq!(
            without_builder("Linux version 7.3.4 (me@myhost.example) (gcc 14.2) #1 SMP\n"),
            "Linux version 7.3.4 (builder left out) (gcc 14.2) #1 SMP\n"
        );
        assert_eq!(without_builder("Linux version 7.3.4 (gcc) #1"), "Linux version 7.3.4 (gcc) #1");
        assert_eq!(without_builder("( @"), "( @");
    }
}
