//! JUnit's XML: a suite for the bundle with its host and one for each device, a test case for each finding.
//!
//! There is no one schema; this keeps to what Jenkins, GitLab and the usual readers take. Outside and pending are
//! failures. What cannot be vouched for is an error and never skipped, because skipped counts as success in places. Each
//! suite begins with a case for the word itself: values may all be within on a host that carries too little.
//!
//! Must not do: let a suite pass whose subject is not inside.

use std::io::{self, Write};

use mlx5_schemas::model::report::{BundleReview, DeviceReview, Finding};
use mlx5_schemas::model::verdict::{Verdict, Word};

use super::markup::Markup;
use super::words::{accepted, on_the_command_line, said, waived};
use super::{
    Judgement, Saying, WORD_RULE, assurance, by_subject, cap, deciding, named, place, policy, rows, sayings,
};
use crate::check::count;

/// What becomes of a test case.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Outcome {
    Passed,
    Failure,
    Error,
    Skipped,
}

/// A test case.
struct Case {
    name: String,
    outcome: Outcome,
    kind: String,
    message: String,
    text: String,
    properties: Vec<(&'static str, String)>,
}

pub(super) fn write(judgement: &Judgement<'_>, out: &mut dyn Write) -> io::Result<()> {
    let check = judgement.check;
    out.write_all(b"<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n")?;
    let mut markup = Markup::new(out);
    markup.open("testsuites", &[("name", "mlx5-analyzer check")])?;
    let policy: Vec<(&str, String)> = policy(check);
    if !check.troubles.is_empty() {
        let cases: Vec<Case> = check.troubles.iter().map(|trouble| of_trouble(trouble)).collect();
        suite(&mut markup, "run", None, &policy, &cases)?;
    }
    for review in &check.bundles {
        let sayings = sayings(review);
        for (subject, findings) in by_subject(review) {
            let saying =
                sayings.iter().find(|saying| saying.device.map(|device| device.id.as_str()) == subject);
            let mut cases: Vec<Case> = saying.map(of_saying).into_iter().collect();
            cases.extend(findings.iter().filter_map(|finding| of_finding(review, finding)));
            let counts = count(findings.iter().copied());
            let mut properties = vec![
                ("bundle", review.bundle.id.clone()),
                // These have no test case.
                ("not-selected", counts.not_selected.to_string()),
                ("informational", counts.informational.to_string()),
            ];
            properties.extend(saying.map(|saying| ("word", saying.word_said().to_owned())));
            properties.extend(saying.map(|saying| ("assurance", saying.assurance())));
            let caps = review
                .host_caps
                .iter()
                .chain(device_of(review, subject).into_iter().flat_map(|one| &one.caps));
            properties.extend(caps.map(|one| ("cap", cap(one))));
            properties.extend(policy.iter().cloned());
            let name = match subject {
                Some(device) => format!("{} {device}", review.bundle.file),
                None => review.bundle.file.clone(),
            };
            suite(&mut markup, &name, Some(review), &properties, &cases)?;
        }
    }
    markup.close("testsuites")
}

fn device_of<'r>(review: &'r BundleReview, id: Option<&str>) -> Option<&'r DeviceReview> {
    review.devices.iter().find(|device| Some(device.id.as_str()) == id)
}

fn suite(
    markup: &mut Markup<'_>,
    name: &str,
    review: Option<&BundleReview>,
    properties: &[(&'static str, String)],
    cases: &[Case],
) -> io::Result<()> {
    let of = |outcome: Outcome| cases.iter().filter(|case| case.outcome == outcome).count().to_string();
    let (tests, failures, errors, skipped) =
        (cases.len().to_string(), of(Outcome::Failure), of(Outcome::Error), of(Outcome::Skipped));
    let time = review.map(|review| review.bundle.created.format("%Y-%m-%dT%H:%M:%S").to_string());
    let mut attributes = vec![
        ("name", name),
        ("tests", &tests),
        ("failures", &failures),
        ("errors", &errors),
        ("skipped", &skipped),
        ("time", "0"),
    ];
    attributes.extend(time.as_deref().map(|time| ("timestamp", time)));
    markup.open("testsuite", &attributes)?;
    write_properties(markup, properties)?;
    for case in cases {
        markup.open("testcase", &[("classname", name), ("name", &case.name), ("time", "0")])?;
        write_properties(markup, &case.properties)?;
        let attributes = [("message", case.message.as_str()), ("type", case.kind.as_str())];
        match case.outcome {
            Outcome::Passed => {}
            Outcome::Failure => markup.leaf("failure", &attributes, &case.text)?,
            Outcome::Error => markup.leaf("error", &attributes, &case.text)?,
            Outcome::Skipped => markup.empty("skipped", &[("message", &case.message)])?,
        }
        markup.close("testcase")?;
    }
    markup.close("testsuite")
}

fn write_properties(markup: &mut Markup<'_>, properties: &[(&'static str, String)]) -> io::Result<()> {
    if properties.is_empty() {
        return Ok(());
    }
    markup.open("properties", &[])?;
    for (name, value) in properties {
        markup.empty("property", &[("name", name), ("value", value)])?;
    }
    markup.close("properties")
}

fn of_trouble(trouble: &str) -> Case {
    Case {
        name: trouble.to_owned(),
        outcome: Outcome::Error,
        kind: "trouble".to_owned(),
        message: trouble.to_owned(),
        text: trouble.to_owned(),
        properties: Vec::new(),
    }
}

fn of_saying(saying: &Saying<'_>) -> Case {
    Case {
        name: WORD_RULE.to_owned(),
        outcome: match saying.word {
            Word::Inside => Outcome::Passed,
            Word::Outside => Outcome::Failure,
            Word::CannotBeVouchedFor => Outcome::Error,
        },
        kind: saying.word_said().replace(' ', "-"),
        message: saying.words(),
        text: saying.words(),
        properties: Vec::new(),
    }
}

/// `None` for what is only counted.
fn of_finding(review: &BundleReview, finding: &Finding) -> Option<Case> {
    let outcome = match finding.verdict {
        Verdict::Within | Verdict::Waived => Outcome::Passed,
        Verdict::Outside | Verdict::Pending => Outcome::Failure,
        // What is accepted on the command line holds a run back as little as its exit code.
        Verdict::Unknown { .. } if !finding.accepted.is_empty() => Outcome::Skipped,
        Verdict::Unknown { .. } | Verdict::Error => Outcome::Error,
        Verdict::NotApplicable { .. } => Outcome::Skipped,
        Verdict::NotSelected | Verdict::Informational => return None,
    };
    let mut properties = vec![
        ("finding", finding.id.clone()),
        ("verdict", finding.verdict.to_string()),
        ("assurance", assurance(finding.assurance, &deciding(review, finding))),
    ];
    properties.extend(finding.waiver.as_ref().map(|by| ("waiver", waived(by))));
    properties.extend(on_the_command_line(finding).map(|words| ("accepted", words)));
    let text: Vec<String> = rows(review, &[finding])
        .into_iter()
        .map(|(label, text)| format!("{label}: {text}"))
        .chain(finding.evidence.iter().map(|evidence| format!("bytes: {}", place(evidence))))
        .collect();
    Some(Case {
        // The subject tells ports and modules apart, the id what is found twice under one name.
        name: format!("{}: {} on {} [{}]", finding.rule, named(&[finding]), finding.subject, finding.id),
        outcome,
        kind: finding.verdict.to_string(),
        message: format!("{}{}", said(finding), accepted(finding)),
        text: text.join("; "),
        properties,
    })
}
