//! In which order findings are told, and which of them are only counted.
//!
//! Must not do: leave a verdict without a place; there is no "other".

use std::cmp::Reverse;
use std::collections::BTreeMap;

use mlx5_schemas::model::report::Finding;
use mlx5_schemas::model::verdict::Verdict;

/// The place of a finding, the most pressing first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Rank {
    /// Outside the envelope.
    Outside,
    /// Outside after the next reset, or until then.
    Pending,
    /// The rule itself failed.
    Error,
    /// Not judged.
    Unknown,
    /// Outside, and accepted.
    Waived,
    /// Known trouble that this bundle shows signs of.
    Advisory,
    /// Said for context.
    Informational,
    /// Within, not applicable, not selected: counted.
    Quiet,
}

impl Rank {
    /// Those that are listed.
    pub const LISTED: [Self; 7] = [
        Self::Outside,
        Self::Pending,
        Self::Error,
        Self::Unknown,
        Self::Waived,
        Self::Advisory,
        Self::Informational,
    ];

    /// The place of a finding.
    pub fn of(finding: &Finding) -> Self {
        match finding.verdict {
            Verdict::Outside => Self::Outside,
            Verdict::Pending => Self::Pending,
            Verdict::Error => Self::Error,
            Verdict::Unknown { .. } => Self::Unknown,
            Verdict::Waived => Self::Waived,
            Verdict::Informational if finding.sure.is_some() => Self::Advisory,
            Verdict::Informational => Self::Informational,
            Verdict::Within | Verdict::NotApplicable { .. } | Verdict::NotSelected => Self::Quiet,
        }
    }

    /// The heading above findings of this place.
    pub fn heading(self) -> &'static str {
        match self {
            Self::Outside => "Outside the envelope",
            Self::Pending => "Pending: a reset changes the verdict",
            Self::Error => "Rules that failed",
            Self::Unknown => "Not known",
            Self::Waived => "Waived: outside, and accepted",
            Self::Advisory => "Advisories",
            Self::Informational => "For context",
            Self::Quiet => "Counted only",
        }
    }

    /// A short name, for labels and links.
    pub fn word(self) -> &'static str {
        match self {
            Self::Outside => "outside",
            Self::Pending => "pending",
            Self::Error => "error",
            Self::Unknown => "unknown",
            Self::Waived => "waived",
            Self::Advisory => "advisory",
            Self::Informational => "informational",
            Self::Quiet => "quiet",
        }
    }
}

/// Findings by place; within a place the gravest first, otherwise in the order of the report.
pub fn ranked<'f>(findings: impl IntoIterator<Item = &'f Finding>) -> BTreeMap<Rank, Vec<&'f Finding>> {
    let mut ranked: BTreeMap<Rank, Vec<&Finding>> = BTreeMap::new();
    for finding in findings {
        ranked.entry(Rank::of(finding)).or_default().push(finding);
    }
    for list in ranked.values_mut() {
        list.sort_by_key(|finding| Reverse(finding.severity));
    }
    ranked
}

/// Findings of one cause together: a device that does not answer makes hundreds. The review's folds say which are;
/// besides them what is the same in rule, verdict and words. What is outside, pending or waived has a value of its own
/// and stands alone.
pub fn groups<'f>(rank: Rank, list: &[&'f Finding]) -> Vec<Vec<&'f Finding>> {
    match rank {
        Rank::Outside | Rank::Pending | Rank::Waived => list.iter().map(|finding| vec![*finding]).collect(),
        Rank::Error | Rank::Unknown | Rank::Advisory | Rank::Informational | Rank::Quiet => {
            let mut places: BTreeMap<Vec<&str>, usize> = BTreeMap::new();
            let mut groups: Vec<Vec<&Finding>> = Vec::new();
            for &finding in list {
                let alone =
                    || vec![&finding.rule, finding.verdict.reason().unwrap_or_default(), &finding.message];
                let key = finding.fold.as_ref().map_or_else(alone, |fold| vec![fold.as_str()]);
                let place = *places.entry(key).or_insert(groups.len());
                match groups.get_mut(place) {
                    Some(group) => group.push(finding),
                    None => groups.push(vec![finding]),
                }
            }
            groups
        }
    }
}
