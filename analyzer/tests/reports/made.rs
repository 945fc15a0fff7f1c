//! Reports for tests, made of findings without a bundle.
//!
//! Must not do: render, or decide words and counts otherwise than `check` does.

use mlx5_analyzer::check::count;
use mlx5_analyzer::check::review::{add, exit_code, judge, worst};
use mlx5_analyzer::report::{Format, Judgement, render};
use mlx5_schemas::model::baseline::Severity;
use mlx5_schemas::model::fact::{Evidence, FieldPlace, Knowledge, Subject, Value, View};
use mlx5_schemas::model::known_issue::Sure;
use mlx5_schemas::model::manifest::{Ending, Seal, Source, Tool};
use mlx5_schemas::model::reference::Reference;
use mlx5_schemas::model::report::{
    BundleIdentity, BundleReview, CheckReport, Counts, DeviceReview, Finding, Found, REPORT_SCHEMA,
    REPORT_VERSION, Report, ReportResult, SignatureReport, Signer,
};
use mlx5_schemas::model::verdict::{
    Assurance, Cap, CapReason, NotApplicableReason, UnknownReason, Verdict, Word,
};

use serde_json::json;

use crate::support::{CARD, now};

pub(crate) fn device_subject() -> Subject {
    Subject::Device { device: CARD.to_owned() }
}

pub(crate) fn evidence() -> Evidence {
    Evidence {
        member: "devices/0000-3b-00.0/nv.exchanges".to_owned(),
        offset: 754,
        length: 66,
        field: Some(FieldPlace { bit_offset: 272, bit_width: 16 }),
    }
}

/// A finding with everything that its verdict may have.
pub(crate) fn finding(id: &str, verdict: Verdict) -> Finding {
    let number = |number| Some(Knowledge::Known { value: Value::Number { number, name: None } });
    let found = |view, value| Found {
        view: Some(view),
        knowledge: number(value),
        writer: Some("mlxconfig".to_owned()),
        priority: Some("USER".to_owned()),
    };
    let quiet = matches!(verdict, Verdict::Within | Verdict::NotApplicable { .. } | Verdict::NotSelected);
    let mut finding: Finding = of(json!({
        "id": id,
        "rule": "site/virtual-functions",
        "severity": "medium",
        "subject": device_subject(),
        "path": "nv/0:0x080.total_vfs",
        "name": "NUM_OF_VFS",
        "verdict": verdict,
        "message": format!("message of {id}"),
        "assurance": "strong",
        "evidence": [evidence()],
    }));
    if !quiet {
        finding.why = Some("Tested with up to 16.".to_owned());
        finding.remedy = Some("mstconfig -d 3b:00.0 set NUM_OF_VFS=8".to_owned());
        finding.references = vec![reference()];
        finding.owner = Some("network team".to_owned());
        finding.expected = Some("at most 8".to_owned());
        finding.found = vec![found(View::Current, 8), found(View::Next, 16)];
    }
    finding.waiver = (verdict == Verdict::Waived).then(|| {
        of(json!({
            "id": "vfs-2026",
            "reason": "needed by tenant A",
            "owner": "ops@example.org",
            "expires": "2027-01-31",
        }))
    });
    finding
}

/// Members that come later have their defaults.
fn of<T: serde::de::DeserializeOwned>(value: serde_json::Value) -> T {
    serde_json::from_value(value).unwrap()
}

/// An advisory.
pub(crate) fn advisory(id: &str) -> Finding {
    Finding {
        rule: "advisory/warm-reboot".to_owned(),
        sure: Some(Sure::Likely),
        ..finding(id, Verdict::Informational)
    }
}

fn reference() -> Reference {
    Reference {
        title: "SR-IOV guide".to_owned(),
        url: Some("https://docs.example.org/sriov?a=1&b=2".to_owned()),
    }
}

pub(crate) fn cap(reason: CapReason, subject: Subject) -> Cap {
    Cap {
        level: reason.level(),
        reason,
        subject,
        message: format!("because of {}", reason.word()),
        evidence: vec![evidence()],
    }
}

pub(crate) fn device(id: &str) -> DeviceReview {
    of(json!({
        "id": id,
        "key": format!("key of {id}"),
        "firmware": "22.41.1000",
        "psid": "MT_0000000436",
        "word": "inside",
        "counts": Counts::default(),
        "assurance": "strong",
    }))
}

/// A review of devices and findings: words, reasons and counts are what `check` makes of them.
pub(crate) fn bundle(mut devices: Vec<DeviceReview>, findings: Vec<Finding>) -> BundleReview {
    for device in &mut devices {
        let own: Vec<&Finding> =
            findings.iter().filter(|finding| finding.subject.device() == Some(&device.id)).collect();
        let (word, reasons) = judge(&own, Assurance::Read);
        (device.word, device.reasons) = (Some(word), reasons);
        device.counts = count(own);
    }
    let host: Vec<&Finding> = findings.iter().filter(|finding| finding.subject == Subject::Host).collect();
    let host_word = judge(&host, Assurance::Read).0;
    let words = devices.iter().filter_map(|device| device.word);
    let word = worst(words.chain((!host.is_empty()).then_some(host_word))).unwrap_or(host_word);
    of(json!({
        "bundle": identity("ticket 4711.zip"),
        "word": word,
        "summary": "One card, judged by one rule.",
        "counts": count(&findings),
        "host_caps": [],
        "devices": devices,
        "findings": findings,
    }))
}

fn identity(file: &str) -> BundleIdentity {
    BundleIdentity {
        file: file.to_owned(),
        id: "0123456789abcdef".to_owned(),
        created: now(),
        collector: Tool {
            name: "mlx5-collector".to_owned(),
            version: "0.1.0".to_owned(),
            catalog_sha256: "00".repeat(32),
        },
        source: Source::Live,
        complete: true,
        ending: Ending::Finished,
        notes: Vec::new(),
        signature: SignatureReport {
            signer: Signer::Unknown { fingerprint: "SHA256:abc".to_owned() },
            seal: Seal::OneRunKey { fingerprint: "SHA256:abc".to_owned() },
            agrees: true,
        },
    }
}

/// A whole report, with a policy that has everything.
pub(crate) fn report(bundles: Vec<BundleReview>) -> Report {
    let mut counts = Counts::default();
    for bundle in &bundles {
        add(&mut counts, &bundle.counts);
    }
    let word = worst(bundles.iter().map(|bundle| bundle.word)).unwrap_or(Word::CannotBeVouchedFor);
    let waivers = json!({"file": "waivers.json", "sha256": "22".repeat(32), "waivers": 2});
    let baseline = json!({"file": "site.json", "name": "site", "sha256": "11".repeat(32), "rules": 3});
    let check: CheckReport = of(json!({
        "baselines": [baseline],
        "min_assurance": "read",
        "policy": {"require_signature": true, "allow_unvouched": ["timeout"], "waivers": [waivers]},
        "word": word,
        "exit_code": exit_code(&counts, false, word),
        "counts": counts,
        "bundles": bundles,
    }));
    Report {
        schema: REPORT_SCHEMA.to_owned(),
        schema_version: REPORT_VERSION,
        tool: Tool {
            name: "mlx5-analyzer".to_owned(),
            version: "0.1.0".to_owned(),
            catalog_sha256: "33".repeat(32),
        },
        catalog: None,
        result: ReportResult::Check(check),
    }
}

/// What there is to see of every kind: a report for eyes, validators and the frozen form.
pub(crate) fn of_everything() -> Report {
    let mut findings: Vec<Finding> = verdicts()
        .into_iter()
        .enumerate()
        .map(|(place, verdict)| finding(&format!("{place:012x}"), verdict))
        .collect();
    findings.push(advisory("aaaaaaaaaaaa"));
    findings.push(Finding { severity: Severity::Critical, ..finding("bbbbbbbbbbbb", Verdict::Outside) });
    findings.push(Finding {
        subject: Subject::Port { device: CARD.to_owned(), port: 2 },
        severity: Severity::Low,
        rule: "site/link type: any".to_owned(),
        ..finding("cccccccccccc", Verdict::Outside)
    });
    let host = Finding {
        subject: Subject::Host,
        path: String::new(),
        name: String::new(),
        ..advisory("dddddddddddd")
    };
    findings.push(host);
    let mut card = device(CARD);
    card.assurance = Assurance::Read;
    card.caps = vec![cap(CapReason::SharedOwner, device_subject())];
    let mut first = bundle(vec![card], findings);
    first.host_caps = vec![cap(CapReason::NoLockdown, Subject::Host)];
    let within = Finding { assurance: Assurance::Tainted, ..finding("eeeeeeeeeeee", Verdict::Within) };
    let mut tainted = device(CARD);
    tainted.assurance = Assurance::Tainted;
    let mut second = bundle(vec![tainted], vec![within]);
    second.bundle.file = "other.zip".to_owned();
    second.host_caps = vec![cap(CapReason::FwctlTaint, Subject::Host)];
    let mut report = report(vec![first, second]);
    if let ReportResult::Check(check) = &mut report.result {
        check.troubles = vec!["third.zip: cannot be read: no such file".to_owned()];
    }
    report
}

/// A run without an envelope.
pub(crate) fn unjudged() -> Report {
    let mut review = bundle(vec![device(CARD)], vec![advisory("a")]);
    review.judged = false;
    review.word = Word::CannotBeVouchedFor;
    review.devices[0].word = None;
    let mut report = report(vec![review]);
    if let ReportResult::Check(check) = &mut report.result {
        (check.judged, check.word, check.exit_code) = (false, Word::CannotBeVouchedFor, 0);
        check.baselines.clear();
    }
    report
}

/// A run over bundles that could not be opened.
pub(crate) fn of_trouble(troubles: &[&str]) -> Report {
    let mut report = report(Vec::new());
    if let ReportResult::Check(check) = &mut report.result {
        check.troubles = troubles.iter().map(|&trouble| trouble.to_owned()).collect();
        (check.word, check.exit_code) = (Word::CannotBeVouchedFor, 2);
    }
    report
}

pub(crate) fn check_of(report: &Report) -> &CheckReport {
    let ReportResult::Check(check) = &report.result else { panic!("a report of check") };
    check
}

/// The report in a format, without bytes at hand.
pub(crate) fn rendered(format: Format, report: &Report) -> String {
    let mut out = Vec::new();
    render(format, &Judgement::of(report, &|_, _| None).unwrap(), &mut out).unwrap();
    String::from_utf8(out).unwrap()
}

/// Every verdict with every reason. The reasons are those of the schema, so that a new one cannot be forgotten.
pub(crate) fn verdicts() -> Vec<Verdict> {
    let unknown = words_of::<UnknownReason>().into_iter().map(|reason| Verdict::Unknown { reason });
    let inapplicable =
        words_of::<NotApplicableReason>().into_iter().map(|reason| Verdict::NotApplicable { reason });
    let plain = [
        Verdict::Within,
        Verdict::Waived,
        Verdict::Pending,
        Verdict::Outside,
        Verdict::NotSelected,
        Verdict::Informational,
        Verdict::Error,
    ];
    let all: Vec<Verdict> = plain.into_iter().chain(unknown).chain(inapplicable).collect();
    let kinds: std::collections::BTreeSet<&str> = all.iter().map(|verdict| verdict.word()).collect();
    let schema = serde_json::to_value(schemars::schema_for!(Verdict)).unwrap();
    assert_eq!(schema["oneOf"].as_array().unwrap().len(), kinds.len(), "a verdict is missing here");
    all
}

/// Every cap.
pub(crate) fn cap_reasons() -> Vec<CapReason> {
    words_of::<CapReason>()
}

/// The variants of an enumeration of words, as its JSON Schema lists them.
fn words_of<T: schemars::JsonSchema + serde::de::DeserializeOwned>() -> Vec<T> {
    let schema = serde_json::to_value(schemars::schema_for!(T)).unwrap();
    let words = schema["oneOf"].as_array().unwrap().iter().map(|one| one["const"].clone());
    words.map(|word| serde_json::from_value(word).unwrap()).collect()
}
