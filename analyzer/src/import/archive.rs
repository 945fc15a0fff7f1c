//! Archives and folders of texts, read as streams: a tar archive, packed with gzip, xz, bzip2 or not at all, or what
//! came out of one.
//!
//! Nothing is written to disk and no more is held than the texts that are wanted. Whoever made the archive may be a
//! stranger: names that lead out, sizes that lie and archives that swell are refused by name ([`ArchiveError`]), all else
//! has a limit ([`Limits`]).
//!
//! An archive that ends too early, as uploads do, is read up to there: what came whole is as good as in a whole one, the
//! file in which it ends is left out, and a note says so. One that is damaged in its middle is refused: nobody knows what
//! else in it was changed.
//!
//! Must not do: follow links, open archives within archives, know formats.

mod error;
mod folder;
mod keep;
mod limits;
mod log;
mod name;
mod tar;
mod unpack;

use std::io::{self, BufRead, BufReader, Read};
use std::path::Path;

use super::source::Found;
use keep::{Keeper, Stopped};
use tar::{Entries, Fault, Kind};
use unpack::{Passed, Unpacked};

pub use error::ArchiveError;
pub use limits::Limits;
pub(super) use unpack::packing;

/// Bytes of what comes out that are looked at together.
const BUFFER: usize = 256 << 10;

/// Reads an archive from its first byte on; `name` is its file name, `head` what was read of it already.
///
/// # Errors
/// When it is refused or cannot be read.
pub fn read(head: &[u8], rest: impl Read, name: &str, limits: &Limits) -> Result<Found, ArchiveError> {
    let Some(packing) = packing(head) else { return Err(ArchiveError::NoTar) };
    let input = head.chain(rest);
    let unpacked = Unpacked::new(input, packing, limits).map_err(|source| ArchiveError::Read { source })?;
    let mut keeper = Keeper::new(limits);
    let mut entries = Entries::new(BufReader::with_capacity(BUFFER, unpacked));
    let ended = all(&mut entries, &mut keeper, limits).and_then(|()| entries.drain());
    let fault = match ended {
        Ok(()) => None,
        Err(Fault::Cut) => Some(entries.before().to_owned()),
        Err(Fault::Input(source)) => return Err(unreadable(source, limits, Some(entries.before()))),
        // What does not even begin like a tar archive is something else that was packed.
        Err(Fault::Refused(ArchiveError::Checksum { .. })) if keeper.is_empty() => {
            return Err(ArchiveError::NoTar);
        }
        Err(Fault::Refused(error)) => return Err(error),
    };
    if fault.is_some() && keeper.is_empty() {
        return Err(ArchiveError::NoTar);
    }
    let digest = entries.into_inner().into_inner().digest();
    let digest = digest.map_err(|source| unreadable(source, limits, None))?;
    let mut found = keeper.finish(name, Some(digest));
    if let Some(entry) = fault {
        found.is_incomplete = true;
        found
            .notes
            .insert(0, format!("{name}: it ends too early, in or after {entry}; what came before was read"));
    }
    Ok(found)
}

/// Reads a folder; `name` is what it is called.
///
/// # Errors
/// When it is refused or cannot be read.
pub fn read_folder(path: &Path, name: &str, limits: &Limits) -> Result<Found, ArchiveError> {
    let mut keeper = Keeper::new(limits);
    folder::walk(path, name, &mut keeper, limits)?;
    Ok(keeper.finish(name, None))
}

fn all<R: BufRead>(entries: &mut Entries<R>, keeper: &mut Keeper<'_>, limits: &Limits) -> Result<(), Fault> {
    let mut before = entries.before().to_owned();
    while let Some(entry) = entries.next()? {
        keeper.entry()?;
        let path = name::checked(&entry.name, &before, limits)?;
        match entry.kind {
            Kind::File => match keeper.file(&path, entry.size, entry.modified, entries) {
                Ok(()) => {}
                Err(Stopped::Input(error)) => return Err(error.into()),
                Err(Stopped::Refused(error)) => return Err(error.into()),
            },
            Kind::SymbolicLink => keeper.symbolic_link(&path, &entry.link)?,
            // Its target is an entry's name, from the root; that entry came before, and was kept if it was wanted.
            Kind::HardLink => {
                if name::followed("", &entry.link).is_none() {
                    let target = error::shown(&entry.link);
                    return Err(ArchiveError::LinkOutside { entry: error::shown(&entry.name), target }.into());
                }
            }
            Kind::Folder | Kind::Other => {}
        }
        before = path;
    }
    Ok(())
}

/// What the system or a decoder said, or the limit that was passed.
fn unreadable(source: io::Error, limits: &Limits, entry: Option<&str>) -> ArchiveError {
    let entry = entry.map(str::to_owned);
    match Passed::of(&source) {
        Some(Passed::Packed) => ArchiveError::Packed { limit: limits.packed_bytes },
        Some(Passed::Bytes) => ArchiveError::Bytes { limit: limits.bytes, entry },
        Some(Passed::Ratio) => ArchiveError::Ratio { limit: limits.ratio, entry },
        None => ArchiveError::Unpack { entry, source },
    }
}
