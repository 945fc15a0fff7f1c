//! One cell of a query's table: what it says, and whether that is to be believed.
//!
//! What mstconfig is known to print wrongly (seen with mstflint 4.21, 4.33 and 4.36) becomes a gap that says so.
//!
//! Must not do: give a value that the cell does not show.

use mlx5_schemas::catalog::{Parameter, ParameterKind};
use mlx5_schemas::model::fact::{Knowledge, Value};
use mlx5_schemas::model::status::CollectionStatus;

/// Elements of arrays that the tool's own room holds; it prints element `i` modulo this.
const TOOL_ELEMENTS: u32 = 32;

/// Whether a word can be a cell of a table.
pub(super) fn is_cell(word: &str) -> bool {
    word == "N/A" || range(word).is_some() || number(word).is_some() || labelled(word).is_some()
}

/// What a cell says of a parameter; `element` is the index that the name carries.
pub(super) fn knowledge(cell: &str, parameter: Option<&Parameter>, element: Option<u32>) -> Knowledge {
    match value(cell, parameter, element) {
        Ok(value) => Knowledge::Known { value },
        Err(reason) => Knowledge::Unknown { status: CollectionStatus::NotRecorded, reason },
    }
}

fn value(cell: &str, parameter: Option<&Parameter>, element: Option<u32>) -> Result<Value, String> {
    if cell == "N/A" {
        return Err("the text says N/A: mstconfig prints this for a parameter that does not apply, and for \
                    the number 0xffffffff too"
            .to_owned());
    }
    if range(cell).is_some() {
        return Err(format!("the text says {cell}: it names an array and not its elements"));
    }
    if element.is_some_and(|element| element >= TOOL_ELEMENTS) {
        return Err(format!(
            "doubtful: the text says {cell}, and mstconfig prints element i modulo {TOOL_ELEMENTS}"
        ));
    }
    let (found, label) = match (number(cell), labelled(cell)) {
        (Some(found), _) => (found, None),
        (None, Some((label, found))) => (found, Some(label)),
        (None, None) => return Err(format!("the text says {cell}, which is no value")),
    };
    if let Some(width) = parameter.map(width)
        && width < u64::BITS
        && found >> width != 0
    {
        return Err(format!("doubtful: the text says {cell}, and the parameter has {width} bits"));
    }
    let Some(label) = label else { return Ok(Value::Number { number: found, name: None }) };
    // `0xA(10)`: the number twice, no name.
    if let Some(again) = label.strip_prefix("0x").and_then(|digits| u64::from_str_radix(digits, 16).ok()) {
        return match again == found {
            true => Ok(Value::Number { number: found, name: None }),
            false => Err(format!("doubtful: the text says {cell}, two numbers that differ")),
        };
    }
    match parameter.and_then(|parameter| contradiction(parameter, label, found)) {
        Some(known) => Err(format!("doubtful: the text says {cell}, and by the catalog {known}")),
        None => Ok(Value::Number { number: found, name: Some(label.to_owned()) }),
    }
}

/// What the catalog says where label and number do not belong together.
fn contradiction(parameter: &Parameter, label: &str, found: u64) -> Option<String> {
    let truth = |label: &str| match label {
        "False" => Some(0),
        "True" => Some(1),
        _ => None,
    };
    let names: Vec<(u64, &str)> = match parameter.kind {
        ParameterKind::Boolean => vec![(0, "False"), (1, "True")],
        ParameterKind::Unsigned
        | ParameterKind::Enumeration
        | ParameterKind::Binary
        | ParameterKind::Bytes
        | ParameterKind::Text => {
            parameter.enumeration.iter().map(|(number, name)| (*number, name.as_str())).collect()
        }
    };
    if names.iter().any(|(number, name)| *number == found && *name == label) {
        return None;
    }
    if let Some((number, _)) = names.iter().find(|(_, name)| *name == label) {
        return Some(format!("{label} is {number}"));
    }
    match truth(label) {
        // What has names today was true or false in older releases; the number says the same.
        Some(number) if number == found => None,
        Some(number) => Some(format!("{label} is {number}")),
        None => {
            names.iter().find(|(number, _)| *number == found).map(|(_, name)| format!("{found} is {name}"))
        }
    }
}

fn width(parameter: &Parameter) -> u32 {
    parameter.array.map_or(parameter.bit_width, |array| array.element_width)
}

/// `16`, `0x1f`.
fn number(word: &str) -> Option<u64> {
    match word.strip_prefix("0x") {
        Some(digits) if is_all(digits, |c| c.is_ascii_hexdigit()) => u64::from_str_radix(digits, 16).ok(),
        None if is_all(word, |c| c.is_ascii_digit()) => word.parse().ok(),
        Some(_) | None => None,
    }
}

/// `ETH(2)`.
fn labelled(word: &str) -> Option<(&str, u64)> {
    let (label, rest) = word.strip_suffix(')')?.split_once('(')?;
    let is_label = is_all(label, |c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.' | '/' | '+'));
    is_label.then_some((label, number(rest)?))
}

/// `Array[0..7]`: first and last element.
fn range(word: &str) -> Option<(u32, u32)> {
    let (first, last) = word.strip_prefix("Array[")?.strip_suffix(']')?.split_once("..")?;
    Some((first.parse().ok()?, last.parse().ok()?))
}

fn is_all(text: &str, is: impl Fn(char) -> bool) -> bool {
    !text.is_empty() && text.chars().all(is)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use mlx5_schemas::catalog::Catalog;

    use super::*;

    fn says(cell: &str, alias: &str, element: Option<u32>) -> String {
        let parameters = || Catalog::embedded().tlvs().iter().flat_map(|tlv| &tlv.parameters);
        let parameter = parameters().find(|parameter| parameter.alias.as_deref() == Some(alias)).unwrap();
        match knowledge(cell, Some(parameter), element) {
            Knowledge::Known { value } => value.to_string(),
            Knowledge::Unknown { reason, .. } => reason.split(':').next().unwrap().to_owned(),
        }
    }

    #[test]
    fn cells_are_believed_where_the_catalog_agrees() {
        for (cell, alias, expected) in [
            ("ETH(2)", "LINK_TYPE", "ETH(2)"),
            ("ETH(1)", "LINK_TYPE", "doubtful"),
            ("FIBRE(2)", "LINK_TYPE", "doubtful"),
            ("NEW(3)", "LINK_TYPE", "NEW(3)"),
            ("9", "LINK_TYPE", "doubtful"),
            ("True(1)", "SRIOV_EN", "True(1)"),
            ("True(0)", "SRIOV_EN", "doubtful"),
            ("16", "NUM_OF_VFS", "16"),
            ("0xA(10)", "NUM_OF_VFS", "10"),
            ("0xB(10)", "NUM_OF_VFS", "doubtful"),
            ("70000", "NUM_OF_VFS", "doubtful"),
            ("N/A", "NUM_OF_VFS", "the text says N/A"),
            ("%d", "NUM_OF_VFS", "the text says %d, which is no value"),
            ("Array[0..7]", "HOST_CHAINING_DESCRIPTORS", "the text says Array[0..7]"),
        ] {
            assert_eq!(says(cell, alias, None), expected, "{cell} {alias}");
        }
        assert_eq!(says("1", "HOST_CHAINING_DESCRIPTORS", Some(31)), "1");
        assert_eq!(says("1", "HOST_CHAINING_DESCRIPTORS", Some(32)), "doubtful");
    }
}
