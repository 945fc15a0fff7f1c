//! The text of a whole simulated device: readable, and small enough for a bundle.

use std::io::Write;
use std::path::Path;

use mlx5_fixtures::card::SimulatedCard;
use mlx5_schemas::decode::text::render;
use mlx5_schemas::model::exchange::{Exchange, Outcome};
use mlx5_schemas::redaction::kept;

use crate::samples::{facts, whole_device};

#[test]
fn the_text_of_a_device_is_small() {
    let model = Path::new(env!("CARGO_MANIFEST_DIR")).join("../fixtures/models/connectx-6-dx-two-port.json");
    let mut card = SimulatedCard::load(&model).unwrap();
    let exchanges: Vec<Exchange> = whole_device()
        .into_iter()
        .map(|Exchange { request, .. }| {
            let outcome = match card.answer(&request).outcome {
                Ok(reply) => Outcome::Replied(kept(&request, reply)),
                Err(errno) => Outcome::Undelivered { errno },
            };
            Exchange { request, outcome }
        })
        .collect();
    let text = render(&facts(&exchanges));
    let mut deflated = flate2::write::DeflateEncoder::new(Vec::new(), flate2::Compression::best());
    deflated.write_all(text.as_bytes()).unwrap();
    let deflated = deflated.finish().unwrap().len();
    if let Some(path) = std::env::var_os("MLX5_SHOW_TEXT") {
        std::fs::write(path, &text).unwrap();
    }
    // A bundle is to stay below 100 kB a device; this is the part that only people read.
    assert!(deflated < 30_000, "{} bytes, {deflated} deflated", text.len());
    for name in ["NUM_OF_VFS", "LINK_TYPE_P1", "LINK_TYPE_P2"] {
        assert!(text.lines().any(|line| line.split_whitespace().any(|word| word == name)), "no {name}");
    }
}
