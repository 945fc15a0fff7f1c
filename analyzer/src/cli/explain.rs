//! `explain`, and `check --explain`.
//!
//! Must not do: judge otherwise than `check` does.

use std::path::PathBuf;

use clap::Args;
use mlx5_schemas::bundle::trust::AllowedSigners;
use mlx5_schemas::model::report::{ReportResult, RuleReport};

use super::judging::{Judges, Judging};
use super::run::{Edge, Outcome, TROUBLE, finish, open, page, words};
use super::{CheckArgs, Common};
use crate::case::Case;
use crate::{check, explain, render};

/// Arguments of `explain`.
#[derive(Debug, Args)]
pub struct ExplainArgs {
    /// Id of the finding, as reports give it; its beginning will do.
    pub finding: String,
    /// The bundles, or texts of mlxconfig.
    #[arg(required = true, value_name = "BUNDLE")]
    pub bundles: Vec<PathBuf>,
    /// What they are judged by: as for the `check` that found it.
    #[command(flatten)]
    pub judging: Judging,
    /// Options of every verb.
    #[command(flatten)]
    pub common: Common,
}

/// `explain`.
pub(super) fn run_explain(
    args: &ExplainArgs,
    allowed: Option<&AllowedSigners>,
    edge: Edge<'_>,
) -> Result<Outcome, String> {
    let judges = args.judging.load(edge.catalog)?;
    let candidates: Vec<_> = args.bundles.iter().map(|path| open(path, allowed, edge)).collect();
    let checked = check::check(&candidates, &judges.baselines, args.judging.options(&judges, edge));
    let cases: Vec<&Case> = candidates.iter().flatten().collect();
    let refused: Vec<String> = candidates.iter().filter_map(|one| one.as_ref().err().cloned()).collect();
    let explained = explain::explain(&args.finding, &checked, &cases, &judges.baselines, edge.catalog);
    let report = match explained {
        Ok(report) => report,
        // Where a bundle was not read, that may be why.
        Err(error) => return Err(refused.into_iter().chain([words(&error)]).collect::<Vec<_>>().join("; ")),
    };
    let code = if refused.is_empty() { 0 } else { TROUBLE };
    let page = page(args.common.format, edge, |page| render::explain(page, &report));
    let mut outcome = finish(edge, page, ReportResult::Explain(report), code)?;
    outcome.troubles = refused;
    Ok(outcome)
}

/// `check --explain RULE`.
pub(super) fn run_rule(
    args: &CheckArgs,
    name: &str,
    judges: &Judges,
    edge: Edge<'_>,
) -> Result<Outcome, String> {
    let rule = explain::explain_rule(name, &judges.baselines, edge.catalog).map_err(|error| words(&error))?;
    let report = RuleReport { rule };
    let page = page(args.common.format, edge, |page| render::rule(page, &report));
    finish(edge, page, ReportResult::Rule(report), 0)
}
