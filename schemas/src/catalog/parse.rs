//! The catalog's text form, read: see `schemas/data/README.md` for the form.
//!
//! Strict: a line that is not in the form is an error, never skipped. A catalog can come from a stranger's file: what
//! a layout can ask of the decoder is bounded here.
//!
//! Must not do: know where the text comes from.

mod history;

use std::str::FromStr;

use super::history::History;
use super::types::{
    Access, Array, Capability, Condition, Field, Index, IndexRole, Parameter, ParameterKind, Register, Tlv,
};

/// Why a catalog cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CatalogError {
    /// A line that is not in the form.
    #[error("catalog source {source_number}, line {line}: {reason}")]
    Line {
        /// Which source, from 1.
        source_number: usize,
        /// Line number, from 1.
        line: usize,
        /// What is wrong.
        reason: &'static str,
    },
    /// A name that the form cannot hold.
    #[error("a catalog cannot hold {cell:?}: the form uses some of its letters for itself")]
    Unwritable {
        /// The name or expression, escaped.
        cell: String,
    },
    /// Something comes twice.
    #[error("a {kind} comes twice in the catalog")]
    Twice {
        /// What.
        kind: &'static str,
    },
}

/// Most bits of a layout: a capability page has 4096 bytes.
const MAX_BITS: u32 = 0xffff;
/// Widest number.
const MAX_NUMBER_BITS: u32 = 64;
/// Most parameters of a TLV, fields or index fields of a register, TLVs, registers and pages.
const MAX_ENTRIES: usize = 4096;

/// What was read so far, in the order of the text.
#[derive(Debug, Default)]
pub(super) struct Content {
    pub(super) source: Option<String>,
    pub(super) history: History,
    pub(super) tlvs: Vec<Tlv>,
    pub(super) registers: Vec<Register>,
    pub(super) capabilities: Vec<Capability>,
}

/// What the lines below the last heading belong to.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Owner {
    Nothing,
    Tlv,
    Register,
    Capability,
}

/// The columns of one line, taken from the left; columns left out at the end are empty.
struct Columns<'a>(std::str::Split<'a, char>);

type Line<T> = Result<T, &'static str>;

impl<'a> Columns<'a> {
    fn text(&mut self) -> &'a str {
        self.0.next().unwrap_or_default()
    }

    fn name(&mut self) -> Line<String> {
        let text = self.text();
        if text.is_empty() { Err("a name is missing") } else { Ok(text.to_owned()) }
    }

    fn optional(&mut self) -> Option<String> {
        Some(self.text()).filter(|text| !text.is_empty()).map(str::to_owned)
    }

    fn number<T: FromStr>(&mut self) -> Line<T> {
        number(self.text())
    }

    fn end(mut self) -> Line<()> {
        if self.0.next().is_some() { Err("too many columns") } else { Ok(()) }
    }
}

/// Reads one source into `content`.
///
/// # Errors
/// At the first line that is not in the form.
pub(super) fn read(source_number: usize, source: &str, content: &mut Content) -> Result<(), CatalogError> {
    let mut owner = Owner::Nothing;
    let mut parent = String::new();
    for (number, text) in source.lines().enumerate() {
        read_line(text, content, &mut owner, &mut parent).map_err(|reason| CatalogError::Line {
            source_number,
            line: number.saturating_add(1),
            reason,
        })?;
    }
    Ok(())
}

fn read_line(text: &str, content: &mut Content, owner: &mut Owner, parent: &mut String) -> Line<()> {
    let mut columns = Columns(text.split('\t'));
    match columns.text() {
        "S" => {
            if content.source.replace(columns.name()?).is_some() {
                return Err("a second source");
            }
        }
        "T" => {
            push(&mut content.tlvs, tlv(&mut columns)?)?;
            *owner = Owner::Tlv;
        }
        "R" => {
            push(&mut content.registers, register(&mut columns)?)?;
            *owner = Owner::Register;
            parent.clear();
        }
        "C" => {
            let (type_id, name) = (columns.number()?, columns.name()?);
            push(&mut content.capabilities, Capability { type_id, name, fields: Vec::new() })?;
            *owner = Owner::Capability;
            parent.clear();
        }
        "P" => match (&owner, content.tlvs.last_mut()) {
            (Owner::Tlv, Some(tlv)) => push(&mut tlv.parameters, parameter(&mut columns)?)?,
            _ => return Err("a parameter that belongs to no TLV"),
        },
        "I" => match (&owner, content.registers.last_mut()) {
            (Owner::Register, Some(register)) => push(&mut register.indexes, index(&mut columns)?)?,
            _ => return Err("an index field that belongs to no register"),
        },
        "F" => {
            let fields = match owner {
                Owner::Register => content.registers.last_mut().map(|register| &mut register.fields),
                Owner::Capability => content.capabilities.last_mut().map(|page| &mut page.fields),
                Owner::Nothing | Owner::Tlv => None,
            };
            push(fields.ok_or("a field that belongs to nothing")?, field(&mut columns, parent)?)?;
        }
        kind => history::read(kind, &mut columns, &mut content.history)?,
    }
    columns.end()
}

/// Adds to a list that has its bounds.
fn push<T>(list: &mut Vec<T>, entry: T) -> Line<()> {
    if list.len() >= MAX_ENTRIES {
        return Err("too many entries");
    }
    list.push(entry);
    Ok(())
}

fn tlv(columns: &mut Columns<'_>) -> Line<Tlv> {
    let class = columns.number()?;
    let index =
        u32::from_str_radix(columns.text(), 16).map_err(|_| "an index that is no hexadecimal number")?;
    let (name, size, version, marks) =
        (columns.name()?, columns.number()?, columns.number()?, columns.text());
    if marks.chars().any(|mark| !"rca".contains(mark)) {
        return Err("an unknown mark");
    }
    Ok(Tlv {
        name,
        class,
        index,
        size,
        expansion_rom: marks.contains('r'),
        capability: marks.contains('c'),
        readable: marks.contains('a'),
        version,
        parameters: Vec::new(),
    })
}

fn parameter(columns: &mut Columns<'_>) -> Line<Parameter> {
    let (name, alias) = (columns.name()?, columns.optional());
    let kind = match columns.text() {
        "u" => ParameterKind::Unsigned,
        "b" => ParameterKind::Boolean,
        "e" => ParameterKind::Enumeration,
        "x" => ParameterKind::Binary,
        "y" => ParameterKind::Bytes,
        "s" => ParameterKind::Text,
        _ => return Err("an unknown kind of parameter"),
    };
    let (bit_offset, bit_width) = place(columns)?;
    let array = match columns.text() {
        "" => None,
        text => {
            let (length, element_width) = text.split_once('x').ok_or("an array without x")?;
            let array = Array { length: number(length)?, element_width: number(element_width)? };
            if array.length == 0 || !is_run(array.length, array.element_width) {
                return Err("an array out of range");
            }
            Some(array)
        }
    };
    let number_bits = array.map_or(bit_width, |array| array.element_width);
    if kind != ParameterKind::Text && number_bits > MAX_NUMBER_BITS {
        return Err("a number wider than 64 bits");
    }
    let enumeration = enumeration(columns.text())?;
    let since_version = match columns.text() {
        "" => 0,
        text => number(text)?,
    };
    let (valid_flag, dependency) = (columns.optional(), columns.optional());
    Ok(Parameter {
        name,
        alias,
        kind,
        bit_offset,
        bit_width,
        array,
        enumeration,
        since_version,
        valid_flag,
        dependency,
    })
}

fn register(columns: &mut Columns<'_>) -> Line<Register> {
    let name = columns.name()?;
    let id = u16::from_str_radix(columns.text(), 16).map_err(|_| "an id that is no hexadecimal number")?;
    Ok(Register { name, id, size: columns.number()?, indexes: Vec::new(), fields: Vec::new() })
}

fn index(columns: &mut Columns<'_>) -> Line<Index> {
    let path = columns.name()?;
    let role = match columns.text() {
        "p" => IndexRole::Port,
        "m" => IndexRole::Module,
        "n" => IndexRole::Instance,
        "f" => IndexRole::Fixed,
        _ => return Err("an unknown role"),
    };
    let (bit_offset, bit_width) = place(columns)?;
    Ok(Index { path, role, bit_offset, bit_width })
}

fn field(columns: &mut Columns<'_>, parent: &mut String) -> Line<Field> {
    let written = columns.name()?;
    let path = if written.starts_with('.') { format!("{parent}{written}") } else { written };
    parent.clear();
    parent.push_str(path.rsplit_once('.').map_or("", |(above, _)| above));
    let (bit_offset, bit_width) = place(columns)?;
    let access = match columns.text() {
        "r" => Access::ReadOnly,
        "w" => Access::ReadWrite,
        "o" => Access::WriteOnly,
        "i" => Access::Index,
        "a" => Access::Operation,
        "" => Access::Unsaid,
        _ => return Err("an unknown access"),
    };
    let (array, first_element) = match columns.text() {
        "" => (None, 0),
        text => {
            let (text, first) = text.split_once('+').unwrap_or((text, "0"));
            let (count, step) = text.split_once('x').ok_or("an array without x")?;
            let (count, step) = (number(count)?, number(step)?);
            if !is_run(count, step) {
                return Err("an array out of range");
            }
            (Some((count, step)), number(first)?)
        }
    };
    if bit_width > MAX_NUMBER_BITS {
        return Err("a number wider than 64 bits");
    }
    let (enumeration, conditions) = (enumeration(columns.text())?, conditions(columns.text())?);
    Ok(Field { path, bit_offset, bit_width, access, array, first_element, enumeration, conditions })
}

/// Whether so many elements, so many bits apart, fit into a layout.
fn is_run(count: u32, step: u32) -> bool {
    step > 0 && count.checked_mul(step).is_some_and(|bits| bits <= MAX_BITS)
}

/// Bit offset and width of a record. No layout here is longer than a capability page.
fn place(columns: &mut Columns<'_>) -> Line<(u32, u32)> {
    let (offset, width): (u32, u32) = (columns.number()?, columns.number()?);
    if width == 0 || offset > MAX_BITS || width > MAX_BITS {
        return Err("a place out of range");
    }
    Ok((offset, width))
}

fn number<T: FromStr>(text: &str) -> Line<T> {
    text.parse().map_err(|_| "a number is missing or out of range")
}

fn enumeration(text: &str) -> Line<Vec<(u64, String)>> {
    if text.is_empty() {
        return Ok(Vec::new());
    }
    let named: Vec<(u64, String)> = text
        .split(',')
        .map(|item| {
            let (name, value) = item.rsplit_once('=').ok_or("an enumeration item without =")?;
            Ok((number(value)?, name.to_owned()))
        })
        .collect::<Line<_>>()?;
    // Look-ups search by halves.
    if named.is_sorted() { Ok(named) } else { Err("an enumeration that is not ordered") }
}

fn conditions(text: &str) -> Line<Vec<Condition>> {
    if text.is_empty() {
        return Ok(Vec::new());
    }
    text.split(';')
        .map(|item| match item.strip_prefix('?') {
            Some(expression) => Ok(Condition::Unevaluated { expression: expression.to_owned() }),
            None => {
                let (selector, value) = item.split_once('=').ok_or("a condition without =")?;
                Ok(Condition::Equals { selector: selector.to_owned(), value: number(value)? })
            }
        })
        .collect()
}
