//! Which files of an archive or folder are kept, and as what.
//!
//! Must not do: keep more than the limits say, or drop anything that was wanted without a note.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, Read};

use chrono::{DateTime, Utc};
use mlx5_schemas::model::manifest::ImportedArchive;

use super::error::{ArchiveError, shown};
use super::limits::Limits;
use super::log::{self, Kept};
use super::name;
use crate::import::layout::{self, Layout, Log, Wanted, html, sos, sysinfo};
use crate::import::readers;
use crate::import::source::{Found, FoundText};
use crate::import::text::{Origin, Text};

/// Most names that are listed in one note.
const MAX_LISTED: usize = 5;
/// Bytes at the beginning of a file that say whether it is text.
const HEAD: usize = 1024;
/// Endings of archives within archives.
const PACKED: [&str; 8] = [".tar", ".tgz", ".tar.gz", ".tar.xz", ".tar.bz2", ".txz", ".zip", ".gz"];

/// The texts of one archive, as they come.
#[derive(Debug)]
pub(super) struct Keeper<'l> {
    limits: &'l Limits,
    /// By path.
    texts: BTreeMap<String, FoundText>,
    logs: Vec<(Log, String, u64)>,
    /// Every wanted path that was there.
    seen: BTreeSet<String>,
    /// Addresses of PCI devices whose vendor is ours.
    ours: BTreeSet<String>,
    kept_bytes: usize,
    layout: Layout,
    entries: u64,
    files: u64,
    made: u64,
    notes: Notes,
}

/// What is noted at the end, names by reason.
#[derive(Debug, Default)]
struct Notes(BTreeMap<&'static str, (u64, Vec<String>)>);

impl Notes {
    fn add(&mut self, reason: &'static str, name: &str) {
        let (count, names) = self.0.entry(reason).or_default();
        *count = count.saturating_add(1);
        if names.len() < MAX_LISTED {
            names.push(name.to_owned());
        }
    }

    fn words(self, archive: &str) -> impl Iterator<Item = String> {
        self.0.into_iter().map(move |(reason, (count, names))| {
            let listed = u64::try_from(names.len()).unwrap_or(u64::MAX);
            let more = match count.saturating_sub(listed) {
                0 => String::new(),
                more => format!(" and {more} more"),
            };
            format!("{archive}: {reason}: {}{more}", names.join(", "))
        })
    }
}

const TOO_LONG: &str = "left out, being longer than a text may be";
const TOO_MUCH: &str = "left out, the texts kept before being as much as is kept";
const NESTED: &str = "not opened, being archives themselves";
const OTHER_LOGS: &str = "not read beside the log of the running boot, which they repeat or go before, though they speak of these devices \
     (import one alone to read it)";
const REDUCED: &str = "kept in part, the lines that speak of these devices, their drivers, taint or the boot";
const LINKS_OUT: &str = "not followed, being links out of the archive";

impl<'l> Keeper<'l> {
    pub(super) fn new(limits: &'l Limits) -> Self {
        Self {
            limits,
            texts: BTreeMap::new(),
            logs: Vec::new(),
            seen: BTreeSet::new(),
            ours: BTreeSet::new(),
            kept_bytes: 0,
            layout: Layout::Other,
            entries: 0,
            files: 0,
            made: 0,
            notes: Notes::default(),
        }
    }

    /// Whether there was no entry at all.
    pub(super) fn is_empty(&self) -> bool {
        self.entries == 0
    }

    /// Counts an entry of whatever kind.
    pub(super) fn entry(&mut self) -> Result<(), ArchiveError> {
        self.entries = self.entries.saturating_add(1);
        let limit = self.limits.entries;
        if self.entries > limit { Err(ArchiveError::Entries { limit }) } else { Ok(()) }
    }

    /// A symbolic link. It is never followed: where it leads to a wanted file, that file comes by its own name.
    pub(super) fn symbolic_link(&mut self, path: &str, target: &[u8]) -> Result<(), ArchiveError> {
        if name::followed(path, target).is_some() {
            return Ok(());
        }
        let is_wanted = layout::wanted(path).is_some_and(|wanted| wanted != Wanted::IfKnown);
        if is_wanted {
            return Err(ArchiveError::LinkOutside { entry: shown(path.as_bytes()), target: shown(target) });
        }
        self.notes.add(LINKS_OUT, path);
        Ok(())
    }

    /// A regular file; `content` is read as far as it is wanted.
    pub(super) fn file(
        &mut self,
        path: &str,
        size: u64,
        modified: u64,
        content: &mut dyn Read,
    ) -> Result<(), Stopped> {
        self.files = self.files.saturating_add(1);
        let place = layout::place(path);
        self.layout = self.layout.max(place.layout);
        if place.layout != Layout::Other {
            self.made = self.made.max(modified);
        }
        let Some(wanted) = layout::wanted(path) else { return Ok(()) };
        if !self.seen.insert(path.to_owned()) {
            return Err(ArchiveError::Twice { entry: shown(path.as_bytes()) }.into());
        }
        if wanted == Wanted::IfKnown && PACKED.iter().any(|ending| path.ends_with(ending)) {
            self.notes.add(NESTED, path);
            return Ok(());
        }
        let fits = usize::try_from(size).ok().filter(|size| *size <= self.limits.text_bytes);
        match (wanted, fits) {
            (Wanted::Log(log), fits) => self.log(log, path, fits.is_some(), content),
            (_, None) => {
                self.notes.add(TOO_LONG, path);
                Ok(())
            }
            (Wanted::Whole, Some(size)) => {
                let bytes = whole(content, size)?;
                self.keep(path, bytes, false);
                Ok(())
            }
            (Wanted::PciAttribute, Some(size)) => {
                let bytes = whole(content, size)?;
                let address = sos::address(path).unwrap_or_default();
                if path.ends_with(&format!("{address}/vendor")) && bytes.trim_ascii() == b"0x15b3" {
                    self.ours.insert(address.to_owned());
                }
                self.keep(path, bytes, false);
                Ok(())
            }
            (Wanted::IfKnown, Some(size)) => self.if_known(path, size, content),
            (Wanted::Page, Some(size)) => {
                let bytes = whole(content, size)?;
                for (title, output) in html::sections(&String::from_utf8_lossy(&bytes)) {
                    self.keep(&format!("{path}#{title}"), output.into_bytes(), true);
                }
                Ok(())
            }
            (Wanted::Sysfs, Some(size)) => {
                let bytes = whole(content, size)?;
                for (file, content) in sysinfo::files(&bytes) {
                    self.keep(&format!("{path}#/{file}"), content, true);
                }
                Ok(())
            }
        }
    }

    fn if_known(&mut self, path: &str, size: usize, content: &mut dyn Read) -> Result<(), Stopped> {
        let mut bytes = whole(&mut content.take(wide(HEAD)), size.min(HEAD))?;
        // Windows tools write UTF-16, which has NULs, behind a mark.
        let is_utf16 = bytes.starts_with(&[0xff, 0xfe]) || bytes.starts_with(&[0xfe, 0xff]);
        if bytes.contains(&0) && !is_utf16 {
            return Ok(());
        }
        bytes.extend(whole(content, size.saturating_sub(bytes.len()))?);
        let origin = layout::origin(path);
        if readers::knows(&Text::new(path, &origin, &bytes)) {
            self.keep(path, bytes, false);
        }
        Ok(())
    }

    fn log(&mut self, log: Log, path: &str, fits: bool, content: &mut dyn Read) -> Result<(), Stopped> {
        let limit = self.limits.text_bytes;
        // The kernel's own buffer has nothing but the kernel's messages in it.
        let kept = if log == Log::Dmesg && fits {
            let mut bytes = Vec::new();
            content.take(wide(limit)).read_to_end(&mut bytes)?;
            Kept { ours: log::ours(&bytes), bytes, ..Kept::default() }
        } else {
            log::reduced(content, limit)?
        };
        if kept.is_full {
            self.notes.add(TOO_LONG, path);
        }
        if kept.kept < kept.lines {
            self.notes.add(REDUCED, &format!("{path} ({} of {} lines)", kept.kept, kept.lines));
        }
        if !kept.bytes.is_empty() {
            self.logs.push((log, path.to_owned(), kept.ours));
            self.keep(path, kept.bytes, kept.kept < kept.lines);
        }
        Ok(())
    }

    fn keep(&mut self, path: &str, bytes: Vec<u8>, reduced: bool) {
        let total = self.kept_bytes.saturating_add(bytes.len());
        if total > self.limits.kept_bytes || self.texts.len() >= self.limits.kept_texts {
            self.notes.add(TOO_MUCH, path);
            return;
        }
        self.kept_bytes = total;
        let origin = Origin { name: path.to_owned(), ..layout::origin(path) };
        self.texts.insert(path.to_owned(), FoundText { origin, bytes, reduced, archive: Some(0) });
    }

    /// Leaves one log: of the running boot the one that says most, else whatever there is. Two logs tell each message
    /// twice, and an earlier boot's tell of a firmware that may have been replaced.
    fn choose_log(&mut self) {
        let rank = |log: Log| match log {
            Log::Dmesg | Log::ThisBoot => 2,
            Log::Several => 1,
            Log::BootBefore => 0,
        };
        let best = self.logs.iter().max_by_key(|(log, path, ours)| {
            (*ours > 0, rank(*log), *ours, *log == Log::Dmesg, std::cmp::Reverse(path.clone()))
        });
        let Some(best) = best.map(|(_, path, _)| path.clone()) else { return };
        for (_, path, ours) in std::mem::take(&mut self.logs) {
            if path != best {
                self.texts.remove(&path);
                if ours > 0 {
                    self.notes.add(OTHER_LOGS, &path);
                }
            }
        }
    }

    /// What was found.
    pub(super) fn finish(mut self, archive: &str, sha256: Option<String>) -> Found {
        self.choose_log();
        let ours = std::mem::take(&mut self.ours);
        self.texts.retain(|path, _| {
            layout::wanted(path) != Some(Wanted::PciAttribute)
                || sos::address(path).is_some_and(|address| ours.contains(address))
        });
        let kind = match (self.layout, &sha256) {
            (Layout::Sos, _) => "sos-report",
            (Layout::Sysinfo, _) => "sysinfo-snapshot",
            (Layout::Other, Some(_)) => "archive",
            (Layout::Other, None) => "folder",
        };
        // The times of an unpacked report may be those of unpacking.
        let made = sha256.as_ref().and(i64::try_from(self.made).ok()).filter(|seconds| *seconds > 0);
        let read = wide(self.texts.len());
        let archives = vec![ImportedArchive {
            name: archive.to_owned(),
            sha256,
            kind: kind.to_owned(),
            entries: self.files,
            read,
            made: made.and_then(|seconds| DateTime::<Utc>::from_timestamp(seconds, 0)),
        }];
        let is_incomplete = [TOO_LONG, TOO_MUCH].iter().any(|reason| self.notes.0.contains_key(reason));
        let notes = self.notes.words(archive).collect();
        Found { texts: self.texts.into_values().collect(), archives, notes, is_incomplete }
    }
}

/// Why a file was not read to its end.
#[derive(Debug)]
pub(super) enum Stopped {
    /// The bytes could not be read.
    Input(io::Error),
    /// The archive is refused.
    Refused(ArchiveError),
}

impl From<io::Error> for Stopped {
    fn from(error: io::Error) -> Self {
        Self::Input(error)
    }
}

impl From<ArchiveError> for Stopped {
    fn from(error: ArchiveError) -> Self {
        Self::Refused(error)
    }
}

/// At most `size` bytes; files of sysfs say that they have a page and have a line.
fn whole(content: &mut dyn Read, size: usize) -> io::Result<Vec<u8>> {
    // A size that lies must not cost memory.
    let mut bytes = Vec::with_capacity(size.min(1 << 16));
    content.take(wide(size)).read_to_end(&mut bytes)?;
    Ok(bytes)
}

fn wide(number: usize) -> u64 {
    u64::try_from(number).unwrap_or(u64::MAX)
}
