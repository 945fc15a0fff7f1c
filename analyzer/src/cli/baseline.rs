//! `baseline`: the verbs that work with baselines. Each has a file of its own below.
//!
//! Must not do: judge, or understand a baseline.

mod compare;
mod lint;
mod make;
mod merge;
mod output;
mod test;

use std::path::Path;

use clap::{Args, Subcommand};
use mlx5_schemas::bundle::trust::AllowedSigners;

use super::Common;
use super::run::{Edge, Outcome};

pub use compare::BaselineDiffArgs;
pub use lint::{LintArgs, LintFormat};
pub use make::{InitArgs, LearnArgs};
pub use merge::{MergeArgs, Prefer};
pub use output::Output;
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
    /// Begin a baseline from a bundle, with comments and places to fill in.
    ///
    /// Exit: 0 written, and the bundle is inside it; 1 written, and it is not; 2 not written.
    Init(InitArgs),
    /// Learn a baseline from bundles that are known to be good.
    ///
    /// Exit: 0 written, and all of them are inside it; 1 written, and some are not; 2 not written.
    Learn(LearnArgs),
    /// Say what a change of a baseline changes of the envelope, rule by rule.
    ///
    /// Exit: 0 they say the same; 1 they do not; 2 trouble.
    Diff(BaselineDiffArgs),
    /// Find what is wrong with baselines, and what does not do what it seems to.
    ///
    /// Exit: 0 nothing but advice; 1 something is wrong; 2 a file cannot be read.
    Lint(LintArgs),
    /// Say whether baselines judge known bundles as a file of tests expects.
    ///
    /// Exit: 0 all expectations held; 1 some did not; 2 trouble.
    Test(TestArgs),
    /// Make one baseline of two.
    ///
    /// Exit: 0 written; 1 the two do not agree, and nothing was written; 2 trouble.
    Merge(MergeArgs),
}

impl BaselineArgs {
    /// The options that every verb has but those that open no bundle.
    pub(super) fn common(&self) -> Option<&Common> {
        match &self.verb {
            BaselineVerb::Test(args) => Some(&args.common),
            BaselineVerb::Init(args) => Some(&args.common),
            BaselineVerb::Learn(args) => Some(&args.common),
            BaselineVerb::Diff(_) | BaselineVerb::Lint(_) | BaselineVerb::Merge(_) => None,
        }
    }

    /// The catalog to decode by.
    pub(super) fn catalog(&self) -> Option<&Path> {
        match &self.verb {
            BaselineVerb::Init(args) => args.common.catalog.as_deref(),
            BaselineVerb::Learn(args) => args.common.catalog.as_deref(),
            BaselineVerb::Diff(args) => args.catalog.as_deref(),
            BaselineVerb::Lint(args) => args.catalog.as_deref(),
            BaselineVerb::Test(args) => args.common.catalog.as_deref(),
            BaselineVerb::Merge(args) => args.catalog.as_deref(),
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
        BaselineVerb::Init(args) => make::run_init(args, allowed, edge),
        BaselineVerb::Learn(args) => make::run_learn(args, allowed, edge),
        BaselineVerb::Diff(args) => compare::run(args, edge),
        BaselineVerb::Lint(args) => lint::run(args, edge),
        BaselineVerb::Test(args) => test::run(args, allowed, edge),
        BaselineVerb::Merge(args) => merge::run(args, edge),
    }
}
