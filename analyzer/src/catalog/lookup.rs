//! Finding what a name means in a catalog: TLVs, parameters, registers, capability pages, by today's names and by those
//! of other releases.
//!
//! Must not do: lay anything out (see [`crate::render`]).

use mlx5_schemas::catalog::history::{Changes, Gone, NameOf, Names, Removed};
use mlx5_schemas::catalog::{Capability, Catalog, Field, History, Parameter, Register, Tlv};

/// What a name is of.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Entry<'c> {
    /// A TLV.
    Tlv(&'c Tlv),
    /// A parameter of a TLV.
    Parameter(&'c Tlv, &'c Parameter),
    /// A register.
    Register(&'c Register),
    /// A field of a register.
    Field(&'c Register, &'c Field),
    /// A capability page.
    Capability(&'c Capability),
    /// A field of a capability page.
    CapabilityField(&'c Capability, &'c Field),
    /// A TLV that this catalog does not have: its class and index, and what other releases say.
    GoneTlv(&'c str, &'c Gone),
    /// A parameter or field that this catalog does not have: the owner, and what other releases say.
    Removed(&'c str, &'c Removed),
}

/// What was found, and by which name of another release, with the last one that has it.
#[derive(Debug, Clone, PartialEq)]
pub struct Found<'c> {
    /// What the name is of.
    pub entry: Entry<'c>,
    /// Where the name is not today's: the last release that is known to have it.
    pub old_name_until: Option<&'c str>,
}

/// Everything that is called so: by its path (with or without `nv/`, `reg/`, `cap/`), its name in the database, or the
/// name that mstconfig prints, with or without port, module and element.
pub fn find<'c>(catalog: &'c Catalog, name: &str) -> Vec<Found<'c>> {
    let name = name.strip_prefix("nv/").or(name.strip_prefix("reg/")).unwrap_or(name);
    let name = name.strip_prefix("cap/").or(name.strip_prefix("cap_max/")).unwrap_or(name);
    // `LINK_TYPE_P1`, `MODULE_SPLIT_M0[3]`: the catalog has them once.
    let whole = name.split('[').next().filter(|whole| !whole.is_empty()).unwrap_or(name);
    let mut found = Vec::new();
    for tlv in catalog.tlvs() {
        find_in_tlv(catalog, tlv, name, whole, &mut found);
    }
    for register in catalog.registers() {
        let changes = catalog.history().of(&register.name);
        if register.name == whole || format!("0x{:04x}", register.id) == name {
            found.push(today(Entry::Register(register)));
        }
        for field in &register.fields {
            let is = |path: &str| is_field(&register.name, path, name);
            let until = changes.and_then(|changes| {
                let old = |rename: &&_| until_of(rename, NameOf::Member, &field.path, &is);
                changes.renames.iter().find(old).map(|rename| rename.last.as_str())
            });
            if is(&field.path) || until.is_some() {
                found.push(Found { entry: Entry::Field(register, field), old_name_until: until });
            }
        }
    }
    for page in catalog.capabilities() {
        if page.name == name {
            found.push(today(Entry::Capability(page)));
        }
        let fields = page.fields.iter().filter(|field| is_field(&page.name, &field.path, name));
        found.extend(fields.map(|field| today(Entry::CapabilityField(page, field))));
    }
    for (owner, changes) in catalog.history().owners() {
        find_gone(catalog, owner, changes, name, &mut found);
    }
    found
}

fn today(entry: Entry<'_>) -> Found<'_> {
    Found { entry, old_name_until: None }
}

fn find_in_tlv<'c>(catalog: &'c Catalog, tlv: &'c Tlv, name: &str, whole: &str, found: &mut Vec<Found<'c>>) {
    let owner = History::owner_of(tlv);
    let changes = catalog.history().of(&owner);
    let renames = || changes.into_iter().flat_map(|changes| &changes.renames);
    let old_tlv = renames().find(|rename| rename.of == NameOf::Tlv && rename.old == whole);
    if tlv.name == whole || owner == name || old_tlv.is_some() {
        let old_name_until = old_tlv.map(|rename| rename.last.as_str());
        found.push(Found { entry: Entry::Tlv(tlv), old_name_until });
    }
    for parameter in &tlv.parameters {
        let names = Names::of(tlv, parameter, changes);
        let path = format!("{owner}.{}", parameter.name);
        let is_printed = |printed: &String| is_instance(printed, whole);
        let own = path == whole
            || parameter.name == whole
            || names.database.first().is_some_and(|database| database == whole)
            || parameter.alias.as_ref().is_some_and(is_printed);
        let other = names.database.iter().any(|database| database == whole)
            || names.printed.iter().any(is_printed)
            || renames().any(|rename| {
                rename.of == NameOf::Member && rename.new == parameter.name && rename.old == whole
            });
        if own {
            found.push(today(Entry::Parameter(tlv, parameter)));
        } else if other {
            // Of the names that led here, the one that changed last says until when.
            let is_old = |old: &str| whole.contains(old);
            let last = renames().filter(|rename| is_old(&rename.old)).map(|rename| rename.last.as_str());
            found.push(Found { entry: Entry::Parameter(tlv, parameter), old_name_until: last.max() });
        }
    }
}

/// What this catalog does not have any more, or not yet.
fn find_gone<'c>(
    catalog: &'c Catalog,
    owner: &'c str,
    changes: &'c Changes,
    name: &str,
    found: &mut Vec<Found<'c>>,
) {
    let tlv = owner
        .split_once(":0x")
        .and_then(|(class, index)| catalog.tlv(class.parse().ok()?, u32::from_str_radix(index, 16).ok()?));
    if let Some(gone) = changes.gone.as_ref().filter(|gone| tlv.is_none() && gone.name == name) {
        found.push(Found { entry: Entry::GoneTlv(owner, gone), old_name_until: Some(&gone.last) });
    }
    for removed in &changes.removed {
        let is_here = tlv.is_some_and(|tlv| tlv.parameters.iter().any(|known| known.name == removed.name));
        let called = [format!("{owner}.{}", removed.name), removed.name.clone()];
        let is_called = called.iter().any(|called| called == name)
            || removed.printed.as_deref() == Some(name)
            || tlv.is_some_and(|tlv| format!("{}.{}", tlv.name, removed.name) == name);
        if is_called && !is_here {
            found.push(Found { entry: Entry::Removed(owner, removed), old_name_until: Some(&removed.last) });
        }
    }
}

/// Whether a rename is of this kind and thing, and its old name is the one that was asked for.
fn until_of(
    rename: &mlx5_schemas::catalog::history::Rename,
    of: NameOf,
    new: &str,
    is: &dyn Fn(&str) -> bool,
) -> bool {
    rename.of == of && rename.new == new && is(&rename.old)
}

/// `PTYS.eth_proto_admin`, with or without the elements of arrays.
fn is_field(owner: &str, path: &str, name: &str) -> bool {
    name.strip_prefix(owner)
        .and_then(|rest| rest.strip_prefix('.'))
        .is_some_and(|rest| rest == path || without_elements(rest) == without_elements(path))
}

fn without_elements(path: &str) -> String {
    let mut inside = false;
    path.chars()
        .filter(|letter| {
            let keep = !inside && *letter != '[';
            inside = (*letter == '[' || inside) && *letter != ']';
            keep
        })
        .collect()
}

/// Whether a name is the printed one, or that of one of its ports or modules.
fn is_instance(printed: &str, name: &str) -> bool {
    name.strip_prefix(printed).is_some_and(|rest| {
        let number = rest.strip_prefix("_P").or(rest.strip_prefix("_M"));
        rest.is_empty() || number.is_some_and(|n| !n.is_empty() && n.bytes().all(|b| b.is_ascii_digit()))
    })
}
