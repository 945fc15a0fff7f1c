//! Signs with a key that an ssh-agent holds.
//!
//! Source: draft-ietf-sshm-ssh-agent (the protocol), OpenSSH `PROTOCOL.sshsig` (what is signed). A message is a length
//! (u32, big-endian), a type byte and fields; a string is a length and bytes.
//! Must not do: ask the agent for anything but its list of keys and one signature, or trust the lengths it gives.

use std::io::{self, Read, Write};
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::time::Duration;

use mlx5_schemas::bundle::signature::{self, Sign, SignError};
use ssh_key::public::KeyData;
use ssh_key::{Algorithm, HashAlg, LineEnding, PublicKey, Signature, SshSig};

const REQUEST_IDENTITIES: u8 = 11;
const IDENTITIES_ANSWER: u8 = 12;
const SIGN_REQUEST: u8 = 13;
const SIGN_RESPONSE: u8 = 14;
/// `SSH_AGENT_RSA_SHA2_512`: without it an RSA key signs with SHA-1.
const RSA_SHA2_512: u32 = 4;
/// Longest answer that is read, in bytes (OpenSSH's own bound).
const ANSWER_LIMIT: u32 = 256 << 10;
/// How long the agent may take; it may be asking its owner to touch a token.
const PATIENCE: Duration = Duration::from_secs(60);

/// Why the agent cannot help.
#[derive(Debug, thiserror::Error)]
pub enum AgentError {
    /// There is no agent.
    #[error(
        "--sign-agent: SSH_AUTH_SOCK is not set, so there is no agent; start one, or name a key file with --sign-with"
    )]
    NoAgent,
    /// The socket does not answer.
    #[error("the agent at {} does not answer: {}", socket.display(), crate::errno::words(source))]
    Socket {
        /// The socket.
        socket: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The answer is not one of the protocol, or a refusal.
    #[error("the agent at {} gave no usable answer: {reason}", socket.display())]
    Answer {
        /// The socket.
        socket: PathBuf,
        /// What is wrong.
        reason: &'static str,
    },
    /// No key of the agent is the one that was named.
    #[error("the agent holds no key {wanted}; it holds {}", list(held))]
    NoSuchKey {
        /// What was named.
        wanted: String,
        /// Fingerprints and comments of the keys held.
        held: Vec<String>,
    },
    /// The agent holds no key, or several and none was named.
    #[error(
        "name one of the agent's keys by fingerprint or comment (--sign-agent=KEY); it holds {}",
        list(held)
    )]
    Ambiguous {
        /// Fingerprints and comments of the keys held.
        held: Vec<String>,
    },
}

fn list(held: &[String]) -> String {
    if held.is_empty() { "no key that can sign".to_owned() } else { held.join(", ") }
}

/// A key in an agent.
#[derive(Debug)]
pub struct AgentSigner {
    socket: PathBuf,
    key: PublicKey,
    /// The key as the agent gave it.
    blob: Vec<u8>,
}

impl AgentSigner {
    /// Finds the key in the agent that `SSH_AUTH_SOCK` names.
    ///
    /// # Errors
    /// When there is no agent, or not exactly one key fits.
    pub fn choose(wanted: Option<&str>) -> Result<Self, AgentError> {
        let socket = std::env::var_os("SSH_AUTH_SOCK").filter(|socket| !socket.is_empty());
        Self::choose_at(Path::new(&socket.ok_or(AgentError::NoAgent)?), wanted)
    }

    /// Finds the key in the agent behind `socket`.
    ///
    /// # Errors
    /// As [`AgentSigner::choose`].
    pub fn choose_at(socket: &Path, wanted: Option<&str>) -> Result<Self, AgentError> {
        let keys = identities(socket)?;
        let held = keys
            .iter()
            .map(|(key, _)| format!("{} ({})", fingerprint(key), printable(key.comment())))
            .collect();
        let fits = |key: &PublicKey| {
            wanted.is_none_or(|wanted| fingerprint(key) == wanted || key.comment() == wanted)
        };
        let mut fitting: Vec<(PublicKey, Vec<u8>)> = keys.into_iter().filter(|(key, _)| fits(key)).collect();
        match (fitting.pop(), fitting.is_empty(), wanted) {
            (Some((key, blob)), true, _) => Ok(Self { socket: socket.to_owned(), key, blob }),
            (None, _, Some(wanted)) => Err(AgentError::NoSuchKey { wanted: wanted.to_owned(), held }),
            (None, _, None) | (Some(_), false, _) => Err(AgentError::Ambiguous { held }),
        }
    }
}

impl Sign for AgentSigner {
    fn fingerprint(&self) -> String {
        fingerprint(&self.key)
    }

    fn sign(&self, namespace: &str, message: &[u8]) -> Result<String, SignError> {
        let failed = |reason: String| SignError::Failed { reason };
        let library = |error: ssh_key::Error| SignError::Failed { reason: error.to_string() };
        let signed = SshSig::signed_data(namespace, HashAlg::Sha512, message).map_err(library)?;
        let flags = if matches!(self.key.algorithm(), Algorithm::Rsa { .. }) { RSA_SHA2_512 } else { 0 };
        let mut request = vec![SIGN_REQUEST];
        put_string(&mut request, &self.blob);
        put_string(&mut request, &signed);
        request.extend_from_slice(&flags.to_be_bytes());
        let answer = exchange(&self.socket, &request).map_err(|error| failed(error.to_string()))?;
        let blob = match answer.split_first() {
            Some((&SIGN_RESPONSE, mut rest)) => take_string(&mut rest),
            Some(_) | None => None,
        };
        let blob = blob
            .ok_or_else(|| failed("the agent refused to sign (locked, or its owner declined)".to_owned()))?;
        let raw = Signature::try_from(blob).map_err(library)?;
        let signature =
            SshSig::new(self.key.key_data().clone(), namespace, HashAlg::Sha512, raw).map_err(library)?;
        let mut armored = signature.to_pem(LineEnding::LF).map_err(library)?;
        if !armored.ends_with('\n') {
            armored.push('\n');
        }
        // An agent may answer with the wrong key or hash; a bundle sealed so would be worthless.
        signature::verify(&armored, namespace, message)
            .map_err(|error| failed(format!("the agent's signature does not verify: {error}")))?;
        Ok(armored)
    }
}

fn fingerprint(key: &PublicKey) -> String {
    key.fingerprint(HashAlg::Sha256).to_string()
}

/// A comment comes from outside: without control characters.
fn printable(comment: &str) -> String {
    comment.chars().filter(|c| !c.is_control()).take(64).collect()
}

/// The keys of the agent that can sign here; certificates and unknown kinds are passed over.
fn identities(socket: &Path) -> Result<Vec<(PublicKey, Vec<u8>)>, AgentError> {
    let unusable = |reason| AgentError::Answer { socket: socket.to_owned(), reason };
    let answer = exchange(socket, &[REQUEST_IDENTITIES])?;
    let Some((&IDENTITIES_ANSWER, mut rest)) = answer.split_first() else {
        return Err(unusable("it refused to list its keys"));
    };
    let count = take_u32(&mut rest).ok_or(unusable("a list that ends early"))?;
    let mut keys = Vec::new();
    for _ in 0..count {
        let entry = take_string(&mut rest).zip(take_string(&mut rest));
        let (blob, comment) = entry.ok_or(unusable("a list that ends early"))?;
        let Ok(mut key) = PublicKey::from_bytes(blob) else { continue };
        if matches!(key.key_data(), KeyData::Dsa(_) | KeyData::Other(_)) {
            continue;
        }
        key.set_comment(String::from_utf8_lossy(comment));
        keys.push((key, blob.to_vec()));
    }
    Ok(keys)
}

fn exchange(socket: &Path, request: &[u8]) -> Result<Vec<u8>, AgentError> {
    let failed = |source| AgentError::Socket { socket: socket.to_owned(), source };
    let answer = || -> io::Result<Result<Vec<u8>, u32>> {
        let mut stream = UnixStream::connect(socket)?;
        stream.set_read_timeout(Some(PATIENCE))?;
        stream.set_write_timeout(Some(PATIENCE))?;
        let mut message = Vec::new();
        put_string(&mut message, request);
        stream.write_all(&message)?;
        let mut length = [0; 4];
        stream.read_exact(&mut length)?;
        let length = u32::from_be_bytes(length);
        if length > ANSWER_LIMIT {
            return Ok(Err(length));
        }
        let mut answer = Vec::new();
        stream.take(u64::from(length)).read_to_end(&mut answer)?;
        Ok(Ok(answer))
    };
    match answer().map_err(failed)? {
        Ok(answer) => Ok(answer),
        Err(_) => Err(AgentError::Answer { socket: socket.to_owned(), reason: "longer than 256 KiB" }),
    }
}

fn put_string(out: &mut Vec<u8>, bytes: &[u8]) {
    // Manifests and keys are far below 4 GiB; a longer string would be cut into a message that the agent refuses.
    out.extend_from_slice(&u32::try_from(bytes.len()).unwrap_or(u32::MAX).to_be_bytes());
    out.extend_from_slice(bytes);
}

fn take_u32(cursor: &mut &[u8]) -> Option<u32> {
    let (bytes, rest) = cursor.split_first_chunk()?;
    *cursor = rest;
    Some(u32::from_be_bytes(*bytes))
}

fn take_string<'a>(cursor: &mut &'a [u8]) -> Option<&'a [u8]> {
    let length = usize::try_from(take_u32(cursor)?).ok()?;
    let (bytes, rest) = cursor.split_at_checked(length)?;
    *cursor = rest;
    Some(bytes)
}

#[cfg(test)]
mod tests;
