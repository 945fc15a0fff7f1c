//! `baseline merge`.
//!
//! Must not do: settle a conflict.

use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};

use super::super::run::{Edge, Outcome, TROUBLE, words};
use super::make::finish;
use super::output::Output;
use crate::baseline;
use crate::envelope::merge::{self, MergeError};

/// Exit code when the two do not agree, and nothing was written.
const DISAGREE: u8 = 1;

/// Arguments of `baseline merge`.
#[derive(Debug, Args)]
pub struct MergeArgs {
    /// The first baseline.
    pub first: PathBuf,
    /// The second one.
    pub second: PathBuf,
    /// The side that counts where they do not agree.
    #[arg(long, value_enum, value_name = "SIDE")]
    pub prefer: Option<Prefer>,
    /// Where it goes.
    #[command(flatten)]
    pub output: Output,
    /// Take names from this catalog: a folder with mstflint's files, or a file of `catalog import`.
    #[arg(long, value_name = "PATH")]
    pub catalog: Option<PathBuf>,
}

/// A side.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Prefer {
    /// The first file.
    First,
    /// The second file.
    Second,
}

/// Carries it out.
pub(super) fn run(args: &MergeArgs, edge: Edge<'_>) -> Result<Outcome, String> {
    args.output.look()?;
    let load = |path: &Path| baseline::load_by(path, edge.catalog).map_err(|error| words(&error));
    let (first, second) = (load(&args.first)?, load(&args.second)?);
    let name = args.output.name(&first.baseline.name);
    // On standard output it is named as if it stood where it is asked for.
    let file = if args.output.is_stdout() { Path::new("merged") } else { args.output.output.as_path() };
    let options = merge::Options {
        name: &name,
        prefer: args.prefer.map(|side| match side {
            Prefer::First => merge::Prefer::First,
            Prefer::Second => merge::Prefer::Second,
        }),
        file,
        catalog: edge.catalog,
    };
    match merge::merge(&first, &second, options) {
        Ok(merged) => {
            let rules =
                if merged.rules == 1 { "1 rule".to_owned() } else { format!("{} rules", merged.rules) };
            let lines = std::iter::once(rules).chain(merged.notes.iter().map(|note| format!("  {note}")));
            finish(&args.output, merged.text, lines.collect(), 0, edge)
        }
        Err(MergeError::Conflicts(conflicts)) => {
            let lines = conflicts
                .iter()
                .map(|one| format!("{} and {}: {}", one.places[0], one.places[1], one.message));
            let last =
                "nothing was written; mend one of them, or say which counts: --prefer first, --prefer second";
            Ok(Outcome {
                output: String::new(),
                is_page: false,
                bundle: Vec::new(),
                troubles: lines.chain([last.to_owned()]).collect(),
                code: DISAGREE,
                code_if_unwritten: TROUBLE,
            })
        }
        Err(error @ (MergeError::Refused { .. } | MergeError::Write { .. })) => Err(words(&error)),
    }
}
