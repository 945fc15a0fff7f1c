//! Verdicts, assurance and the three words: the two axes on which a value is judged.
//!
//! Must not do: judge. Which verdict a value gets is the analyzer's work; this is the vocabulary.

mod cap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

pub use cap::{Cap, CapReason};

/// Why a value could not be judged.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum UnknownReason {
    /// It was not read, for a reason that has no word of its own here.
    NotCaptured,
    /// No answer came in time.
    Timeout,
    /// Reading it was refused.
    Denied,
    /// It was masked before it was written.
    Masked,
    /// The firmware gives no current values, and nothing else says what is in force.
    NextOnly,
    /// Neither the device nor the catalog gives a value of this name.
    UnknownParameter,
    /// Releases of mstflint read these bytes differently, and the verdict depends on which of them is right here.
    AmbiguousLayout,
    /// The rule depends on the firmware's identity, which was not read.
    UnknownFirmware,
    /// The envelope demands a signature and there is none.
    SignatureMissing,
    /// The envelope demands a signature by a key that the user named; this one is by another.
    SignatureUntrusted,
    /// A waiver was given whose last day has passed: what it accepted is not accepted any more.
    WaiverExpired,
}

impl UnknownReason {
    /// All reasons.
    pub const ALL: &[Self] = &[
        Self::NotCaptured,
        Self::Timeout,
        Self::Denied,
        Self::Masked,
        Self::NextOnly,
        Self::UnknownParameter,
        Self::AmbiguousLayout,
        Self::UnknownFirmware,
        Self::SignatureMissing,
        Self::SignatureUntrusted,
        Self::WaiverExpired,
    ];

    /// The word used in files and on screens.
    pub fn word(self) -> &'static str {
        match self {
            Self::NotCaptured => "not-captured",
            Self::Timeout => "timeout",
            Self::Denied => "denied",
            Self::Masked => "masked",
            Self::NextOnly => "next-only",
            Self::UnknownParameter => "unknown-parameter",
            Self::AmbiguousLayout => "ambiguous-layout",
            Self::UnknownFirmware => "unknown-firmware",
            Self::SignatureMissing => "signature-missing",
            Self::SignatureUntrusted => "signature-untrusted",
            Self::WaiverExpired => "waiver-expired",
        }
    }
}

/// Why a rule has nothing to judge where it looked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum NotApplicableReason {
    /// The device says that it has no such thing.
    Absent,
    /// A capability: the device's own statement, which nobody can set.
    ReadOnly,
    /// A secret: never asked for, and out of reach of patterns.
    Secret,
    /// The NV configuration of a virtual function is its physical function's.
    VirtualFunction,
    /// The functions of a card share its NV configuration: it is told of another function.
    SameCard,
    /// The rule holds under a condition, and that is not met here.
    Condition,
}

impl NotApplicableReason {
    /// All reasons.
    pub const ALL: &[Self] =
        &[Self::Absent, Self::ReadOnly, Self::Secret, Self::VirtualFunction, Self::SameCard, Self::Condition];

    /// The word used in files and on screens.
    pub fn word(self) -> &'static str {
        match self {
            Self::Absent => "absent",
            Self::ReadOnly => "read-only",
            Self::Secret => "secret",
            Self::VirtualFunction => "virtual-function",
            Self::SameCard => "same-card",
            Self::Condition => "condition",
        }
    }
}

/// What the value alone says, whatever route brought it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", tag = "is", deny_unknown_fields)]
pub enum Verdict {
    /// Read, and inside the envelope.
    Within,
    /// Outside, and accepted by a waiver that is in force.
    Waived,
    /// Current and next-boot values disagree about the envelope.
    Pending,
    /// Read, and outside the envelope.
    Outside,
    /// Not judged, and why.
    Unknown {
        /// Why.
        reason: UnknownReason,
    },
    /// Nothing to judge here, and why.
    NotApplicable {
        /// Why.
        reason: NotApplicableReason,
    },
    /// The rule's selection leaves this device out.
    NotSelected,
    /// Said for context; claims nothing.
    Informational,
    /// The rule itself could not be carried out.
    Error,
}

impl Verdict {
    /// The word used in files and on screens, without the reason.
    pub fn word(self) -> &'static str {
        match self {
            Self::Within => "within",
            Self::Waived => "waived",
            Self::Pending => "pending",
            Self::Outside => "outside",
            Self::Unknown { .. } => "unknown",
            Self::NotApplicable { .. } => "not-applicable",
            Self::NotSelected => "not-selected",
            Self::Informational => "informational",
            Self::Error => "error",
        }
    }

    /// Whether it keeps something from being inside.
    pub fn holds_back(self) -> bool {
        match self {
            Self::Outside | Self::Pending | Self::Unknown { .. } | Self::Error => true,
            Self::Within
            | Self::Waived
            | Self::NotApplicable { .. }
            | Self::NotSelected
            | Self::Informational => false,
        }
    }

    /// The reason's word, where the verdict carries a reason.
    pub fn reason(self) -> Option<&'static str> {
        match self {
            Self::Unknown { reason } => Some(reason.word()),
            Self::NotApplicable { reason } => Some(reason.word()),
            Self::Within
            | Self::Waived
            | Self::Pending
            | Self::Outside
            | Self::NotSelected
            | Self::Informational
            | Self::Error => None,
        }
    }
}

impl std::fmt::Display for Verdict {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.reason() {
            Some(reason) => write!(f, "{}({reason})", self.word()),
            None => f.write_str(self.word()),
        }
    }
}

/// How much evidence can carry, the weakest first.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "kebab-case")]
pub enum Assurance {
    /// Imported text, a simulated card, another root.
    Claimed,
    /// Told by the vendor's tool or by the kernel, captured by us.
    Reported,
    /// Read from firmware by us, but the host or the device shows that something else may have changed.
    Tainted,
    /// Read from firmware by us; the host has other ways in.
    #[default]
    Read,
    /// Read from firmware by us over in-tree drivers on a locked-down, untainted host.
    Strong,
}

impl Assurance {
    /// All levels, the weakest first.
    pub const ALL: [Self; 5] = [Self::Claimed, Self::Reported, Self::Tainted, Self::Read, Self::Strong];

    /// The word used in files, on screens and on the command line.
    pub fn word(self) -> &'static str {
        match self {
            Self::Claimed => "claimed",
            Self::Reported => "reported",
            Self::Tainted => "tainted",
            Self::Read => "read",
            Self::Strong => "strong",
        }
    }
}

impl std::fmt::Display for Assurance {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.pad(self.word())
    }
}

/// The three words.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Word {
    /// Every value that the envelope names was read, lies inside, and the evidence carries enough.
    Inside,
    /// Neither of the two others.
    CannotBeVouchedFor,
    /// A value is outside.
    Outside,
}

impl Word {
    /// As people read it.
    pub fn words(self) -> &'static str {
        match self {
            Self::Inside => "inside",
            Self::CannotBeVouchedFor => "cannot be vouched for",
            Self::Outside => "outside",
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use schemars::{Schema, schema_for};

    use super::*;

    /// The words of an enumeration, as its JSON Schema has them.
    fn words(schema: &Schema) -> BTreeSet<String> {
        let variants = schema.get("oneOf").and_then(|list| list.as_array()).into_iter().flatten();
        variants.filter_map(|one| one.get("const")?.as_str()).map(str::to_owned).collect()
    }

    #[test]
    fn the_lists_of_reasons_are_complete() {
        let unknown: BTreeSet<String> =
            UnknownReason::ALL.iter().map(|reason| reason.word().to_owned()).collect();
        let empty: BTreeSet<String> =
            NotApplicableReason::ALL.iter().map(|reason| reason.word().to_owned()).collect();
        assert_eq!(empty, words(&schema_for!(NotApplicableReason)));
        let caps: BTreeSet<String> = CapReason::ALL.iter().map(|reason| reason.word().to_owned()).collect();
        assert_eq!(unknown, words(&schema_for!(UnknownReason)));
        assert_eq!(caps, words(&schema_for!(CapReason)));
        assert!(unknown.is_disjoint(&caps), "a word names one reason");
    }
}
