//! What holds of a baseline as a whole: the outer file's word before that of what it includes.
//!
//! Must not do: weaken. Of several included files that differ, the strictest counts.

use mlx5_schemas::model::baseline::{Advisories, Baseline, Rest};

/// What holds of a file over what it includes, and the places of the files whose word on `default` that is: each is about
/// the devices that it selects. `own` is the file's own place.
pub(super) fn over(
    file: &Baseline,
    own: usize,
    included: &[(&Baseline, &[usize])],
) -> (Baseline, Vec<usize>) {
    let wholes = || included.iter().map(|(whole, _)| *whole);
    let mut whole = file.clone();
    whole.min_assurance = file.min_assurance.or(wholes().filter_map(|whole| whole.min_assurance).max());
    whole.require_signature =
        file.require_signature.or(wholes().filter_map(|whole| whole.require_signature).max());
    let of_included = wholes().filter_map(|whole| whole.default).min_by_key(|rest| strictness(*rest));
    whole.default = file.default.or(of_included);
    let mut from = Vec::new();
    if file.default.is_some() {
        from.push(own);
    } else {
        let say_so = included.iter().filter(|(one, _)| one.default.is_some() && one.default == of_included);
        from.extend(say_so.flat_map(|(_, from)| from.iter().copied()));
        from.sort_unstable();
        from.dedup();
    }
    if file.advisories.is_empty() {
        whole.advisories = joined(wholes().map(|whole| &whole.advisories));
    }
    (whole, from)
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
