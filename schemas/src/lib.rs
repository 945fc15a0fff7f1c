//! What collector and analyzer must agree on, and nothing else: types at rest, the catalog with decoding,
//! bundle reading and writing, signatures, and the formats of baseline and report.
//!
//! Must not do: device I/O, command lines, rules, clocks, randomness. Time and entropy come in as arguments.
#![warn(missing_docs)]

pub mod bundle;
pub mod catalog;
pub mod decode;
pub mod model;
pub mod redaction;
