//! Completes what a worker could not tell: the request it was inside of, and everything planned after that.
//!
//! A probe asks by its answers alone. So its walk is repeated here over the answers that arrived, and whatever it asks
//! beyond them is what the worker had still to ask; the first of that is what it was waiting for.
//!
//! Must not do: ask a device.

use std::time::Duration;

use mlx5_schemas::catalog::Catalog;
use mlx5_schemas::model::exchange::{Exchange, ExchangeTime, Outcome, SkipReason};
use mlx5_schemas::model::request::Request;

use super::account::{Account, Ending, ProbeAccount};
use super::{DeviceOutcome, ProbeOutcome};
use crate::probe::{Knowledge, ProbeContext, probe};
use crate::recorder::{Ask, Repeat, micros};

/// The outcome of a device, with a row for all that was planned. `ended` is the end of the collection, from the
/// start of the run.
pub(super) fn complete(
    account: Account,
    ending: &Ending,
    ended: Duration,
    catalog: &Catalog,
) -> DeviceOutcome {
    let Account { device, offset, opened, not_opened, probes, .. } = account;
    let ended_us = micros(ended.saturating_sub(offset));
    let mut pending = pending_outcomes(ending);
    let mut knowledge = Knowledge::default();
    let probes = probes
        .into_iter()
        .map(|account| {
            let ProbeAccount { probe: id, started_us, ended_us: probe_ended_us, exchanges } = account;
            let is_through = probe_ended_us.is_some();
            let exchanges = if *ending == Ending::Done {
                exchanges
            } else {
                let mut walk = Walk { received: exchanges, next: 0, told: Vec::new(), pending, ended_us };
                probe(id).collect(&mut ProbeContext::new(&mut walk, catalog, &mut knowledge));
                pending = walk.pending;
                walk.told()
            };
            let start = started_us.unwrap_or(ended_us);
            let elapsed = probe_ended_us.unwrap_or(ended_us).saturating_sub(start);
            ProbeOutcome {
                probe: id,
                exchanges,
                start_ms: u64::try_from(offset.as_millis()).unwrap_or(u64::MAX).saturating_add(start / 1000),
                elapsed_ms: elapsed / 1000,
                failure: not_opened.clone().or_else(|| failure(ending, is_through, opened)),
            }
        })
        .collect();
    DeviceOutcome { device, probes }
}

/// What to record for the request that was under way, and for those after it.
#[derive(Debug, Clone, Copy)]
struct Pending {
    under_way: Option<i32>,
    reason: SkipReason,
}

fn pending_outcomes(ending: &Ending) -> Pending {
    match ending {
        Ending::Stopped(SkipReason::Interrupted) => {
            Pending { under_way: Some(libc::EINTR), reason: SkipReason::Interrupted }
        }
        // It was asked, and no answer came in the time there was.
        Ending::Stopped(reason) => Pending { under_way: Some(libc::ETIMEDOUT), reason: *reason },
        // Nobody knows whether the next request had been sent when the worker died.
        Ending::Done | Ending::Died(_) => Pending { under_way: None, reason: SkipReason::DeviceGivenUp },
    }
}

fn failure(ending: &Ending, is_through: bool, opened: bool) -> Option<String> {
    match ending {
        Ending::Done => None,
        _ if is_through => None,
        Ending::Died(words) => Some(words.clone()),
        Ending::Stopped(reason) if opened => Some(reason.words().to_owned()),
        Ending::Stopped(reason) => Some(format!("the device had not opened when {}", reason.words())),
    }
}

struct Walk {
    received: Vec<(Exchange, ExchangeTime)>,
    next: usize,
    told: Vec<(Exchange, ExchangeTime)>,
    pending: Pending,
    ended_us: u64,
}

impl Walk {
    /// The next received exchange, if it is the one that the walk wants.
    fn received(&mut self, request: &Request) -> Option<Exchange> {
        let (exchange, time) = self.received.get(self.next).filter(|(next, _)| next.request == *request)?;
        self.told.push((exchange.clone(), *time));
        self.next += 1;
        Some(exchange.clone())
    }

    /// Everything: what came is never dropped, even should the walk have gone another way.
    fn told(mut self) -> Vec<(Exchange, ExchangeTime)> {
        self.told.extend(self.received.drain(self.next..));
        self.told
    }
}

impl Ask for Walk {
    fn ask(&mut self, request: Request, _repeat: Repeat) -> Exchange {
        if let Some(exchange) = self.received(&request) {
            return exchange;
        }
        let start_us = self.told.last().map_or(0, |(_, time)| time.start_us.saturating_add(time.elapsed_us));
        let (outcome, elapsed_us) = match self.pending.under_way.take() {
            Some(errno) => (Outcome::Undelivered { errno }, self.ended_us.saturating_sub(start_us)),
            None => (Outcome::NotAsked(self.pending.reason), 0),
        };
        let exchange = Exchange { request, outcome };
        self.told.push((exchange.clone(), ExchangeTime { start_us, elapsed_us }));
        exchange
    }

    fn skip(&mut self, request: Request, reason: SkipReason) {
        if self.received(&request).is_none() {
            let time = ExchangeTime { start_us: self.ended_us, elapsed_us: 0 };
            self.told.push((Exchange { request, outcome: Outcome::NotAsked(reason) }, time));
        }
    }
}
