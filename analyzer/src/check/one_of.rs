//! The kind `one_of`: every value named is one of these.
//!
//! Must not do: guess what a name means; names are the catalog's.

use mlx5_schemas::catalog::Catalog;
use mlx5_schemas::model::expected::Expected;
use mlx5_schemas::model::fact::{Fact, Value};

use super::equals;
use super::rule::RuleError;
use super::values::Admit;

/// Expects one of some values.
#[derive(Debug)]
pub(super) struct OneOf(pub(super) Vec<Expected>);

impl Admit for OneOf {
    fn admits(&self, catalog: &Catalog, fact: &Fact, value: &Value) -> Result<bool, RuleError> {
        is_one(catalog, &self.0, fact, value)
    }
}

/// Whether a value is one of these. All of them are looked at, so that a slip in the last is found whatever the device
/// says.
pub(super) fn is_one(
    catalog: &Catalog,
    list: &[Expected],
    fact: &Fact,
    value: &Value,
) -> Result<bool, RuleError> {
    let mut is_one = false;
    for expected in list {
        is_one |= equals::is(catalog, expected, fact, value)?;
    }
    Ok(is_one)
}
