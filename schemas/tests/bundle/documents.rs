//! `docs/bundle-format.md` tells the truth: its commands run, and it names every refusal.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use mlx5_fixtures::hostile::archive::Archive;
use mlx5_fixtures::hostile::{Refusal, sample};
use mlx5_schemas::bundle::seal;

use super::hostile::ALL;
use super::tools::{good_or_words, have, run};

fn document() -> String {
    fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/bundle-format.md")).unwrap()
}

/// The shell lines that follow a mark.
fn commands(mark: &str) -> String {
    let document = document();
    let (_, after) = document.split_once(&format!("<!-- run: {mark} -->\n```sh\n")).unwrap();
    after.split_once("```").unwrap().0.to_owned()
}

/// Runs the documented commands on a bundle in an empty folder.
fn verify(bundle: &[u8], commands: &str) -> Result<(), String> {
    let folder = tempfile::tempdir().unwrap();
    let key = sample::signer().public_openssh().unwrap();
    fs::write(folder.path().join("allowed_signers"), format!("support@example.com {key}\n")).unwrap();
    fs::write(folder.path().join("mlx5-bundle-20261125T120000Z-0123456789abcdef.zip"), bundle).unwrap();
    good_or_words(&run(folder.path(), "sh", &["-eu", "-c", commands], None))
}

fn have_all() -> bool {
    ["sh", "unzip", "jq", "sha256sum", "ssh-keygen", "diff"].into_iter().all(have)
}

#[test]
fn the_commands_accept_a_good_bundle_and_no_tampered_one() {
    if !have_all() {
        return;
    }
    let commands = commands("named key");
    verify(&sample::sealed().unwrap(), &commands).unwrap();

    let mut other = sample::members();
    other.insert("host/captures.json".to_owned(), b"{\"captures\": {}}\n".to_vec());
    let listed = sample::json(&sample::manifest(&sample::members(), Some(&sample::signer())));
    let changed_member = Archive::of(sample::parts_with(&listed, &other)).bytes();
    verify(&changed_member, &commands).unwrap_err();

    other = sample::members();
    other.insert("host/more".to_owned(), Vec::new());
    verify(&Archive::of(sample::parts_with(&listed, &other)).bytes(), &commands).unwrap_err();

    let stranger = sample::stranger();
    let manifest = sample::manifest(&BTreeMap::new(), Some(&stranger));
    verify(&seal(manifest, &sample::members(), Some(&stranger)).unwrap(), &commands).unwrap_err();
}

#[test]
fn the_commands_for_a_one_run_key_print_its_fingerprint() {
    if !have_all() {
        return;
    }
    let fingerprint = mlx5_schemas::bundle::Sign::fingerprint(&sample::signer());
    let unpack = "unzip -q mlx5-bundle-*.zip -d bundle\ncd bundle\n";
    let grep = format!("{unpack}{{\n{}}} | grep -qF '{fingerprint}'", commands("one-run key"));
    verify(&sample::sealed().unwrap(), &grep).unwrap();
}

#[test]
fn refusals_are_those_of_the_hostile_bundles() {
    let document = document();
    let (_, refusals) = document.split_once("## Refusals").unwrap();
    let rows = refusals.lines().filter_map(|line| line.strip_prefix("| `")?.split_once(" | "));
    let documented: BTreeSet<&str> =
        rows.flat_map(|(words, _)| words.split(", ")).map(|word| word.trim_matches('`')).collect();
    let met: BTreeSet<&str> = ALL
        .iter()
        .map(|hostile| {
            let (Refusal::Open(code) | Refusal::Signature(code)) = hostile.refusal;
            code
        })
        .collect();
    assert_eq!(documented, met);
}
