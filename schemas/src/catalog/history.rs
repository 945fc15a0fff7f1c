//! What other releases of mstflint said of the same TLVs and registers: names, places and meanings that changed.
//!
//! Neither a TLV's version nor its length tells which release's layout a firmware follows: no release that moved a
//! parameter raised the version. So what moved is known here, and the decoder says where the releases disagree about
//! the very bytes that were read (`schemas/src/decode/drift.rs`).
//!
//! Must not do: choose a layout.

use std::collections::BTreeMap;

use super::types::{Parameter, Tlv, name_of};

/// Everything that changed, by owner: a TLV as its path names it (`0:0x114`), or a register by name (`PTYS`).
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct History {
    owners: BTreeMap<String, Changes>,
}

/// What changed within one TLV or register.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Changes {
    /// A TLV that later releases do not have: its name, and the last release that has it.
    pub gone: Option<Gone>,
    /// Names that changed.
    pub renames: Vec<Rename>,
    /// Places that changed: one entry per place that a parameter had or has.
    pub layouts: Vec<Layout>,
    /// Values whose name changed: one entry per time.
    pub namings: Vec<Naming>,
    /// Parameters and fields that later releases do not have.
    pub removed: Vec<Removed>,
}

/// A TLV that later releases do not have.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Gone {
    /// Its name.
    pub name: String,
    /// Last release that has it.
    pub last: String,
}

/// What a name is of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum NameOf {
    /// The TLV: old and new name.
    Tlv,
    /// A parameter or field: old and new name.
    Member,
    /// The name that mstconfig prints: the old one, and the parameter whose it was.
    Printed,
}

/// A name that changed, while what it names stayed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rename {
    /// What is named.
    pub of: NameOf,
    /// The old name.
    pub old: String,
    /// The new name; of a printed name, the parameter's name in the database.
    pub new: String,
    /// Last release that is known to have the old one.
    pub last: String,
}

/// A place that a parameter has in some releases.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Layout {
    /// The parameter.
    pub member: String,
    /// Which releases: `until=RELEASE` or `after=RELEASE`.
    pub era: String,
    /// First bit.
    pub bit_offset: u32,
    /// Bits.
    pub bit_width: u32,
}

/// Names that values of a parameter have in some releases.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Naming {
    /// The parameter.
    pub member: String,
    /// Which releases: `until=RELEASE` or `after=RELEASE`.
    pub era: String,
    /// The values whose name changed, ordered by number; an empty name where it had none.
    pub names: Vec<(u64, String)>,
}

impl Naming {
    /// The name of a number; `None` where this entry does not speak of it.
    pub fn name(&self, number: u64) -> Option<&str> {
        name_of(&self.names, number)
    }
}

/// A parameter or field that later releases do not have.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Removed {
    /// Its name.
    pub name: String,
    /// The name that mstconfig printed, where it had one.
    pub printed: Option<String>,
    /// Last release that is known to have it.
    pub last: String,
    /// First bit.
    pub bit_offset: u32,
    /// Bits.
    pub bit_width: u32,
}

impl Removed {
    /// Whether it had any of these bits.
    pub fn overlaps(&self, bit_offset: u32, bit_width: u32) -> bool {
        self.bit_offset < bit_offset.saturating_add(bit_width)
            && bit_offset < self.bit_offset.saturating_add(self.bit_width)
    }
}

/// The names of a parameter: today's first, then those of other releases.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Names {
    /// As mstconfig prints it, without port or module.
    pub printed: Vec<String>,
    /// As the database has it, with the TLV's name (`nv_global_pci_conf.total_vfs`).
    pub database: Vec<String>,
}

impl Names {
    /// Of a parameter of a TLV in which this changed.
    pub fn of(tlv: &Tlv, parameter: &Parameter, changes: Option<&Changes>) -> Self {
        let mut names = Self {
            printed: parameter.alias.iter().cloned().collect(),
            database: vec![format!("{}.{}", tlv.name, parameter.name)],
        };
        let Some(changes) = changes else { return names };
        let (members, printed) = changes.names_of(&parameter.name);
        names.printed.extend(printed.into_iter().map(str::to_owned));
        for tlv in [tlv.name.as_str()].into_iter().chain(changes.tlv_names(&tlv.name)) {
            for member in [parameter.name.as_str()].into_iter().chain(members.iter().copied()) {
                let name = format!("{tlv}.{member}");
                if !names.database.contains(&name) {
                    names.database.push(name);
                }
            }
        }
        names
    }
}

impl Changes {
    /// Other names of a parameter or field in the database, and other printed names of it.
    pub fn names_of<'a>(&'a self, member: &str) -> (Vec<&'a str>, Vec<&'a str>) {
        let (mut database, mut printed) = (Vec::new(), Vec::new());
        for rename in &self.renames {
            match rename.of {
                NameOf::Tlv => {}
                NameOf::Member if rename.new == member => database.push(rename.old.as_str()),
                // A catalog of an earlier release has the old name.
                NameOf::Member if rename.old == member => database.push(rename.new.as_str()),
                NameOf::Member => {}
                NameOf::Printed if rename.new == member => printed.push(rename.old.as_str()),
                NameOf::Printed => {}
            }
        }
        (database, printed)
    }

    /// Other names of the TLV itself.
    pub fn tlv_names<'a>(&'a self, name: &str) -> Vec<&'a str> {
        let renames = self.renames.iter().filter(|rename| rename.of == NameOf::Tlv);
        renames
            .filter_map(|rename| match (rename.old == name, rename.new == name) {
                (_, true) => Some(rename.old.as_str()),
                (true, _) => Some(rename.new.as_str()),
                (false, false) => None,
            })
            .collect()
    }

    /// The releases that say something of a parameter's place or of the names of its values, each once.
    pub fn eras<'a>(&'a self, member: &str) -> Vec<&'a str> {
        let layouts = self.layouts.iter().filter(|layout| layout.member == member).map(|l| l.era.as_str());
        let namings = self.namings.iter().filter(|naming| naming.member == member).map(|n| n.era.as_str());
        let mut eras: Vec<&str> = layouts.chain(namings).collect();
        eras.sort_unstable();
        eras.dedup();
        eras
    }

    /// Place of a parameter in an era.
    pub fn layout(&self, member: &str, era: &str) -> Option<&Layout> {
        self.layouts.iter().find(|layout| layout.member == member && layout.era == era)
    }

    /// Changed names of a parameter's values in an era.
    pub fn naming(&self, member: &str, era: &str) -> Option<&Naming> {
        self.namings.iter().find(|naming| naming.member == member && naming.era == era)
    }
}

impl History {
    /// The owner's name of a TLV: its path without `nv/`.
    pub fn owner_of(tlv: &Tlv) -> String {
        format!("{}:0x{:03x}", tlv.class, tlv.index)
    }

    /// What changed within an owner.
    pub fn of(&self, owner: &str) -> Option<&Changes> {
        self.owners.get(owner)
    }

    /// What changed within a TLV.
    pub fn of_tlv(&self, tlv: &Tlv) -> Option<&Changes> {
        self.of(&Self::owner_of(tlv))
    }

    /// All owners, in order.
    pub fn owners(&self) -> impl Iterator<Item = (&str, &Changes)> {
        self.owners.iter().map(|(owner, changes)| (owner.as_str(), changes))
    }

    /// The changes of an owner, to be added to.
    pub(super) fn entry(&mut self, owner: &str) -> &mut Changes {
        self.owners.entry(owner.to_owned()).or_default()
    }
}
