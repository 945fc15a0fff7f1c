//! From rows to facts: names become the subjects and paths that firmware's own facts have.
//!
//! Must not do: prefer one of two values that a text gives for the same thing.

use std::collections::BTreeMap;

use mlx5_schemas::catalog::{Catalog, Parameter, Tlv};
use mlx5_schemas::model::fact::{Evidence, Fact, Knowledge, Route, Subject, Value, View};
use mlx5_schemas::model::status::CollectionStatus;
use mlx5_schemas::redaction::is_secret_tlv;

use super::heading::Column;
use super::section::{Range, Row, Section, Tables};
use super::table::KnowsNames;
use super::value::knowledge;
use crate::import::printed::{CUT, NO_CHARACTERS};
use crate::import::reading::{Reading, merge};

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
        for tlv in catalog.tlvs() {
            let Some(changes) = catalog.history().of_tlv(tlv) else { continue };
            for parameter in &tlv.parameters {
                // A tool that has the old name read an older layout: where that matters its number is not today's.
                if changes.eras(&parameter.name).is_empty() {
                    for old in changes.names_of(&parameter.name).1 {
                        names.entry(old).or_insert((tlv, parameter));
                    }
                }
            }
        }
        Self(names)
    }

    /// Whether any name stands for a secret.
    pub(super) fn has_secrets(&self) -> bool {
        self.0.values().any(|(tlv, _)| is_secret_tlv(tlv.class, tlv.index))
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
                path: format!("nv/{}:0x{:03x}.{}{bracket}", tlv.class, tlv.index, parameter.name),
                aliases: aliases(tlv, parameter, &subject, printed, &bracket),
                parameter: Some(parameter),
                flag: flag(tlv, parameter, printed),
                subject,
                element,
                is_secret: is_secret_tlv(tlv.class, tlv.index),
            },
            None => Meaning {
                subject: Subject::Device { device: device.to_owned() },
                path: format!("nv/{printed}"),
                aliases: vec![printed.to_owned()],
                parameter: None,
                flag: None,
                element,
                is_secret: false,
            },
        }
    }
}

impl KnowsNames for Names<'_> {
    fn knows(&self, name: &str) -> bool {
        self.0.contains_key(name)
    }

    fn is_secret(&self, printed: &str) -> bool {
        self.resolve(printed, "").is_secret
    }
}

/// The name as printed, the database's, and today's where the tool had an older one.
fn aliases(tlv: &Tlv, parameter: &Parameter, subject: &Subject, printed: &str, bracket: &str) -> Vec<String> {
    let instance = match subject {
        Subject::Host | Subject::Device { .. } => String::new(),
        Subject::Port { port, .. } => format!("_P{port}"),
        Subject::Module { module, .. } => format!("_M{module}"),
    };
    let mut aliases = vec![printed.to_owned(), format!("{}.{}{bracket}", tlv.name, parameter.name)];
    let today = parameter.alias.iter().map(|alias| format!("{alias}{instance}{bracket}"));
    aliases.extend(today.filter(|today| today != printed));
    aliases
}

/// What a printed name stands for.
struct Meaning<'c> {
    subject: Subject,
    path: String,
    aliases: Vec<String>,
    parameter: Option<&'c Parameter>,
    /// Path and printed name of the flag that says whether it counts.
    flag: Option<(String, String)>,
    element: Option<u32>,
    is_secret: bool,
}

/// Makes the facts of all sections.
pub(super) fn import(member: &str, tables: &Tables, names: &Names<'_>, reading: &mut Reading<'_>) {
    let mut facts = Collected {
        member,
        route: reading.route(),
        facts: Vec::new(),
        places: BTreeMap::new(),
        flagged: Vec::new(),
    };
    for (place, section) in tables.sections.iter().enumerate() {
        let id = id(section, place, reading);
        reading.described(&id);
        facts.head(&id, section);
        for row in &section.rows {
            facts.row(&names.resolve(&row.name, &id), row, section.is_applied);
        }
        if section.is_preview() {
            reading.note(format!(
                "the preview of a set on {id} is here: its column New is what was asked for, not a value"
            ));
        }
    }
    if tables.is_partial {
        reading.note(
            "mstconfig says that it failed to query some TLVs: it may print their values of another view, and no \
             row says which",
        );
    }
    facts.honour_flags();
    facts.facts.into_iter().for_each(|fact| reading.fact(fact));
}

/// The valid flag of a parameter: path and printed name. One that is never printed cannot be in a text.
fn flag(tlv: &Tlv, parameter: &Parameter, printed: &str) -> Option<(String, String)> {
    let name = parameter.valid_flag.as_ref()?;
    let flag = tlv.parameters.iter().find(|flag| flag.name == *name)?;
    let printed = printed.split('[').next().unwrap_or(printed);
    let suffix = printed.strip_prefix(parameter.alias.as_deref()?)?;
    let path = format!("nv/{}:0x{:03x}.{name}", tlv.class, tlv.index);
    Some((path, format!("{}{suffix}", flag.alias.as_deref()?)))
}

/// The device's name in the text; where it has none, its number.
fn id(section: &Section, place: usize, reading: &mut Reading<'_>) -> String {
    if let Some(device) = &section.device {
        return device.clone();
    }
    let number = section.number.and_then(|number| usize::try_from(number).ok());
    reading.counted(format!("device #{}", number.unwrap_or_else(|| place.saturating_add(1))))
}

struct Collected<'a> {
    member: &'a str,
    route: Route,
    facts: Vec<Fact>,
    places: BTreeMap<(Subject, String, Option<View>), usize>,
    /// Facts that a flag says something of: subject, path, and the flag's path and printed name.
    flagged: Vec<(Subject, String, (String, String))>,
}

impl Collected<'_> {
    fn head(&mut self, id: &str, section: &Section) {
        let said =
            [("type", &section.kind), ("part_number", &section.name), ("description", &section.description)];
        for (name, said) in said {
            let Some(said) = said else { continue };
            let knowledge = match (said.doubt, said.text.as_str()) {
                (Some(doubt), _) => not_recorded(doubt),
                (None, "N/A" | "") => not_recorded("the text does not say"),
                (None, text) if text.contains(char::REPLACEMENT_CHARACTER) => not_recorded(NO_CHARACTERS),
                (None, text) => Knowledge::Known { value: Value::Text { text: text.to_owned() } },
            };
            self.add(Fact {
                subject: Subject::Device { device: id.to_owned() },
                path: format!("board/{name}"),
                aliases: Vec::new(),
                view: None,
                knowledge,
                route: self.route,
                evidence: vec![self.evidence(said.place)],
            });
        }
    }

    fn row(&mut self, meaning: &Meaning<'_>, row: &Row, is_applied: bool) {
        let asked = row.cells.iter().find(|(column, _)| *column == Column::New).map(|(_, cell)| cell);
        let applied = asked.filter(|_| is_applied);
        for view in View::ALL {
            let cell = row.cells.iter().find(|(column, _)| *column == Column::View(view));
            let later = applied.filter(|_| view == View::Next);
            let knowledge = match cell {
                _ if meaning.is_secret => masked(),
                Some(_) if row.is_cut => not_recorded(CUT),
                Some((_, cell)) if later.is_some_and(|later| later != cell) => not_recorded(&format!(
                    "the text says {cell}, and that a set of {} was applied after it",
                    later.map_or("", |later| later.as_str())
                )),
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
        self.marks(meaning, row);
        if let Some(flag) = &meaning.flag {
            self.flagged.push((meaning.subject.clone(), meaning.path.clone(), flag.clone()));
        }
    }

    /// What the tool says of a row besides its values. Its path is none of the parameter's, which a rule on the
    /// parameter would reach.
    fn marks(&mut self, meaning: &Meaning<'_>, row: &Row) {
        let parameter = meaning.path.trim_start_matches("nv/");
        for (name, mark) in [("modified", row.marks.modified), ("read_only", row.marks.read_only)] {
            let Some(mark) = mark else { continue };
            let word = if mark { "True" } else { "False" };
            let value = Value::Number { number: u64::from(mark), name: Some(word.to_owned()) };
            self.add(Fact {
                subject: meaning.subject.clone(),
                path: format!("mlxconfig/{parameter}/{name}"),
                aliases: Vec::new(),
                view: None,
                knowledge: Knowledge::Known { value },
                route: self.route,
                evidence: vec![self.evidence(row.place)],
            });
        }
    }

    /// The tool prints what is stored although the flag in the same view says that it does not count: then the
    /// firmware's own default is in force, which the text does not show.
    fn honour_flags(&mut self) {
        for (subject, path, (flag_path, flag_name)) in std::mem::take(&mut self.flagged) {
            for view in View::ALL {
                let place = |path: &String| self.places.get(&(subject.clone(), path.clone(), Some(view)));
                let flag = place(&flag_path).and_then(|place| self.facts.get(*place));
                let is_zero = flag.and_then(Fact::value).is_some_and(is_zero);
                let Some(fact) = place(&path).copied().filter(|_| is_zero) else { continue };
                let Some(fact) = self.facts.get_mut(fact) else { continue };
                if let Knowledge::Known { value } = &fact.knowledge {
                    let reason = format!("doubtful: the text says {value}, and that {flag_name} is 0");
                    let reason = format!("{reason}, with which the firmware's own default applies");
                    fact.knowledge = not_recorded(&reason);
                }
            }
        }
    }

    fn evidence(&self, place: Range) -> Evidence {
        Evidence { member: self.member.to_owned(), offset: place.offset, length: place.length, field: None }
    }

    fn add(&mut self, fact: Fact) {
        let key = (fact.subject.clone(), fact.path.clone(), fact.view);
        let known = self.places.get(&key).and_then(|place| self.facts.get_mut(*place));
        match known {
            Some(known) => merge(known, fact.knowledge, fact.evidence),
            None => {
                self.places.insert(key, self.facts.len());
                self.facts.push(fact);
            }
        }
    }
}

fn no_column() -> Knowledge {
    not_recorded(NO_COLUMN)
}

fn not_recorded(reason: &str) -> Knowledge {
    Knowledge::Unknown { status: CollectionStatus::NotRecorded, reason: reason.to_owned() }
}

fn masked() -> Knowledge {
    let reason = "a secret: it is not taken from the text".to_owned();
    Knowledge::Unknown { status: CollectionStatus::Masked, reason }
}

fn is_zero(value: &Value) -> bool {
    matches!(value, Value::Number { number: 0, .. })
}
