//! How a baseline's rules become ones that can check.
//!
//! Must not do: hold the logic of a kind; each has its own file.

use mlx5_schemas::catalog::Catalog;
use mlx5_schemas::model::baseline::{Baseline, Expect, Rest};
use mlx5_schemas::model::condition::Test;
use mlx5_schemas::model::expected::Expected;
use mlx5_schemas::model::fact::{Fact, Knowledge, Route, Subject, Value};

use super::absent::Absent;
use super::bits;
use super::count::Count;
use super::equals::Equals;
use super::equals_factory::EqualsFactory;
use super::held::When;
use super::matches::Matches;
use super::none_of::NoneOf;
use super::one_of::OneOf;
use super::present::Present;
use super::range::InRange;
use super::relation::{self, Related};
use super::rest::RestIsFactory;
use super::rule::{Rule, RuleError, RuleMeta, Wants};
use super::scope::Scope;
use super::values::{Admit, ByValue};
use crate::baseline::{LoadedBaseline, LoadedRule};
use crate::condition::Expressions;

/// The rules of baselines, ready to check. What several of them include counts once, unless one has changed it.
pub fn rules_of(baselines: &[LoadedBaseline]) -> Vec<Vec<Box<dyn Rule>>> {
    let of = |(place, loaded): (usize, &LoadedBaseline)| {
        let before = baselines.get(..place).unwrap_or_default();
        let is_new = |rule: &&LoadedRule| {
            !before.iter().flat_map(|other| &other.rules).any(|other| other.is_same_as(rule))
        };
        let mut rules: Vec<Box<dyn Rule>> = loaded.rules.iter().filter(is_new).map(build).collect();
        let is_new = |own: &&Baseline| before.iter().flat_map(rests).all(|other| other != *own);
        for own in rests(loaded).filter(is_new) {
            rules.push(Box::new(RestIsFactory::of(own)));
        }
        rules
    };
    baselines.iter().enumerate().map(of).collect()
}

/// The files by which what no rule names must be as delivered.
fn rests(loaded: &LoadedBaseline) -> impl Iterator<Item = &Baseline> {
    loaded.rest_from().filter(|_| loaded.baseline.default == Some(Rest::Factory))
}

/// The names of all rules of a baseline, whether it shares them with another or not.
pub(super) fn ids_of(loaded: &LoadedBaseline) -> impl Iterator<Item = String> {
    let rests = rests(loaded).map(|own| RestIsFactory::of(own).meta().id.clone());
    loaded.rules.iter().map(|rule| rule.name.clone()).chain(rests)
}

fn build(loaded: &LoadedRule) -> Box<dyn Rule> {
    let rule = &loaded.rule;
    let expressions = || loaded.expressions.clone();
    let when = rule.when.clone().map(|condition| When { condition, expressions: expressions() });
    let selects = [&loaded.within, &rule.select].into_iter().filter(|select| !select.is_empty());
    let meta = |expected: String| RuleMeta {
        id: loaded.name.clone(),
        why: loaded.why(),
        remedy: rule.remedy.clone(),
        references: rule.references.clone(),
        owner: rule.owner.clone(),
        severity: rule.severity,
        selects: selects.clone().cloned().collect(),
        when: when.clone(),
        scope: Scope::new(&rule.facts, &rule.except),
        views: rule.views.clone(),
        expected,
        wants: Wants::Value,
        is_joint: false,
    };
    let by_value =
        |words: String, kind: Box<dyn Admit>| -> Box<dyn Rule> { Box::new(ByValue::new(meta(words), kind)) };
    match &rule.expect {
        Expect::Equals(value) => by_value(value.to_string(), Box::new(Equals(value.clone()))),
        Expect::OneOf(values) => {
            by_value(format!("one of {}", list(values)), Box::new(OneOf(values.clone())))
        }
        Expect::NoneOf(values) => {
            by_value(format!("none of {}", list(values)), Box::new(NoneOf(values.clone())))
        }
        Expect::Range(range) => by_value(range.to_string(), Box::new(InRange(*range))),
        Expect::Bits(bits) => by_value(bits::words(bits), Box::new(*bits)),
        Expect::Matches(expression) => {
            by_value(matching(expression), Box::new(matches_of(expression, expressions())))
        }
        Expect::Relation(to) => {
            let views = relation::views(to, &rule.views);
            Box::new(Related::new(RuleMeta { views, ..meta(relation::words(to)) }, to.clone()))
        }
        Expect::Present => {
            let meta = RuleMeta { wants: Wants::Presence, ..meta("that it is there".to_owned()) };
            Box::new(ByValue::new(meta, Box::new(Present)))
        }
        Expect::Absent => {
            let meta = RuleMeta { wants: Wants::Absence, ..meta("that it is not there".to_owned()) };
            Box::new(ByValue::new(meta, Box::new(Absent)))
        }
        Expect::Count(count) => {
            let (so, of) = tested(count.of.as_ref(), expressions());
            let meta = meta(format!("{so} on so many devices: {}", count.devices));
            Box::new(Count::new(meta, of, count.devices))
        }
        Expect::EqualsFactory => {
            let meta = meta("the factory value".to_owned());
            let scope = meta.scope.clone().with_bytes();
            Box::new(EqualsFactory::new(RuleMeta { scope, ..meta }))
        }
    }
}

/// Whether an expectation admits a value of a path, or why that cannot be said; `None` where it is not about the value
/// alone.
pub(crate) fn admits(
    expect: &Expect,
    expressions: &Expressions,
    (catalog, path, name): (&Catalog, &str, &str),
    value: &Value,
) -> Option<Result<bool, RuleError>> {
    let kind: Box<dyn Admit> = match expect {
        Expect::Equals(value) => Box::new(Equals(value.clone())),
        Expect::OneOf(values) => Box::new(OneOf(values.clone())),
        Expect::NoneOf(values) => Box::new(NoneOf(values.clone())),
        Expect::Range(range) => Box::new(InRange(*range)),
        Expect::Bits(bits) => Box::new(*bits),
        Expect::Matches(expression) => Box::new(matches_of(expression, expressions.clone())),
        Expect::Relation(_) | Expect::Present | Expect::Absent | Expect::Count(_) | Expect::EqualsFactory => {
            return None;
        }
    };
    let fact = Fact {
        subject: Subject::Device { device: String::new() },
        path: path.to_owned(),
        aliases: vec![name.to_owned()],
        view: None,
        knowledge: Knowledge::Known { value: value.clone() },
        route: Route::Simulated,
        evidence: Vec::new(),
    };
    Some(kind.admits(catalog, &fact, value))
}

fn list(values: &[Expected]) -> String {
    values.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
}

fn matching(expression: &str) -> String {
    format!("something that {expression} finds")
}

fn matches_of(expression: &str, expressions: Expressions) -> Matches {
    Matches { expression: expression.to_owned(), expressions }
}

/// A test of conditions as a kind, with what it asks for in words.
fn tested(test: Option<&Test>, expressions: Expressions) -> (String, Box<dyn Admit>) {
    match test {
        Some(Test::Equals(value)) => (value.to_string(), Box::new(Equals(value.clone()))),
        Some(Test::Not(value)) => (format!("not {value}"), Box::new(NoneOf(vec![value.clone()]))),
        Some(Test::OneOf(values)) => (format!("one of {}", list(values)), Box::new(OneOf(values.clone()))),
        Some(Test::Range(range)) => (range.to_string(), Box::new(InRange(*range))),
        Some(Test::Matches(expression)) => {
            (matching(expression), Box::new(matches_of(expression, expressions)))
        }
        // Refused when the file was read: no value is without one.
        Some(Test::Unread(_)) => ("no value".to_owned(), Box::new(OneOf(Vec::new()))),
        Some(Test::Known) | None => ("anything".to_owned(), Box::new(Present)),
    }
}
