//! The page for people fits a screen: 80 columns, devices of which the same is to be said told once, a cap on a line.

use mlx5_analyzer::report::{Format, alike};
use mlx5_schemas::model::fact::Subject;
use mlx5_schemas::model::report::{DeviceReview, Finding, Fold, FoldCause};
use mlx5_schemas::model::verdict::{Assurance, CapReason, Verdict, Word};

use super::made::{bundle, cap, cap_reasons, device, finding, of_everything, rendered, report};
use crate::support::CARD;

fn virtual_functions() -> Vec<DeviceReview> {
    let functions = (2..256).map(|number| {
        let id = format!("0000:3b:{:02x}.{}", number / 8, number % 8);
        let mut function = device(&id);
        function.summary = format!("{id} is a virtual function.");
        function.shares_with = Some(CARD.to_owned());
        function.assurance = Assurance::Read;
        function.caps = vec![cap(CapReason::SharedOwner, Subject::Device { device: id })];
        function
    });
    functions.collect()
}

#[test]
fn hundreds_of_virtual_functions_fit_a_screen() {
    let mut devices = vec![device(CARD)];
    devices.extend(virtual_functions());
    let mut review = bundle(devices, vec![finding("a", Verdict::Within)]);
    for function in &mut review.devices[1..] {
        (function.word, function.reasons) = (None, Vec::new());
    }
    review.host_caps = cap_reasons().into_iter().take(6).map(|reason| cap(reason, Subject::Host)).collect();
    for cap in &mut review.host_caps {
        cap.message =
            "modules that are not the kernel's own: nvidia (POE), nvidia_uvm (POE), gdrdrv (OE)".to_owned();
    }
    let text = rendered(Format::Text, &report(vec![review]));
    assert!(text.contains("0000:3b:00.2 to 0000:3b:1f.7 (254 alike)"), "{text}");
    let caps = text
        .lines()
        .filter(|line| line.ends_with("(at most claimed)") || line.ends_with("(at most reported)"));
    assert_eq!(caps.count(), 6, "a line for each cap of the host\n{text}");
    assert!(text.lines().count() <= 40, "{} lines\n{text}", text.lines().count());
}

/// No cap's line is longer than the screen, not even that of a device.
#[test]
fn every_cap_is_one_line() {
    let mut card = device(CARD);
    card.caps = cap_reasons()
        .into_iter()
        .map(|reason| cap(reason, Subject::Device { device: CARD.to_owned() }))
        .collect();
    let text = rendered(Format::Text, &report(vec![bundle(vec![card], vec![finding("a", Verdict::Within)])]));
    for reason in cap_reasons() {
        let line = format!("  {}\n", cap(reason, Subject::Host).line());
        assert!(text.contains(&line), "{line}{text}");
    }
    assert!(text.lines().all(|line| line.chars().count() <= 80), "{text}");
}

#[test]
fn devices_that_differ_are_never_told_as_one() {
    let devices = virtual_functions();
    assert_eq!(alike(&devices).len(), 1);
    let changes: [fn(&mut DeviceReview); 7] = [
        |one| one.word = Some(Word::Outside),
        |one| one.assurance = Assurance::Tainted,
        |one| one.caps.clear(),
        |one| one.counts.unknown += 1,
        |one| one.psid = None,
        |one| one.reasons.push("1 unknown".to_owned()),
        |one| one.caps[0].message.push('!'),
    ];
    for change in changes {
        let mut devices = devices.clone();
        change(&mut devices[100]);
        let lengths: Vec<usize> = alike(&devices).iter().map(Vec::len).collect();
        assert_eq!(lengths, [100, 1, 153]);
    }
}

#[test]
fn findings_of_one_cause_are_told_once_with_what_they_share() {
    let of = |id: &str, name: &str, expected: &str| Finding {
        name: name.to_owned(),
        expected: Some(expected.to_owned()),
        message: "no answer in time".to_owned(),
        ..finding(id, Verdict::Unknown { reason: mlx5_schemas::model::verdict::UnknownReason::Timeout })
    };
    let findings = vec![of("a", "NUM_OF_VFS", "8"), of("b", "SRIOV_EN", "True")];
    let text = rendered(Format::Text, &report(vec![bundle(vec![device(CARD)], findings)]));
    assert!(text.contains("  2 findings: NUM_OF_VFS, SRIOV_EN on 0000:3b:00.0\n"), "{text}");
    assert!(text.contains("    finding    a, b\n"), "{text}");
    assert!(!text.contains("    expected"), "what one of them expects is not said of all\n{text}");
    assert!(text.contains("    remedy"), "what they share is\n{text}");
}

/// A fold of the review is told in the place of its findings, with its own words.
#[test]
fn folds_stand_for_their_findings() {
    let denied = Verdict::Unknown { reason: mlx5_schemas::model::verdict::UnknownReason::Denied };
    let findings = ["a", "b", "c"].map(|id| Finding {
        rule: format!("site/{id}"),
        name: format!("SETTING_{id}"),
        fold: (id != "c").then(|| "owner".to_owned()),
        ..finding(id, denied)
    });
    let mut review = bundle(vec![device(CARD)], findings.to_vec());
    review.folds = vec![Fold {
        id: "owner".to_owned(),
        cause: FoldCause::SharedOwner,
        verdict: denied,
        devices: vec![CARD.to_owned()],
        message: "2 settings are kept from this host by the card's owner".to_owned(),
        count: 2,
        first: "a".to_owned(),
        example: "SETTING_a".to_owned(),
        evidence: vec![super::made::evidence()],
    }];
    let report = report(vec![review]);
    for format in [Format::Text, Format::Markdown, Format::Html] {
        let told = super::told::read(format, &rendered(format, &report)).told;
        let gist: Vec<(usize, &str)> =
            told.iter().map(|told| (told.number, told.says.split(" | ").nth(1).unwrap())).collect();
        assert_eq!(told[0].ids, ["a", "b"], "{format:?}");
        assert_eq!(
            gist,
            [
                (2, "unknown(denied): 2 settings are kept from this host by the card's owner"),
                (1, "unknown(denied): message of c")
            ],
            "{format:?}"
        );
    }
}

/// What the summary says is not said again, and what it only seems to say is.
#[test]
fn a_device_says_each_thing_once_and_the_page_ends_with_the_word() {
    let unknown = Verdict::Unknown { reason: mlx5_schemas::model::verdict::UnknownReason::Timeout };
    let page = |summary: &str| {
        let mut review = bundle(vec![device(CARD)], vec![finding("a", unknown)]);
        review.devices[0].summary = summary.to_owned();
        rendered(Format::Text, &report(vec![review]))
    };
    let said = page("Values: 0 within, 0 outside, 0 pending, 1 unknown.");
    assert!(!said.contains("\n  values") && !said.contains("\n  because"), "{said}");
    let other = page("Values: 0 within, 0 outside, 0 pending, 11 unknown.");
    assert!(other.contains("\n  values     0 within, 0 outside, 0 pending, 1 unknown\n"), "{other}");
    assert!(other.contains("\n  because    1 unknown\n"), "{other}");
    assert!(other.ends_with("\n\nCANNOT BE VOUCHED FOR, exit code 3: 1 unknown\n"), "{other}");
}

#[test]
fn no_line_is_longer_than_the_screen() {
    let mut report = of_everything();
    let text = rendered(Format::Text, &report);
    assert!(text.lines().all(|line| line.chars().count() <= 80), "{text}");
    // Bytes may be as long as they like.
    if let mlx5_schemas::model::report::ReportResult::Check(check) = &mut report.result {
        for finding in &mut check.bundles[0].findings {
            finding.evidence[0].member = "devices/".to_owned() + &"long".repeat(60);
        }
    }
    let text = rendered(Format::Text, &report);
    assert!(text.lines().all(|line| line.chars().count() <= 80), "{text}");
}
