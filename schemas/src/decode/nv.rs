//! NV configuration: MNVGC, MNVQC, MNVDA and MNVGN exchanges to facts.
//!
//! Every TLV that was asked for has facts, and every parameter that the catalog knows of it has one per view,
//! read or not. The bytes of all TLVs are facts too (`/data`), so that a parameter without a name is not lost.
//!
//! Must not do: put a default in place of a value that was not read, or honour valid flags by replacing values.

mod drift;
mod echo;
mod header;
mod raw;
mod stored;

use std::collections::BTreeMap;

use crate::catalog::history::{Changes, Names};
use crate::catalog::{Catalog, Parameter, ParameterKind, Selector, Tlv, TypeDword};
use crate::model::fact::{Evidence, Knowledge, Subject, Value, View};
use crate::model::nv::{ItemHeader, type_dword};
use crate::model::request::register;
use crate::model::status::CollectionStatus;

use self::echo::{Echo, Twice};
use self::header::Header;
pub use self::raw::{RawSource, raw_item};
use super::bits;
use super::source::{
    Facts, Scribe, Silence, Source, bytes_value, flag_value, keep, known_or, number_value, text_value,
};

/// Bits of the MNVDA header, after which the TLV's data begins.
const DATA_AT: u32 = 96;

/// Which item: its type, and whether host and function in it are meant as they stand or as "whoever asks".
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct ItemKey {
    type_dword: u32,
    host_id_valid: bool,
}

impl ItemKey {
    /// Of MNVDA data, a request's or an answer's, or of an item in the walk.
    fn of_item(data: &[u8]) -> Option<Self> {
        let host_id_valid = bits::number(data, 22, 1)? != 0;
        Some(Self { type_dword: type_dword(data)?, host_id_valid })
    }

    /// Of MNVQC data.
    fn of_query(data: &[u8]) -> Option<Self> {
        let type_dword = bits::number(data, 0, 32).and_then(|number| u32::try_from(number).ok())?;
        Some(Self { type_dword, host_id_valid: bits::number(data, 54, 1)? != 0 })
    }
}

/// One answer for each view, in the order of [`View::ALL`].
type ByView<'a> = [Option<Source<'a>>; 3];

/// All that was asked about one item.
#[derive(Debug, Default)]
struct Asked<'a> {
    query: Option<Source<'a>>,
    /// Naming nobody.
    plain: ByView<'a>,
    /// Naming a writer or a priority.
    stated: ByView<'a>,
}

impl<'a> Asked<'a> {
    /// What counts for each view: an answer to a request that names nobody first.
    fn views(&self) -> ByView<'a> {
        let mut views = self.plain;
        for (view, stated) in views.iter_mut().zip(self.stated) {
            let is_better = view.is_none_or(|plain| !plain.is_answer())
                && stated.is_some_and(|stated| view.is_none() || stated.is_answer());
            if is_better {
                *view = stated;
            }
        }
        views
    }

    fn twice(&self) -> impl Iterator<Item = Twice<'a>> {
        let pairs = self.plain.into_iter().zip(self.stated);
        pairs.filter_map(|(plain, stated)| Some(Twice { plain: plain?, stated: stated? }))
    }
}

/// Everything asked of NV configuration, by item.
#[derive(Debug, Default)]
pub(super) struct Collected<'a> {
    access: Option<Source<'a>>,
    asked: BTreeMap<ItemKey, Asked<'a>>,
    stored: stored::Walk<'a>,
}

impl<'a> Collected<'a> {
    /// Takes an exchange if it is one of NV configuration; says whether it was.
    pub(super) fn take(&mut self, source: Source<'a>) -> bool {
        let Some((id, data)) = source.exchange().request.as_register() else { return false };
        match id {
            register::MNVGC => keep(&mut self.access, source),
            register::MNVQC => {
                if let Some(key) = ItemKey::of_query(data) {
                    keep(&mut self.asked.entry(key).or_default().query, source);
                }
            }
            register::MNVGN => {
                if let Some(place) = bits::number(data, 0, 32).and_then(|place| u32::try_from(place).ok()) {
                    self.stored.take(source, place);
                }
            }
            register::MNVDA => {
                let Some((key, header)) = ItemKey::of_item(data).zip(ItemHeader::read(data)) else {
                    return false;
                };
                let asked = self.asked.entry(key).or_default();
                let [default, current, next] =
                    if header.names_somebody() { &mut asked.stated } else { &mut asked.plain };
                let kept = match header.view {
                    View::Default => default,
                    View::Current => current,
                    View::Next => next,
                };
                keep(kept, source);
            }
            _ => return false,
        }
        true
    }

    /// Writes all facts.
    pub(super) fn facts(&self, catalog: &Catalog, scribe: Scribe<'_>, facts: &mut Facts) {
        if let Some(source) = self.access {
            access_facts(source, scribe, facts);
        }
        let twice = || self.asked.values().flat_map(Asked::twice);
        let echo = twice().map(Echo::of).fold(Echo::default(), Echo::or);
        if let Some(twice) = twice().next() {
            echo.facts(twice.stated, scribe, facts);
        }
        self.stored.facts(catalog, scribe, facts);
        for (&ItemKey { type_dword, host_id_valid }, asked) in &self.asked {
            // Type 0 is no TLV: asking for it tells whether there is NV configuration at all.
            if type_dword == 0 {
                if let Some(query) = asked.query {
                    let knowledge = known_or(query.data().map(|_| flag_value(1)));
                    facts.push(scribe.fact("nv/access.supported".to_owned(), knowledge, query.evidence()));
                }
                if asked.views().iter().all(Option::is_none) {
                    continue;
                }
            }
            let parts = TypeDword::split(type_dword);
            let writer = TlvWriter::of(catalog, scribe, parts, host_id_valid, echo);
            writer.write(asked, facts);
        }
    }

    /// The data of one TLV and the exchange that brought it, in the view that says most of what is in force:
    /// current, else next, else default. A failure where none was read; `None` where none was asked for.
    pub(super) fn data_in_force(&self, type_dword: u32) -> Option<(Source<'a>, Result<&'a [u8], Silence>)> {
        let [default, current, next] = self.asked.get(&ItemKey { type_dword, host_id_valid: false })?.views();
        let asked: Vec<Source<'a>> = [current, next, default].into_iter().flatten().collect();
        let source = *asked.iter().find(|source| source.is_answer()).or(asked.first())?;
        let data = source.data().and_then(|bytes| Header::read(bytes).map(|header| header.data(bytes)));
        Some((source, data))
    }
}

/// `nv/0:0x080`; an instance of a named host or function has them in brackets.
fn tlv_path(parts: TypeDword, host_id_valid: bool) -> String {
    let TypeDword { class, index, selector } = parts;
    match selector {
        Selector::Function { host, function } if host_id_valid || host != 0 || function != 0 => {
            format!("nv/{class}:0x{index:03x}[host={host},function={function}]")
        }
        Selector::Host(host) if host_id_valid || host != 0 => {
            format!("nv/{class}:0x{index:03x}[host={host}]")
        }
        Selector::Global
        | Selector::Port(_)
        | Selector::Module(_)
        | Selector::Host(_)
        | Selector::Function { .. } => format!("nv/{class}:0x{index:03x}"),
    }
}

/// MNVGC: which views the device can give. Bits of dword 0 (PRM MNVGC; mstflint `nvgc`).
fn access_facts(source: Source<'_>, scribe: Scribe<'_>, facts: &mut Facts) {
    for (name, bit) in [("read_default", 31), ("read_current", 30), ("other_host", 29)] {
        let value = source
            .data()
            .and_then(|data| bits::number(data, bit, 1).ok_or_else(|| source.beyond()))
            .map(flag_value);
        facts.push(scribe.fact(format!("nv/access.{name}"), known_or(value), source.evidence_of(bit, 1)));
    }
}

/// Writes the facts of one TLV instance.
struct TlvWriter<'a> {
    scribe: Scribe<'a>,
    path: String,
    subject: Subject,
    suffix: String,
    tlv: Option<&'a Tlv>,
    /// What other releases said of it.
    changes: Option<&'a Changes>,
    echo: Echo,
}

impl<'a> TlvWriter<'a> {
    fn of(
        catalog: &'a Catalog,
        scribe: Scribe<'a>,
        parts: TypeDword,
        host_id_valid: bool,
        echo: Echo,
    ) -> Self {
        let owner = format!("{}:0x{:03x}", parts.class, parts.index);
        Self {
            scribe,
            path: tlv_path(parts, host_id_valid),
            subject: parts.selector.subject(scribe.device),
            suffix: parts.selector.suffix(),
            tlv: catalog.tlv(parts.class, parts.index),
            changes: catalog.history().of(&owner),
            echo,
        }
    }

    fn write(&self, asked: &Asked<'_>, facts: &mut Facts) {
        let version = asked.query.and_then(|query| self.write_query(query, facts));
        let mut answers = Vec::new();
        for (view, source) in View::ALL.into_iter().zip(asked.views()) {
            let Some(source) = source else { continue };
            match source.data().and_then(|bytes| Ok((bytes, Header::read(bytes)?))) {
                Ok((bytes, header)) => {
                    self.write_header(view, source, &header, bytes, facts);
                    let version = version.unwrap_or(Version::Named(header.version));
                    self.write_parameters(view, source, Ok((header.data(bytes), version)), facts);
                    answers.push(drift::Answer { view, source, data: header.data(bytes), version });
                }
                Err(silence) => {
                    self.push(facts, "/data", Some(view), silence.knowledge(), source.evidence());
                    self.write_parameters(view, source, Err(&silence), facts);
                }
            }
        }
        drift::write(self, &answers, facts);
    }

    /// MNVQC's word on the TLV; returns the TLV version that the firmware has.
    fn write_query(&self, query: Source<'_>, facts: &mut Facts) -> Option<Version> {
        let data = match query.data() {
            Ok(data) => data,
            Err(silence) => {
                self.push(facts, "/supported", None, silence.knowledge(), query.evidence());
                return None;
            }
        };
        self.push(facts, "/supported", None, Knowledge::Known { value: flag_value(1) }, query.evidence());
        let version = bits::number(data, 56, 4);
        for (name, offset, width, value) in [
            ("/readable", 63, 1, bits::number(data, 63, 1).map(flag_value)),
            ("/writable", 62, 1, bits::number(data, 62, 1).map(flag_value)),
            ("/supported_version", 56, 4, version.map(|number| number_value(number, None))),
        ] {
            let knowledge = known_or(value.ok_or_else(|| query.beyond()));
            self.push(facts, name, None, knowledge, query.evidence_of(offset, width));
        }
        version.map(Version::Told)
    }

    fn write_header(&self, view: View, source: Source<'_>, header: &Header, bytes: &[u8], facts: &mut Facts) {
        for (name, (offset, width), value) in header.values() {
            let knowledge = match self.echo.silences((offset, width), source) {
                Some(silence) => silence.knowledge(),
                None => Knowledge::Known { value },
            };
            self.push(facts, name, Some(view), knowledge, source.evidence_of(offset, width));
        }
        let data = header.data(bytes);
        let evidence = if data.is_empty() {
            source.evidence()
        } else {
            source.evidence_of(DATA_AT, bits::bit_length(data.len()))
        };
        let knowledge = known_or(source.whole_data().map(|_| bytes_value(data)));
        self.push(facts, "/data", Some(view), knowledge, evidence);
    }

    /// One fact per parameter and element, from the data and the firmware's version of the TLV.
    fn write_parameters(
        &self,
        view: View,
        source: Source<'_>,
        answer: Result<(&[u8], Version), &Silence>,
        facts: &mut Facts,
    ) {
        let Some(tlv) = self.tlv else { return };
        for parameter in &tlv.parameters {
            for index in 0..parameter.elements() {
                let Some((offset, width)) = parameter.element(index) else { break };
                let knowledge = match answer {
                    Ok((data, version)) => known_or(value(parameter, source, data, version, (offset, width))),
                    Err(silence) => silence.knowledge(),
                };
                let bracket = if is_scalar(parameter) { String::new() } else { format!("[{index}]") };
                let mut fact = self.scribe.fact_about(
                    self.subject.clone(),
                    format!("{}.{}{bracket}", self.path, parameter.name),
                    Some(view),
                    knowledge,
                    source.evidence_of(DATA_AT.saturating_add(offset), width),
                );
                fact.aliases = self.aliases(tlv, parameter, &bracket);
                facts.push(fact);
            }
        }
    }

    /// The printed name, the database's, and those of other releases.
    fn aliases(&self, tlv: &Tlv, parameter: &Parameter, bracket: &str) -> Vec<String> {
        let Names { printed, database } = Names::of(tlv, parameter, self.changes);
        let printed = printed.into_iter().map(|name| format!("{name}{}{bracket}", self.suffix));
        let mut database = database.into_iter().map(|name| format!("{name}{bracket}"));
        // Today's names come first: people see the first of all.
        let own = usize::from(parameter.alias.is_some());
        let mut aliases: Vec<String> = printed.collect();
        aliases.splice(own..own, database.next());
        aliases.extend(database);
        aliases
    }

    fn push(
        &self,
        facts: &mut Facts,
        name: &str,
        view: Option<View>,
        knowledge: Knowledge,
        evidence: Evidence,
    ) {
        let mut fact = self.scribe.fact_about(
            self.subject.clone(),
            format!("{}{name}", self.path),
            view,
            knowledge,
            evidence,
        );
        if let Some(tlv) = self.tlv {
            fact.aliases.push(format!("{}{name}", tlv.name));
        } else if let Some(gone) = self.changes.and_then(|changes| changes.gone.as_ref()) {
            fact.aliases.push(format!("{}{name}", gone.name));
        }
        facts.push(fact);
    }
}

/// The version of a TLV, which says what parameters it has.
#[derive(Debug, Clone, Copy)]
enum Version {
    /// What the firmware has, as MNVQC tells.
    Told(u64),
    /// What the header says. It proves no parameter missing: real devices leave it 0.
    Named(u64),
}

/// Whether a parameter is one value, not elements (text is one value whatever its room).
fn is_scalar(parameter: &Parameter) -> bool {
    parameter.array.is_none() || parameter.kind == ParameterKind::Text
}

fn value(
    parameter: &Parameter,
    source: Source<'_>,
    data: &[u8],
    version: Version,
    (offset, width): (u32, u32),
) -> Result<Value, Silence> {
    let since = u64::from(parameter.since_version);
    let begins = format!("exists from TLV version {since} on");
    match version {
        Version::Told(version) if since > version => {
            return Err(Silence::absent(format!("{begins}; this one has {version}")));
        }
        Version::Named(version) if since > version => {
            let reason = format!("{begins}; the header says {version}, and the firmware was not heard on it");
            return Err(Silence { status: CollectionStatus::Error, reason });
        }
        Version::Told(_) | Version::Named(_) => {}
    }
    let value = match parameter.kind {
        ParameterKind::Text => bits::bytes(data, offset, width).map(text_value),
        ParameterKind::Unsigned
        | ParameterKind::Boolean
        | ParameterKind::Enumeration
        | ParameterKind::Binary
        | ParameterKind::Bytes => {
            bits::number(data, offset, width).map(|number| number_value(number, parameter.value_name(number)))
        }
    };
    value.ok_or_else(|| source.beyond())
}
