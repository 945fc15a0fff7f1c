//! The read plan: that it is the study's, that the document says what it is, and that collecting by it from cards which
//! have everything touches nothing that is to be left alone.
//!
//! After a change of the list: `MLX5_REGENERATE=1 cargo test -p mlx5-collector --test read_plan`, and commit the result.
#![allow(clippy::unwrap_used, clippy::panic, clippy::print_stderr, missing_docs)]

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use mlx5_collector::probe::{Knowledge, ProbeContext, ProbeId, probe};
use mlx5_collector::recorder::{MonotonicClock, Recorder};
use mlx5_collector::transport::simulated::Simulated;
use mlx5_fixtures::reads::acting_bits;
use mlx5_schemas::catalog::Catalog;
use mlx5_schemas::model::exchange::{Exchange, ExchangeTime, Outcome};
use mlx5_schemas::model::request::{Group, Readable, Request, Tier, Values};
use mlx5_schemas::model::status::{CollectionStatus, classify};
use serde_json::{Value, json};

fn repository() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// The study's read plan; none where it is not at hand, which fails under CI.
fn study() -> Option<Value> {
    let path = repository().join("../shared/domain/read_plan.json");
    let Ok(text) = std::fs::read_to_string(&path) else {
        assert!(std::env::var_os("CI").is_none(), "the study is missing, and under CI nothing is skipped");
        eprintln!("skipped: ../shared/domain/read_plan.json is not at hand");
        return None;
    };
    Some(serde_json::from_str(&text).unwrap())
}

fn hex(id: &Value) -> u16 {
    u16::from_str_radix(id.as_str().unwrap().trim_start_matches("0x"), 16).unwrap()
}

#[test]
fn the_list_is_the_study_s() {
    let Some(study) = study() else { return };
    let mut names = BTreeSet::new();
    for entry in study["read"].as_array().unwrap() {
        let name = entry["name"].as_str().unwrap();
        let readable = Readable::of(hex(&entry["id_hex"])).unwrap_or_else(|| panic!("{name} is not read"));
        names.insert(readable.name);
        assert_eq!(readable.name, name);
        assert_eq!(Some(u64::from(readable.lengths[0])), entry["size"].as_u64(), "{name}");
        let tier = if readable.tier == Tier::Standard { 1 } else { 2 };
        assert_eq!(entry["tier"], tier, "{name}");
        let planned = entry["iterate"].as_array().unwrap();
        let rooms = readable.indexes.iter().filter(|index| matches!(index.values, Values::Room(_))).count();
        assert_eq!(readable.indexes.len(), planned.len() + rooms, "{name}");
        for (index, planned) in readable.indexes.iter().zip(planned) {
            assert_eq!(planned["field"], index.name, "{name}");
            assert_eq!(planned["bit_offset"], index.bit_offset, "{name}.{}", index.name);
            assert_eq!(planned["bit_width"], index.bit_width, "{name}.{}", index.name);
            // Every value that the plan spells out, and no other.
            if let Some(values) = planned["values"].as_array() {
                let values: Vec<u16> =
                    values.iter().map(|value| u16::try_from(value.as_u64().unwrap()).unwrap()).collect();
                assert_eq!(index.values, Values::Each(values.leak()), "{name}.{}", index.name);
            }
        }
    }
    // Beside the plan there are the registers of NV configuration alone.
    let others: Vec<&str> =
        Readable::all().iter().map(|readable| readable.name).filter(|name| !names.contains(name)).collect();
    assert_eq!(others, ["MNVDA", "MNVQC", "MNVGN"]);
    for entry in study["avoid"].as_array().unwrap() {
        assert_eq!(Readable::of(hex(&entry["id_hex"])), None, "{} is to be left alone", entry["name"]);
    }
}

fn values(values: Values) -> String {
    match values {
        Values::Each(values) => values.iter().map(u16::to_string).collect::<Vec<_>>().join(", "),
        Values::UpTo(last) => format!("0 to {last}"),
        Values::Ports => "each port".to_owned(),
        Values::Modules => "each module of PMLP".to_owned(),
        Values::Lanes => "each lane of PMLP".to_owned(),
        Values::Sensors => "each sensor of MTCAP, 64 + module".to_owned(),
        Values::Pools => "each pool of SBCAM".to_owned(),
        Values::Buffers => "each buffer of SBCAM".to_owned(),
        Values::Protocol => "4 Ethernet, 1 InfiniBand".to_owned(),
        Values::Function => "the function's own number".to_owned(),
        Values::Components => "each component of MCQS".to_owned(),
        Values::UntilRefused(most) => format!("from 0 until refused, at most {most}"),
        Values::Told { step: 1, .. } => "from 0, as many as the answer tells".to_owned(),
        Values::Told { step, .. } => format!("from 0 in steps of {step}, as far as the answer tells"),
        Values::Room(room) => format!("{room}"),
        Values::Any => "by the NV procedure".to_owned(),
    }
}

fn document() -> String {
    let mut text = String::from(
        "# Read plan\n\n\
         Which registers are read, in which instances. Made from the read list of this program\n\
         (`schemas/src/model/request/read_list.rs`); a test compares the two. What is not here cannot be asked: a request\n\
         has no constructor for another register, none for a field that is no index, and none for a value that is not\n\
         listed. `mlx5-collector plan --full` shows every request as it would be sent.\n\n\
         - **Tier 1** is read always, **tier 2** with `--full`.\n\
         - Registers that a mask tells of (MCAM 0x9000, PCAM 0x5000, QCAM 0x4000, SBCAM 0xb000, CWCAM 0x2800, NIC_CAP_REG\n\
         for some of 0xc000) are asked only where the mask does not deny them; each that is not asked has its row.\n\
         - Where two lengths are given, the second is asked when the device refuses the first by its length.\n\
         - A device that says \"busy\" or \"not ready\" is asked again, at most five times; each attempt has its row.\n\
         - Fields that clear, reset, apply, enable or end something are zero in every request, and looked for again in the\n\
         finished bytes.\n",
    );
    for group in Group::ALL {
        let of_group: Vec<&Readable> =
            Readable::all().iter().filter(|readable| readable.group == group).collect();
        let _ = write!(text, "\n## {}\n\n", group.word());
        text.push_str("| register | id | bytes | tier | index |\n|---|---|---|---|---|\n");
        for Readable { id, name, lengths, tier, indexes, .. } in of_group {
            let lengths: Vec<String> = lengths.iter().map(u16::to_string).collect();
            let tier = if *tier == Tier::Standard { 1 } else { 2 };
            let index = |index: &mlx5_schemas::model::request::IndexField| {
                format!("{} = {}", index.name, values(index.values))
            };
            let indexes: Vec<String> = indexes.iter().map(index).collect();
            let _ = writeln!(
                text,
                "| {name} | 0x{id:04x} | {} | {tier} | {} |",
                lengths.join(" or "),
                indexes.join("; ")
            );
        }
    }
    text
}

#[test]
fn the_document_says_what_is_read() {
    let path = repository().join("docs/read-plan.md");
    let expected = document();
    if std::env::var_os("MLX5_REGENERATE").is_some() {
        std::fs::write(&path, &expected).unwrap();
    }
    assert_eq!(std::fs::read_to_string(&path).unwrap_or_default(), expected, "see the head of this file");
}

/// Everything that was recorded of a card, and the card with what it remembers.
fn collected(model: &Path) -> (Vec<Exchange>, Simulated) {
    let mut card = Simulated::load(model).unwrap();
    let mut exchanges = Vec::new();
    let mut sink = |request: &Request, outcome: &Outcome, _: ExchangeTime| {
        exchanges.push(Exchange { request: request.clone(), outcome: outcome.clone() });
    };
    let clock = MonotonicClock::start();
    let mut recorder = Recorder::new(&mut card, &clock, &|| None, &mut sink);
    let mut knowledge = Knowledge::default();
    for id in ProbeId::ALL {
        probe(id).collect(&mut ProbeContext::new(&mut recorder, Catalog::embedded(), &mut knowledge));
    }
    (exchanges, card)
}

#[test]
fn two_cards_of_two_functions_and_two_ports_are_read_whole_and_nothing_else_is_touched() {
    let functions = ["0000:01:00.0", "0000:01:00.1", "0000:02:00.0", "0000:02:00.1"];
    // A model extends one of its own folder.
    let folder = tempfile::tempdir().unwrap();
    std::fs::create_dir(folder.path().join("parts")).unwrap();
    for name in ["connectx-7-whole.json", "connectx-7.json", "parts/common.json"] {
        std::fs::copy(repository().join("fixtures/models").join(name), folder.path().join(name)).unwrap();
    }
    for (number, bdf) in (0_u64..).zip(functions) {
        let model = folder.path().join(format!("function-{number}.json"));
        let text =
            json!({"extends": "connectx-7-whole.json", "bdf": bdf, "base_mac": 0x0200_0000_0000 + number});
        std::fs::write(&model, text.to_string()).unwrap();
        let (exchanges, card) = collected(&model);
        let card = card.card();
        // Whole: each has an answer, but for what is a secret or what this card does not store.
        for exchange in &exchanges {
            let register = exchange.request.as_register().map(|(id, _)| id);
            let status = classify(register, &exchange.outcome);
            let is_secret = matches!(exchange.outcome, Outcome::NotAsked(reason) if !reason.is_gap());
            assert!(is_secret || !status.is_gap(), "{bdf}: {exchange:?}");
        }
        let mut asked: BTreeMap<u16, Vec<&[u8]>> = BTreeMap::new();
        for read in card.reads() {
            asked.entry(read.register).or_default().push(&read.data);
        }
        for Readable { id, name, .. } in Readable::all().iter().filter(|readable| readable.name != "MNVGN") {
            let answers = exchanges.iter().filter(|exchange| {
                exchange.request.as_register().is_some_and(|(register, _)| register == *id)
                    && classify(Some(*id), &exchange.outcome) == CollectionStatus::Captured
            });
            assert!(answers.count() > 0, "{bdf}: {name} was not read");
            assert!(asked.contains_key(id), "{bdf}: {name} was not seen");
        }
        // Instances: two ports, their modules, lanes, buffers, sensors, pins, profiles, components.
        let count = |id: u16| asked.get(&id).map_or(0, Vec::len);
        for (id, instances) in [
            (0x5002, 2),  // PMLP: ports
            (0x5012, 2),  // PMAOS: modules
            (0x5027, 8),  // SLTP: ports and lanes
            (0xb001, 4),  // SBPR: directions and pools
            (0xb002, 12), // SBCM: ports, directions and buffers
            (0x900a, 4),  // MTMP: sensors and modules
            (0x9053, 2),  // MTPPS: pins
            (0x402c, 2),  // ROCE_ACCL: profiles
            (0x400d, 48), // QEEC: ports, hierarchies and elements
            (0x9110, 8),  // MDSR: tokens
            (0x9026, 20), // MISOC: types, running and pending
            (0x9060, 2),  // MCQS: components
            (0x9061, 9),  // MCQI: three of each, and three of the image that waits
            (0x902a, 16), // MSCI: until refused
            (0x9064, 43), // MQIS: eight bytes at a time, and one refusal for each string that there is not
        ] {
            assert_eq!(count(id), instances, "{bdf}: 0x{id:04x}");
        }
        // Nothing else: no write, no register outside of the list, no bit that acts.
        assert_eq!(card.writes(), []);
        for (id, requests) in asked {
            assert!(Readable::of(id).is_some(), "{bdf}: 0x{id:04x} is to be left alone");
            for data in requests {
                assert!(Request::register(id, data).is_ok(), "0x{id:04x}");
                assert_eq!(acting_bits(id, data), Some(vec![]), "{bdf}: 0x{id:04x}: bits that act");
            }
        }
    }
}

#[test]
fn the_second_tier_is_asked_only_where_it_was_wanted() {
    let second: BTreeSet<u16> = Readable::all()
        .iter()
        .filter(|readable| readable.tier == Tier::Full)
        .map(|readable| readable.id)
        .collect();
    assert_eq!(second.len(), 39);
    let asked = |probes: &[ProbeId]| -> BTreeSet<u16> {
        let planned = mlx5_collector::plan::planned(probes);
        planned.iter().filter_map(|planned| planned.request.as_register()).map(|(id, _)| id).collect()
    };
    assert!(asked(&ProbeId::STANDARD).is_disjoint(&second));
    assert!(asked(&ProbeId::ALL).is_superset(&second));
    // Everything; the walk over what is stored is the NV probe's own affair.
    let unasked = asked(&ProbeId::ALL);
    let unasked = Readable::all().iter().filter(|readable| !unasked.contains(&readable.id));
    assert!(unasked.clone().all(|readable| readable.name == "MNVGN"), "{:?}", unasked.collect::<Vec<_>>());
}
