//! `baseline test`.
//!
//! Must not do: hold anything against an expectation itself.

use std::path::PathBuf;

use clap::Args;
use mlx5_schemas::bundle::trust::AllowedSigners;
use mlx5_schemas::model::report::ReportResult;

use super::super::Common;
use super::super::judging::load_baselines;
use super::super::run::{Edge, Outcome, TROUBLE, finish, open, page, words};
use crate::check::Options;
use crate::envelope::trial;
use crate::render;

/// Exit code when an expectation did not hold.
const FAILED: u8 = 1;

/// Arguments of `baseline test`.
#[derive(Debug, Args)]
pub struct TestArgs {
    /// The file of tests: baselines, bundles, and what is to be said of them.
    pub file: PathBuf,
    /// A folder with known issues of your own, which are advisories beside the shipped ones; repeatable.
    #[arg(long, value_name = "DIR")]
    pub known: Vec<PathBuf>,
    /// Options of every verb.
    #[command(flatten)]
    pub common: Common,
}

/// Tests baselines.
pub(super) fn run(
    args: &TestArgs,
    allowed: Option<&AllowedSigners>,
    edge: Edge<'_>,
) -> Result<Outcome, String> {
    let trial = trial::load(&args.file).map_err(|error| words(&error))?;
    let (baselines, issues) = load_baselines(&trial.baselines(), &args.known, edge.catalog)?;
    let options = Options { catalog: edge.catalog, issues: &issues, ..Options::default() };
    let tried = trial.run(&baselines, options, &|path| open(path, allowed, edge));
    let code = match (tried.unjudged.is_empty(), tried.report.failed) {
        (false, _) => TROUBLE,
        (true, 0) => 0,
        (true, _) => FAILED,
    };
    let page = page(args.common.format, edge, |page| render::baseline_test(page, &tried.report));
    let mut outcome = finish(edge, page, ReportResult::BaselineTest(tried.report), code)?;
    outcome.troubles = tried.unjudged.into_iter().chain(tried.notes).collect();
    Ok(outcome)
}
