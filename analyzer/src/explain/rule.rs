//! A rule as it is understood.
//!
//! Must not do: check by it.

use mlx5_schemas::catalog::Catalog;
use mlx5_schemas::model::report::RuleExplained;

use super::condition;
use crate::baseline::{LoadedBaseline, suggest};
use crate::check::resolve::resolve;
use crate::check::rule::rules_of;

/// There is no such rule.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("no baseline given has a rule {name}{hint}")]
pub struct RuleNotFound {
    name: String,
    hint: String,
}

/// Explains a rule of a baseline, by its name in findings (`BASELINE/RULE`) or, where one baseline alone has it, by its id.
///
/// # Errors
/// When there is no such rule, or more than one.
pub fn explain_rule(
    name: &str,
    baselines: &[LoadedBaseline],
    catalog: &Catalog,
) -> Result<RuleExplained, RuleNotFound> {
    let refuse = |hint: String| RuleNotFound { name: name.to_owned(), hint };
    let mut names = Vec::new();
    let mut found = Vec::new();
    for (loaded, rules) in baselines.iter().zip(rules_of(baselines)) {
        for rule in rules {
            let id = rule.meta().id.clone();
            if id == name || id.rsplit_once('/').is_some_and(|(_, short)| short == name) {
                found.push((loaded, rule));
            }
            names.push(id);
        }
    }
    // A name in full is not ambiguous because another baseline has the same.
    let (loaded, rule) = match found.as_slice() {
        [one] => one,
        [] => {
            let short = names.iter().filter_map(|full| full.rsplit_once('/')).map(|(_, short)| short);
            let near = suggest::nearest(name, names.iter().map(String::as_str).chain(short));
            return Err(refuse(match near {
                Some(near) => format!("; did you mean {near}?"),
                None => format!("; there are {}", names.join(", ")),
            }));
        }
        [_, _, ..] => {
            let twins: Vec<&str> = found.iter().map(|(_, rule)| rule.meta().id.as_str()).collect();
            return Err(refuse(format!(" alone: there are {}", twins.join(" and "))));
        }
    };
    let meta = rule.meta();
    // What `default` says of the rest is a rule without a place of its own.
    let own = loaded.rules.iter().find(|own| own.name == meta.id);
    let file = own.and_then(|own| loaded.files.get(own.file));
    let place = own.zip(file).map(|(own, file)| {
        let (line, column) = file.text.place(&own.pointer);
        format!("{}:{line}:{column}", file.text.file)
    });
    let changes = own.into_iter().flat_map(|own| &own.changes);
    Ok(RuleExplained {
        rule: meta.id.clone(),
        baseline: loaded.identity(),
        place: place.unwrap_or_else(|| loaded.file.clone()),
        changes: changes.map(|change| format!("by {}: {}", change.by, change.why)).collect(),
        severity: meta.severity,
        why: own.map_or_else(|| meta.why.clone(), |own| own.rule.why.clone()),
        remedy: meta.remedy.clone(),
        references: meta.references.clone(),
        owner: meta.owner.clone(),
        select: meta.selects.iter().flat_map(condition::select).collect(),
        when: own.and_then(|own| own.rule.when.as_ref()).map(condition::words),
        facts: resolve(&meta.scope, catalog),
        except: meta.scope.exceptions().map(str::to_owned).collect(),
        views: meta.views.clone(),
        expect: meta.expected.clone(),
    })
}
