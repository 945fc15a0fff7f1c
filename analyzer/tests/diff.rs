//! `diff` over whole bundles.

mod docs;
mod golden;
mod kinds;
mod matching;
mod symmetry;
mod verb;

use mlx5_analyzer::case::{Opened, open_bytes};
use mlx5_analyzer::diff::{Diffed, HandPair, Options, Selection, diff, diff_with};
use mlx5_analyzer::pattern::Pattern;
use mlx5_schemas::catalog::Catalog;
use mlx5_schemas::model::fact::{Knowledge, View};
use mlx5_schemas::model::report::{DiffOutcome, DiffReport};
use serde_json::{Value, json};

use crate::support::{Bundle, CLEAN, Host, card, changed, faulty, now};

fn opened(bundle: &Bundle) -> Opened {
    opened_bytes(&bundle.bytes())
}

fn opened_bytes(bytes: &[u8]) -> Opened {
    open_bytes(bytes, "test.zip".to_owned(), None, now()).unwrap()
}

fn compare(left: &Bundle, right: &Bundle) -> DiffReport {
    diff(opened(left), opened(right), Catalog::embedded()).unwrap()
}

fn with(left: &Bundle, right: &Bundle, options: &Options) -> Diffed {
    diff_with(opened(left), opened(right), options, Catalog::embedded()).unwrap()
}

fn selected(view: Option<View>, only: &[&str], ignore: &[&str]) -> Options {
    let patterns = |texts: &[&str]| texts.iter().map(|text| Pattern::new(text)).collect();
    Options {
        selection: Selection { view, only: patterns(only), ignore: patterns(ignore), ..Selection::default() },
        ..Options::default()
    }
}

fn by_hand(left: &str, right: &str) -> Options {
    Options { pairs: vec![HandPair::parse(&format!("{left}={right}")).unwrap()], ..Options::default() }
}

/// The card with one TLV more.
fn with_item(item: Value) -> Value {
    let mut card = card();
    card["nv"]["items"].as_array_mut().unwrap().push(item);
    card
}

/// What counts, as `NAME VIEW: LEFT RIGHT`.
fn told(report: &DiffReport) -> Vec<String> {
    let side = |side: &Option<Knowledge>| match side {
        Some(Knowledge::Known { value }) => value.to_string(),
        Some(Knowledge::Unknown { status, .. }) => status.to_string(),
        None => "none".to_owned(),
    };
    let counted = report.changes.iter().filter(|change| change.counts());
    counted
        .map(|change| {
            let view = change.view.map(|view| view.word()).unwrap_or("-");
            format!("{} {view}: {} {}", change.name, side(&change.left), side(&change.right))
        })
        .collect()
}

#[test]
fn a_change_is_told_with_both_sides_and_the_writer() {
    let report = compare(&Bundle::of([card()]), &Bundle::of([changed(json!({"NUM_OF_VFS": 16}), &["next"])]));
    let told = told(&report);
    assert!(told.contains(&"NUM_OF_VFS next: 8 16".to_owned()), "{told:?}");
    assert!(told.iter().any(|line| line.contains("writer next")), "{told:?}");
    assert!(!told.iter().any(|line| line.contains("current:") || line.contains("default:")), "{told:?}");
    // What it comes to is told first.
    assert_eq!(told[0], "taint/pending_configuration -: False(0) True(1)");
    assert!(!report.same);
    assert_eq!(report.equal_members, 1, "the registers are equal byte for byte");
}

#[test]
fn what_changes_by_itself_is_told_and_does_not_count() {
    let later = Bundle { host: Host { uptime: 9999, ..CLEAN }, ..Bundle::of([card()]) };
    let report = compare(&Bundle::of([card()]), &later);
    assert!(report.same);
    assert_eq!(
        report.changes.iter().map(|change| change.path.as_str()).collect::<Vec<_>>(),
        ["host/uptime_s"]
    );
}

#[test]
fn groups_stand_in_the_order_of_what_matters() {
    let tainted = Host { taint: Some(524_288), ..CLEAN };
    let right = Bundle { host: tainted, ..Bundle::of([changed(json!({"NUM_OF_VFS": 16}), &["next"])]) };
    let report = compare(&Bundle::of([card()]), &right);
    let groups: Vec<_> = report.changes.iter().map(|change| change.group).collect();
    assert!(groups.is_sorted() && groups.len() > 4, "{groups:?}");
    assert_eq!(report.changes[0].path, "host/taint");
    for counts in &report.groups {
        let of = report.changes.iter().filter(|change| change.group == counts.group).count();
        let counted = counts.changed + counts.re_ranged + counts.added + counts.removed;
        assert_eq!(u64::try_from(of).unwrap(), counted + counts.volatile, "{counts:?}");
    }
    let row = report.context.iter().find(|row| row.what == "assurance").unwrap();
    assert_eq!((row.left.as_deref(), row.right.as_deref()), (Some("strong"), Some("tainted (fwctl-taint)")));
    assert!(row.aside && row.differs);
}

#[test]
fn a_gap_is_neither_same_nor_changed() {
    let hung = Bundle::of([faulty(json!({"tlv": "0:0x080", "view": "current"}), json!("hang"))]);
    for (left, right) in [(&hung, &Bundle::of([card()])), (&Bundle::of([card()]), &hung)] {
        let report = with(left, right, &selected(None, &["nv/**"], &["nv/access**"])).report;
        assert_eq!(told(&report), Vec::<String>::new());
        assert_eq!((report.outcome, report.same), (DiffOutcome::Undecided, false));
        let gap = report.gaps.iter().find(|gap| gap.name == "NUM_OF_VFS").unwrap();
        assert_eq!((gap.view, gap.status.as_str()), (Some(View::Current), "timeout"));
        assert_eq!(report.not_compared, u64::try_from(report.gaps.len()).unwrap());
    }
    // On both sides it is no difference, and no sameness either: it is counted.
    let mut touched = Bundle::of([faulty(json!({"tlv": "0:0x080", "view": "current"}), json!("hang"))]);
    touched.host.taint = Some(1);
    let report = with(&hung, &touched, &selected(None, &["nv/**"], &[])).report;
    assert_eq!(report.outcome, DiffOutcome::Same);
    assert!(report.unread_by_both > 10, "{}", report.unread_by_both);
    // What differs beside a gap is different all the same.
    let mut both = changed(json!({"NUM_OF_VFS": 16}), &["next"]);
    both["faults"] = json!([{"when": {"tlv": "0:0x080", "view": "current"}, "what": "hang"}]);
    let report = compare(&Bundle::of([card()]), &Bundle::of([both]));
    assert_eq!(report.outcome, DiffOutcome::Different);
    assert!(!report.gaps.is_empty());
}

#[test]
fn what_was_not_asked_for_is_no_difference() {
    let mut less = Bundle::of([card()]);
    less.record = |probe, exchanges| {
        if probe == "registers" {
            exchanges.retain(|exchange| exchange.request.as_register().is_some_and(|(id, _)| id != 0x5004));
        }
    };
    let report = compare(&Bundle::of([card()]), &less);
    assert_eq!((told(&report), report.outcome), (Vec::new(), DiffOutcome::Undecided));
    assert!(report.gaps.iter().all(|gap| gap.path.starts_with("reg/PTYS") && gap.status == "not-asked"));
    let report = with(&Bundle::of([card()]), &less, &selected(None, &[], &["reg/PTYS"])).report;
    assert_eq!(report.outcome, DiffOutcome::Same);
}

#[test]
fn views_and_patterns_say_what_is_compared() {
    let left = Bundle::of([card()]);
    let tainted = Host { taint: Some(524_288), ..CLEAN };
    let right = Bundle { host: tainted, ..Bundle::of([changed(json!({"NUM_OF_VFS": 16}), &["next"])]) };
    let compared = |options: &Options| {
        let report = with(&left, &right, options).report;
        (told(&report), report.outcome)
    };
    assert_eq!(compared(&selected(Some(View::Default), &[], &[])), (vec![], DiffOutcome::Same));
    assert_eq!(compared(&selected(Some(View::Current), &[], &[])), (vec![], DiffOutcome::Same));
    let (next, outcome) = compared(&selected(Some(View::Next), &["NUM_OF_*", "LINK_TYPE_P?"], &[]));
    assert_eq!((next, outcome), (vec!["NUM_OF_VFS next: 8 16".to_owned()], DiffOutcome::Different));
    assert_eq!(compared(&selected(None, &["reg/**"], &[])), (vec![], DiffOutcome::Same));
    let ignored = selected(None, &["nv/**"], &["NUM_OF_VFS", "nv/0:0x080/*", "nv/access"]);
    assert_eq!(compared(&ignored), (vec![], DiffOutcome::Same));
    // Firmware beside what was asked for is told, and does not count.
    let newer = crate::support::card_with(json!({"firmware": {"version": "22.43.2026"}}));
    let report = with(&left, &Bundle::of([newer]), &selected(Some(View::Default), &[], &[])).report;
    let row = report.context.iter().find(|row| row.what == "running firmware").unwrap();
    assert!(row.differs && row.aside && report.same);
}
