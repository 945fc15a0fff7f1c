//! What can be against a bundle that is to be learnt from.
//!
//! Must not do: learn what nobody vouches for, unless told so by name.

use mlx5_schemas::model::report::Signer;
use mlx5_schemas::model::verdict::{Assurance, Cap};

use super::super::seen::One;
use super::Options;
use crate::assurance::Caps;
use crate::baseline::suggest;
use crate::case::Case;

/// Something against a bundle.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Accept {
    /// It cannot be opened. There is nothing to learn from it; accepted, it is passed over.
    Broken,
    /// A taint, or a sign of the device itself, says that more may have been done than can be seen.
    Tainted,
    /// A simulated card, a replay, another root, imported text.
    Claimed,
    /// Only the vendor's tools or the kernel tell of a device.
    Reported,
    /// Something that was asked for is missing.
    Incomplete,
    /// Nobody signed it.
    Unsigned,
    /// It is signed by a key that is not among those named.
    Untrusted,
    /// A change waits for a reset, so that it is not known which value is the good one.
    Pending,
}

impl Accept {
    /// All of them.
    pub const ALL: [Self; 8] = [
        Self::Broken,
        Self::Tainted,
        Self::Claimed,
        Self::Reported,
        Self::Incomplete,
        Self::Unsigned,
        Self::Untrusted,
        Self::Pending,
    ];

    /// The word on the command line and in the file.
    pub fn word(self) -> &'static str {
        match self {
            Self::Broken => "broken",
            Self::Tainted => "tainted",
            Self::Claimed => "claimed",
            Self::Reported => "reported",
            Self::Incomplete => "incomplete",
            Self::Unsigned => "unsigned",
            Self::Untrusted => "untrusted",
            Self::Pending => "pending",
        }
    }

    /// By its word.
    ///
    /// # Errors
    /// When it is none, with the nearest.
    pub fn parse(text: &str) -> Result<Self, String> {
        let words = Self::ALL.map(Self::word);
        Self::ALL.into_iter().find(|one| one.word() == text).ok_or_else(|| {
            match suggest::nearest(text, words) {
                Some(near) => format!("did you mean {near}?"),
                None => format!("there are {}", words.join(", ")),
            }
        })
    }
}

/// What is against a bundle, each thing once, and why.
pub(super) fn doubts(case: &Case, caps: &Caps, one: &One, options: Options<'_>) -> Vec<(Accept, String)> {
    let identity = case.opened.identity();
    let mut doubts = Vec::new();
    let devices = case.opened.devices().iter().flat_map(|device| caps.device(&device.id));
    let tainted: Vec<&Cap> =
        caps.host().iter().chain(devices).filter(|cap| cap.level == Assurance::Tainted).collect();
    if let Some(first) = tainted.first() {
        doubts.push((Accept::Tainted, first.message.clone()));
    }
    let words = || {
        let level = one.level.unwrap_or_default();
        let why = one.bounds.iter().filter(|reason| reason.level() == level).map(|reason| reason.words());
        why.collect::<Vec<_>>().join("; ")
    };
    match one.level {
        Some(Assurance::Claimed) => doubts.push((Accept::Claimed, words())),
        Some(Assurance::Reported) if !options.of_host => doubts.push((Accept::Reported, words())),
        Some(Assurance::Reported | Assurance::Tainted | Assurance::Read | Assurance::Strong) | None => {}
    }
    // Imported text has nobody who could have left something out, or signed it; that is `claimed` already.
    if !case.opened.is_imported() {
        if !identity.complete {
            doubts.push((Accept::Incomplete, "something that was asked for is missing".to_owned()));
        }
        match &identity.signature.signer {
            Signer::Unsigned => doubts.push((Accept::Unsigned, "nobody signed it".to_owned())),
            Signer::Unknown { fingerprint } if options.has_signers => {
                doubts
                    .push((Accept::Untrusted, format!("it is signed by {fingerprint}, which is not named")));
            }
            Signer::Unknown { .. } | Signer::Trusted { .. } => {}
        }
    }
    let waiting = one.kinds.values().flat_map(|kind| &kind.names).filter(|(_, told)| told.waits);
    let mut waiting: Vec<&str> = waiting.map(|(name, _)| name.as_str()).collect();
    waiting.dedup();
    if let Some(first) = waiting.first() {
        let more = match waiting.len().saturating_sub(1) {
            0 => String::new(),
            more => format!(" and {more} more"),
        };
        let words = format!("a change of {first}{more} waits for a reset: which value is the good one?");
        doubts.push((Accept::Pending, words));
    }
    doubts
}
