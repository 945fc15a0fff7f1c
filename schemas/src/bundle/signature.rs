//! SSHSIG signatures (OpenSSH `PROTOCOL.sshsig`) over the manifest's bytes: making and verifying them.
//!
//! Must not do: decide whom to trust (see [`super::trust`]), read key files or speak to an agent (both are the
//! collector's), make keys of randomness that it took itself.

mod rsa_keys;

use ssh_key::private::{Ed25519Keypair, KeypairData};
use ssh_key::public::KeyData;
use ssh_key::{Error, HashAlg, LineEnding, PrivateKey, SshSig};

/// Why a signature cannot be made.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SignError {
    /// The private key cannot be read. One that `ssh-keygen` reads (half of the P-521 keys, and few others whose
    /// numbers begin with zeros, are beyond the key library) can still sign through an agent.
    #[error("the private key cannot be read: {reason}; if OpenSSH can read it, let an agent sign with it")]
    Key {
        /// Why.
        reason: String,
    },
    /// The key is protected and no passphrase was given.
    #[error("the private key is protected by a passphrase and none was given")]
    PassphraseNeeded,
    /// The passphrase does not open the key.
    #[error("the passphrase does not open the private key")]
    WrongPassphrase,
    /// A kind of key that cannot sign here.
    #[error("keys of type {algorithm} cannot sign here; use ed25519, ecdsa or rsa (2048 bits or more)")]
    Unsupported {
        /// The type as OpenSSH names it.
        algorithm: String,
    },
    /// The signer refused or failed (an agent that is gone, a key that it does not hold).
    #[error("the signer failed: {reason}")]
    Failed {
        /// Why.
        reason: String,
    },
}

/// Whatever can sign a manifest: a key in memory, an agent.
pub trait Sign {
    /// `SHA256:…` fingerprint of the public key, as `ssh-keygen -l` prints it.
    fn fingerprint(&self) -> String;

    /// Signs `message` in `namespace`; gives the armored SSHSIG (`-----BEGIN SSH SIGNATURE-----` …, final newline).
    ///
    /// # Errors
    /// When the key or its keeper refuses.
    fn sign(&self, namespace: &str, message: &[u8]) -> Result<String, SignError>;
}

/// A signer that holds its private key in memory; the key is wiped when it is dropped.
#[derive(Debug)]
pub struct KeySigner {
    key: PrivateKey,
}

impl KeySigner {
    /// Reads an OpenSSH private key file (`-----BEGIN OPENSSH PRIVATE KEY-----`): Ed25519, ECDSA on the NIST
    /// curves, or RSA.
    ///
    /// # Errors
    /// When it is no such key, cannot sign, or is protected and the passphrase is missing or wrong.
    pub fn from_openssh(pem: &str, passphrase: Option<&str>) -> Result<Self, SignError> {
        let unreadable = |error: Error| SignError::Key { reason: error.to_string() };
        let key = PrivateKey::from_openssh(pem).map_err(unreadable)?;
        let key = match (key.is_encrypted(), passphrase) {
            (false, _) => key,
            (true, None) => return Err(SignError::PassphraseNeeded),
            (true, Some(passphrase)) => key.decrypt(passphrase).map_err(|error| {
                // That is how a check number, or the cipher's tag, comes out wrong.
                if error == Error::Crypto { SignError::WrongPassphrase } else { unreadable(error) }
            })?,
        };
        if let KeypairData::Rsa(pair) = key.key_data() {
            // Some RSA keys are too short or inconsistent: find out now, before anything was collected.
            rsa_keys::check(pair)?;
        } else if !matches!(key.key_data(), KeypairData::Ed25519(_) | KeypairData::Ecdsa(_)) {
            return Err(SignError::Unsupported { algorithm: key.algorithm().to_string() });
        }
        Ok(Self { key })
    }

    /// An Ed25519 key made from 32 random bytes of the caller's, to be forgotten after one run. The signature
    /// follows from key and message alone (RFC 8032).
    pub fn one_run(seed: [u8; 32]) -> Self {
        let pair = Ed25519Keypair::from_seed(&seed);
        Self { key: PrivateKey::from(pair) }
    }

    /// The public key as a line for an `allowed_signers` or `authorized_keys` file, without a comment.
    ///
    /// # Errors
    /// When the key cannot be written, which no key that was read gives reason for.
    pub fn public_openssh(&self) -> Result<String, SignError> {
        let bare = ssh_key::PublicKey::from(self.key.public_key().key_data().clone());
        bare.to_openssh().map_err(|error| SignError::Key { reason: error.to_string() })
    }
}

impl Sign for KeySigner {
    fn fingerprint(&self) -> String {
        self.key.fingerprint(HashAlg::Sha256).to_string()
    }

    fn sign(&self, namespace: &str, message: &[u8]) -> Result<String, SignError> {
        let failed = |error: Error| SignError::Failed { reason: error.to_string() };
        let signature = if let KeypairData::Rsa(pair) = self.key.key_data() {
            let signed = SshSig::signed_data(namespace, HashAlg::Sha512, message).map_err(failed)?;
            let public = self.key.public_key().key_data().clone();
            let raw = rsa_keys::sign(pair, &signed)?;
            SshSig::new(public, namespace, HashAlg::Sha512, raw).map_err(failed)?
        } else {
            self.key.sign(namespace, HashAlg::Sha512, message).map_err(failed)?
        };
        let mut armored = signature.to_pem(LineEnding::LF).map_err(failed)?;
        if !armored.ends_with('\n') {
            armored.push('\n');
        }
        Ok(armored)
    }
}

/// Why a signature does not hold.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum VerifyError {
    /// Not an armored SSHSIG of version 1.
    #[error("it is no SSH signature: {reason}")]
    Malformed {
        /// Why.
        reason: String,
    },
    /// Made for another purpose.
    #[error("it was made for the namespace '{found}', not '{wanted}'")]
    Namespace {
        /// Namespace in the signature, escaped.
        found: String,
        /// Namespace that was asked for.
        wanted: String,
    },
    /// A kind of key that cannot be verified here (security keys with other than the known types, certificates, DSA).
    #[error("it is by a key of type {algorithm}, which cannot be verified here")]
    Unsupported {
        /// The type as OpenSSH names it, escaped.
        algorithm: String,
    },
    /// The message is not what was signed, or the signature was changed.
    #[error("it does not fit the signed bytes")]
    DoesNotFit,
}

/// Verifies an armored SSHSIG by the key that it carries; gives that key, which is not thereby trusted.
///
/// # Errors
/// See [`VerifyError`].
pub fn verify(armored: &str, namespace: &str, message: &[u8]) -> Result<KeyData, VerifyError> {
    let signature =
        SshSig::from_pem(armored).map_err(|error| VerifyError::Malformed { reason: error.to_string() })?;
    if signature.namespace() != namespace {
        let found = signature.namespace().escape_default().take(80).collect();
        return Err(VerifyError::Namespace { found, wanted: namespace.to_owned() });
    }
    if !signature.reserved().is_empty() {
        return Err(VerifyError::Malformed { reason: "its reserved field is in use".to_owned() });
    }
    let key = signature.public_key().clone();
    if let KeyData::Rsa(public) = &key {
        // Keys of up to 16384 bits, as OpenSSH reads them; the key library stops at 4096.
        let signed = SshSig::signed_data(namespace, signature.hash_alg(), message)
            .map_err(|error| VerifyError::Malformed { reason: error.to_string() })?;
        rsa_keys::verify(public, &signed, signature.signature())?;
    } else if can_verify(&key) {
        ssh_key::PublicKey::from(key.clone())
            .verify(namespace, message, &signature)
            .map_err(|_| VerifyError::DoesNotFit)?;
    } else {
        let algorithm = key.algorithm().to_string().escape_default().take(80).collect();
        return Err(VerifyError::Unsupported { algorithm });
    }
    Ok(key)
}

/// Other than RSA, which is verified apart.
fn can_verify(key: &KeyData) -> bool {
    key.is_ed25519() || key.is_ecdsa() || key.is_sk_ed25519() || key.is_sk_ecdsa_p256()
}

/// `SHA256:…` fingerprint of a public key, as `ssh-keygen -l` prints it.
pub fn fingerprint(key: &KeyData) -> String {
    key.fingerprint(HashAlg::Sha256).to_string()
}
