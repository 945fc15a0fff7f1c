//! The real program, against simulated cards and trees of files.
//!
//! Hermetic: everything happens in temporary folders; nothing is read of this machine but what the program itself needs
//! to run.

#![allow(clippy::unwrap_used)]

#[path = "cli/absence.rs"]
mod absence;
#[path = "cli/collect.rs"]
mod collect;
#[path = "cli/endings.rs"]
mod endings;
#[path = "cli/output.rs"]
mod output;
#[path = "cli/replay.rs"]
mod replay;
#[path = "cli/report.rs"]
mod report;
#[path = "cli/secrets.rs"]
mod secrets;
#[path = "cli/signing.rs"]
mod signing;
#[path = "cli/support.rs"]
mod support;
