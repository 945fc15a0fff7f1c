//! Supervisor and real workers, on simulated cards with faults: what a fault costs, and what it does not.
#![cfg(feature = "simulate")]
#![allow(clippy::unwrap_used)]

#[path = "supervise/answers.rs"]
mod answers;
#[path = "supervise/bench.rs"]
mod bench;
#[path = "supervise/silence.rs"]
mod silence;
#[path = "supervise/workers.rs"]
mod workers;
