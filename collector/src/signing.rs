//! Chooses what seals the bundle: a key that the user named, or one made in memory for this run and forgotten.
//!
//! Must not do: search for keys that nobody named, write a key anywhere, or leave a bundle unsigned unless asked to.

use std::io;
use std::path::PathBuf;
use std::sync::atomic::AtomicBool;

use mlx5_schemas::bundle::signature::{KeySigner, Sign, SignError};
use mlx5_schemas::model::manifest::Seal;

pub mod agent;
mod passphrase;

/// Longest key file that is read, in bytes (an RSA key of 16384 bits has about 13 kB).
const KEY_FILE_LIMIT: u64 = 64 << 10;

/// How the user wants the bundle sealed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Choice {
    /// A key made for this run.
    OneRun,
    /// A private key file.
    File(PathBuf),
    /// A key that the agent holds, by fingerprint or comment; the only one it holds where `None`.
    Agent(Option<String>),
    /// Not signed.
    Unsigned,
}

/// Why nothing can sign.
#[derive(Debug, thiserror::Error)]
pub enum SigningError {
    /// The system gives no random bytes.
    #[error("the system gives no random bytes for a one-run key: {source}")]
    Random {
        /// What it said.
        source: io::Error,
    },
    /// The key file cannot be read.
    #[error("cannot read the key {}: {}", path.display(), crate::errno::words(source))]
    KeyFile {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The key file holds no key that can sign.
    #[error("cannot sign with {}: {source}", path.display())]
    Key {
        /// The file.
        path: PathBuf,
        /// Why.
        source: SignError,
    },
    /// The key is protected, and there is nobody to ask.
    #[error("{} is protected by a passphrase and there is no terminal to ask for it; load it into an agent and use --sign-agent", path.display())]
    NoTerminal {
        /// The file.
        path: PathBuf,
    },
    /// The passphrase was not given.
    #[error("no passphrase for {}: {}", path.display(), crate::errno::words(source))]
    Passphrase {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The agent cannot help.
    #[error(transparent)]
    Agent(#[from] agent::AgentError),
}

/// What seals the bundle.
pub struct Sealer {
    /// The signer; `None` only when the user asked for that.
    pub signer: Option<Box<dyn Sign>>,
    /// What the manifest says of it.
    pub seal: Seal,
}

impl std::fmt::Debug for Sealer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // The signer may hold a private key.
        f.debug_struct("Sealer").field("seal", &self.seal).finish_non_exhaustive()
    }
}

/// Makes the signer ready, before anything is collected: a key that cannot sign is known at once.
///
/// # Errors
/// When the key named cannot be had.
pub fn prepare(choice: &Choice, interrupted: &AtomicBool) -> Result<Sealer, SigningError> {
    match choice {
        Choice::OneRun => one_run(),
        Choice::Unsigned => Ok(Sealer { signer: None, seal: Seal::Unsigned }),
        Choice::File(path) => Ok(named(Box::new(from_file(path.clone(), interrupted)?))),
        Choice::Agent(wanted) => Ok(named(Box::new(agent::AgentSigner::choose(wanted.as_deref())?))),
    }
}

/// A key made in memory for this run.
///
/// # Errors
/// When the system gives no random bytes.
pub fn one_run() -> Result<Sealer, SigningError> {
    let signer = KeySigner::one_run(random()?);
    let seal = Seal::OneRunKey { fingerprint: signer.fingerprint() };
    Ok(Sealer { signer: Some(Box::new(signer)), seal })
}

/// Random bytes of the kernel.
///
/// # Errors
/// When the system gives none.
pub fn random<const N: usize>() -> Result<[u8; N], SigningError> {
    let mut bytes = [0; N];
    let mut filled = 0;
    while let Some(rest) = bytes.get_mut(filled..).filter(|rest| !rest.is_empty()) {
        match rustix::rand::getrandom(rest, rustix::rand::GetRandomFlags::empty()) {
            Ok(length) => filled = filled.saturating_add(length),
            Err(rustix::io::Errno::INTR) => {}
            Err(errno) => return Err(SigningError::Random { source: errno.into() }),
        }
    }
    Ok(bytes)
}

fn named(signer: Box<dyn Sign>) -> Sealer {
    let seal = Seal::NamedKey { fingerprint: signer.fingerprint() };
    Sealer { signer: Some(signer), seal }
}

fn from_file(path: PathBuf, interrupted: &AtomicBool) -> Result<KeySigner, SigningError> {
    let pem = match read_key_file(&path) {
        Ok(pem) => pem,
        Err(source) => return Err(SigningError::KeyFile { path, source }),
    };
    match KeySigner::from_openssh(&pem, None) {
        Ok(signer) => Ok(signer),
        Err(SignError::PassphraseNeeded) => {
            let prompt = format!("Passphrase for {}: ", path.display());
            let passphrase = match passphrase::ask(&prompt, interrupted) {
                Ok(Some(passphrase)) => passphrase,
                Ok(None) => return Err(SigningError::NoTerminal { path }),
                Err(source) => return Err(SigningError::Passphrase { path, source }),
            };
            KeySigner::from_openssh(&pem, Some(&passphrase))
                .map_err(|source| SigningError::Key { path, source })
        }
        Err(source) => Err(SigningError::Key { path, source }),
    }
}

fn read_key_file(path: &PathBuf) -> io::Result<String> {
    use std::io::Read;
    let mut pem = String::new();
    std::fs::File::open(path)?.take(KEY_FILE_LIMIT).read_to_string(&mut pem)?;
    Ok(pem)
}
