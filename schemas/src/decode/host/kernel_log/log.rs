//! Gathers what the messages of a log say, in the order of the log.
//!
//! Must not do: keep without bound. The same message again is counted, and beyond [`MAX_EVENTS`] events of one device
//! the others are only counted.

use crate::model::pci_address;
use std::collections::{BTreeMap, BTreeSet};

use super::event::{self, Event};
use super::message::{Message, Whom, message, without_place};
use crate::model::fact::Value;

/// Most events that are listed for a device.
pub const MAX_EVENTS: usize = 256;
/// Most places that are named for one event.
const MAX_PLACES: usize = 16;

/// A fact of the log, with the places `P` that show it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogFact<P> {
    /// About whom.
    pub whom: Whom,
    /// Its path, below `log/`.
    pub path: String,
    /// Its value.
    pub value: Value,
    /// Where the log shows it. Never empty.
    pub places: Vec<P>,
}

/// What a log says so far; `P` is where a message stands.
#[derive(Debug, Clone)]
pub struct Log<P> {
    devices: BTreeMap<Whom, Device<P>>,
    /// The functions that these drivers spoke of.
    functions: BTreeSet<String>,
}

#[derive(Debug, Clone)]
struct Device<P> {
    /// The last that was said: the log goes on in time.
    firmware_version: Option<(String, P)>,
    pcie_bandwidth: Option<(String, P)>,
    events: Vec<Listed<P>>,
    by_text: BTreeMap<String, usize>,
    not_listed: u64,
    last_not_listed: Option<P>,
}

#[derive(Debug, Clone)]
struct Listed<P> {
    text: String,
    /// The driver's function that wrote it.
    function: Option<String>,
    event: Event,
    times: u64,
    places: Vec<P>,
}

impl<P> Default for Log<P> {
    fn default() -> Self {
        Self { devices: BTreeMap::new(), functions: BTreeSet::new() }
    }
}

impl<P> Default for Device<P> {
    fn default() -> Self {
        Self {
            firmware_version: None,
            pcie_bandwidth: None,
            events: Vec::new(),
            by_text: BTreeMap::new(),
            not_listed: 0,
            last_not_listed: None,
        }
    }
}

impl<P: Copy> Log<P> {
    /// Takes a message without time and level; says what it is about where it is one of these drivers'.
    pub fn take<'m>(&mut self, text: &'m str, level: Option<u8>, place: P) -> Option<Message<'m>> {
        let message = message(text).or_else(|| self.of_the_bus(text))?;
        if let Whom::Function(address) = &message.whom
            && !self.functions.contains(address)
        {
            self.functions.insert(address.clone());
        }
        let device = match self.devices.get_mut(&message.whom) {
            Some(device) => device,
            None => self.devices.entry(message.whom.clone()).or_default(),
        };
        if let Some(version) = event::firmware_version(message.text) {
            device.firmware_version = Some((version.to_owned(), place));
        } else if let Some(words) = event::pcie_bandwidth(message.text) {
            device.pcie_bandwidth = Some((words, place));
        } else if let Some(event) = event::event(message.text, level, message.is_debug) {
            let (function, text) = match without_place(message.text) {
                Some((function, said)) if message.interface.is_none() => (Some(function), said),
                Some(_) | None => (None, message.told),
            };
            device.add(text, function, event, place);
        }
        Some(message)
    }

    /// A message of the bus or the IOMMU about a function that these drivers spoke of before.
    fn of_the_bus<'m>(&self, text: &'m str) -> Option<Message<'m>> {
        let is_of_the_bus =
            ["AER:", "PCIe Bus Error", "DMAR:", "IO_PAGE_FAULT"].iter().any(|word| text.contains(word));
        if !is_of_the_bus {
            return None;
        }
        let mut words = text.split(|c: char| !(c.is_ascii_hexdigit() || matches!(c, ':' | '.')));
        let address = words.find_map(|word| {
            let address = pci_address::with_domain(word.trim_end_matches([':', '.']))?;
            self.functions.contains(&address).then_some(address)
        })?;
        Some(Message { whom: Whom::Function(address), interface: None, text, told: text, is_debug: false })
    }

    /// All facts: by device, events in the order of the log.
    pub fn facts(self) -> Vec<LogFact<P>> {
        let mut facts = Vec::new();
        for (whom, device) in self.devices {
            let mut add = |path: String, value: Value, places: Vec<P>| {
                facts.push(LogFact { whom: whom.clone(), path, value, places });
            };
            if let Some((text, place)) = device.firmware_version {
                add("log/firmware_version".to_owned(), Value::Text { text }, vec![place]);
            }
            if let Some((text, place)) = device.pcie_bandwidth {
                add("log/pcie_bandwidth".to_owned(), Value::Text { text }, vec![place]);
            }
            let mut numbers = BTreeSet::new();
            for listed in device.events {
                let mut number = number(&listed.text);
                // Two messages of one number are rare; both are kept.
                while !numbers.insert(number) {
                    number = number.wrapping_add(1);
                }
                let path = format!("log/event[{number:08x}]");
                for (name, value) in listed.values() {
                    add(format!("{path}{name}"), value, listed.places.clone());
                }
            }
            if let Some(place) = device.last_not_listed {
                let value = Value::Number { number: device.not_listed, name: None };
                add("log/events_not_listed".to_owned(), value, vec![place]);
            }
        }
        facts
    }
}

impl<P: Copy> Device<P> {
    fn add(&mut self, text: &str, function: Option<&str>, event: Event, place: P) {
        if let Some(listed) = self.by_text.get(text).and_then(|index| self.events.get_mut(*index)) {
            listed.times = listed.times.saturating_add(1);
            if listed.places.len() < MAX_PLACES {
                listed.places.push(place);
            }
        } else if self.events.len() < MAX_EVENTS {
            let (text, function) = (text.to_owned(), function.map(str::to_owned));
            self.by_text.insert(text.clone(), self.events.len());
            self.events.push(Listed { text, function, event, times: 1, places: vec![place] });
        } else {
            self.not_listed = self.not_listed.saturating_add(1);
            self.last_not_listed = Some(place);
        }
    }
}

/// The number of a message: the same in every log that has it, so that two logs of one host say the same (FNV-1a).
fn number(text: &str) -> u32 {
    text.bytes().fold(0x811c_9dc5, |hash, byte| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193))
}

impl<P> Listed<P> {
    /// The event's text, then what can be told of it, by the ending of its path.
    fn values(&self) -> Vec<(&'static str, Value)> {
        let text = |text: &str| Value::Text { text: text.to_owned() };
        let number = |number| Value::Number { number, name: None };
        let event = &self.event;
        let mut values = vec![("", text(&self.text)), (".kind", text(event.kind))];
        values.extend(self.function.as_deref().map(|function| (".function", text(function))));
        values.extend(event.command.as_deref().map(|command| (".command", text(command))));
        values.extend(event.opcode.map(|opcode| (".opcode", number(opcode))));
        values.extend(event.status.as_deref().map(|status| (".status", text(status))));
        values.extend(event.syndrome.map(|syndrome| (".syndrome", number(syndrome))));
        values.extend(event.ext_synd.map(|synd| (".ext_synd", number(synd))));
        if self.times > 1 {
            values.push((".times", number(self.times)));
        }
        values
    }
}
