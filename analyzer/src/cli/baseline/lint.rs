//! `baseline lint`.
//!
//! Must not do: find anything itself.

use std::path::PathBuf;

use clap::{Args, ValueEnum};
use mlx5_schemas::model::report::{LintSeverity, ReportResult};

use super::super::Format;
use super::super::run::{Edge, Outcome, TROUBLE, finish, page};
use super::super::triage::issues;
use crate::envelope::lint::Linter;
use crate::render;

/// Exit code when something is wrong with a file.
const WRONG: u8 = 1;

/// Arguments of `baseline lint`.
#[derive(Debug, Args)]
pub struct LintArgs {
    /// The baselines; what they include is looked at with them.
    #[arg(required = true, value_name = "FILE")]
    pub files: Vec<PathBuf>,
    /// How the findings look.
    #[arg(long, value_enum, default_value = "text")]
    pub format: LintFormat,
    /// A folder with known issues of your own, whose ids `advisories` may name; repeatable.
    #[arg(long, value_name = "DIR")]
    pub known: Vec<PathBuf>,
    /// Take names from this catalog: a folder with mstflint's files, or a file of `catalog import`.
    #[arg(long, value_name = "PATH")]
    pub catalog: Option<PathBuf>,
}

/// How findings look.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum LintFormat {
    /// For people.
    Text,
    /// For programs (JSON, schema mlx5-report).
    Json,
    /// Annotations in the log of a GitHub job.
    Github,
}

/// Looks at files.
pub(super) fn run(args: &LintArgs, edge: Edge<'_>) -> Result<Outcome, String> {
    let issues = issues(&args.known)?;
    let found = Linter::new(edge.catalog, &issues).lint(&args.files);
    let is_wrong = found.report.findings.iter().any(|finding| finding.severity != LintSeverity::Advice);
    let code = match (found.unread.is_empty(), is_wrong) {
        (false, _) => TROUBLE,
        (true, true) => WRONG,
        (true, false) => 0,
    };
    let page = match args.format {
        LintFormat::Text => page(Format::Text, edge, |page| render::lint(page, &found.report)),
        LintFormat::Json => None,
        LintFormat::Github => Some(crate::report::annotations(&found.report)),
    };
    let mut outcome = finish(edge, page, ReportResult::BaselineLint(found.report), code)?;
    outcome.is_page &= args.format == LintFormat::Text;
    outcome.troubles = found.unread;
    Ok(outcome)
}
