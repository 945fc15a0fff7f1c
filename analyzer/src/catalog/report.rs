//! What is told of a catalog: its entries in the words of a report.
//!
//! Must not do: find entries (see [`super::lookup`]), or lay them out.

use mlx5_schemas::catalog::history::{Changes, NameOf, Names};
use mlx5_schemas::catalog::{
    Access, Capability, Catalog, Condition, Field, History, Parameter, ParameterKind, Register, Tlv,
};
use mlx5_schemas::model::report::{
    CatalogCounts, CatalogEntry, CatalogIdentity, EntryKind, EntryPlace, NamedValue,
};

use super::lookup::{Entry, Found};
use crate::pattern::Pattern;

/// Which catalog it is.
pub fn identity(catalog: &Catalog) -> CatalogIdentity {
    CatalogIdentity { sha256: catalog.digest().to_owned(), source: catalog.source().to_owned() }
}

/// How much it has.
pub fn counts(catalog: &Catalog) -> CatalogCounts {
    let parameters = || catalog.tlvs().iter().flat_map(|tlv| &tlv.parameters);
    CatalogCounts {
        tlvs: catalog.tlvs().len(),
        parameters: parameters().count(),
        named_parameters: parameters().filter(|parameter| parameter.alias.is_some()).count(),
        registers: catalog.registers().len(),
        register_fields: catalog.registers().iter().map(|register| register.fields.len()).sum(),
        capabilities: catalog.capabilities().len(),
        capability_fields: catalog.capabilities().iter().map(|page| page.fields.len()).sum(),
    }
}

/// TLVs, registers and pages; with patterns, what they take of these and of parameters and fields.
pub fn list(catalog: &Catalog, patterns: &[Pattern]) -> Vec<CatalogEntry> {
    let takes = |entry: &CatalogEntry| {
        let mut names = entry.names.iter().chain([&entry.path]);
        names.any(|name| patterns.iter().any(|pattern| pattern.matches(name)))
    };
    let is_owner = |entry: &CatalogEntry| {
        matches!(entry.kind, EntryKind::Tlv | EntryKind::Register | EntryKind::Capability)
    };
    let is_listed = |entry: &CatalogEntry| if patterns.is_empty() { is_owner(entry) } else { takes(entry) };
    let tlvs = catalog.tlvs().iter().flat_map(|tlv| tlv_with_parameters(catalog, tlv));
    let registers = catalog.registers().iter().flat_map(|register| register_with_fields(catalog, register));
    let pages = catalog.capabilities().iter().flat_map(page_with_fields);
    tlvs.chain(registers).chain(pages).filter(is_listed).collect()
}

/// What was found, and what belongs to it.
pub fn show(catalog: &Catalog, found: &[Found<'_>]) -> Vec<CatalogEntry> {
    let mut entries = Vec::new();
    for Found { entry, old_name_until } in found {
        let mut told = match *entry {
            Entry::Tlv(tlv) => tlv_with_parameters(catalog, tlv),
            Entry::Parameter(tlv, known) => {
                vec![parameter(tlv, known, catalog.history().of_tlv(tlv))]
            }
            Entry::Register(register) => register_with_fields(catalog, register),
            Entry::Field(register, known) => vec![register_field(catalog, register, known)],
            Entry::Capability(page) => page_with_fields(page),
            Entry::CapabilityField(page, known) => vec![field(&format!("cap/{}", page.name), known)],
            Entry::GoneTlv(owner, gone) => {
                vec![gone_entry(format!("nv/{owner}"), &gone.name, &gone.last, None)]
            }
            Entry::Removed(owner, removed) => {
                let root = if owner.contains(':') { "nv" } else { "reg" };
                let path = format!("{root}/{owner}.{}", removed.name);
                let mut entry = gone_entry(path, &removed.name, &removed.last, Some(removed));
                entry.names.extend(removed.printed.iter().cloned());
                vec![entry]
            }
        };
        if let (Some(last), Some(first)) = (old_name_until, told.first_mut())
            && first.kind != EntryKind::Gone
        {
            first.releases.insert(0, format!("this name is of releases until {last}"));
        }
        entries.append(&mut told);
    }
    entries
}

fn plain_entry(kind: EntryKind, path: String, names: Vec<String>) -> CatalogEntry {
    CatalogEntry {
        kind,
        path,
        names,
        words: Vec::new(),
        place: None,
        values: Vec::new(),
        conditions: Vec::new(),
        releases: Vec::new(),
    }
}

fn gone_entry(
    path: String,
    name: &str,
    last: &str,
    removed: Option<&mlx5_schemas::catalog::history::Removed>,
) -> CatalogEntry {
    let mut entry = plain_entry(EntryKind::Gone, path, vec![name.to_owned()]);
    entry.releases.push(format!("not in this catalog; releases until {last} have it"));
    entry.place = removed.map(|removed| EntryPlace {
        bit_offset: removed.bit_offset,
        bit_width: removed.bit_width,
        elements: None,
    });
    entry
}

fn tlv_with_parameters(catalog: &Catalog, tlv: &Tlv) -> Vec<CatalogEntry> {
    let changes = catalog.history().of_tlv(tlv);
    let mut names = vec![tlv.name.clone()];
    names.extend(changes.into_iter().flat_map(|changes| changes.tlv_names(&tlv.name)).map(str::to_owned));
    let mut entry = plain_entry(EntryKind::Tlv, format!("nv/{}", History::owner_of(tlv)), names);
    entry.words.push(format!("{} bytes", tlv.size));
    entry.words.push(counted(tlv.parameters.len(), "parameter"));
    if tlv.version > 0 {
        entry.words.push(format!("version {}", tlv.version));
    }
    for (is, word) in [
        (tlv.capability, "capability"),
        (tlv.expansion_rom, "expansion ROM"),
        (!tlv.readable, "cannot be asked for"),
    ] {
        entry.words.extend(is.then(|| word.to_owned()));
    }
    if let Some(changes) = changes {
        let renames = changes.renames.iter().filter(|rename| rename.of == NameOf::Tlv);
        entry.releases.extend(renames.map(|rename| format!("called {} until {}", rename.old, rename.last)));
        let is_here = |name: &str| tlv.parameters.iter().any(|parameter| parameter.name == name);
        entry.releases.extend(changes.removed.iter().filter(|removed| !is_here(&removed.name)).map(
            |removed| {
                let (first, width) = (removed.bit_offset, removed.bit_width);
                format!("{} at {first}:{width} until {}", removed.name, removed.last)
            },
        ));
    }
    let parameters = tlv.parameters.iter().map(|known| parameter(tlv, known, changes));
    std::iter::once(entry).chain(parameters).collect()
}

fn parameter(tlv: &Tlv, parameter: &Parameter, changes: Option<&Changes>) -> CatalogEntry {
    let Names { printed, database } = Names::of(tlv, parameter, changes);
    let path = format!("nv/{}.{}", History::owner_of(tlv), parameter.name);
    let own = usize::from(parameter.alias.is_some());
    let mut names: Vec<String> = printed;
    let mut database = database.into_iter();
    names.splice(own..own, database.next());
    names.extend(database);
    let mut entry = plain_entry(EntryKind::Parameter, path, names);
    entry.words.push(kind_word(parameter.kind).to_owned());
    if parameter.since_version > 0 {
        entry.words.push(format!("from TLV version {} on", parameter.since_version));
    }
    entry.words.extend(parameter.valid_flag.iter().map(|flag| format!("counts where {flag} is 1")));
    entry.place = Some(EntryPlace {
        bit_offset: parameter.bit_offset,
        bit_width: parameter.array.map_or(parameter.bit_width, |array| array.element_width),
        elements: parameter.array.map(|array| array.length),
    });
    entry.values = values(&parameter.enumeration);
    entry.conditions.extend(parameter.dependency.clone());
    if let Some(changes) = changes {
        entry.releases = releases(parameter, changes);
    }
    entry
}

/// What other releases say of a parameter.
fn releases(parameter: &Parameter, changes: &Changes) -> Vec<String> {
    let name = parameter.name.as_str();
    let mut lines = Vec::new();
    for rename in &changes.renames {
        let what = match rename.of {
            NameOf::Tlv => continue,
            NameOf::Member => "called",
            NameOf::Printed => "printed as",
        };
        if rename.new == name {
            lines.push(format!("{what} {} until {}", rename.old, rename.last));
        }
    }
    let own = (parameter.bit_offset, parameter.bit_width);
    for layout in changes.layouts.iter().filter(|layout| layout.member == name) {
        let place = (layout.bit_offset, layout.bit_width);
        if place != own {
            lines.push(format!("at {}:{} {}", place.0, place.1, layout.era.replace('=', " ")));
        }
    }
    for naming in changes.namings.iter().filter(|naming| naming.member == name) {
        let differs =
            |(number, called): &&(u64, String)| parameter.value_name(*number).unwrap_or_default() != called;
        let words: Vec<String> = naming
            .names
            .iter()
            .filter(differs)
            .map(|(number, called)| match called.as_str() {
                "" => format!("{number} had no name"),
                called => format!("{number} was {called}"),
            })
            .collect();
        if !words.is_empty() {
            lines.push(format!("{}: {}", naming.era.replace('=', " "), words.join(", ")));
        }
    }
    for removed in &changes.removed {
        if removed.overlaps(parameter.bit_offset, parameter.bit_width) && removed.name != name {
            lines.push(format!("its bits were {}'s until {}", removed.name, removed.last));
        }
    }
    lines
}

fn register_with_fields(catalog: &Catalog, register: &Register) -> Vec<CatalogEntry> {
    let names = vec![register.name.clone(), format!("0x{:04x}", register.id)];
    let mut entry = plain_entry(EntryKind::Register, format!("reg/{}", register.name), names);
    entry.words.push(format!("0x{:04x}", register.id));
    entry.words.push(format!("{} bytes", register.size));
    entry.words.push(counted(register.fields.len(), "field"));
    let indexes: Vec<&str> = register.indexes.iter().map(|index| index.path.as_str()).collect();
    if !indexes.is_empty() {
        entry.words.push(format!("read by {}", indexes.join(", ")));
    }
    let fields = register.fields.iter().map(|known| register_field(catalog, register, known));
    std::iter::once(entry).chain(fields).collect()
}

fn register_field(catalog: &Catalog, register: &Register, known: &Field) -> CatalogEntry {
    let mut entry = field(&format!("reg/{}", register.name), known);
    let changes = catalog.history().of(&register.name);
    let renames = changes.into_iter().flat_map(|changes| &changes.renames);
    for rename in renames.filter(|rename| rename.of == NameOf::Member && rename.new == known.path) {
        entry.names.push(format!("{}.{}", register.name, rename.old));
        entry.releases.push(format!("called {} until {}", rename.old, rename.last));
    }
    let removed = changes.into_iter().flat_map(|changes| &changes.removed);
    for removed in removed.filter(|removed| removed.overlaps(known.bit_offset, known.bit_width)) {
        entry.releases.push(format!("its bits were {}'s until {}", removed.name, removed.last));
    }
    entry
}

fn page_with_fields(page: &Capability) -> Vec<CatalogEntry> {
    let path = format!("cap/{}", page.name);
    let mut entry = plain_entry(EntryKind::Capability, path.clone(), vec![page.name.clone()]);
    entry.words.push(format!("type {}", page.type_id));
    entry.words.push(counted(page.fields.len(), "field"));
    std::iter::once(entry).chain(page.fields.iter().map(|known| field(&path, known))).collect()
}

fn field(owner: &str, field: &Field) -> CatalogEntry {
    let path = format!("{owner}.{}", field.path);
    let name = path.split_once('/').map(|(_, name)| name.to_owned());
    let mut entry = plain_entry(EntryKind::Field, path, name.into_iter().collect());
    let access = match field.access {
        Access::ReadOnly => "read only",
        Access::ReadWrite => "read and write",
        Access::WriteOnly => "write only",
        Access::Index => "index",
        Access::Operation => "acts on the access",
        Access::Unsaid => "",
    };
    entry.words.extend(Some(access.to_owned()).filter(|word| !word.is_empty()));
    entry.place = Some(EntryPlace {
        bit_offset: field.bit_offset,
        bit_width: field.bit_width,
        elements: field.array.map(|(count, _)| count),
    });
    entry.values = values(&field.enumeration);
    entry.conditions = field
        .conditions
        .iter()
        .map(|condition| match condition {
            Condition::Equals { selector, value } => format!("{selector} is {value}"),
            Condition::Unevaluated { expression } if expression.is_empty() => {
                "one member of a union; the source does not say when".to_owned()
            }
            Condition::Unevaluated { expression } => expression.clone(),
        })
        .collect();
    entry
}

fn counted(count: usize, what: &str) -> String {
    format!("{count} {what}{}", if count == 1 { "" } else { "s" })
}

fn values(named: &[(u64, String)]) -> Vec<NamedValue> {
    named.iter().map(|(number, name)| NamedValue { number: *number, name: name.clone() }).collect()
}

fn kind_word(kind: ParameterKind) -> &'static str {
    match kind {
        ParameterKind::Unsigned => "number",
        ParameterKind::Boolean => "True or False",
        ParameterKind::Enumeration => "named number",
        ParameterKind::Binary => "number, read in hex",
        ParameterKind::Bytes => "bytes",
        ParameterKind::Text => "text",
    }
}
