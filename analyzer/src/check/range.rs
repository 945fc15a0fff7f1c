//! The kind `range`: every value named is a number between two others, both included.
//!
//! Must not do: compare anything but numbers.

use mlx5_schemas::catalog::Catalog;
use mlx5_schemas::model::expected::Range;
use mlx5_schemas::model::fact::{Fact, Value};

use super::rule::RuleError;
use super::values::{Admit, number_of};

/// Expects a number in a range.
#[derive(Debug)]
pub(super) struct InRange(pub(super) Range);

impl Admit for InRange {
    fn admits(&self, _catalog: &Catalog, fact: &Fact, value: &Value) -> Result<bool, RuleError> {
        number_of(fact, value).map(|number| self.0.holds(number))
    }
}
