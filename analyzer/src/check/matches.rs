//! The kind `matches`: an expression finds something in every value named, as it is shown.
//!
//! Must not do: compile; that is done once, when the baseline is read.

use mlx5_schemas::catalog::Catalog;
use mlx5_schemas::model::fact::{Fact, Value};

use super::rule::RuleError;
use super::values::Admit;
use crate::condition::Expressions;

/// Expects that an expression finds something.
#[derive(Debug)]
pub(super) struct Matches {
    pub(super) expression: String,
    pub(super) expressions: Expressions,
}

impl Admit for Matches {
    fn admits(&self, _catalog: &Catalog, _fact: &Fact, value: &Value) -> Result<bool, RuleError> {
        Ok(self.expressions.find(&self.expression, &value.to_string()))
    }
}
