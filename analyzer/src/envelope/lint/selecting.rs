//! Selections that no device can meet, and texts in them that nothing is called by.
//!
//! Must not do: tell what the reader of baselines refuses already.

use std::collections::BTreeSet;

use mlx5_schemas::model::baseline::{Role, Select};
use mlx5_schemas::model::expected::{FirmwareRange, VersionRange};

use super::Stated;
use super::desk::Desk;
use super::naming::repeated;
use super::vocabulary::{Vocabulary, is_of_catalog, tlv};
use crate::baseline::Flaw;
use crate::case::{Family, Firmware};
use crate::condition::{firmware_fault, version_fault};
use crate::pattern::Pattern;

/// Most characters of a PSID.
const PSID_LENGTH: usize = 16;

/// The lists of a selection.
pub(super) fn lists(desk: &mut Desk<'_, '_>, select: &Select, pointer: &str) {
    let Select { family, psid, part_number, device, firmware: _, driver: _, kernel: _, role } = select;
    for (member, list) in
        [("family", family), ("psid", psid), ("part_number", part_number), ("device", device)]
    {
        repeated(desk, list, &format!("{pointer}/{member}"));
    }
    let roles: Vec<String> = role.iter().map(|role| role.word().to_owned()).collect();
    repeated(desk, &roles, &format!("{pointer}/role"));
    for (place, text) in psid.iter().enumerate().filter(|(_, text)| !text.is_empty()) {
        psid_like(desk, text, &format!("{pointer}/psid/{place}"));
    }
    for (place, text) in part_number.iter().enumerate() {
        if text.chars().any(|c| c.is_whitespace() || c.is_control()) {
            let words = format!("{text:?} is like no part number: there is a blank in it");
            desk.add(Flaw::UnlikePartNumber, &format!("{pointer}/part_number/{place}"), words);
        }
    }
}

/// A pattern of PSIDs: up to 16 capital letters, digits, underlines and dashes.
pub(super) fn psid_like(desk: &mut Desk<'_, '_>, text: &str, pointer: &str) {
    let permitted = |c: char| c.is_ascii_uppercase() || c.is_ascii_digit() || "_-*?".contains(c);
    let capital = text.to_ascii_uppercase();
    let letters = text.chars().filter(|c| *c != '*').count();
    let words = if text.chars().all(permitted) && letters <= PSID_LENGTH {
        return;
    } else if capital.chars().all(permitted) && letters <= PSID_LENGTH {
        format!("{text:?} is like no PSID: they are in capital letters; did you mean {capital}?")
    } else if letters > PSID_LENGTH {
        format!("{text:?} is like no PSID: they have at most {PSID_LENGTH} characters")
    } else {
        format!("{text:?} is like no PSID: they are letters, digits and underlines")
    };
    desk.add(Flaw::UnlikePsid, pointer, words);
}

/// Which devices a rule is about.
pub(super) fn rule(desk: &mut Desk<'_, '_>, vocabulary: &Vocabulary<'_>, stated: Stated<'_>) {
    let (rule, pointer) = (stated.rule, stated.pointer);
    let at = format!("{pointer}/select");
    if let Some((member, words)) = conflict(&[stated.within, &rule.select]) {
        desk.add(Flaw::NeverSelected, &format!("{at}/{member}"), words);
        return;
    }
    let named = vocabulary.scope(&rule.facts, &[]);
    let is_nv = rule.facts.iter().all(|pattern| is_of_catalog(pattern))
        && vocabulary.all(&named, |known| tlv(known).is_some());
    let roles = both(&stated.within.role, &rule.select.role);
    if is_nv && roles.as_ref().is_some_and(|roles| roles.iter().all(|role| **role == Role::Virtual)) {
        let words = "a virtual function has no NV configuration of its own";
        desk.add(Flaw::NeverSelected, &format!("{at}/role"), words);
    }
    let families = both(&stated.within.family, &rule.select.family).unwrap_or_default();
    let is_old = !families.is_empty() && families.iter().all(|name| name.starts_with("ConnectX-3"));
    for (place, pattern) in rule.facts.iter().enumerate().filter(|_| is_old) {
        if ["reg/", "cap/", "cap_max/"].iter().any(|root| pattern.starts_with(root)) {
            let words =
                format!("no ConnectX-3 has {pattern}: mlx4_core drives it, and gives no such register");
            desk.add(Flaw::NoRegisters, &format!("{pointer}/facts/{place}"), words);
        }
    }
}

/// What two lists of a selection leave together; `None` where neither says anything.
fn both<'s, T: Ord>(outer: &'s [T], inner: &'s [T]) -> Option<Vec<&'s T>> {
    match (outer.is_empty(), inner.is_empty()) {
        (true, true) => None,
        (true, false) => Some(inner.iter().collect()),
        (false, true) => Some(outer.iter().collect()),
        (false, false) => Some(inner.iter().filter(|one| outer.contains(one)).collect()),
    }
}

/// Why no device can meet all of these: the member that excludes, and words.
pub(super) fn conflict(selects: &[&Select]) -> Option<(&'static str, String)> {
    let family = sets(selects.iter().map(|select| select.family.as_slice()));
    let device = sets(selects.iter().map(|select| select.device.as_slice()));
    let role: Option<BTreeSet<&Role>> = sets(selects.iter().map(|select| select.role.as_slice()));
    let empty = [
        ("family", family.as_ref().is_some_and(BTreeSet::is_empty)),
        ("device", device.as_ref().is_some_and(BTreeSet::is_empty)),
        ("role", role.as_ref().is_some_and(BTreeSet::is_empty)),
    ];
    if let Some((member, _)) = empty.into_iter().find(|(_, is)| *is) {
        return Some((member, format!("the file and the rule name no `{member}` in common")));
    }
    for (place, one) in selects.iter().enumerate() {
        for other in selects.iter().skip(place.saturating_add(1)) {
            let texts =
                [("psid", &one.psid, &other.psid), ("part_number", &one.part_number, &other.part_number)];
            if let Some((member, ..)) = texts.into_iter().find(|(_, left, right)| are_apart(left, right)) {
                return Some((member, format!("the file and the rule take no `{member}` in common")));
            }
            if let Some(member) = ranges_apart(one, other) {
                return Some((
                    member,
                    format!("the ranges of `{member}` of the file and the rule do not meet"),
                ));
            }
        }
    }
    let families = family.unwrap_or_default();
    if let (false, Some(device)) = (families.is_empty(), &device) {
        let of: Option<Vec<&str>> = device.iter().map(|id| Family::of_pci(id)).collect();
        if of.is_some_and(|of| !of.iter().any(|name| families.iter().any(|family| family == name))) {
            return Some(("device", "no such device is of a family that is selected".to_owned()));
        }
    }
    if !families.is_empty() {
        let numbers: Option<Vec<u64>> = families.iter().map(|name| Family::firmware_number(name)).collect();
        let ranges = selects.iter().filter_map(|select| select.firmware.as_ref());
        for range in ranges {
            let fits = |number: &u64| is_within_numbers(range, *number);
            if numbers.as_ref().is_some_and(|numbers| !numbers.iter().any(fits)) {
                let begin: Vec<String> =
                    numbers.unwrap_or_default().iter().map(|number| format!("{number}.")).collect();
                let words = format!("firmware of what is selected begins with {}", begin.join(" or "));
                return Some(("firmware", words));
            }
        }
        let of_bluefield = |role: &&&Role| matches!(role, Role::BluefieldHost | Role::BluefieldArm);
        let roles = role.unwrap_or_default();
        if !roles.is_empty()
            && roles.iter().all(|role| of_bluefield(&role))
            && !families.iter().any(|name| name.starts_with("BlueField"))
        {
            return Some(("role", "the role is a BlueField's, and no BlueField is selected".to_owned()));
        }
    }
    None
}

/// What lists have in common, of those that say something; `None` where none does.
fn sets<'s, T: Ord + 's>(lists: impl Iterator<Item = &'s [T]>) -> Option<BTreeSet<&'s T>> {
    let said = lists.filter(|list| !list.is_empty()).map(|list| list.iter().collect::<BTreeSet<&T>>());
    said.reduce(|left, right| left.intersection(&right).copied().collect())
}

/// Whether nothing can be taken by a pattern of both lists.
fn are_apart(left: &[String], right: &[String]) -> bool {
    let meet = |one: &String, other: &String| {
        let (one, other) = (Pattern::new(one), Pattern::new(other));
        match (one.is_wild(), other.is_wild()) {
            (_, false) => one.matches_whole(other.text()),
            (false, true) => other.matches_whole(one.text()),
            (true, true) => {
                let (one, other) = (one.literal_start(), other.literal_start());
                one.starts_with(other) || other.starts_with(one)
            }
        }
    };
    !left.is_empty()
        && !right.is_empty()
        && !left.iter().any(|one| right.iter().any(|other| meet(one, other)))
}

/// The range in which two selections do not meet.
fn ranges_apart(one: &Select, other: &Select) -> Option<&'static str> {
    if firmware_apart(one.firmware.as_ref(), other.firmware.as_ref()) {
        return Some("firmware");
    }
    let ranges = [("driver", &one.driver, &other.driver), ("kernel", &one.kernel, &other.kernel)];
    ranges
        .into_iter()
        .find(|(member, left, right)| versions_apart(member, left.as_ref(), right.as_ref()))
        .map(|(member, ..)| member)
}

pub(super) fn firmware_apart(left: Option<&FirmwareRange>, right: Option<&FirmwareRange>) -> bool {
    let (Some(left), Some(right)) = (left, right) else { return false };
    let ends_before = |one: &FirmwareRange, other: &FirmwareRange| {
        let (Some(from), Some(to)) = (&other.from, &one.to) else { return false };
        let between = FirmwareRange { from: Some(from.clone()), to: Some(to.clone()) };
        firmware_fault(&between).is_some_and(|(flaw, _)| flaw == Flaw::EmptyRange)
    };
    ends_before(left, right) || ends_before(right, left)
}

pub(super) fn versions_apart(
    member: &str,
    left: Option<&VersionRange>,
    right: Option<&VersionRange>,
) -> bool {
    let (Some(left), Some(right)) = (left, right) else { return false };
    let ends_before = |one: &VersionRange, other: &VersionRange| {
        let (Some(from), Some(to)) = (&other.from, &one.to) else { return false };
        let between = VersionRange { from: Some(from.clone()), to: Some(to.clone()) };
        version_fault(member, &between).is_some_and(|(flaw, _)| flaw == Flaw::EmptyRange)
    };
    ends_before(left, right) || ends_before(right, left)
}

/// Whether a firmware version that begins with a number can be in a range.
fn is_within_numbers(range: &FirmwareRange, number: u64) -> bool {
    let major =
        |text: &Option<String>| text.as_deref().and_then(Firmware::parse).and_then(|version| version.major());
    major(&range.from).is_none_or(|from| from <= number) && major(&range.to).is_none_or(|to| number <= to)
}
