//! One item: whether the firmware has it (MNVQC), and what it holds in each view (MNVDA).
//!
//! Must not do: choose the items.

use mlx5_schemas::catalog::Tlv;
use mlx5_schemas::model::command::CommandStatus;
use mlx5_schemas::model::exchange::SkipReason;
use mlx5_schemas::model::fact::View;
use mlx5_schemas::model::nv::{HOST_ID_VALID, ItemHeader};
use mlx5_schemas::model::request::{Request, register};
use mlx5_schemas::redaction::is_secret_type;

use super::super::{ProbeContext, length_refused};
use super::{Standing, standing};
use crate::recorder::Answer;

/// `writer_id` of mlxconfig, and the one after it.
const MLXCONFIG: u8 = 9;
const USER_1: u8 = 10;
/// Priority of the board's maker.
const OEM: u8 = 1;
/// Room for any item.
const ROOM: u16 = 256;

/// What is asked for.
#[derive(Debug, Clone, Copy)]
pub(super) struct Item {
    type_dword: u32,
    /// Its length, where it is known.
    length: Option<u16>,
    /// Whether the device writes it itself.
    is_capability: bool,
    /// Whether the expansion ROM serves it.
    of_expansion_rom: bool,
    /// Whether host and function in the type are meant as they stand.
    host_id_valid: bool,
}

impl Item {
    /// The same item, with host and function in the type meant as they stand.
    pub(super) fn with_host_id(self, host_id_valid: bool) -> Self {
        Self { host_id_valid, ..self }
    }

    /// An instance of an item of the catalog.
    pub(super) fn of(tlv: &Tlv, type_dword: u32) -> Self {
        Self {
            type_dword,
            length: (tlv.size <= ROOM).then_some(tlv.size),
            is_capability: tlv.capability,
            of_expansion_rom: tlv.expansion_rom,
            host_id_valid: false,
        }
    }

    /// An item that the catalog does not know, with the length that the walk over the store gave.
    pub(super) fn unknown(type_dword: u32, length: u16) -> Self {
        Self {
            type_dword,
            length: (1..=ROOM).contains(&length).then_some(length),
            is_capability: false,
            of_expansion_rom: false,
            host_id_valid: false,
        }
    }
}

/// The forms of an MNVDA read, which differ in the first dword alone; in the order in which they are tried.
#[derive(Debug, Clone, Copy)]
enum Form {
    /// Room for the largest item, `ovr_en` set: what mlxconfig sends, but for the writer.
    Plain,
    /// The item's exact length and nothing else: what the kernel sends (`mlx5/core/lib/nv_param.c`).
    Exact(u16),
    /// What mlxconfig sends, its writer too. What then comes back as the writer is nobody's word.
    Vendor,
}

impl Form {
    fn header(self, view: View, host_id_valid: bool) -> ItemHeader {
        let plain =
            ItemHeader { room: ROOM, view, host_id_valid, writer: 0, priority: 0, overwritable: true };
        match self {
            Self::Plain => plain,
            Self::Exact(room) => ItemHeader { room, overwritable: false, ..plain },
            Self::Vendor => ItemHeader { writer: MLXCONFIG, ..plain },
        }
    }
}

/// Reads items of one device.
#[derive(Debug)]
pub(super) struct Reader {
    views: Vec<View>,
    /// Whether the device has accepted a form once.
    form_accepted: bool,
    /// Whether an item was asked for twice, to find echoes.
    asked_twice: bool,
    /// The last question whether an item is there.
    query: Option<Request>,
    /// The last question what an item holds.
    read: Option<Request>,
}

impl Reader {
    /// A reader of these views.
    pub(super) fn new(views: Vec<View>) -> Self {
        Self { views, form_accepted: false, asked_twice: false, query: None, read: None }
    }

    /// Asks for an item in all views. Says whether the device gave it in any.
    pub(super) fn read(&mut self, context: &mut ProbeContext<'_>, item: Item) -> bool {
        if is_secret_type(item.type_dword) {
            if let Ok(row) = Request::left_out_secret(item.type_dword) {
                context.ask.skip(&row, SkipReason::Secret);
            }
            return false;
        }
        let flags = if item.host_id_valid { HOST_ID_VALID } else { 0 };
        let Some(request) = next(&mut self.query, register::MNVQC, [item.type_dword, flags]) else {
            return false;
        };
        let answer = context.ask(request);
        match standing(&answer) {
            Standing::Answered => {
                // support_rd: bit 0 of dword 1. The expansion ROM's TLVs are served by the ROM, and the bit
                // says nothing.
                let readable = answer.dword(1).is_some_and(|flags| flags & 1 == 1);
                if !readable && !item.of_expansion_rom {
                    return false;
                }
            }
            // Any refusal means that this firmware does not know the TLV.
            Standing::Refused | Standing::Unasked => return false,
            // Nothing says that it is not there: the value itself is asked for all the same.
            Standing::Open => {}
        }
        let mut is_there = false;
        for at in 0..self.views.len() {
            let Some(&view) = self.views.get(at) else { break };
            // What a device is capable of is written by its firmware: there is no factory setting of it to
            // ask for, and a device that refuses that question in an unusual way would look like a device
            // with a gap.
            if !(item.is_capability && view == View::Default) {
                is_there |= self.view(context, item, view);
            }
        }
        is_there
    }

    /// Asks for one view in the forms that there are, until one is not refused. Says whether it was answered.
    fn view(&mut self, context: &mut ProbeContext<'_>, item: Item, view: View) -> bool {
        let forms = [Some(Form::Plain), item.length.map(Form::Exact), Some(Form::Vendor)];
        for form in forms.into_iter().flatten() {
            let header = form.header(view, item.host_id_valid);
            let dwords = [header.dword(), item.type_dword];
            let Some(request) = next(&mut self.read, register::MNVDA, dwords) else { continue };
            let answer = context.ask(request);
            if answer.data().is_some() {
                self.form_accepted = true;
                self.ask_twice(context, item, header, &answer);
                return true;
            }
            // BAD_PARAM can be about the form or about the instance. Once the device has accepted a form it
            // is about the instance, and asking again would only multiply the refusals in the record.
            let is_bad_parameter = answer.status() == Some(CommandStatus::BAD_PARAM);
            if !length_refused(&answer) && (self.form_accepted || !is_bad_parameter) {
                return false;
            }
        }
        false
    }

    /// Asks once per device for the same item with other words in the fields of the header that firmware may repeat:
    /// another writer than the one it just gave, the other `ovr_en`, and a priority.
    fn ask_twice(&mut self, context: &mut ProbeContext<'_>, item: Item, asked: ItemHeader, answer: &Answer) {
        if self.asked_twice || asked.names_somebody() {
            return;
        }
        self.asked_twice = true;
        let given = answer.data().and_then(ItemHeader::read).map(|header| header.writer);
        let writer = if given == Some(MLXCONFIG) { USER_1 } else { MLXCONFIG };
        let other = ItemHeader { writer, overwritable: !asked.overwritable, ..asked };
        // No tool names a priority in a read; a device that minds is asked without.
        for header in [ItemHeader { priority: OEM, ..other }, other] {
            let dwords = [header.dword(), item.type_dword];
            let Some(request) = next(&mut self.read, register::MNVDA, dwords) else { continue };
            let answer = context.ask(request);
            if answer.data().is_some() || answer.status() == Some(CommandStatus::NOT_RECORDED) {
                break;
            }
        }
    }
}

/// The request that is to be made next, in the place of the one before it. `None` where there is no such request.
fn next(place: &mut Option<Request>, id: u16, dwords: [u32; 2]) -> Option<&Request> {
    match place {
        Some(request) if request.as_register().is_some_and(|(before, _)| before == id) => {
            request.set_nv(dwords).ok()?;
        }
        Some(_) | None => *place = Some(Request::nv(id, dwords).ok()?),
    }
    place.as_ref()
}
