//! The kind `bits`: of every number named these bits are set, and those clear.
//!
//! Must not do: look at anything but numbers.

use mlx5_schemas::catalog::Catalog;
use mlx5_schemas::model::baseline::Bits;
use mlx5_schemas::model::fact::{Fact, Value};

use super::rule::RuleError;
use super::values::{Admit, number_of};

impl Admit for Bits {
    fn admits(&self, _catalog: &Catalog, fact: &Fact, value: &Value) -> Result<bool, RuleError> {
        let number = number_of(fact, value)?;
        Ok(self.set.is_none_or(|mask| number & mask.0 == mask.0)
            && self.clear.is_none_or(|mask| number & mask.0 == 0))
    }
}

/// What is expected, in words.
pub(super) fn words(bits: &Bits) -> String {
    let set = bits.set.map(|mask| format!("the bits {mask} set"));
    let clear = bits.clear.map(|mask| format!("the bits {mask} clear"));
    let parts: Vec<String> = set.into_iter().chain(clear).collect();
    parts.join(" and ")
}
