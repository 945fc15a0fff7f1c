//! The truth table: value verdict, reason, assurance and what is accepted, to word and exit code; and what must hold of
//! any findings.

use mlx5_schemas::model::baseline::Severity;
use mlx5_schemas::model::fact::Subject;
use mlx5_schemas::model::verdict::{NotApplicableReason, UnknownReason};

use proptest::prelude::*;

use super::*;

fn finding(verdict: Verdict, assurance: Assurance) -> Finding {
    Finding {
        id: String::new(),
        rule: "baseline/rule".to_owned(),
        severity: Severity::Medium,
        subject: Subject::Device { device: "0000:3b:00.0".to_owned() },
        path: "nv/0:0x080.total_vfs".to_owned(),
        name: "NUM_OF_VFS".to_owned(),
        verdict,
        message: String::new(),
        why: None,
        sure: None,
        remedy: None,
        references: Vec::new(),
        owner: None,
        waiver: None,
        accepted: Vec::new(),
        expected: None,
        found: Vec::new(),
        provenance: None,
        fold: None,
        assurance,
        evidence: Vec::new(),
    }
}

const UNKNOWN: Verdict = Verdict::Unknown { reason: UnknownReason::Timeout };

/// Every verdict with every reason.
fn verdicts() -> Vec<Verdict> {
    let mut all = vec![
        Verdict::Within,
        Verdict::Waived,
        Verdict::Pending,
        Verdict::Outside,
        Verdict::NotSelected,
        Verdict::Informational,
        Verdict::Error,
    ];
    all.extend(UnknownReason::ALL.iter().map(|reason| Verdict::Unknown { reason: *reason }));
    all.extend(
        [
            NotApplicableReason::Absent,
            NotApplicableReason::ReadOnly,
            NotApplicableReason::Secret,
            NotApplicableReason::VirtualFunction,
            NotApplicableReason::SameCard,
        ]
        .map(|reason| Verdict::NotApplicable { reason }),
    );
    all
}

/// What is accepted of a finding, as [`crate::check::policy`] fills it in.
fn accepting(finding: Finding) -> Finding {
    Finding { accepted: vec!["timeout".to_owned()], ..finding }
}

fn outcome(findings: &[Finding], min: Assurance) -> (Word, u8) {
    let list: Vec<&Finding> = findings.iter().collect();
    let (word, reasons) = judge(&list, min);
    assert_eq!(word == Word::Inside, reasons.is_empty(), "every other word has its reasons");
    (word, exit_code(&count(findings), false, word))
}

const OUTSIDE: (Word, u8) = (Word::Outside, 1);
const FAILED: (Word, u8) = (Word::CannotBeVouchedFor, 2);
const DOUBT: (Word, u8) = (Word::CannotBeVouchedFor, 3);
const INSIDE: (Word, u8) = (Word::Inside, 0);

#[test]
fn one_finding_of_each_verdict_at_each_level_accepted_or_not() {
    for verdict in verdicts() {
        for assurance in Assurance::ALL {
            for min in Assurance::ALL {
                let one = || finding(verdict, assurance);
                let (expected, accepted) = match verdict {
                    Verdict::Outside | Verdict::Pending => (OUTSIDE, OUTSIDE),
                    Verdict::Within | Verdict::Waived if assurance >= min => (INSIDE, INSIDE),
                    Verdict::Within | Verdict::Waived => (DOUBT, INSIDE),
                    Verdict::Error => (FAILED, FAILED),
                    // What is accepted is not judged either: alone it is nothing to be inside.
                    Verdict::Unknown { .. }
                    | Verdict::NotApplicable { .. }
                    | Verdict::NotSelected
                    | Verdict::Informational => (DOUBT, DOUBT),
                };
                assert_eq!(outcome(&[one()], min), expected, "{verdict} {assurance} {min}");
                assert_eq!(
                    outcome(&[accepting(one())], min),
                    accepted,
                    "{verdict} {assurance} {min} accepted"
                );
            }
        }
    }
}

#[test]
fn beside_a_value_that_is_inside() {
    let within = || finding(Verdict::Within, Assurance::Read);
    for verdict in verdicts() {
        let (expected, accepted) = match verdict {
            Verdict::Outside | Verdict::Pending => (OUTSIDE, OUTSIDE),
            Verdict::Error => (FAILED, FAILED),
            Verdict::Unknown { .. } => (DOUBT, INSIDE),
            Verdict::Within
            | Verdict::Waived
            | Verdict::NotApplicable { .. }
            | Verdict::NotSelected
            | Verdict::Informational => (INSIDE, INSIDE),
        };
        let other = || finding(verdict, Assurance::Read);
        assert_eq!(outcome(&[within(), other()], Assurance::Read), expected, "{verdict}");
        assert_eq!(outcome(&[within(), accepting(other())], Assurance::Read), accepted, "{verdict} accepted");
    }
}

/// The table of the manual is what the functions give.
#[test]
fn the_manual_s_table_is_true() {
    let manual = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/verdicts.md");
    let text = std::fs::read_to_string(manual).unwrap();
    let said = |(word, code): (Word, u8)| format!("{}, {code}", word.words());
    for verdict in verdicts() {
        let name = match verdict {
            Verdict::Unknown { .. } => "unknown(…)".to_owned(),
            Verdict::NotApplicable { .. } => "not-applicable(…)".to_owned(),
            Verdict::Within
            | Verdict::Waived
            | Verdict::Pending
            | Verdict::Outside
            | Verdict::NotSelected
            | Verdict::Informational
            | Verdict::Error => verdict.to_string(),
        };
        let within = || finding(Verdict::Within, Assurance::Read);
        let one = |assurance| finding(verdict, assurance);
        let cells = [
            outcome(&[one(Assurance::Read)], Assurance::Read),
            outcome(&[within(), one(Assurance::Read)], Assurance::Read),
            outcome(&[within(), one(Assurance::Claimed)], Assurance::Read),
            outcome(&[within(), accepting(one(Assurance::Claimed))], Assurance::Read),
        ];
        let row = format!("| `{name}` | {} |", cells.map(said).join(" | "));
        assert!(text.contains(&row), "docs/verdicts.md should hold\n{row}");
    }
}

#[test]
fn outside_stays_outside_whatever_else_went_wrong() {
    let findings = [
        finding(Verdict::Outside, Assurance::Claimed),
        finding(Verdict::Error, Assurance::Read),
        finding(UNKNOWN, Assurance::Read),
    ];
    assert_eq!(outcome(&findings, Assurance::Strong), OUTSIDE);
    assert_eq!(exit_code(&count(&findings), true, Word::Outside), 1);
}

#[test]
fn nothing_judged_is_not_inside() {
    assert_eq!(outcome(&[], Assurance::Claimed), DOUBT);
    let (_, reasons) = judge(&[], Assurance::Claimed);
    assert_eq!(reasons, ["no rule judged anything of it"]);
    let accepted = accepting(finding(UNKNOWN, Assurance::Read));
    let (_, reasons) = judge(&[&accepted], Assurance::Claimed);
    assert_eq!(reasons, ["nothing of it was judged: what is accepted is unknown all the same"]);
}

#[test]
fn trouble_comes_before_what_cannot_be_vouched_for() {
    let counts = count(&[finding(UNKNOWN, Assurance::Read)]);
    assert_eq!(exit_code(&counts, true, Word::CannotBeVouchedFor), 2);
    assert_eq!(exit_code(&Counts::default(), true, Word::Inside), 2);
}

/// Findings as there may be: only what lacks something is ever accepted.
fn any_finding() -> impl Strategy<Value = Finding> {
    let parts =
        (prop::sample::select(verdicts()), prop::sample::select(Assurance::ALL.to_vec()), any::<bool>());
    parts.prop_map(|(verdict, assurance, accepted)| {
        let one = finding(verdict, assurance);
        if accepted && can_be_accepted(&one) { accepting(one) } else { one }
    })
}

fn can_be_accepted(finding: &Finding) -> bool {
    matches!(finding.verdict, Verdict::Unknown { .. } | Verdict::Within | Verdict::Waived)
}

fn any_findings() -> impl Strategy<Value = Vec<Finding>> {
    prop::collection::vec(any_finding(), 0..8)
}

fn any_level() -> impl Strategy<Value = Assurance> {
    prop::sample::select(Assurance::ALL.to_vec())
}

proptest! {
    #[test]
    fn a_deviation_is_never_hidden(list in any_findings(), min in any_level(), at in any_level(), is_pending: bool) {
        let verdict = if is_pending { Verdict::Pending } else { Verdict::Outside };
        for place in 0..=list.len() {
            let mut more = list.clone();
            more.insert(place, finding(verdict, at));
            prop_assert_eq!(outcome(&more, min), OUTSIDE);
        }
    }

    #[test]
    fn what_was_not_read_never_improves(list in any_findings(), min in any_level()) {
        let (before, code) = outcome(&list, min);
        let mut more = list;
        more.push(finding(UNKNOWN, Assurance::Strong));
        let (after, code_after) = outcome(&more, min);
        prop_assert_eq!(after, before.max(Word::CannotBeVouchedFor));
        prop_assert_eq!(code_after, if code == 0 { 3 } else { code });
    }

    #[test]
    fn waiving_gives_success_only_where_nothing_else_is_wrong(list in any_findings(), min in any_level()) {
        let is_deviation = |finding: &Finding| matches!(finding.verdict, Verdict::Outside | Verdict::Pending);
        for place in (0..list.len()).filter(|place| list.get(*place).is_some_and(is_deviation)) {
            let mut waived = list.clone();
            waived[place].verdict = Verdict::Waived;
            let mut without = list.clone();
            let assurance = without.remove(place).assurance;
            let (others, _) = outcome(&without, min);
            // Findings that judge nothing leave the waived value alone to speak.
            let others_judge = !judge_is_empty(&without);
            let (_, code) = outcome(&waived, min);
            if code == 0 {
                prop_assert!(assurance >= min);
                prop_assert!(others == Word::Inside || !others_judge);
            }
            if code != 0 && assurance >= min && others_judge {
                prop_assert_ne!(others, Word::Inside);
            }
        }
    }

    #[test]
    fn accepting_changes_no_deviation_and_no_failure(list in any_findings(), min in any_level()) {
        let none: Vec<Finding> = list.iter().cloned().map(|one| Finding { accepted: Vec::new(), ..one }).collect();
        let all: Vec<Finding> = none
            .iter()
            .cloned()
            .map(|one| if can_be_accepted(&one) { accepting(one) } else { one })
            .collect();
        let (strict, code) = outcome(&none, min);
        let (word, code_some) = outcome(&list, min);
        let (lax, code_all) = outcome(&all, min);
        prop_assert!(lax <= word && word <= strict, "accepting more never makes it worse");
        prop_assert_eq!(count(&none), count(&all));
        if code != 3 {
            prop_assert_eq!((code_some, code_all), (code, code));
        }
    }

    #[test]
    fn demanding_more_never_improves_and_order_says_nothing(list in any_findings(), min in any_level()) {
        for more in Assurance::ALL.into_iter().filter(|more| *more >= min) {
            prop_assert!(outcome(&list, more).0 >= outcome(&list, min).0);
        }
        let turned: Vec<Finding> = list.iter().rev().cloned().collect();
        prop_assert_eq!(outcome(&turned, min), outcome(&list, min));
    }

    #[test]
    fn inside_means_read_inside_and_carried(list in any_findings(), min in any_level()) {
        let is_inside = |one: &Finding| matches!(one.verdict, Verdict::Within | Verdict::Waived);
        let (word, code) = outcome(&list, min);
        prop_assert_eq!(word == Word::Inside, code == 0);
        if word == Word::Inside {
            prop_assert!(list.iter().any(is_inside));
            for one in &list {
                let holds = match one.verdict {
                    Verdict::Within | Verdict::Waived => one.assurance >= min || !one.accepted.is_empty(),
                    Verdict::Unknown { .. } => !one.accepted.is_empty(),
                    Verdict::Pending | Verdict::Outside | Verdict::Error => false,
                    Verdict::NotApplicable { .. } | Verdict::NotSelected | Verdict::Informational => true,
                };
                prop_assert!(holds, "{}", one.verdict);
            }
        }
    }
}

/// Whether nothing of the findings holds a word back or lets one be inside.
fn judge_is_empty(findings: &[Finding]) -> bool {
    findings.iter().all(|one| match one.verdict {
        Verdict::NotApplicable { .. } | Verdict::NotSelected | Verdict::Informational => true,
        Verdict::Unknown { .. } => !one.accepted.is_empty(),
        Verdict::Within | Verdict::Waived | Verdict::Pending | Verdict::Outside | Verdict::Error => false,
    })
}
