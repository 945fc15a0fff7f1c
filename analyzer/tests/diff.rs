//! `diff` over whole bundles.

use mlx5_analyzer::case::{Opened, open_bytes};
use mlx5_analyzer::diff::diff;
use mlx5_schemas::catalog::Catalog;
use mlx5_schemas::model::report::{DiffReport, MatchedBy};
use proptest::prelude::*;
use serde_json::json;

use crate::support::{Bundle, CLEAN, Host, card, card_with, changed, now};

fn opened(bundle: &Bundle) -> Opened {
    open_bytes(&bundle.bytes(), "test.zip".to_owned(), None, now()).unwrap()
}

fn compare(left: &Bundle, right: &Bundle) -> DiffReport {
    diff(opened(left), opened(right), Catalog::embedded()).unwrap()
}

/// What counts, as `NAME VIEW: LEFT RIGHT`.
fn told(report: &DiffReport) -> Vec<String> {
    let side = |side: &Option<mlx5_schemas::model::fact::Knowledge>| match side {
        Some(mlx5_schemas::model::fact::Knowledge::Known { value }) => value.to_string(),
        Some(mlx5_schemas::model::fact::Knowledge::Unknown { status, .. }) => status.to_string(),
        None => "none".to_owned(),
    };
    let counted = report.changes.iter().filter(|change| !change.volatile);
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
    assert!(!told.iter().any(|line| line.contains("current") || line.contains("default")), "{told:?}");
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
fn devices_are_matched_by_place_and_then_by_kind() {
    let moved = card_with(json!({"bdf": "0000:99:00.0"}));
    let report = compare(&Bundle::of([card()]), &Bundle::of([moved.clone()]));
    assert_eq!((report.devices[0].by, report.same), (MatchedBy::Kind, true), "{:?}", told(&report));
    // Two of a kind: nobody can say which is which.
    let twin = card_with(json!({"bdf": "0000:9a:00.0"}));
    let report = compare(&Bundle::of([card()]), &Bundle::of([moved, twin]));
    assert_eq!(report.devices.iter().map(|pair| pair.by).collect::<Vec<_>>(), [MatchedBy::Nothing; 3]);
    assert!(!report.same);
    // Another kind of card in the same slot is another card.
    let other = card_with(json!({"pci": {"device": "0x1021"}, "firmware": {"psid": "MT_0000000800"}}));
    let report = compare(&Bundle::of([card()]), &Bundle::of([other]));
    assert_eq!(report.devices.len(), 2);
    assert!(!report.same && told(&report).is_empty());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(16))]

    #[test]
    fn a_bundle_is_the_same_as_itself(seed in any::<u32>(), taint in 0_u64..1 << 20, twin in any::<bool>()) {
        let mut model = card();
        model["nv"] = json!({"fill": "catalog", "seed": seed});
        let mut cards = vec![model.clone()];
        if twin {
            model["bdf"] = json!("0000:5e:00.0");
            cards.push(model);
        }
        let bundle = Bundle { host: Host { taint: Some(taint), ..CLEAN }, ..Bundle::of(cards) };
        let report = compare(&bundle, &bundle);
        prop_assert!(report.same && report.changes.is_empty());
    }
}
