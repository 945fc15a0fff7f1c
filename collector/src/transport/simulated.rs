//! A simulated card in this process, with the faults that its model schedules.
//!
//! The card says what the kernel's system call would have returned, and after how long; that long it takes here
//! too. Where the model has a signal for this process, it is sent.
//!
//! Must not do: look into requests or answers.

use std::path::Path;
use std::thread::sleep;
use std::time::Duration;

use mlx5_fixtures::card::{CardAnswer, ModelError, SimulatedCard};
use mlx5_schemas::model::exchange::Reply;
use mlx5_schemas::model::request::Request;
use rustix::process::{Signal, getpid, kill_process};

use super::{Transport, TransportError, guard};

/// Longest pause that a model can cause.
const LONGEST_PAUSE: Duration = Duration::from_secs(600);

/// A simulated card as a transport.
#[derive(Debug)]
pub struct Simulated {
    card: SimulatedCard,
}

impl Simulated {
    /// Makes a transport of the card that a model file describes.
    ///
    /// # Errors
    /// When the file is no model.
    pub fn load(model: &Path) -> Result<Self, ModelError> {
        Ok(Self { card: SimulatedCard::load(model)? })
    }

    /// The card, with what it remembers of those who asked it.
    pub fn card(&self) -> &SimulatedCard {
        &self.card
    }

    /// Opens the card, as a node is opened before the first request.
    ///
    /// # Errors
    /// With the errno of the open.
    pub fn open(&mut self) -> Result<(), TransportError> {
        let answer = self.card.open();
        settle(answer)
    }
}

/// Lets the time pass that an answer takes, and what then strikes this process.
fn settle<T>(answer: CardAnswer<T>) -> Result<T, TransportError> {
    if !answer.after.is_zero() {
        sleep(answer.after.min(LONGEST_PAUSE));
    }
    if let Some(signal) = answer.signal.and_then(Signal::from_named_raw) {
        // A process may always send itself a signal; one that is blocked or ignored changes nothing.
        let _ = kill_process(getpid(), signal);
    }
    answer.outcome.map_err(|errno| TransportError::Undelivered { errno })
}

impl Transport for Simulated {
    fn call(&mut self, request: &Request) -> Result<Reply, TransportError> {
        // The card takes a request, not bytes; that these bytes would have passed is checked all the same.
        guard::check(request.bytes())?;
        settle(self.card.answer(request))
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use std::time::Instant;

    use mlx5_schemas::model::command::CommandStatus;

    use super::*;

    fn card(faults: &str) -> Simulated {
        let model = format!(
            r#"{{"pci": {{"device": "0x101d"}},
                "firmware": {{"version": "22.41.1000", "date": "2024-05-05", "psid": "MT_0000000001"}},
                "faults": {faults}}}"#
        );
        Simulated { card: SimulatedCard::from_json(&model).unwrap() }
    }

    fn errnos(transport: &mut Simulated, calls: usize) -> Vec<Option<i32>> {
        (0..calls).map(|_| transport.call(&Request::adapter()).err().map(|error| error.errno())).collect()
    }

    #[test]
    fn a_card_answers() {
        let reply = card("[]").call(&Request::adapter()).unwrap();
        assert_eq!((reply.status, reply.output.len()), (CommandStatus::OK, 272));
    }

    #[test]
    fn faults_become_the_errnos_of_the_ioctl() {
        let undelivered =
            r#"[{"what": {"undelivered": 2}, "times": 1}, {"what": {"undelivered": 7}, "times": 1}]"#;
        assert_eq!(errnos(&mut card(undelivered), 3), [Some(libc::EBADR), Some(libc::ENOMSG), None]);
        let death = r#"[{"what": "death", "when": {"skip": 1}}]"#;
        assert_eq!(errnos(&mut card(death), 3), [None, Some(libc::ENXIO), Some(libc::ENXIO)]);
    }

    #[test]
    fn a_delay_is_waited_for() {
        let started = Instant::now();
        assert_eq!(errnos(&mut card(r#"[{"what": {"delay_ms": 30}}]"#), 1), [None]);
        assert!(started.elapsed() >= Duration::from_millis(30));
    }
}
