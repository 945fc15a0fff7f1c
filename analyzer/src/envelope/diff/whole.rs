//! What two baselines say of the whole.
//!
//! Must not do: look at rules.

use mlx5_schemas::model::baseline::{Baseline, Rest, Select};
use mlx5_schemas::model::report::{BaselineChange, BaselineEffect as Effect, BaselinePart};
use mlx5_schemas::model::verdict::Assurance;

use super::{narrow, part, reference, together};
use crate::baseline::LoadedBaseline;
use crate::explain::selection_words;

/// What differs of it.
pub(super) fn change(left: &LoadedBaseline, right: &LoadedBaseline) -> Option<BaselineChange> {
    let parts = parts(left, right);
    (!parts.is_empty()).then(|| BaselineChange {
        rule: None,
        effect: together(parts.iter().map(|part| part.effect)),
        severity: None,
        facts: Vec::new(),
        parts,
        left_place: Some(left.file.clone()),
        right_place: Some(right.file.clone()),
        note: None,
    })
}

fn parts(left: &LoadedBaseline, right: &LoadedBaseline) -> Vec<BaselinePart> {
    let (old, new) = (&left.baseline, &right.baseline);
    let mut parts = Vec::new();
    let mut ordered = |what: &str, was: (usize, String), now: (usize, String)| {
        let effect = match was.0.cmp(&now.0) {
            std::cmp::Ordering::Less => Effect::Tighter,
            std::cmp::Ordering::Greater => Effect::Looser,
            std::cmp::Ordering::Equal => return,
        };
        parts.push(part(what, Some(was.1), Some(now.1), effect));
    };
    ordered("min_assurance", assurance(old), assurance(new));
    ordered("require_signature", signature(old), signature(new));
    ordered("default", rest(old), rest(new));
    // About which devices the rest is judged; rules have it among their own.
    if old.default.is_some() && new.default.is_some() {
        // Each file that has a word on it means the devices that it selects.
        let selects = |loaded: &LoadedBaseline| -> Vec<Select> {
            loaded.rest_from().map(|file| file.select.clone()).collect()
        };
        let (was, now) = (selects(left), selects(right));
        let effect = match (was.as_slice(), now.as_slice()) {
            ([was], [now]) => {
                narrow::effect(&[was.clone(), Select::default()], &[now.clone(), Select::default()])
            }
            (was, now) => {
                let holds = |wide: &[Select], narrow: &[Select]| narrow.iter().all(|one| wide.contains(one));
                (!holds(was, now) || !holds(now, was)).then_some(Effect::Other)
            }
        };
        if let Some(effect) = effect {
            let words = |selects: &[Select]| {
                let mut each: Vec<String> = selects
                    .iter()
                    .map(|select| match selection_words(select).join("; ") {
                        words if words.is_empty() => "any device".to_owned(),
                        words => words,
                    })
                    .collect();
                each.sort();
                (!each.is_empty()).then(|| each.join("; or "))
            };
            parts.push(part("devices that `default` is about", words(&was), words(&now), effect));
        }
    }
    if old.advisories != new.advisories {
        let words = |baseline: &Baseline| {
            let raised = baseline.advisories.raise.iter().map(|raise| {
                let why = raise.why.as_ref().map(|why| format!(": {why}")).unwrap_or_default();
                format!("raise {} ({}){why}", raise.id, raise.severity.word())
            });
            let ignored = baseline.advisories.ignore.iter().map(|id| format!("ignore {id}"));
            let mut words: Vec<String> = raised.chain(ignored).collect();
            words.sort();
            words.join(", ")
        };
        let (was, now) = (words(old), words(new));
        if was != now {
            parts.push(part("advisories", Some(was), Some(now), Effect::Other));
        }
    }
    let files = |loaded: &LoadedBaseline| {
        let names = loaded.files.iter().rev().skip(1).map(|file| file.baseline.name.clone());
        let mut names: Vec<String> = names.collect();
        names.sort();
        (!names.is_empty()).then(|| names.join(", "))
    };
    let references = |baseline: &Baseline| {
        let mut list: Vec<String> = baseline.references.iter().map(reference).collect();
        list.sort();
        (!list.is_empty()).then(|| list.join(", "))
    };
    for (what, was, now) in [
        // Rules are called by it: findings and waivers know them so.
        ("name", Some(old.name.clone()), Some(new.name.clone())),
        ("include", files(left), files(right)),
        ("description", old.description.clone(), new.description.clone()),
        ("owner", old.owner.clone(), new.owner.clone()),
        ("references", references(old), references(new)),
    ] {
        if was != now {
            parts.push(part(what, was, now, Effect::Words));
        }
    }
    parts
}

fn assurance(baseline: &Baseline) -> (usize, String) {
    let level = baseline.min_assurance.unwrap_or_default();
    let place = Assurance::ALL.iter().filter(|other| **other < level).count();
    (place, level.word().to_owned())
}

fn signature(baseline: &Baseline) -> (usize, String) {
    match baseline.require_signature {
        Some(true) => (1, "demanded".to_owned()),
        Some(false) | None => (0, "not demanded".to_owned()),
    }
}

fn rest(baseline: &Baseline) -> (usize, String) {
    match baseline.default.unwrap_or_default() {
        Rest::Ignore => (0, "ignore".to_owned()),
        Rest::Report => (1, "report".to_owned()),
        Rest::Factory => (2, "factory".to_owned()),
    }
}
