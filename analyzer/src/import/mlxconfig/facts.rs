//! From rows to facts: names become the subjects and paths that firmware's own facts have.
//!
//! Must not do: prefer one of two values that a text gives for the same thing.

use std::collections::BTreeMap;

use mlx5_schemas::catalog::{Catalog, Parameter, Tlv};
use mlx5_schemas::model::fact::{Evidence, Fact, Knowledge, Route, Subject, Value, View};
use mlx5_schemas::model::status::CollectionStatus;

use super::heading::Column;
use super::table::{Range, Row, Section, Tables};
use super::value::knowledge;
use crate::import::reading::{MAX_PLACES, Reading};

/// Class of TLVs of a port, whose names end with `_P1`.
const PORT: u8 = 1;
/// Class of TLVs of a module, whose names end with `_M0`.
const MODULE: u8 = 9;
/// Why a view has no value in a table that has no column for it.
const NO_COLUMN: &str = "the text has no such column";

/// Parameters by the name that the tool prints, without port, module and index.
pub(super) struct Names<'c>(BTreeMap<&'c str, (&'c Tlv, &'c Parameter)>);

impl<'c> Names<'c> {
    pub(super) fn of(catalog: &'c Catalog) -> Self {
        let mut names = BTreeMap::new();
        for tlv in catalog.tlvs() {
            for parameter in &tlv.parameters {
                if let Some(alias) = &parameter.alias {
                    names.entry(alias.as_str()).or_insert((tlv, parameter));
                }
            }
        }
        Self(names)
    }

    /// Whether a parameter is printed by this name.
    pub(super) fn knows(&self, name: &str) -> bool {
        self.0.contains_key(name)
    }

    /// What a printed name stands for on a device.
    fn resolve(&self, printed: &str, device: &str) -> Meaning<'c> {
        let (base, element) = match printed.split_once('[') {
            Some((base, index)) => (base, index.strip_suffix(']').and_then(|index| index.parse().ok())),
            None => (printed, None),
        };
        let bracket = element.map(|element: u32| format!("[{element}]")).unwrap_or_default();
        let instance = |letter: &str, class: u8| {
            let (alias, number) = base.rsplit_once(letter)?;
            let number: u32 = number.parse().ok()?;
            let (tlv, parameter) = self.0.get(alias).filter(|(tlv, _)| tlv.class == class)?;
            Some((*tlv, *parameter, number))
        };
        let id = device.to_owned();
        let plain = self.0.get(base).filter(|(tlv, _)| !matches!(tlv.class, PORT | MODULE));
        let found = match (plain, instance("_P", PORT), instance("_M", MODULE)) {
            (Some((tlv, parameter)), _, _) => Some((*tlv, *parameter, Subject::Device { device: id })),
            (None, Some((tlv, parameter, port)), _) => {
                Some((tlv, parameter, Subject::Port { device: id, port }))
            }
            (None, None, Some((tlv, parameter, module))) => {
                Some((tlv, parameter, Subject::Module { device: id, module }))
            }
            (None, None, None) => None,
        };
        match found {
            Some((tlv, parameter, subject)) => Meaning {
                subject,
                path: format!("nv/{}:0x{:03x}.{}{bracket}", tlv.class, tlv.index, parameter.name),
                aliases: vec![printed.to_owned(), format!("{}.{}{bracket}", tlv.name, parameter.name)],
                parameter: Some(parameter),
                element,
            },
            None => Meaning {
                subject: Subject::Device { device: device.to_owned() },
                path: format!("nv/{printed}"),
                aliases: vec![printed.to_owned()],
                parameter: None,
                element,
            },
        }
    }
}

/// What a printed name stands for.
struct Meaning<'c> {
    subject: Subject,
    path: String,
    aliases: Vec<String>,
    parameter: Option<&'c Parameter>,
    element: Option<u32>,
}

/// Makes the facts of all sections.
pub(super) fn import(member: &str, tables: &Tables, names: &Names<'_>, reading: &mut Reading<'_>) {
    let mut facts = Collected { member, route: reading.route(), facts: Vec::new(), places: BTreeMap::new() };
    for (place, section) in tables.sections.iter().enumerate() {
        let id = id(section, place);
        reading.described(&id);
        facts.head(&id, section);
        for row in &section.rows {
            facts.row(&names.resolve(&row.name, &id), row);
        }
        if section.is_preview() {
            reading.note(format!(
                "the preview of a set on {id} is here: its column New is what was asked for, not a value"
            ));
        }
    }
    facts.facts.into_iter().for_each(|fact| reading.fact(fact));
}

/// The device's name in the text; where it has none, its number.
fn id(section: &Section, place: usize) -> String {
    match (&section.device, section.number) {
        (Some(device), _) => device.clone(),
        (None, Some(number)) => format!("device #{number}"),
        (None, None) => format!("device #{}", place.saturating_add(1)),
    }
}

struct Collected<'a> {
    member: &'a str,
    route: Route,
    facts: Vec<Fact>,
    places: BTreeMap<(Subject, String, Option<View>), usize>,
}

impl Collected<'_> {
    fn head(&mut self, id: &str, section: &Section) {
        let said =
            [("type", &section.kind), ("part_number", &section.name), ("description", &section.description)];
        for (name, said) in said {
            let Some((text, place)) = said else { continue };
            let value = Value::Text { text: text.clone() };
            let knowledge = match text.as_str() {
                "N/A" | "" => Knowledge::Unknown {
                    status: CollectionStatus::NotRecorded,
                    reason: "the text does not say".to_owned(),
                },
                _ => Knowledge::Known { value },
            };
            self.add(Fact {
                subject: Subject::Device { device: id.to_owned() },
                path: format!("board/{name}"),
                aliases: Vec::new(),
                view: None,
                knowledge,
                route: self.route,
                evidence: vec![self.evidence(*place)],
            });
        }
    }

    fn row(&mut self, meaning: &Meaning<'_>, row: &Row) {
        for view in View::ALL {
            let cell = row.cells.iter().find(|(column, _)| *column == Column::View(view));
            let knowledge = match cell {
                Some((_, cell)) => knowledge(cell, meaning.parameter, meaning.element),
                None => no_column(),
            };
            self.add(Fact {
                subject: meaning.subject.clone(),
                path: meaning.path.clone(),
                aliases: meaning.aliases.clone(),
                view: Some(view),
                knowledge,
                route: self.route,
                evidence: vec![self.evidence(row.place)],
            });
        }
    }

    fn evidence(&self, place: Range) -> Evidence {
        Evidence { member: self.member.to_owned(), offset: place.offset, length: place.length, field: None }
    }

    fn add(&mut self, fact: Fact) {
        let key = (fact.subject.clone(), fact.path.clone(), fact.view);
        let known = self.places.get(&key).and_then(|place| self.facts.get_mut(*place));
        match known {
            Some(known) => merge(known, fact),
            None => {
                self.places.insert(key, self.facts.len());
                self.facts.push(fact);
            }
        }
    }
}

fn no_column() -> Knowledge {
    Knowledge::Unknown { status: CollectionStatus::NotRecorded, reason: NO_COLUMN.to_owned() }
}

/// Two places of a text about one thing.
fn merge(known: &mut Fact, other: Fact) {
    let missing = no_column();
    if other.knowledge == missing {
        return;
    }
    if known.knowledge == missing {
        *known = other;
        return;
    }
    if let (Knowledge::Known { value: first }, Knowledge::Known { value: later }) =
        (&known.knowledge, &other.knowledge)
        && first != later
    {
        let reason = format!("the text says {first}, and in another place {later}");
        known.knowledge = Knowledge::Unknown { status: CollectionStatus::NotRecorded, reason };
    } else if known.value().is_some() && other.value().is_none() {
        known.knowledge = other.knowledge;
    }
    // A text that repeats itself for ever shows nothing new.
    if known.evidence.len() < MAX_PLACES {
        known.evidence.extend(other.evidence);
    }
}
