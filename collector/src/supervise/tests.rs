//! What is made of a worker's words when they end early, without any process.
#![allow(clippy::unwrap_used)]

use mlx5_schemas::model::exchange::{Exchange, ExchangeTime, Outcome, Reply, SkipReason};
use mlx5_schemas::model::manifest::TransportKind;
use mlx5_schemas::model::request::Request;

use super::account::{Account, Ending};
use super::*;
use crate::probe::{Knowledge, ProbeContext, probe};
use crate::recorder::{Answer, Ask, Repeat};
use crate::wire::{Frame, SentExchange};

fn device() -> Device {
    Device::new("0000:01:00.0", TransportKind::Simulated)
}

/// Answers everything with zeros, and notes it as frames.
struct Frames(Vec<Frame>);

impl Frames {
    fn put(&mut self, request: &Request, outcome: &Outcome) {
        let time = ExchangeTime { start_us: 10 * u64::try_from(self.0.len()).unwrap(), elapsed_us: 10 };
        self.0.push(Frame::Exchange(SentExchange::new(request, outcome, time)));
    }
}

impl Ask for Frames {
    fn ask(&mut self, request: &Request, _repeat: Repeat) -> Answer {
        let reply = Reply::from_output(vec![0; request.output_length()]).unwrap();
        let outcome = Outcome::Replied(reply);
        self.put(request, &outcome);
        Answer::of(request, &outcome)
    }

    fn skip(&mut self, request: &Request, reason: SkipReason) {
        self.put(request, &Outcome::NotAsked(reason));
    }
}

/// All that a worker sends about a device that answers everything with zeros.
fn whole_conversation() -> Vec<Frame> {
    let mut frames = Frames(vec![Frame::Opened { info: None }]);
    let mut knowledge = Knowledge::default();
    for id in ProbeId::ALL {
        frames.0.push(Frame::ProbeStarted { probe: id, at_us: 0 });
        probe(id).collect(&mut ProbeContext::new(&mut frames, Catalog::embedded(), &mut knowledge));
        frames.0.push(Frame::ProbeEnded { probe: id, at_us: 9 });
    }
    frames.0.push(Frame::Done);
    frames.0
}

fn outcome_of(frames: &[Frame], ending: &Ending) -> DeviceOutcome {
    let mut account = Account::new(device(), ProbeId::ALL.to_vec(), Duration::from_millis(5));
    for frame in frames {
        account.accept(frame.clone()).unwrap();
    }
    remainder::complete(account, ending.clone(), Duration::from_secs(1), Catalog::embedded())
}

fn exchanges(outcome: &DeviceOutcome) -> Vec<Exchange> {
    let probes = outcome.probes.iter();
    probes.flat_map(|probe| probe.exchanges.iter().map(|(exchange, _)| exchange.clone())).collect()
}

#[test]
fn a_whole_conversation_is_handed_on_as_it_came() {
    let frames = whole_conversation();
    let told: Vec<Exchange> = frames
        .iter()
        .filter_map(|frame| match frame {
            Frame::Exchange(sent) => Some(sent.read().unwrap().0),
            Frame::Opened { .. }
            | Frame::NotOpened { .. }
            | Frame::ProbeStarted { .. }
            | Frame::ProbeEnded { .. }
            | Frame::Done => None,
        })
        .collect();
    let outcome = outcome_of(&frames, &Ending::Done);
    assert_eq!(exchanges(&outcome), told);
    assert!(outcome.probes.iter().all(|probe| probe.failure.is_none() && probe.start_ms == 5));
}

#[test]
fn wherever_it_breaks_off_every_planned_request_has_its_row() {
    let frames = whole_conversation();
    for cut in [0, 1, 2, 3, 20, 60, 150, frames.len() - 3] {
        let outcome = outcome_of(&frames[..cut], &Ending::Stopped(SkipReason::Deadline));
        let received = frames[..cut].iter().filter(|frame| matches!(frame, Frame::Exchange(_))).count();
        let made = exchanges(&outcome);
        assert!(made[..received].iter().all(|exchange| matches!(
            exchange.outcome,
            Outcome::Replied(_) | Outcome::NotAsked(SkipReason::Secret)
        )));
        // Skipped secrets apart, the first after those received is the one under way; then nothing was asked.
        let mut rest = made[received..]
            .iter()
            .filter(|exchange| exchange.outcome != Outcome::NotAsked(SkipReason::Secret));
        assert_eq!(
            rest.next().unwrap().outcome,
            Outcome::Undelivered { errno: libc::ETIMEDOUT },
            "cut {cut}"
        );
        assert!(
            rest.all(|exchange| exchange.outcome == Outcome::NotAsked(SkipReason::Deadline)),
            "cut {cut}"
        );
        for probe in &outcome.probes {
            assert!(!probe.exchanges.is_empty(), "{} has no row, cut {cut}", probe.probe);
        }
        assert!(outcome.probes.last().unwrap().failure.is_some());
    }
}

#[test]
fn the_request_under_way_took_until_the_end() {
    let frames = whole_conversation();
    let outcome = outcome_of(&frames[..4], &Ending::Stopped(SkipReason::Deadline));
    let (_, received) = outcome.probes[0].exchanges[1];
    let (_, under_way) = outcome.probes[0].exchanges[2];
    assert_eq!(under_way.start_us, received.start_us + received.elapsed_us);
    assert_eq!(
        under_way.start_us + under_way.elapsed_us,
        995_000,
        "one second, but for the worker's start at 5 ms"
    );
}

#[test]
fn endings_are_told_apart() {
    let frames = whole_conversation();
    let at = |ending| {
        let outcome = outcome_of(&frames[..4], &ending);
        let next = outcome.probes[0].exchanges[2].0.outcome.clone();
        (next, outcome.probes[0].failure.clone().unwrap())
    };
    let interrupted = at(Ending::Stopped(SkipReason::Interrupted));
    assert_eq!(interrupted, (Outcome::Undelivered { errno: libc::EINTR }, "interrupted".to_owned()));
    let died = at(Ending::Died("its worker died (signal: 9 (SIGKILL))".to_owned()));
    assert_eq!(died.0, Outcome::NotAsked(SkipReason::DeviceGivenUp));
    assert_eq!(died.1, "its worker died (signal: 9 (SIGKILL))");
    let not_open = outcome_of(&[], &Ending::Stopped(SkipReason::Deadline));
    assert_eq!(
        not_open.probes[0].failure.as_deref(),
        Some("the device had not opened when the deadline passed")
    );
}

#[test]
fn a_finished_probe_is_not_blamed_for_what_came_later() {
    let frames = whole_conversation();
    let first_end = frames.iter().position(|frame| matches!(frame, Frame::ProbeEnded { .. })).unwrap();
    let outcome = outcome_of(&frames[..=first_end], &Ending::Died("x".to_owned()));
    assert_eq!(outcome.probes[0].failure, None);
    assert!(
        outcome.probes[0]
            .exchanges
            .iter()
            .all(|(exchange, _)| matches!(exchange.outcome, Outcome::Replied(_)))
    );
    assert_eq!(outcome.probes[1].failure.as_deref(), Some("x"));
}

#[test]
fn frames_out_of_turn_are_refused() {
    let accept = |frames: &[Frame]| {
        let mut account = Account::new(device(), vec![ProbeId::Identity, ProbeId::Nv], Duration::ZERO);
        frames.iter().try_for_each(|frame| account.accept(frame.clone()).map(|_| ()))
    };
    let opened = Frame::Opened { info: None };
    let started = |probe| Frame::ProbeStarted { probe, at_us: 0 };
    let ended = |probe| Frame::ProbeEnded { probe, at_us: 0 };
    let outcome = Outcome::Undelivered { errno: 5 };
    let exchange = SentExchange::new(&Request::adapter(), &outcome, ExchangeTime::default());
    let exchange = Frame::Exchange(exchange);
    assert!(
        accept(&[opened.clone(), started(ProbeId::Identity), exchange.clone(), ended(ProbeId::Identity)])
            .is_ok()
    );
    for frames in [
        vec![opened.clone(), opened.clone()],
        vec![started(ProbeId::Identity)],
        vec![opened.clone(), exchange],
        vec![opened.clone(), started(ProbeId::Nv)],
        vec![opened.clone(), started(ProbeId::Registers)],
        vec![opened.clone(), started(ProbeId::Identity), started(ProbeId::Nv)],
        vec![opened.clone(), started(ProbeId::Identity), ended(ProbeId::Nv)],
        vec![opened, Frame::Done],
    ] {
        assert!(accept(&frames).is_err(), "{frames:?}");
    }
}

#[test]
fn what_comes_before_a_malformed_exchange_is_kept() {
    let mut frames = whole_conversation();
    // A frame of kind 4 (exchange) with a body that is none.
    let mut wire = crate::wire::Frames::default();
    wire.push(&[4, 0, 0, 0, 3, 1, 2, 3]);
    frames[5] = wire.take().unwrap().unwrap();
    let outcome = outcome_of(&frames, &Ending::Done);
    let first = &outcome.probes[0];
    assert_eq!(first.failure.as_deref(), Some("its worker sent a frame of kind 4 that is malformed"));
    let replied = exchanges(&outcome)
        .iter()
        .take_while(|exchange| matches!(exchange.outcome, Outcome::Replied(_)))
        .count();
    assert_eq!(replied, 3, "those before it");
    assert!(outcome.probes.iter().all(|probe| probe.failure.is_some()), "nothing after it can be trusted");
}
