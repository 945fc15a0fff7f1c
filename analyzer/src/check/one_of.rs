//! The kind `one_of`: every value named is one of these.
//!
//! Must not do: guess what a name means; names are the catalog's.

use mlx5_schemas::model::expected::Expected;

use super::equals;
use super::findings::Findings;
use super::rule::{Context, Rule, RuleError, RuleMeta, Target};
use super::values;

/// A rule of this kind.
#[derive(Debug)]
pub(crate) struct OneOf {
    meta: RuleMeta,
    expected: Vec<Expected>,
}

impl OneOf {
    /// A rule that expects one of some values.
    pub(crate) fn new(meta: RuleMeta, expected: Vec<Expected>) -> Self {
        Self { meta, expected }
    }
}

impl Rule for OneOf {
    fn meta(&self) -> &RuleMeta {
        &self.meta
    }

    fn check(
        &self,
        context: &Context<'_>,
        target: &Target,
        findings: &mut Findings,
    ) -> Result<(), RuleError> {
        values::check(context, target, &self.meta, findings, &|fact, value| {
            // All of them are looked at, so that a slip in the last is found whatever the device says.
            let mut admitted = false;
            for expected in &self.expected {
                admitted |= equals::is(context.catalog, expected, fact, value)?;
            }
            Ok(admitted)
        })
    }
}
