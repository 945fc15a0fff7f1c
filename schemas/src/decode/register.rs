//! Register reads to facts: `reg/NAME.field`, one per leaf field.
//!
//! Ports and modules are subjects. Where a register has several instances otherwise, the index values stand in
//! brackets after its name (`reg/PFCC[dcbx_operation_type=1].pptx`), always the same ones whatever was read.
//! Of a union, only the members whose selector matches are facts; where the source names no selector, all are.
//! Where releases of mstflint disagree about a field's bits, a companion says so, as for NV configuration
//! ([`super::nv`]).
//!
//! Must not do: NV configuration (see [`super::nv`]), or interpret values.

use std::collections::BTreeMap;

use crate::catalog::history::Changes;
use crate::catalog::{Access, Catalog, Condition, Field, Index, IndexRole, Register};
use crate::model::fact::Subject;

use super::source::{Facts, Scribe, Silence, Source, bytes_value, keep, known_or};
use super::{bits, field};

/// What tells instances of one register apart: id and index values as requested.
type Key = (u16, Vec<u64>);

/// All register reads but those of NV configuration.
#[derive(Debug, Default)]
pub(super) struct Collected<'a> {
    instances: BTreeMap<Key, Option<Source<'a>>>,
}

impl<'a> Collected<'a> {
    /// Takes an exchange if it is a register read; says whether it was.
    pub(super) fn take(&mut self, catalog: &Catalog, source: Source<'a>) -> bool {
        let Some((id, data)) = source.exchange().request.as_register() else { return false };
        let values = catalog.register(id).map_or_else(Vec::new, |register| {
            let index = |index: &Index| bits::number(data, index.bit_offset, index.bit_width);
            register.indexes.iter().map(|place| index(place).unwrap_or_default()).collect()
        });
        keep(self.instances.entry((id, values)).or_default(), source);
        true
    }

    /// The reads of one register: index values in the catalog's order, and the exchange.
    pub(super) fn of(&self, id: u16) -> impl Iterator<Item = (&[u64], Source<'a>)> {
        self.instances
            .range((id, Vec::new())..)
            .take_while(move |((other, _), _)| *other == id)
            .filter_map(|((_, values), source)| Some((values.as_slice(), (*source)?)))
    }

    /// Writes all facts.
    pub(super) fn facts(&self, catalog: &Catalog, scribe: Scribe<'_>, facts: &mut Facts) {
        for ((id, values), source) in &self.instances {
            let Some(source) = *source else { continue };
            match catalog.register(*id) {
                Some(register) => {
                    let changes = catalog.history().of(&register.name);
                    register_facts((register, changes), values, source, scribe, facts);
                }
                None => {
                    let knowledge = known_or(source.whole_data().map(bytes_value));
                    facts.push(scribe.fact(format!("reg/0x{id:04x}/data"), knowledge, source.evidence()));
                }
            }
        }
    }
}

fn register_facts(
    (register, changes): (&Register, Option<&Changes>),
    values: &[u64],
    source: Source<'_>,
    scribe: Scribe<'_>,
    facts: &mut Facts,
) {
    let (subject, path) = place(register, values, scribe);
    let requested = source.exchange().request.as_register().map_or(&[][..], |(_, data)| data);
    let answer = source.data();
    let mut selectors =
        Selectors { register, requested, answer: answer.as_ref().ok().copied(), seen: BTreeMap::new() };
    let room = bits::bit_length(requested.len());
    let returned = source.whole_data().ok().map(|data| bits::bit_length(data.len()));
    for entry in &register.fields {
        let mut leaves = field::leaves(entry, room, returned);
        leaves.retain(|leaf| selectors.hold(entry, leaf.element));
        if leaves.is_empty() {
            continue;
        }
        let (old_names, _) = changes.map(|changes| changes.names_of(&entry.path)).unwrap_or_default();
        for leaf in leaves {
            let mut fact = scribe.fact_about(
                subject.clone(),
                format!("{path}.{}", leaf.path),
                None,
                field::knowledge(entry, &leaf, source, &answer),
                source.evidence_of(leaf.bit_offset, leaf.bit_width),
            );
            if !old_names.is_empty() {
                // The name of today first: it is the one that people see.
                let element = leaf.path.split_once('[').and_then(|(_, rest)| rest.split_once(']'));
                let bracket = element.map(|(number, _)| format!("[{number}]")).unwrap_or_default();
                let named = |name: &str| format!("{}.{}", register.name, name.replacen("[]", &bracket, 1));
                fact.aliases.push(format!("{}.{}", register.name, leaf.path));
                fact.aliases.extend(old_names.iter().map(|name| named(name)));
            }
            facts.push(fact);
        }
        if let (Some(changes), Ok(data)) = (changes, &answer) {
            was_another(register, changes, entry, data, &mut |era, silence: Silence| {
                facts.push(scribe.fact_about(
                    subject.clone(),
                    format!("{path}.{}/layout[{era}]", entry.path),
                    None,
                    silence.knowledge(),
                    source.evidence_of(entry.bit_offset, entry.bit_width),
                ));
            });
        }
    }
}

/// Tells of fields that had this one's bits and that later releases do not have, where they are not 0.
fn was_another(
    register: &Register,
    changes: &Changes,
    entry: &Field,
    data: &[u8],
    tell: &mut dyn FnMut(String, Silence),
) {
    let taken = changes.removed.iter().filter(|removed| {
        removed.overlaps(entry.bit_offset, entry.bit_width) && register.field(&removed.name).is_none()
    });
    for removed in taken {
        let number = bits::number(data, removed.bit_offset, removed.bit_width).unwrap_or_default();
        if number != 0 {
            let reason = format!("these bits were {} ({number}) until {}", removed.name, removed.last);
            tell(format!("until={}", removed.last), Silence::absent(reason));
        }
    }
}

/// Subject and path of an instance.
fn place(register: &Register, values: &[u64], scribe: Scribe<'_>) -> (Subject, String) {
    let mut subject = scribe.device_subject();
    let mut brackets = Vec::new();
    for (index, &value) in register.indexes.iter().zip(values) {
        let device = scribe.device.to_owned();
        match (index.role, u32::try_from(value)) {
            (IndexRole::Port, Ok(port)) => subject = Subject::Port { device, port },
            (IndexRole::Module, Ok(module)) => subject = Subject::Module { device, module },
            (IndexRole::Instance, _) => brackets.push(format!("{}={value}", index.path)),
            (IndexRole::Port | IndexRole::Module, Err(_)) | (IndexRole::Fixed, _) => {}
        }
    }
    let name = &register.name;
    if brackets.is_empty() {
        (subject, format!("reg/{name}"))
    } else {
        (subject, format!("reg/{name}[{}]", brackets.join(",")))
    }
}

/// Which members of unions exist, with the selectors' values kept: some unions have hundreds of fields.
struct Selectors<'a> {
    register: &'a Register,
    requested: &'a [u8],
    answer: Option<&'a [u8]>,
    seen: BTreeMap<(&'a str, u32), Option<u64>>,
}

impl<'a> Selectors<'a> {
    /// Whether all conditions of a field's element hold that can be evaluated. A member whose selector is neither in the
    /// request nor in the answer does not count as existing: its bytes may be another member's.
    fn hold(&mut self, entry: &'a Field, element: u32) -> bool {
        entry.conditions.iter().all(|condition| match condition {
            Condition::Equals { selector, value } => {
                let register = self.register;
                let (requested, answer) = (self.requested, self.answer);
                // Each element of an array chooses for itself; a selector elsewhere chooses for all.
                let element = if is_beside(selector, &entry.path) { element } else { 0 };
                let selected = *self
                    .seen
                    .entry((selector, element))
                    .or_insert_with(|| selected(register, selector, element, requested, answer));
                selected == Some(*value)
            }
            Condition::Unevaluated { .. } => self.answer.is_some(),
        })
    }
}

/// Whether a selector is a member of the same array as a field.
fn is_beside(selector: &str, path: &str) -> bool {
    match (selector.split_once("[]"), path.split_once("[]")) {
        (Some((selectors, _)), Some((fields, _))) => selectors == fields,
        (Some(_) | None, Some(_) | None) => false,
    }
}

/// An index field is what was asked for; any other selector is what the device answered.
fn selected(
    register: &Register,
    selector: &str,
    element: u32,
    requested: &[u8],
    answer: Option<&[u8]>,
) -> Option<u64> {
    let field = register.field(selector)?;
    let data = match field.access {
        Access::Index => requested,
        Access::ReadOnly | Access::ReadWrite | Access::WriteOnly | Access::Operation | Access::Unsaid => {
            answer?
        }
    };
    let step = field.array.map_or(0, |(_, step)| step);
    let offset = field.bit_offset.checked_add(element.checked_mul(step)?)?;
    bits::number(data, offset, field.bit_width)
}

/// One field of a register's answer as a number, with its place; for facts that are made of several fields.
pub(super) fn number_of(
    register: &Register,
    path: &str,
    source: Source<'_>,
) -> Result<(u64, (u32, u32)), Silence> {
    let data = source.data()?;
    let field = register
        .field(path)
        .ok_or_else(|| Silence::absent(format!("the catalog's {} has no {path}", register.name)))?;
    let number = bits::number(data, field.bit_offset, field.bit_width).ok_or_else(|| source.beyond())?;
    Ok((number, (field.bit_offset, field.bit_width)))
}
