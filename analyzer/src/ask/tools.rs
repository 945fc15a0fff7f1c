//! Which tools the customer has, as far as the files show it.
//!
//! Must not do: suppose a tool that nothing speaks of where another is there, or one that would taint the kernel.

use std::collections::BTreeSet;

use mlx5_schemas::model::fact::{Subject, Value};
use mlx5_schemas::model::manifest::Source;

use super::commands::Command;
use crate::case::{Case, kernel_release};

/// Most bytes of a text that are looked at.
const LOOK: usize = 1 << 20;
/// Words that MFT leaves in texts.
const MFT: [&[u8]; 5] = [b"mlxconfig", b"/dev/mst/", b"mst status", b"mlxfwmanager", b"mlxfwreset"];
/// Words that mstflint's tools leave.
const MSTFLINT: [&[u8]; 4] = [b"mstconfig", b"mstflint", b"mstfwmanager", b"mstfwreset"];
/// Words that a host with fwctl leaves: its node, and what the kernel logs.
const FWCTL: [&[u8]; 2] = [b"/dev/fwctl/", b"fwctl fwctl"];
/// First kernel release with fwctl (major, minor).
const FWCTL_KERNEL: (u64, u64) = (6, 15);

/// The tools.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Tools {
    /// NVIDIA's firmware tools (MFT).
    pub mft: bool,
    /// mstflint.
    pub mstflint: bool,
    /// Whether the host has fwctl, or its kernel may.
    pub fwctl: bool,
    /// Whether nothing tells the kernel's release, so that it may have fwctl all the same.
    pub kernel_untold: bool,
    /// Whether lockdown closes the PCI gateway.
    pub lockdown: bool,
}

impl Tools {
    /// Looks for them.
    pub fn of(case: &Case) -> Self {
        // The name of a report's file is a command line (`mstconfig_-d_…`); a loose file's name says nothing.
        let in_report: BTreeSet<&str> = match &case.opened.bundle.manifest.source {
            Source::Imported { files, .. } => {
                files.iter().filter(|file| file.archive.is_some()).map(|file| file.name.as_str()).collect()
            }
            Source::Live | Source::Simulated { .. } | Source::AlternateRoot { .. } => BTreeSet::new(),
        };
        let mut tools = Self::default();
        let mut speaks_of_fwctl = false;
        for (name, bytes) in &case.opened.bundle.members {
            if !(name.starts_with("texts/") || name.ends_with("/tools.json")) {
                continue;
            }
            let bytes = bytes.get(..LOOK).unwrap_or(bytes);
            let by_name = if in_report.contains(name.as_str()) { name.as_bytes() } else { &[] };
            let named = |words: &[&[u8]]| words.iter().any(|word| holds(bytes, word) || holds(by_name, word));
            speaks_of_fwctl |= named(&FWCTL);
            tools.mft |= named(&MFT);
            tools.mstflint |= named(&MSTFLINT);
        }
        let host = |path: &str| match case.facts.plain(&Subject::Host, path)?.value()? {
            Value::Text { text } => Some(text.clone()),
            Value::Number { .. } | Value::Bytes { .. } => None,
        };
        let devices = case.opened.devices();
        let release = devices.iter().find_map(|device| kernel_release(&case.facts, Some(device)));
        let newer = release.or_else(|| kernel_release(&case.facts, None)).and_then(|(release, _)| {
            let mut parts = release.split(['.', '-']).map(|part| part.parse::<u64>().ok());
            Some((parts.next()??, parts.next()??) >= FWCTL_KERNEL)
        });
        tools.kernel_untold = newer.is_none();
        tools.fwctl =
            speaks_of_fwctl || devices.iter().any(|device| device.node.is_some()) || newer == Some(true);
        tools.lockdown = host("host/lockdown").is_some_and(|level| level != "none");
        tools
    }

    /// What tells all settings; none where only the kernel's view is open.
    pub(super) fn settings_command(&self) -> Option<Command> {
        match (self.fwctl, self.lockdown) {
            // Some releases of these tools ask fwctl for more than reading, and the kernel is tainted for it.
            (true, _) => Some(Command::Collector),
            // They reach the card through PCI configuration space, which lockdown closes.
            (false, true) => None,
            (false, false) if self.mft && !self.mstflint => Some(Command::Mlxconfig),
            (false, false) => Some(Command::Mstconfig),
        }
    }

    /// What tells firmware and PSID.
    pub(super) fn firmware_command(&self, devlink_was_asked: bool) -> Command {
        match (self.fwctl || self.lockdown, self.mft, self.mstflint) {
            (true, _, _) => Command::DevlinkInfo,
            (false, _, true) => Command::Mstflint,
            (false, true, false) => Command::Flint,
            // It told what it knows.
            (false, false, false) if devlink_was_asked => Command::Mstflint,
            (false, false, false) => Command::DevlinkInfo,
        }
    }

    /// Why these commands; `firmware_tools` says whether tools of mstflint or MFT are among them.
    pub(super) fn notes(&self, firmware_tools: bool) -> Vec<String> {
        let mut notes = Vec::new();
        if self.fwctl {
            notes.push(
                "this kernel has fwctl or may have it: mstflint 4.33, for one, taints the kernel there with a plain \
                 query, so its tools are not asked for"
                    .to_owned(),
            );
        }
        if self.kernel_untold && firmware_tools {
            notes.push(
                "the kernel's release is not told: if uname -r says 6.15 or later, run mlx5-collector in the place of \
                 the firmware tools, since mstflint 4.33, for one, taints such a kernel with a plain query"
                    .to_owned(),
            );
        }
        if self.lockdown && !self.fwctl {
            notes.push(
                "kernel lockdown is on: tools that reach the card through PCI configuration space cannot, so only the \
                 kernel is asked"
                    .to_owned(),
            );
        }
        if !self.mft && !self.mstflint && firmware_tools {
            notes.push(
                "no firmware tool shows in the files; mstconfig is in the distributions' mstflint package"
                    .to_owned(),
            );
        }
        notes
    }
}

fn holds(bytes: &[u8], word: &[u8]) -> bool {
    bytes.windows(word.len()).any(|window| window == word)
}
