//! What the file and the screen say of how it was learnt.
//!
//! Must not do: name a value that belongs to one card or host.

use std::collections::BTreeSet;

use super::super::seen::{All, Kind};
use super::super::sketch::Sketch;
use super::{Learnt, Options, Source};

/// Most names in one list of a comment; what no rule is about must all be seen, up to reason.
const MOST: usize = 400;

/// Why nothing could be learnt.
pub(super) fn nothing(all: &All, options: Options<'_>) -> String {
    match (all.bundles, all.kinds.is_empty(), options.only.is_empty()) {
        (0, _, _) => "no bundle was left".to_owned(),
        (_, true, _) if all.virtual_functions > 0 && !options.of_host => {
            "the bundles show virtual functions only; ask for the hypervisor's".to_owned()
        }
        (_, true, _) if !options.of_host => "the bundles show no card".to_owned(),
        (_, _, false) => "what --only takes was read in no bundle, or varies".to_owned(),
        (_, _, true) => "nothing was read in every bundle".to_owned(),
    }
}

/// What stands in the baseline's own member, since it is what the file is.
pub(super) fn description(sources: &[Source]) -> String {
    let bundles = if sources.len() == 1 { "bundle" } else { "bundles" };
    let accepted: BTreeSet<&str> =
        sources.iter().flat_map(|source| &source.accepted).map(|accepted| accepted.word()).collect();
    let accepted: Vec<&str> = accepted.into_iter().collect();
    match accepted.is_empty() {
        true => format!("Learnt from {} {bundles}.", sources.len()),
        false => format!("Learnt from {} {bundles}; accepted: {}.", sources.len(), accepted.join(", ")),
    }
}

/// Writes into the comments how it was learnt.
pub(super) fn explain(sketch: &mut Sketch, all: &All, sources: &[Source], not_inside: &[String]) {
    let head = &mut sketch.comments.head;
    head.push(
        "Learnt from bundles that somebody took for good. Read it through before it judges: a rule says what was seen, not \
         what is right. The counts are of bundles, \"18 of 20\" those of 20 that have it."
            .to_owned(),
    );
    head.push(String::new());
    head.push("Bundles:".to_owned());
    for source in sources {
        let accepted: Vec<&str> = source.accepted.iter().map(|accepted| accepted.word()).collect();
        let accepted =
            if accepted.is_empty() { String::new() } else { format!(" (accepted: {})", accepted.join(", ")) };
        let cards = if source.cards.is_empty() { "no card".to_owned() } else { source.cards.join("; ") };
        head.push(format!("  {}  {cards}{accepted}", source.id));
    }
    head.push(String::new());
    head.push("Cards:".to_owned());
    for (kind, seen) in &all.kinds {
        let Kind { psid, family } = kind;
        let names: Vec<&str> = psid.iter().chain(family).map(String::as_str).collect();
        head.push(format!("  {}: in {} of {}", names.join(", "), seen.bundles, all.bundles));
    }
    head.push(String::new());
    let tally = &sketch.tally;
    head.push(format!("{}.", summary(tally, sketch.baseline.rules.len())));
    match not_inside.is_empty() {
        true => head.push("Every one of these bundles is inside.".to_owned()),
        false => {
            head.push(String::new());
            head.push("NOT inside what was learnt from them:".to_owned());
            head.extend(not_inside.iter().map(|line| format!("  {line}")));
        }
    }
    let tail = &mut sketch.comments.tail;
    let mut list = |what: &str, names: &BTreeSet<String>| {
        if names.is_empty() {
            return;
        }
        tail.push(format!("{what}:"));
        let few: Vec<&str> = names.iter().take(MOST).map(String::as_str).collect();
        let more = match names.len().saturating_sub(MOST) {
            0 => String::new(),
            more => format!(" and {more} more"),
        };
        tail.push(format!("  {}{more}", few.join(", ")));
    };
    list("No rule on its value, since it varies", &tally.varies);
    list("No rule, since it was not read in every bundle", &tally.unread);
    for (why, names) in &all.left_out {
        list(&format!("No rule, since these {}", why.words()), names);
    }
}

/// What was learnt, in one sentence.
fn summary(tally: &super::Tally, rules: usize) -> String {
    let count = |set: &BTreeSet<String>| set.len();
    format!(
        "{rules} rules: {} constant, {} lists, {} ranges, {} not on all cards; {} vary; {} not read in every bundle; {} as \
         the factory set them",
        tally.constant,
        tally.listed,
        tally.ranges,
        count(&tally.partly),
        count(&tally.varies),
        count(&tally.unread),
        tally.factory,
    )
}

impl Learnt {
    /// What was learnt, a line each.
    pub fn lines(&self) -> Vec<String> {
        let bundles = if self.bundles == 1 { "bundle" } else { "bundles" };
        let inside = self.bundles.saturating_sub(u64::try_from(self.not_inside.len()).unwrap_or(u64::MAX));
        let tally = &self.tally;
        let total = |set: &BTreeSet<String>| set.len();
        let mut lines = vec![
            format!("learnt from {} {bundles}, {inside} of them inside it", self.bundles),
            format!("  {:>5} constant", tally.constant),
            format!("  {:>5} lists of values", tally.listed),
            format!("  {:>5} ranges", tally.ranges),
            format!("  {:>5} vary: no rule on the value", total(&tally.varies)),
            format!("  {:>5} not on all cards: the rule takes what there is", total(&tally.partly)),
            format!("  {:>5} not read in every bundle: no rule", total(&tally.unread)),
            format!("  {:>5} as the factory set them: no rule, `default` is factory", tally.factory),
        ];
        lines.extend(self.left_out.iter().cloned());
        lines.extend(self.not_inside.iter().map(|line| format!("not inside: {line}")));
        lines
    }
}
