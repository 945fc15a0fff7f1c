//! The kind `range`: every value named is a number between two others, both included.
//!
//! Must not do: compare anything but numbers.

use mlx5_schemas::model::expected::Range;
use mlx5_schemas::model::fact::Value;

use super::findings::Findings;
use super::rule::{Context, Rule, RuleError, RuleMeta, Target};
use super::values;

/// A rule of this kind.
#[derive(Debug)]
pub struct InRange {
    meta: RuleMeta,
    range: Range,
}

impl InRange {
    /// A rule that expects a number in a range.
    pub fn new(meta: RuleMeta, range: Range) -> Self {
        Self { meta, range }
    }
}

impl Rule for InRange {
    fn meta(&self) -> &RuleMeta {
        &self.meta
    }

    fn check(
        &self,
        context: &Context<'_>,
        target: &Target,
        findings: &mut Findings,
    ) -> Result<(), RuleError> {
        values::check(context, target, &self.meta, findings, &|fact, value| match value {
            Value::Number { number, .. } => Ok(self.range.min.is_none_or(|min| *number >= min)
                && self.range.max.is_none_or(|max| *number <= max)),
            Value::Text { .. } | Value::Bytes { .. } => Err(RuleError::Kind {
                name: fact.name().to_owned(),
                is: values::kind(value),
                expected: "a number",
            }),
        })
    }
}
