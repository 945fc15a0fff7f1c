//! What bundles say of the facts that a baseline can be made of: per kind of card and name, which values were in force.
//!
//! What one bundle says ([`One`]) is added to what all say ([`All`]); adding is counting, so that the order of bundles
//! does not matter.
//!
//! Must not do: decide what follows, or take silence for a value.

mod all;
mod wanted;

use std::collections::{BTreeMap, BTreeSet};

use mlx5_schemas::catalog::Catalog;
use mlx5_schemas::model::fact::{Fact, Subject, Value, View};
use mlx5_schemas::model::manifest::Device;
use mlx5_schemas::model::verdict::{Assurance, CapReason};

use crate::assurance::{Caps, weakest};
use crate::case::{Case, Identity, Reading, Views, is_virtual, reading};
use crate::condition::{About, KnownNames, readings};

pub(super) use all::{All, KindSeen, Seen};
pub(super) use wanted::{LeftOut, Of, Wanted, without_indexes};

/// What a card is, as far as a selection can say it.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Kind {
    pub(super) psid: Option<String>,
    pub(super) family: Option<String>,
}

/// What one bundle says.
#[derive(Debug, Default)]
pub(super) struct One {
    pub(super) kinds: BTreeMap<Kind, OneKind>,
    pub(super) host: BTreeMap<String, Told>,
    /// What bounds the evidence of what is taken; nothing where nothing was.
    pub(super) level: Option<Assurance>,
    pub(super) bounds: BTreeSet<CapReason>,
    /// What is left out, and why.
    pub(super) left_out: BTreeSet<(LeftOut, String)>,
    /// Virtual functions, which have nothing of their own.
    pub(super) virtual_functions: u64,
}

/// What one bundle says of one kind of card.
#[derive(Debug, Default)]
pub(super) struct OneKind {
    pub(super) functions: u64,
    pub(super) firmware: BTreeSet<String>,
    pub(super) is_firmware_unread: bool,
    pub(super) names: BTreeMap<String, Told>,
    /// Every name of every fact, so that a pattern can be seen to take no other.
    pub(super) all_names: BTreeSet<String>,
    /// Whether the factory view was read.
    pub(super) has_factory: bool,
}

/// What one bundle says under one name.
#[derive(Debug, Default, Clone)]
pub(super) struct Told {
    /// A path under that name.
    pub(super) path: String,
    /// Values in force, by view; a fact without views stands under none.
    pub(super) values: BTreeMap<Option<View>, BTreeSet<Value>>,
    /// Values of the factory view.
    pub(super) factory: BTreeSet<Value>,
    /// The device says that it has no such thing.
    pub(super) is_absent: bool,
    /// It was not read, or can be read in two ways.
    pub(super) is_unread: bool,
    /// Something of it is not surely what the factory view says.
    pub(super) is_beside_factory: bool,
    /// What is in force is not what the next reset brings.
    pub(super) waits: bool,
}

/// Looks at a bundle.
pub(super) fn look(case: &Case, caps: &Caps, wanted: &Wanted<'_>, catalog: &Catalog) -> One {
    let mut looking =
        Looking { case, caps, wanted, catalog, names: KnownNames::of(catalog), one: One::default() };
    if matches!(wanted.of, Of::Kernel | Of::Trust) {
        looking.host();
    }
    for device in case.opened.devices() {
        if is_virtual(device) {
            looking.one.virtual_functions = looking.one.virtual_functions.saturating_add(1);
            continue;
        }
        looking.device(device);
    }
    looking.one
}

struct Looking<'a> {
    case: &'a Case,
    caps: &'a Caps,
    wanted: &'a Wanted<'a>,
    catalog: &'a Catalog,
    names: KnownNames,
    one: One,
}

impl<'a> Looking<'a> {
    fn host(&mut self) {
        let about = About::of_rules(self.case, None, self.catalog, Vec::new());
        let mut host = std::mem::take(&mut self.one.host);
        for (subject, path, views) in self.case.facts.by_path(None) {
            self.take(&about, subject, path, &views, &mut host);
        }
        self.one.host = host;
    }

    fn device(&mut self, device: &'a Device) {
        let about = About::of_rules(self.case, Some(device), self.catalog, Vec::new());
        let identity = Identity::of(self.case, device);
        let kind = Kind {
            // As a selection it would be a pattern, and take other cards.
            psid: identity.psid_text().filter(|text| !text.contains(['*', '?'])).map(str::to_owned),
            family: about.family.as_ref().filter(|family| family.or.is_none()).map(|f| f.name.to_owned()),
        };
        let mut own = self.one.kinds.remove(&kind).unwrap_or_default();
        own.functions = own.functions.saturating_add(1);
        match identity.firmware_text() {
            Some(text) => _ = own.firmware.insert(text.to_owned()),
            None => own.is_firmware_unread = true,
        }
        let mut names = std::mem::take(&mut own.names);
        for (subject, path, views) in self.case.facts.by_path(Some(&device.id)) {
            own.all_names.extend(views.all().iter().flat_map(|fact| fact.aliases.iter().cloned()));
            own.all_names.insert(path.to_owned());
            own.has_factory |= views.in_view(View::Default).is_some_and(|fact| fact.value().is_some());
            self.take(&about, subject, path, &views, &mut names);
        }
        own.names = names;
        self.one.kinds.insert(kind, own);
    }

    /// Takes what stands under a path, if it is wanted.
    fn take(
        &mut self,
        about: &About<'a>,
        subject: &Subject,
        path: &str,
        views: &Views<'a>,
        into: &mut BTreeMap<String, Told>,
    ) {
        let Some(&first) = views.all().first() else { return };
        match self.wanted.takes(first, self.catalog) {
            Ok(true) => {}
            Ok(false) => return,
            Err(why) => {
                self.one.left_out.insert((why, without_indexes(path)));
                return;
            }
        }
        let opened = &self.case.opened;
        if views.all().iter().any(|fact| reading(opened, Some(fact)) == Reading::Secret) {
            return;
        }
        let name = self.name_of(subject, first);
        let told = into.entry(name).or_default();
        if told.path.is_empty() {
            path.clone_into(&mut told.path);
        }
        if views.has_views() {
            self.in_views(about, views, told);
        } else {
            for &fact in views.all() {
                match reading(opened, Some(fact)) {
                    Reading::Value(value) => _ = told.values.entry(None).or_default().insert(value.clone()),
                    Reading::Absent(_) | Reading::NeverSet => told.is_absent = true,
                    Reading::Secret | Reading::Gap(..) | Reading::NotOffered => told.is_unread = true,
                }
            }
            told.is_beside_factory = true;
        }
        for &fact in views.all().iter().filter(|fact| fact.value().is_some()) {
            let reasons = self.caps.reasons(fact);
            let level = weakest(&reasons);
            self.one.level = Some(self.one.level.map_or(level, |known| known.min(level)));
            self.one.bounds.extend(reasons);
        }
    }

    /// What is in force of a parameter now and after the next reset, and whether that is what the factory set.
    fn in_views(&self, about: &About<'a>, views: &Views<'a>, told: &mut Told) {
        let opened = &self.case.opened;
        // What the factory view says counts only where its valid flag does not say otherwise.
        let default = about.in_force(views, Some(View::Default)).map(|known| known.value);
        told.factory.extend(default.cloned());
        let raw = |view| views.in_view(view).and_then(Fact::value);
        let mut found: Vec<Option<&Value>> = Vec::new();
        for view in [View::Current, View::Next] {
            let fact = views.in_view(view);
            let said = reading(opened, fact);
            match said {
                Reading::NotOffered => continue,
                Reading::Absent(_) => {
                    told.is_absent = true;
                    continue;
                }
                Reading::Gap(..) | Reading::Secret => {
                    told.is_unread = true;
                    told.is_beside_factory = true;
                    continue;
                }
                Reading::Value(_) | Reading::NeverSet => {}
            }
            let known = about.in_force(views, Some(view));
            let is_one = known
                .as_ref()
                .and_then(readings)
                .is_some_and(|all| all.windows(2).all(|pair| matches!(pair, [one, other] if one == other)));
            match known.filter(|_| is_one) {
                Some(known) => {
                    told.values.entry(Some(view)).or_default().insert(known.value.clone());
                    found.push(Some(known.value));
                    told.is_beside_factory |= said != Reading::NeverSet && default != Some(known.value);
                }
                // Nothing stored and no factory value, or switched off as the factory has it: nothing is there to be named.
                None => {
                    let is_off = is_one_off(default, raw(View::Default), raw(view));
                    told.is_unread |= said != Reading::NeverSet && !is_off;
                    told.is_beside_factory |= said != Reading::NeverSet && !is_off;
                }
            }
        }
        told.waits |= matches!(found.as_slice(), [now, then] if now != then);
    }

    /// The name that a rule would have: what people call it, where that is a name that a baseline may have, else the path.
    fn name_of(&self, subject: &Subject, fact: &Fact) -> String {
        let path = wanted::family_of(&fact.path);
        if *subject == Subject::Host || path != fact.path {
            return path;
        }
        let alias = fact.aliases.first().filter(|alias| self.names.fault(alias).is_none());
        alias.cloned().unwrap_or(path)
    }
}

/// Whether a value does not count in either view, and is the same in both.
fn is_one_off(default: Option<&Value>, factory: Option<&Value>, raw: Option<&Value>) -> bool {
    default.is_none() && raw.is_some() && factory == raw
}
