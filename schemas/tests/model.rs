//! Requests, transcripts and what is kept of an answer.
#![allow(clippy::unwrap_used, clippy::panic, missing_docs)]

#[path = "model/kept.rs"]
mod kept;
#[path = "model/requests.rs"]
mod requests;
#[path = "model/statuses.rs"]
mod statuses;
#[path = "model/transcripts.rs"]
mod transcripts;

use mlx5_schemas::model::request::{Request, register};

fn mnvda(data: &[u8]) -> Request {
    let mut whole = data.to_vec();
    whole.resize(268, 0);
    Request::register(register::MNVDA, whole).unwrap()
}
