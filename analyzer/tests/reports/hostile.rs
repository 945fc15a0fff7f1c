//! Nothing in a bundle acts in a report: not in a browser, a terminal, a ticket system or a job's log.

use mlx5_analyzer::report::Format;
use mlx5_schemas::model::baseline::Severity;
use mlx5_schemas::model::fact::{Evidence, Knowledge, Subject, Value};
use mlx5_schemas::model::reference::Reference;
use mlx5_schemas::model::report::{Finding, Report, ReportResult};
use mlx5_schemas::model::verdict::{CapReason, Verdict};

use super::made::{bundle, cap, device, finding, rendered, report, verdicts};

/// Addresses in here must never be asked for.
pub(crate) const NASTY: [&str; 19] = [
    "<script>document.title='acted';fetch('http://canary.invalid/script')</script>",
    "\"><img src=http://canary.invalid/img onerror=alert(1)>",
    "' onmouseover='alert(1)",
    "</title></style></textarea><svg onload=alert(1)>",
    "<!-- --><iframe src=http://canary.invalid/frame></iframe>",
    "<link rel=stylesheet href=http://canary.invalid/css><style>@import 'http://canary.invalid/at'</style>",
    "<meta http-equiv=refresh content='0;url=http://canary.invalid/refresh'>",
    "]]><a xmlns='http://canary.invalid/ns'/>&entity;&#x3c;",
    "\u{1b}[31mred\u{1b}]0;title\u{7}\u{9b}2J",
    "\u{202e}desrever\u{2066}isolated\u{200f}",
    "line\r\n::error file=x::injected\n%0A::warning::%250A",
    "##[error]injected ##vso[task.setvariable variable=x]y ##teamcity[x] ::stop-commands::x",
    "[link](http://canary.invalid/md) ![image](http://canary.invalid/md.png) <http://canary.invalid/auto>",
    "@everyone #1 !2 owner/repo#3 :bug: www.canary.invalid",
    "``` code ``` ` `` | a | b |\n|---|---|\n# heading\n- item",
    "{0} {{1}} {placeholder} [x](1)",
    "javascript:alert(1)",
    "\u{0}\u{fffe}\u{ffff}\u{e0041}\u{ad}",
    "שלום עולם مرحبا",
];

/// A report in which every text is one of them.
pub(crate) fn nasty_report() -> Report {
    let mut nasty = NASTY.iter().cycle();
    let mut next = || (*nasty.next().unwrap()).to_owned();
    let findings = verdicts().into_iter().cycle().take(60).enumerate().map(|(place, verdict)| {
        let made = finding(&format!("{place:012x}"), verdict);
        let mut finding = Finding {
            rule: next(),
            severity: Severity::High,
            path: next(),
            name: next(),
            message: next(),
            why: made.why.as_ref().map(|_| next()),
            remedy: made.remedy.as_ref().map(|_| next()),
            owner: made.owner.as_ref().map(|_| next()),
            expected: made.expected.as_ref().map(|_| next()),
            evidence: vec![Evidence { member: next(), offset: u64::MAX, length: u64::MAX, field: None }],
            references: vec![Reference { title: next(), url: Some(next()) }],
            subject: if place % 2 == 0 {
                Subject::Module { device: next(), module: 3 }
            } else {
                Subject::Device { device: NASTY[0].to_owned() }
            },
            ..made
        };
        for found in &mut finding.found {
            found.knowledge = Some(Knowledge::Known { value: Value::Text { text: next() } });
            found.writer = Some(next());
        }
        if let Some(by) = &mut finding.waiver {
            (by.id, by.reason, by.owner) = (next(), next(), next());
        }
        finding
    });
    let findings = findings.collect();
    let devices = NASTY.map(|text| {
        let mut card = device(text);
        card.firmware = Some(next());
        card.psid = Some(next());
        card.key = Some(next());
        card.summary = next();
        let mut one = cap(CapReason::SharedOwner, Subject::Device { device: text.to_owned() });
        one.message = next();
        card.caps = vec![one];
        card
    });
    let mut review = bundle(devices.to_vec(), findings);
    review.summary = next();
    review.bundle.file = next();
    review.bundle.id = next();
    review.bundle.notes = NASTY.map(str::to_owned).to_vec();
    review.bundle.collector.name = next();
    let mut one = cap(CapReason::NoLockdown, Subject::Host);
    one.message = next();
    review.host_caps = vec![one];
    for device in &mut review.devices {
        device.reasons = vec![next()];
    }
    let mut report = report(vec![review]);
    if let ReportResult::Check(check) = &mut report.result {
        check.troubles = NASTY.map(str::to_owned).to_vec();
        check.policy.allow_unvouched = vec![next()];
        check.baselines[0].name = next();
        check.baselines[0].file = next();
    }
    report
}

/// What moves cursors, reorders or hides text; a line end is the report's own.
fn acts(character: char) -> bool {
    (character.is_control() && character != '\n')
        || matches!(character, '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}'
            | '\u{feff}' | '\u{fffe}' | '\u{ffff}' | '\u{e0000}'..='\u{e0fff}')
}

#[test]
fn no_format_lets_through_what_acts_on_a_terminal() {
    let report = nasty_report();
    for format in Format::ALL {
        let text = rendered(format, &report);
        let bad = text.chars().find(|character| acts(*character));
        assert_eq!(bad, None, "{format:?}");
        if format == Format::Json {
            assert_eq!(serde_json::from_str::<Report>(&text).unwrap(), report, "values stay as they are");
        } else if format != Format::Oneline {
            assert!(text.contains("desrever"), "{format:?} says it, only visibly");
        }
    }
}

/// Whatever format stands in a job's log.
#[test]
fn no_format_has_a_command_of_a_job_s_log_that_is_not_its_own() {
    for format in Format::ALL {
        for line in rendered(format, &nasty_report()).lines() {
            let bad = ["##[", "##vso[", "##teamcity["].iter().any(|bad| line.contains(bad));
            assert!(!bad, "{format:?}: {line}");
            assert!(format == Format::Github || !line.trim_start().starts_with("::"), "{format:?}: {line}");
        }
    }
}

#[test]
fn html_has_only_the_elements_that_it_makes() {
    let text = rendered(Format::Html, &nasty_report());
    let page = roxmltree::Document::parse(text.strip_prefix("<!DOCTYPE html>\n").unwrap()).unwrap();
    for node in page.descendants().filter(roxmltree::Node::is_element) {
        let name = node.tag_name().name();
        let forbidden =
            ["script", "img", "iframe", "svg", "link", "object", "embed", "form", "base", "textarea"];
        assert!(!forbidden.contains(&name), "<{name}>");
        for attribute in node.attributes() {
            assert!(!attribute.name().starts_with("on") && attribute.name() != "style", "{attribute:?}");
            if attribute.name() == "href" {
                let is_safe =
                    ["https://", "http://", "#"].iter().any(|start| attribute.value().starts_with(start));
                assert!(is_safe, "{attribute:?}");
            }
            assert_ne!(attribute.name(), "src");
        }
    }
    assert_eq!(page.descendants().filter(|node| node.has_tag_name("style")).count(), 1);
}

#[test]
fn a_jobs_log_has_only_our_commands() {
    let text = rendered(Format::Github, &nasty_report());
    for line in text.lines() {
        let kind = line.strip_prefix("::").and_then(|line| line.split_once(" title=")).map(|(kind, _)| kind);
        assert!(matches!(kind, Some("error" | "warning" | "notice")), "{line}");
        // GitHub undoes these and would see a line end again.
        assert!(!line.contains("%0A") && !line.contains("%0D"), "{line}");
    }
}

/// Outside of code spans nothing is left that a site makes something of.
#[test]
fn markdown_outside_of_code_is_plain() {
    let text = rendered(Format::Markdown, &nasty_report());
    for line in text.lines() {
        let plain = without_code(line);
        let bad = ["<", "](", "@", "://", "www.", "#1", "!", "&", "{", "javascript:", "~"];
        assert!(!bad.iter().any(|bad| plain.contains(bad)), "{line}\n{plain}");
        let starts = ["## ", "### ", "#### ", "- ", "  - ", "| ", "|-", "By ", "`", ""];
        let known =
            starts.iter().any(|start| !start.is_empty() && line.starts_with(start)) || line.is_empty();
        assert!(known, "{line}");
        if line.starts_with('|') {
            let cells = line.replace("\\|", "").matches('|').count();
            assert_eq!(cells, 8, "{line}");
        }
    }
}

/// Code spans as CommonMark finds them: from a run of backticks to the next run of the same length.
fn without_code(line: &str) -> String {
    let mut plain = String::new();
    let mut rest = line;
    while let Some(start) = rest.find('`') {
        plain.push_str(&rest[..start]);
        let run = rest[start..].chars().take_while(|character| *character == '`').count();
        let after = &rest[start + run..];
        let mut at = 0;
        let end = loop {
            let Some(next) = after[at..].find('`') else { break None };
            let length = after[at + next..].chars().take_while(|character| *character == '`').count();
            if length == run {
                break Some(at + next + length);
            }
            at += next + length;
        };
        match end {
            Some(end) => rest = &after[end..],
            None => {
                plain.push_str(&rest[start..start + run]);
                rest = after;
            }
        }
    }
    plain + rest
}

#[test]
fn a_script_in_a_bundle_is_text_in_every_format() {
    let script = Finding { name: NASTY[0].to_owned(), ..finding("0123456789ab", Verdict::Outside) };
    let report = report(vec![bundle(vec![device(crate::support::CARD)], vec![script])]);
    for (format, wanted) in [
        (Format::Html, "&lt;script&gt;document.title=&#39;acted&#39;"),
        (Format::Junit, "&lt;script&gt;"),
        (Format::Xccdf, "&lt;script&gt;"),
        (Format::Markdown, "`<script>document.title='acted';fetch('http://canary.invalid/script')</script>`"),
    ] {
        let text = rendered(format, &report);
        assert!(text.contains(wanted), "{format:?}\n{text}");
    }
}
