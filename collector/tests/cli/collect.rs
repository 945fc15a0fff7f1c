//! A whole run.

use mlx5_schemas::bundle::trust::{Trust, trust};
use mlx5_schemas::decode::host::host_facts;
use mlx5_schemas::model::fact::Route;
use mlx5_schemas::model::host::HOST_MEMBER;
use mlx5_schemas::model::manifest::{Ending, Seal, Source};
use mlx5_schemas::model::status::CollectionStatus;
use sha2::{Digest, Sha256};

use crate::support::{Place, captures, code, finish, row, stderr};

#[test]
fn two_simulated_cards_and_a_host_are_complete() {
    let place = Place::new();
    let output = finish(place.collector(&[place.sample("connectx-7"), place.sample("connectx-6-dx")]));
    assert_eq!(code(&output), 0, "{}", stderr(&output));
    let bundle = place.bundle();
    let manifest = &bundle.manifest;
    assert!(manifest.complete && manifest.ending == Ending::Finished);
    assert!(manifest.notes.is_empty());
    let Source::Simulated { models, root } = &manifest.source else { panic!("{:?}", manifest.source) };
    assert_eq!(
        models.iter().map(|model| model.name.as_str()).collect::<Vec<_>>(),
        ["connectx-7.json", "connectx-6-dx.json", "common.json"],
        "the models named, then what they extend"
    );
    let common = std::fs::read(place.path("models/parts/common.json")).unwrap();
    let digest: String = Sha256::digest(&common).iter().map(|byte| format!("{byte:02x}")).collect();
    assert_eq!(models[2].sha256, digest);
    assert_eq!(root.as_deref(), place.path("host").to_str());
    assert!(manifest.devices.windows(2).all(|pair| pair[0].id < pair[1].id));
    assert_eq!(manifest.devices.len(), 2);
    assert_eq!(manifest.probes.len(), 11);
    let (second_tier, rows): (Vec<_>, Vec<_>) =
        manifest.probes.iter().partition(|row| row.probe == "full-registers");
    assert!(second_tier.iter().all(|row| row.reason.as_deref() == Some("read with --full")));
    for row in rows {
        assert!(matches!(row.status, CollectionStatus::Captured | CollectionStatus::Absent), "{row:?}");
        assert!(row.members.iter().all(|name| bundle.members.contains_key(name)), "{row:?}");
    }
    for device in &manifest.devices {
        for name in ["identity.txt", "nv.exchanges", "capabilities.exchanges", "registers.txt", "times.json"]
        {
            assert!(bundle.members.contains_key(&format!("{}/{name}", device.folder)), "{name}");
        }
    }
    let words = stderr(&output);
    let Seal::OneRunKey { fingerprint } = &manifest.seal else { panic!("{:?}", manifest.seal) };
    assert!(words.contains(fingerprint), "the fingerprint to quote is not in: {words}");
    assert_eq!(
        trust(&bundle, None, manifest.created).unwrap(),
        Trust::UnknownSigner { fingerprint: fingerprint.clone() }
    );
}

#[test]
fn the_order_of_the_exchanges_and_of_their_times_is_one() {
    let place = Place::new();
    assert_eq!(code(&finish(place.collector(&[place.sample("connectx-6-dx")]))), 0);
    let bundle = place.bundle();
    let folder = &bundle.manifest.devices[0].folder;
    let times: std::collections::BTreeMap<String, Vec<[u64; 2]>> =
        serde_json::from_slice(&bundle.members[&format!("{folder}/times.json")]).unwrap();
    for probe in ["identity", "nv", "capabilities", "registers"] {
        let transcript = &bundle.members[&format!("{folder}/{probe}.exchanges")];
        let records = mlx5_schemas::model::transcript::decode(transcript).unwrap();
        assert!(!records.is_empty());
        assert_eq!(records.len(), times[probe].len(), "{probe}");
    }
}

#[test]
fn nothing_that_identifies_the_host_gets_in() {
    let place = Place::new();
    finish(place.collector(&[place.sample("connectx-6-dx")]));
    let bundle = place.bundle();
    for (name, bytes) in bundle.members.iter().filter(|(name, _)| name.starts_with("host/")) {
        let text = String::from_utf8_lossy(bytes);
        for word in ["SECRET", "192.0.2", "02:ab:3c"] {
            assert!(!text.contains(word), "{word} is in {name}");
        }
    }
}

#[test]
fn the_hosts_facts_are_there_and_taint_is_read_twice() {
    let place = Place::new();
    finish(place.collector(&[place.sample("connectx-6-dx")]));
    let bundle = place.bundle();
    let captures = captures(&bundle);
    assert!(captures.captures.is_sorted_by_key(|capture| &capture.name));
    let facts = host_facts(Route::Kernel, HOST_MEMBER, &captures);
    let value = |path: &str| {
        let fact = facts.iter().find(|fact| fact.path == path);
        fact.and_then(|fact| fact.value()).map(ToString::to_string).unwrap_or_default()
    };
    for (path, expected) in [
        ("host/taint", "12288"),
        ("host/taint_at_end", "12288"),
        ("host/taint/J", "0"),
        ("host/lockdown", "none"),
        ("host/distribution", "Debian GNU/Linux 13 (trixie)"),
        ("host/fwctl_requester", "mstconfig(412) on fwctl0"),
        ("host/kernel_log_from_boot", "1"),
        ("host/module/mlx5_fwctl/taint", "OE"),
        ("host/module/nvidia/taint", "POE"),
        ("host/cmdline", "pci=realloc mlx5_core.debug_mask=1"),
    ] {
        assert_eq!(value(path), expected, "{path}");
    }
    // Clean modules beyond those that are looked for have no row.
    assert!(!facts.iter().any(|fact| fact.path.contains("ext4")));
}

#[test]
fn probes_that_were_left_out_have_rows_and_leave_no_hole() {
    let place = Place::new();
    let mut command = place.collector(&[place.sample("connectx-6-dx")]);
    command.args(["--only", "identity,host"]);
    assert_eq!(code(&finish(command)), 0);
    let bundle = place.bundle();
    assert!(bundle.manifest.complete);
    let id = bundle.manifest.devices[0].id.as_str();
    assert_eq!(row(&bundle, Some(id), "identity").status, CollectionStatus::Captured);
    for probe in ["nv", "capabilities", "registers"] {
        let row = row(&bundle, Some(id), probe);
        assert_eq!(
            (row.status, row.reason.as_deref()),
            (CollectionStatus::Skipped, Some("left out by the user"))
        );
        assert!(row.members.is_empty());
    }
}

#[test]
fn a_device_that_was_named_and_is_not_there_is_missed() {
    let place = Place::new();
    let mut command = place.collector(&[place.sample("connectx-6-dx"), place.sample("connectx-7")]);
    let id = "0000:3b:00.0";
    command.args(["-d", "3b:00.0", "-d", "fwctl9"]);
    let output = finish(command);
    assert_eq!(code(&output), 1);
    let bundle = place.bundle();
    assert_eq!(bundle.manifest.devices.iter().map(|device| device.id.as_str()).collect::<Vec<_>>(), [id]);
    assert!(!bundle.manifest.complete);
    assert!(stderr(&output).starts_with("There is no device fwctl9"), "{}", stderr(&output));
}

#[test]
fn a_refusal_with_an_internal_error_is_a_hole_with_its_reason() {
    let place = Place::new();
    let model = place.faulty(
        r#"[{"when": {"from": "any", "register": "PPLM"}, "what": {"refuse": {"status": 1, "syndrome": 4660}}}]"#,
    );
    let output = finish(place.collector(&[model]));
    assert_eq!(code(&output), 1);
    let bundle = place.bundle();
    let row = row(&bundle, Some("0000:d8:00.0"), "registers");
    assert_eq!(row.status, CollectionStatus::Error);
    let reason = row.reason.as_deref().unwrap();
    assert!(reason.contains("INT_ERR") && reason.contains("0x1234"), "{reason}");
    assert!(row.items["captured"] > 0 && row.items["error"] > 0);
}
