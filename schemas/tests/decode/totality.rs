//! What holds for any bytes: no panic, evidence in bounds, and every number is what its evidence shows.

use std::time::{Duration, Instant};

use mlx5_fixtures::reads::any_read;
use mlx5_schemas::catalog::Catalog;
use mlx5_schemas::decode::text::render;
use mlx5_schemas::decode::{Budget, MAX_DECODED_EXCHANGES, device_facts, device_facts_within};
use mlx5_schemas::model::command::CommandStatus;
use mlx5_schemas::model::exchange::{Exchange, Outcome, Reply};
use mlx5_schemas::model::fact::{Fact, Route, Value};
use mlx5_schemas::model::request::{CapabilityMode, Request};
use mlx5_schemas::model::transcript::{Recorded, decode, encode};
use proptest::prelude::*;

use crate::cases::cases_or;
use crate::samples::{answered, device, member, noise, nv_answer, read_nv, whole_device};

/// Evidence lies within the member, on the bounds of a record; a field lies within the room of its output.
fn assert_in_bounds(facts: &[Fact], name: &str, records: &[Recorded]) {
    for fact in facts {
        assert!(!fact.evidence.is_empty(), "{}", fact.path);
        for evidence in &fact.evidence {
            assert_eq!(evidence.member, name);
            let at =
                records.binary_search_by_key(&evidence.offset, |record| record.place.start as u64).unwrap();
            let record = &records[at];
            assert_eq!((record.place.end - record.place.start) as u64, evidence.length, "{}", fact.path);
            if let Some(field) = evidence.field {
                let room = record.exchange.request.output_length() * 8;
                assert!((field.bit_offset + field.bit_width) as usize <= room, "{}: {field:?}", fact.path);
            }
        }
    }
}

fn decoded(exchanges: &[Exchange]) -> (Vec<Fact>, String, Vec<Recorded>) {
    let (name, records) = member("any", exchanges);
    let transcripts = [(name, records)];
    let facts = device_facts(Catalog::embedded(), &device(), Route::Simulated, &transcripts);
    let [(name, records)] = transcripts;
    (facts, name, records)
}

fn requests() -> impl Strategy<Value = Request> {
    prop_oneof![
        4 => (any::<usize>(), any::<usize>(), any::<u64>())
            .prop_map(|(which, length, seed)| any_read(which, length, seed).unwrap()),
        1 => (0_u16..0x40, any::<bool>()).prop_map(|(page, current)| {
            let mode = if current { CapabilityMode::Current } else { CapabilityMode::Maximum };
            Request::capability(page, mode).unwrap()
        }),
        1 => Just(Request::adapter()),
    ]
}

fn exchanges() -> impl Strategy<Value = Exchange> {
    (requests(), any::<u32>(), 0..5000_usize, prop::sample::select(vec![0_u8, 0, 0, 0, 3, 0x50, 0xfe, 0x99]))
        .prop_map(|(request, seed, length, status)| {
            // Any length from a bare header to all the room, whatever the answer declares.
            let mut output = vec![status, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0];
            output.extend(noise(seed, length.min(request.output_length() - 16)));
            let outcome = match seed % 9 {
                0 => Outcome::Undelivered { errno: 110 },
                _ => Outcome::Replied(Reply::from_output(output).unwrap()),
            };
            Exchange { request, outcome }
        })
}

proptest! {
    #![proptest_config(cases_or(96))]

    #[test]
    fn any_exchanges_decode(exchanges in prop::collection::vec(exchanges(), 0..12)) {
        let (facts, name, records) = decoded(&exchanges);
        assert_in_bounds(&facts, &name, &records);
        let text = render(&facts);
        prop_assert!(!text.chars().any(|char| char.is_control() && char != '\n'));
        prop_assert_eq!(&decoded(&exchanges).0, &facts);
    }

    #[test]
    fn any_bytes_decode_or_are_refused(mut bytes in prop::collection::vec(any::<u8>(), 0..200), cut in any::<usize>()) {
        let _ = decode(&bytes);
        // A real transcript with bytes of it replaced reaches deeper than noise.
        let whole = encode(&[whole_device().swap_remove(cut % 40)]);
        let at = cut % whole.len();
        bytes.truncate(whole.len() - at);
        let mut changed = whole;
        changed[at..at + bytes.len()].copy_from_slice(&bytes);
        if let Ok(records) = decode(&changed) {
            let transcripts = [("any".to_owned(), records)];
            let facts = device_facts(Catalog::embedded(), &device(), Route::Fwctl, &transcripts);
            assert_in_bounds(&facts, "any", &transcripts[0].1);
        }
    }
}

#[test]
fn every_number_is_what_its_evidence_shows() {
    let (facts, name, records) = decoded(&whole_device());
    assert_in_bounds(&facts, &name, &records);
    let mut checked = 0;
    for fact in &facts {
        let (Some(Value::Number { number, .. }), Some(field)) = (fact.value(), fact.evidence[0].field) else {
            continue;
        };
        if field.bit_width > 64 || fact.path.starts_with("fw/") || fact.path.starts_with("taint/") {
            // Made of several fields, or of what a field says.
            continue;
        }
        let record =
            records.iter().find(|record| record.place.start as u64 == fact.evidence[0].offset).unwrap();
        let Outcome::Replied(reply) = &record.exchange.outcome else { panic!("{} of no reply", fact.path) };
        assert_eq!(reply.status, CommandStatus::OK);
        let bits = field.bit_offset..field.bit_offset + field.bit_width;
        let shown = bits.fold(0_u64, |sum, bit| {
            sum << 1 | u64::from(reply.output[bit as usize / 8] >> (7 - bit % 8) & 1)
        });
        assert_eq!(shown, *number, "{}", fact.path);
        checked += 1;
    }
    assert!(checked > 15_000, "{checked} numbers checked of {} facts", facts.len());
}

#[test]
fn a_flood_of_exchanges_is_bounded_and_says_so() {
    let flood: Vec<Exchange> = (0..20_000_u32)
        .map(|number| {
            // Another host and function each time, of a TLV that exists.
            let dword = 0x0300_0000 | (number & 0x3fff) << 10 | 0x80;
            answered(read_nv(dword, 0), &nv_answer(dword, &[1, 2, 3, 4]))
        })
        .collect();
    let (facts, name, records) = decoded(&flood);
    assert_in_bounds(&facts, &name, &records);
    assert!(facts.len() < 200_000, "{}", facts.len());
    let rest: Vec<&Fact> = facts.iter().filter(|fact| fact.path == "decode/rest").collect();
    assert_eq!(rest.len(), 1);
    assert_eq!(rest[0].value(), None);
    assert_eq!(rest[0].evidence[0].offset, records[MAX_DECODED_EXCHANGES].place.start as u64);
}

#[test]
fn a_bundle_has_one_budget_for_all_its_devices() {
    let (all, name, records) = decoded(&whole_device());
    let transcripts = [(name, records)];
    let mut budget = Budget::of_facts(all.len() + 100);
    let mut next =
        || device_facts_within(Catalog::embedded(), &device(), Route::Simulated, &transcripts, &mut budget);
    assert_eq!(next(), all, "the first device has all its facts");
    // A hundred for the second, none for the third; each says that there is more.
    for room in [100, 0] {
        let facts = next();
        assert_eq!(facts[..room], all[..room]);
        assert_eq!(facts.len(), room + 1);
        let rest = &facts[room];
        assert_eq!((rest.path.as_str(), rest.value()), ("decode/rest", None));
        assert_eq!(rest.evidence[0].member, transcripts[0].0);
    }
}

#[test]
fn paths_are_unique_per_subject_and_view() {
    let (facts, ..) = decoded(&whole_device());
    let mut seen = std::collections::BTreeSet::new();
    for fact in &facts {
        assert!(
            seen.insert((&fact.subject, &fact.path, fact.view)),
            "{} {:?} comes twice",
            fact.path,
            fact.view
        );
    }
}

/// Prints times; run it in release mode: `cargo test --release -p mlx5-schemas --test decode -- --ignored --nocapture`.
#[test]
#[ignore = "a measurement, not a check"]
fn measure() {
    let sources = ["nv.tsv", "registers.tsv", "capabilities.tsv"].map(|name| {
        std::fs::read_to_string(std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("data").join(name))
            .unwrap()
    });
    let sources: Vec<&str> = sources.iter().map(String::as_str).collect();
    let best = |work: &mut dyn FnMut()| -> Duration {
        (0..20)
            .map(|_| {
                let start = Instant::now();
                work();
                start.elapsed()
            })
            .min()
            .unwrap()
    };
    let parse = best(&mut || assert_eq!(Catalog::parse(&sources).unwrap().tlvs().len(), 203));
    let (name, records) = member("all", &whole_device());
    let transcripts = [(name, records)];
    let mut count = 0;
    let all = best(&mut || {
        count = device_facts(Catalog::embedded(), &device(), Route::Fwctl, &transcripts).len();
    });
    let facts = device_facts(Catalog::embedded(), &device(), Route::Fwctl, &transcripts);
    let mut length = 0;
    let rendering = best(&mut || length = render(&facts).len());
    eprintln!("parse {parse:?}; {count} facts in {all:?}; {length} bytes of text in {rendering:?}");
}
