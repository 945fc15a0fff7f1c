//! The bundle: one zip archive with a manifest, the manifest's signature and the members that the manifest lists.
//!
//! [`seal`] writes one, [`open`] reads one as hostile input, [`trust::trust`] says whose signature it carries.
//! `docs/bundle-format.md` describes the format for people with `unzip`, `sha256sum` and `ssh-keygen` only.
//!
//! Must not do: interpret members, touch files, ask clocks or sources of randomness.

mod container;
pub mod limits;
mod member_name;
pub mod open;
pub mod seal;
pub mod signature;
pub mod trust;

pub use limits::Limits;
pub use open::{Bundle, OpenError, open};
pub use seal::{SealError, seal};
pub use signature::{Sign, SignError};
