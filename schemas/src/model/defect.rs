//! What is wrong with an answer that came with status OK: it is none to the request that was made.
//!
//! Must not do: decode values, or say anything of answers that are refusals.

use super::command::CommandStatus;
use super::exchange::Reply;
use super::fact::View;
use super::nv::{ItemHeader, type_dword};
use super::request::{Readable, Request, register};
use super::transcript::without_trailing_zeros;
use crate::catalog::TypeDword;
use crate::redaction::returned_length;

/// The index field that is a port's number.
const LOCAL_PORT: &str = "local_port";

/// Why an answer with status OK does not count as one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Defect {
    /// An MNVDA answer repeats the type of the item that it is about; one with another type, or with none because the
    /// device wrote nothing, is about another item.
    #[error("the answer is about {}, not {}", item(*told), item(*asked))]
    OtherItem {
        /// Type dword of the answer.
        told: u32,
        /// Type dword of the request.
        asked: u32,
    },
    /// An MNVDA answer repeats the view too (seen on a ConnectX-5: factory reads come back with access mode 2).
    #[error("the answer is about {}, not {}", view(*told), asked.word())]
    OtherView {
        /// View of the answer; `None` for the access mode that is none.
        told: Option<View>,
        /// View of the request.
        asked: View,
    },
    /// It says nothing of the bytes that are missing.
    #[error("the answer is cut short: {there} bytes of {returned}")]
    CutShort {
        /// Bytes that are there.
        there: usize,
        /// Bytes that it returns by its own account.
        returned: usize,
    },
    /// Not one byte was written where an answer cannot be without any: no device has an identity of zeros (MGIR), and
    /// the registers of a port repeat its number (PRM: `local_port` is an index field).
    #[error("the answer is empty")]
    Empty,
}

impl Defect {
    /// The same words for all answers with this kind of defect, for sums.
    pub fn kind(self) -> &'static str {
        match self {
            Self::OtherItem { .. } => "the answer is about another NV item",
            Self::OtherView { .. } => "the answer is about another view of the NV item",
            Self::CutShort { .. } => "the answer is cut short",
            Self::Empty => "the answer is empty",
        }
    }
}

/// What is wrong with an answer, where something is. What it is about comes first: bytes about something else are of no
/// use, those of an answer that is cut short may be.
pub fn defect(request: &Request, reply: &Reply) -> Option<Defect> {
    if reply.status != CommandStatus::OK {
        return None;
    }
    defect_of_ok(request, reply, returned_length(request, reply))
}

/// Likewise of an answer with status OK, when [`returned_length`] is known.
#[inline]
pub(super) fn defect_of_ok(request: &Request, reply: &Reply, returned: usize) -> Option<Defect> {
    let register = request.as_register();
    if let Some((register::MNVDA, asked)) = register
        && let Some(defect) = about_another(asked, reply.data())
    {
        return Some(defect);
    }
    let there = reply.output.len();
    if there < returned {
        return Some(Defect::CutShort { there, returned });
    }
    let (id, asked) = register?;
    // Most answers are not, and one look tells.
    let may_be_empty = reply.data().first_chunk().is_none_or(|first| u64::from_ne_bytes(*first) == 0);
    let is_empty = may_be_empty && without_trailing_zeros(reply.data()).is_empty();
    (is_empty && (id == register::MGIR || names_port(id, asked))).then_some(Defect::Empty)
}

/// Whether MNVDA data is about another item or view than was asked for; not where it is too short to say.
fn about_another(asked: &[u8], answer: &[u8]) -> Option<Defect> {
    let (wanted, found) = (type_dword(asked)?, type_dword(answer)?);
    if wanted != found {
        return Some(Defect::OtherItem { told: found, asked: wanted });
    }
    if ItemHeader::is_same_view(asked, answer) {
        return None;
    }
    let wanted = ItemHeader::read(asked)?.view;
    let found = ItemHeader::read(answer).map(|header| header.view);
    (found != Some(wanted)).then_some(Defect::OtherView { told: found, asked: wanted })
}

/// Whether a register read asks for a port by number.
fn names_port(id: u16, asked: &[u8]) -> bool {
    let port = Readable::of(id).and_then(|readable| readable.index(LOCAL_PORT));
    port.is_some_and(|index| index.get(asked) != 0)
}

fn item(type_dword: u32) -> String {
    let TypeDword { class, index, selector } = TypeDword::split(type_dword);
    format!("TLV {class}:0x{index:03x}{}", selector.suffix())
}

fn view(told: Option<View>) -> String {
    told.map_or_else(|| "no view".to_owned(), |view| format!("the view {}", view.word()))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    fn mnvda(type_dword: u32) -> Request {
        let mut data = vec![0; 268];
        data[..4].copy_from_slice(&0x0200_0100_u32.to_be_bytes());
        data[4..8].copy_from_slice(&type_dword.to_be_bytes());
        Request::register(register::MNVDA, data).unwrap()
    }

    fn reply(status: u8, data: &[u8]) -> Reply {
        let mut output = vec![status];
        output.resize(16, 0);
        output.extend_from_slice(data);
        Reply::from_output(output).unwrap()
    }

    #[test]
    fn an_answer_about_the_item_is_sound() {
        let data = [0x01, 0, 0, 4, 0, 0, 0, 0x80, 0, 0, 0, 0, 1, 2, 3, 4];
        assert_eq!(defect(&mnvda(0x80), &reply(0, &data)), None);
        assert_eq!(
            defect(&mnvda(0x81), &reply(0, &data)).unwrap().to_string(),
            "the answer is about TLV 0:0x080, not TLV 0:0x081"
        );
    }

    #[test]
    fn an_answer_about_another_view_is_told_apart() {
        let said = |mode: u8| {
            let data = [0x01, mode << 6, 0, 4, 0, 0, 0, 0x80, 0, 0, 0, 0, 1, 2, 3, 4];
            defect(&mnvda(0x80), &reply(0, &data)).map(|defect| defect.to_string())
        };
        assert_eq!(said(0), None);
        assert_eq!(said(2).unwrap(), "the answer is about the view default, not next");
        assert_eq!(said(3).unwrap(), "the answer is about no view, not next");
    }

    #[test]
    fn what_an_answer_is_about_comes_before_its_length() {
        let data = [0x01, 0, 0, 4, 0, 0, 0, 0x80, 0, 0, 0, 0, 1];
        assert!(matches!(defect(&mnvda(0x81), &reply(0, &data)), Some(Defect::OtherItem { .. })));
        // Too short to say what it is about.
        assert!(matches!(defect(&mnvda(0x81), &reply(0, &data[..6])), Some(Defect::CutShort { .. })));
    }

    #[test]
    fn an_answer_that_says_less_than_it_returns_is_cut_short() {
        let data = [0x01, 0, 0, 4, 0, 0, 0, 0x80, 0, 0, 0, 0, 1, 2];
        assert_eq!(
            defect(&mnvda(0x80), &reply(0, &data)).unwrap().to_string(),
            "the answer is cut short: 30 bytes of 32"
        );
        let ptys = Request::register(register::PTYS, vec![0; 64]).unwrap();
        assert_eq!(
            defect(&ptys, &reply(0, &[0; 4])).unwrap().to_string(),
            "the answer is cut short: 20 bytes of 80"
        );
        assert_eq!(defect(&ptys, &reply(0, &[0; 64])), None, "no port was named");
    }

    #[test]
    fn an_answer_without_a_byte_is_empty_where_there_must_be_one() {
        let of_port = |id, length: usize| {
            let mut data = vec![0; length];
            data[1] = 1;
            Request::register(id, data).unwrap()
        };
        assert_eq!(defect(&of_port(register::PTYS, 64), &reply(0, &[0; 64])), Some(Defect::Empty));
        let mut told = [0; 64];
        told[1] = 1;
        assert_eq!(defect(&of_port(register::PTYS, 64), &reply(0, &told)), None);
        let mgir = Request::register(register::MGIR, vec![0; 160]).unwrap();
        assert_eq!(defect(&mgir, &reply(0, &[0; 160])), Some(Defect::Empty));
        // Everything may be zero here.
        let mdsr = Request::register(register::MDSR, vec![0; 48]).unwrap();
        assert_eq!(defect(&mdsr, &reply(0, &[0; 48])), None);
    }

    #[test]
    fn an_empty_answer_is_about_no_item() {
        assert!(defect(&mnvda(0x80), &reply(0, &[0; 12])).unwrap().to_string().contains("about TLV 0:0x000"));
    }

    #[test]
    fn a_refusal_has_no_defect() {
        assert_eq!(defect(&mnvda(0x80), &reply(3, &[])), None);
    }
}
