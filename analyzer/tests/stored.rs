//! TLVs that no catalog names, found by what is stored in flash: shown, compared, judged.

use mlx5_analyzer::case::open_bytes;
use mlx5_analyzer::diff::diff;
use mlx5_schemas::catalog::Catalog;
use mlx5_schemas::model::exchange::{Exchange, Outcome, SkipReason};
use mlx5_schemas::model::request::register;
use serde_json::{Value, json};

use crate::support::{Bundle, baseline, card, card_with, faulty, findings, gist, now, rule, verdict_of};

/// A path that no catalog names.
const STRANGER: &str = "nv/0:0x7f0000";

/// The card with an unknown TLV in its flash, as it left the factory and with these bytes for the next boot.
fn with_stranger(next: &str) -> Value {
    stranger(json!({"tlv": "0:0x7f0000", "all": {"data": "0102030405060708"},
        "next": {"data": next, "writer": "bmc", "priority": "oem"}}))
}

fn stranger(item: Value) -> Value {
    let mut model = card();
    model["nv"]["items"].as_array_mut().unwrap().push(item);
    model
}

fn odd(card: Value, baselines: &[mlx5_analyzer::baseline::LoadedBaseline]) -> (Vec<String>, u8) {
    let report = Bundle::of([card]).check(baselines);
    let odd = gist(&report).into_iter().filter(|line| !line.starts_with("not-applicable(")).collect();
    (odd, report.exit_code)
}

fn factory() -> mlx5_analyzer::baseline::LoadedBaseline {
    rule(&["nv/**"], json!("equals_factory"))
}

#[test]
fn is_within_by_bytes_while_they_are_the_factory_s() {
    let report = Bundle::of([with_stranger("0102030405060708")]).check(&[factory()]);
    assert_eq!(verdict_of(&report, &format!("{STRANGER}/data")), "within");
    assert_eq!(odd(with_stranger("0102030405060708"), &[factory()]), (Vec::new(), 0));
}

#[test]
fn is_unknown_once_they_differ_and_says_who_wrote_them() {
    let (found, code) = odd(with_stranger("0102030405060709"), &[factory()]);
    assert_eq!((found, code), (vec![format!("unknown(unknown-parameter) {STRANGER}/data")], 3));
    let report = Bundle::of([with_stranger("0102030405060709")]).check(&[factory()]);
    let finding = findings(&report).find(|finding| finding.path == format!("{STRANGER}/data")).unwrap();
    let next = finding.found.iter().find(|found| found.view == Some(mlx5_schemas::model::fact::View::Next));
    assert_eq!(next.unwrap().writer.as_deref(), Some("bmc"));
    assert_eq!(next.unwrap().priority.as_deref(), Some("OEM"));
    // Another length is another content.
    let (found, code) = odd(with_stranger("01020304"), &[factory()]);
    assert_eq!((found, code), (vec![format!("unknown(unknown-parameter) {STRANGER}/data")], 3));
}

#[test]
fn is_that_rule_s_which_names_it() {
    let named = |expect: Value| {
        baseline(json!([
            {"id": "factory", "facts": ["nv/**"], "expect": "equals_factory"},
            {"id": "known-here", "facts": [format!("{STRANGER}/data")], "expect": expect}
        ]))
    };
    let either = json!({"one_of": ["0102030405060708", "0102030405060709"]});
    assert_eq!(odd(with_stranger("0102030405060709"), &[named(either.clone())]), (Vec::new(), 0));
    let (found, code) = odd(with_stranger("01020304050607ff"), &[named(either)]);
    assert_eq!((found, code), (vec![format!("pending {STRANGER}/data")], 1));
    // Named by the rule itself, factory is what it says: different is outside, not unknown.
    let (found, code) = odd(with_stranger("01020304050607ff"), &[named(json!("equals_factory"))]);
    assert_eq!((found, code), (vec![format!("pending {STRANGER}/data")], 1));
    // A rule about other cards names nothing of this one.
    let elsewhere = baseline(json!([
        {"id": "factory", "facts": ["nv/**"], "expect": "equals_factory"},
        {"id": "other", "select": {"psid": ["MT_9999999999"]}, "facts": [format!("{STRANGER}/data")],
         "expect": "equals_factory"}
    ]));
    let (found, code) = odd(with_stranger("01020304050607ff"), &[elsewhere]);
    assert!(found.contains(&format!("unknown(unknown-parameter) {STRANGER}/data")), "{found:?}");
    assert_eq!(code, 3);
}

#[test]
fn is_shown_and_compared() {
    let open =
        |card: Value| open_bytes(&Bundle::of([card]).bytes(), "test.zip".to_owned(), None, now()).unwrap();
    let case = Bundle::of([with_stranger("0102030405060709")]).case();
    let said = |path: &str| -> Vec<String> {
        let facts = case.facts.iter().filter(|fact| fact.path == path);
        facts.filter_map(|fact| Some(fact.value()?.to_string())).collect()
    };
    assert_eq!(
        said(&format!("{STRANGER}/data")),
        ["0102030405060708", "0102030405060708", "0102030405060709"]
    );
    assert_eq!(said(&format!("{STRANGER}/stored.writer")), ["BMC(3)"]);
    assert_eq!(said(&format!("{STRANGER}/stored.priority")), ["OEM(1)"]);
    assert_eq!(said("nv/access.stored_count"), ["1"]);
    let report = diff(
        open(with_stranger("0102030405060708")),
        open(with_stranger("0102030405060709")),
        Catalog::embedded(),
    )
    .unwrap();
    assert!(!report.same);
    let paths: Vec<&str> = report.changes.iter().map(|change| change.path.as_str()).collect();
    assert_eq!(paths, ["taint/pending_configuration", format!("{STRANGER}/data").as_str()]);
    // A card that never had it is different too.
    let report = diff(open(card()), open(with_stranger("0102030405060708")), Catalog::embedded()).unwrap();
    assert!(report.changes.iter().any(|change| change.path == format!("{STRANGER}/stored")));
}

#[test]
fn a_stored_stranger_that_cannot_be_read_is_unknown() {
    // The firmware will not say what it is.
    let refused =
        json!([{"when": {"register": "MNVQC", "tlv": "0:0x7f0000"}, "what": {"refuse": {"status": 3}}}]);
    let mut model = with_stranger("0102030405060708");
    model["faults"] = refused;
    assert_eq!(odd(model, &[factory()]), (vec![format!("unknown(not-captured) {STRANGER}")], 3));
    // It lets nobody read it.
    let unreadable = stranger(json!({"tlv": "0:0x7f0000", "readable": false, "all": {"data": "01020304"}}));
    assert_eq!(odd(unreadable, &[factory()]), (vec![format!("unknown(not-captured) {STRANGER}")], 3));
    // It is every function's, which nobody asks for.
    let group = stranger(json!({"tlv": "195:0x3fe", "all": {"data": "01020304"}}));
    assert_eq!(odd(group, &[factory()]), (vec!["unknown(not-captured) nv/195:0x3fe".to_owned()], 3));
    // A group form of a TLV that has a name was read where it counts.
    let known = stranger(json!({"tlv": "195:0x080", "all": {"data": "01020304"}}));
    assert_eq!(odd(known, &[factory()]).0, Vec::<String>::new());
}

#[test]
fn a_store_that_was_not_listed_to_its_end_leaves_a_doubt_on_what_has_no_name() {
    let doubt = |reason: &str| vec![format!("unknown({reason}) nv/access.stored_listed")];
    for (what, reason) in [
        (json!({"undelivered": 7}), "not-captured"),
        (json!("hang"), "timeout"),
        (json!({"refuse": {"status": 1}}), "not-captured"),
        (json!({"short_reply": 30}), "not-captured"),
    ] {
        let mut model = faulty(json!({"register": "MNVGN"}), what.clone());
        model["nv"]["changes"] =
            json!([{"set": {"NUM_OF_VFS": 8}, "views": ["next"], "writer": "mlxconfig"}]);
        assert_eq!(odd(model.clone(), &[factory()]), (doubt(reason), 3), "{what}");
        // A rule that names what it is about rests on nothing else.
        let named = rule(&["NUM_OF_VFS"], json!("equals_factory"));
        assert_eq!(odd(model, &[named]), (Vec::new(), 0), "{what}");
    }
    // Nothing stored, and firmware without such a list.
    for status in [5, 4] {
        let refused = faulty(json!({"register": "MNVGN"}), json!({"refuse": {"status": status}}));
        assert_eq!(odd(refused, &[factory()]), (Vec::new(), 0), "{status}");
    }
    // Never asked: an older collector's bundle, or one whose walk was left out.
    let record: fn(&str, &mut Vec<Exchange>) = |_, exchanges| {
        exchanges
            .retain(|exchange| exchange.request.as_register().is_none_or(|(id, _)| id != register::MNVGN));
    };
    let report = Bundle { record, ..Bundle::of([card()]) }.check(&[factory()]);
    assert_eq!(verdict_of(&report, "nv/access.stored_listed"), "unknown(not-captured)");
    assert_eq!(report.exit_code, 3);
    let given_up: fn(&str, &mut Vec<Exchange>) = |_, exchanges| {
        for exchange in exchanges {
            if exchange.request.as_register().is_some_and(|(id, _)| id == register::MNVGN) {
                exchange.outcome = Outcome::NotAsked(SkipReason::DeviceGivenUp);
            }
        }
    };
    let report = Bundle { record: given_up, ..Bundle::of([card()]) }.check(&[factory()]);
    assert_eq!(verdict_of(&report, "nv/access.stored_listed"), "unknown(not-captured)");
}

#[test]
fn an_answer_about_another_tlv_is_never_judged() {
    // The device gives the link type's bytes where the PCI settings were asked for.
    let record: fn(&str, &mut Vec<Exchange>) = |_, exchanges| {
        for exchange in exchanges {
            let about = exchange.request.as_register().filter(|(id, _)| *id == register::MNVDA);
            if about.is_some_and(|(_, data)| data[4..8] == [0, 0, 0, 0x80])
                && let Outcome::Replied(reply) = &mut exchange.outcome
            {
                reply.output[23] = 0x81;
            }
        }
    };
    let report =
        Bundle { record, ..Bundle::of([card()]) }.check(&[rule(&["NUM_OF_VFS"], json!({"equals": 8}))]);
    assert_eq!(gist(&report), ["unknown(not-captured) NUM_OF_VFS"]);
    assert_eq!(report.exit_code, 3);
}

#[test]
fn firmware_that_repeats_the_writer_names_nobody_but_the_store_does() {
    let mut model = card_with(json!({"nv": {"echo_writer": true,
        "changes": [{"set": {"NUM_OF_VFS": 16}, "views": ["next"], "writer": "bmc"}]}}));
    let record: fn(&str, &mut Vec<Exchange>) = |probe, exchanges| {
        // What the collector asks once per device, and what this card answers: another writer, repeated.
        let plain = exchanges.iter().find(|exchange| {
            let about = exchange.request.as_register().filter(|(id, _)| *id == register::MNVDA);
            about.is_some_and(|(_, data)| data[..8] == [2, 0, 1, 0, 0, 0, 0, 0x80])
        });
        let Some(Exchange { request, outcome: Outcome::Replied(reply) }) = plain.filter(|_| probe == "nv")
        else {
            return;
        };
        let mut data = request.as_register().unwrap().1.to_vec();
        data[..2].copy_from_slice(&[0x10, 9]);
        let mut reply = reply.clone();
        reply.output[17] |= 9;
        let request = mlx5_schemas::model::request::Request::register(register::MNVDA, data).unwrap();
        exchanges.push(Exchange { request, outcome: Outcome::Replied(reply) });
    };
    let writer = |model: &Value, record| {
        let report = Bundle { record, ..Bundle::of([model.clone()]) }.check(&[factory()]);
        let finding = findings(&report).find(|finding| finding.name == "NUM_OF_VFS").unwrap();
        let next =
            finding.found.iter().find(|found| found.view == Some(mlx5_schemas::model::fact::View::Next));
        next.unwrap().writer.clone()
    };
    assert_eq!(writer(&model, record).as_deref(), Some("bmc"), "the store's word");
    // Without the store there is nobody to name, and "unspecified" would be a word of our own.
    model["faults"] = json!([{"when": {"register": "MNVGN"}, "what": {"refuse": {"status": 4}}}]);
    assert_eq!(writer(&model, record), None);
}
