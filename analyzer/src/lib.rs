//! The offline half: opens bundles as hostile input, decodes them into facts, and says what they show.
//!
//! `case` opens, `import` reads texts of other programs, `assurance` says how much the evidence can carry, `baseline` reads the envelope, `check` judges,
//! `diff` compares, `show` and `verify` tell; `render` lays all of it out for people, `report` what `check` found in the
//! formats of other systems. What a verb finds is a
//! [`mlx5_schemas::model::report::Report`], whatever the format.
//!
//! Must not do: talk to devices, use a network, write files (but those that `import` and `check --report` name), print (the binary does).

pub mod ask;
pub mod assurance;
pub mod baseline;
pub mod case;
pub mod catalog;
pub mod check;
pub mod cli;
pub mod condition;
pub mod diff;
pub mod envelope;
pub mod expect;
pub mod explain;
pub mod golden;
pub mod import;
pub mod json_text;
pub mod known;
pub mod pattern;
pub mod render;
pub mod report;
pub mod sanitize;
pub mod show;
pub mod triage;
pub mod verify;
pub mod waiver;
