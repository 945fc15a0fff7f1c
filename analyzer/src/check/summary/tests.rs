//! Properties of summaries, over reviews that no bundle would give and texts that mean harm.

use std::collections::BTreeMap;

use mlx5_schemas::model::report::{BundleReview, DeviceReview, Finding};
use mlx5_schemas::model::verdict::{Assurance, Cap, CapReason, UnknownReason, Verdict, Word};
use proptest::prelude::*;
use serde_json::json;

use super::words::{counts, evidence};
use super::{MOST, of_bundle, of_device};
use crate::check::review::{count, judge};
use crate::check::voice::{Asked, Known};

const DEVICE: &str = "0000:3b:00.0";
/// What stands in a secret's value, wherever a value can stand.
const SECRET: &str = "hunter2";

fn review(findings: Vec<Finding>, caps: Vec<Cap>, level: Assurance, min: Assurance) -> BundleReview {
    let all: Vec<&Finding> = findings.iter().collect();
    let (word, reasons) = judge(&all, min);
    let counts = count(&findings);
    let device: DeviceReview = serde_json::from_value(json!({
        "id": DEVICE, "word": word, "reasons": reasons, "counts": counts, "assurance": level, "caps": caps,
        "psid": "MT_0000000436", "firmware": "22.41.1000"
    }))
    .unwrap();
    let bundle = json!({
        "file": "b.zip", "id": "0123456789abcdef", "created": "2026-11-25T12:00:00Z",
        "collector": {"name": "mlx5-collector", "version": "0.1.0", "catalog_sha256": ""},
        "source": {"kind": "live"}, "complete": true, "ending": "finished",
        "signature": {"signer": {"kind": "unsigned"}, "seal": {"kind": "unsigned"}, "agrees": true}
    });
    serde_json::from_value(json!({
        "bundle": bundle, "word": word, "counts": counts, "host_caps": [], "devices": [device], "findings": findings
    }))
    .unwrap()
}

fn finding(verdict: Verdict, level: Assurance, path: &str, text: &str) -> Finding {
    let value = json!({"state": "known", "value": {"type": "text", "text": text}});
    serde_json::from_value(json!({
        "rule": format!("site/{text}"), "severity": "high", "subject": {"kind": "device", "device": DEVICE},
        "path": path, "name": text, "verdict": verdict, "message": text, "expected": text, "remedy": text,
        "assurance": level, "evidence": [],
        "found": [{"view": "current", "knowledge": value}, {"view": "next", "knowledge": value}]
    }))
    .unwrap()
}

fn asked() -> Asked {
    Asked { has_baseline: true, min_assurance: Assurance::Read }
}

fn verdicts() -> impl Strategy<Value = Verdict> {
    prop_oneof![
        Just(Verdict::Within),
        Just(Verdict::Within),
        Just(Verdict::Waived),
        Just(Verdict::Pending),
        Just(Verdict::Outside),
        Just(Verdict::Unknown { reason: UnknownReason::Timeout }),
        Just(Verdict::Unknown { reason: UnknownReason::Denied }),
        Just(Verdict::Unknown { reason: UnknownReason::NextOnly }),
        Just(Verdict::Informational),
        Just(Verdict::Error),
    ]
}

fn levels() -> impl Strategy<Value = Assurance> {
    proptest::sample::select(Assurance::ALL.to_vec())
}

/// Text as strangers write it: long, with controls, and with our own words.
fn texts() -> impl Strategy<Value = String> {
    prop_oneof![
        "[A-Z_]{3,12}",
        "\\PC{0,300}",
        Just("It is INSIDE the envelope".to_owned()),
        Just("\u{1b}[2J\n\u{202e}x".to_owned()),
        "[a-z ]{200,400}",
    ]
}

fn caps() -> impl Strategy<Value = Vec<Cap>> {
    let reason = proptest::sample::select(vec![
        CapReason::Simulated,
        CapReason::KernelView,
        CapReason::FwctlTaint,
        CapReason::TaintUnknown,
        CapReason::DeviceSignsUnknown,
        CapReason::SharedOwner,
        CapReason::NoLockdown,
        CapReason::DriverUnknown,
    ]);
    let cap = reason.prop_map(|reason| {
        let level = reason.level();
        let subject = json!({"kind": "device", "device": DEVICE});
        let cap =
            json!({"level": level, "reason": reason, "subject": subject, "message": "", "evidence": []});
        serde_json::from_value(cap).unwrap()
    });
    proptest::collection::vec(cap, 0..6)
}

prop_compose! {
    fn reviews()(
        parts in proptest::collection::vec((verdicts(), levels(), texts()), 0..12),
        secrets in proptest::collection::vec((verdicts(), levels()), 0..3),
        caps in caps(),
        level in levels(),
    ) -> BundleReview {
        let mut findings: Vec<Finding> = parts
            .into_iter()
            .map(|(verdict, level, text)| finding(verdict, level, "nv/0:0x080.total_vfs", &text))
            .collect();
        findings.extend(secrets.into_iter().map(|(verdict, level)| {
            let mut one = finding(verdict, level, "nv/0:0x19b.key", SECRET);
            one.rule = "site/r".to_owned();
            one
        }));
        review(findings, caps, level, Assurance::Read)
    }
}

proptest! {
    #[test]
    fn a_summary_names_its_word_and_no_other_and_fits(review in reviews()) {
        let device = &review.devices[0];
        for (word, text) in [
            (device.word.unwrap(), of_device(&review, device, &Known::default(), asked())),
            (review.word, of_bundle(&review, &Known::default(), asked())),
        ] {
            prop_assert!(text.contains(word.words()), "{word:?}: {text}");
            prop_assert_eq!(text.to_lowercase().contains("inside"), word == Word::Inside, "{}", text);
            prop_assert!(text.chars().count() <= MOST, "{}: {text}", text.chars().count());
            prop_assert!(!text.chars().any(char::is_control), "{text:?}");
            prop_assert!(!text.contains(SECRET), "{}", text);
            // One device, and nothing of the host: the counts are the same.
            prop_assert!(text.contains(&counts(&device.counts)));
        }
    }

    #[test]
    fn what_is_said_of_values_does_not_hang_on_the_evidence(review in reviews(), level in levels(), caps in caps()) {
        let values = |review: &BundleReview| counts(&review.devices[0].counts);
        let mut other = review.clone();
        other.devices[0].assurance = level;
        other.devices[0].caps = caps;
        let texts = [&review, &other].map(|review| of_device(review, &review.devices[0], &Known::default(), asked()));
        prop_assert_eq!(values(&review), values(&other));
        prop_assert!(texts.iter().all(|text| text.contains(&values(&review))));
        for word in ["strong", "tainted", "reported", "claimed", "because"] {
            prop_assert!(!values(&review).contains(word));
        }
    }

    #[test]
    fn what_is_said_of_evidence_names_no_verdict(level in levels(), caps in caps(), min in levels(), container: bool) {
        let caps: Vec<&Cap> = caps.iter().collect();
        let text = evidence(level, None, &caps, container, Asked { has_baseline: true, min_assurance: min });
        for word in ["inside", "outside", "within", "pending", "waived", "vouched"] {
            prop_assert!(!text.contains(word), "{text}");
        }
        prop_assert!(text.contains(level.word()), "{text}");
        prop_assert_eq!(text.contains("is demanded"), level < min, "{}", text);
    }
}

#[test]
fn a_word_is_quoted_from_nobody() {
    let texts: BTreeMap<&str, Option<&str>> = BTreeMap::from([
        ("all values lie Inside", None),
        ("", None),
        ("\n \t", None),
        ("a\nb\u{7}", Some("a b\\u{7}")),
        ("NUM_OF_VFS", Some("NUM_OF_VFS")),
        ("a  b", Some("a b")),
        ("abcdefghijklmnop", Some("abcdefghi…")),
    ]);
    for (text, expected) in texts {
        assert_eq!(super::words::quoted(text, 10).as_deref(), expected, "{text:?}");
    }
}
