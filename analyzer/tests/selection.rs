//! Which devices a rule is about, and what follows when it is about none.

use mlx5_analyzer::check::{Options, check};
use mlx5_schemas::model::verdict::Word;
use serde_json::{Value, json};

use crate::support::{Bundle, CLEAN, Host, baseline, card, card_with, faulty, gist, rule};

fn with_select(select: Value) -> mlx5_analyzer::baseline::LoadedBaseline {
    baseline(json!([{"id": "r", "select": select, "facts": ["NUM_OF_VFS"], "expect": {"equals": 8}}]))
}

#[test]
fn every_member_of_a_selection_must_hold() {
    for (select, selected) in [
        (json!({}), true),
        (json!({"psid": ["MT_*"]}), true),
        (json!({"psid": ["MT_0000000436"]}), true),
        (json!({"psid": ["MT_00"]}), false),
        (json!({"psid": ["DEL*", "MT_?000000436"]}), true),
        (json!({"device": ["0x101D"]}), true),
        (json!({"device": ["0x1021"]}), false),
        (json!({"firmware": {"from": "22.41.1000"}}), true),
        (json!({"firmware": {"from": "22.41.1001"}}), false),
        (json!({"firmware": {"from": "22.9.0", "to": "22.41.1000"}}), true),
        (json!({"firmware": {"to": "22.41.999"}}), false),
        (json!({"psid": ["MT_*"], "device": ["0x1021"]}), false),
    ] {
        let report = Bundle::of([card()]).check(&[with_select(select.clone())]);
        // Not selected anywhere: nothing was checked, and that is trouble.
        assert_eq!(report.exit_code, if selected { 0 } else { 2 }, "{select}");
        assert_eq!(report.troubles.is_empty(), selected, "{select}");
    }
}

#[test]
fn a_device_without_an_identity_is_unknown_and_not_unselected() {
    let unread = || faulty(json!({"register": "MGIR"}), json!({"refuse": {"status": 1}}));
    for select in [json!({"firmware": {"from": "1.0.0"}}), json!({"firmware": {"to": "99.0.0"}})] {
        let report = Bundle::of([unread()]).check(&[with_select(select)]);
        assert!(gist(&report).contains(&"unknown(unknown-firmware) ".to_owned()), "{:?}", gist(&report));
        assert_eq!((report.counts.not_selected, report.exit_code), (0, 3));
    }
}

#[test]
fn a_device_that_no_rule_is_about_cannot_be_vouched_for() {
    let other = card_with(json!({"bdf": "0000:5e:00.0", "pci": {"device": "0x1021"}}));
    let report = Bundle::of([card(), other]).check(&[with_select(json!({"device": ["0x101d"]}))]);
    let words: Vec<_> = report.bundles[0].devices.iter().map(|device| device.word).collect();
    assert_eq!(words, [Some(Word::Inside), Some(Word::CannotBeVouchedFor)]);
    assert_eq!(report.bundles[0].devices[1].reasons, ["no rule judged anything of it"]);
    assert_eq!((report.exit_code, report.counts.not_selected), (3, 1));
}

#[test]
fn a_bundle_without_devices_is_not_inside() {
    let report = Bundle::of([]).check(&[rule(&["NUM_OF_VFS"], json!({"equals": 8}))]);
    assert_eq!((report.word, report.exit_code), (Word::CannotBeVouchedFor, 2));
}

#[test]
fn patterns_over_registers_need_their_probe_to_be_whole() {
    let hung =
        faulty(json!({"register": "MDSR", "index": {"type_of_token": 8}}), json!({"refuse": {"status": 1}}));
    let report = Bundle::of([hung]).check(&[rule(&["reg/PTYS.eth_proto_adm*"], json!({"equals": 4096}))]);
    let unknown: Vec<String> = gist(&report).into_iter().filter(|line| line.starts_with("unknown")).collect();
    assert_eq!(unknown, ["unknown(not-captured) reg/PTYS.eth_proto_adm*"]);
    assert_eq!(report.exit_code, 3);
}

#[test]
fn rules_about_the_host_alone_need_no_word_on_devices() {
    let rules = json!({"schema": "mlx5-baseline", "schema_version": 1, "name": "host", "min_assurance": "reported",
        "rules": [{"id": "r", "facts": ["host/lockdown"], "expect": {"equals": "integrity"}}]});
    let baseline = mlx5_analyzer::baseline::parse("host.json".to_owned(), &rules.to_string()).unwrap();
    let report = Bundle::of([card()]).check(std::slice::from_ref(&baseline));
    assert_eq!((report.bundles[0].devices[0].word, report.word, report.exit_code), (None, Word::Inside, 0));
    let open = Host { lockdown: "none", ..CLEAN };
    let report = Bundle { host: open, ..Bundle::of([card()]) }.check(std::slice::from_ref(&baseline));
    assert_eq!((report.word, report.exit_code), (Word::Outside, 1));
    // Beside a rule about devices, every device needs a word.
    let both = [baseline, with_select(json!({"device": ["0x1021"]}))];
    assert_eq!(Bundle::of([card()]).check(&both).bundles[0].devices[0].word, Some(Word::CannotBeVouchedFor));
}

#[test]
fn that_nothing_was_checked_is_no_news_where_nothing_could_be_opened() {
    let report = check(&[Err("a.zip: refused".to_owned())], &[with_select(json!({}))], Options::default());
    assert_eq!((report.troubles, report.exit_code), (vec!["a.zip: refused".to_owned()], 2));
    assert_eq!(report.word, Word::CannotBeVouchedFor);
}

fn selected(card: Value, host: Host, select: Value) -> String {
    let report = Bundle { host, ..Bundle::of([card]) }.check(&[with_select(select)]);
    let found: Vec<String> = report.bundles[0].findings.iter().map(|f| f.verdict.to_string()).collect();
    found.join(" ")
}

#[test]
fn families_kernels_and_roles_select() {
    for (select, selected_is) in [
        (json!({"family": ["ConnectX-6 Dx", "ConnectX-7"]}), true),
        (json!({"family": ["ConnectX-7"]}), false),
        (json!({"kernel": {"from": "7.3", "to": "7.3"}}), true),
        (json!({"kernel": {"to": "7.2"}}), false),
        (json!({"role": ["physical"]}), true),
        (json!({"role": ["virtual", "physical"]}), true),
        (json!({"role": ["virtual"]}), false),
        (json!({"role": ["bluefield-host", "bluefield-arm"]}), false),
        (json!({"family": ["ConnectX-6 Dx"], "kernel": {"to": "7.2"}}), false),
    ] {
        let expected = if selected_is { "within" } else { "not-selected" };
        assert_eq!(selected(card(), CLEAN, select.clone()), expected, "{select}");
    }
}

/// What was not read leaves a rule undecided, and is named; what surely does not hold leaves the device out all the same.
#[test]
fn what_was_not_read_of_an_identity_is_named() {
    for (select, missing) in [
        (json!({"part_number": ["MCX*"]}), "the part number"),
        (json!({"driver": {"from": "24.10"}}), "the driver version"),
        (json!({"kernel": {"from": "6"}, "part_number": ["*"]}), "the part number and the kernel release"),
    ] {
        let host = Host { without: &["proc/sys/kernel/osrelease"], ..CLEAN };
        let report = Bundle { host, ..Bundle::of([card()]) }.check(&[with_select(select.clone())]);
        let finding = &report.bundles[0].findings[0];
        assert_eq!(finding.verdict.to_string(), "unknown(unknown-firmware)", "{select}");
        let words: Vec<&str> = missing.split(" and ").collect();
        assert!(words.iter().all(|word| finding.message.contains(word)), "{}", finding.message);
        assert_eq!(report.exit_code, 3);
    }
    let select = json!({"part_number": ["MCX*"], "family": ["ConnectX-7"]});
    assert_eq!(selected(card(), CLEAN, select), "not-selected");
}

#[test]
fn a_later_virtual_function_may_be_of_several_families() {
    let function = || card_with(json!({"pci": {"device": "0x101e"}}));
    let of = |family: &str| selected(function(), CLEAN, json!({"family": [family]}));
    assert_eq!(of("ConnectX-7"), "unknown(unknown-firmware)");
    assert_eq!(of("ConnectX-5"), "not-selected");
    assert_eq!(selected(function(), CLEAN, json!({"role": ["physical"]})), "not-selected");
}

#[test]
fn a_bluefield_has_two_sides() {
    let bluefield = |other_host: bool| {
        card_with(json!({"pci": {"device": "0xa2dc"}, "nv": {"access": {"other_host": other_host}}}))
    };
    let of = |role: &str| selected(bluefield(false), CLEAN, json!({"role": [role]}));
    let sides = [of("bluefield-host"), of("bluefield-arm"), of("physical")];
    assert_eq!(sides, ["within", "not-selected", "within"]);
    let of = |role: &str| selected(bluefield(true), CLEAN, json!({"role": [role]}));
    assert_eq!([of("bluefield-host"), of("bluefield-arm")], ["not-selected", "within"]);
}

#[test]
fn the_file_s_selection_and_the_rule_s_must_both_hold() {
    let of = |file: Value, rule: Value| {
        let members = json!({"select": file, "rules": [
            {"id": "r", "select": rule, "facts": ["NUM_OF_VFS"], "expect": {"equals": 8}}]});
        let report = Bundle::of([card()]).check(&[crate::support::envelope(members)]);
        report.bundles[0].findings.iter().map(|f| f.verdict.to_string()).collect::<Vec<_>>().join(" ")
    };
    let (ours, other) = (json!({"device": ["0x101d"]}), json!({"device": ["0x1021"]}));
    assert_eq!(of(ours.clone(), ours.clone()), "within");
    assert_eq!(of(ours.clone(), other.clone()), "not-selected");
    assert_eq!(of(other, ours), "not-selected");
}
