//! The three words, the counts beside them, and the exit code.
//!
//! Must not do: anything but count and compare. Everything here is a function of findings and levels.

use mlx5_schemas::model::report::{Counts, Finding};
use mlx5_schemas::model::verdict::{Assurance, Verdict, Word};

use crate::check::advisories::PREFIX;

/// Findings by verdict.
pub fn count<'a>(findings: impl IntoIterator<Item = &'a Finding>) -> Counts {
    let mut counts = Counts::default();
    for finding in findings {
        let slot = match finding.verdict {
            Verdict::Within => &mut counts.within,
            Verdict::Waived => &mut counts.waived,
            Verdict::Pending => &mut counts.pending,
            Verdict::Outside => &mut counts.outside,
            Verdict::Unknown { .. } => &mut counts.unknown,
            Verdict::NotApplicable { .. } => &mut counts.not_applicable,
            Verdict::NotSelected => &mut counts.not_selected,
            Verdict::Informational => &mut counts.informational,
            Verdict::Error => &mut counts.error,
        };
        *slot = slot.saturating_add(1);
    }
    counts
}

/// Adds counts to counts.
pub fn add(to: &mut Counts, from: &Counts) {
    for (to, from) in [
        (&mut to.within, from.within),
        (&mut to.waived, from.waived),
        (&mut to.pending, from.pending),
        (&mut to.outside, from.outside),
        (&mut to.unknown, from.unknown),
        (&mut to.not_applicable, from.not_applicable),
        (&mut to.not_selected, from.not_selected),
        (&mut to.informational, from.informational),
        (&mut to.error, from.error),
    ] {
        *to = to.saturating_add(from);
    }
}

/// The word over findings of one device (or the host), and why it is not *inside*.
///
/// *Outside* needs one value outside in one view, on any route. *Inside* needs that something was judged, that all
/// of it lies inside, and that the evidence of every value carries enough; what a finding lacks for a reason that is
/// accepted holds nothing back, but does not stand in for something judged either. Anything else cannot be vouched for.
pub fn judge(findings: &[&Finding], min_assurance: Assurance) -> (Word, Vec<String>) {
    let counts = count(findings.iter().copied());
    // Never of what is outside: that is nothing to accept.
    let held = count(findings.iter().copied().filter(|finding| finding.accepted.is_empty()));
    let mut reasons = Vec::new();
    let mut say = |number: u64, words: &str| {
        if number > 0 {
            reasons.push(format!("{number} {words}"));
        }
    };
    say(counts.outside, "outside");
    say(counts.pending, "pending");
    let outside = counts.outside > 0 || counts.pending > 0;
    say(held.unknown, "unknown");
    say(counts.error, if counts.error == 1 { "rule failed" } else { "rules failed" });
    // That a fault is not there says nothing of a device that no rule is about.
    let judged = outside || findings.iter().copied().any(is_kept);
    let weakest = findings
        .iter()
        .filter(|finding| matches!(finding.verdict, Verdict::Within | Verdict::Waived))
        .filter(|finding| finding.accepted.is_empty())
        .map(|finding| finding.assurance)
        .min();
    if let Some(weakest) = weakest.filter(|weakest| *weakest < min_assurance) {
        reasons.push(format!("assurance is {weakest}, below {min_assurance}"));
    }
    if !judged && reasons.is_empty() {
        let words = match counts.unknown {
            0 => "no rule judged anything of it",
            _ => "nothing of it was judged: what is accepted is unknown all the same",
        };
        reasons.push(words.to_owned());
    }
    let word = match (outside, reasons.is_empty()) {
        (true, _) => Word::Outside,
        (false, true) => Word::Inside,
        (false, false) => Word::CannotBeVouchedFor,
    };
    (word, reasons)
}

/// Whether a rule, and not the mere absence of a known fault, found a value within or waived.
fn is_kept(finding: &Finding) -> bool {
    match finding.verdict {
        Verdict::Within | Verdict::Waived => !finding.rule.starts_with(PREFIX),
        Verdict::Pending
        | Verdict::Outside
        | Verdict::Unknown { .. }
        | Verdict::NotApplicable { .. }
        | Verdict::NotSelected
        | Verdict::Informational
        | Verdict::Error => false,
    }
}

/// The worst of some words: outside, then cannot be vouched for, then inside.
pub fn worst(words: impl IntoIterator<Item = Word>) -> Option<Word> {
    words.into_iter().max()
}

/// The exit code of `check`: 1 when something is outside or pending, else 2 on trouble, else 3 when something cannot
/// be vouched for, else 0.
pub fn exit_code(counts: &Counts, trouble: bool, word: Word) -> u8 {
    if counts.outside > 0 || counts.pending > 0 {
        return 1;
    }
    if trouble || counts.error > 0 {
        return 2;
    }
    match word {
        Word::Inside => 0,
        Word::CannotBeVouchedFor => 3,
        // Without a finding outside there is no such word; were there one, it would not be success.
        Word::Outside => 1,
    }
}

#[cfg(test)]
mod tests;
