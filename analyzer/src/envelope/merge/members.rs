//! What the merged file says of the whole: the strictest of both.
//!
//! Must not do: look at rules.

use std::path::{Component, Path, PathBuf};

use mlx5_schemas::model::baseline::{Advisories, Baseline, Rest};

use super::{Merging, Options, Prefer, place, selects};
use crate::baseline::{LoadedBaseline, LoadedFile};

type Side<'a> = (&'a LoadedBaseline, &'a LoadedFile);

/// The merged file without its rules.
pub(super) fn merged(
    merging: &mut Merging,
    (first, one): Side<'_>,
    (second, other): Side<'_>,
    options: Options<'_>,
) -> Baseline {
    let (a, b) = (&one.baseline, &other.baseline);
    let places = |member: &str| [place(one, member), place(other, member)];
    let descriptions: Vec<&str> =
        [&a.description, &b.description].into_iter().flatten().map(String::as_str).collect();
    let description = match descriptions.as_slice() {
        [] => None,
        [one, other] if one != other => Some(format!("{one} And: {other}")),
        [only, ..] => Some((*only).to_owned()),
    };
    let levels = [first, second].map(|side| side.baseline.min_assurance);
    let level = levels.iter().flatten().max().copied();
    if levels[0].unwrap_or_default() != levels[1].unwrap_or_default() {
        // Saying nothing is saying `read`.
        let strictest = levels.map(Option::unwrap_or_default).into_iter().max().unwrap_or_default();
        merging.notes.push(format!("min_assurance is {}, the stricter of the two", strictest.word()));
    }
    let level = level.map(|level| levels.iter().map(|own| own.unwrap_or_default()).fold(level, Ord::max));
    let signed = [first, second].map(|side| side.baseline.require_signature.unwrap_or_default());
    if signed[0] != signed[1] {
        merging.notes.push("a signature is demanded, since one of the two demands it".to_owned());
    }
    let rests = [first, second].map(|side| side.baseline.default.unwrap_or_default());
    let rest = rests.into_iter().max_by_key(|rest| strictness(*rest)).unwrap_or_default();
    let select = match (rest == Rest::Ignore, a.select == b.select) {
        (_, true) => a.select.clone(),
        // Each rule says of which devices it is.
        (true, false) => mlx5_schemas::model::baseline::Select::default(),
        (false, false) => match selects::either(&a.select, &b.select).filter(|_| rests[0] == rests[1]) {
            Some(select) => select,
            None => {
                let message = "`default` is about the devices of one file and not of the other, which one file cannot \
                               say: include both in a third in place of merging them";
                merging.hopeless(places("/default"), message.to_owned());
                mlx5_schemas::model::baseline::Select::default()
            }
        },
    };
    if rests[0] != rests[1] && a.select == b.select {
        let word = if rest == Rest::Factory { "factory" } else { "report" };
        merging.notes.push(format!("default is {word}, the stricter of the two"));
    }
    let mut references = a.references.clone();
    references.extend(b.references.iter().filter(|new| !a.references.contains(new)).cloned());
    let mut include: Vec<String> = Vec::new();
    for (file, baseline) in [(one, a), (other, b)] {
        for name in &baseline.include {
            let name = from_there(Path::new(&file.text.file), name, options.file);
            if !include.contains(&name) {
                include.push(name);
            }
        }
    }
    let mut overrides = a.overrides.clone();
    for (at, new) in b.overrides.iter().enumerate() {
        match a.overrides.iter().position(|own| own.rule == new.rule) {
            None => overrides.push(new.clone()),
            Some(own) if a.overrides.get(own) == Some(new) => {}
            Some(own) => {
                let places =
                    [place(one, &format!("/overrides/{own}")), place(other, &format!("/overrides/{at}"))];
                let message = format!("both change the rule `{}`, and not in the same way", new.rule);
                if merging.conflict(places, message) == Some(Prefer::Second)
                    && let Some(slot) = overrides.get_mut(own)
                {
                    *slot = new.clone();
                }
            }
        }
    }
    let advisories = advisories(merging, &a.advisories, &b.advisories, &places("/advisories"));
    Baseline {
        schema: a.schema.clone(),
        schema_version: a.schema_version,
        name: options.name.to_owned(),
        description,
        owner: a.owner.clone().filter(|_| a.owner == b.owner),
        references,
        include,
        overrides,
        min_assurance: level,
        require_signature: signed.contains(&true).then_some(true),
        select,
        default: (rest != Rest::Ignore).then_some(rest),
        advisories,
        rules: Vec::new(),
    }
}

fn strictness(rest: Rest) -> u8 {
    match rest {
        Rest::Ignore => 0,
        Rest::Report => 1,
        Rest::Factory => 2,
    }
}

/// All that is raised; ignored is what both ignore, or the one that speaks of advisories.
fn advisories(merging: &mut Merging, a: &Advisories, b: &Advisories, places: &[String; 2]) -> Advisories {
    if a.is_empty() || b.is_empty() || a == b {
        return if a.is_empty() { b.clone() } else { a.clone() };
    }
    let mut raise = a.raise.clone();
    for new in &b.raise {
        match raise.iter_mut().find(|own| own.id == new.id) {
            None => raise.push(new.clone()),
            Some(own) if own == new => {}
            Some(own) => {
                let message = format!("both raise the advisory `{}`, and not alike", new.id);
                if merging.conflict(places.clone(), message) == Some(Prefer::Second) {
                    *own = new.clone();
                }
            }
        }
    }
    let ignore: Vec<String> = a.ignore.iter().filter(|id| b.ignore.contains(id)).cloned().collect();
    if ignore.len() < a.ignore.len().max(b.ignore.len()) {
        merging.notes.push("advisories are ignored only where both files ignore them".to_owned());
    }
    Advisories { raise, ignore }
}

/// A path that stands in one file, as it must stand in another.
fn from_there(file: &Path, name: &str, to: &Path) -> String {
    let whole = |path: &Path| -> PathBuf {
        let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        std::fs::canonicalize(folder).unwrap_or_else(|_| folder.to_owned())
    };
    let (here, there) = (whole(file), whole(to));
    if here == there || Path::new(name).is_absolute() {
        return name.to_owned();
    }
    let target = here.join(name);
    let folder = whole(&target);
    let Some(last) = target.file_name() else { return name.to_owned() };
    let shared = folder.components().zip(there.components()).take_while(|(one, other)| one == other).count();
    let up = there.components().skip(shared).map(|_| Component::ParentDir);
    let down = folder.components().skip(shared);
    let path: PathBuf = up.chain(down).collect();
    path.join(last).display().to_string()
}
