//! What the catalog has under a rule's patterns, for whoever wants to see a rule as it is understood.
//!
//! Must not do: look at a bundle: what is read of a card is for the rules to see.

use mlx5_schemas::catalog::{Catalog, Field, instances};
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
        let takes = |entry: &&Known| entry.names.iter().any(|name| pattern.matches(name));
        let is_kept = |entry: &&Known| !entry.names.iter().any(|name| scope.excepts(name));
        let taken: Vec<&Known> = known.iter().filter(takes).collect();
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
struct Known {
    /// All its names.
    names: Vec<String>,
    /// The one that people know it by.
    shown: String,
}

fn known(catalog: &Catalog) -> Vec<Known> {
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
                known.push(Known { names, shown });
            }
        }
    }
    let mut fields = |root: &str, owner: &str, fields: &[Field]| {
        let path = |field: &Field| format!("{root}/{owner}.{}", field.path.replace("[]", "[0]"));
        known.extend(fields.iter().map(path).map(|path| Known { names: vec![path.clone()], shown: path }));
    };
    for register in catalog.registers() {
        fields("reg", &register.name, &register.fields);
    }
    for page in catalog.capabilities() {
        fields("cap", &page.name, &page.fields);
        fields("cap_max", &page.name, &page.fields);
    }
    known
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
