//! Which device of one side is which of the other.
//!
//! Cards are matched, rung by rung, and their functions follow: 0 with 0, 1 with 1. A rung pairs two cards only where
//! each is the only one on its side that it fits. A serial number alone is no rung: some boards share one. Who a card is
//! comes before where it stands, so that cards which changed slots are found. Anything else stays unmatched and is said,
//! with the devices that it may be.
//!
//! Must not do: guess among several.

use mlx5_schemas::model::manifest::Device;
use mlx5_schemas::model::pci_address;
use mlx5_schemas::model::report::{DevicePair, MatchedBy};

use super::DiffError;
use super::marks::{Marked, marked};
use crate::case::Case;

/// What `--pair` says: a device, or a card by its slot, on each side.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HandPair {
    /// In the first bundle.
    pub left: String,
    /// In the second.
    pub right: String,
}

impl HandPair {
    /// Reads `LEFT=RIGHT`.
    ///
    /// # Errors
    /// In words, when it is none.
    pub fn parse(text: &str) -> Result<Self, String> {
        match text.split_once('=') {
            Some((left, right)) if !left.is_empty() && !right.is_empty() => {
                Ok(Self { left: left.to_owned(), right: right.to_owned() })
            }
            Some(_) | None => Err(format!("{text:?} is not LEFT=RIGHT, as in 0000:3b:00.0=0000:5e:00.0")),
        }
    }
}

/// The pairs, and whether what stays unmatched shows that the two sides are different.
#[derive(Debug, Default)]
pub(super) struct Pairs {
    pub(super) devices: Vec<DevicePair>,
    /// A card or function that the other side has not, beyond doubt.
    pub(super) has_surplus: bool,
    /// Cards of which it cannot be told which is which.
    pub(super) is_ambiguous: bool,
}

/// Pairs the devices, those of the first side in their order, then what only the second has.
pub(super) fn pair(left: &Case, right: &Case, hand: &[HandPair]) -> Result<Pairs, DiffError> {
    let mut ladder = Ladder {
        left: marked(left),
        right: marked(right),
        is_text: left.opened.has_told() || right.opened.has_told(),
        pairs: Vec::new(),
    };
    for pair in hand {
        ladder.by_hand(pair, left, right)?;
    }
    ladder.climb();
    Ok(ladder.finish())
}

/// What two cards do not have in common: words of the report.
pub(super) const SERIAL: &str = "serial number";
pub(super) const ADDRESS: &str = "base MAC";

/// Places of two cards, and what put them together.
type Found = (usize, usize, MatchedBy);
/// Whether a rung puts two cards together.
type Rung = fn(&Marked<'_>, &Marked<'_>) -> bool;

struct Ladder<'a> {
    left: Vec<Marked<'a>>,
    right: Vec<Marked<'a>>,
    is_text: bool,
    pairs: Vec<Found>,
}

impl Ladder<'_> {
    fn by_hand(&mut self, pair: &HandPair, left: &Case, right: &Case) -> Result<(), DiffError> {
        let find = |cards: &[Marked<'_>], named: &str, case: &Case| {
            let id = pci_address::full(named).unwrap_or_else(|| named.to_owned());
            let slot = format!("0000:{named}");
            let fits = |card: &Marked<'_>| {
                card.devices().any(|device| device.id == id) || card.slot == named || card.slot == slot
            };
            cards.iter().position(fits).ok_or_else(|| DiffError::NoSuchDevice {
                file: case.opened.file.clone(),
                device: named.to_owned(),
                devices: case.opened.devices().iter().map(|device| device.id.clone()).collect(),
            })
        };
        let found = (find(&self.left, &pair.left, left)?, find(&self.right, &pair.right, right)?);
        match self.pairs.iter().find(|(own, other, _)| *own == found.0 || *other == found.1) {
            Some((own, other, _)) if (*own, *other) == found => Ok(()),
            Some(_) => Err(DiffError::PairedTwice { left: pair.left.clone(), right: pair.right.clone() }),
            None => {
                self.pairs.push((found.0, found.1, MatchedBy::Hand));
                Ok(())
            }
        }
    }

    fn climb(&mut self) {
        const RUNGS: &[(MatchedBy, Rung)] = &[
            // Before the serial number, which a board may share with one of which more was read.
            (MatchedBy::Address, |one, other| {
                !one.addresses.is_disjoint(&other.addresses)
                    && !differ(&one.pci, &other.pci)
                    && !differ(&one.serial, &other.serial)
            }),
            (MatchedBy::Serial, |one, other| {
                both(&one.serial, &other.serial) && both(&one.psid, &other.psid)
            }),
            (MatchedBy::Address, |one, other| {
                !one.addresses.is_disjoint(&other.addresses) && !differ(&one.pci, &other.pci)
            }),
            (MatchedBy::Slot, |one, other| {
                one.slot == other.slot && both(&one.psid, &other.psid) && one.pci == other.pci
            }),
            (MatchedBy::Id, |one, other| one.slot == other.slot && one.pci == other.pci),
        ];
        for (by, rung) in RUNGS {
            self.step(*by, *rung, by == &MatchedBy::Serial);
        }
        if self.is_text {
            // A text need not say which PCI device it is about.
            self.step(
                MatchedBy::Id,
                |one, other| one.slot == other.slot && !differ(&one.pci, &other.pci),
                false,
            );
        }
        self.step(MatchedBy::Kind, is_kind, false);
        if let ([one], [other]) = (self.left.as_slice(), self.right.as_slice())
            && self.is_text
            && self.pairs.is_empty()
            && !differ(&one.pci, &other.pci)
        {
            self.pairs.push((0, 0, MatchedBy::Only));
        }
    }

    /// Pairs what is open and fits nothing else; of a serial number, nothing else at all.
    fn step(&mut self, by: MatchedBy, rung: Rung, among_all: bool) {
        let (is_open, is_open_right) = (self.open(|found| found.0), self.open(|found| found.1));
        let mut found = Vec::new();
        for (place, own) in self.left.iter().enumerate().filter(|(place, _)| is_open(*place)) {
            let fits: Vec<usize> = self
                .right
                .iter()
                .enumerate()
                .filter(|(other, card)| (among_all || is_open_right(*other)) && rung(own, card))
                .map(|(other, _)| other)
                .collect();
            let &[other] = fits.as_slice() else { continue };
            let Some(card) = self.right.get(other).filter(|_| is_open_right(other)) else { continue };
            let rivals = self
                .left
                .iter()
                .enumerate()
                .filter(|(rival, own)| (among_all || is_open(*rival)) && rung(own, card))
                .count();
            if rivals == 1 {
                found.push((place, other, by));
            }
        }
        self.pairs.extend(found);
    }

    /// Tells which cards of a side have no partner yet.
    fn open(&self, side: fn(&Found) -> usize) -> impl Fn(usize) -> bool + use<> {
        let taken: Vec<usize> = self.pairs.iter().map(side).collect();
        move |place| !taken.contains(&place)
    }

    fn finish(self) -> Pairs {
        let mut result = Pairs::default();
        let (is_open, is_open_right) = (self.open(|found| found.0), self.open(|found| found.1));
        let open = |cards: &[Marked<'_>], is_open: &dyn Fn(usize) -> bool| -> Vec<usize> {
            (0..cards.len()).filter(|place| is_open(*place)).collect()
        };
        let (left, right) = (open(&self.left, &is_open), open(&self.right, &is_open_right));
        // Cards that may be each other, and nobody can say which: no difference while there are as many of them.
        let candidates = |own: &Marked<'_>, others: &[Marked<'_>], places: &[usize]| -> Vec<String> {
            let fits = |other: &&Marked<'_>| is_kind(own, other) || is_unsaid(own, other);
            let others = places.iter().filter_map(|place| others.get(*place));
            others.filter(fits).map(|other| other.card.first.id.clone()).collect()
        };
        let mut lone = left.len() != right.len();
        for (place, own) in self.left.iter().enumerate() {
            match self.pairs.iter().find(|found| found.0 == place) {
                Some((_, other, by)) => {
                    let Some(other) = self.right.get(*other) else { continue };
                    functions(own, other, *by, &mut result);
                }
                None => {
                    let candidates = candidates(own, &self.right, &right);
                    lone |= candidates.is_empty();
                    result.devices.extend(own.devices().map(|device| alone(Some(device), None, &candidates)));
                }
            }
        }
        for place in &right {
            let Some(own) = self.right.get(*place) else { continue };
            let candidates = candidates(own, &self.left, &left);
            lone |= candidates.is_empty();
            result.devices.extend(own.devices().map(|device| alone(None, Some(device), &candidates)));
        }
        result.has_surplus |= lone;
        result.is_ambiguous = !left.is_empty() && !right.is_empty() && !lone;
        result
    }
}

/// The functions of two cards: those of one number are one; whatever else there is has no partner.
fn functions(own: &Marked<'_>, other: &Marked<'_>, by: MatchedBy, result: &mut Pairs) {
    let unlike = unlike(own, other);
    let others = numbered(other);
    let mut taken = Vec::new();
    for (number, device) in numbered(own) {
        match others.iter().find(|(known, _)| *known == number) {
            Some((_, twin)) => {
                taken.push(number);
                result.devices.push(DevicePair {
                    left: Some(device.id.clone()),
                    right: Some(twin.id.clone()),
                    by,
                    unlike: unlike.clone(),
                    candidates: Vec::new(),
                });
            }
            None => {
                result.has_surplus = true;
                result.devices.push(alone(Some(device), None, &[]));
            }
        }
    }
    for (_, device) in others.iter().filter(|(number, _)| !taken.contains(number)) {
        result.has_surplus = true;
        result.devices.push(alone(None, Some(device), &[]));
    }
}

/// The functions of a card by what they have in common with those of another: physical ones by their number, virtual
/// ones by how far behind the card's slot they stand.
fn numbered<'a>(card: &Marked<'a>) -> Vec<((bool, u32), &'a Device)> {
    let base = routing(&card.card.first.id).map(|own| own & !7);
    let of = |is_virtual: bool, devices: &[&'a Device]| -> Vec<((bool, u32), &'a Device)> {
        let number = |place: usize, device: &Device| {
            let distance = routing(&device.id).zip(base).and_then(|(own, base)| own.checked_sub(base));
            distance.unwrap_or(u32::try_from(place).unwrap_or(u32::MAX))
        };
        devices
            .iter()
            .enumerate()
            .map(|(place, device)| ((is_virtual, number(place, device)), *device))
            .collect()
    };
    let mut all = of(false, &card.card.functions);
    all.extend(of(true, &card.card.virtual_functions));
    all
}

/// Bus, device and function of an address as one number (PCIe routing id).
fn routing(id: &str) -> Option<u32> {
    let address = pci_address::full(id)?;
    let (rest, function) = address.rsplit_once('.')?;
    let mut parts = rest.rsplit(':').map(|part| u32::from_str_radix(part, 16).ok());
    let (device, bus) = (parts.next()??, parts.next()??);
    let function = u32::from_str_radix(function, 16).ok()?;
    Some(bus << 8 | (device & 0x1f) << 3 | (function & 7))
}

fn alone(left: Option<&Device>, right: Option<&Device>, candidates: &[String]) -> DevicePair {
    DevicePair {
        left: left.map(|device| device.id.clone()),
        right: right.map(|device| device.id.clone()),
        by: MatchedBy::Nothing,
        unlike: Vec::new(),
        candidates: candidates.to_vec(),
    }
}

/// What both say and does not agree.
fn unlike(own: &Marked<'_>, other: &Marked<'_>) -> Vec<String> {
    let addresses = !own.addresses.is_empty() && !other.addresses.is_empty();
    [
        (differ(&own.serial, &other.serial), SERIAL),
        (addresses && own.addresses.is_disjoint(&other.addresses), ADDRESS),
        (differ(&own.psid, &other.psid), "PSID"),
        (differ(&own.pci, &other.pci), "PCI device"),
    ]
    .into_iter()
    .filter(|(differs, _)| *differs)
    .map(|(_, what)| what.to_owned())
    .collect()
}

/// The same PSID and PCI device.
fn is_kind(one: &Marked<'_>, other: &Marked<'_>) -> bool {
    both(&one.psid, &other.psid) && both(&one.pci, &other.pci)
}

/// Whether one of them does not say of what kind it is, and nothing speaks against their being one.
fn is_unsaid(one: &Marked<'_>, other: &Marked<'_>) -> bool {
    !differ(&one.psid, &other.psid) && !differ(&one.pci, &other.pci) && !is_kind(one, other)
}

fn both(one: &Option<String>, other: &Option<String>) -> bool {
    one.is_some() && one == other
}

fn differ(one: &Option<String>, other: &Option<String>) -> bool {
    one.is_some() && other.is_some() && one != other
}
