//! What one worker has told so far.
//!
//! Must not do: add anything that the worker did not tell.

use std::time::Duration;

use mlx5_schemas::model::exchange::SkipReason;
use mlx5_schemas::model::manifest::Device;

use super::Happened;
use crate::probe::ProbeId;
use crate::wire::{Frame, NodeInfo, SentExchange};

/// How the line to a worker ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Ending {
    /// The worker did everything.
    Done,
    /// It was killed inside a request, for this reason.
    Stopped(SkipReason),
    /// It ended, or was broken off, for the reason in these words.
    Died(String),
}

/// A frame where none of its kind belongs.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("a frame out of turn")]
pub(super) struct OutOfTurn;

/// What one worker has told.
#[derive(Debug)]
pub(super) struct Account {
    /// The device.
    pub(super) device: Device,
    /// From the start of the run to the start of the worker.
    pub(super) offset: Duration,
    /// Whether the device was opened, or is known not to be.
    pub(super) opened: bool,
    /// Why the device could not be opened.
    pub(super) not_opened: Option<String>,
    /// One entry per chosen probe, in order.
    pub(super) probes: Vec<ProbeAccount>,
    running: Option<usize>,
    done: bool,
}

/// What was told of one probe.
#[derive(Debug)]
pub(super) struct ProbeAccount {
    /// Which.
    pub(super) probe: ProbeId,
    /// When it began, in microseconds since the worker's start.
    pub(super) started_us: Option<u64>,
    /// When it ended.
    pub(super) ended_us: Option<u64>,
    /// Its exchanges.
    pub(super) sent: Vec<SentExchange>,
}

impl Account {
    /// An account of nothing.
    pub(super) fn new(device: Device, probes: Vec<ProbeId>, offset: Duration) -> Self {
        let account = |probe| ProbeAccount { probe, started_us: None, ended_us: None, sent: Vec::new() };
        let probes = probes.into_iter().map(account).collect();
        Self { device, offset, opened: false, not_opened: None, probes, running: None, done: false }
    }

    /// The device's id.
    pub(super) fn id(&self) -> &str {
        &self.device.id
    }

    /// Whether the worker said that nothing follows.
    pub(super) fn is_done(&self) -> bool {
        self.done
    }

    /// Takes one frame, and says what to tell about it.
    pub(super) fn accept(&mut self, frame: Frame) -> Result<Option<Happened>, OutOfTurn> {
        if self.done {
            return Err(OutOfTurn);
        }
        match frame {
            Frame::Opened { info } => {
                self.open()?;
                match info {
                    Some(NodeInfo::Fwctl(info)) => self.device.fwctl = Some(info),
                    Some(NodeInfo::Mlx5ctl(info)) => self.device.mlx5ctl = Some(info),
                    None => {}
                }
                Ok(Some(Happened::Opened))
            }
            Frame::NotOpened { errno: _, words } => {
                self.open()?;
                self.not_opened = Some(words);
                Ok(None)
            }
            Frame::ProbeStarted { probe, at_us } => {
                // The next that has not begun: probes run in order, one after another.
                let next = self.probes.iter().position(|account| account.started_us.is_none());
                let (at, account) =
                    next.and_then(|at| Some((at, self.probes.get_mut(at)?))).ok_or(OutOfTurn)?;
                if !self.opened || self.running.is_some() || account.probe != probe {
                    return Err(OutOfTurn);
                }
                account.started_us = Some(at_us);
                self.running = Some(at);
                Ok(Some(Happened::ProbeStarted(probe)))
            }
            Frame::Exchange(sent) => {
                let account = self.running_account()?;
                account.sent.push(sent);
                let count = account.sent.len();
                // Often enough for a person.
                Ok(count.is_multiple_of(16).then_some(Happened::Exchanges(count)))
            }
            Frame::ProbeEnded { probe, at_us } => {
                let account = self.running_account()?;
                if account.probe != probe {
                    return Err(OutOfTurn);
                }
                account.ended_us = Some(at_us);
                self.running = None;
                Ok(Some(Happened::ProbeEnded(probe)))
            }
            Frame::Done => {
                if self.probes.iter().any(|account| account.ended_us.is_none()) {
                    return Err(OutOfTurn);
                }
                self.done = true;
                Ok(None)
            }
        }
    }

    fn open(&mut self) -> Result<(), OutOfTurn> {
        if std::mem::replace(&mut self.opened, true) { Err(OutOfTurn) } else { Ok(()) }
    }

    fn running_account(&mut self) -> Result<&mut ProbeAccount, OutOfTurn> {
        self.running.and_then(|at| self.probes.get_mut(at)).ok_or(OutOfTurn)
    }
}
