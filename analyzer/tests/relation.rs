//! The kind `relation`: to another fact, and to another view.

use serde_json::{Value, json};

use crate::support::{
    Bundle, CARD, CLEAN, Host, baseline, card, card_with, changed, envelope, faulty, findings, gist,
    refusal_of, rule, verdict_of,
};

fn with_pci(attributes: &[(&str, &str)]) -> Host {
    let path = |name: &str| format!("sys/bus/pci/devices/{CARD}/{name}");
    Host { with: attributes.iter().map(|(name, text)| (path(name), (*text).to_owned())).collect(), ..CLEAN }
}

fn at_most_total() -> Value {
    json!({"relation": {"is": "at_most", "to": "pci/sriov_totalvfs"}})
}

#[test]
fn a_parameter_against_what_the_host_offers() {
    let rules = json!({"min_assurance": "reported",
        "rules": [{"id": "r", "facts": ["NUM_OF_VFS"], "expect": at_most_total()}]});
    for (total, expected, code) in [("8\n", "within", 0), ("7\n", "outside", 1), ("64\n", "within", 0)] {
        let bundle = Bundle { host: with_pci(&[("sriov_totalvfs", total)]), ..Bundle::of([card()]) };
        // What the kernel told carries no more than that.
        assert_ne!(bundle.check(&[rule(&["NUM_OF_VFS"], at_most_total())]).exit_code, 0);
        let report = bundle.check(&[envelope(rules.clone())]);
        assert_eq!(
            (verdict_of(&report, "NUM_OF_VFS").as_str(), report.exit_code),
            (expected, code),
            "{total}"
        );
    }
    let bundle = Bundle {
        host: with_pci(&[("sriov_totalvfs", "16")]),
        ..Bundle::of([changed(json!({"NUM_OF_VFS": 64}), &["next"])])
    };
    let report = bundle.check(&[rule(&["NUM_OF_VFS"], at_most_total())]);
    let finding = findings(&report).next().unwrap();
    assert_eq!(finding.verdict.to_string(), "pending");
    assert_eq!(finding.expected.as_deref(), Some("at most pci/sriov_totalvfs (pci/sriov_totalvfs is 16)"));
    assert!(
        finding.evidence.iter().any(|evidence| evidence.member.starts_with("host/")),
        "both sides are shown"
    );
}

#[test]
fn the_other_that_was_not_read_makes_it_unknown() {
    let report = Bundle::of([card()]).check(&[rule(&["NUM_OF_VFS"], at_most_total())]);
    assert_eq!(
        (gist(&report), report.exit_code),
        (vec!["unknown(unknown-parameter) NUM_OF_VFS".to_owned()], 3)
    );
    let message = &findings(&report).next().unwrap().message;
    assert!(message.contains("nothing here is called pci/sriov_totalvfs"), "{message}");
    let hung = faulty(json!({"tlv": "0:0x080"}), json!("hang"));
    let bundle = Bundle { host: with_pci(&[("sriov_totalvfs", "16")]), ..Bundle::of([hung]) };
    assert_eq!(
        gist(&bundle.check(&[rule(&["NUM_OF_VFS"], at_most_total())])),
        ["unknown(timeout) NUM_OF_VFS"]
    );
    // The other way round the gap is at the other side.
    let hung = faulty(json!({"tlv": "0:0x080"}), json!("hang"));
    let at_least = json!({"relation": {"is": "at_least", "to": "NUM_OF_VFS"}});
    let bundle = Bundle { host: with_pci(&[("sriov_totalvfs", "16")]), ..Bundle::of([hung]) };
    let report = bundle.check(&[rule(&["pci/sriov_totalvfs"], at_least)]);
    assert_eq!(gist(&report), ["unknown(timeout) pci/sriov_totalvfs"]);
}

#[test]
fn speeds_are_compared_by_their_number() {
    let full = json!({"relation": {"is": "at_least", "to": "pci/max_link_speed"}});
    for (now, most, code) in [
        ("8.0 GT/s PCIe", "8.0 GT/s PCIe", 0),
        ("8.0 GT/s PCIe", "16.0 GT/s PCIe", 1),
        ("16 GT/s", "8.0 GT/s", 0),
    ] {
        let host = with_pci(&[("current_link_speed", now), ("max_link_speed", most)]);
        let rules = json!({"min_assurance": "reported",
            "rules": [{"id": "r", "facts": ["pci/current_link_speed"], "expect": full}]});
        let report = Bundle { host, ..Bundle::of([card()]) }.check(&[envelope(rules)]);
        assert_eq!(report.exit_code, code, "{now} {most}");
    }
    let host = with_pci(&[("current_link_speed", "8.0 GT/s"), ("max_link_speed", "unknown")]);
    let report = Bundle { host, ..Bundle::of([card()]) }.check(&[rule(&["pci/current_link_speed"], full)]);
    assert_eq!(report.exit_code, 2);
    assert!(findings(&report).any(|f| f.message.contains("cannot be compared: 8.0 GT/s and unknown")));
}

#[test]
fn current_against_next() {
    let nothing_waits = json!({"relation": {"is": "same", "view": "next"}});
    let of = |card: Value| {
        let report = Bundle::of([card]).check(&[rule(&["NUM_OF_VFS"], nothing_waits.clone())]);
        (gist(&report), report.exit_code)
    };
    assert_eq!(of(card()), (Vec::new(), 0));
    assert_eq!(of(changed(json!({"NUM_OF_VFS": 64}), &["next"])), (vec!["outside NUM_OF_VFS".to_owned()], 1));
    assert_eq!(of(changed(json!({"NUM_OF_VFS": 64}), &["current", "next"])), (Vec::new(), 0));
    let hung = faulty(json!({"tlv": "0:0x080"}), json!("hang"));
    assert_eq!(of(hung), (vec!["unknown(timeout) NUM_OF_VFS".to_owned()], 3));
}

#[test]
fn at_least_the_factory_value() {
    let of = |value: u64| {
        let at_least = json!({"relation": {"is": "at_least", "view": "default"}});
        let card = changed(json!({"NUM_OF_VFS": value}), &["current", "next"]);
        Bundle::of([card]).check(&[rule(&["NUM_OF_VFS"], at_least)]).exit_code
    };
    assert_eq!([of(7), of(8), of(9)], [1, 0, 0]);
}

#[test]
fn a_port_s_other_is_the_same_port_s() {
    let alike = json!({"relation": {"is": "same", "to": "reg/PTYS.eth_proto_admin"}});
    let report = Bundle::of([card()]).check(&[rule(&["reg/PTYS.eth_proto_admin"], alike.clone())]);
    assert_eq!((report.counts.within, report.exit_code), (2, 0));
    // A device has two ports: which of them is meant, nobody said.
    let report = Bundle::of([card()]).check(&[rule(&["NUM_OF_VFS"], alike)]);
    assert_eq!(gist(&report), ["unknown(unknown-parameter) NUM_OF_VFS"]);
    assert!(findings(&report).next().unwrap().message.contains("several things here are called"));
}

#[test]
fn a_view_that_there_is_not_is_an_error() {
    let relation = json!({"relation": {"is": "same", "to": "fw/psid", "view": "next"}});
    let report = Bundle::of([card()]).check(&[rule(&["fw/psid"], relation)]);
    assert_eq!(report.exit_code, 2);
    assert!(findings(&report).any(|f| f.message.contains("fw/psid has no view next")));
}

#[test]
fn what_compares_with_nothing_is_refused() {
    for (rule, words) in [
        (json!({"expect": {"relation": {"is": "same"}}}), "nothing is compared with itself"),
        (json!({"expect": {"relation": {"is": "same", "to": "LINK_*"}}}), "no wildcard"),
        (json!({"expect": {"relation": {"is": "same", "to": "NUM_OF_VF"}}}), "did you mean NUM_OF_VFS?"),
        (json!({"expect": {"relation": {"is": "sam", "to": "NUM_OF_VFS"}}}), "did you mean `same`?"),
        (
            json!({"views": ["next"], "expect": {"relation": {"is": "same", "view": "next"}}}),
            "the only view that is judged",
        ),
    ] {
        let mut whole = json!({"id": "r", "facts": ["NUM_OF_VFS"]});
        whole.as_object_mut().unwrap().extend(rule.as_object().unwrap().clone());
        let refusal = refusal_of(whole);
        assert!(refusal.contains(words), "{refusal}");
    }
}

#[test]
fn a_factory_value_stands_in_where_nothing_is_stored() {
    let never = card_with(json!({"nv": {"items": [
        {"tlv": "nv_global_pci_conf", "default": {"parameters": {"sriov_valid": 1, "total_vfs": 8}}}]}}));
    let rules = baseline(json!([{"id": "r", "facts": ["NUM_OF_VFS"], "views": ["current"],
        "expect": {"relation": {"is": "same", "view": "default"}}}]));
    let report = Bundle::of([never]).check(&[rules]);
    assert_eq!(verdict_of(&report, "NUM_OF_VFS"), "within");
}
