//! Decoding against known bytes, against its own evidence, and against any bytes at all.
#![allow(clippy::unwrap_used, clippy::print_stderr)]

#[path = "decode/board.rs"]
mod board;
#[path = "shared/cases.rs"]
mod cases;
#[path = "decode/drift.rs"]
mod drift;
#[path = "decode/known.rs"]
mod known;
#[path = "decode/registers.rs"]
mod registers;
#[path = "decode/samples.rs"]
mod samples;
#[path = "decode/size.rs"]
mod size;
#[path = "decode/stored.rs"]
mod stored;
#[path = "decode/totality.rs"]
mod totality;
