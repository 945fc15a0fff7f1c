//! Baselines that build on others: each file once, an included one before the one that includes it.
//!
//! Must not do: include without bounds, or go round.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use mlx5_schemas::catalog::Catalog;
use mlx5_schemas::model::baseline::Baseline;

use super::{FORM, Flaw, LoadedBaseline, LoadedFile, LoadedRule, overrides, validate, whole};
use crate::condition::KnownNames;
use crate::json_text::{JsonText, JsonTextError};

/// Most files that belong to one baseline.
const MAX_FILES: usize = 32;
/// How deep files may include files.
const MAX_DEPTH: usize = 8;

/// What came of reading a file and all that it includes.
#[derive(Debug)]
pub(crate) struct Reading {
    /// What was understood of it; `None` where the file itself is not of the form. Of a file with troubles it is less than
    /// what was meant: nothing may be judged by it.
    pub(crate) loaded: Option<LoadedBaseline>,
    /// All that is wrong, in the order in which it was found.
    pub(crate) troubles: Vec<Trouble>,
}

/// Something that is wrong, with its place.
#[derive(Debug)]
pub(crate) struct Trouble {
    /// What kind of mistake it is.
    pub(crate) flaw: Flaw,
    /// What is wrong, and where.
    pub(crate) error: JsonTextError,
    /// Where the file is included, if it is: file, line and column.
    included_at: Option<String>,
}

impl Trouble {
    /// Of a reader of JSON.
    pub(super) fn of_form(error: JsonTextError) -> Self {
        let flaw = match &error {
            JsonTextError::Invalid { message, .. } => Flaw::of_form(message),
            JsonTextError::Read { .. } | JsonTextError::TooLarge { .. } | JsonTextError::NoText { .. } => {
                Flaw::IncludeUnreadable
            }
        };
        Self { flaw, error, included_at: None }
    }

    fn refusal(self) -> JsonTextError {
        match (self.error, self.included_at) {
            (JsonTextError::Invalid { file, line, column, message }, Some(at)) => JsonTextError::Invalid {
                file,
                line,
                column,
                message: format!("{message} (included by {at})"),
            },
            (error, _) => error,
        }
    }
}

/// Reads a file's text and all that it includes; the first thing that is wrong refuses it.
pub(super) fn load(text: JsonText, catalog: &Catalog) -> Result<LoadedBaseline, JsonTextError> {
    let file = text.file.clone();
    let Reading { loaded, troubles } = read(text, catalog);
    match (troubles.into_iter().next(), loaded) {
        (None, Some(loaded)) => Ok(loaded),
        (Some(trouble), _) => Err(trouble.refusal()),
        // Without a trouble there is something that was understood.
        (None, None) => Err(JsonTextError::NoText { file, what: FORM.what, hint: "" }),
    }
}

/// Reads a file's text and all that it includes, and goes on where something is wrong.
pub(crate) fn read(text: JsonText, catalog: &Catalog) -> Reading {
    let names = KnownNames::of(catalog);
    let mut loading = Loading {
        names: &names,
        read: Vec::new(),
        rules: Vec::new(),
        open: Vec::new(),
        troubles: Vec::new(),
    };
    let outer = loading.file(&PathBuf::from(&text.file), text);
    let Loading { read, rules, mut troubles, .. } = loading;
    let loaded = outer.map(|Read { file, whole, rest_from, is_whole, .. }| {
        let fault = validate::whole_fault(&whole, &rules).filter(|_| is_whole);
        troubles.extend(fault.map(|fault| wrong(&file, fault.flaw, &fault.pointer, fault.message)));
        LoadedBaseline {
            file: file.text.file.clone(),
            sha256: file.text.sha256.clone(),
            baseline: whole,
            rules,
            files: read.into_iter().map(|read| read.file).chain([file]).collect(),
            rest_from,
        }
    });
    Reading { loaded, troubles }
}

/// Something that is wrong in a file.
pub(super) fn wrong(file: &LoadedFile, flaw: Flaw, pointer: &str, message: String) -> Trouble {
    Trouble { flaw, error: file.text.wrong(pointer, message), included_at: None }
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
    /// Whether all that it includes was read.
    is_whole: bool,
}

struct Loading<'c> {
    names: &'c KnownNames,
    read: Vec<Read>,
    rules: Vec<LoadedRule>,
    /// Files that are being read: identity, and the name for people.
    open: Vec<(PathBuf, String)>,
    troubles: Vec<Trouble>,
}

impl Loading<'_> {
    /// Reads one, if it is of the form. It is to stand behind those that were read.
    fn file(&mut self, path: &Path, text: JsonText) -> Option<Read> {
        let baseline: Baseline = match text.parse() {
            Ok(baseline) => baseline,
            Err(error) => {
                self.troubles.push(Trouble::of_form(error));
                return None;
            }
        };
        let read = LoadedFile { text, baseline };
        let faults = validate::faults(&read.baseline, self.names).into_iter();
        self.troubles.extend(faults.map(|fault| wrong(&read, fault.flaw, &fault.pointer, fault.message)));
        self.open.push((identity(path), read.text.file.clone()));
        let mut reaches = BTreeSet::new();
        let mut directly = Vec::new();
        let mut is_whole = true;
        for (place, name) in read.baseline.include.iter().enumerate() {
            match self.include(&read, path, name, &format!("/include/{place}")) {
                Some(included) => {
                    directly.push(included);
                    reaches.insert(included);
                    let further = self.read.get(included).into_iter();
                    reaches.extend(further.flat_map(|read| read.reaches.iter().copied()));
                }
                None => is_whole = false,
            }
        }
        self.open.pop();
        if let Some(twin) = self.read.iter().find(|other| other.file.baseline.name == read.baseline.name) {
            let words = format!(
                "`name` is that of {} too, and rules are told apart by their baseline's name",
                twin.file.text.file
            );
            self.troubles.push(wrong(&read, Flaw::SameName, "/name", words));
        }
        let own = self.read.len();
        let included: Vec<_> = directly.iter().filter_map(|place| self.read.get(*place)).collect();
        is_whole &= included.iter().all(|read| read.is_whole);
        let included: Vec<_> = included.iter().map(|read| (&read.whole, read.rest_from.as_slice())).collect();
        let (whole, rest_from) = whole::over(&read.baseline, own, &included);
        let wrong_overrides = overrides::apply(&read, &reaches, &mut self.rules, self.names);
        // What is overridden may be in the file that could not be read.
        let is_sure = |trouble: &Trouble| is_whole || trouble.flaw != Flaw::OverrideUnknown;
        self.troubles.extend(wrong_overrides.into_iter().filter(is_sure));
        let (rules, troubles) = overrides::rules_of(&read, own);
        self.rules.extend(rules);
        self.troubles.extend(troubles);
        let identity = identity(path);
        Some(Read { file: read, identity, whole, rest_from, reaches, is_whole })
    }

    fn include(&mut self, by: &LoadedFile, path: &Path, name: &str, pointer: &str) -> Option<usize> {
        let target = path.parent().unwrap_or(Path::new("")).join(name);
        let file = target.display().to_string();
        let same = identity(&target);
        if let Some(known) = self.read.iter().position(|read| read.identity == same) {
            return Some(known);
        }
        match self.text(&target, &file, &same) {
            Ok(text) => {
                let before = self.troubles.len();
                let read = self.file(&target, text);
                let (at, beside) = by.text.place(pointer);
                for trouble in self.troubles.iter_mut().skip(before) {
                    let at = || format!("{}:{at}:{beside}", by.text.file);
                    trouble.included_at.get_or_insert_with(at);
                }
                self.read.push(read?);
                Some(self.read.len().saturating_sub(1))
            }
            Err((flaw, words)) => {
                self.troubles.push(wrong(by, flaw, pointer, words));
                None
            }
        }
    }

    /// The text of a file that is included, or why it cannot be.
    fn text(&self, target: &Path, file: &str, same: &Path) -> Result<JsonText, (Flaw, String)> {
        if let Some(from) = self.open.iter().position(|(open, _)| *open == same) {
            let chain = self.open.iter().skip(from).map(|(_, name)| name.as_str()).chain([file]);
            let chain: Vec<&str> = chain.collect();
            return Err((Flaw::IncludeCycle, format!("includes go round: {}", chain.join(" includes "))));
        }
        if self.open.len() >= MAX_DEPTH {
            return Err((Flaw::TooDeep, format!("includes are nested deeper than {MAX_DEPTH}")));
        }
        if self.read.len().saturating_add(self.open.len()) >= MAX_FILES {
            return Err((Flaw::TooDeep, format!("more than {MAX_FILES} files belong to this baseline")));
        }
        JsonText::load(target, FORM).map_err(|error| match error {
            JsonTextError::Read { file, source } => {
                (Flaw::IncludeUnreadable, format!("{file} cannot be read: {source}"))
            }
            // A comment without an end is found when the text is taken.
            other @ (JsonTextError::TooLarge { .. }
            | JsonTextError::NoText { .. }
            | JsonTextError::Invalid { .. }) => (Flaw::IncludeUnreadable, other.to_string()),
        })
    }
}

/// The path by which a file is known, however it was named.
fn identity(path: &Path) -> PathBuf {
    std::fs::canonicalize(path).unwrap_or_else(|_| path.to_owned())
}
