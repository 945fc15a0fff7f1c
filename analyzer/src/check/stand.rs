//! Where a value stands in one view, and the verdict that the views give together.
//!
//! Must not do: know what was expected.

use mlx5_schemas::model::fact::View;
use mlx5_schemas::model::report::Finding;
use mlx5_schemas::model::status::CollectionStatus;
use mlx5_schemas::model::verdict::{NotApplicableReason, UnknownReason, Verdict};

use super::rule::Wants;
use crate::case::Reading;

/// Where a value stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Stand {
    /// Inside.
    In,
    /// Outside.
    Out,
    /// Not known, why, and in words.
    Unknown(UnknownReason, String),
    /// Nothing there to judge, why, and in words.
    Nothing(NotApplicableReason, String),
}

/// A stand for what was not read. `by_name`: whether the rule names exactly this, so that its absence is a gap, or what
/// a rule that wants it there is about.
pub(super) fn unread(reading: &Reading<'_>, by_name: bool, wants: Wants) -> Stand {
    match reading {
        Reading::Absent(_) if wants == Wants::Absence => Stand::In,
        Reading::Absent(_) if by_name && wants == Wants::Presence => Stand::Out,
        Reading::Value(_) | Reading::NeverSet => {
            Stand::Unknown(UnknownReason::NotCaptured, "nothing is stored in this view".to_owned())
        }
        Reading::Absent(reason) if by_name => {
            Stand::Unknown(UnknownReason::UnknownParameter, format!("the device does not have it: {reason}"))
        }
        Reading::Absent(reason) => {
            Stand::Nothing(NotApplicableReason::Absent, format!("the device does not have it: {reason}"))
        }
        Reading::Secret if by_name => {
            Stand::Unknown(UnknownReason::NotCaptured, "a secret, never asked for".to_owned())
        }
        Reading::Secret => {
            Stand::Nothing(NotApplicableReason::Secret, "a secret, never asked for".to_owned())
        }
        Reading::Gap(status, reason) => Stand::Unknown(reason_of(*status), (*reason).to_owned()),
        Reading::NotOffered => Stand::Unknown(
            UnknownReason::NotCaptured,
            "the view was not read: the device does not offer it, or it was not asked for".to_owned(),
        ),
    }
}

/// The reason for a status.
pub(super) fn reason_of(status: CollectionStatus) -> UnknownReason {
    match status {
        CollectionStatus::Timeout => UnknownReason::Timeout,
        CollectionStatus::Denied => UnknownReason::Denied,
        CollectionStatus::Masked => UnknownReason::Masked,
        CollectionStatus::Captured
        | CollectionStatus::Absent
        | CollectionStatus::Skipped
        | CollectionStatus::NotRecorded
        | CollectionStatus::Error => UnknownReason::NotCaptured,
    }
}

/// What is said of a pending value that a reset brings outside.
const OUTSIDE_LATER: &str = "inside now, outside after the next reset";
/// What is said of one that a reset brings inside.
const INSIDE_LATER: &str = "outside now, inside after the next reset";

/// Whether a reset brings a value outside that is inside now.
pub(super) fn is_outside_later(finding: &Finding) -> bool {
    finding.verdict == Verdict::Pending && finding.message.starts_with(OUTSIDE_LATER)
}

/// Whether a reset brings a value inside that is outside now.
pub(super) fn is_inside_later(finding: &Finding) -> bool {
    finding.verdict == Verdict::Pending && finding.message.starts_with(INSIDE_LATER)
}

/// The verdict over all views, and a message. What is outside in one view is outside, whatever was not read in
/// another; what was not read in one is unknown, whatever is inside in another.
pub(super) fn verdict(stands: &[(Option<View>, Stand)]) -> (Verdict, String) {
    let views = |wanted: &dyn Fn(&Stand) -> bool| -> Vec<&'static str> {
        stands
            .iter()
            .filter(|(_, stand)| wanted(stand))
            .filter_map(|(view, _)| view.map(View::word))
            .collect()
    };
    let is = |view: View| stands.iter().any(|(of, stand)| *of == Some(view) && *stand == Stand::Out);
    let out = views(&|stand| *stand == Stand::Out);
    if stands.iter().any(|(_, stand)| *stand == Stand::Out) {
        // A rule that does not hold in a view finds nothing wrong with it.
        let calm = |view: View| stands.iter().any(|(of, stand)| *of == Some(view) && is_calm(stand));
        let pending = calm(View::Current) && is(View::Next) || is(View::Current) && calm(View::Next);
        return match (pending, out.is_empty()) {
            (true, _) if is(View::Next) => (Verdict::Pending, OUTSIDE_LATER.to_owned()),
            (true, _) => (Verdict::Pending, INSIDE_LATER.to_owned()),
            (false, true) => (Verdict::Outside, "outside".to_owned()),
            (false, false) => (Verdict::Outside, format!("outside ({})", out.join(" and "))),
        };
    }
    // What is the same in all views is said of none in particular.
    let alike = stands.len() > 1 && stands.windows(2).all(|pair| matches!(pair, [(_, a), (_, b)] if a == b));
    let at = |view: &Option<View>| {
        view.filter(|_| !alike).map(|view| format!("{}: ", view.word())).unwrap_or_default()
    };
    for (view, stand) in stands {
        if let Stand::Unknown(reason, words) = stand {
            return (Verdict::Unknown { reason: *reason }, format!("{}{words}", at(view)));
        }
    }
    let inside = stands.iter().any(|(_, stand)| *stand == Stand::In);
    let nothing = stands.iter().find_map(|(view, stand)| match stand {
        // Where the rule does not hold in one view, the other one counts alone.
        Stand::Nothing(NotApplicableReason::Condition, _) if inside => None,
        Stand::Nothing(reason, words) => Some((view, *reason, words)),
        Stand::In | Stand::Out | Stand::Unknown(..) => None,
    });
    match (nothing, inside) {
        (None, true) => (Verdict::Within, "inside".to_owned()),
        // Nothing in one view and a value in another: the views do not tell the same story.
        (Some((view, _, words)), true) => {
            (Verdict::Unknown { reason: UnknownReason::NotCaptured }, format!("{}{words}", at(view)))
        }
        (Some((_, reason, words)), false) => (Verdict::NotApplicable { reason }, words.clone()),
        (None, false) => {
            (Verdict::Unknown { reason: UnknownReason::NotCaptured }, "no view was judged".to_owned())
        }
    }
}

fn is_calm(stand: &Stand) -> bool {
    match stand {
        Stand::In | Stand::Nothing(NotApplicableReason::Condition, _) => true,
        Stand::Out | Stand::Unknown(..) | Stand::Nothing(..) => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(current: Stand, next: Stand) -> String {
        verdict(&[(Some(View::Current), current), (Some(View::Next), next)]).0.to_string()
    }

    #[test]
    fn two_views_give_one_verdict() {
        use Stand::{In, Out};
        let timeout = || Stand::Unknown(UnknownReason::Timeout, String::new());
        let nothing = || Stand::Nothing(NotApplicableReason::Absent, String::new());
        let unmet = || Stand::Nothing(NotApplicableReason::Condition, String::new());
        for (current, next, expected) in [
            (In, In, "within"),
            (Out, Out, "outside"),
            (In, Out, "pending"),
            (Out, In, "pending"),
            (Out, timeout(), "outside"),
            (timeout(), Out, "outside"),
            (In, timeout(), "unknown(timeout)"),
            (timeout(), In, "unknown(timeout)"),
            (nothing(), nothing(), "not-applicable(absent)"),
            (nothing(), In, "unknown(not-captured)"),
            (nothing(), timeout(), "unknown(timeout)"),
            (nothing(), Out, "outside"),
            (unmet(), unmet(), "not-applicable(condition)"),
            (unmet(), In, "within"),
            (unmet(), Out, "pending"),
            (Out, unmet(), "pending"),
            (unmet(), timeout(), "unknown(timeout)"),
        ] {
            assert_eq!(of(current.clone(), next.clone()), expected, "{current:?} {next:?}");
        }
        assert_eq!(verdict(&[]).0.to_string(), "unknown(not-captured)", "nothing judged is not inside");
    }
}
