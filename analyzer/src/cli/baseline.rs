//! `baseline`: the verbs that work with baselines. Each has a file of its own below.
//!
//! Must not do: judge, or understand a baseline.

mod lint;
mod test;

use std::path::Path;

use clap::{Args, Subcommand};
use mlx5_schemas::bundle::trust::AllowedSigners;

use super::Common;
use super::run::{Edge, Outcome};

pub use lint::{LintArgs, LintFormat};
pub use test::TestArgs;

/// Arguments of `baseline`.
#[derive(Debug, Args)]
pub struct BaselineArgs {
    /// What to do.
    #[command(subcommand)]
    pub verb: BaselineVerb,
}

/// What to do with baselines.
#[derive(Debug, Subcommand)]
pub enum BaselineVerb {
    /// Find what is wrong with baselines, and what does not do what it seems to.
    ///
    /// Exit: 0 nothing but advice; 1 something is wrong; 2 a file cannot be read.
    Lint(LintArgs),
    /// Say whether baselines judge known bundles as a file of tests expects.
    ///
    /// Exit: 0 all expectations held; 1 some did not; 2 trouble.
    Test(TestArgs),
}

impl BaselineArgs {
    /// The options that every verb has but those that open no bundle.
    pub(super) fn common(&self) -> Option<&Common> {
        match &self.verb {
            BaselineVerb::Lint(_) => None,
            BaselineVerb::Test(args) => Some(&args.common),
        }
    }

    /// The catalog to decode by.
    pub(super) fn catalog(&self) -> Option<&Path> {
        match &self.verb {
            BaselineVerb::Lint(args) => args.catalog.as_deref(),
            BaselineVerb::Test(args) => args.common.catalog.as_deref(),
        }
    }
}

/// Carries out a verb.
pub(super) fn run(
    args: &BaselineArgs,
    allowed: Option<&AllowedSigners>,
    edge: Edge<'_>,
) -> Result<Outcome, String> {
    match &args.verb {
        BaselineVerb::Lint(args) => lint::run(args, edge),
        BaselineVerb::Test(args) => test::run(args, allowed, edge),
    }
}
