//! What was not read is never inside, and nothing that was read outside is hidden: by a refusal, a short answer, a flag,
//! an error beside, or by what the bundle says of itself.

use mlx5_analyzer::check::{Options, check};
use mlx5_schemas::model::exchange::{Outcome, SkipReason};
use mlx5_schemas::model::report::CheckReport;
use mlx5_schemas::model::request::{Request, register};
use mlx5_schemas::model::status::CollectionStatus;
use mlx5_schemas::model::verdict::Word;
use serde_json::{Value, json};

use crate::support::{Bundle, baseline, card, card_with, changed, faulty, findings, gist, rule, verdict_of};

/// A check of one opened bundle by several baselines, one after the other.
fn checks(bundle: &Bundle) -> impl Fn(&[&str], Value) -> CheckReport + use<> {
    let candidates = [Ok(bundle.case())];
    move |facts, expect| check(&candidates, &[rule(facts, expect)], Options::default())
}

/// `NUM_OF_VFS` under a rule that takes it by a wildcard, which excuses absence.
fn by_wildcard(check: &impl Fn(&[&str], Value) -> CheckReport, expect: Value) -> String {
    verdict_of(&check(&["NUM_OF_V*"], expect), "NUM_OF_VFS")
}

fn item(item: Value) -> Bundle {
    let mut whole =
        json!({"tlv": "nv_global_pci_conf", "all": {"parameters": {"sriov_valid": 1, "total_vfs": 8}}});
    for (name, value) in item.as_object().unwrap() {
        whole[name] = value.clone();
    }
    Bundle::of([card_with(json!({"nv": {"items": [whole]}}))])
}

/// Whether a request reads the TLV of `NUM_OF_VFS`.
fn is_read_of_pci_conf(request: &Request) -> bool {
    let of_tlv = |data: &[u8]| data.get(4..8) == Some(&[0, 0, 0, 0x80]);
    request.as_register().is_some_and(|(id, data)| id == register::MNVDA && of_tlv(data))
}

#[test]
fn a_tlv_that_exists_and_refuses_to_be_read_is_unknown() {
    for status in [1, 3, 4, 9, 10] {
        let refusal = json!({"refuse": {"status": status}});
        let check = checks(&Bundle::of([faulty(json!({"register": "MNVDA", "tlv": "0:0x080"}), refusal)]));
        for expect in [json!("equals_factory"), json!({"equals": 8}), json!({"range": {"max": 8}})] {
            assert_eq!(by_wildcard(&check, expect), "unknown(not-captured)", "status {status}");
        }
        let report = check(&["nv/**"], json!("equals_factory"));
        assert_eq!((report.word, report.exit_code), (Word::CannotBeVouchedFor, 3), "status {status}");
    }
    // Of several ports or modules one can lack it.
    let refusal = json!({"refuse": {"status": 3}});
    let bundle = Bundle::of([faulty(json!({"register": "MNVDA", "tlv": "1:0x012"}), refusal)]);
    let report = bundle.check(&[rule(&["LINK_TYPE_P*"], json!("equals_factory"))]);
    assert_eq!(verdict_of(&report, "LINK_TYPE_P2"), "not-applicable(absent)");
    assert_eq!(report.exit_code, 3, "and where all lack it, nothing was judged");
}

#[test]
fn an_answer_cut_short_is_no_answer() {
    let mut cut = Bundle::of([card()]);
    cut.record = |_, exchanges| {
        for exchange in exchanges.iter_mut().filter(|exchange| is_read_of_pci_conf(&exchange.request)) {
            let Outcome::Replied(reply) = &mut exchange.outcome else { panic!("an answer") };
            // Header 16, MNVDA header 12: four of twelve bytes are left, and NUM_OF_VFS is behind them.
            reply.output.truncate(32);
        }
    };
    let check = checks(&cut);
    for expect in [json!("equals_factory"), json!({"equals": 8})] {
        assert_eq!(by_wildcard(&check, expect), "unknown(not-captured)");
    }
    let report = check(&["nv/**"], json!("equals_factory"));
    assert_eq!(verdict_of(&report, "nv_global_pci_conf/data"), "unknown(not-captured)");
    assert_eq!(report.exit_code, 3);
}

#[test]
fn what_the_factory_view_has_and_another_lacks_is_unknown() {
    let short = item(json!({"current": {"data": "80000000"}, "next": {"data": "80000000"}}));
    assert_eq!(by_wildcard(&checks(&short), json!("equals_factory")), "unknown(unknown-parameter)");
}

#[test]
fn no_bytes_are_no_value() {
    let item = json!({"tlv": "nv_global_pci_conf", "all": {"data": ""}});
    let empty = Bundle::of([card_with(json!({"nv": {"items": [item]}}))]);
    let report = empty.check(&[rule(&["nv/0:0x080"], json!("equals_factory"))]);
    assert_eq!(report.counts.within, 0, "{:?}", gist(&report));
    assert_eq!(report.exit_code, 3);
}

#[test]
fn a_valid_flag_that_only_the_factory_view_lacks_leaves_its_value_open() {
    let check = checks(&item(json!({"default": {"parameters": {"sriov_valid": 0, "total_vfs": 8}}})));
    assert_eq!(by_wildcard(&check, json!("equals_factory")), "unknown(not-captured)");
    // The flag itself is a parameter, and differs.
    let report = check(&["nv/**"], json!("equals_factory"));
    assert_eq!(verdict_of(&report, "nv_global_pci_conf.sriov_valid"), "outside");
    let same = item(json!({"all": {"parameters": {"sriov_valid": 0, "total_vfs": 8}}}));
    assert_eq!(by_wildcard(&checks(&same), json!("equals_factory")), "within");
}

#[test]
fn a_rule_about_bytes_is_about_all_of_them() {
    let check = checks(&Bundle::of([changed(json!({"NUM_OF_VFS": 16}), &["current", "next"])]));
    let report = check(&["nv/0:0x080/data"], json!("equals_factory"));
    assert_eq!((verdict_of(&report, "nv_global_pci_conf/data"), report.exit_code), ("outside".to_owned(), 1));
    // Along with the parameters, what they name is theirs to tell.
    let report = check(&["nv/0:0x080"], json!("equals_factory"));
    assert_eq!(gist(&report), ["outside NUM_OF_VFS"]);
}

#[test]
fn an_error_of_a_rule_hides_nothing_that_the_rule_found() {
    let card = changed(json!({"LINK_TYPE_P2": "IB"}), &["current", "next"]);
    let report = Bundle::of([card]).check(&[rule(&["NUM_OF_VFS", "LINK_TYPE_P*"], json!({"equals": "ETH"}))]);
    assert_eq!(gist(&report), ["error ", "outside LINK_TYPE_P2"]);
    assert_eq!(report.exit_code, 1);
    let report = Bundle::of([changed(json!({"NUM_OF_VFS": 9}), &["next"])])
        .check(&[rule(&["**"], json!("equals_factory"))]);
    assert!(gist(&report).contains(&"pending NUM_OF_VFS".to_owned()), "{:?}", gist(&report));
    assert_eq!(report.exit_code, 1);
}

#[test]
fn a_bundle_cannot_declare_a_secret() {
    let mut bundle = Bundle::of([changed(json!({"NUM_OF_VFS": 16}), &["current", "next"])]);
    bundle.record = |_, exchanges| {
        for exchange in exchanges.iter_mut().filter(|exchange| is_read_of_pci_conf(&exchange.request)) {
            exchange.outcome = Outcome::NotAsked(SkipReason::Secret);
        }
    };
    let check = checks(&bundle);
    assert_eq!(by_wildcard(&check, json!({"equals": 8})), "unknown(not-captured)");
    assert_eq!(by_wildcard(&check, json!("equals_factory")), "unknown(not-captured)");
}

#[test]
fn tlvs_that_are_missing_from_the_transcript_are_unknown() {
    let mut bundle = Bundle::of([card()]);
    bundle.record = |probe, exchanges| {
        // The TLVs of modules come last: a transcript that ends before them must not look like a card without any.
        exchanges.retain(|exchange| match exchange.request.as_register() {
            Some((register::MNVQC, data)) => data.first() != Some(&9),
            Some((register::MNVDA, data)) => data.get(4) != Some(&9),
            Some(_) | None => true,
        });
        assert!(probe != "nv" || exchanges.len() > 100);
    };
    let report = bundle.check(&[rule(&["nv/**"], json!("equals_factory"))]);
    let words: Vec<&str> = findings(&report)
        .filter(|finding| finding.verdict.word() == "unknown")
        .map(|finding| finding.message.as_str())
        .collect();
    assert_eq!((words.len(), report.exit_code), (1, 3), "{words:?}");
    assert!(words[0].contains("were not asked for"), "{words:?}");
}

#[test]
fn a_gap_of_a_probe_counts_for_every_pattern_that_can_reach_it() {
    for pattern in ["reg/PTYS.eth_proto_adm*", "re*/PTYS.eth_proto_admin", "r?g/PTYS.eth_proto_admin"] {
        let mut bundle = Bundle::of([card()]);
        let check = |bundle: &Bundle| bundle.check(&[rule(&[pattern], json!({"equals": 4096}))]).exit_code;
        assert_eq!(check(&bundle), 0, "{pattern}");
        bundle.touch = |manifest| {
            for row in manifest.probes.iter_mut().filter(|row| row.probe == "registers") {
                row.status = CollectionStatus::Timeout;
            }
        };
        assert_eq!(check(&bundle), 3, "{pattern}");
    }
}

#[test]
fn a_rule_that_excepts_all_it_names_says_so() {
    let rules = json!([{"id": "r", "facts": ["NUM_OF_VFS"], "except": ["NUM_*"], "expect": {"equals": 8}}]);
    let report = Bundle::of([card()]).check(&[baseline(rules)]);
    assert_eq!(report.exit_code, 3);
    assert!(findings(&report).all(|finding| finding.message.contains("`except` leaves nothing of it")));
}

#[test]
fn what_is_beyond_the_bound_of_decoding_may_be_about_anything() {
    let mut bundle = Bundle::of([card()]);
    bundle.record = |probe, exchanges| {
        if probe == "registers" {
            let again = exchanges[0].clone();
            exchanges.resize(9000, again);
        }
    };
    let check = checks(&bundle);
    for facts in [&["NUM_OF_VFS"][..], &["reg/PTYS.eth_proto_admin"], &["NUM_OF_V*"]] {
        let report = check(facts, json!({"one_of": [8, 4096]}));
        assert!(report.counts.within > 0, "{facts:?}");
        assert_eq!((report.word, report.exit_code), (Word::CannotBeVouchedFor, 3), "{facts:?}");
    }
}
