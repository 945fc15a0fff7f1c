//! The command line, and what each verb does with it.
//!
//! Results go to stdout, words about trouble to stderr; the two never mix. Must not do: read the environment, the
//! clock or files other than those named (the binary hands in the first two).

mod baseline;
mod catalog;
mod diff;
mod explain;
mod import;
mod judging;
mod report;
mod run;
mod triage;

use std::path::{Path, PathBuf};

use clap::{Args, Parser, Subcommand, ValueEnum};

pub use baseline::{
    BaselineArgs, BaselineDiffArgs, BaselineVerb, InitArgs, LearnArgs, LintArgs, LintFormat, MergeArgs,
    Output, Prefer, TestArgs,
};
pub use catalog::{CatalogArgs, CatalogVerb, KeepArgs, ListArgs, NameArgs};
pub use diff::{DiffArgs, ExportArgs};
pub use explain::ExplainArgs;
pub use import::ImportArgs;
pub use judging::Judging;
pub use report::ReportTo;
pub use run::{Edge, Outcome, run};
pub use triage::{AskArgs, ExpectArgs, KnownArgs, KnownVerb, TriageArgs};

/// Says from a bundle alone whether a ConnectX card is inside its declared envelope, outside it, or cannot be vouched for.
#[derive(Debug, Parser)]
#[command(name = "mlx5-analyzer", version, max_term_width = 100, after_help = EXAMPLES)]
pub struct Cli {
    /// What to do.
    #[command(subcommand)]
    pub verb: Verb,
}

const EXAMPLES: &str = "\
Examples:
  mlx5-analyzer triage sosreport-HOST.tar.xz
  mlx5-analyzer expect query.txt NUM_OF_VFS=16 LINK_TYPE_P1=ETH
  mlx5-analyzer verify BUNDLE --allowed-signers allowed_signers
  mlx5-analyzer show BUNDLE NUM_OF_VFS 'LINK_TYPE_P*'
  mlx5-analyzer diff BEFORE AFTER
  mlx5-analyzer export BUNDLE 'nv/**' --view default -o golden.txt
  mlx5-analyzer check BUNDLE
  mlx5-analyzer check BUNDLE --baseline baseline.json
  mlx5-analyzer check BUNDLE --baseline baseline.json --report html=report.html --report sarif=report.sarif
  mlx5-analyzer check BUNDLE --baseline baseline.json --waivers waivers.json
  mlx5-analyzer explain FINDING BUNDLE --baseline baseline.json
  mlx5-analyzer import sosreport-HOST.tar.xz query.txt -o ticket.zip";

/// What to do.
#[derive(Debug, Subcommand)]
pub enum Verb {
    /// Say whether a bundle is intact, and whose it is.
    ///
    /// Exit: 0 intact and signed by a key that you named; 1 intact, but unsigned or signed by another key; 2 broken or
    /// unreadable.
    Verify(VerifyArgs),
    /// Show what a bundle holds: a summary, or the facts that patterns take.
    ///
    /// Exit: 0 shown; 2 trouble.
    Show(ShowArgs),
    /// Compare two bundles, texts or exported texts, fact by fact.
    ///
    /// What one side says and the other did not read is neither the same nor different. Exit: 0 same; 1 different; 2
    /// trouble, or nothing differs that could be compared and not all of it could.
    Diff(DiffArgs),
    /// Write facts as a sorted text to be committed to git and compared with `diff`.
    ///
    /// Exit: 0 written; 2 trouble, also where a pattern takes nothing.
    Export(ExportArgs),
    /// Judge bundles against baselines; without one, tell what differs from factory and what advice there is.
    ///
    /// Exit: 1 something is outside or pending; else 2 trouble; else 3 something cannot be vouched for; else 0. Without a
    /// baseline: 0, or 2 trouble.
    Check(CheckArgs),
    /// Tell everything about one finding of `check`, down to the bytes.
    ///
    /// Exit: 0 told; 2 trouble, or no such finding.
    Explain(ExplainArgs),
    /// List, show and import the catalog: what is known of TLVs, registers and capability pages.
    Catalog(CatalogArgs),
    /// Make a bundle of texts, sos reports, sysinfo-snapshots and other archives, marked as imported.
    ///
    /// Exit: 0 made; 1 made, but something wanted is missing (an archive ends too early); 2 not made.
    Import(ImportArgs),
    /// Tell on one screen per card what a ticket's files say, and what to ask for next.
    ///
    /// Exit: 0 shown; 2 trouble.
    Triage(TriageArgs),
    /// Print the commands that would close the gaps; all of them only read.
    ///
    /// Exit: 0 shown; 2 trouble.
    Ask(AskArgs),
    /// Say whether settings took: is the value in force, waiting for a reset, or neither?
    ///
    /// Exit: 0 all took; 1 something waits or was not set; 2 trouble; 3 something was not read.
    Expect(ExpectArgs),
    /// List, show and check known issues.
    Known(KnownArgs),
    /// Work with baselines: find what is wrong with one, try it on bundles.
    Baseline(BaselineArgs),
}

/// How results look.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// For people.
    Text,
    /// For programs (JSON, schema mlx5-report).
    Json,
}

/// Options of every verb.
#[derive(Debug, Args)]
pub struct Common {
    /// How results look.
    #[arg(long, value_enum, default_value = "text")]
    pub format: Format,
    /// OpenSSH allowed_signers file with the keys that you trust.
    #[arg(long, value_name = "FILE")]
    pub allowed_signers: Option<PathBuf>,
    /// Decode by this catalog: a folder with mstflint's files, or a file of `catalog import`.
    #[arg(long, value_name = "PATH")]
    pub catalog: Option<PathBuf>,
}

/// Arguments of `verify`.
#[derive(Debug, Args)]
pub struct VerifyArgs {
    /// The bundle, or text of mlxconfig.
    pub bundle: PathBuf,
    /// Options of every verb.
    #[command(flatten)]
    pub common: Common,
}

/// Arguments of `show`.
#[derive(Debug, Args)]
pub struct ShowArgs {
    /// The bundle, or text of mlxconfig.
    pub bundle: PathBuf,
    /// Patterns over paths and aliases: `*` within a step, `**` across steps, `?` one character; brackets are indexes.
    #[arg(value_name = "PATTERN")]
    pub patterns: Vec<String>,
    /// Also show the bytes behind each fact.
    #[arg(long)]
    pub raw: bool,
    /// Options of every verb.
    #[command(flatten)]
    pub common: Common,
}

/// Arguments of `check`.
#[derive(Debug, Args)]
pub struct CheckArgs {
    /// The bundles, or texts of mlxconfig.
    #[arg(required_unless_present = "explain", value_name = "BUNDLE")]
    pub bundles: Vec<PathBuf>,
    /// What they are judged by.
    #[command(flatten)]
    pub judging: Judging,
    /// Check nothing; print a rule of the baselines as it is understood, by its name (BASELINE/RULE) or its id.
    #[arg(long, value_name = "RULE", conflicts_with = "bundles")]
    pub explain: Option<String>,
    /// Also write a report: text, json, markdown, html, sarif, junit, gitlab, xccdf, github or oneline. Repeat it for
    /// several; `-` is standard output, in place of the page.
    #[arg(long = "report", value_name = "FORMAT=FILE", value_parser = ReportTo::parse)]
    pub reports: Vec<ReportTo>,
    /// Print one line, for a ticket's subject, in place of the page.
    #[arg(long, conflicts_with = "format")]
    pub oneline: bool,
    /// Options of every verb.
    #[command(flatten)]
    pub common: Common,
}

impl Verb {
    /// The file with the keys that the user trusts.
    pub fn allowed_signers(&self) -> Option<&PathBuf> {
        self.common().and_then(|common| common.allowed_signers.as_ref())
    }

    /// The catalog to decode by.
    pub fn catalog(&self) -> Option<&Path> {
        match self {
            Self::Baseline(args) => args.catalog(),
            Self::Verify(_)
            | Self::Show(_)
            | Self::Diff(_)
            | Self::Export(_)
            | Self::Check(_)
            | Self::Explain(_)
            | Self::Catalog(_)
            | Self::Import(_)
            | Self::Triage(_)
            | Self::Ask(_)
            | Self::Expect(_)
            | Self::Known(_) => self.common().and_then(|common| common.catalog.as_deref()),
        }
    }

    /// The options that every verb has but those that open no bundle.
    fn common(&self) -> Option<&Common> {
        Some(match self {
            Self::Verify(args) => &args.common,
            Self::Show(args) => &args.common,
            Self::Diff(args) => &args.common,
            Self::Export(args) => &args.common,
            Self::Check(args) => &args.common,
            Self::Explain(args) => &args.common,
            Self::Catalog(args) => args.common(),
            Self::Import(args) => &args.common,
            Self::Triage(args) => &args.common,
            Self::Ask(args) => &args.common,
            Self::Expect(args) => &args.common,
            Self::Known(args) => args.common(),
            Self::Baseline(args) => return args.common(),
        })
    }
}
