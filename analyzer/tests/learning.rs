//! `baseline learn`: what twenty good bundles teach, what of it holds of others, and what it finds.

pub(crate) mod varied;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use mlx5_analyzer::baseline::{LoadedBaseline, parse};
use mlx5_analyzer::case::{Case, open_bytes};
use mlx5_analyzer::check::{Options, check};
use mlx5_analyzer::envelope::learn::{self, Accept, Learnt, learn};
use mlx5_analyzer::pattern::Pattern;
use mlx5_schemas::catalog::Catalog;
use serde_json::json;

use crate::support::{Bundle, Host, Sealed, now};
use varied::{PLANTED, good, planted};

/// Bundles in memory under the names of files.
struct Files(Vec<(PathBuf, Vec<u8>)>);

impl Files {
    fn of(seeds: impl Iterator<Item = u64>) -> Self {
        Self(seeds.map(|seed| (PathBuf::from(format!("{seed}.zip")), good(seed).bundle().bytes())).collect())
    }

    fn open(&self, path: &Path) -> Result<Case, String> {
        let (_, bytes) = self.0.iter().find(|(name, _)| name == path).ok_or("no such file")?;
        case(bytes)
    }

    fn learn(&self, of_host: bool) -> Learnt {
        let files: Vec<&Path> = self.0.iter().map(|(name, _)| name.as_path()).collect();
        learn(&files, &|path| self.open(path), options(of_host, &BTreeSet::new())).unwrap()
    }
}

fn case(bytes: &[u8]) -> Result<Case, String> {
    let opened = open_bytes(bytes, "test.zip".to_owned(), None, now()).map_err(|error| error.to_string())?;
    opened.decode(Catalog::embedded()).map_err(|error| error.to_string())
}

fn options(of_host: bool, accepted: &BTreeSet<Accept>) -> learn::Options<'_> {
    learn::Options {
        name: if of_host { "hosts" } else { "cards" },
        of_host,
        only: &[],
        ignore: &[],
        accepted,
        has_signers: false,
        catalog: Catalog::embedded(),
    }
}

/// What is not inside, as `VERDICT NAME`; all bundles are held against both baselines, each by itself.
fn flagged(bytes: &[u8], baselines: &[LoadedBaseline]) -> Vec<String> {
    let mut lines = BTreeSet::new();
    for baseline in baselines {
        let report = check(&[Ok(case(bytes).unwrap())], std::slice::from_ref(baseline), Options::default());
        let own: Vec<String> = crate::support::gist(&report)
            .into_iter()
            .filter(|line| !line.starts_with("not-") && !line.starts_with("informational"))
            .collect();
        // Too little evidence, or firmware that nobody saw, is no finding of its own.
        let devices = report.bundles.iter().flat_map(|bundle| &bundle.devices);
        let reasons = devices.flat_map(|device| device.reasons.iter().map(|why| format!("held back: {why}")));
        match (own.is_empty(), report.exit_code) {
            (true, 0) => {}
            (true, _) => lines.extend(reasons),
            (false, code) => {
                assert_ne!(code, 0, "{own:?}");
                lines.extend(own);
            }
        }
    }
    lines.into_iter().collect()
}

/// Names of interfaces are each host's own.
fn same_name(line: &str, verdict: &str, name: &str) -> bool {
    match name {
        "netdev mtu" => line.starts_with(&format!("{verdict} netdev/")) && line.ends_with(".mtu"),
        name => line == format!("{verdict} {name}"),
    }
}

/// The show: of ten unseen good bundles at most one is flagged; of twenty with one change each, all are found, and nothing
/// else.
fn show(seed: u64) {
    let files = Files::of((0..20).map(|number| seed + number));
    let baselines = [false, true].map(|of_host| {
        let learnt = files.learn(of_host);
        assert_eq!(learnt.not_inside, Vec::<String>::new(), "{}", learnt.text);
        parse("learnt.json".to_owned(), &learnt.text).unwrap()
    });
    let unseen = (20..30).map(|number| flagged(&good(seed + number).bundle().bytes(), &baselines));
    let bad: Vec<Vec<String>> = unseen.filter(|lines| !lines.is_empty()).collect();
    assert!(bad.len() <= 1, "{bad:?}");
    for number in 0..PLANTED {
        let changed = planted(number, seed + 30 + number);
        let lines = flagged(&changed.good.bundle().bytes(), &baselines);
        let is_it = |line: &String| same_name(line, changed.verdict, changed.name);
        assert!(lines.len() == 1 && lines.iter().all(is_it), "{number} {}: {lines:?}", changed.name);
    }
}

#[test]
fn what_is_learnt_holds_of_others_and_finds_every_change() {
    show(1);
}

#[test]
fn it_does_so_of_another_fleet_too() {
    show(5001);
}

/// Files are the same text in any order; a bundle that is given twice counts once.
#[test]
fn the_order_of_bundles_does_not_matter() {
    let files = Files::of(1..7);
    let mut turned = Files(files.0.iter().rev().cloned().collect());
    for of_host in [false, true] {
        assert_eq!(files.learn(of_host).text, turned.learn(of_host).text);
    }
    let once = turned.learn(false);
    let (_, bytes) = turned.0[0].clone();
    turned.0.push((PathBuf::from("again.zip"), bytes));
    let twice = turned.learn(false);
    assert_eq!((once.text, once.bundles), (twice.text, twice.bundles));
    assert_eq!(twice.left_out, ["again.zip: the same bundle as 6.zip: counted once"]);
}

/// What is against a bundle is told by its word, and accepted by it; the file says so.
#[test]
fn what_is_against_a_bundle_is_refused_unless_accepted() {
    let of = |bundle: Bundle| {
        Files(vec![("1.zip".into(), good(1).bundle().bytes()), ("x.zip".into(), bundle.bytes())])
    };
    let base = || good(2).bundle();
    let tainted = Host { taint: Some(524_288), requester: Some("mstconfig(321)"), ..base().host };
    let pending = good(2).set(0, json!({"NUM_OF_VFS": 4}), &["next"]).bundle();
    for (word, files) in [
        ("tainted", of(Bundle { host: tainted, ..base() })),
        ("claimed", of(Bundle { simulated: true, ..base() })),
        ("incomplete", of(Bundle { touch: |manifest| manifest.complete = false, ..base() })),
        ("unsigned", of(Bundle { sealed: Sealed::Unsigned, ..base() })),
        ("pending", of(pending)),
        (
            "broken",
            Files(vec![("1.zip".into(), good(1).bundle().bytes()), ("x.zip".into(), b"PK\x03\x04".to_vec())]),
        ),
    ] {
        let names: Vec<&Path> = files.0.iter().map(|(name, _)| name.as_path()).collect();
        let open = |path: &Path| files.open(path);
        let refused = learn(&names, &open, options(false, &BTreeSet::new())).unwrap_err().to_string();
        assert!(refused.contains(word) && refused.contains("--accept"), "{word}: {refused}");
        let accepted = BTreeSet::from([Accept::parse(word).unwrap()]);
        let learnt = learn(&names, &open, options(false, &accepted)).unwrap();
        if word == "broken" {
            assert_eq!((learnt.bundles, learnt.left_out.len()), (1, 1), "{word}");
        } else {
            let said = format!("\"description\": \"Learnt from 2 bundles; accepted: {word}.\"");
            assert!(
                learnt.text.contains(&said) && learnt.text.contains(&format!("(accepted: {word})")),
                "{}",
                learnt.text
            );
        }
    }
    assert_eq!(Accept::parse("taintd").unwrap_err(), "did you mean tainted?");
}

/// What no bundle shows gives no baseline.
#[test]
fn nothing_is_learnt_from_nothing() {
    let files = Files(vec![("1.zip".into(), Bundle::of([]).bytes())]);
    let open = |path: &Path| files.open(path);
    let of = |options| learn(&["1.zip"], &open, options).unwrap_err().to_string();
    let none = BTreeSet::new();
    assert_eq!(of(options(false, &none)), "nothing to learn from: the bundles show no card");
    let only = [Pattern::new("NO_SUCH_THING")];
    let options = learn::Options { only: &only, of_host: true, ..options(false, &none) };
    assert_eq!(of(options), "nothing to learn from: what --only takes was read in no bundle, or varies");
}
