//! Files that the verbs write: whole or not at all, and never in the place of another unless told.
//!
//! Must not do: leave half a file behind.

use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};

use clap::Args;

use super::super::import::folder;

/// The name that means standard output.
const STDOUT: &str = "-";

/// Where a baseline goes.
#[derive(Debug, Args)]
pub struct Output {
    /// The file to write; `-` is standard output.
    #[arg(short, long, value_name = "FILE", default_value = STDOUT)]
    pub output: PathBuf,
    /// Replace the file if it is there.
    #[arg(long)]
    pub force: bool,
    /// Name of the baseline; the file's name without it.
    #[arg(long, value_name = "NAME")]
    pub name: Option<String>,
}

impl Output {
    /// Whether it is standard output.
    pub(super) fn is_stdout(&self) -> bool {
        self.output == Path::new(STDOUT)
    }

    /// The baseline's name.
    pub(super) fn name(&self, otherwise: &str) -> String {
        let stem = || Some(self.output.file_stem()?.to_str()?.to_owned());
        match &self.name {
            Some(name) => name.clone(),
            None if self.is_stdout() => otherwise.to_owned(),
            None => stem().unwrap_or_else(|| otherwise.to_owned()),
        }
    }

    /// Says at once that a name is taken, before anything is read.
    pub(super) fn look(&self) -> Result<(), String> {
        let is_there = self.output.symlink_metadata().is_ok();
        if !self.is_stdout() && !self.force && is_there {
            return Err(self.taken());
        }
        Ok(())
    }

    fn taken(&self) -> String {
        format!(
            "{} is there already; name another file with -o, or replace it with --force",
            self.output.display()
        )
    }

    /// Writes it, unless it is standard output.
    pub(super) fn write(&self, text: &str) -> Result<(), String> {
        if self.is_stdout() {
            return Ok(());
        }
        let shown = self.output.display();
        let cannot = |error: std::io::Error| format!("{shown}: cannot be written: {error}");
        let mut file = pending(folder(&self.output)).map_err(cannot)?;
        if let (true, Ok(found)) = (self.force, std::fs::metadata(&self.output)) {
            // Who may read it stays as it was.
            file.as_file().set_permissions(found.permissions()).map_err(cannot)?;
        }
        file.write_all(text.as_bytes()).and_then(|()| file.as_file().sync_all()).map_err(cannot)?;
        match self.force {
            true => file.persist(&self.output).map(|_| ()).map_err(|error| cannot(error.error)),
            false => file.persist_noclobber(&self.output).map(|_| ()).map_err(|error| {
                let is_taken = error.error.kind() == ErrorKind::AlreadyExists;
                if is_taken { self.taken() } else { cannot(error.error) }
            }),
        }
    }
}

/// A file without a name yet. A baseline is made to be read by others.
fn pending(folder: &Path) -> std::io::Result<tempfile::NamedTempFile> {
    use std::os::unix::fs::PermissionsExt;
    let permissions = std::fs::Permissions::from_mode(0o644);
    tempfile::Builder::new().prefix(".").suffix(".partial").permissions(permissions).tempfile_in(folder)
}
