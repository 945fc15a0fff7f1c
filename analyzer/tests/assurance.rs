//! Assurance and its caps, over whole bundles.

use mlx5_analyzer::check::{Options, check};
use mlx5_schemas::model::manifest::{Replay, Source, TransportKind};
use mlx5_schemas::model::report::CheckReport;
use mlx5_schemas::model::verdict::{Assurance, Word};
use serde_json::json;

use crate::support::{Bundle, CLEAN, Host, Sealed, card, card_with, changed, faulty, findings, gist, rule};

fn judged(bundle: &Bundle) -> CheckReport {
    bundle.check(&[rule(&["NUM_OF_VFS"], json!({"equals": 8}))])
}

/// Level of the card, names of the caps (host's first), exit code.
fn outcome(bundle: &Bundle) -> (Assurance, Vec<&'static str>, u8) {
    let report = judged(bundle);
    let review = &report.bundles[0];
    let device = &review.devices[0];
    let caps = review.host_caps.iter().chain(&device.caps).map(|cap| cap.reason.word()).collect();
    assert!(review.host_caps.iter().chain(&device.caps).all(|cap| !cap.evidence.is_empty()));
    (device.assurance, caps, report.exit_code)
}

fn on(host: Host) -> Bundle {
    Bundle { host, ..Bundle::of([card()]) }
}

#[test]
fn levels_follow_from_what_the_host_shows() {
    const J: u64 = 524_288;
    for (host, level, caps, code) in [
        (CLEAN, Assurance::Strong, &[][..], 0),
        (Host { lockdown: "none", ..CLEAN }, Assurance::Read, &["no-lockdown"], 0),
        (Host { lockdown: "", ..CLEAN }, Assurance::Read, &["lockdown-unknown"], 0),
        (
            Host { module_taint: "OE", taint: Some(12288), ..CLEAN },
            Assurance::Read,
            &["out-of-tree-driver"],
            0,
        ),
        // Letters of the mask that are not fwctl's are context.
        (Host { taint: Some(0x7ffff), ..CLEAN }, Assurance::Strong, &[], 0),
        (Host { taint: Some(J), ..CLEAN }, Assurance::Tainted, &["fwctl-taint"], 3),
        (Host { taint: None, ..CLEAN }, Assurance::Tainted, &["taint-unknown"], 3),
        // Set while we collected, or not seen again at the end.
        (Host { taint_at_end: Some(J), ..CLEAN }, Assurance::Tainted, &["fwctl-taint"], 3),
        (Host { taint_at_end: None, ..CLEAN }, Assurance::Tainted, &["taint-unknown"], 3),
        (
            Host { without: &["proc/sys/kernel/tainted@end"], ..CLEAN },
            Assurance::Tainted,
            &["taint-unknown"],
            3,
        ),
        (Host { without: &["proc/sys/kernel/tainted"], ..CLEAN }, Assurance::Tainted, &["taint-unknown"], 3),
        // Any letter of a driver's own, and a driver of which nothing is known.
        (Host { module_taint: "X", ..CLEAN }, Assurance::Read, &["out-of-tree-driver"], 0),
        (
            Host { without: &["sys/module/mlx5_fwctl/taint"], ..CLEAN },
            Assurance::Read,
            &["driver-unknown"],
            0,
        ),
        (
            Host { without: &["sys/kernel/security/lockdown"], ..CLEAN },
            Assurance::Read,
            &["lockdown-unknown"],
            0,
        ),
        // The log names somebody, the mask does not show it: not both can be of this boot.
        (Host { requester: Some("mst(9)"), ..CLEAN }, Assurance::Tainted, &["fwctl-taint"], 3),
    ] {
        assert_eq!(outcome(&on(host.clone())), (level, caps.to_vec(), code), "{host:?}");
    }
}

#[test]
fn a_taint_is_one_finding_that_names_process_and_node() {
    let host =
        Host { taint: Some(12288 + 524_288), requester: Some("mstconfig(321)"), module_taint: "OE", ..CLEAN };
    let report = Bundle { host, ..Bundle::of([card()]) }.check(&[rule(&["nv/**"], json!("equals_factory"))]);
    let taints: Vec<_> = findings(&report).filter(|finding| finding.rule == "fwctl-taint").collect();
    assert_eq!(taints.len(), 1);
    assert!(taints[0].message.contains("mstconfig(321) on fwctl0"), "{}", taints[0].message);
    assert_eq!((report.counts.unknown, report.counts.outside, report.counts.informational), (0, 0, 1));
    let device = &report.bundles[0].devices[0];
    assert_eq!(device.word, Some(Word::CannotBeVouchedFor));
    assert_eq!(device.reasons, ["assurance is tainted, below read"]);
    assert_eq!(report.exit_code, 3);
    let options = Options { min_assurance: Some(Assurance::Tainted), ..Options::default() };
    let case = Bundle { host: Host { taint: Some(524_288), ..CLEAN }, ..Bundle::of([card()]) }.case();
    assert_eq!(check(&[Ok(case)], &[rule(&["NUM_OF_VFS"], json!({"equals": 8}))], options).exit_code, 0);
}

#[test]
fn a_taint_says_why_nobody_is_named() {
    let words = |without: &'static [&'static str]| {
        let report = judged(&on(Host { taint: Some(524_288), without, ..CLEAN }));
        report.bundles[0].host_caps[0].message.clone()
    };
    assert!(words(&[]).ends_with("the kernel log does not name it"), "{}", words(&[]));
    assert!(words(&["kernel-log-span"]).ends_with("has lost its beginning and no longer names it"));
    assert!(words(&["kernel-log"]).ends_with("the kernel log, which may name it, was not read"));
}

#[test]
fn a_taint_softens_no_value_outside() {
    let card = changed(json!({"NUM_OF_VFS": 16}), &["current", "next"]);
    let report = judged(&Bundle { host: Host { taint: Some(524_288), ..CLEAN }, ..Bundle::of([card]) });
    assert_eq!((report.word, report.exit_code), (Word::Outside, 1));
}

#[test]
fn the_device_s_own_signs_count() {
    let flag = |flag: &str| card_with(json!({"registers": {"MGIR": [{"fields": {flag: 1}}]}}));
    for name in ["fw_info.dev", "fw_info.debug", "fw_info.dev_sc", "hw_info.development"] {
        let found = outcome(&Bundle::of([flag(name)]));
        assert_eq!(found, (Assurance::Tainted, vec!["development-firmware"], 3), "{name}");
    }
    // Every card has MGIR: that it is refused is no clear sign.
    let refused = faulty(json!({"register": "MGIR"}), json!({"refuse": {"status": 3}}));
    let (level, caps, _) = outcome(&Bundle::of([refused]));
    assert!(level <= Assurance::Tainted && caps.contains(&"device-signs-unknown"), "{level} {caps:?}");
    let token = card_with(
        json!({"registers": {"MDSR": [{}, {"index": {"type_of_token": 1}, "fields": {"status": 2}}]}}),
    );
    assert_eq!(outcome(&Bundle::of([token])), (Assurance::Tainted, vec!["debug-token"], 3));
    let token =
        card_with(json!({"components": [{"identifier": 1, "status": 2}, {"identifier": 7, "status": 1}]}));
    assert_eq!(outcome(&Bundle::of([token])), (Assurance::Tainted, vec!["debug-token"], 3));
    let no_token =
        card_with(json!({"components": [{"identifier": 1, "status": 2}, {"identifier": 7, "status": 0}]}));
    assert_eq!(outcome(&Bundle::of([no_token])), (Assurance::Strong, vec![], 0));
    let branch =
        card_with(json!({"registers": {"MGIR": [{"fields": {"dev_info.dev_branch_tag[]": "main_b7"}}]}}));
    assert_eq!(outcome(&Bundle::of([branch])), (Assurance::Tainted, vec!["development-firmware"], 3));
    let safe = card_with(json!({"registers": {"MSMR": [{"fields": {"state": 1}}]}}));
    assert_eq!(outcome(&Bundle::of([safe])), (Assurance::Tainted, vec!["safe-mode"], 3));
    let on_port_2 = |register: &str, field: &str| {
        card_with(json!({"registers": {register: [{}, {"index": {"local_port": 2}, "fields": {field: 1}}]}}))
    };
    for (register, field) in [
        ("PPTT", "e"),
        ("PPLR", "lb_en"),
        ("PPAOS", "phy_test_mode_status"),
        ("PREI", "error_type_oper"),
        ("PTER", "page_data.pter_phy_page_reg_ext.error_type_admin"),
    ] {
        let found = outcome(&Bundle::of([on_port_2(register, field)]));
        assert_eq!(found, (Assurance::Tainted, vec!["test-mode"], 3), "{register}");
    }
    let thermal = card_with(json!({"registers": {"MTEIR": [{"fields": {"thermal_error_mode": 1}}]}}));
    assert_eq!(outcome(&Bundle::of([thermal])), (Assurance::Tainted, vec!["test-mode"], 3));
    // Overrides and what waits for a reset are told, and cap nothing.
    let overridden = card_with(json!({"registers": {"PCNR": [{"fields": {"flua_en": 1}}]}}));
    assert_eq!(outcome(&Bundle::of([overridden])), (Assurance::Strong, vec![], 0));
    let unread = faulty(json!({"register": "PPTT"}), json!({"refuse": {"status": 1}}));
    let with_test = |mut card: serde_json::Value| {
        card["registers"]["PPTT"] = json!([{}]);
        card
    };
    assert_eq!(
        outcome(&Bundle::of([with_test(unread)])),
        (Assurance::Tainted, vec!["device-signs-unknown"], 3)
    );
    let unread = faulty(json!({"register": "MDSR"}), json!("hang"));
    assert_eq!(outcome(&Bundle::of([unread])), (Assurance::Tainted, vec!["device-signs-unknown"], 3));
    // A device without MDSR has no tokens.
    let without = card_with(json!({"without_registers": ["MDSR"]}));
    assert_eq!(outcome(&Bundle::of([without])), (Assurance::Strong, vec![], 0));
}

#[test]
fn a_card_with_other_owners_is_read_at_most() {
    for over in [json!({"pci": {"device": "0xa2dc"}}), json!({"nv": {"access": {"other_host": true}}})] {
        let found = outcome(&Bundle::of([card_with(over)]));
        assert_eq!(found, (Assurance::Read, vec!["shared-owner"], 0));
    }
}

#[test]
fn whatever_is_not_the_running_system_is_a_claim() {
    let bundle = Bundle { simulated: true, ..Bundle::of([card()]) };
    assert_eq!(outcome(&bundle), (Assurance::Claimed, vec!["simulated"], 3));
}

#[test]
fn a_manifest_that_says_live_does_not_make_a_simulated_device_read() {
    let mut bundle = Bundle { simulated: true, ..Bundle::of([card()]) };
    bundle.touch = |manifest| manifest.source = Source::Live;
    let (level, _, code) = outcome(&bundle);
    assert_eq!((level, code), (Assurance::Claimed, 3));
}

#[test]
fn a_replay_is_a_claim_that_says_what_it_replays() {
    let mut bundle = Bundle { simulated: true, ..Bundle::of([card()]) };
    bundle.touch = |manifest| {
        let (bundle, created) = ("feedfeedfeedfeed".to_owned(), manifest.created);
        let device = manifest.devices[0].id.clone();
        if let Source::Simulated { models, .. } = &mut manifest.source {
            models[0].replay = Some(Replay { bundle, created, device });
        }
    };
    assert_eq!(outcome(&bundle), (Assurance::Claimed, vec!["replay"], 3));
    let message = judged(&bundle).bundles[0].host_caps[0].message.clone();
    for words in ["test.json", "feedfeedfeedfeed", "0000:"] {
        assert!(message.contains(words), "{message}");
    }
}

#[test]
fn over_mlx5ctl_evidence_is_read_at_most_and_the_modules_of_fwctl_are_not_missed() {
    let over_mlx5ctl = |host: Host| Bundle {
        touch: |manifest| {
            manifest.devices.iter_mut().for_each(|device| device.transport = TransportKind::Mlx5ctl)
        },
        ..on(host)
    };
    assert_eq!(outcome(&over_mlx5ctl(CLEAN)), (Assurance::Read, vec!["out-of-tree-driver"], 0));
    let without = Host { without: &["sys/module/mlx5_fwctl/taint", "sys/module/fwctl/taint"], ..CLEAN };
    assert_eq!(outcome(&over_mlx5ctl(without)), (Assurance::Read, vec!["out-of-tree-driver"], 0));
    // Somebody used fwctl for more than reading, on this host.
    let tainted = Host { taint: Some(524_288), ..CLEAN };
    assert_eq!(
        outcome(&over_mlx5ctl(tainted)),
        (Assurance::Tainted, vec!["fwctl-taint", "out-of-tree-driver"], 3)
    );
    let report = judged(&over_mlx5ctl(CLEAN));
    let message = &report.bundles[0].devices[0].caps[0].message;
    assert!(message.contains("no taint J on that way"), "{message}");
}

#[test]
fn host_facts_are_reported_at_most() {
    let report = Bundle::of([card()]).check(&[rule(&["host/taint"], json!({"equals": 0}))]);
    let finding = findings(&report).find(|finding| finding.path == "host/taint").unwrap();
    assert_eq!((finding.verdict.word(), finding.assurance), ("within", Assurance::Reported));
    assert_eq!(report.exit_code, 3);
}

#[test]
fn a_signature_that_is_demanded_holds_back_every_device() {
    let text = json!({"schema": "mlx5-baseline", "schema_version": 1, "name": "test", "require_signature": true,
        "rules": [{"id": "r", "facts": ["NUM_OF_VFS"], "expect": {"equals": 8}}]});
    let baseline = mlx5_analyzer::baseline::parse("test.json".to_owned(), &text.to_string()).unwrap();
    for (sealed, verdict) in
        [(Sealed::OneRun, "unknown(signature-untrusted) "), (Sealed::Unsigned, "unknown(signature-missing) ")]
    {
        let report = Bundle { sealed, ..Bundle::of([card()]) }.check(std::slice::from_ref(&baseline));
        assert_eq!((gist(&report), report.exit_code), (vec![verdict.to_owned()], 3));
        assert_eq!(report.bundles[0].devices[0].word, Some(Word::CannotBeVouchedFor));
    }
}
