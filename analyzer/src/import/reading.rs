//! What is read of a text: facts about devices by the names that the text gives them, and which lines were understood.
//!
//! Must not do: decide which names are one device (see [`super::devices`]).

use std::collections::BTreeMap;

use mlx5_schemas::model::fact::{Evidence, Fact, Knowledge, Route, Subject, Value};
use mlx5_schemas::model::manifest::UnreadLine;
use mlx5_schemas::model::status::CollectionStatus;

use super::devices::Described;
use super::lines::Line;
use super::text::Text;

/// Most lines that are listed as unread; the others are only counted.
const MAX_UNREAD_LISTED: usize = 100;
/// Most characters that are shown of an unread line.
const MAX_UNREAD_CHARACTERS: usize = 120;
/// Why a line is unread that no reader knows.
const NO_FORMAT: &str = "no known format has such a line";

/// Lines of a text, by index from 0, both included.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Span {
    first: usize,
    last: usize,
}

impl Span {
    /// One line.
    pub(crate) fn line(index: usize) -> Self {
        Self { first: index, last: index }
    }

    /// From one line to another.
    pub(crate) fn lines(first: usize, last: usize) -> Self {
        Self { first, last: last.max(first) }
    }
}

/// About whom a text speaks. A device has the name that the text gives it: a PCI address, `/dev/mst/mt4125_pciconf0`,
/// [`netdev_name`], [`rdma_name`], `device #1`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum About<'a> {
    Host,
    Device(&'a str),
}

/// The name of a device of which only a network interface is named.
pub(crate) fn netdev_name(interface: &str) -> String {
    format!("netdev {interface}")
}

/// The name of a device of which only an RDMA device is named.
pub(crate) fn rdma_name(rdma: &str) -> String {
    format!("rdma {rdma}")
}

/// What is read of one text.
#[derive(Debug)]
pub(crate) struct Reading<'t> {
    member: &'t str,
    lines: &'t [Line],
    route: Route,
    /// By line: whether some reader understood it.
    understood: Vec<bool>,
    /// By line: why it could not be read.
    reasons: BTreeMap<usize, String>,
    facts: Vec<Fact>,
    places: BTreeMap<(Subject, String), usize>,
    described: BTreeMap<String, Described>,
    same: Vec<(String, String)>,
    /// How often a device had this number.
    counted: BTreeMap<String, u64>,
    notes: Vec<String>,
}

/// What one text gave, ready to be put together with others.
#[derive(Debug, Default)]
pub(crate) struct Read {
    /// Facts; devices have the names of the text.
    pub(crate) facts: Vec<Fact>,
    /// The devices by the names of the text.
    pub(crate) described: BTreeMap<String, Described>,
    /// Pairs of names that are one device.
    pub(crate) same: Vec<(String, String)>,
    /// Words about the text as a whole.
    pub(crate) notes: Vec<String>,
    /// The formats that were found.
    pub(crate) formats: Vec<&'static str>,
    /// Number of lines.
    pub(crate) lines: u64,
    /// Number of lines that say something and were not read.
    pub(crate) unread: u64,
    /// The first of those.
    pub(crate) unread_lines: Vec<UnreadLine>,
}

impl<'t> Reading<'t> {
    pub(crate) fn new(text: &'t Text<'_>, route: Route) -> Self {
        Self {
            member: text.member,
            lines: &text.lines,
            route,
            understood: vec![false; text.lines.len()],
            reasons: BTreeMap::new(),
            facts: Vec::new(),
            places: BTreeMap::new(),
            described: BTreeMap::new(),
            same: Vec::new(),
            counted: BTreeMap::new(),
            notes: Vec::new(),
        }
    }

    /// The name of a device that has but a number. Each run of a tool counts from 1, and the same number in another run
    /// need not be the same device.
    pub(crate) fn counted(&mut self, number: String) -> String {
        let runs = self.counted.entry(number.clone()).or_default();
        *runs = runs.saturating_add(1);
        match *runs {
            1 => number,
            run => format!("{number} of run {run}"),
        }
    }

    /// The route of the facts.
    pub(crate) fn route(&self) -> Route {
        self.route
    }

    /// A value that stands in these lines. Two different values for one thing of one device become a gap that quotes
    /// both: the text does not say which holds.
    pub(crate) fn known(&mut self, about: About<'_>, path: impl Into<String>, value: Value, span: Span) {
        self.add(about, path.into(), Knowledge::Known { value }, span);
    }

    /// A text that stands in these lines. Empty, `N/A` and the like are no value.
    pub(crate) fn text(&mut self, about: About<'_>, path: impl Into<String>, text: &str, span: Span) {
        let text = text.trim();
        match text {
            "" | "N/A" | "n/a" | "--" | "NA" => {
                let reason = "the text does not say".to_owned();
                self.unknown(about, path, CollectionStatus::NotRecorded, reason, span);
            }
            _ => self.known(about, path, Value::Text { text: text.to_owned() }, span),
        }
    }

    /// A number that stands in these lines.
    pub(crate) fn number(&mut self, about: About<'_>, path: impl Into<String>, number: u64, span: Span) {
        self.known(about, path, Value::Number { number, name: None }, span);
    }

    /// Something that these lines speak of without giving its value.
    pub(crate) fn unknown(
        &mut self,
        about: About<'_>,
        path: impl Into<String>,
        status: CollectionStatus,
        reason: String,
        span: Span,
    ) {
        self.add(about, path.into(), Knowledge::Unknown { status, reason }, span);
    }

    fn add(&mut self, about: About<'_>, path: String, knowledge: Knowledge, span: Span) {
        self.understand(span);
        let subject = match about {
            About::Host => Subject::Host,
            About::Device(name) => Subject::Device { device: self.mention(name) },
        };
        let evidence = vec![self.evidence(span)];
        let key = (subject.clone(), path.clone());
        if let Some(known) = self.places.get(&key).and_then(|place| self.facts.get_mut(*place)) {
            merge(known, knowledge, evidence);
            return;
        }
        self.places.insert(key, self.facts.len());
        let route = self.route;
        self.facts.push(Fact { subject, path, aliases: Vec::new(), view: None, knowledge, route, evidence });
    }

    /// A fact that is made already; its subject's device is a name of the text, its evidence is of this member.
    pub(crate) fn fact(&mut self, fact: Fact) {
        if let Some(name) = fact.subject.device() {
            let name = name.to_owned();
            self.mention(&name);
        }
        self.facts.push(fact);
    }

    /// These lines are understood, though no fact comes of them.
    pub(crate) fn understand(&mut self, span: Span) {
        for line in self.understood.iter_mut().take(span.last.saturating_add(1)).skip(span.first) {
            *line = true;
        }
    }

    /// This line belongs to a format that is known, and cannot be read.
    pub(crate) fn cannot_read(&mut self, index: usize, reason: impl Into<String>) {
        self.reasons.entry(index).or_insert_with(|| reason.into());
    }

    /// Two names of one device.
    pub(crate) fn same_device(&mut self, one: &str, other: &str) {
        let pair = (self.mention(one), self.mention(other));
        self.same.push(pair);
    }

    /// What is said of a device beside facts, to be filled in; makes it known.
    pub(crate) fn described(&mut self, name: &str) -> &mut Described {
        let name = self.mention(name);
        self.described.entry(name).or_default()
    }

    /// Words about the text as a whole.
    pub(crate) fn note(&mut self, words: impl Into<String>) {
        self.notes.push(words.into());
    }

    /// The bytes of lines.
    pub(crate) fn evidence(&self, span: Span) -> Evidence {
        let at = |index: usize| self.lines.get(index).map_or((0, 0), |line| (line.offset, line.length));
        let ((offset, _), (start, length)) = (at(span.first), at(span.last));
        let end = start.saturating_add(length);
        Evidence { member: self.member.to_owned(), offset, length: end.saturating_sub(offset), field: None }
    }

    fn mention(&mut self, name: &str) -> String {
        if !self.described.contains_key(name) {
            self.described.insert(name.to_owned(), Described::default());
        }
        name.to_owned()
    }

    /// Ends reading.
    pub(crate) fn end(self, formats: Vec<&'static str>) -> Read {
        let mut read = Read {
            facts: self.facts,
            described: self.described,
            same: self.same,
            notes: self.notes,
            formats,
            lines: wide(self.lines.len()),
            ..Read::default()
        };
        for (index, line) in self.lines.iter().enumerate() {
            if self.understood.get(index) == Some(&true) || line.text.trim().is_empty() {
                continue;
            }
            read.unread = read.unread.saturating_add(1);
            if read.unread_lines.len() < MAX_UNREAD_LISTED {
                read.unread_lines.push(UnreadLine {
                    line: line.number,
                    text: line.text.trim().chars().take(MAX_UNREAD_CHARACTERS).collect(),
                    reason: self.reasons.get(&index).cloned().unwrap_or_else(|| NO_FORMAT.to_owned()),
                });
            }
        }
        read
    }
}

/// Most places of a text that are named for one fact: one that repeats itself for ever shows nothing new.
const MAX_PLACES: usize = 16;

/// Two places about one thing. A gap that a text merely leaves says nothing against a value elsewhere; two values that
/// differ are a gap that quotes both, and what is in doubt in one place is in doubt whatever other places say. So the
/// order of places does not decide what is known.
pub(crate) fn merge(known: &mut Fact, other: Knowledge, evidence: Vec<Evidence>) {
    match (is_silent(&known.knowledge), is_silent(&other)) {
        (false, true) => return,
        (true, false) => {
            known.knowledge = other;
            known.evidence = evidence;
            return;
        }
        (true, true) | (false, false) => {}
    }
    match (&known.knowledge, other) {
        (Knowledge::Known { value: first }, Knowledge::Known { value: later }) if *first != later => {
            let reason = format!("{SAYS}{first}, and in another place {later}");
            known.knowledge = Knowledge::Unknown { status: CollectionStatus::NotRecorded, reason };
        }
        (Knowledge::Known { .. }, other @ Knowledge::Unknown { .. }) => known.knowledge = other,
        (Knowledge::Known { .. } | Knowledge::Unknown { .. }, _) => {}
    }
    if known.evidence.len() < MAX_PLACES {
        known.evidence.extend(evidence);
    }
}

/// How a reason begins that quotes what a text says and why that is no value.
const SAYS: &str = "the text says ";
/// How one begins that doubts it.
const DOUBTFUL: &str = "doubtful: ";

/// Whether this is a gap that a text leaves: it does not say, or is cut, or has no such column.
fn is_silent(knowledge: &Knowledge) -> bool {
    match knowledge {
        Knowledge::Known { .. } => false,
        Knowledge::Unknown { status: CollectionStatus::Masked, .. } => false,
        Knowledge::Unknown { reason, .. } => !(reason.starts_with(SAYS) || reason.starts_with(DOUBTFUL)),
    }
}

fn wide(number: usize) -> u64 {
    u64::try_from(number).unwrap_or(u64::MAX)
}
