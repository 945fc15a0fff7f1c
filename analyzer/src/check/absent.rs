//! The kind `absent`: the device says that it has no such thing, see [`super::stand::unread`]. A value is outside.
//!
//! Must not do: take a gap for absence.

use mlx5_schemas::catalog::Catalog;
use mlx5_schemas::model::fact::{Fact, Value};

use super::rule::RuleError;
use super::values::Admit;

/// Expects no value.
#[derive(Debug)]
pub(super) struct Absent;

impl Admit for Absent {
    fn admits(&self, _catalog: &Catalog, _fact: &Fact, _value: &Value) -> Result<bool, RuleError> {
        Ok(false)
    }
}
