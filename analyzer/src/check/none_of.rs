//! The kind `none_of`: no value named is one of these.
//!
//! Must not do: guess what a name means; names are the catalog's.

use mlx5_schemas::catalog::Catalog;
use mlx5_schemas::model::expected::Expected;
use mlx5_schemas::model::fact::{Fact, Value};

use super::one_of::is_one;
use super::rule::RuleError;
use super::values::Admit;

/// Expects none of some values.
#[derive(Debug)]
pub(super) struct NoneOf(pub(super) Vec<Expected>);

impl Admit for NoneOf {
    fn admits(&self, catalog: &Catalog, fact: &Fact, value: &Value) -> Result<bool, RuleError> {
        is_one(catalog, &self.0, fact, value).map(|is_one| !is_one)
    }
}
