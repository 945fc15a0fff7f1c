//! SARIF 2.1.0: one run, a result for each finding that asks for somebody's attention.
//!
//! GitHub documents no `kind` and shows every result as an alert; so what is within, not applicable, not selected or said
//! for context is no result but counted in the run's properties, where assurance and policy of each bundle are too.
//! Places are members of the bundle, which is their parent: the bundle's own name changes from run to run.
//!
//! Must not do: give a result that is no failure a level (SARIF 3.27.10), or name a host to fetch anything from.

use std::collections::BTreeMap;
use std::io::{self, Write};

use mlx5_schemas::model::baseline::Severity;
use mlx5_schemas::model::fact::Evidence;
use mlx5_schemas::model::report::{BundleReview, CheckReport, DeviceReview, Finding};
use mlx5_schemas::model::verdict::Word;
use serde_json::{Map, Value, json};

use super::fingerprint::{Fingerprints, digest};
use super::words::{said, waived};
use super::{
    Judgement, Rank, Saying, WORD_RULE, assurance, cap, deciding, deciding_of_device, named, policy, rows,
    sayings,
};
use crate::sanitize::sanitize;

/// Where what is about a bundle as a whole is shown.
const MANIFEST: &str = "manifest.json";

pub(super) fn write(judgement: &Judgement<'_>, out: &mut dyn Write) -> io::Result<()> {
    let check = judgement.check;
    let mut fingerprints = Fingerprints::default();
    let mut artifacts = Artifacts::default();
    let mut rules = Rules::default();
    let (mut results, mut notifications) = (Vec::new(), Vec::new());
    for trouble in &check.troubles {
        notifications.push(json!({"level": "error", "message": {"text": door(trouble)}}));
    }
    for review in &check.bundles {
        let bundle = artifacts.bundle(review);
        for saying in sayings(review) {
            let fingerprint = fingerprints.of_saying(&saying);
            if saying.word == Word::CannotBeVouchedFor {
                let rule = rules.word();
                let manifest = artifacts.place(bundle, None);
                results.push(of_saying(&saying, rule, &manifest, &fingerprint));
            }
        }
        for finding in &review.findings {
            let fingerprint = fingerprints.of(review, finding);
            let kind = match Rank::of(finding) {
                Rank::Outside | Rank::Pending | Rank::Waived => "fail",
                Rank::Unknown => "review",
                Rank::Error => "",
                Rank::Advisory | Rank::Informational | Rank::Quiet => continue,
            };
            let rule = rules.of(finding);
            let locations = locations(&mut artifacts, bundle, finding);
            let result = of_finding(review, finding, rule, locations, &fingerprint);
            if kind.is_empty() {
                notifications.push(notification(result));
            } else {
                results.push(with_kind(result, kind, finding));
            }
        }
    }
    if let Some(first) = check.troubles.first() {
        // A notification alone is shown nowhere, and no results look like success.
        results.push(of_run(rules.word(), first, check.troubles.len()));
    }
    let tool = &judgement.report.tool;
    let log = json!({
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [{
            "tool": {"driver": {
                "name": tool.name,
                "version": tool.version,
                "rules": rules.list,
                "properties": {"catalogSha256": tool.catalog_sha256},
            }},
            "columnKind": "unicodeCodePoints",
            "invocations": [{
                "executionSuccessful": notifications.is_empty(),
                "exitCode": check.exit_code,
                "toolExecutionNotifications": notifications,
            }],
            "artifacts": artifacts.list,
            "results": results,
            "properties": properties(check),
        }],
    });
    serde_json::to_writer_pretty(&mut *out, &log)?;
    out.write_all(b"\n")
}

/// What the run as a whole says: counts, policy, and bundle by bundle words and assurance.
fn properties(check: &CheckReport) -> Value {
    let policy: Vec<Value> =
        policy(check).into_iter().map(|(label, text)| json!({label: door(&text)})).collect();
    let device = |review: &BundleReview, device: &DeviceReview| {
        json!({
            "id": door(&device.id),
            "word": device.word.map(Word::words),
            "assurance": assurance(device.assurance, &deciding_of_device(review, device)),
            "caps": device.caps.iter().map(|one| door(&cap(one))).collect::<Vec<_>>(),
            "counts": device.counts,
        })
    };
    let bundles: Vec<Value> = check
        .bundles
        .iter()
        .map(|review| {
            json!({
                "file": door(&review.bundle.file),
                "id": door(&review.bundle.id),
                "word": review.words(),
                "hostCaps": review.host_caps.iter().map(|one| door(&cap(one))).collect::<Vec<_>>(),
                "counts": review.counts,
                "devices": review.devices.iter().map(|one| device(review, one)).collect::<Vec<_>>(),
            })
        })
        .collect();
    json!({
        "word": check.words(),
        "counts": check.counts,
        "minAssurance": check.min_assurance,
        "policy": policy,
        "bundles": bundles,
    })
}

/// A result or a notification before it is known which.
fn of_finding(
    review: &BundleReview,
    finding: &Finding,
    rule: usize,
    locations: Vec<Value>,
    fingerprint: &str,
) -> Value {
    let words = format!("{} on {}: {}", named(&[finding]), finding.subject, said(finding));
    let mut properties: Map<String, Value> = rows(review, &[finding])
        .into_iter()
        .map(|(label, text)| (label.to_owned(), door(&text).into()))
        .collect();
    properties.insert("bundle".to_owned(), door(&review.bundle.file).into());
    properties
        .insert("assurance".to_owned(), assurance(finding.assurance, &deciding(review, finding)).into());
    json!({
        "ruleId": door(&finding.rule),
        "ruleIndex": rule,
        "message": {"text": door(&words)},
        "locations": locations,
        "partialFingerprints": fingerprints_of(fingerprint),
        "properties": properties,
    })
}

/// GitHub looks at the first name only.
fn fingerprints_of(fingerprint: &str) -> Value {
    json!({"primaryLocationLineHash": fingerprint, "findingOnDevice/v1": fingerprint})
}

fn with_kind(mut result: Value, kind: &str, finding: &Finding) -> Value {
    result["kind"] = kind.into();
    result["level"] = if kind == "fail" { level(finding) } else { "none" }.into();
    if let Some(by) = &finding.waiver {
        result["suppressions"] =
            json!([{"kind": "external", "status": "accepted", "justification": door(&waived(by))}]);
    } else if Rank::of(finding) == Rank::Waived {
        result["suppressions"] = json!([{"kind": "external", "status": "accepted"}]);
    }
    result
}

fn level(finding: &Finding) -> &'static str {
    match (Rank::of(finding), finding.severity) {
        (Rank::Pending, _) | (_, Severity::Medium) => "warning",
        (_, Severity::Critical | Severity::High) => "error",
        (_, Severity::Low) => "note",
    }
}

/// A notification has no kind and no fingerprint; what it says is the same.
fn notification(result: Value) -> Value {
    json!({
        "level": "error",
        "message": result["message"],
        "locations": result["locations"],
        "associatedRule": {"id": result["ruleId"], "index": result["ruleIndex"]},
        "properties": result["properties"],
    })
}

fn of_saying(saying: &Saying<'_>, rule: usize, place: &Value, fingerprint: &str) -> Value {
    json!({
        "ruleId": WORD_RULE,
        "ruleIndex": rule,
        "kind": "review",
        "level": "none",
        "message": {"text": door(&saying.words())},
        "locations": [{
            "physicalLocation": place,
            "logicalLocations": [{"fullyQualifiedName": door(saying.subject()), "kind": "resource"}],
        }],
        "partialFingerprints": fingerprints_of(fingerprint),
        "properties": {"bundle": door(&saying.review.bundle.file), "assurance": saying.assurance()},
    })
}

/// That a run had trouble: not all of what was given was judged.
fn of_run(rule: usize, first: &str, troubles: usize) -> Value {
    let words = format!("not all of the run can be vouched for; trouble {troubles} times, first: {first}");
    json!({
        "ruleId": WORD_RULE,
        "ruleIndex": rule,
        "kind": "review",
        "level": "none",
        "message": {"text": door(&words)},
        "locations": [{"physicalLocation": {
            "artifactLocation": {"uri": MANIFEST},
            "region": {"startLine": 1},
        }}],
        "partialFingerprints": fingerprints_of(&digest(&[WORD_RULE, "the run"])),
        "properties": {"assurance": "none"},
    })
}

fn locations(artifacts: &mut Artifacts, bundle: usize, finding: &Finding) -> Vec<Value> {
    let path = if finding.path.is_empty() { String::new() } else { format!("/{}", finding.path) };
    let name = format!("{}{path}", finding.subject);
    let mut locations: Vec<Value> = Vec::new();
    for evidence in &finding.evidence {
        locations.push(json!({
            "physicalLocation": artifacts.place(bundle, Some(evidence)),
            "logicalLocations": [{"fullyQualifiedName": door(&name), "kind": "resource"}],
        }));
    }
    locations
}

/// The rules that have results.
#[derive(Default)]
struct Rules {
    list: Vec<Value>,
    places: BTreeMap<String, usize>,
}

impl Rules {
    fn of(&mut self, finding: &Finding) -> usize {
        self.place(&finding.rule, || {
            let why = finding.why.as_deref().unwrap_or("A rule without a reason of its own.");
            let mut help: Vec<String> = finding.remedy.iter().cloned().collect();
            for reference in &finding.references {
                let url = reference.url.as_ref().map(|url| format!(" {url}")).unwrap_or_default();
                help.push(format!("See {}{url}", reference.title));
            }
            let mut rule = json!({
                "id": door(&finding.rule),
                "shortDescription": {"text": door(&format!("Rule {}", finding.rule))},
                "fullDescription": {"text": door(why)},
                "properties": {"severity": finding.severity.word(), "owner": finding.owner.as_deref().map(door)},
            });
            if !help.is_empty() {
                rule["help"] = json!({"text": door(&help.join(". "))});
            }
            rule
        })
    }

    fn word(&mut self) -> usize {
        self.place(WORD_RULE, || {
            json!({
                "id": WORD_RULE,
                "shortDescription": {"text": "The word on a device or a bundle"},
                "fullDescription": {"text": "Not everything that the envelope names was read, or the evidence carries less than it demands, or no envelope was given, or the run had trouble."},
            })
        })
    }

    fn place(&mut self, name: &str, make: impl FnOnce() -> Value) -> usize {
        if let Some(place) = self.places.get(name) {
            return *place;
        }
        let place = self.list.len();
        self.places.insert(name.to_owned(), place);
        self.list.push(make());
        place
    }
}

/// Bundles and the members in them that results point at.
#[derive(Default)]
struct Artifacts {
    list: Vec<Value>,
    places: BTreeMap<(usize, String), usize>,
}

impl Artifacts {
    fn bundle(&mut self, review: &BundleReview) -> usize {
        let place = self.list.len();
        self.list.push(json!({
            "location": {"uri": uri(&review.bundle.file)},
            "description": {"text": door(&format!("Bundle {}", review.bundle.id))},
        }));
        place
    }

    /// A place in a member; without evidence the manifest.
    fn place(&mut self, bundle: usize, evidence: Option<&Evidence>) -> Value {
        let member = evidence.map_or(MANIFEST, |evidence| evidence.member.as_str());
        let uri = uri(member);
        let next = self.list.len();
        let index = *self.places.entry((bundle, uri.clone())).or_insert(next);
        if index == next {
            self.list.push(json!({"location": {"uri": uri}, "parentIndex": bundle}));
        }
        // GitHub wants a line; where the bytes are is beside it.
        let mut region = json!({"startLine": 1});
        let small = |number: u64| i32::try_from(number).ok();
        if let Some((offset, length)) = evidence.and_then(|at| small(at.offset).zip(small(at.length))) {
            // Readers of SARIF keep these in 32 bits.
            region["byteOffset"] = offset.into();
            region["byteLength"] = length.into();
        }
        json!({"artifactLocation": {"uri": uri, "index": index}, "region": region})
    }
}

/// A relative reference (RFC 3986): whatever is no plain character of a path is written by its bytes.
fn uri(name: &str) -> String {
    let mut uri = String::with_capacity(name.len());
    for byte in name.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' | b'/' => {
                uri.push(char::from(byte))
            }
            other => uri.push_str(&format!("%{other:02X}")),
        }
    }
    uri
}

/// Texts are plain: what acts on screens is made visible, `](` would be a link (3.11.6), and braces would be places for
/// arguments (3.11.5).
fn door(text: &str) -> String {
    sanitize(text).replace("](", "] (").replace('{', "{{").replace('}', "}}")
}
