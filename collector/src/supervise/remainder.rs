//! Completes what a worker could not tell: the request it was inside of, and everything planned after that.
//!
//! A probe asks by its answers alone. So its walk is repeated here over the answers that arrived, and
//! whatever it asks beyond them is what the worker had still to ask; the first of that is what it was
//! waiting for.
//!
//! Must not do: ask a device.

use std::time::Duration;

use mlx5_schemas::catalog::Catalog;
use mlx5_schemas::model::exchange::{Exchange, ExchangeTime, Outcome, SkipReason};
use mlx5_schemas::model::request::Request;

use super::account::{Account, Ending, ProbeAccount};
use super::{DeviceOutcome, ProbeOutcome};
use crate::probe::{Knowledge, ProbeContext, probe};
use crate::recorder::{Answer, Ask, Repeat};

/// The outcome of a device, with a row for all that was planned. `ended` is the end of the collection, from
/// the start of the run.
pub(super) fn complete(
    account: Account,
    ending: Ending,
    ended: Duration,
    catalog: &Catalog,
) -> DeviceOutcome {
    let Account { device, offset, opened, not_opened, probes, .. } = account;
    let ended_us = u64::try_from(ended.saturating_sub(offset).as_micros()).unwrap_or(u64::MAX);
    let (received, ending) = read(&probes, ending);
    let mut pending = pending_outcomes(&ending);
    let mut knowledge = Knowledge::default();
    let probes: Vec<ProbeOutcome> = probes
        .into_iter()
        .zip(received)
        .map(|(account, received)| {
            let ProbeAccount { probe: id, started_us, ended_us: probe_ended_us, sent } = account;
            let is_through = probe_ended_us.is_some() && sent.len() == received.len();
            let exchanges = if ending == Ending::Done {
                received
            } else {
                let mut walk = Walk { received, next: 0, told: Vec::new(), pending, ended_us };
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
                failure: not_opened.clone().or_else(|| failure(&ending, is_through, opened)),
            }
        })
        .collect();
    let stopped = stopped(&ending, &probes);
    DeviceOutcome { device, probes, stopped }
}

/// Why the worker was stopped: it was killed for it, or told, and then recorded it.
fn stopped(ending: &Ending, probes: &[ProbeOutcome]) -> Option<SkipReason> {
    if let Ending::Stopped(reason) = ending {
        return Some(*reason);
    }
    let mut exchanges = probes.iter().flat_map(|probe| &probe.exchanges);
    exchanges.find_map(|(exchange, _)| match exchange.outcome {
        Outcome::NotAsked(
            reason @ (SkipReason::Deadline | SkipReason::DeviceBudget | SkipReason::Interrupted),
        ) => Some(reason),
        Outcome::NotAsked(_) | Outcome::Replied(_) | Outcome::Undelivered { .. } => None,
    })
}

/// Reads what was sent, up to the first exchange that no worker sends; that is then how the line ended.
fn read(probes: &[ProbeAccount], ending: Ending) -> (Vec<Vec<(Exchange, ExchangeTime)>>, Ending) {
    let mut ending = ending;
    let mut is_sound = true;
    let mut received = Vec::new();
    for account in probes {
        let mut exchanges = Vec::with_capacity(account.sent.len());
        for sent in account.sent.iter().take_while(|_| is_sound) {
            match sent.read() {
                Ok(exchange) => exchanges.push(exchange),
                Err(error) => {
                    ending = Ending::Died(format!("its worker sent {error}"));
                    is_sound = false;
                    break;
                }
            }
        }
        received.push(exchanges);
    }
    (received, ending)
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
    /// Takes the next received exchange, if it is the one that the walk wants, and with it the repeats that followed a
    /// refusal: the last says how it ended.
    fn received(&mut self, request: &Request) -> Option<Answer> {
        let mut answer = None;
        while let Some((exchange, time)) =
            self.received.get(self.next).filter(|(next, _)| next.request == *request)
        {
            answer = Some(Answer::of(request, &exchange.outcome));
            self.told.push((exchange.clone(), *time));
            self.next += 1;
            if Answer::of(request, &exchange.outcome).data().is_some() {
                break;
            }
        }
        answer
    }

    /// Everything: what came is never dropped, even should the walk have gone another way.
    fn told(mut self) -> Vec<(Exchange, ExchangeTime)> {
        self.told.extend(self.received.drain(self.next..));
        self.told
    }
}

impl Ask for Walk {
    fn ask(&mut self, request: &Request, _repeat: Repeat) -> Answer {
        if let Some(answer) = self.received(request) {
            return answer;
        }
        let start_us = self.told.last().map_or(0, |(_, time)| time.start_us.saturating_add(time.elapsed_us));
        let (outcome, elapsed_us) = match self.pending.under_way.take() {
            Some(errno) => (Outcome::Undelivered { errno }, self.ended_us.saturating_sub(start_us)),
            None => (Outcome::NotAsked(self.pending.reason), 0),
        };
        let answer = Answer::of(request, &outcome);
        self.told
            .push((Exchange { request: request.clone(), outcome }, ExchangeTime { start_us, elapsed_us }));
        answer
    }

    fn skip(&mut self, request: &Request, reason: SkipReason) {
        if self.received(request).is_none() {
            let time = ExchangeTime { start_us: self.ended_us, elapsed_us: 0 };
            let exchange = Exchange { request: request.clone(), outcome: Outcome::NotAsked(reason) };
            self.told.push((exchange, time));
        }
    }
}
