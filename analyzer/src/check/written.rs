//! What is known of how a setting came to be: who wrote it, how it stands to the factory's value, and when it counts.
//!
//! Must not do: claim more than the device says. A writer names itself; where the device repeats whatever writer it is asked
//! with, nothing is known of one; and of a value that its valid flag leaves to the firmware nothing is said at all.

use mlx5_schemas::model::fact::{Knowledge, Subject, Value, View};
use mlx5_schemas::model::report::{Finding, Found};
use mlx5_schemas::model::verdict::Verdict;

use super::equals_factory::same;
use super::rule::Context;
use super::values::counts;
use crate::case::{NO_WRITER, is_parameter, tlv_of};

/// Words of writers that are abbreviations.
const ABBREVIATIONS: [&str; 5] = ["bmc", "clp", "hii", "icmd", "uefi"];

/// The sentence, for findings about a setting that was read.
pub(super) fn sentence(context: &Context<'_>, finding: &Finding) -> Option<String> {
    if !asks_for_it(finding.verdict) || !is_parameter(&finding.path) || tlv_of(&finding.path).is_none() {
        return None;
    }
    let of = |view: View| finding.found.iter().find_map(|found| value_in(found, view));
    let (default, current, next) = (of(View::Default), of(View::Current), of(View::Next));
    let (decides, value) = next.or(current)?;
    let view = decides.view?;
    let views = context.case.facts.views(&finding.subject, &finding.path);
    let in_use = |view: View| views.in_view(view).is_some_and(|fact| counts(context, fact));
    if !in_use(view) {
        return None;
    }
    let from_factory = match default {
        Some(_) if !in_use(View::Default) => "the factory leaves it to the firmware",
        Some((_, factory)) if same(factory, value) => "as the factory set it",
        Some(_) => "differs from factory",
        None => "its factory value was not read",
    };
    let when = match (current, next) {
        (Some((_, now)), Some((_, then))) if same(now, then) && in_use(View::Current) => "in force",
        (Some(_), Some(_)) => "takes effect after a reset",
        (Some(_), None) => "in force; what the next reset brings was not read",
        (None, _) => "whether it is in force was not read",
    };
    Some(format!("{}; {from_factory}; {when}", writer(context, finding, decides)))
}

/// Whether anybody will ask how it came to be.
fn asks_for_it(verdict: Verdict) -> bool {
    match verdict {
        Verdict::Waived
        | Verdict::Pending
        | Verdict::Outside
        | Verdict::Unknown { .. }
        | Verdict::Informational => true,
        Verdict::Within | Verdict::NotApplicable { .. } | Verdict::NotSelected | Verdict::Error => false,
    }
}

fn value_in(found: &Found, view: View) -> Option<(&Found, &Value)> {
    match (&found.knowledge, found.view == Some(view)) {
        (Some(Knowledge::Known { value }), true) => Some((found, value)),
        (Some(Knowledge::Known { .. } | Knowledge::Unknown { .. }) | None, _) => None,
    }
}

fn writer(context: &Context<'_>, finding: &Finding, decides: &Found) -> String {
    match decides.writer.as_deref() {
        Some(NO_WRITER) => "no writer is named".to_owned(),
        Some(name) => {
            let words: Vec<String> = name
                .split(' ')
                .map(|word| if ABBREVIATIONS.contains(&word) { word.to_uppercase() } else { word.to_owned() })
                .collect();
            format!("the writer named itself {}", words.join(" "))
        }
        None if is_echoed(context, finding) => {
            "who wrote it is not known: the device repeats the writer that it is asked with".to_owned()
        }
        None => "who wrote it is not told".to_owned(),
    }
}

fn is_echoed(context: &Context<'_>, finding: &Finding) -> bool {
    let Some(device) = finding.subject.device() else { return false };
    let subject = Subject::Device { device: device.to_owned() };
    let fact = context.case.facts.plain(&subject, "nv/access.writer_echoed");
    matches!(fact.and_then(|fact| fact.value()), Some(Value::Number { number: 1, .. }))
}
