//! Repeats, giving up, times, and what is kept of an answer.
#![allow(clippy::unwrap_used)]

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;

use mlx5_schemas::model::exchange::Exchange;
use mlx5_schemas::model::exchange::Reply;
use mlx5_schemas::model::request::register;

use super::*;
use crate::transport::TransportError;

type Answer = Result<Vec<u8>, i32>;

/// Answers in turn; a call beyond the script is a failure of the test.
struct Scripted(VecDeque<Answer>);

impl Transport for Scripted {
    fn call(&mut self, _request: &Request) -> Result<Reply, TransportError> {
        match self.0.pop_front().expect("one call more than the script has") {
            Ok(output) => Ok(Reply::from_output(output).unwrap()),
            Err(errno) => Err(TransportError::Undelivered { errno }),
        }
    }
}

/// A clock that moves a millisecond with every look, and by every pause.
#[derive(Default)]
struct StepClock {
    now: Cell<Duration>,
    pauses: RefCell<Vec<u128>>,
}

impl Clock for StepClock {
    fn now(&self) -> u64 {
        self.now.set(self.now.get() + Duration::from_millis(1));
        self.now.get().as_nanos().try_into().unwrap()
    }

    fn pause(&self, duration: Duration) {
        self.now.set(self.now.get() + duration);
        self.pauses.borrow_mut().push(duration.as_millis());
    }
}

fn status(status: u8) -> Answer {
    let mut output = vec![0; 24];
    output[0] = status;
    // What lies behind the header of a refusal is left over from an earlier command.
    output[16..].fill(0xee);
    Ok(output)
}

struct Run {
    exchanges: Vec<Exchange>,
    times: Vec<ExchangeTime>,
    pauses: Vec<u128>,
    left: usize,
}

fn record(script: Vec<Answer>, asks: &[Repeat], stop: &dyn Fn() -> Option<SkipReason>) -> Run {
    let mut transport = Scripted(script.into());
    let clock = StepClock::default();
    let (mut exchanges, mut times) = (Vec::new(), Vec::new());
    let mut sink = |request: &Request, outcome: &Outcome, time| {
        exchanges.push(Exchange { request: request.clone(), outcome: outcome.clone() });
        times.push(time);
    };
    let mut recorder = Recorder::new(&mut transport, &clock, stop, &mut sink);
    for &repeat in asks {
        recorder.ask(&Request::register(register::MFRL, vec![0; 8]).unwrap(), repeat);
    }
    Run { exchanges, times, pauses: clock.pauses.take(), left: transport.0.len() }
}

fn status_of(exchange: &Exchange) -> Option<u8> {
    match &exchange.outcome {
        Outcome::Replied(reply) => Some(reply.status.0),
        Outcome::Undelivered { .. } | Outcome::NotAsked(_) => None,
    }
}

#[test]
fn a_busy_device_is_asked_again_and_each_attempt_has_its_row() {
    let run = record(vec![status(6), status(7), status(0)], &[Repeat::WhileBusy], &|| None);
    assert_eq!(run.exchanges.iter().map(status_of).collect::<Vec<_>>(), [Some(6), Some(7), Some(0)]);
    assert_eq!(run.pauses, [1, 2]);
    // Each look at the clock takes one millisecond here; pauses lie between the attempts.
    let time = |start_us| ExchangeTime { start_us, elapsed_us: 1000 };
    assert_eq!(run.times, [time(1000), time(4000), time(8000)]);
    // What follows at once is counted from the end of what was before, and what was not asked is a row like any.
    let mut transport = Scripted(vec![status(0), status(0)].into());
    let (clock, mut starts) = (StepClock::default(), Vec::new());
    let mut recorder = Recorder::new(
        &mut transport,
        &clock,
        || None,
        |_: &Request, _: &Outcome, time: ExchangeTime| starts.push((time.start_us, time.elapsed_us)),
    );
    let request = Request::register(register::MFRL, vec![0; 8]).unwrap();
    recorder.ask(&request, Repeat::WhileBusy);
    recorder.skip(&request, SkipReason::CapabilityMask);
    recorder.ask(&request, Repeat::WhileBusy);
    assert_eq!(starts, [(1000, 1000), (3000, 0), (3000, 1000)]);
    let run = record(vec![status(0), status(0)], &[Repeat::WhileBusy; 2], &|| None);
    assert_eq!(run.times, [time(1000), time(2000)]);
}

#[test]
fn a_device_that_stays_busy_is_asked_six_times_in_all() {
    let run = record(vec![status(6); 7], &[Repeat::WhileBusy], &|| None);
    assert!(run.exchanges.iter().all(|exchange| status_of(exchange) == Some(6)));
    assert_eq!((run.exchanges.len(), run.left), (6, 1));
    assert_eq!(run.pauses, [1, 2, 4, 8, 16]);
}

#[test]
fn only_where_it_is_wanted_a_refusal_is_asked_once_more() {
    let run = record(vec![status(4), status(0)], &[Repeat::WhileBusy], &|| None);
    assert_eq!((status_of(&run.exchanges[0]), run.left), (Some(4), 1));
    let run = record(vec![status(4), status(0)], &[Repeat::OnceMoreIfRefused], &|| None);
    assert_eq!((run.exchanges.iter().map(status_of).collect(), run.left), (vec![Some(4), Some(0)], 0));
    let run = record(vec![status(4), status(4), status(0)], &[Repeat::OnceMoreIfRefused], &|| None);
    assert_eq!((run.exchanges.iter().map(status_of).collect(), run.left), (vec![Some(4), Some(4)], 1));
}

#[test]
fn after_a_time_out_or_a_removal_nothing_more_is_sent() {
    for errno in [libc::ETIMEDOUT, libc::ENODEV, libc::ENXIO] {
        let run = record(vec![Err(errno), status(0)], &[Repeat::WhileBusy; 3], &|| None);
        let outcomes: Vec<_> = run.exchanges.into_iter().map(|exchange| exchange.outcome).collect();
        let skipped = Outcome::NotAsked(SkipReason::DeviceGivenUp);
        assert_eq!(outcomes, [Outcome::Undelivered { errno }, skipped.clone(), skipped]);
        assert_eq!(run.left, 1);
    }
}

#[test]
fn other_transport_errors_concern_their_request_alone() {
    let run = record(vec![Err(libc::EBADMSG), status(0)], &[Repeat::WhileBusy; 2], &|| None);
    assert_eq!(run.exchanges[0].outcome, Outcome::Undelivered { errno: libc::EBADMSG });
    assert_eq!(status_of(&run.exchanges[1]), Some(0));
}

#[test]
fn a_stop_leaves_a_row_for_each_request_and_sends_none() {
    let run = record(vec![status(0)], &[Repeat::WhileBusy; 2], &|| Some(SkipReason::Deadline));
    assert!(run.exchanges.iter().all(|exchange| exchange.outcome == Outcome::NotAsked(SkipReason::Deadline)));
    assert_eq!((run.exchanges.len(), run.left), (2, 1));
}

#[test]
fn left_over_bytes_of_a_refusal_are_not_kept() {
    let run = record(vec![status(4)], &[Repeat::WhileBusy], &|| None);
    let Outcome::Replied(reply) = &run.exchanges[0].outcome else { panic!("{:?}", run.exchanges) };
    assert_eq!(reply.output.len(), 16);
}
