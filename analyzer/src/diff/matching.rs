//! Which device of one bundle is which of another.
//!
//! First the same id (PCI address) and the same PCI device id; then the same PSID and PCI device id, where exactly one
//! is left of that kind on each side. Imported text need not say which PCI device it is about: there the same id is
//! enough where one side does not say, and so it is that each side has but one device. Anything else stays unmatched, and
//! is said.
//!
//! Must not do: guess among several.

use mlx5_schemas::model::manifest::Device;
use mlx5_schemas::model::report::{DevicePair, MatchedBy};

use crate::case::{Case, Identity};

/// Pairs the devices, those of the first bundle in their order, then what only the second has.
pub fn pair(left: &Case, right: &Case) -> Vec<DevicePair> {
    let mut rest: Vec<&Device> = right.opened.devices().iter().collect();
    let mut pairs = Vec::new();
    let mut open: Vec<&Device> = Vec::new();
    let is_text = left.opened.has_told() || right.opened.has_told();
    if let ([one], [other]) = (left.opened.devices(), right.opened.devices())
        && is_text
        && one.id != other.id
        && may_be(one, other)
    {
        return vec![made(Some(one), Some(other), MatchedBy::Only)];
    }
    for device in left.opened.devices() {
        let twin = rest.iter().position(|other| {
            other.id == device.id && (pci(other) == pci(device) || (is_text && may_be(device, other)))
        });
        match twin {
            Some(place) => {
                let twin = rest.remove(place);
                pairs.push(made(Some(device), Some(twin), MatchedBy::Id));
            }
            None => open.push(device),
        }
    }
    let kind = |case: &Case, device: &Device| {
        Some((Identity::of(case, device).psid_text()?.to_owned(), pci(device)?.to_owned()))
    };
    let left_kinds: Vec<_> = open.iter().map(|device| kind(left, device)).collect();
    for (device, wanted) in open.iter().zip(&left_kinds) {
        let same: Vec<usize> = rest
            .iter()
            .enumerate()
            .filter(|(_, other)| wanted.is_some() && kind(right, other) == *wanted)
            .map(|(place, _)| place)
            .collect();
        let alone = left_kinds.iter().filter(|other| *other == wanted).count() == 1;
        match same.as_slice() {
            [place] if alone => {
                let twin = rest.remove(*place);
                pairs.push(made(Some(device), Some(twin), MatchedBy::Kind));
            }
            _ => pairs.push(made(Some(device), None, MatchedBy::Nothing)),
        }
    }
    pairs.extend(rest.into_iter().map(|device| made(None, Some(device), MatchedBy::Nothing)));
    pairs
}

fn pci(device: &Device) -> Option<&str> {
    device.pci.get("device").map(String::as_str)
}

/// Whether nothing that both say speaks against their being one device.
fn may_be(left: &Device, right: &Device) -> bool {
    pci(left).zip(pci(right)).is_none_or(|(left, right)| left == right)
}

fn made(left: Option<&Device>, right: Option<&Device>, by: MatchedBy) -> DevicePair {
    DevicePair {
        left: left.map(|device| device.id.clone()),
        right: right.map(|device| device.id.clone()),
        by,
    }
}
