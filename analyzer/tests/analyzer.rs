//! The analyzer over whole bundles: simulated cards asked request by request, sealed, opened, judged.
#![allow(clippy::unwrap_used)]

mod assurance;
mod baseline;
mod catalog;
mod binary;
mod diff;
mod equals;
mod equals_factory;
mod functions;
mod import;
mod layouts;
mod one_of;
mod range;
mod selection;
mod silence;
mod support;
