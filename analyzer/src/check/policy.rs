//! Policy: what is demanded and permitted beyond the rules.
//!
//! A reason of `unknown` or of a cap can be accepted on the command line. What is accepted stays what it is: the finding
//! stays unknown, the evidence carries what it carried. It only holds no word back any more, and says so.
//!
//! Must not do: change a verdict or a level.

use std::collections::{BTreeMap, BTreeSet};
use std::str::FromStr;

use mlx5_schemas::model::report::Finding;
use mlx5_schemas::model::verdict::{Assurance, CapReason, UnknownReason, Verdict};

use crate::assurance::weakest;
use crate::baseline::suggest;

/// A reason that can be accepted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Unvouched {
    /// Why a value could not be judged.
    Unknown(UnknownReason),
    /// Why evidence carries no more.
    Cap(CapReason),
}

impl Unvouched {
    /// All of them.
    pub fn all() -> impl Iterator<Item = Self> {
        let unknown = UnknownReason::ALL.iter().map(|reason| Self::Unknown(*reason));
        unknown.chain(CapReason::ALL.iter().map(|reason| Self::Cap(*reason)))
    }

    /// The word used in files, on screens and on the command line.
    pub fn word(self) -> &'static str {
        match self {
            Self::Unknown(reason) => reason.word(),
            Self::Cap(reason) => reason.word(),
        }
    }
}

/// A word that names no reason.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("no reason is called `{word}`{hint}")]
pub struct NoReason {
    word: String,
    hint: String,
}

impl FromStr for Unvouched {
    type Err = NoReason;

    fn from_str(text: &str) -> Result<Self, NoReason> {
        Self::all().find(|reason| reason.word() == text).ok_or_else(|| {
            let words: Vec<&str> = Self::all().map(Self::word).collect();
            let hint = match suggest::nearest(text, words.iter().copied()) {
                Some(near) => format!("; did you mean `{near}`?"),
                None => format!("; there are {}", words.join(", ")),
            };
            NoReason { word: text.to_owned(), hint }
        })
    }
}

/// The reasons that are accepted.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Accepted(BTreeSet<Unvouched>);

impl FromIterator<Unvouched> for Accepted {
    fn from_iter<I: IntoIterator<Item = Unvouched>>(reasons: I) -> Self {
        Self(reasons.into_iter().collect())
    }
}

impl Accepted {
    /// None of them.
    pub const NONE: &'static Self = &Self(BTreeSet::new());

    /// Their words, in order.
    pub fn words(&self) -> Vec<String> {
        self.0.iter().map(|reason| reason.word().to_owned()).collect()
    }

    /// The accepted reasons without which evidence that is bounded by these would carry enough; none where it does so anyway,
    /// or does not even so.
    pub(super) fn lifting(&self, reasons: &BTreeSet<CapReason>, min: Assurance) -> Vec<String> {
        let (lifted, left): (Vec<CapReason>, Vec<CapReason>) =
            reasons.iter().partition(|reason| self.0.contains(&Unvouched::Cap(**reason)));
        if weakest(&left) < min {
            return Vec::new();
        }
        let below = lifted.into_iter().filter(|reason| reason.level() < min);
        below.map(|reason| reason.word().to_owned()).collect()
    }

    /// Says of each finding whether what keeps it from being vouched for is accepted; asked once its verdict is final.
    pub(super) fn settle(&self, findings: &mut [Finding]) {
        for finding in findings {
            match finding.verdict {
                Verdict::Unknown { reason } => {
                    let is_accepted = self.0.contains(&Unvouched::Unknown(reason));
                    finding.accepted = is_accepted.then(|| reason.word().to_owned()).into_iter().collect();
                }
                // What the evidence carries matters for what is inside and nothing else.
                Verdict::Within | Verdict::Waived => {}
                Verdict::Pending
                | Verdict::Outside
                | Verdict::NotApplicable { .. }
                | Verdict::NotSelected
                | Verdict::Informational
                | Verdict::Error => finding.accepted.clear(),
            }
        }
    }

    /// For each reason, the number of findings that it was accepted for.
    pub(super) fn counted<'f>(&self, findings: impl Iterator<Item = &'f Finding>) -> BTreeMap<String, u64> {
        let mut counts: BTreeMap<String, u64> = self.words().into_iter().map(|word| (word, 0)).collect();
        for word in findings.flat_map(|finding| &finding.accepted) {
            if let Some(count) = counts.get_mut(word) {
                *count = count.saturating_add(1);
            }
        }
        counts
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_reason_is_known_by_its_word_and_no_other() {
        for reason in Unvouched::all() {
            assert_eq!(reason.word().parse(), Ok(reason));
        }
        let refused = |text: &str| text.parse::<Unvouched>().map_err(|error| error.to_string());
        assert_eq!(
            refused("no-lockdwn"),
            Err("no reason is called `no-lockdwn`; did you mean `no-lockdown`?".to_owned())
        );
        assert!(refused("").is_err_and(|words| words.contains("; there are not-captured, timeout, ")));
        assert!(refused("outside").is_err(), "a deviation is nothing to accept here");
    }
}
