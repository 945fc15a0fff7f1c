//! When a worker is told to stop asking, and when it is killed: at the deadline of the run, when its device's own time is
//! used up, or after an interruption.
//!
//! Must not do: look at the clock.

use std::time::{Duration, Instant};

use mlx5_schemas::model::exchange::SkipReason;

use super::Options;

/// How long before its end a worker is told to stop asking. It is what an orderly end needs on a slow machine: the rest
/// of the plan is walked, recorded and written.
const STOP_MARGIN: Duration = Duration::from_millis(500);
/// How long after an interruption workers may take for the same.
const INTERRUPT_GRACE: Duration = Duration::from_millis(500);

/// The limit that comes first for one worker.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Limit {
    /// Why there is one.
    pub(super) reason: SkipReason,
    /// When the worker is told to stop asking.
    pub(super) tell_at: Instant,
    /// When it is killed.
    pub(super) kill_at: Instant,
}

impl Limit {
    /// The limit of a worker that is started at `start`.
    pub(super) fn of(options: &Options, start: Instant) -> Self {
        let run = Self::between(SkipReason::Deadline, options.started, options.deadline);
        let device = options.device_budget.and_then(|budget| start.checked_add(budget));
        match device.filter(|end| *end < options.deadline) {
            Some(end) => Self::between(SkipReason::DeviceBudget, start, end),
            None => run,
        }
    }

    /// A short time leaves less of it for the end.
    fn between(reason: SkipReason, start: Instant, end: Instant) -> Self {
        let margin = STOP_MARGIN.min(end.saturating_duration_since(start) / 4);
        Self { reason, tell_at: end.checked_sub(margin).unwrap_or(end), kill_at: end }
    }

    /// The same after an interruption at `now`. A worker that was told to stop already was told why.
    pub(super) fn interrupted(self, now: Instant, is_told: bool) -> Self {
        let reason = if is_told { self.reason } else { SkipReason::Interrupted };
        Self { reason, tell_at: self.tell_at.min(now), kill_at: self.kill_at.min(now + INTERRUPT_GRACE) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    #[test]
    fn the_earlier_of_deadline_and_budget_counts() {
        let start = Instant::now();
        let options = Options::new(start, start + SECOND * 10);
        let deadline = Limit {
            reason: SkipReason::Deadline,
            tell_at: start + SECOND * 10 - STOP_MARGIN,
            kill_at: start + SECOND * 10,
        };
        assert_eq!(Limit::of(&options, start), deadline);
        // A budget counts from the start of its worker.
        let later = start + SECOND;
        let budget = |seconds| Limit::of(&options.clone().device_budget(Some(SECOND * seconds)), later);
        assert_eq!(budget(9), deadline);
        assert_eq!(
            budget(4),
            Limit {
                reason: SkipReason::DeviceBudget,
                tell_at: later + SECOND * 4 - STOP_MARGIN,
                kill_at: later + SECOND * 4
            }
        );
        // A quarter of one second.
        assert_eq!(budget(1).tell_at, later + SECOND * 3 / 4);
    }

    #[test]
    fn an_interruption_ends_it_sooner_and_never_later() {
        let start = Instant::now();
        let limit = Limit::of(&Options::new(start, start + SECOND * 10), start);
        let now = start + SECOND;
        let interrupted = limit.interrupted(now, false);
        assert_eq!((interrupted.reason, interrupted.tell_at), (SkipReason::Interrupted, now));
        assert_eq!(interrupted.kill_at, now + INTERRUPT_GRACE);
        let late = start + SECOND * 10 - SECOND / 10;
        let told = limit.interrupted(late, true);
        assert_eq!((told.reason, told.kill_at), (SkipReason::Deadline, limit.kill_at));
    }
}
