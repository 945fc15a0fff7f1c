//! Which devices are functions of one card.
//!
//! Must not do: put functions of two slots together, though a card in multi-host mode may have both.

use mlx5_schemas::model::manifest::Device;
use mlx5_schemas::model::pci_address;

use crate::case::{Case, Family, Identity};

/// A card: physical functions of one slot, and the virtual functions that are theirs.
#[derive(Debug, Clone)]
pub struct Card<'a> {
    /// The lowest function.
    pub first: &'a Device,
    /// All physical functions, by id.
    pub functions: Vec<&'a Device>,
    /// Virtual functions, by id.
    pub virtual_functions: Vec<&'a Device>,
}

impl<'a> Card<'a> {
    fn of(device: &'a Device) -> Self {
        Self { first: device, functions: vec![device], virtual_functions: Vec::new() }
    }
}

/// The cards of a case, in the order of their devices. A virtual function whose card is not here is a card of its own.
pub fn cards(case: &Case) -> Vec<Card<'_>> {
    let (virtual_functions, physical): (Vec<&Device>, Vec<&Device>) =
        case.opened.devices().iter().partition(|device| is_virtual(case, device));
    let mut cards: Vec<Card<'_>> = Vec::new();
    for device in physical {
        let twin = cards
            .iter_mut()
            .find(|card| slot(&card.first.id).is_some_and(|own| slot(&device.id) == Some(own)));
        match twin {
            Some(card) => card.functions.push(device),
            None => cards.push(Card::of(device)),
        }
    }
    for device in virtual_functions {
        let by_parent = cards.iter().position(|card| {
            card.functions.iter().any(|function| Some(&function.id) == device.physical_function.as_ref())
        });
        let on_bus: Vec<usize> = cards
            .iter()
            .enumerate()
            .filter(|(_, card)| bus(&card.first.id).is_some_and(|own| bus(&device.id) == Some(own)))
            .map(|(place, _)| place)
            .collect();
        let place = by_parent.or(match on_bus.as_slice() {
            [place] if device.physical_function.is_none() => Some(*place),
            _ => None,
        });
        match place.and_then(|place| cards.get_mut(place)) {
            Some(card) => card.virtual_functions.push(device),
            None => cards.push(Card::of(device)),
        }
    }
    cards
}

/// Whether it is a virtual function, by the manifest's row or its PCI device id.
fn is_virtual(case: &Case, device: &Device) -> bool {
    let identity = Identity::of(case, device);
    device.physical_function.is_some()
        || Family::of(&case.facts, device, &identity).is_some_and(|family| family.is_virtual)
}

/// `0000:3b:00` of `0000:3b:00.1`.
fn slot(id: &str) -> Option<&str> {
    bus(id)?;
    id.rsplit_once('.').map(|(slot, _)| slot)
}

/// `0000:3b` of `0000:3b:00.1`.
fn bus(id: &str) -> Option<&str> {
    let address = pci_address::full(id).filter(|address| address == id)?;
    let length = address.rsplit_once(':').map(|(bus, _)| bus.len())?;
    id.get(..length)
}
