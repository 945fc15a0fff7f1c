//! The bundle's container, manifest and signature from outside: what is written is read, and nothing else.
//!
//! Must not do: touch the network, or leave files behind.
#![allow(clippy::unwrap_used, clippy::print_stderr)]

#[path = "../shared/cases.rs"]
mod cases;
mod documents;
mod flips;
mod hostile;
mod round_trip;
mod tools;
mod trust;

use chrono::{DateTime, Utc};
use mlx5_fixtures::hostile::sample;
use mlx5_schemas::bundle::trust::AllowedSigners;

/// A time of the tests.
fn now() -> DateTime<Utc> {
    "2026-11-25T12:00:00Z".parse().unwrap()
}

/// Allowed signers that name the key of the sample.
fn sample_allowed() -> AllowedSigners {
    let line = format!("support@example.com {}\n", sample::signer().public_openssh().unwrap());
    AllowedSigners::parse_in(&line, &Utc).unwrap()
}
