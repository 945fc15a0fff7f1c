//! What is sealed is opened, byte for byte, and sealing is a function of its arguments.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use mlx5_fixtures::hostile::sample;
use mlx5_schemas::bundle::seal::manifest_bytes;
use mlx5_schemas::bundle::trust::{Trust, trust};
use mlx5_schemas::bundle::{Limits, SealError, Sign, SignError, open, seal};
use mlx5_schemas::model::manifest::Seal;
use proptest::prelude::*;

use super::cases::cases_or;
use super::hostile::device;
use super::now;

static SEALED: LazyLock<Vec<u8>> = LazyLock::new(|| sample::sealed().unwrap());

fn member_bytes() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![
        proptest::collection::vec(any::<u8>(), 0..400),
        (any::<u8>(), 0_usize..20_000).prop_map(|(byte, length)| vec![byte; length]),
        proptest::collection::vec(prop_oneof![Just(b'a'), Just(b'\n')], 0..3000),
    ]
}

/// Names in folders of one letter and files of two or more, so that no file is a folder of another.
fn members() -> impl Strategy<Value = BTreeMap<String, Vec<u8>>> {
    proptest::collection::btree_map("([a-z0-9]/){0,3}[a-z0-9_.-]{1,8}[a-z0-9_]", member_bytes(), 0..12)
}

proptest! {
    #![proptest_config(cases_or(32))]

    #[test]
    fn sealing_then_opening_is_identity(members in members(), seed: [u8; 32], signed: bool) {
        let key = mlx5_schemas::bundle::signature::KeySigner::one_run(seed);
        let signer: Option<&dyn Sign> = signed.then_some(&key);
        let manifest = sample::manifest(&BTreeMap::new(), signer);
        let archive = seal(manifest.clone(), &members, signer).unwrap();
        prop_assert_eq!(&archive, &seal(manifest.clone(), &members, signer).unwrap(), "same input, same bytes");
        let bundle = open(&archive, &Limits::default()).unwrap();
        prop_assert_eq!(&bundle.members, &members);
        prop_assert_eq!(&bundle.manifest_bytes, &manifest_bytes(&bundle.manifest).unwrap());
        let expected = sample::manifest(&members, signer);
        prop_assert_eq!(&bundle.manifest, &expected);
        match trust(&bundle, None, now()).unwrap() {
            Trust::UnknownSigner { fingerprint } => prop_assert_eq!(fingerprint, key.fingerprint()),
            Trust::Unsigned => prop_assert!(!signed),
            Trust::Trusted { .. } => prop_assert!(false, "nobody was named"),
        }
    }

    #[test]
    fn opening_never_panics(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
        let _ = open(&bytes, &Limits::default());
        let _ = open(&[b"PK\x03\x04".as_slice(), &bytes].concat(), &Limits::default());
    }

    #[test]
    fn opening_damaged_bundles_never_panics(
        damage in proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..8),
    ) {
        let mut bytes = SEALED.clone();
        for (index, byte) in damage {
            let at = index.index(bytes.len());
            bytes[at] = byte;
        }
        let _ = open(&bytes, &Limits::default());
    }
}

#[test]
fn a_member_that_deflates_too_well_is_stored_so_that_readers_accept_it() {
    let members = BTreeMap::from([("host/zeros".to_owned(), vec![0; 3 << 20])]);
    let archive = seal(sample::manifest(&BTreeMap::new(), None), &members, None).unwrap();
    assert_eq!(open(&archive, &Limits::default()).unwrap().members, members);
}

/// A signer that gives what it was told.
struct Told {
    fingerprint: String,
    armored: String,
}

impl Sign for Told {
    fn fingerprint(&self) -> String {
        self.fingerprint.clone()
    }

    fn sign(&self, _namespace: &str, _message: &[u8]) -> Result<String, SignError> {
        Ok(self.armored.clone())
    }
}

#[test]
fn what_no_reader_would_accept_is_not_sealed() {
    let empty = BTreeMap::new();
    let plain = || sample::manifest(&BTreeMap::new(), None);
    let with = |name: &str| BTreeMap::from([(name.to_owned(), Vec::new())]);
    for name in ["../x", "X", "a//b", ""] {
        assert!(matches!(seal(plain(), &with(name), None), Err(SealError::OddName { .. })), "{name}");
    }
    for name in ["manifest.json", "manifest.json.sig", "manifest.json/x"] {
        assert!(matches!(seal(plain(), &with(name), None), Err(SealError::NameTaken { .. })), "{name}");
    }
    let mut newer = plain();
    newer.version = 2;
    assert!(matches!(seal(newer, &empty, None), Err(SealError::Format { version: 2, .. })));
    let large = BTreeMap::from([("x".to_owned(), vec![0; (32 << 20) + 1])]);
    assert!(matches!(seal(plain(), &large, None), Err(SealError::TooLarge { .. })));
    let many = (0..8).map(|number| (format!("x{number}"), vec![0; 32 << 20])).collect();
    let Err(SealError::TooLarge { what, .. }) = seal(plain(), &many, None) else {
        panic!("256 MiB and more")
    };
    assert_eq!(what, "the size of all members together");
    let mut crowded = plain();
    crowded.devices = vec![device("0000:3b:00.0"); 4097];
    assert!(matches!(seal(crowded, &empty, None), Err(SealError::TooLarge { found: 4097, .. })));
}

#[test]
fn seal_and_signer_must_agree() {
    let (key, stranger) = (sample::signer(), sample::stranger());
    let empty = BTreeMap::new();
    for (stated, actual) in [(Some(&key), None), (None, Some(&key)), (Some(&key), Some(&stranger))] {
        let manifest = sample::manifest(&empty, stated.map(|key| key as &dyn Sign));
        let sealed = seal(manifest, &empty, actual.map(|key| key as &dyn Sign));
        assert!(matches!(sealed, Err(SealError::SealDisagrees { .. })));
    }
}

/// A signer that signs properly, with another key than the one it names.
struct Posing;

impl Sign for Posing {
    fn fingerprint(&self) -> String {
        sample::signer().fingerprint()
    }

    fn sign(&self, namespace: &str, message: &[u8]) -> Result<String, SignError> {
        sample::stranger().sign(namespace, message)
    }
}

#[test]
fn a_signature_by_another_key_than_the_one_named_is_found_out() {
    let manifest = sample::manifest(&BTreeMap::new(), Some(&Posing));
    let sealed = seal(manifest, &BTreeMap::new(), Some(&Posing));
    let Err(SealError::BadSignature { reason }) = sealed else { panic!("{sealed:?}") };
    assert!(reason.contains("another key"), "{reason}");
}

#[test]
fn a_signer_that_gives_nonsense_is_found_out_at_once() {
    let empty = BTreeMap::new();
    let key = sample::signer();
    let other_bytes = key.sign("mlx5-bundle-v1", b"other bytes").unwrap();
    for armored in [String::new(), other_bytes] {
        let told = Told { fingerprint: key.fingerprint(), armored };
        let mut manifest = sample::manifest(&empty, None);
        manifest.seal = Seal::NamedKey { fingerprint: key.fingerprint() };
        assert!(matches!(seal(manifest, &empty, Some(&told)), Err(SealError::BadSignature { .. })));
    }
}
