//! `baseline diff`.
//!
//! Must not do: compare anything itself.

use std::path::{Path, PathBuf};

use clap::Args;
use mlx5_schemas::model::report::ReportResult;

use super::super::Format;
use super::super::run::{Edge, Outcome, finish, page, words};
use crate::envelope::diff;
use crate::{baseline, render};

/// Exit code when the two do not say the same.
const DIFFERENT: u8 = 1;

/// Arguments of `baseline diff`.
#[derive(Debug, Args)]
pub struct BaselineDiffArgs {
    /// The first baseline.
    pub left: PathBuf,
    /// The second one.
    pub right: PathBuf,
    /// How results look.
    #[arg(long, value_enum, default_value = "text")]
    pub format: Format,
    /// Take names from this catalog: a folder with mstflint's files, or a file of `catalog import`.
    #[arg(long, value_name = "PATH")]
    pub catalog: Option<PathBuf>,
}

/// Carries it out.
pub(super) fn run(args: &BaselineDiffArgs, edge: Edge<'_>) -> Result<Outcome, String> {
    let load = |path: &Path| baseline::load_by(path, edge.catalog).map_err(|error| words(&error));
    let report = diff::diff(&load(&args.left)?, &load(&args.right)?);
    let code = if report.same { 0 } else { DIFFERENT };
    let page = page(args.format, edge, |page| render::baseline_diff(page, &report));
    finish(edge, page, ReportResult::BaselineDiff(report), code)
}
