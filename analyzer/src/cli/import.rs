//! `import`: texts into a bundle that is marked as imported.
//!
//! The file gets its name when it is whole, never replaces another, and is nobody's but its owner's: what a ticket holds
//! describes a machine. Must not do: sign. Nobody saw these texts printed.

use std::io::Write;
use std::path::{Path, PathBuf};

use clap::Args;
use mlx5_schemas::bundle::seal;
use mlx5_schemas::model::report::{FactCounts, ImportReport, ReportResult};
use tempfile::NamedTempFile;

use super::run::{Edge, Outcome, finish, page, words};
use super::{Common, Format};
use crate::{case, render};

/// Exit code when a bundle was made of which something wanted is missing.
const INCOMPLETE: u8 = 1;
/// The name that means standard output.
const STDOUT: &str = "-";

/// Arguments of `import`.
#[derive(Debug, Args)]
pub struct ImportArgs {
    /// Texts of mlxconfig, flint, ethtool and others, sos reports, sysinfo-snapshots, other archives, folders.
    #[arg(required = true, value_name = "FILE")]
    pub files: Vec<PathBuf>,
    /// The bundle to write; a file that exists is not replaced. `-` is standard output.
    #[arg(short, long, value_name = "OUT.zip")]
    pub output: PathBuf,
    /// Options of every verb.
    #[command(flatten)]
    pub common: Common,
}

/// Carries it out.
pub(super) fn run(args: &ImportArgs, edge: Edge<'_>) -> Result<Outcome, String> {
    let to_stdout = args.output == Path::new(STDOUT);
    if to_stdout && args.common.format == Format::Json {
        return Err(
            "the bundle and the report cannot both go to standard output; name a file with -o".to_owned()
        );
    }
    // Before anything is read, so that a name that is taken is known at once.
    let pending = if to_stdout { None } else { Some(Pending::create(&args.output)?) };
    let file = args.output.display().to_string();
    let found = case::gather(args.files.iter().map(PathBuf::as_path)).map_err(|error| words(&error))?;
    // A bundle speaks of one host; two reports of one kind are of two, or of two days.
    for (place, archive) in found.archives.iter().enumerate() {
        let before = found.archives.iter().take(place).find(|other| other.kind == archive.kind);
        if let Some(other) = before.filter(|other| other.kind.contains('-')) {
            return Err(format!(
                "{} and {} are both a {}: each is taken for a host of its own; import them one by one",
                other.name, archive.name, archive.kind
            ));
        }
    }
    let whole = !found.is_incomplete;
    let mut opened =
        case::open_found(found, file, edge.now).map_err(|error| match args.files.as_slice() {
            [only] => {
                words(&error).replacen(&args.output.display().to_string(), &only.display().to_string(), 1)
            }
            _ => words(&error),
        })?;
    let manifest = opened.bundle.manifest.clone();
    let bytes = seal::seal(manifest, &opened.bundle.members, None).map_err(|error| words(&error))?;
    // What was written must open, and say the same; it is also what the report tells of.
    let written = mlx5_schemas::bundle::open(&bytes, &mlx5_schemas::bundle::Limits::default());
    opened.bundle = written.map_err(|error| words(&error))?;
    let case = opened.decode(edge.catalog).map_err(|error| words(&error))?;
    let mut facts = FactCounts::default();
    for fact in case.facts.iter() {
        let slot = if fact.value().is_some() { &mut facts.known } else { &mut facts.unknown };
        *slot = slot.saturating_add(1);
    }
    let report = ImportReport {
        bundle: case.opened.identity(),
        bytes: u64::try_from(bytes.len()).unwrap_or(u64::MAX),
        whole,
        devices: case.opened.devices().to_vec(),
        facts,
    };
    let code = if whole { 0 } else { INCOMPLETE };
    match pending {
        Some(pending) => {
            pending.finish(&bytes)?;
            let page = page(args.common.format, edge, |page| render::import(page, &report));
            finish(edge, page, ReportResult::Import(report), code)
        }
        None => {
            let mut outcome = Outcome {
                bundle: bytes,
                ..finish(edge, Some(String::new()), ReportResult::Import(report), code)?
            };
            outcome.troubles = case.opened.bundle.manifest.notes;
            Ok(outcome)
        }
    }
}

/// A file that has not got its name yet; dropped, it leaves nothing behind.
struct Pending {
    file: NamedTempFile,
    path: PathBuf,
}

impl Pending {
    fn create(path: &Path) -> Result<Self, String> {
        let shown = path.display();
        if path.file_name().is_none() {
            return Err(format!("{shown} names no file"));
        }
        if path.symlink_metadata().is_ok() {
            return Err(exists(path));
        }
        let folder = folder(path);
        let file = pending_in(folder)
            .map_err(|error| format!("{}: no file can be created there: {error}", folder.display()))?;
        Ok(Self { file, path: path.to_owned() })
    }

    fn finish(mut self, bytes: &[u8]) -> Result<(), String> {
        let shown = self.path.display().to_string();
        let written = self.file.write_all(bytes).and_then(|()| self.file.as_file().sync_all());
        written.map_err(|error| format!("{shown}: cannot be written: {error}; nothing was left behind"))?;
        match self.file.persist_noclobber(&self.path) {
            Ok(_) => {}
            Err(error) if error.error.kind() == std::io::ErrorKind::AlreadyExists => {
                return Err(exists(&self.path));
            }
            Err(error) => {
                return Err(format!("{shown}: cannot be written: {}; nothing was left behind", error.error));
            }
        }
        // The name is there; some file systems cannot sync a folder.
        let _ = std::fs::File::open(folder(&self.path)).and_then(|folder| folder.sync_all());
        Ok(())
    }
}

/// A file without a name yet. Only its owner may read it: that is how these files are made.
pub(super) fn pending_in(folder: &Path) -> std::io::Result<NamedTempFile> {
    tempfile::Builder::new().prefix(".").suffix(".partial").tempfile_in(folder)
}

pub(super) fn folder(path: &Path) -> &Path {
    match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        Some(_) | None => Path::new("."),
    }
}

fn exists(path: &Path) -> String {
    format!("{} exists already; name another file with -o", path.display())
}
