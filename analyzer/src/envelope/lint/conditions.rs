//! Conditions that can never be met, and names in them that nothing has.
//!
//! Must not do: tell what the reader of baselines refuses already.

use mlx5_schemas::model::baseline::{Expect, Select};
use mlx5_schemas::model::condition::{Condition, FactTest};

use super::Stated;
use super::desk::Desk;
use super::expectations::{Admitted, expectation, of_test};
use super::naming::{name, repeated};
use super::pairs::exclude;
use super::selecting::{conflict, psid_like};
use super::vocabulary::Vocabulary;
use crate::baseline::Flaw;

/// The condition of a rule.
pub(super) fn rule(desk: &mut Desk<'_, '_>, vocabulary: &Vocabulary<'_>, stated: Stated<'_>) {
    let Some(when) = &stated.rule.when else { return };
    let at = format!("{}/when", stated.pointer);
    parts(desk, vocabulary, when, &at);
    let mut must = Vec::new();
    gather(when, at.clone(), &mut must);
    let selects = [stated.within, &stated.rule.select];
    together(desk, vocabulary, &must, &selects);
}

/// Each part by itself.
fn parts(desk: &mut Desk<'_, '_>, vocabulary: &Vocabulary<'_>, what: &Condition, at: &str) {
    match what {
        Condition::All(list) => each(desk, vocabulary, list, &format!("{at}/all")),
        Condition::Any(list) => each(desk, vocabulary, list, &format!("{at}/any")),
        Condition::Not(part) => parts(desk, vocabulary, part, &format!("{at}/not")),
        Condition::Family(list) => repeated(desk, list, &format!("{at}/family")),
        Condition::PciDevice(list) => repeated(desk, list, &format!("{at}/pci_device")),
        Condition::Psid(list) => {
            repeated(desk, list, &format!("{at}/psid"));
            for (place, text) in list.iter().enumerate().filter(|(_, text)| !text.is_empty()) {
                psid_like(desk, text, &format!("{at}/psid/{place}"));
            }
        }
        Condition::Fact(test) => fact(desk, vocabulary, test, &format!("{at}/fact")),
        Condition::Compare(compare) => {
            name(desk, vocabulary, &compare.left.name, &format!("{at}/compare/left/name"));
            name(desk, vocabulary, &compare.right.name, &format!("{at}/compare/right/name"));
        }
        Condition::Pending(list) => {
            for (place, pattern) in list.iter().enumerate() {
                name(desk, vocabulary, pattern, &format!("{at}/pending/{place}"));
            }
        }
        Condition::Firmware(_) | Condition::Driver(_) | Condition::Kernel(_) | Condition::Log(_) => {}
    }
}

fn each(desk: &mut Desk<'_, '_>, vocabulary: &Vocabulary<'_>, list: &[Condition], at: &str) {
    for (place, part) in list.iter().enumerate() {
        parts(desk, vocabulary, part, &format!("{at}/{place}"));
    }
}

fn fact(desk: &mut Desk<'_, '_>, vocabulary: &Vocabulary<'_>, test: &FactTest, at: &str) {
    if !name(desk, vocabulary, &test.name, &format!("{at}/name")) {
        return;
    }
    let Some(expect) = of_test(&test.is) else { return };
    let named = vocabulary.taken(&test.name);
    let before = desk.findings.len();
    let admitted = expectation(desk, vocabulary, &named, &expect, &format!("{at}/is"));
    let is_told = |kind: &str| kind == Flaw::NeverInside.word() || kind == Flaw::AlwaysInside.word();
    let told: Vec<_> = desk.findings.drain(before..).collect();
    // Of a condition it is said in other words.
    desk.findings.extend(told.into_iter().filter(|finding| !is_told(&finding.kind)));
    if admitted == Admitted::None {
        desk.add(Flaw::NeverMet, at, format!("no value of {} is so", test.name));
    }
}

/// What must be met together: parts of `all`, and of `all` within it.
fn gather<'c>(what: &'c Condition, at: String, into: &mut Vec<(String, &'c Condition)>) {
    match what {
        Condition::All(list) => {
            for (place, part) in list.iter().enumerate() {
                gather(part, format!("{at}/all/{place}"), into);
            }
        }
        Condition::Any(_)
        | Condition::Not(_)
        | Condition::Family(_)
        | Condition::PciDevice(_)
        | Condition::Firmware(_)
        | Condition::Driver(_)
        | Condition::Kernel(_)
        | Condition::Psid(_)
        | Condition::Fact(_)
        | Condition::Compare(_)
        | Condition::Pending(_)
        | Condition::Log(_) => into.push((at, what)),
    }
}

fn together(
    desk: &mut Desk<'_, '_>,
    vocabulary: &Vocabulary<'_>,
    must: &[(String, &Condition)],
    selects: &[&Select],
) {
    let mut asked: Vec<Select> = Vec::new();
    for (place, (at, part)) in must.iter().enumerate() {
        let earlier = must.get(..place).unwrap_or_default();
        if earlier.iter().any(|(_, other)| denies(other, part) || denies(part, other)) {
            desk.add(Flaw::NeverMet, at, "this is asked for and ruled out at once");
            continue;
        }
        if let Condition::Fact(test) = part
            && earlier.iter().any(|(_, other)| are_apart(vocabulary, other, test))
        {
            desk.add(Flaw::NeverMet, at, format!("{} cannot be both", test.name));
            continue;
        }
        let Some(own) = as_select(part) else { continue };
        let others = selects.iter().copied().chain(&asked).chain([&own]);
        if conflict(&others.collect::<Vec<_>>()).is_some() {
            desk.add(Flaw::NeverMet, at, "no device that is selected can be so");
        }
        asked.push(own);
    }
}

/// Whether one part is that the other is not so.
fn denies(one: &Condition, other: &Condition) -> bool {
    matches!(one, Condition::Not(part) if **part == *other)
}

/// Whether no value is so by both tests.
fn are_apart(vocabulary: &Vocabulary<'_>, other: &Condition, test: &FactTest) -> bool {
    let Condition::Fact(other) = other else { return false };
    let is_one = vocabulary.taken(&test.name).len() == 1;
    let expects = || Some((of_test(&other.is)?, of_test(&test.is)?));
    let apart =
        |(left, right): (Expect, Expect)| exclude(vocabulary, &vocabulary.taken(&test.name), &left, &right);
    other.name == test.name && other.view == test.view && is_one && expects().is_some_and(apart)
}

/// A condition on what a device is, as a selection.
fn as_select(part: &Condition) -> Option<Select> {
    let select = Select::default();
    match part {
        Condition::Family(family) => Some(Select { family: family.clone(), ..select }),
        Condition::PciDevice(device) => Some(Select { device: device.clone(), ..select }),
        Condition::Psid(psid) => Some(Select { psid: psid.clone(), ..select }),
        Condition::Firmware(range) => Some(Select { firmware: Some(range.clone()), ..select }),
        Condition::Driver(range) => Some(Select { driver: Some(range.clone()), ..select }),
        Condition::Kernel(range) => Some(Select { kernel: Some(range.clone()), ..select }),
        Condition::All(_)
        | Condition::Any(_)
        | Condition::Not(_)
        | Condition::Fact(_)
        | Condition::Compare(_)
        | Condition::Pending(_)
        | Condition::Log(_) => None,
    }
}
