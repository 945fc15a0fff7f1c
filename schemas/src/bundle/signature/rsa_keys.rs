//! RSA with PKCS #1 v1.5 padding (RFC 8332: `rsa-sha2-256`, `rsa-sha2-512`) for SSHSIG.
//!
//! Done on the `rsa` crate directly: `ssh-key` 0.6 hands it the first prime twice when it signs, which is refused
//! as an inconsistent key, and verifies nothing above 4096 bits. Must not do: read or write key files.

use rsa::pkcs1v15;
use rsa::signature::{SignatureEncoding, Signer, Verifier};
use rsa::traits::PublicKeyParts;
use rsa::{BigUint, RsaPrivateKey, RsaPublicKey};
use sha2::{Sha256, Sha512};
use ssh_key::private::RsaKeypair;
use ssh_key::{Algorithm, HashAlg, Mpint, Signature};

use super::{SignError, VerifyError};

/// Shorter keys are refused on both sides.
const LEAST_BITS: usize = 2048;
/// Longest modulus that OpenSSH takes (`OPENSSL_RSA_MAX_MODULUS_BITS`).
const MOST_BITS: usize = 16384;

/// Whether a key pair can sign.
pub(super) fn check(pair: &RsaKeypair) -> Result<(), SignError> {
    private_key(pair).map(|_| ())
}

/// Signs with SHA-512, as `ssh-keygen -Y sign` does.
pub(super) fn sign(pair: &RsaKeypair, message: &[u8]) -> Result<Signature, SignError> {
    let failed = |reason: String| SignError::Failed { reason };
    let key = pkcs1v15::SigningKey::<Sha512>::new(private_key(pair)?);
    let raw = key.try_sign(message).map_err(|error| failed(error.to_string()))?;
    let algorithm = Algorithm::Rsa { hash: Some(HashAlg::Sha512) };
    Signature::new(algorithm, raw.to_vec()).map_err(|error| failed(error.to_string()))
}

/// Verifies a signature by the hash that it names; SHA-1 (`ssh-rsa`) does not parse to begin with.
pub(super) fn verify(
    public: &ssh_key::public::RsaPublicKey,
    message: &[u8],
    signature: &Signature,
) -> Result<(), VerifyError> {
    let unsupported = || VerifyError::Unsupported { algorithm: signature.algorithm().to_string() };
    let (modulus, exponent) = (number(&public.n), number(&public.e));
    let (Some(modulus), Some(exponent)) = (modulus, exponent) else {
        return Err(VerifyError::Malformed { reason: "its RSA key has a negative number".to_owned() });
    };
    let key = RsaPublicKey::new_with_max_size(modulus, exponent, MOST_BITS).map_err(|_| unsupported())?;
    if key.n().bits() < LEAST_BITS {
        return Err(unsupported());
    }
    let raw = pkcs1v15::Signature::try_from(signature.as_bytes()).map_err(|_| VerifyError::DoesNotFit)?;
    let verdict = if signature.algorithm() == (Algorithm::Rsa { hash: Some(HashAlg::Sha512) }) {
        pkcs1v15::VerifyingKey::<Sha512>::new(key).verify(message, &raw)
    } else if signature.algorithm() == (Algorithm::Rsa { hash: Some(HashAlg::Sha256) }) {
        pkcs1v15::VerifyingKey::<Sha256>::new(key).verify(message, &raw)
    } else {
        return Err(unsupported());
    };
    verdict.map_err(|_| VerifyError::DoesNotFit)
}

fn private_key(pair: &RsaKeypair) -> Result<RsaPrivateKey, SignError> {
    let unreadable = |reason: &str| SignError::Key { reason: reason.to_owned() };
    let secret = &pair.private;
    let numbers = [&pair.public.n, &pair.public.e, &secret.d, &secret.p, &secret.q].map(number);
    let [Some(n), Some(e), Some(d), Some(p), Some(q)] = numbers else {
        return Err(unreadable("a number of the RSA key is negative"));
    };
    if n.bits() < LEAST_BITS {
        return Err(SignError::Unsupported { algorithm: format!("rsa with {} bits", n.bits()) });
    }
    RsaPrivateKey::from_components(n, e, d, vec![p, q])
        .map_err(|_| unreadable("the numbers of the RSA key do not belong together"))
}

fn number(mpint: &Mpint) -> Option<BigUint> {
    mpint.as_positive_bytes().map(BigUint::from_bytes_be)
}
