//! Fields of an item's header that some firmware repeats from the request: then they say nothing of the item.
//!
//! One item is asked for twice, with different values in these fields. Where both answers say what their request said,
//! the field is an echo; where one does not, it is the device's own.
//!
//! Must not do: take a field for the device's own because it was not tried.

use crate::decode::source::{Facts, Scribe, Silence, Source, flag_value, known_or};
use crate::model::nv::ItemHeader;

use super::header::{OVERWRITABLE, PRIORITY, Place, WRITER};

/// Which of the header's fields are echoes: `None` where that was not found out.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Echo {
    pub(super) writer: Option<bool>,
    pub(super) priority: Option<bool>,
    pub(super) overwritable: Option<bool>,
}

/// One item in one view, asked for twice.
#[derive(Debug, Clone, Copy)]
pub(super) struct Twice<'a> {
    /// Naming nobody.
    pub(super) plain: Source<'a>,
    /// Naming a writer.
    pub(super) stated: Source<'a>,
}

/// The headers of a request and of its answer.
fn headers(source: Source<'_>) -> Option<(ItemHeader, ItemHeader)> {
    let (_, asked) = source.exchange().request.as_register()?;
    Some((ItemHeader::read(asked)?, ItemHeader::read(source.data().ok()?)?))
}

impl Echo {
    /// What the pair tells.
    pub(super) fn of(twice: Twice<'_>) -> Self {
        let Some((plain, stated)) = headers(twice.plain).zip(headers(twice.stated)) else {
            return Self::default();
        };
        fn tells<T: PartialEq>(
            field: impl Fn(ItemHeader) -> T,
            pairs: [(ItemHeader, ItemHeader); 2],
        ) -> Option<bool> {
            let [(first, first_answer), (second, second_answer)] = pairs;
            let repeats = |asked, answer| field(asked) == field(answer);
            match (repeats(first, first_answer), repeats(second, second_answer)) {
                // The same was said both times: an answer that says it too may know it.
                (true, true) if field(first) == field(second) => None,
                (first, second) => Some(first && second),
            }
        }
        let pairs = [plain, stated];
        Self {
            writer: tells(|header| header.writer, pairs),
            priority: tells(|header| header.priority, pairs),
            overwritable: tells(|header| header.overwritable, pairs),
        }
    }

    /// Takes what another pair tells of fields that this one left open.
    pub(super) fn or(self, other: Self) -> Self {
        Self {
            writer: self.writer.or(other.writer),
            priority: self.priority.or(other.priority),
            overwritable: self.overwritable.or(other.overwritable),
        }
    }

    /// `nv/access.writer_echoed` and its like. `stated` is the request that was to tell.
    pub(super) fn facts(self, stated: Source<'_>, scribe: Scribe<'_>, facts: &mut Facts) {
        let open = || match stated.data() {
            Ok(_) => Silence::absent("the two answers do not tell"),
            Err(silence) => silence,
        };
        for (name, place, echoed) in [
            ("writer_echoed", WRITER, self.writer),
            ("priority_echoed", PRIORITY, self.priority),
            ("overwritable_echoed", OVERWRITABLE, self.overwritable),
        ] {
            let value = echoed.map(|echoed| flag_value(u64::from(echoed))).ok_or_else(open);
            let (offset, width): Place = place;
            facts.push(scribe.fact(
                format!("nv/access.{name}"),
                known_or(value),
                stated.evidence_of(offset, width),
            ));
        }
    }

    /// Why a header field of this answer says nothing; `None` where it counts.
    pub(super) fn silences(self, place: Place, source: Source<'_>) -> Option<Silence> {
        let echoed = match place {
            WRITER => self.writer,
            PRIORITY => self.priority,
            OVERWRITABLE => self.overwritable,
            _ => return None,
        };
        let (asked, answered) = headers(source)?;
        let may_be = match place {
            WRITER => asked.writer != 0 && asked.writer == answered.writer,
            PRIORITY => asked.priority != 0 && asked.priority == answered.priority,
            _ => false,
        };
        match echoed {
            Some(true) => Some(Silence::absent("this firmware repeats what the request says here")),
            None if may_be => {
                Some(Silence::absent("the request said the same, and nothing tells it from an echo"))
            }
            Some(false) | None => None,
        }
    }
}
