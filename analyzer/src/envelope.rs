//! Working with baselines: beginning one from bundles, merging and comparing them, what is wrong with one, and whether it
//! says of known bundles what it should.
//!
//! Must not do: judge otherwise than `check` does, or understand a baseline otherwise than `baseline` does.

pub mod diff;
pub mod init;
pub mod learn;
pub mod lint;
pub mod merge;
pub mod trial;

mod seen;
mod sketch;
mod tried;
mod write;
