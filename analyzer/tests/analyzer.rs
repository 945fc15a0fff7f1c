//! The analyzer over whole bundles: simulated cards asked request by request, sealed, opened, judged.
#![allow(clippy::unwrap_used)]

mod archives;
mod assurance;
mod baseline;
mod binary;
mod bits;
mod catalog;
mod conditions;
mod count;
mod diff;
mod envelope_properties;
mod equals;
mod equals_factory;
mod expect;
mod functions;
mod host_rules;
mod import;
mod import_kernel_view;
mod includes;
mod known;
mod layouts;
mod matches;
mod none_of;
mod one_of;
mod overrides;
mod presence;
mod range;
mod relation;
mod reports;
mod rest;
mod selection;
mod silence;
mod stored;
mod support;
mod triage;
mod voices;
