//! Which device is which: the ladder, rung by rung, and what it refuses.

use mlx5_analyzer::diff::{DiffError, diff_with};
use mlx5_schemas::catalog::Catalog;
use mlx5_schemas::model::exchange::{Exchange, Outcome, Reply};
use mlx5_schemas::model::report::{DiffOutcome, DiffReport, MatchedBy};
use mlx5_schemas::model::request::Request;
use serde_json::{Value, json};

use super::{by_hand, compare, opened, told, with};
use crate::support::{Bundle, CARD, card, card_with};

/// A card at an address, with a base MAC whose last byte is given.
fn at(bdf: &str, mac: u8) -> Value {
    card_with(json!({"bdf": bdf, "base_mac": format!("0xb83fd20001{mac:02x}"),
                     "base_guid": format!("0xb83fd203000001{mac:02x}")}))
}

/// Left id, right id, rung.
fn pairs(report: &DiffReport) -> Vec<(&str, &str, MatchedBy)> {
    fn name(id: &Option<String>) -> &str {
        id.as_deref().unwrap_or("-")
    }
    report.devices.iter().map(|pair| (name(&pair.left), name(&pair.right), pair.by)).collect()
}

/// An answer to MSGI with this serial number.
fn msgi(serial: [u8; 24]) -> Exchange {
    let mut output = vec![0; 16];
    output.extend(serial);
    output.resize(16 + 128, 0);
    Exchange {
        request: Request::register(0x9021, vec![0; 128]).unwrap(),
        outcome: Outcome::Replied(Reply::from_output(output).unwrap()),
    }
}

/// The same serial number for every card, as some boards have it.
fn shared_serial(probe: &str, exchanges: &mut Vec<Exchange>) {
    if probe == "registers" {
        exchanges.push(msgi(*b"MT2233X01234\0\0\0\0\0\0\0\0\0\0\0\0"));
    }
}

fn other_serial(probe: &str, exchanges: &mut Vec<Exchange>) {
    if probe == "registers" {
        exchanges.push(msgi(*b"MT2233X99999\0\0\0\0\0\0\0\0\0\0\0\0"));
    }
}

#[test]
fn a_serial_number_counts_with_the_psid_and_where_nobody_else_has_it() {
    let with_serial = |card: Value| Bundle { record: shared_serial, ..Bundle::of([card]) };
    let report = compare(&with_serial(at(CARD, 0)), &with_serial(at("0000:99:00.0", 7)));
    assert_eq!(pairs(&report), [(CARD, "0000:99:00.0", MatchedBy::Serial)]);
    assert_eq!(report.devices[0].unlike, ["base MAC"]);
    // Another PSID: the number alone is not enough, and nothing else fits.
    let flashed = with_serial(card_with(json!({"bdf": "0000:99:00.0", "base_mac": "0xb83fd2000107",
        "firmware": {"psid": "MT_0000000999"}})));
    let report = compare(&with_serial(at(CARD, 0)), &flashed);
    assert_eq!(report.devices.iter().map(|pair| pair.by).collect::<Vec<_>>(), [MatchedBy::Nothing; 2]);
    assert_eq!(report.outcome, DiffOutcome::Different);
    // Two cards of one number, in each other's slots: the number says nothing, the MACs do.
    let two = |first: u8, second: u8| Bundle {
        record: shared_serial,
        ..Bundle::of([at("0000:3b:00.0", first), at("0000:5e:00.0", second)])
    };
    let report = compare(&two(1, 2), &two(2, 1));
    assert_eq!(
        pairs(&report),
        [
            ("0000:3b:00.0", "0000:5e:00.0", MatchedBy::Address),
            ("0000:5e:00.0", "0000:3b:00.0", MatchedBy::Address)
        ]
    );
    assert!(report.same, "{:?}", told(&report));
    // Nor does it help one of them alone to a partner.
    let one = Bundle { record: shared_serial, ..Bundle::of([at("0000:77:00.0", 9)]) };
    assert!(compare(&two(1, 2), &one).devices.iter().all(|pair| pair.by == MatchedBy::Nothing));
}

/// Cards of one serial number and PSID, of which one did not tell its number: the address decides.
#[test]
fn a_shared_serial_number_does_not_outdo_the_address() {
    let left = Bundle { record: shared_serial, ..Bundle::of([at("0000:3b:00.0", 1)]) };
    let mut other = at("0000:3b:00.0", 1);
    other["faults"] = json!([{"when": {"register": "MDSR"}, "what": {"errno": 110}}]);
    let right = Bundle {
        record: |probe, exchanges| {
            let silent = exchanges.iter().any(|one| matches!(one.outcome, Outcome::Undelivered { .. }));
            if !silent {
                shared_serial(probe, exchanges);
            }
        },
        ..Bundle::of([at("0000:5e:00.0", 2), other])
    };
    let report = compare(&left, &right);
    assert_eq!(
        pairs(&report),
        [("0000:3b:00.0", "0000:3b:00.0", MatchedBy::Address), ("-", "0000:5e:00.0", MatchedBy::Nothing)]
    );
}

#[test]
fn a_card_that_was_replaced_is_compared_by_its_slot_and_said_to_be_another() {
    let left = Bundle { record: shared_serial, ..Bundle::of([at(CARD, 0)]) };
    let right = Bundle { record: other_serial, ..Bundle::of([at(CARD, 5)]) };
    let report = compare(&left, &right);
    assert_eq!(pairs(&report), [(CARD, CARD, MatchedBy::Slot)]);
    assert_eq!(report.devices[0].unlike, ["serial number", "base MAC"]);
    // That its MAC is another is no difference then.
    assert!(report.same, "{:?}", told(&report));
    let own = report.changes.iter().filter(|change| change.identity).count();
    assert!(own > 3 && own == report.changes.len(), "{own}");
    // Of a card that is not known to be another, it is.
    let guid = |last: &str| {
        let data = format!("0000b83fd2000100b83fd203000001{last}");
        Bundle::of([super::with_item(json!({"tlv": "nv_base_mac_guid", "all": {"data": data}}))])
    };
    let report = compare(&guid("00"), &guid("77"));
    assert_eq!((report.devices[0].by, report.outcome), (MatchedBy::Address, DiffOutcome::Different));
}

#[test]
fn the_only_ones_of_a_kind_are_a_pair() {
    let report = compare(&Bundle::of([at(CARD, 0)]), &Bundle::of([at("0000:99:00.0", 1)]));
    assert_eq!((report.devices[0].by, report.same), (MatchedBy::Kind, true), "{:?}", told(&report));
    // Another kind of card in the same slot is another card.
    let other = card_with(json!({"pci": {"device": "0x1021"}, "firmware": {"psid": "MT_0000000800"},
        "base_mac": "0xb83fd2000199"}));
    let report = compare(&Bundle::of([card()]), &Bundle::of([other]));
    assert_eq!((report.devices.len(), report.outcome), (2, DiffOutcome::Different));
    assert!(told(&report).is_empty() && report.devices.iter().all(|pair| pair.candidates.is_empty()));
}

#[test]
fn several_of_a_kind_are_refused_and_the_hand_decides() {
    let left = Bundle::of([at("0000:3b:00.0", 1), at("0000:5e:00.0", 2)]);
    let right = Bundle::of([at("0000:99:00.0", 3), at("0000:9a:00.0", 4)]);
    let report = compare(&left, &right);
    assert!(report.devices.iter().all(|pair| pair.by == MatchedBy::Nothing));
    assert_eq!(report.devices[0].candidates, ["0000:99:00.0", "0000:9a:00.0"]);
    // As many on both sides: nobody saw a difference.
    assert_eq!((report.outcome, report.same), (DiffOutcome::Undecided, false));
    // One more on a side is one.
    let three = Bundle::of([at("0000:99:00.0", 3), at("0000:9a:00.0", 4), at("0000:9b:00.0", 5)]);
    assert_eq!(compare(&left, &three).outcome, DiffOutcome::Different);
    // By hand: what is left is the only one of its kind.
    let report = with(&left, &right, &by_hand("3b:00.0", "0000:9a:00.0")).report;
    assert_eq!(
        pairs(&report),
        [
            ("0000:3b:00.0", "0000:9a:00.0", MatchedBy::Hand),
            ("0000:5e:00.0", "0000:99:00.0", MatchedBy::Kind)
        ]
    );
    assert!(report.same, "{:?}", told(&report));
}

#[test]
fn a_hand_that_names_nothing_or_one_card_twice_is_told() {
    let two = Bundle::of([at("0000:3b:00.0", 1), at("0000:5e:00.0", 2)]);
    let refused = |pairs: &[(&str, &str)]| {
        let mut options = by_hand("x", "y");
        options.pairs = pairs.iter().flat_map(|(left, right)| by_hand(left, right).pairs).collect();
        diff_with(opened(&two), opened(&two), &options, Catalog::embedded()).map(|_| ()).unwrap_err()
    };
    let error = refused(&[("0000:77:00.0", "3b:00.0")]);
    assert!(matches!(error, DiffError::NoSuchDevice { .. }));
    assert_eq!(error.to_string(), "test.zip has no device 0000:77:00.0; it has 0000:3b:00.0, 0000:5e:00.0");
    let error = refused(&[("3b:00.0", "3b:00.0"), ("5e:00.0", "3b:00.0")]);
    assert!(matches!(error, DiffError::PairedTwice { .. }));
}

#[test]
fn functions_follow_their_card() {
    let card = |slot: &str, functions: &[u8]| {
        Bundle::of(functions.iter().map(|function| at(&format!("0000:{slot}:00.{function}"), 1)))
    };
    let report = compare(&card("3b", &[0, 1]), &card("99", &[0, 1]));
    assert_eq!(
        pairs(&report),
        [
            ("0000:3b:00.0", "0000:99:00.0", MatchedBy::Address),
            ("0000:3b:00.1", "0000:99:00.1", MatchedBy::Address)
        ]
    );
    assert!(report.same);
    // The second function alone is no first one.
    let report = compare(&card("3b", &[0, 1]), &card("3b", &[1]));
    assert_eq!(
        pairs(&report),
        [("0000:3b:00.0", "-", MatchedBy::Nothing), ("0000:3b:00.1", "0000:3b:00.1", MatchedBy::Address)]
    );
    assert_eq!(report.outcome, DiffOutcome::Different);
}
