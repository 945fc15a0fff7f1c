//! One row for one cause, and nothing lost by it.

use std::collections::BTreeSet;

use mlx5_schemas::model::report::{BundleReview, FoldCause};
use serde_json::json;

use super::cases::{all, bluefield, container, refused, twin, with_virtual_functions};
use crate::support::{Bundle, CARD, card, rule};

fn review(bundle: &Bundle, facts: &[&str]) -> BundleReview {
    bundle.check(&[rule(facts, json!("equals_factory"))]).bundles.remove(0)
}

/// Cause and count of each fold.
fn folds(review: &BundleReview) -> Vec<(FoldCause, u64)> {
    review.folds.iter().map(|fold| (fold.cause, fold.count)).collect()
}

#[test]
fn folding_loses_nothing() {
    for (name, bundle) in all() {
        let review = review(&bundle, &["nv/**", "fw/nothing"]);
        let counts = review.counts;
        let counted = [
            counts.within,
            counts.waived,
            counts.pending,
            counts.outside,
            counts.unknown,
            counts.not_applicable,
            counts.not_selected,
            counts.informational,
            counts.error,
        ];
        assert_eq!(counted.iter().sum::<u64>(), review.findings.len() as u64, "{name}");
        let ids: BTreeSet<&str> = review.findings.iter().map(|finding| finding.id.as_str()).collect();
        assert_eq!(ids.len(), review.findings.len(), "{name}: each finding has its own name");
        let mut folded = 0;
        for fold in &review.folds {
            let members: Vec<_> =
                review.findings.iter().filter(|finding| finding.fold.as_ref() == Some(&fold.id)).collect();
            folded += members.len();
            assert_eq!(members.len() as u64, fold.count, "{name}: {fold:?}");
            assert!(
                fold.count >= 2 && members[0].id == fold.first && !fold.evidence.is_empty(),
                "{name}: {fold:?}"
            );
            assert!(members.iter().all(|finding| finding.verdict == fold.verdict), "{name}: {fold:?}");
            let devices: BTreeSet<&str> = members.iter().filter_map(|one| one.subject.device()).collect();
            assert!(devices.into_iter().eq(fold.devices.iter().map(String::as_str)), "{name}: {fold:?}");
            assert!(
                !matches!(fold.verdict.word(), "within" | "outside" | "pending" | "error"),
                "{name}: {fold:?}"
            );
        }
        assert_eq!(folded, review.findings.iter().filter(|finding| finding.fold.is_some()).count(), "{name}");
    }
}

#[test]
fn refusals_of_one_owner_are_one_row_for_all_functions_of_the_card() {
    // Whether there is such an item at all was refused: that is each function's own to say.
    let mut card = bluefield(1, 0, json!({}));
    card["faults"] = json!([{"when": {"register": "MNVQC", "tlv": "0:0x080"}, "what": {"errno": 13}},
        {"when": {"register": "MNVQC", "tlv": "1:0x012"}, "what": {"errno": 13}}]);
    let review = review(&Bundle::of([card.clone(), twin(&card)]), &["NUM_OF_VFS", "LINK_TYPE_P*"]);
    let shared: Vec<_> = review.folds.iter().filter(|fold| fold.cause == FoldCause::SharedOwner).collect();
    assert_eq!(shared.len(), 1, "{:?}", review.folds);
    assert_eq!((shared[0].count, review.counts.unknown), (6, 6));
    assert_eq!(shared[0].devices, [CARD, super::cases::TWIN]);
    assert_eq!(shared[0].example, "NUM_OF_VFS");
    // The bytes of some, and the transcript.
    let member = &shared[0].evidence.last().unwrap();
    assert_eq!((member.member.as_str(), member.offset), ("devices/0000-3b-00.0/nv.exchanges", 0));
    // Nobody else owns a plain card.
    let plain = refused(crate::support::card());
    let review = self::review(&Bundle::of([plain]), &["NUM_OF_VFS", "LINK_TYPE_P*"]);
    assert_eq!(folds(&review), [(FoldCause::Denied, 3)]);
}

#[test]
fn a_refusal_that_an_owner_ordered_is_no_absence() {
    let parameters = |port: &str| {
        json!({"nv": {"items": [
            {"tlv": "nv_external_host_priv_conf", "all": {"parameters": {"nv_cfg_port": port}}},
            {"tlv": "nv_global_pci_conf", "all": {"parameters": {"sriov_valid": 1, "total_vfs": 8}}}
        ]}})
    };
    let exit = |port: &str| {
        let bundle = Bundle::of([bluefield(1, 0, parameters(port))]);
        let report = bundle.check(&[rule(&["NUM_OF_VFS", "LINK_TYPE_P*"], json!("equals_factory"))]);
        (report.counts.unknown, report.counts.not_applicable, report.exit_code)
    };
    assert_eq!(exit("ENABLE"), (0, 2, 0), "the card has no such ports' settings");
    assert_eq!(exit("DISABLE"), (2, 0, 3), "nobody can tell");
}

#[test]
fn virtual_functions_are_one_row_whatever_their_number() {
    for count in [2, 254] {
        let review = review(&with_virtual_functions(count), &["NUM_OF_VFS"]);
        let own: Vec<_> =
            review.folds.iter().filter(|fold| fold.cause == FoldCause::VirtualFunction).collect();
        assert_eq!((own.len(), own[0].count), (1, u64::from(count)));
        assert_eq!(
            own[0].message,
            format!("{count} virtual functions of {CARD}: their NV configuration is told there")
        );
        // What they show alike is one row too.
        assert_eq!(
            review.findings.iter().filter(|finding| finding.fold.is_none()).count(),
            1,
            "{:?}",
            review.folds
        );
    }
}

#[test]
fn what_a_container_hides_is_one_row() {
    let bundle = Bundle { host: container(), ..Bundle::of([card()]) };
    let rules = rule(&["host/taint", "host/lockdown", "host/module/mlx5_core/taint"], json!({"equals": 0}));
    let review = bundle.check(&[rules]).bundles.remove(0);
    assert_eq!(folds(&review), [(FoldCause::Container, 3)], "{:?}", review.findings);
    assert_eq!(review.counts.unknown, 3);
}
