//! The types at rest: what goes into a bundle and what is derived from it.
//!
//! Must not do: read or write anything, interpret values.

pub mod baseline;
pub mod baseline_test;
pub mod command;
pub mod condition;
pub mod defect;
pub mod exchange;
pub mod expected;
pub mod fact;
pub mod host;
pub mod known_issue;
pub mod manifest;
pub mod nv;
pub mod pci_address;
pub mod reference;
pub mod report;
pub mod request;
pub mod status;
pub mod tool_run;
pub mod transcript;
pub mod verdict;
pub mod waiver;
