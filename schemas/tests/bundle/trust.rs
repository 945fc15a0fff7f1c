//! Whom a reader trusts: signatures of all key kinds, and the rules of `allowed_signers`.

use std::collections::BTreeMap;

use chrono::Utc;
use mlx5_fixtures::hostile::sample;
use mlx5_schemas::bundle::signature::{KeySigner, SignError, fingerprint, verify};
use mlx5_schemas::bundle::trust::{AllowedSigners, Trust, trust};
use mlx5_schemas::bundle::{Bundle, Limits, Sign, open, seal};
use ssh_key::rand_core::OsRng;
use ssh_key::{Algorithm, EcdsaCurve, LineEnding, PrivateKey};

use super::{now, sample_allowed};

fn sample_bundle() -> Bundle {
    open(&sample::sealed().unwrap(), &Limits::default()).unwrap()
}

fn sample_key() -> String {
    sample::signer().public_openssh().unwrap()
}

/// Trusted principals of the sample under an `allowed_signers` text.
fn trusted_by(text: &str) -> Option<String> {
    let allowed = AllowedSigners::parse_in(text, &Utc).unwrap();
    match trust(&sample_bundle(), Some(&allowed), now()).unwrap() {
        Trust::Trusted { principal, fingerprint } => {
            assert_eq!(fingerprint, sample::signer().fingerprint());
            Some(principal)
        }
        Trust::UnknownSigner { fingerprint } => {
            assert_eq!(fingerprint, sample::signer().fingerprint());
            None
        }
        Trust::Unsigned => panic!("the sample is signed"),
    }
}

#[test]
fn only_a_named_key_is_trusted() {
    let key = sample_key();
    let stranger = sample::stranger().public_openssh().unwrap();
    assert_eq!(trusted_by(&format!("a@example.com {key}\n")).as_deref(), Some("a@example.com"));
    assert_eq!(trusted_by(&format!("a@example.com {stranger}\n")), None);
    assert_eq!(
        trusted_by(&format!("b@example.com {stranger}\na@example.com {key} comment here")).as_deref(),
        Some("a@example.com")
    );
    assert_eq!(trusted_by(""), None);
    let nobody = trust(&sample_bundle(), None, now()).unwrap();
    assert_eq!(nobody, Trust::UnknownSigner { fingerprint: sample::signer().fingerprint() });
}

#[test]
fn options_narrow_a_line() {
    let key = sample_key();
    for (options, trusted) in [
        ("namespaces=\"mlx5-bundle-v1\"", true),
        ("namespaces=\"file,mlx5-*\"", true),
        ("NAMESPACES=\"mlx5-bundle-v?\"", true),
        ("namespaces=\"file\"", false),
        ("namespaces=\"mlx5-*,!mlx5-bundle-v1\"", false),
        ("namespaces=\"\"", false),
        ("valid-after=\"20261125\"", true),
        ("valid-after=\"20261126\"", false),
        ("valid-after=\"20261125120000\"", true),
        ("valid-after=\"20261125120001Z\"", false),
        ("valid-before=\"20261126\"", true),
        ("valid-before=\"20261125120000Z\"", true),
        ("valid-before=\"202611251159\"", false),
        ("namespaces=\"mlx5-bundle-v1\",valid-after=\"20260101\",valid-before=\"20270101\"", true),
        ("cert-authority", false),
        ("cert-authority,namespaces=\"mlx5-bundle-v1\"", false),
    ] {
        assert_eq!(trusted_by(&format!("a@example.com {options} {key}\n")).is_some(), trusted, "{options}");
    }
}

#[test]
fn the_first_line_that_allows_counts() {
    let key = sample_key();
    let text = format!("old valid-before=\"20200101\" {key}\n# new\n\n\"new one,*@x\"\t{key} c\r\n");
    assert_eq!(trusted_by(&text).as_deref(), Some("new one,*@x"));
}

#[test]
fn a_slip_in_the_file_is_an_error_with_its_line() {
    let key = sample_key();
    for slip in [
        "a@example.com".to_owned(),
        "a@example.com ssh-ed25519".to_owned(),
        "a@example.com ssh-ed25519 AAAA".to_owned(),
        format!("a@example.com namespace=\"x\" {key}"),
        format!("a@example.com namespaces=x {key}"),
        format!("a@example.com namespaces=\"x {key}"),
        format!("a@example.com namespaces=\"x\",namespaces=\"y\" {key}"),
        format!("a@example.com namespaces=\"x\", {key}"),
        format!("a@example.com valid-after=\"2026\" {key}"),
        format!("a@example.com valid-after=\"20260101\",valid-before=\"20250101\" {key}"),
        format!("!a@example.com {key}"),
        format!("\"a@example.com {key}"),
        key.clone(),
    ] {
        let error = AllowedSigners::parse_in(&format!("# first\n{slip}\n"), &Utc).unwrap_err();
        assert_eq!(error.line, 2, "{slip}");
    }
}

#[test]
fn certificate_authorities_are_passed_over_aloud() {
    let text = format!("*@example.com cert-authority {}\n", sample_key());
    let allowed = AllowedSigners::parse_in(&text, &Utc).unwrap();
    assert_eq!(allowed.passed().len(), 1);
    assert_eq!(allowed.passed()[0].line, 1);
}

#[test]
fn a_changed_bundle_signed_anew_is_of_an_unknown_signer() {
    let stranger = sample::stranger();
    let mut members = sample::members();
    members.insert("host/captures.json".to_owned(), b"{}\n".to_vec());
    let forged =
        seal(sample::manifest(&BTreeMap::new(), Some(&stranger)), &members, Some(&stranger)).unwrap();
    let forged = open(&forged, &Limits::default()).unwrap();
    let verdict = trust(&forged, Some(&sample_allowed()), now()).unwrap();
    assert_eq!(verdict, Trust::UnknownSigner { fingerprint: stranger.fingerprint() });
}

#[test]
fn ed25519_and_the_nist_curves_sign_and_verify() {
    let curves = [EcdsaCurve::NistP256, EcdsaCurve::NistP384, EcdsaCurve::NistP521];
    let algorithms = curves.map(|curve| Algorithm::Ecdsa { curve }).into_iter().chain([Algorithm::Ed25519]);
    for algorithm in algorithms {
        let key = PrivateKey::random(&mut OsRng, algorithm.clone()).unwrap();
        let pem = key.to_openssh(LineEnding::LF).unwrap();
        let signer = KeySigner::from_openssh(&pem, None).unwrap();
        let armored = signer.sign("mlx5-bundle-v1", b"message").unwrap();
        assert!(armored.starts_with("-----BEGIN SSH SIGNATURE-----\n"));
        assert!(armored.ends_with("-----END SSH SIGNATURE-----\n"));
        let found = verify(&armored, "mlx5-bundle-v1", b"message").unwrap();
        assert_eq!(fingerprint(&found), signer.fingerprint(), "{algorithm}");
        assert!(verify(&armored, "mlx5-bundle-v1", b"messagf").is_err(), "{algorithm}");
        assert!(verify(&armored, "file", b"message").is_err(), "{algorithm}");
    }
}

const BASE64: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

fn unbase64(text: &str) -> Vec<u8> {
    let digits: Vec<usize> = text.bytes().filter_map(|c| BASE64.iter().position(|&b| b == c)).collect();
    let bits = digits.iter().flat_map(|digit| (0..6).rev().map(move |bit| digit >> bit & 1));
    let bits: Vec<usize> = bits.collect();
    bits.chunks_exact(8).map(|byte| byte.iter().fold(0, |sum, &bit| sum << 1 | bit as u8)).collect()
}

fn base64(bytes: &[u8]) -> String {
    let groups = bytes.chunks(3).map(|group| {
        let whole = [group, &[0; 2]].concat()[..3].iter().fold(0, |sum, &byte| sum << 8 | usize::from(byte));
        let digits = [18, 12, 6, 0].map(|shift| char::from(BASE64[whole >> shift & 63]));
        let filled = |at: usize| if at > group.len() { '=' } else { digits[at] };
        String::from_iter((0..4).map(filled))
    });
    groups.collect()
}

/// The reserved field is not among the signed bytes: whoever could fill it could change a signed bundle.
#[test]
fn a_signature_with_something_in_its_reserved_field_does_not_hold() {
    let armored = sample::signer().sign("mlx5-bundle-v1", b"message").unwrap();
    let lines: Vec<&str> = armored.lines().collect();
    let [begin, body @ .., end_line] = lines.as_slice() else { panic!("{armored}") };
    let mut blob = unbase64(&body.concat());
    let namespace = b"mlx5-bundle-v1";
    let end = blob.windows(namespace.len()).position(|part| part == namespace).unwrap() + namespace.len();
    assert_eq!(blob[end..end + 4], [0; 4], "the reserved field is empty");
    blob.splice(end..end + 4, [0, 0, 0, 1, b'x']);
    let text = base64(&blob);
    let wrapped: Vec<&str> =
        (0..text.len()).step_by(70).map(|at| &text[at..text.len().min(at + 70)]).collect();
    let filled = format!("{begin}\n{}\n{end_line}\n", wrapped.join("\n"));
    let refused = verify(&filled, "mlx5-bundle-v1", b"message").unwrap_err();
    assert!(refused.to_string().contains("reserved field"), "{refused}");
}

#[test]
fn a_protected_key_needs_its_passphrase() {
    let key = PrivateKey::random(&mut OsRng, Algorithm::Ed25519).unwrap();
    let pem = key.encrypt(&mut OsRng, "correct horse").unwrap().to_openssh(LineEnding::LF).unwrap();
    assert!(matches!(KeySigner::from_openssh(&pem, None), Err(SignError::PassphraseNeeded)));
    assert!(matches!(KeySigner::from_openssh(&pem, Some("battery")), Err(SignError::WrongPassphrase)));
    assert!(KeySigner::from_openssh(&pem, Some("correct horse")).is_ok());
    assert!(matches!(KeySigner::from_openssh("no key", None), Err(SignError::Key { .. })));
}

#[test]
fn a_one_run_key_is_a_function_of_its_seed() {
    let (one, same, other) =
        (KeySigner::one_run([1; 32]), KeySigner::one_run([1; 32]), KeySigner::one_run([2; 32]));
    assert_eq!(one.sign("n", b"m").unwrap(), same.sign("n", b"m").unwrap());
    assert_ne!(one.fingerprint(), other.fingerprint());
}
