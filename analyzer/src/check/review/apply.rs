//! Applies rules to devices and to the host, and leaves what they find.
//!
//! Must not do: let a rule that fails stop another one.

use std::rc::Rc;

use mlx5_schemas::model::fact::Subject;
use mlx5_schemas::model::verdict::{NotApplicableReason, UnknownReason, Verdict};

use crate::check::findings::{Draft, Findings};
use crate::check::held::Held;
use crate::check::rule::{Context, Rule, RuleMeta, Target};
use crate::check::select::{Selection, select};
use crate::check::stand::verdict;

/// Applies a rule to every device, and to the host where it names host facts. Says whether it matched a subject.
pub(super) fn apply(context: &Context<'_>, rule: &dyn Rule, findings: &mut Findings) -> bool {
    let meta = rule.meta();
    if meta.is_joint {
        if let Err(error) = rule.check_joint(context, findings) {
            let draft = Draft::new(meta, &Subject::Host, "", Verdict::Error, error.to_string());
            leave(context, meta, findings, draft.shown_by([context.case.opened.manifest_evidence()]));
        }
        // How many devices there are is known whichever they are.
        return true;
    }
    let mut selected_any = false;
    for device in context.case.opened.devices() {
        match select(&meta.selects, context, device) {
            Selection::Selected => {
                selected_any = true;
                if meta.scope.names_devices() {
                    run(context, rule, &Target::of(device), findings);
                }
            }
            Selection::NotSelected(evidence) => {
                let words = "the rule is about other devices".to_owned();
                let subject = Subject::Device { device: device.id.clone() };
                let draft = Draft::new(meta, &subject, "", Verdict::NotSelected, words).shown_by(evidence);
                leave(context, meta, findings, draft.expected(None));
            }
            Selection::Unknown { missing, evidence } => {
                selected_any = true;
                let words =
                    format!("whether the rule is about this device depends on {missing}, which was not read");
                let verdict = Verdict::Unknown { reason: UnknownReason::UnknownFirmware };
                let subject = Subject::Device { device: device.id.clone() };
                leave(
                    context,
                    meta,
                    findings,
                    Draft::new(meta, &subject, "", verdict, words).shown_by(evidence),
                );
            }
        }
    }
    if meta.scope.names_host() && (selected_any || meta.selects.is_empty()) {
        run(context, rule, &Target::Host, findings);
        return true;
    }
    selected_any && meta.scope.names_devices()
}

fn run(context: &Context<'_>, rule: &dyn Rule, target: &Target, findings: &mut Findings) {
    let meta = rule.meta();
    if target.is_virtual() && meta.scope.names_nv() {
        let reason = NotApplicableReason::VirtualFunction;
        let words =
            "a virtual function: its NV configuration is its physical function's, in the hypervisor's bundle";
        let verdict = Verdict::NotApplicable { reason };
        let draft = Draft::new(meta, &target.subject(), "", verdict, words.to_owned());
        leave(context, meta, findings, draft.shown_by([context.case.opened.manifest_evidence()]));
    }
    let held = match Held::of(context, meta, target) {
        Ok(held) => held,
        Err(error) => {
            let words = format!("`when`: {error}");
            let draft = Draft::new(meta, &target.subject(), "", Verdict::Error, words);
            return leave(context, meta, findings, draft.shown_by([context.case.opened.manifest_evidence()]));
        }
    };
    if let Some(stand) = held.as_ref().and_then(Held::whole) {
        let (verdict, words) = verdict(&[(None, stand)]);
        let shown = held.iter().flat_map(Held::evidence).chain([context.case.opened.manifest_evidence()]);
        let draft = Draft::new(meta, &target.subject(), "", verdict, words).shown_by(shown);
        return leave(context, meta, findings, draft);
    }
    let context = &Context { held: held.map(Rc::new), ..context.clone() };
    if let Err(error) = rule.check(context, target, findings) {
        let draft = Draft::new(meta, &target.subject(), "", Verdict::Error, error.to_string());
        leave(context, meta, findings, draft.shown_by([context.case.opened.manifest_evidence()]));
    }
}

/// Adds a finding; one that is refused becomes an error with the manifest for evidence.
pub(super) fn leave(context: &Context<'_>, meta: &RuleMeta, findings: &mut Findings, draft: Draft) {
    if let Err(error) = findings.add(draft) {
        let draft = Draft::new(meta, &Subject::Host, "", Verdict::Error, error.to_string());
        // The manifest is always there, so this one cannot be refused.
        let _ = findings.add(draft.shown_by([context.case.opened.manifest_evidence()]));
    }
}
