//! Regular expressions of conditions and rules, compiled once, when the file that has them is read.
//!
//! Must not do: match.

use std::collections::BTreeMap;

use mlx5_schemas::model::condition::{Condition, LogTest, Test};
use regex::{Regex, RegexBuilder};

/// Most bytes that a compiled expression may take: matching is linear in any case, compiling must be bounded too.
const MAX_REGEX_BYTES: usize = 1 << 20;

/// Expressions by their text.
#[derive(Debug, Clone, Default)]
pub(crate) struct Expressions(BTreeMap<String, Regex>);

impl Expressions {
    /// Compiles an expression and keeps it.
    ///
    /// # Errors
    /// When it is none, or would be too large.
    pub(crate) fn add(&mut self, text: &str) -> Result<(), regex::Error> {
        if !self.0.contains_key(text) {
            let compiled = RegexBuilder::new(text).size_limit(MAX_REGEX_BYTES).build()?;
            self.0.insert(text.to_owned(), compiled);
        }
        Ok(())
    }

    /// Whether an expression finds something in a text; one that was not compiled finds nothing.
    pub(crate) fn find(&self, expression: &str, text: &str) -> bool {
        self.0.get(expression).is_some_and(|expression| expression.is_match(text))
    }
}

/// The expression of a test.
pub(crate) fn of_test(test: &Test) -> Option<&str> {
    match test {
        Test::Matches(expression) | Test::Unread(expression) => Some(expression),
        Test::Equals(_) | Test::Not(_) | Test::OneOf(_) | Test::Range(_) | Test::Known => None,
    }
}

/// All expressions within a condition.
pub(crate) fn of_condition(condition: &Condition) -> Vec<&str> {
    match condition {
        Condition::All(parts) | Condition::Any(parts) => parts.iter().flat_map(of_condition).collect(),
        Condition::Not(part) => of_condition(part),
        Condition::Fact(test) => of_test(&test.is).into_iter().collect(),
        Condition::Log(LogTest { matches, .. }) => matches.iter().map(String::as_str).collect(),
        Condition::Family(_)
        | Condition::PciDevice(_)
        | Condition::Firmware(_)
        | Condition::Driver(_)
        | Condition::Kernel(_)
        | Condition::Psid(_)
        | Condition::Compare(_)
        | Condition::Pending(_) => Vec::new(),
    }
}
