//! The catalog: which NV items, registers and capability pages exist, and where their fields lie.
//!
//! One algorithm, several sources: the text form documented in `schemas/data/README.md` is embedded, and the
//! same parser reads it from elsewhere. Facts only: names, ids, places, widths, enumerations, conditions.
//!
//! Must not do: touch bytes of a device (see [`crate::decode`]), or decide what is right.

pub mod history;
mod instance;
mod parse;
mod types;
mod write;

use std::collections::BTreeMap;
use std::sync::LazyLock;

use sha2::{Digest, Sha256};

pub use history::History;
pub use instance::{Instance, Selector, TypeDword, instances};
pub use parse::CatalogError;
pub use types::{
    Access, Array, Capability, Condition, Field, Index, IndexRole, Parameter, ParameterKind, Register, Tlv,
};

/// The embedded sources, in the order in which the digest is made.
const EMBEDDED: [&str; 4] = [
    include_str!("../data/nv.tsv"),
    include_str!("../data/registers.tsv"),
    include_str!("../data/capabilities.tsv"),
    include_str!("../data/drift.tsv"),
];

static CATALOG: LazyLock<Catalog> = LazyLock::new(|| match Catalog::parse(&EMBEDDED) {
    Ok(catalog) => catalog,
    // Not outside bytes: the text is part of this program, and a test parses it.
    Err(error) => unreachable!("the embedded catalog: {error}"),
});

/// A catalog, read once and then only looked up in.
#[derive(Debug, Clone)]
pub struct Catalog {
    digest: String,
    source: String,
    tlvs: Vec<Tlv>,
    tlv_places: BTreeMap<(u8, u32), usize>,
    registers: Vec<Register>,
    register_places: BTreeMap<u16, usize>,
    capabilities: Vec<Capability>,
    history: History,
}

/// What a catalog is made of.
#[derive(Debug, Clone, Default)]
pub struct Parts {
    /// Where its facts come from, for people.
    pub source: String,
    /// The TLVs.
    pub tlvs: Vec<Tlv>,
    /// The registers.
    pub registers: Vec<Register>,
    /// The capability pages.
    pub capabilities: Vec<Capability>,
    /// What other releases said.
    pub history: History,
}

impl Catalog {
    /// The catalog that is part of this program, parsed at the first call.
    pub fn embedded() -> &'static Self {
        &CATALOG
    }

    /// Reads a catalog from texts in the form of `schemas/data/README.md`, in this order.
    ///
    /// # Errors
    /// At the first line that is not in that form, and for a TLV, register or capability page that comes twice.
    pub fn parse(sources: &[&str]) -> Result<Self, CatalogError> {
        let mut content = parse::Content::default();
        let mut hash = Sha256::new();
        for (number, source) in sources.iter().enumerate() {
            parse::read(number.saturating_add(1), source, &mut content)?;
            hash.update(source.as_bytes());
        }
        let digest = hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect();
        let parse::Content { source, history, mut tlvs, mut registers, mut capabilities } = content;
        tlvs.sort_by_key(|tlv| (tlv.class, tlv.index));
        registers.sort_by_key(|register| register.id);
        capabilities.sort_by_key(|capability| capability.type_id);
        let tlv_places: BTreeMap<_, _> =
            tlvs.iter().enumerate().map(|(place, tlv)| ((tlv.class, tlv.index), place)).collect();
        let register_places: BTreeMap<_, _> =
            registers.iter().enumerate().map(|(place, register)| (register.id, place)).collect();
        let twice = |kind| Err(CatalogError::Twice { kind });
        if tlv_places.len() != tlvs.len() {
            return twice("TLV");
        }
        if register_places.len() != registers.len() {
            return twice("register");
        }
        if capabilities
            .windows(2)
            .any(|pair| pair.first().map(|c| c.type_id) == pair.last().map(|c| c.type_id))
        {
            return twice("capability page");
        }
        let source = source.unwrap_or_else(|| "a source without a name".to_owned());
        Ok(Self { digest, source, tlvs, tlv_places, registers, register_places, capabilities, history })
    }

    /// Makes a catalog of its parts. It is what [`Catalog::parse`] makes of [`Catalog::to_text`].
    ///
    /// # Errors
    /// Where the text form cannot hold a part, or what it holds is out of its bounds.
    pub fn of(parts: Parts) -> Result<Self, CatalogError> {
        Self::parse(&[&write::write(&content(parts))?])
    }

    /// The catalog as one text in the form of `schemas/data/README.md`: what parses to the same catalog, with the same
    /// digest where it was made by [`Catalog::of`] or embedded.
    ///
    /// # Errors
    /// Where the form cannot hold a part; never of a catalog that was parsed.
    pub fn to_text(&self) -> Result<String, CatalogError> {
        write::write(&content(self.clone().into_parts()))
    }

    /// The parts, to make another catalog of.
    pub fn into_parts(self) -> Parts {
        let Self { source, tlvs, registers, capabilities, history, .. } = self;
        Parts { source, tlvs, registers, capabilities, history }
    }

    /// Where its facts come from, for people.
    pub fn source(&self) -> &str {
        &self.source
    }

    /// What other releases said of the same TLVs and registers.
    pub fn history(&self) -> &History {
        &self.history
    }

    /// SHA-256 over the sources in their order, in lower-case hex.
    pub fn digest(&self) -> &str {
        &self.digest
    }

    /// All TLVs, ordered by class and index.
    pub fn tlvs(&self) -> &[Tlv] {
        &self.tlvs
    }

    /// The TLV with this class and index.
    pub fn tlv(&self, class: u8, index: u32) -> Option<&Tlv> {
        self.tlvs.get(*self.tlv_places.get(&(class, index))?)
    }

    /// The TLV with this database name (`nv_global_pci_conf`).
    pub fn tlv_by_name(&self, name: &str) -> Option<&Tlv> {
        self.tlvs.iter().find(|tlv| tlv.name == name)
    }

    /// All registers, ordered by id.
    pub fn registers(&self) -> &[Register] {
        &self.registers
    }

    /// The register with this id.
    pub fn register(&self, id: u16) -> Option<&Register> {
        self.registers.get(*self.register_places.get(&id)?)
    }

    /// The register with this name (`PTYS`).
    pub fn register_by_name(&self, name: &str) -> Option<&Register> {
        self.registers.iter().find(|register| register.name == name)
    }

    /// All capability pages, ordered by type.
    pub fn capabilities(&self) -> &[Capability] {
        &self.capabilities
    }

    /// The capability page of this type.
    pub fn capability(&self, type_id: u16) -> Option<&Capability> {
        self.capabilities.iter().find(|capability| capability.type_id == type_id)
    }
}

fn content(parts: Parts) -> parse::Content {
    let Parts { source, mut tlvs, mut registers, mut capabilities, history } = parts;
    tlvs.sort_by_key(|tlv| (tlv.class, tlv.index));
    registers.sort_by_key(|register| register.id);
    capabilities.sort_by_key(|capability| capability.type_id);
    parse::Content { source: Some(source), history, tlvs, registers, capabilities }
}
