//! `baseline lint`: one fixture for each kind of mistake, told at its line; what is shipped has none.

mod fixtures;
mod manual;
mod printed;
