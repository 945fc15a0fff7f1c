//! Judging bundles against baselines.
//!
//! A baseline's rules become [`rule::Rule`]s, one file per kind; each checks one device at a time, or all of a host
//! together, and leaves findings, which cannot be made without evidence. [`review`] turns findings and assurance into the
//! three words and the exit code.
//!
//! Must not do: touch value verdicts because of assurance, or the other way round: the two axes meet in the words.

pub mod advisories;
pub mod factory;
pub mod findings;
pub mod policy;
pub(crate) mod resolve;
pub mod review;
pub mod rule;

mod absent;
mod bits;
mod build;
mod card;
mod count;
mod coverage;
mod equals;
mod equals_factory;
mod fold;
mod held;
mod layouts;
mod lookup;
mod matches;
mod names;
mod next_only;
mod none_of;
mod one_of;
mod present;
mod range;
mod relation;
mod rest;
mod rule_coverage;
mod scope;
mod select;
mod stand;
mod summary;
mod unnamed_bits;
mod unread;
mod values;
mod voice;
mod waive;
mod written;

pub(crate) use build::admits;
pub(crate) use names::check_value_name;
pub(crate) use relation::views as related_views;
pub(crate) use rest::DEFAULT;
pub use review::{Options, check, count};
pub use waive::Waivers;
