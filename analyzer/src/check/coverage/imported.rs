//! What a rule names and a text does not say: one that was imported, or that the vendor's tools printed.
//!
//! A text names some hundred parameters of those that the catalog has, and the bytes of none. Whatever else a rule names
//! was not read: one finding says how much that is.
//!
//! Must not do: take a parameter for covered because another one of its TLV is in the text.

use mlx5_schemas::catalog::{Parameter, Tlv, instances};
use mlx5_schemas::model::fact::Subject;
use mlx5_schemas::model::verdict::{UnknownReason, Verdict};

use super::Coverage;
use crate::check::findings::{Draft, Findings};
use crate::check::names::names_of_parameter;
use crate::check::rule::RuleError;

impl Coverage<'_, '_> {
    /// Leaves one finding for all that the rule names in the catalog and that the text does not have.
    pub(super) fn not_in_text(&self, took: &mut [bool], findings: &mut Findings) -> Result<(), RuleError> {
        let (ports, modules) = self.instances_in_text();
        let (mut count, mut first) = (0_u64, None);
        for tlv in self.context.catalog.tlvs() {
            let path = format!("nv/{}:0x{:03x}", tlv.class, tlv.index);
            for instance in instances(tlv, ports, modules) {
                let subject = instance.selector.subject(self.device);
                let bytes = vec![format!("{path}/data"), format!("{}/data", tlv.name)];
                let missing = tlv
                    .parameters
                    .iter()
                    .filter(|parameter| !self.is_in_text(&subject, &path, parameter))
                    .map(|parameter| {
                        names_of_parameter(self.context.catalog, tlv, parameter, &path, &subject)
                    })
                    .chain([bytes]);
                for names in missing {
                    if self.reach(&names, took).is_some() {
                        count = u64::saturating_add(count, 1);
                        first.get_or_insert_with(|| named(tlv, &names));
                    }
                }
            }
        }
        let Some((name, path)) = first else { return Ok(()) };
        let words = match count {
            1 => format!("the text does not say {name}"),
            count => {
                format!("the text does not say {count} of the things that the rule names, {name} first")
            }
        };
        let verdict = Verdict::Unknown { reason: UnknownReason::NotCaptured };
        let draft = Draft::new(self.meta, &self.target.subject(), &path, verdict, words);
        findings.add(draft.shown_by([self.context.case.opened.manifest_evidence()]))
    }

    /// As many ports as are named, and one at least; modules likewise.
    fn instances_in_text(&self) -> (u32, u32) {
        let (mut ports, mut modules) = (1_u32, 1_u32);
        for fact in self.context.case.facts.of_device(self.device) {
            match fact.subject {
                Subject::Port { port, .. } => ports = ports.max(port),
                Subject::Module { module, .. } => modules = modules.max(module.saturating_add(1)),
                Subject::Host | Subject::Device { .. } => {}
            }
        }
        (ports, modules)
    }

    /// Whether there are facts about a parameter to be judged: it, its array as a gap, or all of its elements.
    fn is_in_text(&self, subject: &Subject, path: &str, parameter: &Parameter) -> bool {
        let has = |suffix: String| {
            let path = format!("{path}.{}{suffix}", parameter.name);
            self.context.case.facts.views(subject, &path).has_views()
        };
        let elements = parameter.elements();
        has(String::new()) || (elements > 1 && (0..elements).all(|element| has(format!("[{element}]"))))
    }
}

/// The name for people, and the path.
fn named(tlv: &Tlv, names: &[String]) -> (String, String) {
    let path = names.first().cloned().unwrap_or_default();
    let name = names.get(2).or(names.get(1)).cloned().unwrap_or_else(|| tlv.name.clone());
    (name, path)
}
