//! What waivers do to findings: what is outside or pending and named by one that is in force becomes waived.
//!
//! A waiver that has expired, or that waives nothing, leaves a finding of its own.
//!
//! Must not do: touch what is unknown or failed: a waiver accepts a value that was read, never that it was not.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use mlx5_schemas::model::baseline::Severity;
use mlx5_schemas::model::fact::Subject;
use mlx5_schemas::model::manifest::Device;
use mlx5_schemas::model::report::{Finding, WaivedBy};
use mlx5_schemas::model::verdict::{UnknownReason, Verdict};
use mlx5_schemas::model::waiver::{Waiver, WaiverSubject};

use super::card::Cards;
use super::findings::Draft;
use super::rule::{Context, RuleMeta};
use crate::case::Identity;
use crate::pattern::Pattern;
use crate::waiver::LoadedWaivers;

/// Where the serial number of a device or its board is told.
const SERIAL: [&str; 2] = ["devlink/info.serial_number", "devlink/info.board.serial_number"];
/// Where its base MAC address is told.
const BASE_MAC: &str = "fw/base_mac";

/// Waivers, and the day on which they are asked.
#[derive(Debug, Clone, Copy)]
pub struct Waivers<'w> {
    /// The files.
    pub files: &'w [LoadedWaivers],
    /// Today, in UTC.
    pub today: NaiveDate,
}

impl Waivers<'_> {
    /// None. If there were one, it would have expired.
    pub const NONE: Waivers<'static> = Waivers { files: &[], today: NaiveDate::MAX };

    /// Waives, and hands back what is to be said of the waivers themselves.
    pub(super) fn apply(
        self,
        context: &Context<'_>,
        cards: &Cards<'_>,
        findings: &mut [Finding],
    ) -> Vec<(RuleMeta, Draft)> {
        let mut all = self.files.iter().flat_map(|file| &file.waivers).peekable();
        if all.peek().is_none() {
            return Vec::new();
        }
        let devices = devices(context);
        let twins = cards.twins(findings);
        all.filter_map(|waiver| {
            let named = named(context, waiver, &devices, &twins, findings);
            let is_here = waiver
                .subject
                .as_ref()
                .is_none_or(|subject| subject.host || devices.values().any(|device| device.is(subject)));
            let expired = self.today > waiver.expires;
            let (verdict, words) = if expired {
                let stand =
                    count(findings, &named, |verdict| matches!(verdict, Verdict::Outside | Verdict::Pending));
                (Verdict::Unknown { reason: UnknownReason::WaiverExpired }, expired_words(waiver, stand))
            } else if waive(waiver, &named, findings) {
                return None;
            } else if is_here {
                (Verdict::Informational, unused_words(findings, &named))
            } else {
                (Verdict::NotSelected, "the waiver is about other devices".to_owned())
            };
            let meta = RuleMeta {
                why: Some(waiver.reason.clone()),
                references: waiver.references.clone(),
                owner: Some(waiver.owner.clone()),
                remedy: expired
                    .then(|| "Deal with what it accepted, or renew it; else remove it.".to_owned()),
                ..RuleMeta::built_in(&format!("waiver/{}", waiver.id), Severity::Medium)
            };
            let draft = Draft::new(&meta, &Subject::Host, "", verdict, words).expected(None);
            let draft = draft.shown_by([context.case.opened.manifest_evidence()]);
            Some((meta, draft))
        })
        .collect()
    }
}

/// What identifies a device to waivers.
struct Known<'a> {
    id: &'a str,
    psid: Option<&'a str>,
    serials: Vec<String>,
    base_mac: Option<String>,
}

impl Known<'_> {
    /// Whether it is the one that a waiver is about, as far as devices go.
    fn is(&self, subject: &WaiverSubject) -> bool {
        let WaiverSubject { device, psid, serial, base_mac, port: _, host } = subject;
        let held =
            |wanted: &Option<String>, holds: &dyn Fn(&str) -> bool| wanted.as_deref().is_none_or(holds);
        !host
            && held(device, &|wanted| wanted == self.id)
            && held(psid, &|wanted| self.psid.is_some_and(|psid| Pattern::new(wanted).matches_whole(psid)))
            && held(serial, &|wanted| self.serials.iter().any(|serial| serial == wanted))
            && held(base_mac, &|wanted| self.base_mac.as_deref() == Some(wanted))
    }
}

fn devices<'a>(context: &Context<'a>) -> BTreeMap<&'a str, Known<'a>> {
    let case = context.case;
    let known = |device: &'a Device| {
        let subject = Subject::Device { device: device.id.clone() };
        let text = |path: &&str| Some(case.facts.plain(&subject, path)?.value()?.to_string());
        Known {
            id: &device.id,
            psid: Identity::of(case, device).psid_text(),
            serials: SERIAL.iter().filter_map(text).collect(),
            base_mac: text(&BASE_MAC),
        }
    };
    case.opened.devices().iter().map(|device| (device.id.as_str(), known(device))).collect()
}

/// Which findings a waiver names: themselves, or by the twin that stands for both where functions share what they say.
fn named(
    context: &Context<'_>,
    waiver: &Waiver,
    devices: &BTreeMap<&str, Known<'_>>,
    twins: &[Option<usize>],
    findings: &[Finding],
) -> Vec<bool> {
    let rule = waiver.rule.as_deref().map(Pattern::new);
    let facts: Vec<Pattern> = waiver.facts.iter().map(|text| Pattern::new(text)).collect();
    let takes = |finding: &Finding| {
        let is_named = waiver.finding.as_ref().is_none_or(|id| *id == finding.id)
            && rule.as_ref().is_none_or(|rule| rule.matches_whole(&finding.rule));
        if !is_named {
            return false;
        }
        let is_about = waiver.subject.as_ref().is_none_or(|subject| match &finding.subject {
            Subject::Host => subject.host,
            Subject::Device { device } | Subject::Module { device, .. } => {
                subject.port.is_none() && devices.get(device.as_str()).is_some_and(|known| known.is(subject))
            }
            Subject::Port { device, port } => {
                subject.port.is_none_or(|wanted| wanted == *port)
                    && devices.get(device.as_str()).is_some_and(|known| known.is(subject))
            }
        });
        let names_fact = |pattern: &Pattern| {
            let views = context.case.facts.views(&finding.subject, &finding.path);
            pattern.matches(&finding.path) || views.all().iter().any(|fact| pattern.takes(fact))
        };
        is_about && (facts.is_empty() || facts.iter().any(names_fact))
    };
    let own: Vec<bool> = findings.iter().map(takes).collect();
    let by_twin = |twin: &Option<usize>| twin.and_then(|twin| own.get(twin)).copied().unwrap_or_default();
    own.iter().zip(twins).map(|(own, twin)| *own || by_twin(twin)).collect()
}

/// Waives what is named. Says whether there was anything to waive, be it by another waiver already.
fn waive(waiver: &Waiver, named: &[bool], findings: &mut [Finding]) -> bool {
    let mut has_waived = false;
    for (finding, _) in findings.iter_mut().zip(named).filter(|(_, named)| **named) {
        match finding.verdict {
            Verdict::Outside | Verdict::Pending => {
                finding.verdict = Verdict::Waived;
                finding.waiver = Some(WaivedBy {
                    id: waiver.id.clone(),
                    reason: waiver.reason.clone(),
                    owner: waiver.owner.clone(),
                    expires: waiver.expires,
                    ticket: waiver.ticket.clone(),
                });
                has_waived = true;
            }
            Verdict::Waived => has_waived = true,
            Verdict::Within
            | Verdict::Unknown { .. }
            | Verdict::NotApplicable { .. }
            | Verdict::NotSelected
            | Verdict::Informational
            | Verdict::Error => {}
        }
    }
    has_waived
}

fn count(findings: &[Finding], named: &[bool], is: impl Fn(Verdict) -> bool) -> usize {
    findings.iter().zip(named).filter(|(finding, named)| **named && is(finding.verdict)).count()
}

fn expired_words(waiver: &Waiver, stand: usize) -> String {
    let day = waiver.expires;
    match stand {
        0 => format!("the waiver expired on {day}; nothing that it names is outside here"),
        1 => format!("the waiver expired on {day}: the finding that it accepted stands again"),
        many => format!("the waiver expired on {day}: {many} findings that it accepted stand again"),
    }
}

fn unused_words(findings: &[Finding], named: &[bool]) -> String {
    let unknown = count(findings, named, |verdict| matches!(verdict, Verdict::Unknown { .. }));
    let failed = count(findings, named, |verdict| verdict == Verdict::Error);
    let why = match (named.contains(&true), unknown, failed) {
        (false, _, _) => "no finding here is what it names".to_owned(),
        (true, 0, 0) => "nothing that it names is outside".to_owned(),
        (true, unknown, failed) => {
            format!("of what it names {unknown} unknown and {failed} failed, which no waiver accepts")
        }
    };
    format!("the waiver waives nothing here: {why}")
}
