//! Names of values, as the catalog gives them.
//!
//! Must not do: accept a name that the catalog does not give.

use mlx5_schemas::catalog::history::Names;
use mlx5_schemas::catalog::{Catalog, Parameter, ParameterKind, Tlv};
use mlx5_schemas::model::fact::Subject;

use crate::baseline::suggest;
use crate::case::tlv_of;

/// All values under this path that have a name, with it; empty where the catalog gives none.
fn named_values<'c>(catalog: &'c Catalog, path: &str) -> Vec<(u64, &'c str)> {
    fn names(list: &[(u64, String)]) -> Vec<(u64, &str)> {
        list.iter().map(|(number, name)| (*number, name.as_str())).collect()
    }
    if let Some(name) = tlv_of(path) {
        let parameter = name.part.strip_prefix('.').unwrap_or_default();
        let parameter = parameter.split('[').next().unwrap_or_default();
        let Some(tlv) = catalog.tlv(name.class, name.index) else { return Vec::new() };
        let found = tlv.parameters.iter().find(|known| known.name == parameter);
        let mut named = match found {
            Some(Parameter { kind: ParameterKind::Boolean, .. }) => vec![(0, "False"), (1, "True")],
            Some(found) => names(&found.enumeration),
            None => Vec::new(),
        };
        // Names that other releases give are names too; whether they hold is for all readings to say.
        let namings = catalog.history().of_tlv(tlv).into_iter().flat_map(|changes| &changes.namings);
        let others =
            namings.filter(|naming| naming.member == parameter).flat_map(|naming| names(&naming.names));
        named.extend(others.filter(|(_, name)| !name.is_empty()));
        return named;
    }
    let Some((register, field)) = path.strip_prefix("reg/").and_then(|rest| rest.split_once('.')) else {
        return Vec::new();
    };
    let register = register.split('[').next().unwrap_or_default();
    catalog
        .register_by_name(register)
        .and_then(|register| register.field(&without_elements(field)))
        .map(|field| names(&field.enumeration))
        .unwrap_or_default()
}

/// `tc_configuration[3].g` as the catalog writes it: `tc_configuration[].g`.
fn without_elements(field: &str) -> String {
    let mut path = String::new();
    for (place, part) in field.split('[').enumerate() {
        match (place, part.split_once(']')) {
            (0, _) | (_, None) => path.push_str(part),
            (_, Some((_, rest))) => {
                path.push_str("[]");
                path.push_str(rest);
            }
        }
    }
    path
}

/// Whether a number's value can have this name; if not, a hint for the message.
pub(crate) fn check_value_name(catalog: &Catalog, path: &str, name: &str) -> Result<(), String> {
    let known = named_values(catalog, path);
    // `ETH(2)` is how a value is shown.
    if known.iter().any(|(number, known)| name == *known || name == format!("{known}({number})")) {
        return Ok(());
    }
    if name.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(format!("; a number is written without quotes: {name}"));
    }
    if known.is_empty() {
        return Err("; its values are numbers without names".to_owned());
    }
    let names: Vec<&str> = known.iter().map(|(_, name)| *name).collect();
    Err(match suggest::nearest(name, names.iter().copied()) {
        Some(near) => format!("; did you mean {near}?"),
        None => format!("; there are {}", names.join(", ")),
    })
}

/// All names by which the facts of a TLV instance can be called, whether it was read or not.
pub(super) fn names_of_tlv(catalog: &Catalog, tlv: &Tlv, path: &str, subject: &Subject) -> Vec<String> {
    let mut names = vec![format!("{path}/data"), format!("{}/data", tlv.name)];
    for parameter in &tlv.parameters {
        names.extend(names_of_parameter(catalog, tlv, parameter, path, subject));
    }
    names
}

/// All names by which a parameter can be called: its path, its name in the database, the one that mstconfig prints, and
/// those of other releases.
pub(super) fn names_of_parameter(
    catalog: &Catalog,
    tlv: &Tlv,
    parameter: &Parameter,
    path: &str,
    subject: &Subject,
) -> Vec<String> {
    let suffix = match subject {
        Subject::Host | Subject::Device { .. } => String::new(),
        Subject::Port { port, .. } => format!("_P{port}"),
        Subject::Module { module, .. } => format!("_M{module}"),
    };
    let Names { printed, database } = Names::of(tlv, parameter, catalog.history().of_tlv(tlv));
    let mut database = database.into_iter();
    let mut names = vec![format!("{path}.{}", parameter.name)];
    names.extend(database.next());
    names.extend(printed.into_iter().map(|name| format!("{name}{suffix}")));
    names.extend(database);
    names
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn element_numbers_are_left_out() {
        assert_eq!(without_elements("tc_configuration[3].g"), "tc_configuration[].g");
        assert_eq!(without_elements("a[1].b[22]"), "a[].b[]");
        assert_eq!(without_elements("plain.field"), "plain.field");
    }
}
