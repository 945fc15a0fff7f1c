//! Agreement with the tools that people have: `unzip`, `sha256sum` and `ssh-keygen`, on good bundles and others.
//!
//! A missing tool skips its test with a word, or fails it where `CI=true`.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::path::Path;
use std::process::{Command, Output, Stdio};

use mlx5_fixtures::hostile::archive::{Archive, Part};
use mlx5_fixtures::hostile::sample;
use mlx5_schemas::bundle::signature::{KeySigner, SignError, VerifyError, fingerprint, verify};
use mlx5_schemas::bundle::trust::{AllowedSigners, Trust, trust};
use mlx5_schemas::bundle::{Limits, Sign, open};
use mlx5_schemas::model::manifest::SIGNATURE_MEMBER;
use tempfile::TempDir;

use super::{now, sample_allowed};

/// Whether a tool is there; panics where it must be.
pub(super) fn have(tool: &str) -> bool {
    let there = std::env::var_os("PATH")
        .is_some_and(|path| std::env::split_paths(&path).any(|folder| folder.join(tool).is_file()));
    if !there {
        assert!(std::env::var("CI").as_deref() != Ok("true"), "{tool} is missing");
        eprintln!("skipped: {tool} is missing");
    }
    there
}

/// Runs a tool that ends by itself, with nothing or a file on its standard input.
pub(super) fn run(folder: &Path, tool: &str, arguments: &[&str], input: Option<&str>) -> Output {
    let stdin = input.map_or_else(Stdio::null, |name| Stdio::from(File::open(folder.join(name)).unwrap()));
    // The times of the tests are in UTC.
    Command::new(tool).args(arguments).current_dir(folder).env("TZ", "UTC").stdin(stdin).output().unwrap()
}

pub(super) fn good_or_words(output: &Output) -> Result<(), String> {
    let words = [output.stdout.as_slice(), &output.stderr].concat();
    if output.status.success() { Ok(()) } else { Err(String::from_utf8_lossy(&words).into_owned()) }
}

/// `manifest.json` and its signature beside an `allowed_signers` file that names the sample's key.
fn signature_folder(manifest: &[u8], signature: &[u8], options: &str) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("manifest.json"), manifest).unwrap();
    fs::write(folder.path().join("manifest.json.sig"), signature).unwrap();
    let key = sample::signer().public_openssh().unwrap();
    fs::write(folder.path().join("allowed_signers"), format!("a@example.com {options} {key}\n")).unwrap();
    folder
}

/// What `ssh-keygen -Y verify` says at the time of the tests.
fn ssh_keygen_verifies(folder: &Path) -> bool {
    let time = format!("-Overify-time={}Z", now().format("%Y%m%d%H%M%S"));
    let arguments = [
        "-Y",
        "verify",
        "-f",
        "allowed_signers",
        "-I",
        "a@example.com",
        "-n",
        "mlx5-bundle-v1",
        "-s",
        "manifest.json.sig",
        &time,
    ];
    run(folder, "ssh-keygen", &arguments, Some("manifest.json")).status.success()
}

#[test]
fn unzip_reads_what_we_write_and_sha256sum_agrees_with_the_manifest() {
    if !have("unzip") || !have("sha256sum") {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let bytes = sample::sealed().unwrap();
    fs::write(folder.path().join("bundle.zip"), &bytes).unwrap();
    good_or_words(&run(folder.path(), "unzip", &["-tqq", "bundle.zip"], None)).unwrap();
    good_or_words(&run(folder.path(), "unzip", &["-qq", "-d", "out", "bundle.zip"], None)).unwrap();
    let bundle = open(&bytes, &Limits::default()).unwrap();
    let sums: String = bundle
        .manifest
        .members
        .iter()
        .map(|member| format!("{}  {}\n", member.sha256, member.name))
        .collect();
    fs::write(folder.path().join("out/sums"), sums).unwrap();
    good_or_words(&run(
        &folder.path().join("out"),
        "sha256sum",
        &["-c", "--strict", "--quiet", "sums"],
        None,
    ))
    .unwrap();
    for (name, bytes) in &bundle.members {
        assert_eq!(&fs::read(folder.path().join("out").join(name)).unwrap(), bytes, "{name}");
    }
    assert_eq!(fs::read(folder.path().join("out/manifest.json")).unwrap(), bundle.manifest_bytes);
}

#[test]
fn what_unzip_finds_damaged_does_not_open() {
    if !have("unzip") {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let bytes = sample::sealed().unwrap();
    let mut agreed = 0;
    // Every 11th byte meets every field over the members, and keeps the number of processes small.
    for at in (0..bytes.len()).step_by(11) {
        let mut damaged = bytes.clone();
        damaged[at] ^= 0x20;
        fs::write(folder.path().join("bundle.zip"), &damaged).unwrap();
        let unzip = good_or_words(&run(folder.path(), "unzip", &["-tqq", "bundle.zip"], None));
        if unzip.is_err() {
            assert!(open(&damaged, &Limits::default()).is_err(), "unzip refuses byte {at}: {unzip:?}");
            agreed += 1;
        }
    }
    assert!(agreed > 20, "unzip found only {agreed} damaged");
}

#[test]
fn repacking_with_zip_is_told_apart_from_damage() {
    if !have("unzip") || !have("zip") {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("bundle.zip"), sample::sealed().unwrap()).unwrap();
    good_or_words(&run(folder.path(), "unzip", &["-qq", "-d", "out", "bundle.zip"], None)).unwrap();
    let out = folder.path().join("out");
    good_or_words(&run(&out, "zip", &["-qrD", "../again.zip", "manifest.json", "."], None)).unwrap();
    let error = open(&fs::read(folder.path().join("again.zip")).unwrap(), &Limits::default()).unwrap_err();
    assert_eq!(error.code(), "repacked", "{error}");
}

#[test]
fn ssh_keygen_agrees_on_good_and_tampered_manifests() {
    if !have("ssh-keygen") {
        return;
    }
    let bundle = open(&sample::sealed().unwrap(), &Limits::default()).unwrap();
    let signature = bundle.signature.clone().unwrap();
    let agree = |manifest: &[u8], signature: &str, expected: bool| {
        let folder = signature_folder(manifest, signature.as_bytes(), "");
        let mut changed = bundle.clone();
        changed.manifest_bytes = manifest.to_vec();
        changed.signature = Some(signature.to_owned());
        let ours = matches!(trust(&changed, Some(&sample_allowed()), now()), Ok(Trust::Trusted { .. }));
        assert_eq!(ours, expected, "ours");
        assert_eq!(ssh_keygen_verifies(folder.path()), expected, "ssh-keygen");
    };
    agree(&bundle.manifest_bytes, &signature, true);
    for at in (0..bundle.manifest_bytes.len()).step_by(97) {
        let mut tampered = bundle.manifest_bytes.clone();
        tampered[at] ^= 1;
        agree(&tampered, &signature, false);
    }
    agree(&[bundle.manifest_bytes.as_slice(), b"\n"].concat(), &signature, false);
    let stranger = sample::sign(&sample::stranger(), "mlx5-bundle-v1", &bundle.manifest_bytes);
    agree(&bundle.manifest_bytes, &stranger, false);
    let elsewhere = sample::sign(&sample::signer(), "file", &bundle.manifest_bytes);
    agree(&bundle.manifest_bytes, &elsewhere, false);
}

#[test]
fn ssh_keygen_agrees_on_options_of_allowed_signers() {
    if !have("ssh-keygen") {
        return;
    }
    let bundle = open(&sample::sealed().unwrap(), &Limits::default()).unwrap();
    for options in [
        "namespaces=\"mlx5-bundle-v1\"",
        "namespaces=\"file,mlx5-*\"",
        "Namespaces=\"mlx5-bundle-v?\"",
        "namespaces=\"file\"",
        "namespaces=\"mlx5-*,!mlx5-bundle-v1\"",
        "valid-after=\"20261125120000\"",
        "valid-after=\"20261125120001\"",
        "valid-before=\"20261125120000\"",
        "valid-before=\"20261125115959\"",
        "valid-after=\"20260101\",valid-before=\"202701010000\"",
        "cert-authority",
    ] {
        let folder = signature_folder(
            &bundle.manifest_bytes,
            bundle.signature.as_deref().unwrap().as_bytes(),
            options,
        );
        let text = fs::read_to_string(folder.path().join("allowed_signers")).unwrap();
        let allowed = AllowedSigners::parse_in(&text, &chrono::Utc).unwrap();
        let ours = matches!(trust(&bundle, Some(&allowed), now()), Ok(Trust::Trusted { .. }));
        assert_eq!(ours, ssh_keygen_verifies(folder.path()), "{options}");
    }
}

/// A key of `ssh-keygen`, protected by a passphrase, as file `name` and as a signer.
///
/// Few ECDSA keys (1 in 256 for P-256 and P-384) have a number that the key library does not read; those are made anew.
fn ssh_keygen_key(folder: &Path, name: &str, kind: &str, bits: &str) -> KeySigner {
    for _ in 0..4 {
        let arguments = ["-q", "-t", kind, "-b", bits, "-a", "1", "-N", "open sesame", "-C", "", "-f", name];
        good_or_words(&run(folder, "ssh-keygen", &arguments, None)).unwrap();
        let pem = fs::read_to_string(folder.join(name)).unwrap();
        match KeySigner::from_openssh(&pem, Some("open sesame")) {
            Ok(signer) => return signer,
            Err(SignError::Key { .. }) if kind == "ecdsa" => fs::remove_file(folder.join(name)).unwrap(),
            Err(error) => panic!("{kind} {bits}: {error}"),
        }
    }
    panic!("four keys in a row that cannot be read");
}

#[test]
fn keys_of_ssh_keygen_sign_here_and_signatures_of_ssh_keygen_hold_here() {
    if !have("ssh-keygen") {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("message"), b"message").unwrap();
    for (kind, bits) in
        [("ed25519", "256"), ("ecdsa", "256"), ("ecdsa", "384"), ("rsa", "2048"), ("rsa", "4224")]
    {
        let name = format!("key-{kind}-{bits}");
        let signer = ssh_keygen_key(folder.path(), &name, kind, bits);
        let message = sample::json(&sample::manifest(&BTreeMap::new(), Some(&signer)));
        let allowed = format!("a@example.com {}\n", signer.public_openssh().unwrap());
        fs::write(folder.path().join("allowed_signers"), allowed).unwrap();
        fs::write(folder.path().join("manifest.json"), &message).unwrap();
        let ours = signer.sign("mlx5-bundle-v1", &message).unwrap();
        fs::write(folder.path().join("manifest.json.sig"), ours).unwrap();
        assert!(ssh_keygen_verifies(folder.path()), "{kind} {bits}: ours does not hold for ssh-keygen");

        // Without a passphrase ssh-keygen signs without asking.
        let plain = ["-q", "-p", "-P", "open sesame", "-N", "", "-f", &name];
        good_or_words(&run(folder.path(), "ssh-keygen", &plain, None)).unwrap();
        for hash in ["sha256", "sha512"] {
            let option = format!("-Ohashalg={hash}");
            let arguments = ["-q", "-Y", "sign", "-n", "mlx5-bundle-v1", &option, "-f", &name, "message"];
            good_or_words(&run(folder.path(), "ssh-keygen", &arguments, None)).unwrap();
            let theirs = fs::read_to_string(folder.path().join("message.sig")).unwrap();
            fs::remove_file(folder.path().join("message.sig")).unwrap();
            let key = verify(&theirs, "mlx5-bundle-v1", b"message").unwrap();
            assert_eq!(fingerprint(&key), signer.fingerprint(), "{kind} {bits}");
            assert_eq!(verify(&theirs, "mlx5-bundle-v1", b"massage"), Err(VerifyError::DoesNotFit));
        }
    }
}

/// A bundle may be countersigned with plain tools: the signature is exchanged, the rest stays.
#[test]
fn a_signature_of_ssh_keygen_takes_the_place_of_ours() {
    if !have("ssh-keygen") {
        return;
    }
    let bundle = open(&sample::sealed().unwrap(), &Limits::default()).unwrap();
    let folder = signature_folder(&bundle.manifest_bytes, b"", "");
    let arguments = ["-q", "-t", "ed25519", "-N", "", "-C", "", "-f", "key"];
    good_or_words(&run(folder.path(), "ssh-keygen", &arguments, None)).unwrap();
    fs::remove_file(folder.path().join("manifest.json.sig")).unwrap();
    let arguments = ["-q", "-Y", "sign", "-n", "mlx5-bundle-v1", "-f", "key", "manifest.json"];
    good_or_words(&run(folder.path(), "ssh-keygen", &arguments, None)).unwrap();
    let mut parts = sample::parts();
    parts[1] = Part::new(SIGNATURE_MEMBER, &fs::read(folder.path().join("manifest.json.sig")).unwrap());
    let exchanged = open(&Archive::of(parts).bytes(), &Limits::default()).unwrap();
    let public = fs::read_to_string(folder.path().join("key.pub")).unwrap();
    let allowed = AllowedSigners::parse(&format!("other@example.com {public}")).unwrap();
    assert!(matches!(trust(&exchanged, Some(&allowed), now()), Ok(Trust::Trusted { .. })));
}
