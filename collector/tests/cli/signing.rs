//! What seals the bundle.

use std::io::{Read, Write};
use std::os::unix::net::UnixListener;
use std::process::{Command, Stdio};

use mlx5_schemas::bundle::trust::{AllowedSigners, Trust, trust};
use mlx5_schemas::model::manifest::Seal;
use ssh_key::private::Ed25519Keypair;
use ssh_key::{HashAlg, LineEnding, PrivateKey};

use crate::support::{Place, code, finish, stderr};

fn key() -> PrivateKey {
    PrivateKey::from(Ed25519Keypair::from_seed(&[7; 32]))
}

fn fingerprint() -> String {
    key().fingerprint(HashAlg::Sha256).to_string()
}

#[test]
fn a_key_that_was_named_signs() {
    let place = Place::new();
    std::fs::write(place.path("work/key"), key().to_openssh(LineEnding::LF).unwrap()).unwrap();
    let mut command = place.collector(&[place.sample("connectx-6-dx")]);
    command.args(["--sign-with", "key"]);
    assert_eq!(code(&finish(command)), 0);
    std::fs::remove_file(place.path("work/key")).unwrap();
    let bundle = place.bundle();
    assert_eq!(bundle.manifest.seal, Seal::NamedKey { fingerprint: fingerprint() });
    let line = format!("support@example.org {}\n", key().public_key().to_openssh().unwrap());
    let allowed = AllowedSigners::parse(&line).unwrap();
    let trust = trust(&bundle, Some(&allowed), bundle.manifest.created).unwrap();
    assert!(
        matches!(&trust, Trust::Trusted { principal, .. } if principal == "support@example.org"),
        "{trust:?}"
    );
}

#[test]
fn unsigned_must_be_asked_for() {
    let place = Place::new();
    let mut command = place.collector(&[place.sample("connectx-6-dx")]);
    command.arg("--unsigned");
    let output = finish(command);
    assert_eq!(code(&output), 0);
    let bundle = place.bundle();
    assert_eq!((bundle.manifest.seal, bundle.signature), (Seal::Unsigned, None));
    assert!(stderr(&output).contains("Not signed, as asked"));
}

#[test]
fn a_protected_key_without_a_terminal_is_refused_before_anything_is_asked() {
    let place = Place::new();
    let mut salt = rand_core();
    let protected = key().encrypt(&mut salt, "passphrase").unwrap();
    std::fs::write(place.path("key"), protected.to_openssh(LineEnding::LF).unwrap()).unwrap();
    // Of a session of its own, so that the terminal of whoever runs the tests is not asked.
    let mut command = Command::new("setsid");
    command.arg("--wait").arg(env!("CARGO_BIN_EXE_mlx5-collector")).arg("--sign-with").arg(place.path("key"));
    command
        .current_dir(place.path("work"))
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    let output = finish(command);
    assert_eq!(code(&output), 2, "{}", stderr(&output));
    assert!(stderr(&output).contains("--sign-agent"), "{}", stderr(&output));
    assert!(place.names().is_empty());
}

/// Salt for the protected key.
fn rand_core() -> impl ssh_key::rand_core::CryptoRngCore {
    ssh_key::rand_core::OsRng
}

#[test]
fn an_agent_that_goes_away_costs_its_signature_not_the_bundle() {
    let place = Place::new();
    let socket = place.path("agent");
    let listener = UnixListener::bind(&socket).unwrap();
    // It lists its key, and refuses everything afterwards.
    let agent = std::thread::spawn(move || {
        let mut list = vec![12, 0, 0, 0, 1];
        for field in [key().public_key().to_bytes().unwrap(), b"ticket".to_vec()] {
            list.extend_from_slice(&u32::try_from(field.len()).unwrap().to_be_bytes());
            list.extend_from_slice(&field);
        }
        for answer in [list, vec![5]] {
            let (mut stream, _) = listener.accept().unwrap();
            let mut length = [0; 4];
            stream.read_exact(&mut length).unwrap();
            let mut request = vec![0; usize::try_from(u32::from_be_bytes(length)).unwrap()];
            stream.read_exact(&mut request).unwrap();
            stream.write_all(&u32::try_from(answer.len()).unwrap().to_be_bytes()).unwrap();
            stream.write_all(&answer).unwrap();
        }
    });
    let mut command = place.collector(&[place.sample("connectx-6-dx")]);
    command.arg("--sign-agent=ticket").env("SSH_AUTH_SOCK", &socket);
    let output = finish(command);
    agent.join().unwrap();
    assert_eq!(code(&output), 1);
    let bundle = place.bundle();
    assert!(matches!(bundle.manifest.seal, Seal::OneRunKey { .. }));
    assert!(!bundle.manifest.complete);
    assert!(bundle.manifest.notes[0].contains("refused to sign"), "{:?}", bundle.manifest.notes);
    assert!(matches!(trust(&bundle, None, bundle.manifest.created), Ok(Trust::UnknownSigner { .. })));
}
