//! Judging bundles against baselines.
//!
//! A baseline's rules become [`rule::Rule`]s, one file per kind ([`equals`], [`one_of`], [`range`],
//! [`equals_factory`]); each checks one device at a time and leaves findings, which cannot be made without evidence.
//! [`review`] turns findings and assurance into the three words and the exit code.
//!
//! Must not do: touch value verdicts because of assurance, or the other way round: the two axes meet in the words.

pub mod equals;
pub mod equals_factory;
pub mod findings;
pub mod layouts;
mod one_of;
pub mod range;
pub mod review;
pub mod rule;

mod card;
mod coverage;
mod fold;
mod names;
mod next_only;
mod rule_coverage;
mod scope;
mod select;
mod stand;
mod summary;
mod unnamed_bits;
mod values;
mod voice;
mod written;

pub use review::{Options, check};
