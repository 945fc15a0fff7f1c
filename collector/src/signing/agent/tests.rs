#![allow(clippy::unwrap_used)]

use std::os::unix::net::UnixListener;
use std::thread::JoinHandle;

use ssh_key::PrivateKey;
use ssh_key::private::Ed25519Keypair;

use super::*;

const NAMESPACE: &str = "mlx5-bundle-v1";
const MESSAGE: &[u8] = b"{}";

/// An agent that answers `answers.len()` connections, one message each.
fn agent(socket: &Path, answers: Vec<Vec<u8>>) -> JoinHandle<Vec<Vec<u8>>> {
    let listener = UnixListener::bind(socket).unwrap();
    std::thread::spawn(move || {
        answers
            .into_iter()
            .map(|answer| {
                let (mut stream, _) = listener.accept().unwrap();
                let mut length = [0; 4];
                stream.read_exact(&mut length).unwrap();
                let mut request = vec![0; usize::try_from(u32::from_be_bytes(length)).unwrap()];
                stream.read_exact(&mut request).unwrap();
                let mut framed = Vec::new();
                put_string(&mut framed, &answer);
                // A reader that gives up early closes its end.
                let _ = stream.write_all(&framed);
                request
            })
            .collect()
    })
}

fn key(seed: u8) -> PrivateKey {
    PrivateKey::from(Ed25519Keypair::from_seed(&[seed; 32]))
}

fn identities_answer(keys: &[(&PrivateKey, &str)]) -> Vec<u8> {
    let mut answer = vec![IDENTITIES_ANSWER];
    answer.extend_from_slice(&u32::try_from(keys.len()).unwrap().to_be_bytes());
    for (key, comment) in keys {
        put_string(&mut answer, &key.public_key().to_bytes().unwrap());
        put_string(&mut answer, comment.as_bytes());
    }
    answer
}

fn signature_answer(key: &PrivateKey) -> Vec<u8> {
    let signature = key.sign(NAMESPACE, HashAlg::Sha512, MESSAGE).unwrap();
    let mut blob = Vec::new();
    put_string(&mut blob, b"ssh-ed25519");
    put_string(&mut blob, signature.signature_bytes());
    let mut answer = vec![SIGN_RESPONSE];
    put_string(&mut answer, &blob);
    answer
}

#[test]
fn the_key_named_by_comment_signs() {
    let folder = tempfile::tempdir().unwrap();
    let socket = folder.path().join("agent");
    let (first, second) = (key(1), key(2));
    let list = identities_answer(&[(&first, "ticket"), (&second, "other")]);
    let served = agent(&socket, vec![list, signature_answer(&first)]);
    let signer = AgentSigner::choose_at(&socket, Some("ticket")).unwrap();
    assert_eq!(signer.fingerprint(), first.fingerprint(HashAlg::Sha256).to_string());
    let armored = signer.sign(NAMESPACE, MESSAGE).unwrap();
    assert_eq!(
        signature::verify(&armored, NAMESPACE, MESSAGE).unwrap(),
        first.public_key().key_data().clone()
    );
    let requests = served.join().unwrap();
    assert_eq!(requests[0], [REQUEST_IDENTITIES]);
    assert_eq!(requests[1][0], SIGN_REQUEST);
}

#[test]
fn a_signature_by_another_key_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let socket = folder.path().join("agent");
    let (listed, signing) = (key(1), key(2));
    let served = agent(&socket, vec![identities_answer(&[(&listed, "a")]), signature_answer(&signing)]);
    let signer = AgentSigner::choose_at(&socket, None).unwrap();
    assert!(signer.sign(NAMESPACE, MESSAGE).is_err());
    served.join().unwrap();
}

#[test]
fn a_refusal_to_sign_is_an_error_not_an_unsigned_bundle() {
    let folder = tempfile::tempdir().unwrap();
    let socket = folder.path().join("agent");
    let key = key(1);
    // SSH_AGENT_FAILURE
    let served = agent(&socket, vec![identities_answer(&[(&key, "a")]), vec![5]]);
    let signer = AgentSigner::choose_at(&socket, None).unwrap();
    let error = signer.sign(NAMESPACE, MESSAGE).unwrap_err();
    assert!(error.to_string().contains("refused to sign"), "{error}");
    served.join().unwrap();
}

#[test]
fn several_keys_need_a_name_and_their_comments_are_made_printable() {
    let folder = tempfile::tempdir().unwrap();
    let socket = folder.path().join("agent");
    let list = identities_answer(&[(&key(1), "a\x1b[31m"), (&key(2), "b")]);
    let served = agent(&socket, vec![list.clone(), list]);
    let error = AgentSigner::choose_at(&socket, None).unwrap_err();
    assert!(matches!(error, AgentError::Ambiguous { .. }));
    assert!(!error.to_string().contains('\x1b'));
    assert!(matches!(AgentSigner::choose_at(&socket, Some("c")), Err(AgentError::NoSuchKey { .. })));
    served.join().unwrap();
}

#[test]
fn lists_that_lie_about_their_lengths_are_refused() {
    for list in
        [vec![], vec![IDENTITIES_ANSWER], vec![IDENTITIES_ANSWER, 0xff, 0xff, 0xff, 0xff, 0xff], vec![5]]
    {
        let folder = tempfile::tempdir().unwrap();
        let socket = folder.path().join("agent");
        let served = agent(&socket, vec![list]);
        assert!(matches!(AgentSigner::choose_at(&socket, None), Err(AgentError::Answer { .. })));
        served.join().unwrap();
    }
}
