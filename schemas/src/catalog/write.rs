//! The catalog's text form, written: the inverse of [`super::parse`].
//!
//! Every catalog has one text: the embedded files, one after another, are what is written of them.
//!
//! Must not do: let through what would read back as something else.

mod history;

use super::CatalogError;
use super::parse::Content;
use super::types::{
    Access, Array, Capability, Condition, Field, Index, IndexRole, Parameter, ParameterKind, Register, Tlv,
};

/// The text of a catalog.
///
/// # Errors
/// Where a name holds what the form uses for itself.
pub(super) fn write(content: &Content) -> Result<String, CatalogError> {
    let mut out = Lines::default();
    if let Some(source) = &content.source {
        out.line(&["S".into(), source.clone()])?;
    }
    for tlv in &content.tlvs {
        out.line(&tlv_cells(tlv))?;
        for parameter in &tlv.parameters {
            out.line(&parameter_cells(parameter)?)?;
        }
    }
    for register in &content.registers {
        let Register { name, id, size, indexes, fields } = register;
        out.line(&["R".into(), name.clone(), format!("{id:x}"), size.to_string()])?;
        for index in indexes {
            out.line(&index_cells(index))?;
        }
        out.fields(fields)?;
    }
    for Capability { type_id, name, fields } in &content.capabilities {
        out.line(&["C".into(), type_id.to_string(), name.clone()])?;
        out.fields(fields)?;
    }
    history::write(&content.history, &mut out)?;
    Ok(out.text)
}

/// The lines written so far.
#[derive(Debug, Default)]
struct Lines {
    text: String,
}

impl Lines {
    /// One record; empty columns at its end are left out.
    fn line(&mut self, cells: &[String]) -> Result<(), CatalogError> {
        if let Some(cell) = cells.iter().find(|cell| cell.chars().any(char::is_control)) {
            return Err(unwritable(cell));
        }
        let end = cells.iter().rposition(|cell| !cell.is_empty()).map_or(0, |last| last.saturating_add(1));
        for (place, cell) in cells.iter().take(end).enumerate() {
            if place > 0 {
                self.text.push('\t');
            }
            self.text.push_str(cell);
        }
        self.text.push('\n');
        Ok(())
    }

    fn fields(&mut self, fields: &[Field]) -> Result<(), CatalogError> {
        let mut parent = "";
        for field in fields {
            let (above, leaf) = field.path.rsplit_once('.').unwrap_or(("", &field.path));
            let path =
                if !above.is_empty() && above == parent { format!(".{leaf}") } else { field.path.clone() };
            parent = above;
            self.line(&field_cells(field, path)?)?;
        }
        Ok(())
    }
}

fn unwritable(cell: &str) -> CatalogError {
    CatalogError::Unwritable { cell: cell.escape_debug().take(120).collect() }
}

fn tlv_cells(tlv: &Tlv) -> Vec<String> {
    let marks = [(tlv.expansion_rom, 'r'), (tlv.capability, 'c'), (tlv.readable, 'a')];
    vec![
        "T".into(),
        tlv.class.to_string(),
        format!("{:x}", tlv.index),
        tlv.name.clone(),
        tlv.size.to_string(),
        tlv.version.to_string(),
        marks.into_iter().filter(|(is, _)| *is).map(|(_, mark)| mark).collect(),
    ]
}

fn parameter_cells(parameter: &Parameter) -> Result<Vec<String>, CatalogError> {
    let kind = match parameter.kind {
        ParameterKind::Unsigned => "u",
        ParameterKind::Boolean => "b",
        ParameterKind::Enumeration => "e",
        ParameterKind::Binary => "x",
        ParameterKind::Bytes => "y",
        ParameterKind::Text => "s",
    };
    let array = |Array { length, element_width }| format!("{length}x{element_width}");
    let since = parameter.since_version;
    Ok(vec![
        "P".into(),
        parameter.name.clone(),
        parameter.alias.clone().unwrap_or_default(),
        kind.into(),
        parameter.bit_offset.to_string(),
        parameter.bit_width.to_string(),
        parameter.array.map(array).unwrap_or_default(),
        enumeration(&parameter.enumeration)?,
        if since == 0 { String::new() } else { since.to_string() },
        parameter.valid_flag.clone().unwrap_or_default(),
        parameter.dependency.clone().unwrap_or_default(),
    ])
}

fn index_cells(index: &Index) -> Vec<String> {
    let role = match index.role {
        IndexRole::Port => "p",
        IndexRole::Module => "m",
        IndexRole::Instance => "n",
        IndexRole::Fixed => "f",
    };
    vec![
        "I".into(),
        index.path.clone(),
        role.into(),
        index.bit_offset.to_string(),
        index.bit_width.to_string(),
    ]
}

fn field_cells(field: &Field, path: String) -> Result<Vec<String>, CatalogError> {
    let access = match field.access {
        Access::ReadOnly => "r",
        Access::ReadWrite => "w",
        Access::WriteOnly => "o",
        Access::Index => "i",
        Access::Operation => "a",
        Access::Unsaid => "",
    };
    let array = field.array.map_or_else(String::new, |(count, step)| match field.first_element {
        0 => format!("{count}x{step}"),
        first => format!("{count}x{step}+{first}"),
    });
    Ok(vec![
        "F".into(),
        path,
        field.bit_offset.to_string(),
        field.bit_width.to_string(),
        access.into(),
        array,
        enumeration(&field.enumeration)?,
        conditions(&field.conditions)?,
    ])
}

fn enumeration(named: &[(u64, String)]) -> Result<String, CatalogError> {
    if let Some((_, name)) = named.iter().find(|(_, name)| name.contains([',', '='])) {
        return Err(unwritable(name));
    }
    let items: Vec<String> = named.iter().map(|(number, name)| format!("{name}={number}")).collect();
    Ok(items.join(","))
}

fn conditions(conditions: &[Condition]) -> Result<String, CatalogError> {
    let mut items = Vec::new();
    for condition in conditions {
        let item = match condition {
            Condition::Equals { selector, value } if !selector.contains(['=', '?']) => {
                format!("{selector}={value}")
            }
            Condition::Equals { selector, .. } => return Err(unwritable(selector)),
            Condition::Unevaluated { expression } => format!("?{expression}"),
        };
        if item.contains(';') {
            return Err(unwritable(&item));
        }
        items.push(item);
    }
    Ok(items.join(";"))
}
