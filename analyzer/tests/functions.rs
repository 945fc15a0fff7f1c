//! Several functions of one card: physical ones share their NV configuration, virtual ones have none of their own.

use mlx5_schemas::model::verdict::Word;
use serde_json::{Value, json};

use crate::support::{Bundle, CARD, card, card_with, findings, gist, rule, verdict_of};

const TWIN: &str = "0000:3b:00.1";

/// A card as its second function shows it.
fn twin(card: &Value) -> Value {
    let mut twin = card.clone();
    twin["bdf"] = json!(TWIN);
    twin
}

fn changed(views: &[&str]) -> Value {
    card_with(
        json!({"nv": {"changes": [{"set": {"NUM_OF_VFS": 16}, "views": views, "writer": "mlxconfig"}]}}),
    )
}

#[test]
fn what_two_functions_read_alike_is_told_once() {
    let changed = changed(&["current", "next"]);
    let bundle = Bundle::of([changed.clone(), twin(&changed)]);
    let report = bundle.check(&[rule(&["NUM_OF_VFS", "fw/psid"], json!({"one_of": [8, "MT_0000000436"]}))]);
    assert_eq!(report.exit_code, 2, "numbers and texts are not mixed");
    let report = bundle.check(&[rule(&["NUM_OF_VFS"], json!({"equals": 8}))]);
    assert_eq!(gist(&report), ["not-applicable(same-card) ", "outside NUM_OF_VFS"]);
    assert_eq!((report.counts.outside, report.exit_code), (1, 1));
    let [first, second] = report.bundles[0].devices.as_slice() else { panic!("two devices") };
    assert_eq!((first.id.as_str(), first.shares_with.as_deref()), (CARD, None));
    assert_eq!((second.id.as_str(), second.shares_with.as_deref()), (TWIN, Some(CARD)));
    // Nobody may read the second function as inside.
    assert_eq!((first.word, second.word), (Some(Word::Outside), Some(Word::Outside)));
    assert_eq!((first.counts.outside, second.counts.outside), (1, 0));
    let note = findings(&report).find(|finding| finding.rule == "same-card").unwrap();
    assert!(note.message.starts_with("1 finding "), "{}", note.message);
    assert!(note.message.contains(CARD) && !note.evidence.is_empty());
}

#[test]
fn a_healthy_card_with_two_functions_is_inside_twice_and_counted_once() {
    let alone = Bundle::of([card()]).check(&[rule(&["nv/**"], json!("equals_factory"))]);
    let both = Bundle::of([card(), twin(&card())]).check(&[rule(&["nv/**"], json!("equals_factory"))]);
    assert_eq!(both.exit_code, 0);
    assert!(both.bundles[0].devices.iter().all(|device| device.word == Some(Word::Inside)));
    assert_eq!(both.counts.within, alone.counts.within, "this card has nothing of a function's own");
}

#[test]
fn what_they_read_differently_is_told_of_both() {
    let report = Bundle::of([card(), twin(&changed(&["next"]))])
        .check(&[rule(&["NUM_OF_VFS", "LINK_TYPE_P1"], json!("equals_factory"))]);
    assert_eq!(report.exit_code, 1);
    let of_twin: Vec<String> = findings(&report)
        .filter(|finding| finding.subject.device() == Some(TWIN) && finding.name == "NUM_OF_VFS")
        .map(|finding| finding.verdict.to_string())
        .collect();
    assert_eq!(of_twin, ["pending"]);
    // A function whose read failed says so, whatever the other read.
    let hung = json!([{"when": {"tlv": "0:0x080", "view": "next"}, "what": "hang"}]);
    let mut second = twin(&card());
    second["faults"] = hung;
    let report = Bundle::of([card(), second]).check(&[rule(&["NUM_OF_VFS"], json!({"equals": 8}))]);
    assert_eq!(
        (verdict_of(&report, "NUM_OF_VFS"), report.exit_code),
        ("within unknown(timeout)".to_owned(), 3)
    );
}

#[test]
fn what_is_a_function_s_own_is_told_of_each() {
    let own =
        json!({"nv": {"items": [{"tlv": "nv_pf_pci_conf", "all": {"parameters": {"pf_total_vf_en": 1}}}]}});
    let card = card_with(own);
    let name = "nv_pf_pci_conf.pf_total_vf_en";
    let report = Bundle::of([card.clone(), twin(&card)]).check(&[rule(&[name], json!("equals_factory"))]);
    assert_eq!(
        (report.counts.within, report.counts.not_applicable),
        (2, 0),
        "{:?}",
        report.bundles[0].findings
    );
    let report = Bundle::of([card.clone(), twin(&card)])
        .check(&[rule(&["fw/psid"], json!({"equals": "MT_0000000436"}))]);
    assert_eq!(report.counts.within, 2);
}

#[test]
fn only_functions_of_one_card_share() {
    let check = |second: Value| {
        let report = Bundle::of([card(), second]).check(&[rule(&["NUM_OF_VFS"], json!({"equals": 8}))]);
        (report.counts.within, report.exit_code)
    };
    assert_eq!(check(twin(&card())), (1, 0));
    let mut other_slot = card();
    other_slot["bdf"] = json!("0000:3c:00.1");
    assert_eq!(check(other_slot), (2, 0));
    let mut other_card = twin(&card());
    other_card["base_mac"] = json!("0xb83fd2000900");
    assert_eq!(check(other_card), (2, 0));
    // Whose it is was not read: it stands for itself.
    let mut unread = twin(&card());
    unread["faults"] = json!([{"when": {"register": "MGIR"}, "what": {"refuse": {"status": 1}}}]);
    assert_eq!(check(unread).0, 2);
}

fn with_virtual_function() -> Bundle {
    let mut bundle = Bundle::of([card(), card_with(json!({"bdf": "0000:3b:00.2"}))]);
    bundle.touch = |manifest| manifest.devices[1].physical_function = Some(CARD.to_owned());
    bundle
}

#[test]
fn a_virtual_function_is_judged_with_its_physical_function() {
    let check = |bundle: &Bundle| bundle.check(&[rule(&["NUM_OF_VFS"], json!({"equals": 8}))]);
    let mut bundle = with_virtual_function();
    let report = check(&bundle);
    assert_eq!(gist(&report), ["not-applicable(virtual-function) "]);
    let device = &report.bundles[0].devices[1];
    assert_eq!((device.word, device.shares_with.as_deref(), report.exit_code), (None, Some(CARD), 0));
    // Alone, in a guest's bundle, or said to be a function of itself, nothing of it was judged.
    for physical in ["0000:99:00.0", "0000:3b:00.2"] {
        bundle.touch = match physical {
            "0000:99:00.0" => {
                |manifest| manifest.devices[1].physical_function = Some("0000:99:00.0".to_owned())
            }
            _ => |manifest| manifest.devices[1].physical_function = Some("0000:3b:00.2".to_owned()),
        };
        let report = check(&bundle);
        let device = &report.bundles[0].devices[1];
        assert_eq!((device.word, report.exit_code), (Some(Word::CannotBeVouchedFor), 3), "{physical}");
    }
}

#[test]
fn beyond_nv_configuration_a_virtual_function_is_judged_itself() {
    let rules = rule(&["NUM_OF_VFS", "reg/PTYS.eth_proto_admin"], json!({"one_of": [8, 4096]}));
    let report = with_virtual_function().check(&[rules]);
    assert_eq!(gist(&report), ["not-applicable(virtual-function) "]);
    let of_function = findings(&report).filter(|f| f.subject.device() == Some("0000:3b:00.2"));
    let within = of_function.filter(|finding| finding.verdict.word() == "within").count();
    assert_eq!((within, report.exit_code), (2, 0), "PTYS of two ports");
    // What a pattern takes of everything, it does not take of NV configuration here.
    let report = with_virtual_function().check(&[rule(&["**"], json!("equals_factory"))]);
    let mut of_function = findings(&report).filter(|f| f.subject.device() == Some("0000:3b:00.2"));
    assert!(of_function.all(|finding| !finding.path.starts_with("nv/")));
}
