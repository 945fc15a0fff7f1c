//! What a device shows of itself: `taint/…` facts, each made of fields that are facts as well.
//!
//! A sign is 1 where a field shows it, 0 where all of its fields were read and none shows it, and unknown where one of
//! them was not read: silence is never clear. A register that the device does not have cannot show anything; where it
//! has none of a sign's registers the sign is absent. [`sentence`] says each in plain words.
//!
//! | path | about | shown by |
//! |---|---|---|
//! | `taint/debug_token` | device | MDSR `status` 2 of any token, a token among the components (MCQS) |
//! | `taint/token_challenge` | device | MDSR `status` 4, 5, 6 |
//! | `taint/development_firmware` | device | MGIR `dev`, `dev_sc`, `debug`, `development`, `dev_branch_tag`, MIDFV |
//! | `taint/unsigned_firmware` | device | MGIR `secured`, `signed_fw` where the life cycle is a secured one |
//! | `taint/life_cycle` | device | MGIR `life_cycle`: its number and name |
//! | `taint/pci_switch_only` | device | MGIR `pci_switch_only_mode` |
//! | `taint/safe_mode` | device | MSMR `state` |
//! | `taint/test_mode` | port | PPTT, PPRT, PPAOS, PPLR, PFLDC |
//! | `taint/injection` | port, device | PTER, PREI; MTEIR, MPEINJ |
//! | `taint/injection_permitted` | device | MSGCR `support_error_injection` |
//! | `taint/cable_check_off` | device | MSGCR `fake_cable_detect_en` 0 |
//! | `taint/tracer_owned` | device | MTRC_CAP `trace_owner` |
//! | `taint/override.…` | port, module, device | PMMP, PMCR, PLTC, PPLM, PCNR, PLDS, PAOS, ROCE_ACCL |
//! | `taint/pending_reset` | device | MFRL, and what only a reset brings about (the two below) |
//! | `taint/pending_firmware` | device | MCQS `component_update_state` 4 |
//! | `taint/pending_configuration` | device | NV configuration: next differs from current |
//! | `taint/restricted_host` | device | NV items 7:0x83, 0:0x98, 0:0xa3, 0:0x123 |
//! | `taint/foreign_cable` | port | MFCDR `status` 1, 3 |
//! | `taint/efuse_version` | device | MFSV: image and e-fuse version, `pending_efuse_prog` |
//! | `taint/live_update` | device | MIRC `status_code` |
//!
//! Must not do: judge whether a sign matters, or read bytes (the fields it is made of were read already).

mod composed;
mod evidence;
mod fields;
mod words;

use crate::model::fact::Fact;

use super::source::Scribe;

pub use words::sentence;

/// The signs that these facts of one device show. None where nothing at all is known of the device.
pub(super) fn facts(known: &[Fact], scribe: Scribe<'_>) -> Vec<Fact> {
    let Some(anchor) = known.first().and_then(|fact| fact.evidence.first()) else { return Vec::new() };
    let index = evidence::Index::of(known);
    let mut signs = fields::signs(&index, scribe, anchor);
    signs.extend(composed::signs(&index, scribe, anchor));
    signs.sort_by(|a, b| (&a.path, &a.subject).cmp(&(&b.path, &b.subject)));
    signs
}
