//! What is compared, or exported: by view, by pattern, without what changes by itself.
//!
//! A TLV's `/supported` goes with its parameters: whether the TLV exists is what tells a parameter that is gone from one
//! that was not read.
//!
//! Must not do: hide that something was left out; the report says what was selected.

use mlx5_schemas::catalog::Catalog;
use mlx5_schemas::catalog::history::Names;
use mlx5_schemas::model::fact::{Fact, Subject, View};
use mlx5_schemas::model::report::{ContextRow, DiffSelection};

use super::volatile::{is_identity, is_volatile};
use crate::case::tlv_of;
use crate::pattern::Pattern;

/// A selection, ready to be used.
#[derive(Debug, Clone, Default)]
pub struct Selection {
    /// NV configuration in this view alone.
    pub view: Option<View>,
    /// What these take; everything where there is none.
    pub only: Vec<Pattern>,
    /// But not what these take.
    pub ignore: Vec<Pattern>,
    /// Also what changes by itself.
    pub volatile: bool,
    /// Also what names one card among others of its kind.
    pub identity: bool,
}

impl Selection {
    /// Of what stands in a report or a text.
    pub fn of(said: &DiffSelection) -> Self {
        let patterns = |texts: &[String]| texts.iter().map(|text| Pattern::new(text)).collect();
        Self {
            view: said.view,
            only: patterns(&said.only),
            ignore: patterns(&said.ignore),
            volatile: said.volatile,
            identity: said.identity,
        }
    }

    /// As it stands in a report or a text.
    pub fn report(&self) -> DiffSelection {
        let texts = |patterns: &[Pattern]| patterns.iter().map(|pattern| pattern.text().to_owned()).collect();
        DiffSelection {
            view: self.view,
            only: texts(&self.only),
            ignore: texts(&self.ignore),
            volatile: self.volatile,
            identity: self.identity,
        }
    }

    /// Whether a text of this selection has facts under this path, or leaves them out as a matter of course.
    pub(crate) fn keeps(&self, path: &str) -> bool {
        (self.volatile || !is_volatile(path)) && (self.identity || !is_identity(path))
    }

    /// Whether it takes a fact, whether it is kept or not.
    pub fn takes(&self, catalog: &Catalog, fact: &Fact) -> bool {
        let in_view = self.view.is_none() || fact.view == self.view || is_presence(&fact.path);
        let named = self.only.is_empty()
            || self.only.iter().any(|pattern| self.pattern_takes(catalog, pattern, fact));
        in_view && named && !self.ignore.iter().any(|pattern| pattern.takes(fact))
    }

    /// Whether one of its patterns takes a fact: by its names, or as the word on whether a parameter is there at all.
    pub fn pattern_takes(&self, catalog: &Catalog, pattern: &Pattern, fact: &Fact) -> bool {
        pattern.takes(fact) || (is_presence(&fact.path) && takes_parameter(catalog, pattern, fact))
    }

    /// Whether a row of the context is part of what is compared.
    pub(super) fn takes_row(&self, row: &ContextRow) -> bool {
        let any = |patterns: &[Pattern]| {
            row.paths.iter().any(|path| patterns.iter().any(|pattern| pattern.matches(path)))
        };
        let all_ignored = !row.paths.is_empty()
            && row.paths.iter().all(|path| self.ignore.iter().any(|pattern| pattern.matches(path)));
        self.view.is_none() && (self.only.is_empty() || any(&self.only)) && !all_ignored
    }
}

/// Whether a path says whether a TLV exists.
pub(super) fn is_presence(path: &str) -> bool {
    tlv_of(path).is_some_and(|tlv| tlv.part == "/supported")
}

/// Whether a pattern takes a parameter of the TLV that a fact is about.
fn takes_parameter(catalog: &Catalog, pattern: &Pattern, fact: &Fact) -> bool {
    let Some(place) = tlv_of(&fact.path) else { return false };
    let Some(tlv) = catalog.tlv(place.class, place.index) else { return false };
    let suffix = match &fact.subject {
        Subject::Host | Subject::Device { .. } => String::new(),
        Subject::Port { port, .. } => format!("_P{port}"),
        Subject::Module { module, .. } => format!("_M{module}"),
    };
    tlv.parameters.iter().any(|parameter| {
        let names = Names::of(tlv, parameter, catalog.history().of_tlv(tlv));
        // Of an array, any element.
        let takes = |name: &str| pattern.matches(name) || pattern.matches(&format!("{name}[0]"));
        takes(&format!("{}.{}", place.path, parameter.name))
            || names.printed.iter().any(|name| takes(&format!("{name}{suffix}")))
            || names.database.iter().any(|name| takes(name))
    })
}
