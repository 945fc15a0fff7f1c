//! Whether one selection is about more devices than another.
//!
//! Must not do: understand patterns. Another list of patterns is another selection, unless one holds the other word by word.

use mlx5_schemas::model::baseline::{Role, Select};
use mlx5_schemas::model::expected::{FirmwareRange, VersionRange};
use mlx5_schemas::model::report::BaselineEffect as Effect;

use super::{set_effect, together};
use crate::case::Firmware;

/// What comes of the second pair of selections in place of the first; of a pair both must hold. Fewer devices are judged:
/// looser.
pub(super) fn effect(old: &[Select; 2], new: &[Select; 2]) -> Option<Effect> {
    let effects: Vec<Effect> = old.iter().zip(new).flat_map(|(old, new)| effects(old, new)).collect();
    (!effects.is_empty()).then(|| together(effects.into_iter()))
}

fn effects(old: &Select, new: &Select) -> Vec<Effect> {
    let Select { family, psid, part_number, device, firmware, driver, kernel, role } = old;
    let roles = |roles: &[Role]| roles.iter().map(|role| role.word().to_owned()).collect::<Vec<_>>();
    let mut effects: Vec<Effect> = [
        lists(family, &new.family),
        lists(psid, &new.psid),
        lists(part_number, &new.part_number),
        lists(device, &new.device),
        lists(&roles(role), &roles(&new.role)),
    ]
    .into_iter()
    .flatten()
    .collect();
    effects.extend(ranges(firmware.as_ref(), new.firmware.as_ref()));
    let versions = [(driver, &new.driver), (kernel, &new.kernel)];
    effects.extend(versions.into_iter().filter_map(|(old, new)| version(old.as_ref(), new.as_ref())));
    effects
}

/// An empty list is about any device.
fn lists(old: &[String], new: &[String]) -> Option<Effect> {
    match (old.is_empty(), new.is_empty()) {
        (true, true) => None,
        (true, false) => Some(Effect::Looser),
        (false, true) => Some(Effect::Tighter),
        (false, false) => set_effect(old, new, Effect::Tighter, Effect::Looser),
    }
}

fn version(old: Option<&VersionRange>, new: Option<&VersionRange>) -> Option<Effect> {
    match (old, new) {
        (old, new) if old == new => None,
        (None, _) => Some(Effect::Looser),
        (_, None) => Some(Effect::Tighter),
        (Some(_), Some(_)) => Some(Effect::Other),
    }
}

fn ranges(old: Option<&FirmwareRange>, new: Option<&FirmwareRange>) -> Option<Effect> {
    let ends = |range: Option<&FirmwareRange>| {
        let end = |text: Option<&String>| text.and_then(|text| Firmware::parse(text));
        (end(range.and_then(|range| range.from.as_ref())), end(range.and_then(|range| range.to.as_ref())))
    };
    let (old, new) = (ends(old), ends(new));
    let holds = |wide: &(Option<Firmware>, Option<Firmware>),
                 narrow: &(Option<Firmware>, Option<Firmware>)| {
        wide.0.as_ref().is_none_or(|wide| narrow.0.as_ref().is_some_and(|narrow| narrow >= wide))
            && wide.1.as_ref().is_none_or(|wide| narrow.1.as_ref().is_some_and(|narrow| narrow <= wide))
    };
    match (holds(&new, &old), holds(&old, &new)) {
        (true, true) => None,
        (true, false) => Some(Effect::Tighter),
        (false, true) => Some(Effect::Looser),
        (false, false) => Some(Effect::Other),
    }
}
