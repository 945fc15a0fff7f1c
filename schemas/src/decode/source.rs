//! What the decoders decode: the exchange that counts among repeated ones, its data or why there is none, and
//! the evidence it gives; and where the facts go.
//!
//! Must not do: know registers.

use crate::model::command::CommandStatus;
use crate::model::defect::{Defect, defect};
use crate::model::exchange::{Exchange, Outcome};
use crate::model::fact::{Evidence, Fact, FieldPlace, Knowledge, Route, Subject, Value, View};
use crate::model::status::{CollectionStatus, classify_exchange};
use crate::model::transcript::Recorded;

use super::bits;

/// Bits of the command header, which every offset within an output counts.
const HEADER_BITS: u32 = 128;

/// Bits of status and syndrome at the front of an output: what shows a refusal.
const REFUSAL: FieldPlace = FieldPlace { bit_offset: 0, bit_width: 64 };

/// One recorded exchange and the member that holds it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Source<'a> {
    pub(super) member: &'a str,
    pub(super) recorded: &'a Recorded,
}

/// Why there is no value.
#[derive(Debug, Clone)]
pub(super) struct Silence {
    pub(super) status: CollectionStatus,
    pub(super) reason: String,
}

impl Silence {
    /// The device answered, and what was looked for is not in its answer.
    pub(super) fn absent(reason: impl Into<String>) -> Self {
        Self { status: CollectionStatus::Absent, reason: reason.into() }
    }

    fn of_defect(defect: Defect) -> Self {
        Self { status: CollectionStatus::Error, reason: defect.to_string() }
    }

    pub(super) fn knowledge(&self) -> Knowledge {
        Knowledge::Unknown { status: self.status, reason: self.reason.clone() }
    }
}

impl<'a> Source<'a> {
    pub(super) fn exchange(self) -> &'a Exchange {
        &self.recorded.exchange
    }

    /// Whether the device answered what it was asked, with status OK.
    pub(super) fn is_answer(self) -> bool {
        self.data().is_ok()
    }

    /// The data after the header, or why there is none.
    pub(super) fn data(self) -> Result<&'a [u8], Silence> {
        match &self.exchange().outcome {
            Outcome::Replied(reply) if reply.status == CommandStatus::OK => match self.defect() {
                // What is there of it counts; what is beyond is looked at where it is missed.
                None | Some(Defect::CutShort { .. }) => Ok(reply.data()),
                Some(defect @ (Defect::OtherItem { .. } | Defect::OtherView { .. } | Defect::Empty)) => {
                    Err(Silence::of_defect(defect))
                }
            },
            outcome @ (Outcome::Replied(_) | Outcome::Undelivered { .. } | Outcome::NotAsked(_)) => {
                let status = classify_exchange(&self.exchange().request, outcome);
                Err(Silence { status, reason: outcome.words() })
            }
        }
    }

    /// All the data that the answer returns by its own account, or why it is not all there.
    pub(super) fn whole_data(self) -> Result<&'a [u8], Silence> {
        let data = self.data()?;
        self.cut_short().map_or(Ok(data), Err)
    }

    /// Why something is not in the data of an answer: the device leaves it out of the length that it returns (or the
    /// register was asked for in a shorter form), or bytes of the answer are missing, which says nothing of the device.
    pub(super) fn beyond(self) -> Silence {
        self.cut_short().unwrap_or_else(|| Silence::absent("beyond the returned length"))
    }

    /// An answer with fewer bytes than it returns by its own account.
    fn cut_short(self) -> Option<Silence> {
        self.defect().filter(|defect| matches!(defect, Defect::CutShort { .. })).map(Silence::of_defect)
    }

    fn defect(self) -> Option<Defect> {
        match &self.exchange().outcome {
            Outcome::Replied(reply) => defect(&self.exchange().request, reply),
            Outcome::Undelivered { .. } | Outcome::NotAsked(_) => None,
        }
    }

    /// Evidence without a field: the record, and the refusal in it where there is one.
    pub(super) fn evidence(self) -> Evidence {
        let refused = match &self.exchange().outcome {
            Outcome::Replied(reply) => reply.status != CommandStatus::OK,
            Outcome::Undelivered { .. } | Outcome::NotAsked(_) => false,
        };
        self.evidence_at(refused.then_some(REFUSAL))
    }

    /// Evidence with a field of the data after the header. A place for which the output has no room is no place.
    pub(super) fn evidence_of(self, bit_offset: u32, bit_width: u32) -> Evidence {
        if !self.is_answer() {
            return self.evidence();
        }
        let room = bits::bit_length(self.exchange().request.output_length());
        let bit_offset = bit_offset.saturating_add(HEADER_BITS);
        let fits = bit_offset.checked_add(bit_width).is_some_and(|end| end <= room);
        self.evidence_at(fits.then_some(FieldPlace { bit_offset, bit_width }))
    }

    fn evidence_at(self, field: Option<FieldPlace>) -> Evidence {
        let place = &self.recorded.place;
        let wide = |bytes: usize| u64::try_from(bytes).unwrap_or(u64::MAX);
        Evidence {
            member: self.member.to_owned(),
            offset: wide(place.start),
            length: wide(place.end.saturating_sub(place.start)),
            field,
        }
    }
}

/// Takes the later of two exchanges that ask the same, unless only the earlier was answered: collectors repeat
/// a request with another length, or after a pause.
pub(super) fn keep<'a>(kept: &mut Option<Source<'a>>, source: Source<'a>) {
    if kept.is_none_or(|kept| source.is_answer() || !kept.is_answer()) {
        *kept = Some(source);
    }
}

/// Facts in the order in which they were made, as many as there is room for.
#[derive(Debug)]
pub(super) struct Facts {
    list: Vec<Fact>,
    room: usize,
    left_out: Option<Evidence>,
}

impl Facts {
    pub(super) fn with_room(room: usize) -> Self {
        Self { list: Vec::new(), room, left_out: None }
    }

    /// Takes a fact; where there is no room left, only that there was one.
    pub(super) fn push(&mut self, fact: Fact) {
        if self.list.len() < self.room {
            self.list.push(fact);
        } else if self.left_out.is_none() {
            self.left_out = fact.evidence.into_iter().next();
        }
    }

    /// Those that were taken so far.
    pub(super) fn list(&self) -> &[Fact] {
        &self.list
    }

    /// The facts, and the evidence of the first that was left out.
    pub(super) fn into_parts(self) -> (Vec<Fact>, Option<Evidence>) {
        (self.list, self.left_out)
    }
}

/// Makes facts of one device that came over one route.
#[derive(Debug, Clone, Copy)]
pub(super) struct Scribe<'a> {
    pub(super) device: &'a str,
    pub(super) route: Route,
}

impl Scribe<'_> {
    pub(super) fn device_subject(self) -> Subject {
        Subject::Device { device: self.device.to_owned() }
    }

    /// A fact without aliases and view.
    pub(super) fn fact(self, path: String, knowledge: Knowledge, evidence: Evidence) -> Fact {
        self.fact_about(self.device_subject(), path, None, knowledge, evidence)
    }

    pub(super) fn fact_about(
        self,
        subject: Subject,
        path: String,
        view: Option<View>,
        knowledge: Knowledge,
        evidence: Evidence,
    ) -> Fact {
        Fact {
            subject,
            path,
            aliases: Vec::new(),
            view,
            knowledge,
            route: self.route,
            evidence: vec![evidence],
        }
    }
}

/// A value as a fact knows it.
pub(super) fn known_or(value: Result<Value, Silence>) -> Knowledge {
    match value {
        Ok(value) => Knowledge::Known { value },
        Err(silence) => silence.knowledge(),
    }
}

/// A number, with a name where there is one.
pub(super) fn number_value(number: u64, name: Option<&str>) -> Value {
    Value::Number { number, name: name.map(str::to_owned) }
}

/// `True` or `False`, as mstconfig prints them.
pub(super) fn flag_value(number: u64) -> Value {
    number_value(number, Some(if number == 0 { "False" } else { "True" }))
}

/// Bytes that are to be text: printable ASCII, filled up with zeros; else all of them as bytes. Nothing else can be
/// text here, so that no device's string can steer a terminal and no two different strings look equal.
pub(super) fn text_value(bytes: &[u8]) -> Value {
    let end = bytes.iter().rposition(|&byte| byte != 0).map_or(0, |last| last.saturating_add(1));
    match bytes.get(..end).map(std::str::from_utf8) {
        Some(Ok(text)) if text.bytes().all(|byte| matches!(byte, b' '..=b'~')) => {
            Value::Text { text: text.to_owned() }
        }
        Some(Ok(_) | Err(_)) | None => bytes_value(bytes),
    }
}

/// Bytes in hex.
pub(super) fn bytes_value(bytes: &[u8]) -> Value {
    Value::Bytes { hex: hex(bytes) }
}

/// Lower-case hex, two digits a byte.
pub(super) fn hex(bytes: &[u8]) -> String {
    let digit = |nibble: u8| char::from_digit(u32::from(nibble), 16).unwrap_or('0');
    bytes.iter().flat_map(|byte| [digit(byte >> 4), digit(byte & 0xf)]).collect()
}
