//! What firmware adds, takes away, renames or gives another room is no changed value.

use mlx5_schemas::model::fact::View;
use mlx5_schemas::model::report::{Change, ChangeKind, DiffOutcome, DiffReport};
use serde_json::{Value, json};

use super::{compare, opened_bytes, selected, told, with, with_item};
use crate::support::{Bundle, card, card_with};

fn of<'a>(report: &'a DiffReport, path: &str) -> Vec<&'a Change> {
    report.changes.iter().filter(|change| change.path == path).collect()
}

fn kinds(report: &DiffReport, path: &str) -> Vec<ChangeKind> {
    of(report, path).iter().map(|change| change.kind).collect()
}

/// Newer firmware.
fn newer(mut card: Value) -> Value {
    card["firmware"]["version"] = json!("22.43.2026");
    card
}

fn pcc(mode: u64) -> Value {
    with_item(json!({"tlv": "nv_pcc_int", "all": {"parameters": {"np_rtt_int_data_mode": mode}}}))
}

#[test]
fn a_tlv_that_firmware_gained_is_added_with_its_parameters() {
    let report = compare(&Bundle::of([card()]), &Bundle::of([newer(pcc(0))]));
    let of_tlv: Vec<&Change> =
        report.changes.iter().filter(|change| change.path.starts_with("nv/0:0x114")).collect();
    assert!(of_tlv.len() > 10 && of_tlv.iter().all(|change| change.kind == ChangeKind::Added), "{of_tlv:?}");
    assert_eq!(kinds(&report, "nv/0:0x114/supported"), [ChangeKind::Added]);
    // The other way round it is removed.
    let report = compare(&Bundle::of([newer(pcc(0))]), &Bundle::of([card()]));
    assert_eq!(kinds(&report, "nv/0:0x114.pcc_int_en"), [ChangeKind::Removed; 3]);
    assert_eq!(report.outcome, DiffOutcome::Different);
    // By view, too.
    let options = selected(Some(View::Default), &["nv/0:0x114"], &[]);
    let report = with(&Bundle::of([card()]), &Bundle::of([newer(pcc(0))]), &options).report;
    assert_eq!(kinds(&report, "nv/0:0x114.pcc_int_en"), [ChangeKind::Added]);
}

#[test]
fn bytes_that_releases_read_differently_are_no_changed_value_once_the_firmware_differs() {
    const MODE: &str = "nv/0:0x114.np_rtt_int_data_mode";
    let old = Bundle::of([pcc(0)]);
    assert_eq!(kinds(&compare(&old, &Bundle::of([pcc(16)])), MODE), [ChangeKind::Changed; 3]);
    let report = compare(&old, &Bundle::of([newer(pcc(16))]));
    assert_eq!(kinds(&report, MODE), [ChangeKind::ReRanged; 3]);
    assert!(of(&report, MODE)[0].note.as_ref().unwrap().contains("releases read these bytes differently"));
    // A companion is no fact of its own.
    assert!(report.changes.iter().all(|change| !change.path.contains("/layout[")));
}

#[test]
fn what_the_firmware_allows_is_re_ranged() {
    let allowing = |size: u64| {
        with_item(json!({"tlv": "nv_memic_cap", "all": {"parameters": {"max_log_memic_bar_size": size}}}))
    };
    let report = compare(&Bundle::of([allowing(4)]), &Bundle::of([allowing(9)]));
    let path = "nv/0:0x007.max_log_memic_bar_size";
    let changes = of(&report, path);
    assert!(!changes.is_empty() && changes.iter().all(|change| change.kind == ChangeKind::ReRanged));
    assert_eq!(changes[0].note.as_deref(), Some("what the firmware allows"));
}

#[test]
fn a_tlv_of_another_length_is_re_ranged_once_the_firmware_differs() {
    let stranger = |data: &str| with_item(json!({"tlv": "0:0x7f0000", "all": {"data": data}}));
    let walk = |card: Value| {
        let mut card = card;
        card["nv"]["changes"] = json!([]);
        card
    };
    let short = walk(stranger("01020304"));
    let long = walk(stranger("0102030405060708"));
    let path = "nv/0:0x7f0000/data";
    let report =
        compare(&Bundle::of([with_next(short.clone())]), &Bundle::of([newer(with_next(long.clone()))]));
    assert!(!kinds(&report, path).is_empty(), "{:?}", told(&report));
    assert!(kinds(&report, path).iter().all(|kind| *kind == ChangeKind::ReRanged));
    let report = compare(&Bundle::of([with_next(short)]), &Bundle::of([with_next(long)]));
    assert!(kinds(&report, path).iter().all(|kind| *kind == ChangeKind::Changed));
}

/// The unknown TLV is found by what is stored.
fn with_next(mut card: Value) -> Value {
    for item in card["nv"]["items"].as_array_mut().unwrap() {
        if item["tlv"] == "0:0x7f0000" {
            item["next"] = json!({"data": item["all"]["data"], "writer": "bmc", "priority": "oem"});
        }
    }
    card
}

#[test]
fn an_older_name_is_renamed_and_no_difference() {
    let bundle = Bundle::of([pcc(0)]);
    let exported = super::golden::export(&bundle, &[], None);
    assert!(exported.contains(" nv/0:0x114.pcc_int_en@next False(0) # PCC_INT_EN\n"), "{exported}");
    let older = exported.replace("nv/0:0x114.pcc_int_en@", "nv/0:0x114.hpcc_int_en@");
    let compared = |text: &str, bundle: &Bundle| {
        let (left, right) = (opened_bytes(text.as_bytes()), super::opened(bundle));
        mlx5_analyzer::diff::diff(left, right, mlx5_schemas::catalog::Catalog::embedded()).unwrap()
    };
    let report = compared(&older, &bundle);
    assert_eq!(kinds(&report, "nv/0:0x114.pcc_int_en"), [ChangeKind::Renamed; 3]);
    let change = of(&report, "nv/0:0x114.pcc_int_en")[0];
    assert_eq!(
        (change.left_path.as_deref(), change.right_path.as_deref()),
        (Some("nv/0:0x114.hpcc_int_en"), None)
    );
    assert_eq!((change.name.as_str(), report.outcome), ("PCC_INT_EN", DiffOutcome::Same));
    // With another value it is a change, and says what it was called.
    let on = with_item(json!({"tlv": "nv_pcc_int", "all": {"parameters": {"pcc_int_en": 1}}}));
    let report = compared(&older, &Bundle::of([on]));
    assert_eq!(kinds(&report, "nv/0:0x114.pcc_int_en"), [ChangeKind::Changed; 3]);
    assert!(of(&report, "nv/0:0x114.pcc_int_en")[0].left_path.is_some());
    // A value's name that another release gave is a name.
    let named = exported.replace("pcc_int_en@default False(0)", "pcc_int_en@default OFF(0)");
    let report = compared(&named, &bundle);
    assert_eq!((kinds(&report, "nv/0:0x114.pcc_int_en"), report.same), (vec![ChangeKind::Renamed], true));
}

#[test]
fn nothing_stored_is_the_factory_s_value() {
    // Refused with BAD_RES: nothing is stored for the next boot.
    let unset = card_with(
        json!({"faults": [{"when": {"tlv": "0:0x080", "view": "next"}, "what": {"refuse": {"status": 5}}}]}),
    );
    let report =
        with(&Bundle::of([card()]), &Bundle::of([unset.clone()]), &selected(None, &["NUM_OF_VFS"], &[]));
    assert_eq!((told(&report.report), report.report.same), (vec![], true));
    let sixteen = crate::support::changed(json!({"NUM_OF_VFS": 16}), &["next"]);
    let report =
        with(&Bundle::of([unset]), &Bundle::of([sixteen]), &selected(None, &["NUM_OF_VFS"], &[])).report;
    assert_eq!(told(&report), ["NUM_OF_VFS next: absent 16"]);
}
