//! What holds of a baseline as a whole: the outer file's word before that of what it includes.
//!
//! Must not do: weaken. Of several included files that differ, the strictest counts.

use mlx5_schemas::model::baseline::{Advisories, Baseline, Rest};

/// What holds of a file over what it includes, and the place of the file whose word on `default` that is. `own` is the
/// file's own place.
pub(super) fn over(file: &Baseline, own: usize, included: &[(&Baseline, usize)]) -> (Baseline, usize) {
    let wholes = || included.iter().map(|(whole, _)| *whole);
    let mut whole = file.clone();
    whole.min_assurance = file.min_assurance.or(wholes().filter_map(|whole| whole.min_assurance).max());
    whole.require_signature =
        file.require_signature.or(wholes().filter_map(|whole| whole.require_signature).max());
    let strictest = included.iter().filter_map(|(whole, from)| Some((whole.default?, *from)));
    let rest = file.default.map(|rest| (rest, own)).or(strictest.min_by_key(|(rest, _)| strictness(*rest)));
    whole.default = rest.map(|(rest, _)| rest);
    if file.advisories.is_empty() {
        whole.advisories = joined(wholes().map(|whole| &whole.advisories));
    }
    (whole, rest.map_or(own, |(_, from)| from))
}

/// The strictest first.
fn strictness(rest: Rest) -> u8 {
    match rest {
        Rest::Factory => 0,
        Rest::Report => 1,
        Rest::Ignore => 2,
    }
}

/// All that is raised; ignored is what none of those that have a word on advisories wants told.
fn joined<'a>(all: impl Iterator<Item = &'a Advisories>) -> Advisories {
    let mut joined = Advisories::default();
    let all: Vec<&Advisories> = all.filter(|advisories| !advisories.is_empty()).collect();
    for advisories in &all {
        let new = advisories.raise.iter().filter(|raise| !joined.raise.contains(raise));
        let new: Vec<_> = new.cloned().collect();
        joined.raise.extend(new);
    }
    let Some((first, others)) = all.split_first() else { return joined };
    let in_all = |pattern: &&String| others.iter().all(|other| other.ignore.contains(pattern));
    joined.ignore = first.ignore.iter().filter(in_all).cloned().collect();
    joined
}
