//! The facts that signs are made of, and what several of them together say.
//!
//! Must not do: know a sign.

use std::collections::BTreeMap;

use crate::model::exchange::SkipReason;
use crate::model::fact::{Evidence, Fact, Knowledge, Subject, Value, View};
use crate::model::status::CollectionStatus;

use super::super::source::{Scribe, Silence, flag_value, known_or};

/// Most records that one sign points at.
const MAX_EVIDENCE: usize = 32;

/// A field of a register: register, instance in brackets or nothing, path of the leaf.
#[derive(Debug, Clone, Copy)]
pub(super) struct Leaf<'a> {
    pub(super) register: &'a str,
    pub(super) instance: &'a str,
    pub(super) path: &'a str,
    pub(super) fact: &'a Fact,
}

/// Facts by where they come from.
#[derive(Debug, Default)]
pub(super) struct Index<'a> {
    registers: BTreeMap<&'a str, Vec<Leaf<'a>>>,
    components: BTreeMap<&'a str, Vec<(&'a str, &'a Fact)>>,
    nv: BTreeMap<(&'a Subject, &'a str), [Option<&'a Fact>; 3]>,
}

impl<'a> Index<'a> {
    pub(super) fn of(facts: &'a [Fact]) -> Self {
        let mut index = Self::default();
        for fact in facts {
            if let Some(leaf) = leaf(fact) {
                index.registers.entry(leaf.register).or_default().push(leaf);
            } else if let Some(rest) = fact.path.strip_prefix("fw/components[") {
                if let Some((number, name)) = rest.split_once("].") {
                    index.components.entry(number).or_default().push((name, fact));
                }
            } else if let (true, Some(view)) = (fact.path.starts_with("nv/"), fact.view) {
                let slots = index.nv.entry((&fact.subject, fact.path.as_str())).or_default();
                let [default, current, next] = slots;
                *match view {
                    View::Default => default,
                    View::Current => current,
                    View::Next => next,
                } = Some(fact);
            }
        }
        index
    }

    /// The fields of one register.
    pub(super) fn register(&self, name: &str) -> &[Leaf<'a>] {
        self.registers.get(name).map(Vec::as_slice).unwrap_or_default()
    }

    /// The first fact of a field.
    pub(super) fn field(&self, register: &str, path: &str) -> Option<&'a Fact> {
        self.register(register).iter().find(|leaf| leaf.path == path).map(|leaf| leaf.fact)
    }

    /// What is known of each firmware component.
    pub(super) fn components(&self) -> impl Iterator<Item = &[(&'a str, &'a Fact)]> {
        self.components.values().map(Vec::as_slice)
    }

    /// NV configuration: subject, path, and the facts of the views default, current, next.
    pub(super) fn nv(&self) -> impl Iterator<Item = (&'a Subject, &'a str, [Option<&'a Fact>; 3])> {
        self.nv.iter().map(|(&(subject, path), &views)| (subject, path, views))
    }
}

fn leaf(fact: &Fact) -> Option<Leaf<'_>> {
    let rest = fact.path.strip_prefix("reg/")?;
    let end = rest.find(['[', '.'])?;
    let (register, rest) = rest.split_at_checked(end)?;
    let (instance, path) = match rest.strip_prefix('[') {
        Some(rest) => rest.split_once("].")?,
        None => ("", rest.strip_prefix('.')?),
    };
    Some(Leaf { register, instance, path, fact })
}

/// What one field says of a sign.
#[derive(Debug, Clone)]
pub(super) enum Word {
    Set,
    Clear,
    /// The device has no such thing.
    Absent(Silence),
    /// It was not read.
    Unread(Silence),
}

/// What a fact says, by a test of its value.
pub(super) fn word(fact: &Fact, shows: impl Fn(&Value) -> bool) -> Word {
    match &fact.knowledge {
        Knowledge::Known { value } if shows(value) => Word::Set,
        Knowledge::Known { .. } => Word::Clear,
        Knowledge::Unknown { status, reason } => silence_word(*status, reason),
    }
}

pub(super) fn silence_word(status: CollectionStatus, reason: &str) -> Word {
    let silence = Silence { status, reason: reason.to_owned() };
    // What the device's own mask denies it does not have.
    if status == CollectionStatus::Absent || reason == SkipReason::CapabilityMask.words() {
        Word::Absent(silence)
    } else {
        Word::Unread(silence)
    }
}

/// What fields together say of a sign.
#[derive(Debug, Default)]
pub(super) struct Sum {
    set: Vec<Evidence>,
    clear: Vec<Evidence>,
    absent: Option<(Silence, Vec<Evidence>)>,
    unread: Option<(Silence, Vec<Evidence>)>,
}

impl Sum {
    /// Adds a word; `name` says what it is about, for where it was not read.
    pub(super) fn add(&mut self, name: &str, word: Word, evidence: &[Evidence]) {
        let named = |silence: Silence| Silence { reason: format!("{name}: {}", silence.reason), ..silence };
        let slot = match word {
            Word::Set => &mut self.set,
            Word::Clear => &mut self.clear,
            Word::Absent(silence) => &mut self.absent.get_or_insert_with(|| (named(silence), Vec::new())).1,
            Word::Unread(silence) => &mut self.unread.get_or_insert_with(|| (named(silence), Vec::new())).1,
        };
        for item in evidence {
            if slot.len() < MAX_EVIDENCE && !slot.contains(item) {
                slot.push(item.clone());
            }
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.set.is_empty() && self.clear.is_empty() && self.absent.is_none() && self.unread.is_none()
    }

    /// The sign. `anchor` is the device's first record: what was not asked has no bytes of its own.
    pub(super) fn sign(self, subject: Subject, path: &str, scribe: Scribe<'_>, anchor: &Evidence) -> Fact {
        let (value, mut evidence) = match self {
            Self { set, .. } if !set.is_empty() => (Ok(flag_value(1)), set),
            Self { unread: Some((silence, evidence)), .. } => (Err(silence), evidence),
            Self { clear, .. } if !clear.is_empty() => (Ok(flag_value(0)), clear),
            Self { absent: Some((silence, evidence)), .. } => (Err(silence), evidence),
            Self { .. } => (Err(not_asked()), Vec::new()),
        };
        if evidence.is_empty() {
            evidence.push(anchor.clone());
        }
        fact(subject, path, known_or(value), evidence, scribe)
    }
}

/// Nothing was asked that could show it.
pub(super) fn not_asked() -> Silence {
    Silence { status: CollectionStatus::Skipped, reason: "nothing was asked that could show it".to_owned() }
}

/// A sign of any value.
pub(super) fn fact(
    subject: Subject,
    path: &str,
    knowledge: Knowledge,
    evidence: Vec<Evidence>,
    scribe: Scribe<'_>,
) -> Fact {
    Fact {
        subject,
        path: format!("taint/{path}"),
        aliases: Vec::new(),
        view: None,
        knowledge,
        route: scribe.route,
        evidence,
    }
}
