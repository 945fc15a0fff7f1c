//! Firmware that gives no current values (MNVGC does not offer the view): what is judged is what the next reset brings.
//!
//! The next-boot value says nothing of what is in force. Where another fact says the same of that, the two together stand
//! for the view that is missing, and the finding rests on both; without such a fact the verdict is `unknown(next-only)`.
//! Pairs are only those of which a public source says that the one is the other:
//!
//! | NV parameter | fact | holds where | source |
//! |---|---|---|---|
//! | `NUM_OF_VFS` | `pci/sriov_totalvfs` | the card has no count per function (`per_pf_total_vf_supported` is 0) | kernel, `devlink-params.rst`: `total_vfs` |
//! | `LINK_TYPE_Pn` | `cap/GENERAL.port_type` | of the card's function that serves port n (`native_port_num`) | kernel, `mlx5_ifc.h`, `MLX5_CAP_PORT_TYPE_*` |
//! | `LINK_TYPE_Pn` | `rdma/NAME.port1.link_layer` | of the only RDMA device of that function | kernel, `sysfs-class-infiniband` |
//!
//! devlink's permanent parameters are no such facts: the driver reads them in the next-boot view too.
//!
//! Must not do: take the next-boot value for what is in force, or a fact that contradicts it for a value outside.

use mlx5_schemas::model::fact::{Fact, Subject, Value, View};
use mlx5_schemas::model::verdict::{UnknownReason, Verdict};

use super::card;
use super::rule::Context;
use super::stand::Stand;
use super::values::counts;
use crate::case::Views;

/// Where MNVGC says whether there is a current view.
const OFFERED: &str = "nv/access.read_current";
/// How every message begins that is about a missing current view.
const NEXT_ONLY: &str = "next only";

/// MNVGC's answer, where it says that a device gives no current values.
pub(super) fn said_by<'a>(context: &Context<'a>, device: &str) -> Option<&'a Fact> {
    let subject = Subject::Device { device: device.to_owned() };
    let fact = context.case.facts.plain(&subject, OFFERED);
    fact.filter(|fact| matches!(fact.value(), Some(Value::Number { number: 0, .. })))
}

/// Settles the stand of the view that is missing: gone where the next-boot value decides, inside where another fact says
/// the same, else unknown. Gives words to stand behind the message of a value that lies inside.
pub(super) fn settle<'a>(
    context: &Context<'a>,
    (subject, path): (&Subject, &str),
    views: &Views<'a>,
    stands: &mut Vec<(Option<View>, Stand)>,
    rests_on: &mut Vec<&'a Fact>,
) -> Option<String> {
    let place = stands.iter().position(|(view, _)| *view == Some(View::Current))?;
    let offered = said_by(context, subject.device()?).filter(|_| views.in_view(View::Current).is_none())?;
    rests_on.push(offered);
    let next = stands.iter().find(|(view, _)| *view == Some(View::Next)).map(|(_, stand)| stand.clone());
    let (stand, note) = match next {
        // The other view decides, and is told in its own words.
        Some(Stand::Out | Stand::Unknown(..)) => {
            stands.remove(place);
            return None;
        }
        Some(Stand::In) => in_force(context, (subject, path), views, rests_on),
        Some(Stand::Nothing(..)) | None => (unknown(""), None),
    };
    if let Some(slot) = stands.get_mut(place) {
        *slot = stand;
    }
    note
}

/// Where what is in force stands, by what else tells it.
fn in_force<'a>(
    context: &Context<'a>,
    (subject, path): (&Subject, &str),
    views: &Views<'a>,
    rests_on: &mut Vec<&'a Fact>,
) -> ((Option<View>, Stand), Option<String>) {
    let next = views.in_view(View::Next).filter(|fact| counts(context, fact)).and_then(Fact::value);
    let (Some(next), Some(told)) = (next, told(context, subject, path)) else {
        return (unknown(""), None);
    };
    rests_on.extend(&told.facts);
    let path = told.facts.first().map(|fact| fact.path.as_str()).unwrap_or_default();
    if matches!(next, Value::Number { number, .. } if *number == told.number) {
        let note = format!("{NEXT_ONLY}; of what is in force now {path} says the same");
        ((Some(View::Current), Stand::In), Some(note))
    } else {
        (unknown(&format!(", and {path} says {}", told.shown)), None)
    }
}

/// Told of no view: it is the missing one's.
fn unknown(more: &str) -> (Option<View>, Stand) {
    let words = format!("{NEXT_ONLY}: the firmware does not tell what is in force now{more}");
    (None, Stand::Unknown(UnknownReason::NextOnly, words))
}

/// The verdict, with the words about the missing view where it is one that rests on them.
pub(super) fn noted((verdict, message): (Verdict, String), note: Option<String>) -> (Verdict, String) {
    match (verdict, note) {
        (Verdict::Within, Some(note)) => (verdict, format!("{message} ({note})")),
        (_, _) => (verdict, message),
    }
}

/// A parameter's value in force as something else tells it.
struct Told<'a> {
    /// What tells it, and what that rests on.
    facts: Vec<&'a Fact>,
    /// The value, as the parameter has it.
    number: u64,
    /// As the fact has it.
    shown: String,
}

fn told<'a>(context: &Context<'a>, subject: &Subject, path: &str) -> Option<Told<'a>> {
    match (path, subject) {
        ("nv/0:0x080.total_vfs", Subject::Device { .. }) => virtual_functions(context, subject),
        ("nv/1:0x012.default_link_type", Subject::Port { device, port }) => {
            let functions = card::functions(context, device);
            functions.into_iter().find_map(|function| link_type(context, &function, *port))
        }
        (_, _) => None,
    }
}

/// The PCI capability's count, where it is the whole card's.
fn virtual_functions<'a>(context: &Context<'a>, subject: &Subject) -> Option<Told<'a>> {
    let facts = &context.case.facts;
    let per_function = facts.views(subject, "nv/0:0x081.per_pf_total_vf_supported").in_view(View::Next)?;
    let fact = facts.plain(subject, "pci/sriov_totalvfs")?;
    let (0, count) = (number(per_function)?, number(fact)?) else { return None };
    Some(Told { facts: vec![fact, per_function], number: count, shown: count.to_string() })
}

/// The link type of a port, by the function that serves it: what firmware says, else what the kernel says.
fn link_type<'a>(context: &Context<'a>, function: &str, port: u32) -> Option<Told<'a>> {
    const INFINIBAND: u64 = 1;
    const ETHERNET: u64 = 2;
    let subject = Subject::Device { device: function.to_owned() };
    let facts = &context.case.facts;
    let serves = facts
        .plain(&subject, "cap/GENERAL.native_port_num")
        .filter(|fact| number(fact) == Some(u64::from(port)))?;
    if let Some(fact) = facts.plain(&subject, "cap/GENERAL.port_type") {
        let (number, shown) = match number(fact) {
            Some(0) => (INFINIBAND, "InfiniBand"),
            Some(1) => (ETHERNET, "Ethernet"),
            Some(_) | None => return None,
        };
        return Some(Told { facts: vec![fact, serves], number, shown: shown.to_owned() });
    }
    let mut layers = facts.below(&subject, "rdma/").filter(|fact| fact.path.ends_with(".port1.link_layer"));
    let (fact, None) = (layers.next()?, layers.next()) else { return None };
    let Some(Value::Text { text }) = fact.value() else { return None };
    let number = match text.as_str() {
        "InfiniBand" => INFINIBAND,
        "Ethernet" => ETHERNET,
        _ => return None,
    };
    Some(Told { facts: vec![fact, serves], number, shown: text.clone() })
}

fn number(fact: &Fact) -> Option<u64> {
    match fact.value()? {
        Value::Number { number, .. } => Some(*number),
        Value::Text { .. } | Value::Bytes { .. } => None,
    }
}
