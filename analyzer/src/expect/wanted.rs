//! What somebody set: a name and a value, as they stand in a `mlxconfig set` line.
//!
//! Must not do: guess. A label that the setting does not have is an error, and so is a label with another number.

use mlx5_schemas::catalog::{Catalog, Parameter, ParameterKind};
use mlx5_schemas::model::fact::Value;

use crate::baseline::suggest::nearest;
use crate::case::{Views, tlv_of};

/// What is wrong with what was asked.
#[derive(Debug, thiserror::Error)]
pub enum WantedError {
    /// Not of the form NAME=VALUE.
    #[error("{text:?} is not NAME=VALUE, such as NUM_OF_VFS=16")]
    Form {
        /// As it was given.
        text: String,
    },
    /// The setting has no such value.
    #[error("{name} has no value {label}; it has {known}{hint}")]
    Label {
        /// The setting.
        name: String,
        /// The label.
        label: String,
        /// The labels it has.
        known: String,
        /// `; did you mean ETH?`
        hint: String,
    },
    /// Label and number do not go together.
    #[error("{name}: {label} is {number}, not {given}")]
    Contradiction {
        /// The setting.
        name: String,
        /// The label.
        label: String,
        /// Its number.
        number: u64,
        /// The number that was given with it.
        given: u64,
    },
}

/// A name and a value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wanted {
    /// The name or path.
    pub name: String,
    /// The value as it was given.
    pub text: String,
    number: Option<u64>,
    label: Option<String>,
    /// The numbers that the label stands for, by the catalog: a text may print a number without its label.
    meant: Vec<u64>,
}

impl std::str::FromStr for Wanted {
    type Err = WantedError;

    /// `NUM_OF_VFS=16`, `LINK_TYPE_P1=ETH`, `LINK_TYPE_P1=ETH(2)`, `SRIOV_EN=True`, `X=0x10`.
    fn from_str(text: &str) -> Result<Self, WantedError> {
        let form = || WantedError::Form { text: text.to_owned() };
        let (name, value) = text.split_once('=').ok_or_else(form)?;
        let (name, value) = (name.trim(), value.trim());
        if name.is_empty() || value.is_empty() {
            return Err(form());
        }
        let (number, label) = match number_of(value) {
            Some(number) => (Some(number), None),
            None => match value.strip_suffix(')').and_then(|rest| rest.rsplit_once('(')) {
                Some((label, number)) => (Some(number_of(number).ok_or_else(form)?), Some(label.to_owned())),
                None => (None, Some(value.to_owned())),
            },
        };
        Ok(Self { name: name.to_owned(), text: value.to_owned(), number, label, meant: Vec::new() })
    }
}

fn number_of(text: &str) -> Option<u64> {
    let is_plain = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_hexdigit());
    match text.strip_prefix("0x").or_else(|| text.strip_prefix("0X")) {
        Some(hex) => is_plain(hex).then(|| u64::from_str_radix(hex, 16).ok())?,
        None => text.bytes().all(|byte| byte.is_ascii_digit()).then(|| text.parse().ok())?,
    }
}

impl Wanted {
    /// Whether a value is the wanted one. A number decides where both have one: labels change between releases.
    pub fn is(&self, value: &Value) -> bool {
        match value {
            Value::Number { number, name } => match (self.number, &self.label) {
                (Some(wanted), _) => *number == wanted,
                (None, Some(label)) => match name {
                    Some(name) => name.eq_ignore_ascii_case(label) || boolean(label) == Some(*number),
                    None => self.meant.contains(number) || boolean(label) == Some(*number),
                },
                (None, None) => false,
            },
            Value::Text { text } => *text == self.text,
            Value::Bytes { hex } => hex.eq_ignore_ascii_case(self.text.trim_start_matches("0x")),
        }
    }

    /// Holds the label against what the catalog knows of the setting; with it comes which numbers it stands for.
    pub(super) fn checked(&self, parameter: Option<&Parameter>) -> Result<Self, WantedError> {
        let (Some(label), Some(parameter)) = (&self.label, parameter) else { return Ok(self.clone()) };
        let known: Vec<(u64, &str)> = match parameter.kind {
            ParameterKind::Boolean => vec![(0, "False"), (1, "True")],
            ParameterKind::Enumeration => {
                parameter.enumeration.iter().map(|(number, name)| (*number, name.as_str())).collect()
            }
            ParameterKind::Text | ParameterKind::Bytes => return Ok(self.clone()),
            ParameterKind::Unsigned | ParameterKind::Binary => Vec::new(),
        };
        let meant: Vec<(u64, &str)> =
            known.iter().filter(|(_, name)| name.eq_ignore_ascii_case(label)).copied().collect();
        let Some((number, name)) = meant.first().copied() else {
            let names: Vec<&str> = known.iter().map(|(_, name)| *name).collect();
            let near = nearest(label, names.iter().copied());
            return Err(WantedError::Label {
                name: self.name.clone(),
                label: label.clone(),
                known: if names.is_empty() { "numbers".to_owned() } else { names.join(", ") },
                hint: near.map(|near| format!("; did you mean {near}?")).unwrap_or_default(),
            });
        };
        let numbers: Vec<u64> = meant.iter().map(|(number, _)| *number).collect();
        match self.number {
            Some(given) if !numbers.contains(&given) => Err(WantedError::Contradiction {
                name: self.name.clone(),
                label: name.to_owned(),
                number,
                given,
            }),
            Some(_) | None => Ok(Self { meant: numbers, ..self.clone() }),
        }
    }
}

fn boolean(label: &str) -> Option<u64> {
    match label.to_ascii_lowercase().as_str() {
        "true" => Some(1),
        "false" => Some(0),
        _ => None,
    }
}

/// The parameter that a name stands for: by the path that the file gave it, or by the name that mstconfig prints.
pub(super) fn parameter<'c>(
    catalog: &'c Catalog,
    name: &str,
    views: Option<&Views<'_>>,
) -> Option<&'c Parameter> {
    let path = views.and_then(|views| views.all().first()).map_or(name, |fact| fact.path.as_str());
    if let Some(tlv) = tlv_of(path) {
        let parameter = tlv.part.strip_prefix('.')?.split('[').next()?;
        let held = catalog.tlvs().iter().find(|held| held.class == tlv.class && held.index == tlv.index)?;
        return held.parameters.iter().find(|known| known.name == parameter);
    }
    let base = name.split('[').next().unwrap_or(name);
    let without = base
        .rsplit_once('_')
        .filter(|(_, end)| {
            end.strip_prefix(['P', 'M'])
                .is_some_and(|n| !n.is_empty() && n.bytes().all(|b| b.is_ascii_digit()))
        })
        .map(|(start, _)| start);
    let parameters = || catalog.tlvs().iter().flat_map(|tlv| &tlv.parameters);
    let called = |alias: &str| parameters().find(|parameter| parameter.alias.as_deref() == Some(alias));
    called(base).or_else(|| called(without?))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn values_are_read_by_number_and_by_label() {
        let is = |wanted: &str, number: u64, name: Option<&str>| {
            let value = Value::Number { number, name: name.map(str::to_owned) };
            wanted.parse::<Wanted>().unwrap().is(&value)
        };
        assert!(is("NUM_OF_VFS=16", 16, None) && is("X=0x10", 16, None) && !is("X=17", 16, None));
        assert!(is("LINK_TYPE_P1=ETH", 2, Some("ETH")) && is("LINK_TYPE_P1=eth", 2, Some("ETH")));
        assert!(is("LINK_TYPE_P1=ETH(2)", 2, None) && is("LINK_TYPE_P1=2", 2, Some("ETH")));
        assert!(is("SRIOV_EN=True", 1, None) && !is("SRIOV_EN=False", 1, Some("True")));
        assert!(!is("LINK_TYPE_P1=IB", 2, Some("ETH")));
        for bad in ["NUM_OF_VFS", "=1", "X=", "X=ETH(b)", " = "] {
            assert!(bad.parse::<Wanted>().is_err(), "{bad}");
        }
    }

    #[test]
    fn labels_are_held_against_the_catalog() {
        let check = |text: &str| {
            let wanted: Wanted = text.parse().unwrap();
            let checked = wanted.checked(parameter(Catalog::embedded(), &wanted.name, None));
            checked.map(|_| ()).map_err(|error| error.to_string())
        };
        assert_eq!(check("LINK_TYPE_P1=ETH"), Ok(()));
        assert_eq!(check("LINK_TYPE_P1=ETH(2)"), Ok(()));
        assert!(check("LINK_TYPE_P1=ETH(1)").is_err_and(|error| error.contains("ETH is 2, not 1")));
        assert!(check("LINK_TYPE_P1=EHT").is_err_and(|error| error.contains("did you mean ETH?")));
        assert!(check("NUM_OF_VFS=many").is_err_and(|error| error.contains("numbers")));
        assert_eq!(check("SRIOV_EN=true"), Ok(()));
    }
}
