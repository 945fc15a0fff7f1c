//! A bundle as a simulated card: collecting from it gives what was collected before.

use std::path::{Path, PathBuf};

use mlx5_schemas::bundle::Bundle;
use mlx5_schemas::catalog::Catalog;
use mlx5_schemas::decode::device_facts;
use mlx5_schemas::model::exchange::{Exchange, Outcome};
use mlx5_schemas::model::fact::{Fact, Knowledge, Route};
use mlx5_schemas::model::manifest::{Source, TransportKind};
use mlx5_schemas::model::status::CollectionStatus;
use mlx5_schemas::model::transcript::{SUFFIX, decode};

use crate::support::{Place, code, finish, opened, row, stderr, stdout};

/// Collects into a file of the working directory, with the exit code that is expected.
#[track_caller]
fn collect(place: &Place, models: &[PathBuf], name: &str, expected: i32) -> Bundle {
    let mut command = place.collector(models);
    command.args(["-o", name]);
    let output = finish(command);
    assert_eq!(code(&output), expected, "{}", stderr(&output));
    opened(&std::fs::read(place.path("work").join(name)).unwrap())
}

/// The transcripts of a device by member name.
fn transcripts<'a>(bundle: &'a Bundle, id: &str) -> Vec<(&'a str, &'a [u8])> {
    let device = bundle.manifest.devices.iter().find(|device| device.id == id).unwrap();
    let members = bundle.members.iter().filter(|(name, _)| {
        name.strip_prefix(&device.folder).is_some_and(|rest| rest.starts_with('/') && rest.ends_with(SUFFIX))
    });
    members.map(|(name, bytes)| (name.as_str(), bytes.as_slice())).collect()
}

fn exchanges(bundle: &Bundle, id: &str) -> Vec<Exchange> {
    let records = transcripts(bundle, id).into_iter().flat_map(|(_, bytes)| decode(bytes).unwrap());
    records.map(|record| record.exchange).collect()
}

/// What came of each request: of several attempts that follow one another, the last. A replay knows no other.
fn outcomes(bundle: &Bundle, id: &str) -> Vec<Exchange> {
    let mut outcomes: Vec<Exchange> = Vec::new();
    for exchange in exchanges(bundle, id) {
        match outcomes.last_mut() {
            Some(earlier) if earlier.request == exchange.request => *earlier = exchange,
            _ => outcomes.push(exchange),
        }
    }
    outcomes
}

/// The facts of a device, without what tells where in a bundle they are shown.
fn facts(bundle: &Bundle, id: &str) -> Vec<Fact> {
    let device = bundle.manifest.devices.iter().find(|device| device.id == id).unwrap();
    let records: Vec<_> = transcripts(bundle, id)
        .into_iter()
        .map(|(name, bytes)| (name.to_owned(), decode(bytes).unwrap()))
        .collect();
    let mut facts = device_facts(Catalog::embedded(), device, Route::Simulated, &records);
    facts.iter_mut().for_each(|fact| fact.evidence.clear());
    facts
}

const ID: &str = "0000:d8:00.0";

/// A card with what a device can answer short of falling silent: refusals of registers, of pages and of NV items, a
/// refused length, busy answers, views that were never set, a changed value that is pending, unknown TLVs.
fn refusing(place: &Place) -> PathBuf {
    place.faulty(
        r#"[
            {"when": {"register": "PPLM"}, "what": {"refuse": {"status": 4, "syndrome": "0x1234"}}},
            {"when": {"register": "PTYS"}, "times": 1, "what": {"refuse": {"status": "0x50"}}},
            {"when": {"register": "MFRL"}, "what": {"refuse": {"status": 6}}},
            {"when": {"register": "QPTS"}, "times": 2, "what": {"refuse": {"status": 7}}},
            {"when": {"opcode": "0x100", "skip": 4}, "times": 3, "what": {"refuse": {"status": 3, "syndrome": 7}}},
            {"when": {"tlv": "nv_global_pci_conf", "view": "current"}, "what": {"refuse": {"status": 1}}},
            {"when": {"tlv": "nv_vpi_link_type", "view": "default"}, "what": {"refuse": {"status": 5}}},
            {"when": {"tlv": "nv_sw_offload_conf"}, "what": {"refuse": {"status": 3}}}
        ]"#,
    )
}

#[test]
fn a_card_with_refusals_and_absent_items_is_the_same_again() {
    let place = Place::new();
    let bundle = collect(&place, &[refusing(&place)], "recorded.zip", 1);
    let refused = exchanges(&bundle, ID);
    let statuses: std::collections::BTreeSet<u8> = refused
        .iter()
        .filter_map(|exchange| match &exchange.outcome {
            Outcome::Replied(reply) => Some(reply.status.0),
            Outcome::Undelivered { .. } | Outcome::NotAsked(_) => None,
        })
        .collect();
    assert!(statuses.is_superset(&[0, 1, 3, 4, 5, 6, 0x50].into()), "{statuses:x?}");

    let again = collect(&place, &[place.path("work/recorded.zip")], "replayed.zip", 1);
    assert!(outcomes(&bundle, ID) == outcomes(&again, ID));
    assert!(
        exchanges(&bundle, ID).len() > exchanges(&again, ID).len(),
        "the card was busy, its replay is not"
    );
    let (recorded, replayed) = (facts(&bundle, ID), facts(&again, ID));
    assert!(recorded.len() > 3000, "{}", recorded.len());
    assert_eq!(replayed, recorded);
    // Nothing of it is taken for a device.
    assert_eq!(again.manifest.devices[0].transport, TransportKind::Simulated);
    assert_eq!(again.manifest.devices[0].pci, bundle.manifest.devices[0].pci);
    let Source::Simulated { models, .. } = &again.manifest.source else {
        panic!("{:?}", again.manifest.source)
    };
    let replay = models[0].replay.as_ref().unwrap();
    assert_eq!((models[0].name.as_str(), replay.device.as_str()), ("recorded.zip", ID));
    assert_eq!((&replay.bundle, replay.created), (&bundle.manifest.id, bundle.manifest.created));
    // And a replay of the replay is that.
    let third = collect(&place, &[place.path("work/replayed.zip")], "third.zip", 1);
    assert!(transcripts(&third, ID) == transcripts(&again, ID), "byte by byte");
}

#[test]
fn what_was_not_answered_is_not_recorded_and_never_absent() {
    let place = Place::new();
    let model = place.path("hang.json");
    let text = format!(
        r#"{{"extends": "models/connectx-6-dx.json", "bdf": "{ID}", "command_timeout_ms": 1,
            "faults": [{{"when": {{"register": "PAOS"}}, "what": {{"undelivered": 2}}}},
                       {{"when": {{"opcode": "0x100", "skip": 5}}, "what": "death"}}]}}"#
    );
    std::fs::write(&model, text).unwrap();
    let bundle = collect(&place, &[model], "recorded.zip", 1);
    let again = collect(&place, &[place.path("work/recorded.zip")], "replayed.zip", 1);
    let (recorded, replayed) = (facts(&bundle, ID), facts(&again, ID));
    // The device died among the capabilities; what follows was not asked then.
    let status = |bundle: &Bundle, probe: &str| row(bundle, Some(ID), probe).status;
    assert_eq!(status(&bundle, "nv"), CollectionStatus::Captured);
    assert_eq!(status(&bundle, "capabilities"), CollectionStatus::Error);
    assert_eq!(status(&again, "nv"), CollectionStatus::Captured);
    for probe in ["capabilities", "registers"] {
        assert_eq!(status(&again, probe), CollectionStatus::NotRecorded, "{probe}");
    }
    // What is known is the same; what is not, nobody makes up.
    let known =
        |facts: &[Fact]| facts.iter().filter(|fact| fact.value().is_some()).cloned().collect::<Vec<_>>();
    assert!(known(&recorded).len() > 2000);
    assert_eq!(known(&replayed), known(&recorded));
    let is_absent =
        |fact: &&Fact| matches!(fact.knowledge, Knowledge::Unknown { status: CollectionStatus::Absent, .. });
    let absent = |facts: &[Fact]| facts.iter().filter(is_absent).cloned().collect::<Vec<_>>();
    assert_eq!(absent(&replayed), absent(&recorded));
    let not_recorded = |fact: &&Fact| {
        matches!(fact.knowledge, Knowledge::Unknown { status: CollectionStatus::NotRecorded, .. })
    };
    assert!(replayed.iter().any(|fact| not_recorded(&fact)));
}

#[test]
fn a_timeout_is_replayed_at_once_and_as_not_recorded() {
    let place = Place::new();
    let model = place.path("timeout.json");
    // The driver waits for five seconds more than it is told.
    let text = format!(
        r#"{{"extends": "models/connectx-6-dx.json", "bdf": "{ID}", "command_timeout_ms": 1,
            "faults": [{{"when": {{"register": "QETCR"}}, "what": "hang"}}]}}"#
    );
    std::fs::write(&model, text).unwrap();
    let bundle = collect(&place, &[model], "recorded.zip", 1);
    let registers = row(&bundle, Some(ID), "registers");
    assert_eq!(registers.status, CollectionStatus::Timeout);
    assert!(registers.elapsed_ms >= 5000, "{registers:?}");
    let again = collect(&place, &[place.path("work/recorded.zip")], "replayed.zip", 1);
    let registers = row(&again, Some(ID), "registers");
    assert!(registers.elapsed_ms < 5000, "waited once more: {registers:?}");
    assert_eq!(registers.status, CollectionStatus::NotRecorded);
    assert!(
        registers.reason.as_ref().unwrap().contains("not answered when this card was recorded"),
        "{registers:?}"
    );
    for probe in ["identity", "nv", "capabilities"] {
        assert_eq!(row(&again, Some(ID), probe).status, row(&bundle, Some(ID), probe).status, "{probe}");
    }
}

#[test]
fn of_several_devices_all_are_replayed_or_the_one_that_is_named() {
    let place = Place::new();
    let models = [place.sample("connectx-6-dx-two-port"), place.sample("connectx-7-ib")];
    let bundle = collect(&place, &models, "recorded.zip", 0);
    let ids: Vec<&str> = bundle.manifest.devices.iter().map(|device| device.id.as_str()).collect();
    assert_eq!(ids.len(), 2);
    let again = collect(&place, &[place.path("work/recorded.zip")], "all.zip", 0);
    for id in &ids {
        assert_eq!(transcripts(&again, id), transcripts(&bundle, id));
        assert_eq!(facts(&again, id), facts(&bundle, id));
    }
    let pci = |bundle: &Bundle| bundle.manifest.devices.iter().map(|d| d.pci.clone()).collect::<Vec<_>>();
    assert_eq!(pci(&again), pci(&bundle));

    let named = place.path(&format!("work/recorded.zip#{}", ids[1]));
    let one = collect(&place, &[named], "one.zip", 0);
    assert_eq!(one.manifest.devices.len(), 1);
    assert_eq!(transcripts(&one, ids[1]), transcripts(&bundle, ids[1]));
}

/// What the program says of a `--simulate` that it does not take.
#[track_caller]
fn refusal(place: &Place, model: &Path) -> String {
    let output = finish(place.collector(&[model.to_owned()]));
    assert_eq!((code(&output), stdout(&output).as_str()), (2, ""), "{}", stderr(&output));
    stderr(&output)
}

#[test]
fn a_bundle_is_a_stranger_s_file() {
    let place = Place::new();
    collect(&place, &[place.sample("connectx-7")], "recorded.zip", 0);
    let good = place.path("work/recorded.zip");
    let archive = std::fs::read(&good).unwrap();
    let write = |name: &str, bytes: &[u8]| {
        std::fs::write(place.path(name), bytes).unwrap();
        place.path(name)
    };
    let mut damaged = archive.clone();
    let middle = damaged.len() / 2;
    damaged[middle] ^= 1;
    for (name, bytes) in [("cut.zip", &archive[..archive.len() / 2]), ("damaged.zip", &damaged)] {
        let words = refusal(&place, &write(name, bytes));
        assert!(words.contains("cannot replay") && words.contains(name), "{words}");
    }
    // Every hostile bundle that the analyzer refuses, this refuses too; those with no answers make no card.
    for hostile in mlx5_fixtures::hostile::all() {
        let path = write("hostile.zip", &hostile.bytes);
        refusal(&place, &path);
    }
    let with = |suffix: &str| PathBuf::from(format!("{}#{suffix}", good.display()));
    let words = refusal(&place, &with("0000:99:00.0"));
    assert!(words.contains("no answers of a device 0000:99:00.0"), "{words}");
    let model = PathBuf::from(format!("{}#0000:99:00.0", place.sample("connectx-7").display()));
    assert!(refusal(&place, &model).contains("no bundle"));
}
