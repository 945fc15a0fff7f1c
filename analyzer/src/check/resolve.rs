//! What the catalog has under a rule's patterns, for whoever wants to see a rule as it is understood.
//!
//! Must not do: look at a bundle: what is read of a card is for the rules to see.

use mlx5_schemas::catalog::{Catalog, Field, Parameter, Tlv, instances};
use mlx5_schemas::model::report::PatternExplained;

use super::names::names_of_parameter;
use super::scope::{Scope, can_be_nv, is_of_host};
use crate::pattern::Pattern;

/// Ports of the card that names are spelled out for.
const PORTS: u32 = 2;
/// Modules of it.
const MODULES: u32 = 1;

/// What each pattern of a rule names, less what the rule excepts.
pub(crate) fn resolve(scope: &Scope, catalog: &Catalog) -> Vec<PatternExplained> {
    let known = known(catalog);
    let one = |pattern: &Pattern| {
        let takes = |entry: &&Known<'_>| entry.names.iter().any(|name| pattern.matches(name));
        let is_kept = |entry: &&Known<'_>| !entry.names.iter().any(|name| scope.excepts(name));
        let taken: Vec<&Known<'_>> = known.iter().filter(takes).collect();
        let names: Vec<String> =
            taken.iter().copied().filter(is_kept).map(|entry| entry.shown.clone()).collect();
        let note = match (taken.is_empty(), names.is_empty()) {
            (true, _) => Some(nothing_known(pattern)),
            (false, true) => Some("`except` leaves nothing of it".to_owned()),
            (false, false) => None,
        };
        PatternExplained { pattern: pattern.text().to_owned(), names, note }
    };
    scope.patterns.iter().map(one).collect()
}

/// Something that a pattern can name.
#[derive(Debug)]
pub(crate) struct Known<'c> {
    /// All its names, its path first.
    pub(crate) names: Vec<String>,
    /// The one that people know it by.
    pub(crate) shown: String,
    /// What it is.
    pub(crate) of: Of<'c>,
}

/// What a pattern can name.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Of<'c> {
    /// A parameter of a TLV.
    Parameter(&'c Tlv, &'c Parameter),
    /// A field of a register or of a capability page.
    Field(&'c Field),
}

/// All that the catalog has names for.
pub(crate) fn known(catalog: &Catalog) -> Vec<Known<'_>> {
    let mut known = Vec::new();
    for tlv in catalog.tlvs() {
        let path = format!("nv/{}:0x{:03x}", tlv.class, tlv.index);
        for instance in instances(tlv, PORTS, MODULES) {
            let subject = instance.selector.subject("");
            for parameter in &tlv.parameters {
                let names = names_of_parameter(catalog, tlv, parameter, &path, &subject);
                let printed = parameter.alias.as_ref();
                let printed = printed.map(|alias| format!("{alias}{}", instance.selector.suffix()));
                let shown = printed.or_else(|| names.first().cloned()).unwrap_or_default();
                known.push(Known { names, shown, of: Of::Parameter(tlv, parameter) });
            }
        }
    }
    for register in catalog.registers() {
        known.extend(register.fields.iter().map(|field| of_field("reg", &register.name, field)));
    }
    for page in catalog.capabilities() {
        known.extend(page.fields.iter().map(|field| of_field("cap", &page.name, field)));
        known.extend(page.fields.iter().map(|field| of_field("cap_max", &page.name, field)));
    }
    known
}

fn of_field<'c>(root: &str, owner: &str, field: &'c Field) -> Known<'c> {
    let path = format!("{root}/{owner}.{}", field.path.replace("[]", "[0]"));
    Known { names: vec![path.clone()], shown: path, of: Of::Field(field) }
}

fn nothing_known(pattern: &Pattern) -> String {
    if is_of_host(pattern) {
        return "about the host; there is no list of such facts".to_owned();
    }
    let in_catalog = ["reg/", "cap/", "cap_max/"].iter().any(|root| pattern.text().starts_with(root));
    if !can_be_nv(pattern) && !in_catalog {
        return "what identifies the card, or what the kernel and other programs tell; there is no list of such facts"
            .to_owned();
    }
    "the catalog has nothing of this name".to_owned()
}
