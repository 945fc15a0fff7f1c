//! Slips and silences by which a rule would say nothing where it should judge: none of them ends inside.

use mlx5_schemas::model::exchange::Exchange;
use mlx5_schemas::model::verdict::Word;
use serde_json::{Value, json};

use crate::support::{
    Bundle, Host, baseline, card, card_with, envelope, faulty, findings, gist, refusal_of, verdict_of,
};

/// A rule that is broken, if it holds, beside one that is kept.
fn under(when: Value) -> Value {
    json!([{"id": "r", "when": when, "facts": ["NUM_OF_VFS"], "expect": {"range": {"max": 1}}},
        {"id": "p", "facts": ["fw/psid"], "expect": "present"}])
}

fn fact(name: &str, is: Value) -> Value {
    json!({"fact": {"name": name, "is": is}})
}

/// A two-port card of whose second port no NV configuration was asked for.
fn one_port_asked(card: Value) -> Bundle {
    fn is_of_port_2(exchange: &Exchange) -> bool {
        let Some((_, data)) = exchange.request.as_register() else { return false };
        // The type of MNVQC stands at 0, that of MNVDA at 4.
        [0, 4].iter().any(|&at| data.get(at..at + 2) == Some(&[1, 2]))
    }
    let mut bundle = Bundle::of([card]);
    bundle.record = |probe, exchanges| exchanges.retain(|one| probe != "nv" || !is_of_port_2(one));
    bundle
}

/// The rule would never hold: that is an error of the baseline, not a card to which it does not apply.
#[test]
fn a_condition_that_no_value_can_meet_is_an_error() {
    let bundle = Bundle::of([card()]);
    for (when, words) in [
        (
            fact("SRIOV_EN", json!({"equals": "true"})),
            "no value of SRIOV_EN is called true; did you mean True?",
        ),
        (fact("SRIOV_EN", json!({"one_of": ["True", "on"]})), "no value of SRIOV_EN is called on"),
        (fact("NUM_OF_VFS", json!({"equals": "8"})), "a number is written without quotes: 8"),
        (fact("fw/psid", json!({"range": {"min": 1}})), "fw/psid is text, and the rule expects a number"),
        (fact("LINK_TYPE_P*", json!({"not": "Ib"})), "is called Ib; did you mean IB?"),
        (json!({"not": {"any": [fact("SRIOV_EN", json!({"equals": "1"}))]}}), "without quotes: 1"),
    ] {
        let report = bundle.check(&[baseline(under(when.clone()))]);
        assert_eq!((report.word, report.exit_code), (Word::CannotBeVouchedFor, 2), "{when}");
        let message = &findings(&report).find(|finding| finding.rule == "test/r").unwrap().message;
        assert!(message.starts_with("`when`: ") && message.contains(words), "{message}");
    }
    // Of several one suffices: what can have no such value does not stand in the way of what can.
    let report = bundle.check(&[baseline(under(fact("*_*", json!({"equals": "ETH"}))))]);
    assert_eq!(report.exit_code, 1);
    // What is outside beside it stays so.
    let mut rules = under(fact("SRIOV_EN", json!({"equals": "true"})));
    rules[1]["expect"] = json!({"equals": "X"});
    assert_eq!(bundle.check(&[baseline(rules)]).exit_code, 1);
}

/// What one port has is no answer for the other one.
#[test]
fn a_condition_over_two_ports_of_which_one_was_not_asked_is_unknown() {
    let bundle = one_port_asked(card());
    for name in ["LINK_TYPE_P*", "LINK_TYPE_P?", "LINK_TYPE_P2", "nv/1:0x012.default_link_type"] {
        for when in [
            fact(name, json!({"equals": "IB"})),
            json!({"pending": [name]}),
            json!({"all": [fact("SRIOV_EN", json!({"equals": "True"})), {"not": fact(name, json!({"not": "IB"}))}]}),
        ] {
            let report = bundle.check(&[baseline(under(when.clone()))]);
            let expected = match when.pointer("/all") {
                // The first port alone shows that this one is not met.
                Some(_) if name != "LINK_TYPE_P2" => ("not-applicable(condition) ", 0),
                _ => ("unknown(not-captured) ", 3),
            };
            assert_eq!(
                (gist(&report), report.exit_code),
                (vec![expected.0.to_owned()], expected.1),
                "{when}"
            );
        }
    }
    let side = |name: &str| json!({"name": name});
    let when = json!({"compare": {"left": side("nv/1:0x012.default_link_type"), "is": "different", "right": side("LINK_TYPE_P1")}});
    assert_eq!(bundle.check(&[baseline(under(when))]).exit_code, 3);
    // Both asked: the condition is not met.
    let both = Bundle::of([card()]).check(&[baseline(under(fact("LINK_TYPE_P*", json!({"equals": "IB"}))))]);
    assert_eq!(both.exit_code, 0);
    // A port that refuses has no such TLV.
    let refused = json!({"refuse": {"status": 3}});
    let refused = Bundle::of([faulty(json!({"register": "MNVQC", "tlv": "0:0x003"}), refused)]);
    let when = json!({"any": [fact("SRIOV_EN", json!({"equals": "False"})), fact("LINK_TYPE_P*", json!({"equals": "IB"}))]});
    assert_eq!(refused.check(&[baseline(under(when))]).exit_code, 0);
}

#[test]
fn where_the_number_of_ports_was_not_read_a_second_one_is_not_ruled_out() {
    let judged = |card: Value| {
        let members = json!({"min_assurance": "claimed",
            "rules": [{"id": "r", "facts": ["LINK_TYPE_P*"], "expect": {"equals": "ETH"}}]});
        one_port_asked(card).check(&[envelope(members)]).exit_code
    };
    assert_eq!(judged(faulty(json!({"register": "MGIR"}), json!("hang"))), 3);
    assert_eq!(judged(card()), 3, "two ports");
    let mut one = card_with(json!({"ports": 1}));
    one["nv"]["items"].as_array_mut().unwrap().retain(|item| item["instance"] != 2);
    assert_eq!(judged(one), 0);
}

#[test]
fn a_relation_takes_no_other_port_for_its_own() {
    let rules = json!([{"id": "r", "facts": ["reg/PTYS.eth_proto_admin"],
        "expect": {"relation": {"is": "different", "to": "nv/1:0x012.default_link_type"}}}]);
    let report = one_port_asked(card()).check(&[baseline(rules.clone())]);
    let verdicts: Vec<String> = findings(&report).map(|finding| finding.verdict.to_string()).collect();
    assert_eq!(
        (verdicts.as_slice(), report.exit_code),
        (["within", "unknown(unknown-parameter)"].map(str::to_owned).as_slice(), 3)
    );
    assert_eq!(Bundle::of([card()]).check(&[baseline(rules)]).exit_code, 0);
    // Nor for the device, of which it is not known what the other port has.
    let of_device = json!([{"id": "r", "facts": ["NUM_OF_VFS"],
        "expect": {"relation": {"is": "different", "to": "nv/1:0x012.default_link_type"}}}]);
    assert_eq!(one_port_asked(card()).check(&[baseline(of_device)]).exit_code, 3);
    // An alias says itself which port is meant.
    let rules = json!([{"id": "r", "facts": ["LINK_TYPE_P2"], "expect": {"relation": {"is": "same", "to": "LINK_TYPE_P1"}}}]);
    assert_eq!(Bundle::of([card()]).check(&[baseline(rules)]).exit_code, 0);
}

/// Bytes that a rule names are its own to judge, so long as it judges them.
#[test]
fn a_rule_that_does_not_hold_takes_no_bytes_over() {
    let blob = |set: &str| json!({"tlv": "0:0x7f0", "default": {"data": "01020304"}, "current": {"data": set}, "next": {"data": set}});
    let card = |set: &str| {
        let mut card = card();
        card["nv"]["items"].as_array_mut().unwrap().push(blob(set));
        card
    };
    let verdict = |set: &str, when: Value| {
        let mut named = json!({"id": "blob", "facts": ["nv/0:0x7f0/data"], "expect": {"equals": "01020305"}});
        if !when.is_null() {
            named["when"] = when;
        }
        let rules = json!([{"id": "factory", "facts": ["nv/**"], "expect": "equals_factory"}, named]);
        verdict_of(&Bundle::of([card(set)]).check(&[baseline(rules)]), "nv/0:0x7f0/data")
    };
    let sriov = |is: &str| fact("SRIOV_EN", json!({"equals": is}));
    assert_eq!(verdict("01020305", Value::Null), "within");
    assert_eq!(verdict("01020305", sriov("True")), "within");
    assert_eq!(verdict("01020305", sriov("False")), "unknown(unknown-parameter)");
    assert_eq!(verdict("01020304", sriov("False")), "within");
    assert_eq!(verdict("01020305", fact("pci/sriov_totalvfs", json!("known"))), "unknown(unknown-parameter)");
}

/// A rule over the host asks the whole log.
#[test]
fn the_log_of_the_host_is_that_of_its_devices_too() {
    let line = "4,900,5000000,-;mlx5_core 0000:3b:00.0: mlx5_health_check_fatal_sensors:480: Fatal error 1 detected\n";
    let host = Host { with: vec![("kernel-log".to_owned(), line.to_owned())], ..crate::support::CLEAN };
    let bundle = Bundle { host, ..Bundle::of([card()]) };
    let members = |matches: &str| {
        envelope(
            json!({"min_assurance": "claimed", "rules": [{"id": "r", "when": {"log": {"matches": matches}},
            "facts": ["host/kernel"], "expect": {"equals": "X"}}]}),
        )
    };
    assert_eq!(gist(&bundle.check(&[members("Fatal error")])), ["outside host/kernel"]);
    assert_eq!(gist(&bundle.check(&[members("no such words")])), ["not-applicable(condition) "]);
}

/// That a known fault is not there makes no device inside that no rule is about.
#[test]
fn the_absence_of_faults_is_no_judgement_of_a_device() {
    let members = json!({"min_assurance": "claimed", "advisories": {"raise": [{"id": "*"}]}, "rules": [
        {"id": "r", "select": {"family": ["ConnectX-4"]}, "facts": ["NUM_OF_VFS"], "expect": "present"},
        {"id": "h", "facts": ["host/kernel"], "expect": "present"}]});
    let issues = mlx5_analyzer::known::shipped().unwrap();
    let options =
        mlx5_analyzer::check::Options { issues: &issues, ..mlx5_analyzer::check::Options::default() };
    let report =
        mlx5_analyzer::check::check(&[Ok(Bundle::of([card()]).case())], &[envelope(members)], options);
    let device = &report.bundles[0].devices[0];
    assert!(device.counts.within > 10, "faults that are not there are within: {:?}", device.counts);
    assert_ne!(device.word, Some(Word::Inside));
    assert_eq!(report.exit_code, 3);
}

#[test]
fn an_expression_that_finds_something_in_everything_is_refused() {
    let refusal = refusal_of(json!({"id": "r", "facts": ["NUM_OF_VFS"], "expect": {"matches": ""}}));
    assert!(refusal.contains("`matches` is empty"), "{refusal}");
}

/// A baseline whose only rule is about other cards checked nothing, whatever another one checked that shares a rule with a third.
#[test]
fn another_baseline_s_match_is_no_match() {
    let parse = |name: &str, rules: Value| {
        let text = json!({"schema": "mlx5-baseline", "schema_version": 1, "name": name, "rules": rules});
        mlx5_analyzer::baseline::parse(format!("{name}.json"), &text.to_string()).unwrap()
    };
    let elsewhere = || json!([{"id": "far", "select": {"psid": ["OTHER*"]}, "facts": ["NUM_OF_VFS"], "expect": "present"}]);
    let here = parse("here", json!([{"id": "near", "facts": ["NUM_OF_VFS"], "expect": "present"}]));
    let bundle = Bundle::of([card()]);
    // The same file twice: its rules are checked once, and match nothing.
    let report = bundle.check(&[here.clone(), parse("far", elsewhere()), parse("far", elsewhere())]);
    assert_eq!(report.exit_code, 2, "{:?}", gist(&report));
    assert_eq!(report.troubles.iter().filter(|words| words.contains("nothing was checked")).count(), 2);
    // One that matches is checked for both.
    assert_eq!(bundle.check(&[here.clone(), here]).exit_code, 0);
}

/// Names by which findings of the program's own are told.
#[test]
fn a_baseline_cannot_be_called_as_what_is_not_its_own() {
    for name in ["advisory", "waiver", "a/b"] {
        let text =
            json!({"schema": "mlx5-baseline", "schema_version": 1, "name": name, "default": "factory"});
        let refusal = mlx5_analyzer::baseline::parse("b.json".to_owned(), &text.to_string()).unwrap_err();
        assert!(refusal.to_string().contains(&format!("`{name}` is no name")), "{refusal}");
    }
}
