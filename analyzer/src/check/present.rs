//! The kind `present`: what the rule names is there and was read, whatever it is. What the device says that it does not
//! have is outside where it is named, see [`super::stand::unread`].
//!
//! Must not do: take a gap for absence.

use mlx5_schemas::catalog::Catalog;
use mlx5_schemas::model::fact::{Fact, Value};

use super::rule::RuleError;
use super::values::Admit;

/// Expects any value.
#[derive(Debug)]
pub(super) struct Present;

impl Admit for Present {
    fn admits(&self, _catalog: &Catalog, _fact: &Fact, _value: &Value) -> Result<bool, RuleError> {
        Ok(true)
    }
}
