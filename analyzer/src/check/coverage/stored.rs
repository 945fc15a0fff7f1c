//! What is stored in flash and was not read, and a store that was not listed to its end: TLVs that no catalog names show
//! there alone.
//!
//! Must not do: judge values.

use mlx5_schemas::model::fact::{Knowledge, Subject};
use mlx5_schemas::model::status::CollectionStatus;
use mlx5_schemas::model::verdict::{UnknownReason, Verdict};

use super::Coverage;
use crate::case::tlv_of;
use crate::check::findings::{Draft, Findings};
use crate::check::rule::RuleError;
use crate::check::stand::reason_of;

/// Whether the walk over the store came to its end.
const LISTED: &str = "nv/access.stored_listed";
/// Whether there is NV configuration at all.
const SUPPORTED: &str = "nv/access.supported";
/// Bits of the class that make a group form of it.
const GROUP: u8 = 0xc0;
/// Bytes that a TLV without a name could have, one for each class that is stored.
const STRANGERS: [&str; 5] =
    ["nv/0:0xffffff/data", "nv/1:0xffff/data", "nv/3:0x3ff/data", "nv/7:0x3ffff/data", "nv/9:0x3fff/data"];

impl Coverage<'_, '_> {
    /// Whether a TLV is in the store and not in the catalog, a group form's members included.
    pub(super) fn is_stored_stranger(&self, subject: &Subject, path: &str) -> bool {
        let is_stored = self.context.case.facts.plain(subject, &format!("{path}/stored")).is_some();
        is_stored
            && tlv_of(path).is_some_and(|tlv| {
                // A group form has the index of its members in the low bits, and zeros above.
                self.context.catalog.tlv(tlv.class & !GROUP, tlv.index).is_none()
            })
    }

    /// TLVs without a name that are stored and were not asked for: another function's, or a whole group's.
    pub(super) fn stored_unread(&self, took: &mut [bool], findings: &mut Findings) -> Result<(), RuleError> {
        for fact in self.context.case.facts.of_device(self.device) {
            let Some(tlv) = tlv_of(&fact.path).filter(|tlv| tlv.part == "/stored") else { continue };
            let below = |name: &str| format!("{}{name}", tlv.path);
            let facts = &self.context.case.facts;
            if facts.views(&fact.subject, &below("/data")).has_views()
                || facts.plain(&fact.subject, &below("/supported")).is_some()
                || !self.is_stored_stranger(&fact.subject, tlv.path)
            {
                continue;
            }
            let Some(reach) = self.reach(&self.names(&fact.subject, tlv.path), took) else { continue };
            let verdict = Verdict::Unknown { reason: UnknownReason::NotCaptured };
            let words = "stored in flash, without a name here, and out of this function's reach".to_owned();
            self.leave(findings, fact, tlv.path, &reach, verdict, words)?;
        }
        Ok(())
    }

    /// A rule that can reach TLVs without a name rests on the list of what is stored: where the list is not whole, there
    /// may be some that nobody saw. Firmware that keeps no such list is another matter: it cannot be asked.
    pub(super) fn store_unlisted(&self, findings: &mut Findings) -> Result<(), RuleError> {
        let mut wild = self.meta.scope.patterns_for(self.target).filter(|(_, pattern)| pattern.is_wild());
        if !wild.any(|(_, pattern)| STRANGERS.iter().any(|path| pattern.matches(path))) {
            return Ok(());
        }
        let subject = self.target.subject();
        let unknown = |path: &str| match &self.context.case.facts.plain(&subject, path)?.knowledge {
            Knowledge::Known { .. } => None,
            Knowledge::Unknown { status, reason } => Some((*status, reason.clone())),
        };
        let fact = self.context.case.facts.plain(&subject, LISTED);
        let (reason, why) = match (fact, unknown(LISTED)) {
            (Some(_), None) => return Ok(()),
            (_, Some((CollectionStatus::Absent, _))) => return Ok(()),
            (_, Some((status, reason))) => (reason_of(status), reason),
            // Without NV configuration nothing is stored.
            (None, None)
                if unknown(SUPPORTED).is_some_and(|(status, _)| status == CollectionStatus::Absent) =>
            {
                return Ok(());
            }
            (None, None) => (UnknownReason::NotCaptured, "it was not asked for".to_owned()),
        };
        let words = format!(
            "what is stored in flash was not listed to the end, so TLVs without a name may be unseen: {why}"
        );
        let draft = Draft::new(self.meta, &subject, LISTED, Verdict::Unknown { reason }, words);
        findings.add(match fact {
            Some(fact) => draft.resting_on(self.context, &[fact]),
            None => draft.shown_by([self.nv_evidence()]),
        })
    }
}
