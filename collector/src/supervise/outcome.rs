//! What collection hands on.
//!
//! Must not do: sum up or judge; that is done from the exchanges.

use std::collections::BTreeMap;

use mlx5_schemas::model::command::HEADER_LENGTH;
use mlx5_schemas::model::exchange::{Exchange, ExchangeTime, Outcome, SkipReason};
use mlx5_schemas::model::manifest::Device;
use mlx5_schemas::model::request::{Request, register};
use mlx5_schemas::model::status::{CollectionStatus, classify_exchange};

use crate::probe::ProbeId;
use crate::recorder::ends_questions;

/// What came of one device.
#[derive(Debug, Clone)]
pub struct DeviceOutcome {
    /// The device, with FWCTL_INFO where it was opened.
    pub device: Device,
    /// One per chosen probe, in the order in which they run.
    pub probes: Vec<ProbeOutcome>,
    /// Why it was stopped before it had come to its own end, where it was.
    pub stopped: Option<SkipReason>,
}

impl DeviceOutcome {
    /// The errno after which nothing more was asked of the device, where it was left alone before the end of the plan.
    pub fn given_up_after(&self) -> Option<i32> {
        let mut before = None;
        for (exchange, _) in self.probes.iter().flat_map(|probe| &probe.exchanges) {
            match exchange.outcome {
                Outcome::Undelivered { errno } => before = Some(errno).filter(|errno| ends_questions(*errno)),
                Outcome::NotAsked(SkipReason::DeviceGivenUp) => return before,
                Outcome::Replied(_) => before = None,
                Outcome::NotAsked(_) => {}
            }
        }
        None
    }
}

/// What came of one probe on one device.
#[derive(Debug, Clone)]
pub struct ProbeOutcome {
    /// Which.
    pub probe: ProbeId,
    /// Everything that was planned, in order, with what became of it and when (from the start of the device's
    /// collection).
    pub exchanges: Vec<(Exchange, ExchangeTime)>,
    /// Milliseconds from the start of the run to the start of the probe.
    pub start_ms: u64,
    /// How long it took, in milliseconds.
    pub elapsed_ms: u64,
    /// Why it did not come to its own end: device not opened, worker dead, a limit of time, interruption.
    pub failure: Option<String>,
}

/// The exchange that decides about each item, in order: when a device refused one form of a request and was
/// asked in another, that is the later one; what it has given once it has given, whatever it says when it is asked again.
pub fn deciding<'a>(exchanges: impl IntoIterator<Item = &'a Exchange>) -> Vec<&'a Exchange> {
    let mut places = BTreeMap::new();
    let mut decided: Vec<&'a Exchange> = Vec::new();
    for exchange in exchanges {
        match places.get(&item(&exchange.request)).and_then(|&at: &usize| decided.get_mut(at)) {
            Some(earlier) if is_captured(earlier) && !is_captured(exchange) => {}
            Some(earlier) => *earlier = exchange,
            None => {
                places.insert(item(&exchange.request), decided.len());
                decided.push(exchange);
            }
        }
    }
    decided
}

fn is_captured(exchange: &Exchange) -> bool {
    classify_exchange(&exchange.request, &exchange.outcome) == CollectionStatus::Captured
}

/// What a request asks for, without the form in which it asks: the input without trailing zeros (a longer
/// room is the same question), and for MNVDA without anything in dword 0 that chooses neither view nor item.
fn item(request: &Request) -> Vec<u8> {
    let mut item = request.input();
    if let Some((register::MNVDA, _)) = request.as_register()
        && let Some(dword) = item.get_mut(HEADER_LENGTH..).and_then(|data| data.first_chunk_mut::<4>())
    {
        // The access mode, and whether host and function are meant as they stand.
        *dword = [0, dword[1] & 0xc0, dword[2] & 2, 0];
    }
    let length = item.iter().rposition(|&byte| byte != 0).map_or(0, |last| last.saturating_add(1));
    item.truncate(length);
    item
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    fn exchange(id: u16, length: usize, head: &[u8], errno: i32) -> Exchange {
        let mut data = head.to_vec();
        data.resize(length, 0);
        Exchange { request: Request::register(id, data).unwrap(), outcome: Outcome::Undelivered { errno } }
    }

    #[test]
    fn the_later_form_decides_and_other_items_stay() {
        let exchanges = [
            exchange(register::PTYS, 68, &[0, 1, 0, 4], 1),
            exchange(register::PTYS, 64, &[0, 1, 0, 4], 2),
            exchange(register::PTYS, 64, &[0, 2, 0, 4], 3),
            exchange(register::MNVDA, 268, &[2, 0x40, 1, 0, 0, 0, 0, 0x80], 4),
            exchange(register::MNVDA, 268, &[2, 0x80, 1, 0, 0, 0, 0, 0x80], 5),
            exchange(register::MNVDA, 268, &[0, 0x40, 0, 8, 0, 0, 0, 0x80], 6),
        ];
        let errnos: Vec<i32> = deciding(&exchanges)
            .into_iter()
            .map(|exchange| match exchange.outcome {
                Outcome::Undelivered { errno } => errno,
                Outcome::Replied(_) | Outcome::NotAsked(_) => 0,
            })
            .collect();
        assert_eq!(errnos, [2, 3, 6, 5]);
    }
}
