//! Finds the vendor's programs, and holds on to the very files that were found.
//!
//! Must not do: look along the caller's `PATH`, which anybody may have set, or take a file that others may write to.

use std::fmt;
use std::io::{self, Read};
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::time::Duration;

use mlx5_schemas::model::tool_run::ToolProgram;
use sha2::{Digest, Sha256};

use super::command::{Program, Reading, VERSION};
use super::process::{self, End, Limits};
use super::{Bounds, kept};

/// Where distributions, MFT and `make install` put programs.
const FOLDERS: [&str; 6] = ["/usr/sbin", "/usr/bin", "/sbin", "/bin", "/usr/local/sbin", "/usr/local/bin"];
/// Longest that a program may take to say its version.
const VERSION_TIME: Duration = Duration::from_secs(10);
/// Most of what it says of its version that is kept, in characters.
const VERSION_LENGTH: usize = 160;
/// Largest file that is taken for a program.
const LARGEST_FILE: u64 = 256 << 20;

/// The folders that are looked in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Search(Vec<PathBuf>);

impl Search {
    /// The usual folders.
    pub fn usual() -> Self {
        Self(FOLDERS.iter().map(PathBuf::from).collect())
    }

    /// One folder that the user named.
    pub fn only(folder: PathBuf) -> Self {
        Self(vec![std::path::absolute(&folder).unwrap_or(folder)])
    }

    /// What there is, without running any of it.
    pub fn found(&self) -> Vec<Installed> {
        Program::ALL.into_iter().filter_map(|program| self.find(program)).collect()
    }

    fn find(&self, program: Program) -> Option<Installed> {
        self.0.iter().find_map(|folder| {
            let file = std::fs::canonicalize(folder.join(program.word())).ok()?;
            let metadata = std::fs::metadata(&file).ok()?;
            let is_program = metadata.is_file() && metadata.permissions().mode() & 0o111 != 0;
            is_program.then_some(Installed { program, file })
        })
    }
}

impl fmt::Display for Search {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let folders: Vec<String> = self.0.iter().map(|folder| folder.display().to_string()).collect();
        write!(f, "looked in {}", folders.join(", "))
    }
}

/// A program that is there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Installed {
    /// Which.
    pub program: Program,
    /// Its file, symbolic links resolved.
    pub file: PathBuf,
}

/// A program whose file was read, and which was asked for its version.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Versioned {
    /// Which.
    pub program: Program,
    /// Its file, symbolic links resolved.
    pub file: PathBuf,
    /// SHA-256 of the file, in hex.
    pub sha256: Option<String>,
    /// What it says of its version.
    pub version: Option<String>,
    /// Why it cannot be run.
    pub problem: Option<String>,
}

impl Versioned {
    /// As the bundle has it.
    pub fn described(&self) -> ToolProgram {
        ToolProgram {
            path: self.file.display().to_string(),
            sha256: self.sha256.clone(),
            version: self.version.clone(),
        }
    }

    /// Whether the file is still the one that said its version.
    ///
    /// # Errors
    /// In words, when it is not, or was none that can be run.
    pub(super) fn check(&self) -> Result<(), String> {
        if let Some(problem) = &self.problem {
            return Err(problem.clone());
        }
        let now = digest(&self.file).ok();
        if now.is_some() && now == self.sha256 {
            Ok(())
        } else {
            Err(format!("{} changed after it had said its version", self.file.display()))
        }
    }
}

/// What there is, with digests and versions.
pub(super) fn with_versions(search: &Search, limit: Duration, bounds: Bounds<'_>) -> Vec<Versioned> {
    search.found().into_iter().map(|installed| with_version(installed, limit, bounds)).collect()
}

fn with_version(installed: Installed, limit: Duration, bounds: Bounds<'_>) -> Versioned {
    let Installed { program, file } = installed;
    let mut tool = Versioned { program, file, sha256: None, version: None, problem: None };
    match owned_safely(&tool.file).and_then(|()| digest(&tool.file).map_err(|error| error.to_string())) {
        Ok(sha256) => tool.sha256 = Some(sha256),
        Err(problem) => {
            tool.problem = Some(problem);
            return tool;
        }
    }
    let limits =
        Limits { time: limit.min(VERSION_TIME), deadline: bounds.deadline, interrupted: bounds.interrupted };
    let ended = process::run(&tool.file, &[VERSION.to_owned()], limits);
    match ended.end {
        End::Exited(_) | End::Signalled(_) | End::Unseen => tool.version = first_line(&ended.stdout),
        End::Late | End::Deadline | End::Interrupted | End::TooMuch => {
            tool.problem = Some(format!("{} did not say its version in time", program.word()));
        }
        End::NotStarted(words) => tool.problem = Some(format!("it could not be started: {words}")),
    }
    tool
}

fn first_line(bytes: &[u8]) -> Option<String> {
    let text = String::from_utf8_lossy(bytes);
    let line = text.lines().map(str::trim).find(|line| !line.is_empty())?;
    Some(kept::printable(line).chars().take(VERSION_LENGTH).collect())
}

/// The program that answers a question, the better known one where both are there.
pub(super) fn for_reading(installed: &[Versioned], reading: Reading) -> Option<&Versioned> {
    reading.programs().into_iter().find_map(|program| installed.iter().find(|tool| tool.program == program))
}

/// A program that somebody else may write to is somebody else's program, and this one usually runs as root. Who may write to
/// a folder above it can put another folder in the place of its own.
fn owned_safely(file: &Path) -> Result<(), String> {
    let own = rustix::process::geteuid().as_raw();
    for (height, path) in file.ancestors().enumerate() {
        let metadata = std::fs::metadata(path).map_err(|error| format!("{}: {error}", path.display()))?;
        let mode = metadata.permissions().mode();
        if metadata.uid() != 0 && metadata.uid() != own {
            return Err(format!("{} belongs to user {}: not run", path.display(), metadata.uid()));
        }
        // Group 0 is root's own. Above the program's own folder a sticky one (/tmp) is good enough: others cannot put
        // anything in the place of what is ours there.
        let is_open = mode & 0o002 != 0 || (mode & 0o020 != 0 && metadata.gid() != 0);
        if is_open && (height < 2 || mode & 0o1000 == 0) {
            return Err(format!(
                "{} can be written by others (mode {:04o}): not run",
                path.display(),
                mode & 0o7777
            ));
        }
    }
    Ok(())
}

/// SHA-256 of a file, in hex.
fn digest(file: &Path) -> io::Result<String> {
    let file = std::fs::File::open(file)?;
    if file.metadata()?.len() > LARGEST_FILE {
        return Err(io::Error::other("too large for a program"));
    }
    let mut file = file.take(LARGEST_FILE);
    let mut hasher = Sha256::new();
    let mut buffer = vec![0; 64 << 10];
    loop {
        match file.read(&mut buffer)? {
            0 => break,
            length => hasher.update(buffer.get(..length).unwrap_or_default()),
        }
    }
    Ok(hasher.finalize().iter().map(|byte| format!("{byte:02x}")).collect())
}

#[cfg(test)]
pub(crate) mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    pub(crate) fn versioned(program: Program, version: Option<&str>) -> Versioned {
        Versioned {
            program,
            file: PathBuf::from("/usr/bin").join(program.word()),
            sha256: None,
            version: version.map(str::to_owned),
            problem: None,
        }
    }

    #[test]
    fn a_file_that_others_may_write_to_is_not_run() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("mstconfig");
        std::fs::write(&file, "#!/bin/sh\n").unwrap();
        let mode = |path: &Path, mode: u32| {
            std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).unwrap();
        };
        mode(&file, 0o755);
        assert_eq!(owned_safely(&file), Ok(()));
        mode(&file, 0o757);
        assert!(owned_safely(&file).unwrap_err().contains("mode 0757"));
        mode(&file, 0o755);
        // In its own folder others could put another file in its place, and a sticky bit is no promise there.
        for open in [0o777, 0o1777] {
            mode(folder.path(), open);
            assert!(owned_safely(&file).is_err());
        }
        mode(folder.path(), 0o700);
    }

    #[test]
    fn a_folder_above_that_others_may_write_to_is_as_bad() {
        let above = tempfile::tempdir().unwrap();
        let folder = above.path().join("bin");
        std::fs::create_dir(&folder).unwrap();
        let file = folder.join("mstconfig");
        std::fs::write(&file, "#!/bin/sh\n").unwrap();
        let mode = |mode: u32| {
            std::fs::set_permissions(above.path(), std::fs::Permissions::from_mode(mode)).unwrap();
        };
        mode(0o777);
        let words = owned_safely(&file).unwrap_err();
        assert!(words.contains(&above.path().display().to_string()) && words.contains("0777"), "{words}");
        mode(0o1777);
        assert_eq!(owned_safely(&file), Ok(()));
        mode(0o700);
        assert_eq!(owned_safely(&file), Ok(()));
    }

    #[test]
    fn a_digest_is_of_the_whole_file_or_there_is_none() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("large");
        let file = std::fs::File::create(&path).unwrap();
        file.set_len(LARGEST_FILE + 1).unwrap();
        assert!(digest(&path).unwrap_err().to_string().contains("too large"));
    }

    #[test]
    fn only_programs_are_found_and_links_are_resolved() {
        let folder = tempfile::tempdir().unwrap();
        let real = folder.path().join("real");
        std::fs::write(&real, "#!/bin/sh\n").unwrap();
        std::fs::set_permissions(&real, std::fs::Permissions::from_mode(0o755)).unwrap();
        std::os::unix::fs::symlink("real", folder.path().join("mstconfig")).unwrap();
        std::fs::write(folder.path().join("mstflint"), "no program").unwrap();
        std::fs::create_dir(folder.path().join("flint")).unwrap();
        let found = Search::only(folder.path().to_owned()).found();
        let [installed] = found.as_slice() else { panic!("{found:?}") };
        assert_eq!(installed.program, Program::Mstconfig);
        assert_eq!(installed.file, std::fs::canonicalize(&real).unwrap());
    }
}
