//! The truth table: value verdict by assurance, to word and exit code.

use mlx5_schemas::model::baseline::Severity;
use mlx5_schemas::model::fact::Subject;
use mlx5_schemas::model::verdict::{NotApplicableReason, UnknownReason};

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
        expected: None,
        found: Vec::new(),
        provenance: None,
        fold: None,
        assurance,
        evidence: Vec::new(),
    }
}

const UNKNOWN: Verdict = Verdict::Unknown { reason: UnknownReason::Timeout };
const ABSENT: Verdict = Verdict::NotApplicable { reason: NotApplicableReason::Absent };
const ALL: [Verdict; 9] = [
    Verdict::Within,
    Verdict::Waived,
    Verdict::Pending,
    Verdict::Outside,
    UNKNOWN,
    ABSENT,
    Verdict::NotSelected,
    Verdict::Informational,
    Verdict::Error,
];

fn outcome(findings: &[Finding], min: Assurance) -> (Word, u8) {
    let list: Vec<&Finding> = findings.iter().collect();
    let (word, reasons) = judge(&list, min);
    assert_eq!(word == Word::Inside, reasons.is_empty(), "every other word has its reasons");
    (word, exit_code(&count(findings), false, word))
}

#[test]
fn one_finding_of_each_verdict_at_each_level() {
    for verdict in ALL {
        for assurance in Assurance::ALL {
            for min in Assurance::ALL {
                let expected = match verdict {
                    Verdict::Outside | Verdict::Pending => (Word::Outside, 1),
                    Verdict::Within | Verdict::Waived if assurance >= min => (Word::Inside, 0),
                    Verdict::Error => (Word::CannotBeVouchedFor, 2),
                    Verdict::Within
                    | Verdict::Waived
                    | Verdict::Unknown { .. }
                    | Verdict::NotApplicable { .. }
                    | Verdict::NotSelected
                    | Verdict::Informational => (Word::CannotBeVouchedFor, 3),
                };
                assert_eq!(
                    outcome(&[finding(verdict, assurance)], min),
                    expected,
                    "{verdict} {assurance} {min}"
                );
            }
        }
    }
}

#[test]
fn beside_a_value_that_is_inside() {
    for verdict in ALL {
        let expected = match verdict {
            Verdict::Outside | Verdict::Pending => (Word::Outside, 1),
            Verdict::Error => (Word::CannotBeVouchedFor, 2),
            Verdict::Unknown { .. } => (Word::CannotBeVouchedFor, 3),
            Verdict::Within
            | Verdict::Waived
            | Verdict::NotApplicable { .. }
            | Verdict::NotSelected
            | Verdict::Informational => (Word::Inside, 0),
        };
        let findings = [finding(Verdict::Within, Assurance::Read), finding(verdict, Assurance::Read)];
        assert_eq!(outcome(&findings, Assurance::Read), expected, "{verdict}");
    }
}

#[test]
fn outside_stays_outside_whatever_else_went_wrong() {
    let findings = [
        finding(Verdict::Outside, Assurance::Claimed),
        finding(Verdict::Error, Assurance::Read),
        finding(UNKNOWN, Assurance::Read),
    ];
    assert_eq!(outcome(&findings, Assurance::Strong), (Word::Outside, 1));
    assert_eq!(exit_code(&count(&findings), true, Word::Outside), 1);
}

#[test]
fn nothing_judged_is_not_inside() {
    assert_eq!(outcome(&[], Assurance::Claimed), (Word::CannotBeVouchedFor, 3));
    let (_, reasons) = judge(&[], Assurance::Claimed);
    assert_eq!(reasons, ["no rule judged anything of it"]);
}

#[test]
fn trouble_comes_before_what_cannot_be_vouched_for() {
    let counts = count(&[finding(UNKNOWN, Assurance::Read)]);
    assert_eq!(exit_code(&counts, true, Word::CannotBeVouchedFor), 2);
    assert_eq!(exit_code(&Counts::default(), true, Word::Inside), 2);
}
