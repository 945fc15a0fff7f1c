//! NV configuration: every TLV of the catalog, in every instance and in every view that the device offers.
//!
//! Must not do: ask for a secret, or state a writer (an echo would then pass for provenance).

use mlx5_schemas::catalog::{Tlv, instances};
use mlx5_schemas::model::command::CommandStatus;
use mlx5_schemas::model::exchange::SkipReason;
use mlx5_schemas::model::fact::View;
use mlx5_schemas::model::request::{Request, register};
use mlx5_schemas::model::status::CollectionStatus;
use mlx5_schemas::redaction::is_secret_tlv;

use super::{Probe, ProbeContext, ProbeId, length_refused};
use crate::recorder::Answer;

/// Signed files: formats, not stored settings.
const FILE_CLASS: u8 = 6;
/// Modules that are asked for at least, as mstconfig does: a card may have more cages than this function
/// has ports.
const MIN_MODULES: u32 = 2;
/// Bytes of MNVDA: header 12, data 256.
const MNVDA_LENGTH: usize = 268;
/// Most data of a TLV.
const MAX_DATA: u16 = 256;
/// MNVDA dword 0, bit 25, `ovr_en`.
const OVERWRITABLE: u32 = 1 << 25;

pub(super) struct Nv;

impl Probe for Nv {
    fn id(&self) -> ProbeId {
        ProbeId::Nv
    }

    fn collect(&self, context: &mut ProbeContext<'_>) {
        let views = views(context);
        let general = context.register(register::MNVQC, &[]);
        if general.is_some_and(|answer| nothing_there(&answer)) {
            return;
        }
        let ports = *context.ports().end();
        let mut walk = Walk { views: &views, plain_form_accepted: false };
        let catalog = context.catalog;
        for tlv in catalog.tlvs().iter().filter(|tlv| tlv.class != FILE_CLASS) {
            for instance in instances(tlv, ports, ports.max(MIN_MODULES)) {
                walk.instance(context, tlv, instance.type_dword);
            }
        }
    }
}

/// Asks MNVGC which views there are. A refusal says that there is nothing but the next boot's values; an
/// answer that says neither (an error, one cut short, or a replay that was not asked this) rules no view out.
fn views(context: &mut ProbeContext<'_>) -> Vec<View> {
    let answer = context.register(register::MNVGC, &[]);
    let modes = match answer.map(|answer| (answer, standing(&answer))) {
        Some((answer, Standing::Answered)) => answer.dword(0).unwrap_or(u32::MAX),
        Some((_, Standing::Open)) => u32::MAX,
        Some((_, Standing::Refused | Standing::Unasked)) | None => 0,
    };
    let mut views = vec![View::Next];
    // nvda_read_current_settings: bit 1, nvda_read_factory_settings: bit 0.
    if modes & 2 != 0 {
        views.push(View::Current);
    }
    if modes & 1 != 0 {
        views.push(View::Default);
    }
    views
}

/// What an exchange with one of the registers that say what exists (MNVGC, MNVQC) settles.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Standing {
    /// The device answered.
    Answered,
    /// The device says no.
    Refused,
    /// It was delivered, and still nothing is settled.
    Open,
    /// It did not reach the device.
    Unasked,
}

fn standing(answer: &Answer) -> Standing {
    match (answer.collected(), answer.status()) {
        (CollectionStatus::Captured, _) => Standing::Answered,
        (CollectionStatus::Absent, _) => Standing::Refused,
        (_, Some(_)) => Standing::Open,
        (_, None) => Standing::Unasked,
    }
}

/// Whether MNVQC of type 0 says that there is no NV configuration here, or that access to it is locked.
fn nothing_there(answer: &Answer) -> bool {
    matches!(answer.status(), Some(CommandStatus::BAD_PARAM | CommandStatus::INT_ERR))
}

/// The two forms of an MNVDA read, which differ in the first dword alone.
#[derive(Debug, Clone, Copy)]
enum Form {
    /// Room for the largest TLV, `ovr_en` set: what mlxconfig sends, but for the writer.
    Plain,
    /// The TLV's exact length and nothing else: what the kernel sends (`mlx5/core/lib/nv_param.c`).
    Exact(u16),
}

struct Walk<'a> {
    views: &'a [View],
    /// Whether the device has accepted the plain form once.
    plain_form_accepted: bool,
}

impl Walk<'_> {
    fn instance(&mut self, context: &mut ProbeContext<'_>, tlv: &Tlv, type_dword: u32) {
        if is_secret_tlv(tlv.class, tlv.index) {
            if let Ok(request) = read_request(Form::Plain, View::Next, type_dword) {
                context.ask.skip(request, SkipReason::Secret);
            }
            return;
        }
        let answer = context.register(register::MNVQC, &[("item", u64::from(type_dword))]);
        let Some(answer) = answer else { return };
        match standing(&answer) {
            Standing::Answered => {
                // support_rd: bit 0 of dword 1. The expansion ROM's TLVs are served by the ROM, and the bit
                // says nothing.
                let readable = answer.dword(1).is_some_and(|flags| flags & 1 == 1);
                if !readable && !tlv.expansion_rom {
                    return;
                }
            }
            // Any refusal means that this firmware does not know the TLV.
            Standing::Refused | Standing::Unasked => return,
            // Nothing says that it is not there: the value itself is asked for all the same.
            Standing::Open => {}
        }
        for &view in self.views {
            // What a device is capable of is written by its firmware: there is no factory setting of it to
            // ask for, and a device that refuses that question in an unusual way would look like a device
            // with a gap.
            if !(tlv.capability && view == View::Default) {
                self.read(context, tlv, type_dword, view);
            }
        }
    }

    fn read(&mut self, context: &mut ProbeContext<'_>, tlv: &Tlv, type_dword: u32, view: View) {
        let Ok(request) = read_request(Form::Plain, view, type_dword) else { return };
        let answer = context.ask(request);
        if answer.data().is_some() {
            self.plain_form_accepted = true;
            return;
        }
        // BAD_PARAM can be about the form or about the instance. Once the device has accepted the form it
        // is about the instance, and asking again would only double the refusals in the record.
        let is_bad_parameter = answer.status() == Some(CommandStatus::BAD_PARAM);
        let form_refused = length_refused(&answer) || (!self.plain_form_accepted && is_bad_parameter);
        if form_refused
            && tlv.size <= MAX_DATA
            && let Ok(request) = read_request(Form::Exact(tlv.size), view, type_dword)
        {
            context.ask(request);
        }
    }
}

/// MNVDA of one instance in one view (`mnvda_reg`: length in bits 8:0, access_mode in bits 23:22 of dword
/// 0, the type in dword 1). The writer (bits 20:16) stays 0.
fn read_request(
    form: Form,
    view: View,
    type_dword: u32,
) -> Result<Request, mlx5_schemas::model::request::RequestError> {
    let form = match form {
        Form::Plain => OVERWRITABLE | u32::from(MAX_DATA),
        Form::Exact(length) => u32::from(length),
    };
    let access_mode = match view {
        View::Next => 0_u32,
        View::Current => 1,
        View::Default => 2,
    };
    let mut data = Vec::with_capacity(MNVDA_LENGTH);
    data.extend_from_slice(&(form | access_mode << 22).to_be_bytes());
    data.extend_from_slice(&type_dword.to_be_bytes());
    data.resize(MNVDA_LENGTH, 0);
    Request::register(register::MNVDA, data)
}
