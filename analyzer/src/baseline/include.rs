//! Baselines that build on others: each file once, an included one before the one that includes it.
//!
//! Must not do: include without bounds, or go round.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use mlx5_schemas::catalog::Catalog;
use mlx5_schemas::model::baseline::Baseline;

use super::{FORM, LoadedBaseline, LoadedFile, LoadedRule, overrides, validate, whole};
use crate::json_text::{JsonText, JsonTextError};

/// Most files that belong to one baseline.
const MAX_FILES: usize = 32;
/// How deep files may include files.
const MAX_DEPTH: usize = 8;

/// Reads a file's text and all that it includes.
pub(super) fn load(text: JsonText, catalog: &Catalog) -> Result<LoadedBaseline, JsonTextError> {
    let mut loading = Loading { catalog, read: Vec::new(), rules: Vec::new(), open: Vec::new() };
    let outer = loading.file(&PathBuf::from(&text.file), text)?;
    let Loading { read, rules, .. } = loading;
    if let Some(fault) = validate::whole_fault(&outer.whole, &rules) {
        return Err(outer.file.text.wrong(&fault.pointer, fault.message));
    }
    let Read { file, whole, rest_from, .. } = outer;
    Ok(LoadedBaseline {
        file: file.text.file.clone(),
        sha256: file.text.sha256.clone(),
        baseline: whole,
        rules,
        files: read.into_iter().map(|read| read.file).chain([file]).collect(),
        rest_from,
    })
}

/// A file that was read, with all that it includes.
struct Read {
    file: LoadedFile,
    /// The path that tells whether another is the same file.
    identity: PathBuf,
    /// What holds of it with all that it includes.
    whole: Baseline,
    /// Places of the files whose word on `default` that is.
    rest_from: Vec<usize>,
    /// Places of all files that it includes, directly or not.
    reaches: BTreeSet<usize>,
}

struct Loading<'c> {
    catalog: &'c Catalog,
    read: Vec<Read>,
    rules: Vec<LoadedRule>,
    /// Files that are being read: identity, and the name for people.
    open: Vec<(PathBuf, String)>,
}

impl Loading<'_> {
    /// Reads one. It is to stand behind those that were read.
    fn file(&mut self, path: &Path, text: JsonText) -> Result<Read, JsonTextError> {
        let read = LoadedFile::understand(text, self.catalog)?;
        self.open.push((identity(path), read.text.file.clone()));
        let mut reaches = BTreeSet::new();
        let mut directly = Vec::new();
        for (place, name) in read.baseline.include.iter().enumerate() {
            let pointer = format!("/include/{place}");
            let included = self.include(&read, path, name, &pointer)?;
            directly.push(included);
            reaches.insert(included);
            reaches.extend(self.read.get(included).into_iter().flat_map(|read| read.reaches.iter().copied()));
        }
        self.open.pop();
        if let Some(twin) = self.read.iter().find(|other| other.file.baseline.name == read.baseline.name) {
            let words = format!(
                "`name` is that of {} too, and rules are told apart by their baseline's name",
                twin.file.text.file
            );
            return Err(read.text.wrong("/name", words));
        }
        let own = self.read.len();
        let included: Vec<_> = directly.iter().filter_map(|place| self.read.get(*place)).collect();
        let included: Vec<_> = included.iter().map(|read| (&read.whole, read.rest_from.as_slice())).collect();
        let (whole, rest_from) = whole::over(&read.baseline, own, &included);
        overrides::apply(&read, &reaches, &mut self.rules, self.catalog)?;
        self.rules.extend(overrides::rules_of(&read, own)?);
        let identity = identity(path);
        Ok(Read { file: read, identity, whole, rest_from, reaches })
    }

    fn include(
        &mut self,
        by: &LoadedFile,
        path: &Path,
        name: &str,
        pointer: &str,
    ) -> Result<usize, JsonTextError> {
        let target = path.parent().unwrap_or(Path::new("")).join(name);
        let file = target.display().to_string();
        let same = identity(&target);
        if let Some(from) = self.open.iter().position(|(open, _)| *open == same) {
            let chain = self.open.iter().skip(from).map(|(_, name)| name.as_str()).chain([file.as_str()]);
            let chain: Vec<&str> = chain.collect();
            return Err(by.text.wrong(pointer, format!("includes go round: {}", chain.join(" includes "))));
        }
        if let Some(known) = self.read.iter().position(|read| read.identity == same) {
            return Ok(known);
        }
        if self.open.len() >= MAX_DEPTH {
            return Err(by.text.wrong(pointer, format!("includes are nested deeper than {MAX_DEPTH}")));
        }
        if self.read.len().saturating_add(self.open.len()) >= MAX_FILES {
            return Err(by
                .text
                .wrong(pointer, format!("more than {MAX_FILES} files belong to this baseline")));
        }
        let text = JsonText::load(&target, FORM).map_err(|error| match error {
            JsonTextError::Read { file, source } => {
                by.text.wrong(pointer, format!("{file} cannot be read: {source}"))
            }
            other @ (JsonTextError::TooLarge { .. }
            | JsonTextError::NoText { .. }
            | JsonTextError::Invalid { .. }) => by.text.wrong(pointer, other.to_string()),
        })?;
        let read = self.file(&target, text).map_err(|error| match error {
            JsonTextError::Invalid { file, line, column, message } if !message.contains(INCLUDED_BY) => {
                let (at, beside) = by.text.place(pointer);
                let message = format!("{message} ({INCLUDED_BY}{}:{at}:{beside})", by.text.file);
                JsonTextError::Invalid { file, line, column, message }
            }
            other @ (JsonTextError::Invalid { .. }
            | JsonTextError::Read { .. }
            | JsonTextError::TooLarge { .. }
            | JsonTextError::NoText { .. }) => other,
        })?;
        self.read.push(read);
        Ok(self.read.len().saturating_sub(1))
    }
}

/// How a message ends that is about an included file.
const INCLUDED_BY: &str = "included by ";

/// The path by which a file is known, however it was named.
fn identity(path: &Path) -> PathBuf {
    std::fs::canonicalize(path).unwrap_or_else(|_| path.to_owned())
}
