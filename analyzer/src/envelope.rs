//! Working with baselines: what is wrong with one, and whether it says of known bundles what it should.
//!
//! Must not do: judge otherwise than `check` does, or understand a baseline otherwise than `baseline` does.

pub mod lint;
pub mod trial;
