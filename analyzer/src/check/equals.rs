//! The kind `equals`: every value named is this one.
//!
//! Must not do: guess what a name means; names are the catalog's.

use mlx5_schemas::catalog::Catalog;
use mlx5_schemas::model::expected::Expected;
use mlx5_schemas::model::fact::{Fact, Value};

use super::names::check_value_name;
use super::rule::RuleError;
use super::values::{self, Admit};

/// Expects one value.
#[derive(Debug)]
pub(super) struct Equals(pub(super) Expected);

impl Admit for Equals {
    fn admits(&self, catalog: &Catalog, fact: &Fact, value: &Value) -> Result<bool, RuleError> {
        is(catalog, &self.0, fact, value)
    }
}

/// Whether a value is the expected one.
///
/// # Errors
/// When the expected value is of a kind, or has a name, that no value of this fact can have: otherwise a slip in
/// the baseline would read as a device outside its envelope.
pub(super) fn is(
    catalog: &Catalog,
    expected: &Expected,
    fact: &Fact,
    value: &Value,
) -> Result<bool, RuleError> {
    match (expected, value) {
        (Expected::Text(name), Value::Number { .. }) => {
            if expected.is(value) {
                return Ok(true);
            }
            check_value_name(catalog, &fact.path, name).map(|()| false).map_err(|hint| RuleError::ValueName {
                name: fact.name().to_owned(),
                value: name.clone(),
                hint,
            })
        }
        (Expected::Number(_), Value::Text { .. } | Value::Bytes { .. }) => Err(RuleError::Kind {
            name: fact.name().to_owned(),
            is: values::kind(value),
            expected: "a number",
        }),
        (Expected::Text(text), Value::Bytes { .. }) if !is_hex(text) => Err(RuleError::Kind {
            name: fact.name().to_owned(),
            is: values::kind(value),
            expected: "text other than lower-case hex, two digits a byte",
        }),
        (Expected::Number(_), Value::Number { .. })
        | (Expected::Text(_), Value::Text { .. } | Value::Bytes { .. }) => Ok(expected.is(value)),
    }
}

/// Whether this is how bytes are written.
fn is_hex(text: &str) -> bool {
    text.len().is_multiple_of(2) && text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
}
