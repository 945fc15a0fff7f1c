//! `diff(x, x)` is empty; `diff(a, b)` is `diff(b, a)` seen from the other side.

use mlx5_schemas::model::report::{Change, ChangeKind, DevicePair, DiffReport, NotCompared, Sides};
use proptest::prelude::*;
use serde_json::{Value, json};

use super::{compare, told};
use crate::support::{Bundle, CLEAN, Host, card};

/// A report as the other side would have it.
fn turned(report: DiffReport) -> DiffReport {
    let kind = |kind: ChangeKind| match kind {
        ChangeKind::Added => ChangeKind::Removed,
        ChangeKind::Removed => ChangeKind::Added,
        ChangeKind::Changed | ChangeKind::ReRanged | ChangeKind::Renamed => kind,
    };
    let change = |change: Change| Change {
        kind: kind(change.kind),
        left_path: change.right_path,
        right_path: change.left_path,
        left: change.right,
        right: change.left,
        left_evidence: change.right_evidence,
        right_evidence: change.left_evidence,
        ..change
    };
    let gap = |gap: NotCompared| NotCompared {
        side: if gap.side == Sides::Left { Sides::Right } else { Sides::Left },
        ..gap
    };
    let mut devices: Vec<DevicePair> = report
        .devices
        .into_iter()
        .map(|pair| DevicePair { left: pair.right, right: pair.left, ..pair })
        .collect();
    devices.sort_by(|one, other| (&one.left, &one.right).cmp(&(&other.left, &other.right)));
    let context = report.context.into_iter().map(|row| mlx5_schemas::model::report::ContextRow {
        left: row.right,
        right: row.left,
        left_evidence: row.right_evidence,
        right_evidence: row.left_evidence,
        ..row
    });
    let mut groups = report.groups;
    for counts in &mut groups {
        std::mem::swap(&mut counts.added, &mut counts.removed);
    }
    DiffReport {
        left: report.right,
        right: report.left,
        devices,
        context: context.collect(),
        groups,
        changes: report.changes.into_iter().map(change).collect(),
        gaps: report.gaps.into_iter().map(gap).collect(),
        ..report
    }
}

/// A card with whatever may differ between two.
fn model(seed: u32, faults: u8, newer: bool) -> Value {
    let mut model = card();
    if !seed.is_multiple_of(3) {
        model["nv"] = json!({"fill": "catalog", "seed": seed % 4});
    }
    if seed.is_multiple_of(2) {
        model["nv"]["changes"] =
            json!([{"set": {"NUM_OF_VFS": 16}, "views": ["next"], "writer": "mlxconfig"}]);
    }
    if newer {
        model["firmware"]["version"] = json!("22.43.2026");
    }
    let fault = |when: Value, what: Value| json!({"when": when, "what": what});
    let all = [
        fault(json!({"tlv": "0:0x080", "view": "current"}), json!("hang")),
        fault(json!({"register": "MNVQC", "tlv": "0:0x080"}), json!({"refuse": {"status": 3}})),
        fault(json!({"tlv": "0:0x080", "view": "next"}), json!({"refuse": {"status": 5}})),
    ];
    let chosen = all.into_iter().enumerate().filter(|(place, _)| faults >> place & 1 == 1);
    model["faults"] = chosen.map(|(_, fault)| fault).collect();
    model
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(8))]

    #[test]
    fn a_bundle_is_the_same_as_itself(
        seed in any::<u32>(), taint in 0_u64..1 << 20, twin in any::<bool>(), faults in 0_u8..8
    ) {
        let first = model(seed, faults, false);
        let mut cards = vec![first.clone()];
        if twin {
            let mut second = first;
            second["bdf"] = json!("0000:5e:00.0");
            cards.push(second);
        }
        let bundle = Bundle { host: Host { taint: Some(taint), ..CLEAN }, ..Bundle::of(cards) };
        let report = compare(&bundle, &bundle);
        prop_assert!(report.same && report.changes.is_empty(), "{:?}", told(&report));
        prop_assert!(report.gaps.is_empty() && report.not_compared == 0);
    }

    #[test]
    fn the_order_of_the_sides_decides_nothing(
        seeds in any::<(u32, u32)>(), faults in (0_u8..8, 0_u8..8), newer in any::<(bool, bool)>(),
        taint in any::<bool>(), twins in any::<(bool, bool)>()
    ) {
        let bundle = |seed, faults, newer, twin: bool, taint: u64| {
            let first = model(seed, faults, newer);
            let mut cards = vec![first.clone()];
            if twin {
                let mut second = first;
                second["bdf"] = json!("0000:5e:00.0");
                second["base_mac"] = json!("0xb83fd2000999");
                cards.push(second);
            }
            Bundle { host: Host { taint: Some(taint), ..CLEAN }, ..Bundle::of(cards) }
        };
        let one = bundle(seeds.0, faults.0, newer.0, twins.0, 0);
        let other = bundle(seeds.1, faults.1, newer.1, twins.1, u64::from(taint) << 19);
        let (there, back) = (compare(&one, &other), turned(compare(&other, &one)));
        let mut there = there;
        there.devices.sort_by(|one, other| (&one.left, &one.right).cmp(&(&other.left, &other.right)));
        prop_assert_eq!(&there.changes, &back.changes);
        prop_assert_eq!(there, back);
    }
}
