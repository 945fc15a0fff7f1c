//! The collector: reads firmware configuration and taint of ConnectX devices and of their host into one sealed bundle.
//!
//! Road: [`discovery`] finds devices, [`supervise`] has one [`worker`] ask each of them ([`probe`] over [`transport`]),
//! [`tools`] has the vendor's tools ask those that have no node, if the user wants that, [`host`] reads the kernel's own
//! files and what it tells of the devices, [`members`] turns both into the members of a bundle, [`run`] seals them and
//! [`output`] gives the file its name.
//!
//! Must not do: change anything on the host or on a device. No module is loaded, nothing is started but the
//! collector's own workers (and, when asked for, reading commands of the vendor's tools), no network is used.

pub mod cli;
pub mod discovery;
pub mod errno;
pub mod host;
pub mod members;
pub mod output;
pub mod plan;
pub mod probe;
pub mod progress;
pub mod recorder;
pub mod root;
pub mod run;
pub mod run_report;
pub mod signals;
pub mod signing;
pub mod supervise;
mod sys;
pub mod task;
pub mod tools;
pub mod transport;
pub mod wire;
pub mod worker;
