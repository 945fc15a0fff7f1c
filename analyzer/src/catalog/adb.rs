//! mstflint's register tables (`register_access_table.adb`): XML, one `node` per layout, `field`s that name other nodes.
//!
//! A register is found by two nodes: one gives its id (`access_reg_summary_ctrl_ext`), one its layout
//! (`access_reg_summary_ext`). The tree below a layout is flattened by [`walk`].
//!
//! Only registers that the product reads are taken over; which those are, and by which index fields, is the embedded
//! catalog's to say.
//!
//! Must not do: read the prose (`descr`), follow entities or document types, or unfold without end.

mod fields;
mod walk;

use std::collections::BTreeMap;

use mlx5_schemas::catalog::{Field, Index, Register};
use roxmltree::{Document, Node, ParsingOptions};

use super::notes::{Notes, bits};
use fields::numbers;
use walk::{MAX_STEPS, Walk};

/// Most XML nodes. 4.36 has some 13,000, text between elements included.
const MAX_NODES: u32 = 400_000;
/// The node with the registers' ids.
const IDS: &str = "access_reg_summary_ctrl_ext";
/// The node with the registers' layouts.
const LAYOUTS: &str = "access_reg_summary_ext";

/// Why register tables cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum AdbError {
    /// It is no text.
    #[error("not UTF-8 text")]
    NoText {
        /// Where it stops being text.
        #[from]
        source: std::str::Utf8Error,
    },
    /// It is no XML, or too much of it.
    #[error("no XML of mstflint's register tables")]
    Xml {
        /// Where and why.
        #[from]
        source: roxmltree::Error,
    },
    /// A node that says which registers there are is missing.
    #[error("no node {name}, so no register tables of mstflint's")]
    NoNode {
        /// The node.
        name: &'static str,
    },
}

/// The registers of a file.
#[derive(Debug)]
pub(super) struct Tables {
    /// Revision of the document that the file was made of.
    pub(super) revision: Option<String>,
    registers: BTreeMap<u16, Read>,
}

/// A register as the file has it.
#[derive(Debug)]
struct Read {
    name: String,
    size: u16,
    /// Or why they cannot be taken over.
    fields: Result<Vec<Field>, String>,
}

/// Reads the layouts of all registers.
///
/// # Errors
/// Where the file is not of that kind. What cannot be taken over of it is noted instead.
pub(super) fn read(bytes: &[u8], notes: &mut Notes) -> Result<Tables, AdbError> {
    let text = std::str::from_utf8(bytes)?;
    let options = ParsingOptions { allow_dtd: false, nodes_limit: MAX_NODES, ..ParsingOptions::default() };
    let document = Document::parse_with_options(text, options)?;
    let root = document.root_element();
    let nodes: BTreeMap<&str, Node<'_, '_>> = root
        .children()
        .filter(|node| node.has_tag_name("node"))
        .filter_map(|node| Some((node.attribute("name")?, node)))
        .collect();
    let node = |name| nodes.get(name).copied().ok_or(AdbError::NoNode { name });
    let ids = node(IDS)?;
    let ids = ids.children().find_map(|field| field.attribute("enum")).unwrap_or_default();
    let ids: BTreeMap<&str, u64> = numbers(ids).collect();
    let mut registers = BTreeMap::new();
    let mut steps = MAX_STEPS;
    for entry in node(LAYOUTS)?.children().filter(|field| field.has_tag_name("field")) {
        let (Some(name), Some(layout)) = (entry.attribute("selected_by"), entry.attribute("subnode")) else {
            continue;
        };
        let id = ids.get(name).and_then(|id| u16::try_from(*id).ok());
        let layout = nodes.get(layout).copied();
        let size = layout
            .and_then(|layout| bits(layout.attribute("size")?))
            .and_then(|(bytes, bits)| (bits == 0).then(|| u16::try_from(bytes).ok()).flatten());
        let (Some(id), Some(layout), Some(size)) = (id, layout, size) else {
            notes.add(format!("register {name:?} is left out: no id, layout or size"));
            continue;
        };
        let fields = Walk::over(&nodes, &mut steps).fields(layout);
        let read = Read { name: name.to_owned(), size, fields };
        if let Some(first) = registers.insert(id, read) {
            notes.add(format!("register 0x{id:04x} comes twice: {:?} and {name:?}", first.name));
        }
    }
    let info = root.children().find(|node| node.has_tag_name("info"));
    let revision = info.and_then(|info| info.attribute("source_doc_version"));
    let revision = revision.filter(|text| text.len() <= 32 && !text.chars().any(char::is_control));
    Ok(Tables { revision: revision.map(str::to_owned), registers })
}

impl Tables {
    /// Puts the file's layouts in the place of those that the registers have; what it lacks stays, and is noted.
    pub(super) fn replace(mut self, registers: &mut [Register], notes: &mut Notes) {
        let mut missing: Vec<String> = Vec::new();
        for register in registers {
            let name = &register.name;
            let kept =
                |why: &str| format!("{name} (0x{:04x}) stays the embedded catalog's: {why}", register.id);
            let Some(Read { name: theirs, size, fields }) = self.registers.remove(&register.id) else {
                missing.push(name.clone());
                continue;
            };
            // The same id can be another register in another release or device.
            if theirs != *name {
                notes.add(kept(&format!("the file calls that id {theirs:?}")));
                continue;
            }
            let fields = match fields {
                Ok(fields) => fields,
                Err(why) => {
                    notes.add(kept(&why));
                    continue;
                }
            };
            let indexes: Option<Vec<Index>> =
                register.indexes.iter().map(|index| index_of(index, &fields)).collect();
            let Some(indexes) = indexes else {
                notes.add(kept("an index field that it is read by is not in the file"));
                continue;
            };
            (register.size, register.fields, register.indexes) = (size, fields, indexes);
        }
        if !missing.is_empty() {
            let names = missing.join(", ");
            notes.add(format!("registers that the file does not have stay the embedded catalog's: {names}"));
        }
    }
}

/// An index field at its place in another layout.
fn index_of(index: &Index, fields: &[Field]) -> Option<Index> {
    let field = fields.iter().find(|field| field.path == index.path)?;
    Some(Index {
        path: index.path.clone(),
        role: index.role,
        bit_offset: field.bit_offset,
        bit_width: field.bit_width,
    })
}
