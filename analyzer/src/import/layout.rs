//! Where a text stood says what it is: the layouts of sos reports and of sysinfo-snapshots, and of archives that are
//! neither.
//!
//! What is wanted, and which command or file of the host a text is, follows from its path alone, so that it is the same
//! for a packed report, an unpacked one and a bundle that was made of either. A report is known by its folders, not by
//! its file's name. Must not do: read a text.

pub(crate) mod html;
pub(crate) mod sos;
pub(crate) mod sysinfo;

use super::text::Origin;

/// Whose layout a path belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Layout {
    /// No layout that is known here.
    Other,
    /// `sos report`.
    Sos,
    /// NVIDIA's `sysinfo-snapshot.py`.
    Sysinfo,
}

/// A path, taken apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Place<'a> {
    pub(crate) layout: Layout,
    /// The path below the report's root.
    pub(crate) rest: &'a str,
}

/// What is to be done with a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Wanted {
    /// Keep it whole.
    Whole,
    /// Keep it whole if some reader knows it.
    IfKnown,
    /// An attribute of a PCI device: keep it if the device is of our vendor.
    PciAttribute,
    /// A log of the running boot, which may be kept whole, or of more: what rank it has among logs, and whether it has
    /// other lines than the kernel's.
    Log(Log),
    /// Keep sections of it (see [`html`]).
    Page,
    /// Many files of sysfs in one text (see [`sysinfo::files`]).
    Sysfs,
}

/// A log that holds the kernel's messages.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Log {
    /// The kernel's own buffer.
    Dmesg,
    /// The journal since boot.
    ThisBoot,
    /// Files below `/var/log`, the whole journal: several boots, one after the other.
    Several,
    /// The journal of the boot before.
    BootBefore,
}

/// Takes a path apart: the layout by the folder that only this layout has.
pub(crate) fn place(path: &str) -> Place<'_> {
    let mut at = 0_usize;
    for component in path.split('/') {
        let end = at.saturating_add(component.len());
        let after = path.get(end.saturating_add(1)..).unwrap_or_default();
        let from = path.get(at..).unwrap_or_default();
        if component.starts_with("sosreport-") && !after.is_empty() {
            return Place { layout: Layout::Sos, rest: after };
        }
        if component.starts_with("sysinfo-snapshot") && !after.is_empty() {
            return Place { layout: Layout::Sysinfo, rest: after };
        }
        if sos::FOLDERS.contains(&component) && !after.is_empty() {
            return Place { layout: Layout::Sos, rest: from };
        }
        if sysinfo::FOLDERS.contains(&component) && !after.is_empty() {
            return Place { layout: Layout::Sysinfo, rest: from };
        }
        at = end.saturating_add(1);
    }
    Place { layout: Layout::Other, rest: path }
}

/// What is to be done with the file of this path; `None` where it is of no use.
pub(crate) fn wanted(path: &str) -> Option<Wanted> {
    let Place { layout, rest } = place(path);
    match layout {
        Layout::Sos => sos::wanted(rest),
        Layout::Sysinfo => sysinfo::wanted(rest),
        // Somebody may have packed a few texts, or a report of which the root was renamed.
        Layout::Other => Some(host_file(rest).and_then(sos::wanted).unwrap_or(Wanted::IfKnown)),
    }
}

/// Where a text of an archive stood, by its path alone.
pub(crate) fn origin(path: &str) -> Origin {
    let Place { layout, rest } = place(path);
    let name = path.to_owned();
    match layout {
        Layout::Sos => Origin { name, command: sos::command(rest), file: sos::file(rest) },
        Layout::Sysinfo => Origin { name, command: sysinfo::command(rest), file: sysinfo::file(rest) },
        Layout::Other => Origin { name, command: None, file: host_file(rest).and_then(sos::file) },
    }
}

/// The part of a path that is a file of the host: from the first folder on that hosts have at their root, where the
/// file is a wanted one.
fn host_file(path: &str) -> Option<&str> {
    let mut rest = path;
    loop {
        if sos::file(rest).is_some() {
            return Some(rest);
        }
        rest = rest.split_once('/')?.1;
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn reports_are_known_by_their_folders() {
        let at = |path| (place(path).layout, place(path).rest);
        assert_eq!(at("sosreport-h-2026/etc/os-release"), (Layout::Sos, "etc/os-release"));
        assert_eq!(at("ticket/sos_commands/kernel/dmesg"), (Layout::Sos, "sos_commands/kernel/dmesg"));
        assert_eq!(at("tmp/sysinfo-snapshot-v3.7.6-h/dmesg"), (Layout::Sysinfo, "dmesg"));
        assert_eq!(at("a/query.txt"), (Layout::Other, "a/query.txt"));
        assert_eq!(at("sosreport-h-2026"), (Layout::Other, "sosreport-h-2026"));
    }

    #[test]
    fn files_of_the_host_are_known_wherever_they_stand() {
        let file = |path| origin(path).file;
        assert_eq!(file("ticket/proc/sys/kernel/tainted").as_deref(), Some("proc/sys/kernel/tainted"));
        assert_eq!(file("sosreport-h/proc/sys/kernel/tainted").as_deref(), Some("proc/sys/kernel/tainted"));
        assert_eq!(file("ticket/notes/tainted"), None);
        assert_eq!(wanted("ticket/var/log/messages"), Some(Wanted::Log(Log::Several)));
        assert_eq!(wanted("ticket/notes.txt"), Some(Wanted::IfKnown));
    }
}
