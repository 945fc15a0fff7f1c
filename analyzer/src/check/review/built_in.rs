//! Findings that need no baseline: the taint as one finding of the host or device, and the signature that is demanded.
//!
//! Must not do: hold a taint against a value.

use mlx5_schemas::model::baseline::Severity;
use mlx5_schemas::model::fact::Subject;
use mlx5_schemas::model::report::Signer;
use mlx5_schemas::model::verdict::{Assurance, CapReason, UnknownReason, Verdict};

use super::apply::leave;
use crate::check::findings::{Draft, Findings};
use crate::check::rule::{Context, RuleMeta};

/// Rule name of the finding about a signature that is demanded.
pub(super) const SIGNATURE_RULE: &str = "signature";

/// Leaves them; `signature` says whether one by a key that the user named is demanded.
pub(super) fn built_in(context: &Context<'_>, signature: bool, findings: &mut Findings) {
    let devices = context.case.opened.devices().iter().flat_map(|device| context.caps.device(&device.id));
    for cap in context.caps.host().iter().chain(devices) {
        if cap.level != Assurance::Tainted || cap.reason == CapReason::TaintUnknown {
            continue;
        }
        let meta = RuleMeta::built_in(cap.reason.word(), Severity::High);
        let path = if cap.reason == CapReason::FwctlTaint { "host/taint/J" } else { "" };
        let draft = Draft::new(&meta, &cap.subject, path, Verdict::Informational, cap.message.clone());
        leave(context, &meta, findings, draft.expected(None).shown_by(cap.evidence.clone()));
    }
    if !signature {
        return;
    }
    let (reason, words) = match context.case.opened.identity().signature.signer {
        Signer::Trusted { .. } => return,
        Signer::Unknown { fingerprint } => (
            UnknownReason::SignatureUntrusted,
            format!("a signature by a key that you name is demanded; this one is by {fingerprint}"),
        ),
        Signer::Unsigned => {
            (UnknownReason::SignatureMissing, "a signature is demanded, and there is none".to_owned())
        }
    };
    let meta = RuleMeta::built_in(SIGNATURE_RULE, Severity::High);
    let draft = Draft::new(&meta, &Subject::Host, "", Verdict::Unknown { reason }, words);
    leave(context, &meta, findings, draft.expected(None).shown_by([context.case.opened.manifest_evidence()]));
}
