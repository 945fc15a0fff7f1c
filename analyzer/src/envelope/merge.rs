//! `baseline merge`: two baselines as one file.
//!
//! Rules of both stand in it. What both files say otherwise is a conflict, told with both places; a side is taken only
//! when told which. What files say of the whole is the strictest of both. Files that they include are still included.
//!
//! Must not do: weaken either of them, or settle a conflict by itself.

mod members;
mod selects;

use std::path::Path;

use mlx5_schemas::catalog::Catalog;
use mlx5_schemas::model::baseline::{Baseline, BaselineRule};

use super::diff::differs;
use super::write::{self, Comments, RuleComments};
use crate::baseline::{self, JsonTextError, LoadedBaseline, LoadedFile};

/// Which side counts where they say otherwise.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Prefer {
    /// The first file.
    First,
    /// The second one.
    Second,
}

/// How to merge.
#[derive(Debug, Clone, Copy)]
pub struct Options<'o> {
    /// Name of the baseline that is made.
    pub name: &'o str,
    /// The side that counts.
    pub prefer: Option<Prefer>,
    /// The file that it is to be: what is included is named from there.
    pub file: &'o Path,
    /// Names of parameters and values.
    pub catalog: &'o Catalog,
}

/// Two baselines as one.
#[derive(Debug)]
pub struct Merged {
    /// The baseline's text.
    pub text: String,
    /// Rules in it.
    pub rules: usize,
    /// What a reader should know: what became stricter, which side counted, what was lost.
    pub notes: Vec<String>,
}

/// Something that both say otherwise.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Conflict {
    /// `file:line:column` in the first, and in the second.
    pub places: [String; 2],
    /// What is said otherwise.
    pub message: String,
}

/// Why nothing was made.
#[derive(Debug, thiserror::Error)]
pub enum MergeError {
    /// They say things otherwise.
    #[error("the two baselines do not agree")]
    Conflicts(Vec<Conflict>),
    /// What would come of it is no baseline.
    #[error("what would come of it is refused")]
    Refused {
        /// Why.
        #[source]
        source: JsonTextError,
    },
    /// It cannot be written as JSON: a defect of the program.
    #[error("what was merged cannot be written")]
    Write {
        /// Why.
        #[source]
        source: serde_json::Error,
    },
}

/// One of the two.
struct Side<'a> {
    file: &'a LoadedFile,
    rules: Vec<Own>,
}

/// A rule with what its file says of it, and the comments above it.
#[derive(Debug, Clone)]
struct Own {
    rule: BaselineRule,
    place: String,
    above: Vec<String>,
}

/// The merging so far.
struct Merging {
    prefer: Option<Prefer>,
    conflicts: Vec<Conflict>,
    notes: Vec<String>,
}

impl Merging {
    /// Says that two places disagree; gives the side that counts, where one was named.
    fn conflict(&mut self, places: [String; 2], message: String) -> Option<Prefer> {
        match self.prefer {
            Some(side) => {
                let place = match side {
                    Prefer::First => &places[0],
                    Prefer::Second => &places[1],
                };
                self.notes.push(format!("{message}: {place} counts"));
            }
            None => self.conflicts.push(Conflict { places, message }),
        }
        self.prefer
    }

    /// Says that two places disagree where no side can be taken.
    fn hopeless(&mut self, places: [String; 2], message: String) {
        self.conflicts.push(Conflict { places, message });
    }
}

fn place(file: &LoadedFile, pointer: &str) -> String {
    let (line, column) = file.text.place(pointer);
    format!("{}:{line}:{column}", file.text.file)
}

/// Merges two baselines.
///
/// # Errors
/// When they disagree and no side was named, or what would come of it is no baseline.
pub fn merge(
    first: &LoadedBaseline,
    second: &LoadedBaseline,
    options: Options<'_>,
) -> Result<Merged, MergeError> {
    let mut merging = Merging { prefer: options.prefer, conflicts: Vec::new(), notes: Vec::new() };
    let (Some(one), Some(other)) = (first.files.last(), second.files.last()) else {
        return Err(MergeError::Conflicts(Vec::new()));
    };
    let mut baseline = members::merged(&mut merging, (first, one), (second, other), options);
    let sides = [one, other].map(|file| side(&mut merging, file, &baseline));
    let [ours, theirs] = sides;
    let rules = rules(&mut merging, ours.rules, theirs.rules);
    if !merging.conflicts.is_empty() {
        return Err(MergeError::Conflicts(merging.conflicts));
    }
    let mut comments = Comments::default();
    let files = [ours.file, theirs.file];
    for (place, file) in files.iter().enumerate() {
        let head = file.text.comments_above("");
        if place > 0 && !head.is_empty() && !comments.head.is_empty() {
            comments.head.push(String::new());
        }
        comments.head.extend(head);
    }
    comments.rules =
        rules.iter().map(|own| RuleComments { above: own.above.clone(), blanks: Vec::new() }).collect();
    for file in files {
        let rules = (0..file.baseline.rules.len()).map(|at| format!("/rules/{at}"));
        let kept: usize = rules.chain([String::new()]).map(|at| file.text.comments_above(&at).len()).sum();
        if file.text.comment_lines() > kept {
            merging.notes.push(format!(
                "{}: comments that stand elsewhere than at the beginning or above a rule were not kept",
                file.text.file
            ));
        }
        if !file.baseline.rules.is_empty() && file.baseline.name != options.name {
            merging.notes.push(format!(
                "rules of {} are now called {}/…: waivers and overrides that name them must follow",
                file.baseline.name, options.name
            ));
        }
    }
    baseline.rules = rules.into_iter().map(|own| own.rule).collect();
    let text = write::text(&baseline, &comments).map_err(|source| MergeError::Write { source })?;
    baseline::parse_by(options.file.display().to_string(), &text, options.catalog)
        .map_err(|source| MergeError::Refused { source })?;
    merging.notes.dedup();
    Ok(Merged { text, rules: baseline.rules.len(), notes: merging.notes })
}

/// The rules of a file, with what the file says of them where the merged one will not.
fn side<'a>(merging: &mut Merging, file: &'a LoadedFile, merged: &Baseline) -> Side<'a> {
    let own = &file.baseline;
    let mut rules = Vec::new();
    for (at, rule) in own.rules.iter().enumerate() {
        let pointer = format!("/rules/{at}");
        let mut rule = rule.clone();
        if own.owner != merged.owner {
            rule.owner = rule.owner.or_else(|| own.owner.clone());
        }
        if own.select != merged.select {
            match selects::both(&own.select, &rule.select) {
                Some(select) => rule.select = select,
                None => {
                    let message = format!(
                        "rule `{}`: its `select` and that of its file cannot be said in one; write both into the rule",
                        rule.id
                    );
                    merging.hopeless([place(file, &pointer), place(file, "/select")], message);
                }
            }
        }
        rules.push(Own { rule, place: place(file, &pointer), above: file.text.comments_above(&pointer) });
    }
    Side { file, rules }
}

/// The rules of both.
fn rules(merging: &mut Merging, mut ours: Vec<Own>, theirs: Vec<Own>) -> Vec<Own> {
    for mut new in theirs {
        if let Some(at) = ours.iter().position(|own| own.rule.id == new.rule.id) {
            let twin = ours.remove(at);
            if twin.rule == new.rule {
                ours.insert(at, twin);
                continue;
            }
            let places = [twin.place.clone(), new.place.clone()];
            let message = format!("both have a rule `{}`, and the two are not the same", new.rule.id);
            if merging.conflict(places, message) != Some(Prefer::Second) {
                ours.insert(at, twin);
                continue;
            }
            // It is held against the others as any new one.
        }
        for own in &mut ours {
            disagree(merging, own, &mut new);
        }
        ours.retain(|own| !own.rule.facts.is_empty());
        if !new.rule.facts.is_empty() {
            ours.push(new);
        }
    }
    ours
}

/// Two rules that expect otherwise of the same thing on the same devices. The side that does not count names it no more.
fn disagree(merging: &mut Merging, own: &mut Own, new: &mut Own) {
    let about = |rule: &BaselineRule| (rule.select.clone(), rule.when.clone(), rule.views.clone());
    if about(&own.rule) != about(&new.rule) || !differs(&own.rule.expect, &new.rule.expect) {
        return;
    }
    let shared: Vec<String> =
        own.rule.facts.iter().filter(|fact| new.rule.facts.contains(fact)).cloned().collect();
    if shared.is_empty() {
        return;
    }
    let message =
        format!("rules `{}` and `{}` expect otherwise of {}", own.rule.id, new.rule.id, shared.join(", "));
    let loser = match merging.conflict([own.place.clone(), new.place.clone()], message) {
        Some(Prefer::First) => new,
        Some(Prefer::Second) => own,
        None => return,
    };
    loser.rule.facts.retain(|fact| !shared.contains(fact));
}
