//! The analyzer over whole bundles: simulated cards asked request by request, sealed, opened, judged.
#![allow(clippy::unwrap_used)]

mod archives;
mod assurance;
mod baseline;
mod binary;
mod catalog;
mod diff;
mod equals;
mod equals_factory;
mod expect;
mod functions;
mod import;
mod import_kernel_view;
mod known;
mod layouts;
mod one_of;
mod range;
mod reports;
mod selection;
mod silence;
mod stored;
mod support;
mod triage;
mod voices;
