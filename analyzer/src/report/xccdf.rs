//! XCCDF 1.2: a benchmark of the rules that left findings, and a test result for each bundle.
//!
//! oscap refuses a test result without its benchmark. Each finding is one `rule-result` with the device and the fact as
//! its instances; how much the evidence carries is a message. A waiver is an `override` that remarks on the failure and
//! leaves it one, as the standard foresees: it is accepted, not gone. What is waived has a test result of its own, because
//! oscap's rules want an override at every `rule-result` of a test result that has one.
//!
//! Must not do: say `notchecked`, which oscap counts as no failure.

use std::collections::BTreeMap;
use std::io::{self, Write};

use mlx5_schemas::model::baseline::Severity;
use mlx5_schemas::model::report::{BundleReview, Finding};
use mlx5_schemas::model::verdict::{Verdict, Word};

use super::markup::Markup;
use super::words::{accepted, said, waived};
use super::{
    Judgement, Saying, WORD_RULE, assurance, cap, counts, deciding, named, place, policy, sayings,
    web_address,
};

const NAMESPACE: &str = "http://checklists.nist.gov/xccdf/1.2";
const SCORING: &str = "urn:xccdf:scoring:absolute";
const TIME: &str = "%Y-%m-%dT%H:%M:%SZ";
/// Name of the rule that is broken by what kept a bundle from being opened or judged.
const TROUBLE_RULE: &str = "trouble";

pub(super) fn write(judgement: &Judgement<'_>, out: &mut dyn Write) -> io::Result<()> {
    let check = judgement.check;
    out.write_all(b"<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n")?;
    let mut markup = Markup::new(out);
    let id = [("xmlns", NAMESPACE), ("id", "xccdf_mlx5-analyzer_benchmark_check")];
    markup.open("Benchmark", &id)?;
    // Rules of which nothing was found are not in it.
    markup.leaf("status", &[], "incomplete")?;
    markup.leaf("title", &[], "Firmware configuration of ConnectX devices")?;
    for (label, text) in policy(check) {
        markup.leaf("description", &[], &format!("{label}: {text}"))?;
    }
    markup.leaf("version", &[], &judgement.report.tool.version)?;
    rules(&mut markup, judgement)?;
    for (number, review) in check.bundles.iter().enumerate() {
        test_result(&mut markup, number, review, judgement)?;
    }
    if !check.troubles.is_empty() {
        of_troubles(&mut markup, judgement)?;
    }
    markup.close("Benchmark")
}

/// Trouble with the run has a test result of its own: a bundle that was not opened has none.
fn of_troubles(markup: &mut Markup<'_>, judgement: &Judgement<'_>) -> io::Result<()> {
    let check = judgement.check;
    // The form demands a time; where no bundle was opened there is none.
    let time = check.bundles.first().map(|review| review.bundle.created).unwrap_or_default();
    let time = time.format(TIME).to_string();
    let system = system(judgement);
    let id = "xccdf_mlx5-analyzer_testresult_trouble";
    markup.open("TestResult", &[("id", id), ("end-time", &time), ("test-system", &system)])?;
    markup.leaf("title", &[], &format!("trouble with the run: {}", check.troubles.len()))?;
    markup.leaf("target", &[], "the run")?;
    let id = rule_id(TROUBLE_RULE);
    for trouble in &check.troubles {
        markup.open("rule-result", &[("idref", &id), ("time", &time), ("severity", "high")])?;
        markup.leaf("result", &[], "error")?;
        markup.leaf("message", &[("severity", "error")], trouble)?;
        markup.close("rule-result")?;
    }
    markup.leaf("score", &[("system", SCORING), ("maximum", "1")], "0")?;
    markup.close("TestResult")
}

fn system(judgement: &Judgement<'_>) -> String {
    format!("{} {}", judgement.report.tool.name, judgement.report.tool.version)
}

fn rules(markup: &mut Markup<'_>, judgement: &Judgement<'_>) -> io::Result<()> {
    let mut rules: BTreeMap<&str, &Finding> = BTreeMap::new();
    for finding in judgement.check.bundles.iter().flat_map(|bundle| &bundle.findings) {
        let known = rules.entry(&finding.rule).or_insert(finding);
        // Quiet findings do not repeat what the rule says of itself.
        if known.why.is_none() && known.remedy.is_none() {
            *known = finding;
        }
    }
    let own = [
        (WORD_RULE, "The word: inside, outside, or cannot be vouched for"),
        (TROUBLE_RULE, "Everything that was given was opened and judged"),
    ];
    for (name, title) in own {
        let id = rule_id(name);
        markup.open("Rule", &[("id", &id), ("multiple", "true"), ("severity", "high")])?;
        markup.leaf("title", &[], title)?;
        markup.close("Rule")?;
    }
    for (name, finding) in rules {
        let id = rule_id(name);
        markup
            .open("Rule", &[("id", &id), ("multiple", "true"), ("severity", severity(finding.severity))])?;
        markup.leaf("title", &[], name)?;
        for reference in &finding.references {
            match reference.url.as_deref().map(|url| (url, web_address(url))) {
                Some((_, Some(web))) => markup.leaf("reference", &[("href", web)], &reference.title)?,
                Some((url, None)) => markup.leaf("reference", &[], &format!("{} {url}", reference.title))?,
                None => markup.leaf("reference", &[], &reference.title)?,
            }
        }
        if let Some(why) = &finding.why {
            markup.leaf("rationale", &[], why)?;
        }
        if let Some(remedy) = &finding.remedy {
            markup.leaf("fixtext", &[], remedy)?;
        }
        markup.close("Rule")?;
    }
    Ok(())
}

fn test_result(
    markup: &mut Markup<'_>,
    number: usize,
    review: &BundleReview,
    judgement: &Judgement<'_>,
) -> io::Result<()> {
    let number = number.saturating_add(1);
    let sayings = sayings(review);
    let (waived, others): (Vec<&Finding>, Vec<&Finding>) =
        review.findings.iter().partition(|finding| finding.verdict == Verdict::Waived);
    let title = format!("{}: {}", review.words(), counts(&review.counts));
    let whole = sayings.iter().all(|saying| saying.word == Word::Inside);
    let result = Results { id: number.to_string(), title, sayings: &sayings, findings: &others, whole };
    results(markup, review, judgement, &result)?;
    if !waived.is_empty() {
        let title = format!("outside, and accepted by waivers: {}", waived.len());
        let result =
            Results { id: format!("{number}-waived"), title, sayings: &[], findings: &waived, whole: false };
        results(markup, review, judgement, &result)?;
    }
    Ok(())
}

/// What one test result holds.
struct Results<'r> {
    id: String,
    title: String,
    sayings: &'r [Saying<'r>],
    findings: &'r [&'r Finding],
    /// Whether all of it passes.
    whole: bool,
}

fn results(
    markup: &mut Markup<'_>,
    review: &BundleReview,
    judgement: &Judgement<'_>,
    results: &Results<'_>,
) -> io::Result<()> {
    let id = format!("xccdf_mlx5-analyzer_testresult_{}", results.id);
    // The results depend on nothing later than the evidence, so its time is theirs.
    let time = review.bundle.created.format(TIME).to_string();
    let system = system(judgement);
    let attributes = [("id", id.as_str()), ("end-time", &time), ("test-system", &system)];
    markup.open("TestResult", &attributes)?;
    markup.leaf("title", &[], &results.title)?;
    for one in review.host_caps.iter().chain(review.devices.iter().flat_map(|device| &device.caps)) {
        markup.leaf("remark", &[], &format!("assurance of {}: {}", one.subject, cap(one)))?;
    }
    markup.leaf("target", &[], &review.bundle.file)?;
    for saying in results.sayings {
        of_saying(markup, saying, &time)?;
    }
    for finding in results.findings {
        of_finding(markup, review, finding, &time)?;
    }
    let score = if results.whole { "1" } else { "0" };
    markup.leaf("score", &[("system", SCORING), ("maximum", "1")], score)?;
    markup.close("TestResult")
}

fn of_saying(markup: &mut Markup<'_>, saying: &Saying<'_>, time: &str) -> io::Result<()> {
    let id = rule_id(WORD_RULE);
    markup.open("rule-result", &[("idref", &id), ("time", time), ("severity", "high")])?;
    let result = match saying.word {
        Word::Inside => "pass",
        Word::Outside => "fail",
        Word::CannotBeVouchedFor => "unknown",
    };
    markup.leaf("result", &[], result)?;
    markup.leaf("message", &[("severity", "info")], &saying.words())?;
    markup.leaf("instance", &[("context", "subject")], saying.subject())?;
    markup.close("rule-result")
}

fn of_finding(
    markup: &mut Markup<'_>,
    review: &BundleReview,
    finding: &Finding,
    time: &str,
) -> io::Result<()> {
    let id = rule_id(&finding.rule);
    let result = result(finding.verdict);
    let attributes = [("idref", id.as_str()), ("time", time), ("severity", severity(finding.severity))];
    markup.open("rule-result", &attributes)?;
    markup.leaf("result", &[], result)?;
    if finding.verdict == Verdict::Waived {
        let (owner, remark) = match &finding.waiver {
            Some(by) => (by.owner.as_str(), waived(by)),
            None => ("", "waived".to_owned()),
        };
        markup.open("override", &[("time", time), ("authority", owner)])?;
        markup.leaf("old-result", &[], result)?;
        markup.leaf("new-result", &[], result)?;
        markup.leaf("remark", &[], &remark)?;
        markup.close("override")?;
    }
    let info = [("severity", "info")];
    markup.leaf(
        "message",
        &info,
        &format!("{}: {}{}", named(&[finding]), said(finding), accepted(finding)),
    )?;
    markup.leaf("message", &info, &format!("verdict {}", finding.verdict))?;
    let level = assurance(finding.assurance, &deciding(review, finding));
    markup.leaf("message", &info, &format!("assurance {level}"))?;
    markup.leaf("message", &info, &format!("finding {}", finding.id))?;
    if let Some(evidence) = finding.evidence.first() {
        markup.leaf("message", &info, &format!("bytes {}", place(evidence)))?;
    }
    markup.leaf("instance", &[("context", "subject")], &finding.subject.to_string())?;
    if !finding.path.is_empty() {
        markup.leaf("instance", &[("context", "fact")], &finding.path)?;
    }
    markup.close("rule-result")
}

fn result(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Within => "pass",
        Verdict::Waived | Verdict::Pending | Verdict::Outside => "fail",
        Verdict::Unknown { .. } => "unknown",
        Verdict::NotApplicable { .. } => "notapplicable",
        Verdict::NotSelected => "notselected",
        Verdict::Informational => "informational",
        Verdict::Error => "error",
    }
}

/// XCCDF has nothing above high.
fn severity(severity: Severity) -> &'static str {
    match severity {
        Severity::Low => "low",
        Severity::Medium => "medium",
        Severity::High | Severity::Critical => "high",
    }
}

/// A rule's name as an XML name: a slash is a dot, what else has no place in one is written by its number.
fn rule_id(name: &str) -> String {
    let mut id = "xccdf_mlx5-analyzer_rule_".to_owned();
    for character in name.chars() {
        match character {
            'a'..='z' | 'A'..='Z' | '0'..='9' | '-' => id.push(character),
            '/' => id.push('.'),
            other => id.push_str(&format!("_x{:x}_", u32::from(other))),
        }
    }
    id
}
