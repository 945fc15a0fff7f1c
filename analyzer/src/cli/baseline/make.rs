//! `baseline init` and `baseline learn`.
//!
//! Must not do: decide what a baseline says.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use clap::Args;
use mlx5_schemas::bundle::trust::AllowedSigners;

use super::super::run::{Edge, Outcome, TROUBLE, open, page, words};
use super::super::{Common, Format};
use super::output::Output;
use crate::envelope::init;
use crate::envelope::learn::{self, Accept, LearnError};
use crate::pattern::Pattern;
use crate::render::Style;

/// Exit code when a baseline was written, and a bundle that it was made of is not inside it.
const NOT_INSIDE: u8 = 1;

/// Arguments of `baseline init`.
#[derive(Debug, Args)]
pub struct InitArgs {
    /// The bundle, or text of mlxconfig.
    pub bundle: PathBuf,
    /// About the host's kernel (taint, lockdown, modules) in place of the cards.
    #[arg(long)]
    pub host: bool,
    /// Where it goes.
    #[command(flatten)]
    pub output: Output,
    /// Options of every verb.
    #[command(flatten)]
    pub common: Common,
}

/// Arguments of `baseline learn`.
#[derive(Debug, Args)]
pub struct LearnArgs {
    /// Bundles that are known to be good.
    #[arg(required = true, value_name = "BUNDLE")]
    pub bundles: Vec<PathBuf>,
    /// About what the kernel tells (host, drivers, PCI) in place of what the cards' firmware says.
    #[arg(long)]
    pub host: bool,
    /// Learn only what this pattern takes; repeatable. Capabilities are learnt only so: --only 'cap/**'.
    #[arg(long, value_name = "PATTERN")]
    pub only: Vec<String>,
    /// Do not learn what this pattern takes; repeatable.
    #[arg(long, value_name = "PATTERN")]
    pub ignore: Vec<String>,
    /// Learn although this is against a bundle, with commas between: tainted, claimed, reported, incomplete, unsigned,
    /// untrusted, pending; broken passes over what cannot be opened. The file says what was accepted.
    #[arg(long, value_name = "WORD,…", value_delimiter = ',', value_parser = Accept::parse)]
    pub accept: Vec<Accept>,
    /// Where it goes.
    #[command(flatten)]
    pub output: Output,
    /// Options of every verb.
    #[command(flatten)]
    pub common: Common,
}

/// Carries out `baseline init`.
pub(super) fn run_init(
    args: &InitArgs,
    allowed: Option<&AllowedSigners>,
    edge: Edge<'_>,
) -> Result<Outcome, String> {
    one_form(&args.common)?;
    args.output.look()?;
    let case = open(&args.bundle, allowed, edge)?;
    let name = args.output.name("begun");
    let options = init::Options { name: &name, of_host: args.host, catalog: edge.catalog };
    let begun = init::init(case, options).map_err(|error| words(&error))?;
    let rules = if begun.rules == 1 { "1 rule".to_owned() } else { format!("{} rules", begun.rules) };
    let mut lines = vec![match begun.not_inside.is_empty() {
        true => format!("{rules}; the bundle is inside"),
        false => format!("{rules}; the bundle is not inside"),
    }];
    lines.extend(begun.not_inside.iter().map(|line| format!("  {line}")));
    let code = if begun.not_inside.is_empty() { 0 } else { NOT_INSIDE };
    finish(&args.output, begun.text, lines, code, edge)
}

/// Carries out `baseline learn`.
pub(super) fn run_learn(
    args: &LearnArgs,
    allowed: Option<&AllowedSigners>,
    edge: Edge<'_>,
) -> Result<Outcome, String> {
    one_form(&args.common)?;
    args.output.look()?;
    let patterns =
        |texts: &[String]| -> Vec<Pattern> { texts.iter().map(|text| Pattern::new(text)).collect() };
    let (only, ignore) = (patterns(&args.only), patterns(&args.ignore));
    let accepted: BTreeSet<Accept> = args.accept.iter().copied().collect();
    let name = args.output.name("learnt");
    let options = learn::Options {
        name: &name,
        of_host: args.host,
        only: &only,
        ignore: &ignore,
        accepted: &accepted,
        has_signers: allowed.is_some(),
        catalog: edge.catalog,
    };
    let open = |path: &Path| open(path, allowed, edge);
    let learnt = match learn::learn(&args.bundles, &open, options) {
        Ok(learnt) => learnt,
        Err(LearnError::Refused(lines)) => {
            return Ok(Outcome {
                output: String::new(),
                is_page: false,
                bundle: Vec::new(),
                troubles: lines,
                code: TROUBLE,
                code_if_unwritten: TROUBLE,
            });
        }
        Err(error @ (LearnError::Nothing { .. } | LearnError::Defect { .. } | LearnError::Write { .. })) => {
            return Err(words(&error));
        }
    };
    let lines = learnt.lines();
    let code = if learnt.not_inside.is_empty() { 0 } else { NOT_INSIDE };
    finish(&args.output, learnt.text, lines, code, edge)
}

/// A baseline has one form.
pub(super) fn one_form(common: &Common) -> Result<(), String> {
    match common.format {
        Format::Text => Ok(()),
        Format::Json => Err("a baseline is JSON in any case: leave --format out".to_owned()),
    }
}

/// Writes the baseline; what is said of it goes to standard output, or beside it where the baseline itself goes there.
pub(super) fn finish(
    output: &Output,
    text: String,
    lines: Vec<String>,
    code: u8,
    edge: Edge<'_>,
) -> Result<Outcome, String> {
    output.write(&text)?;
    let (output, troubles, is_page) = match output.is_stdout() {
        true => (text, lines, false),
        false => {
            let said = page(Format::Text, edge, |page| {
                for (place, line) in lines.iter().enumerate() {
                    let file = output.output.display();
                    let line = if place == 0 { format!("{file}: {line}") } else { line.clone() };
                    page.hung(Style::Plain, &line);
                }
            });
            (said.unwrap_or_default(), Vec::new(), true)
        }
    };
    Ok(Outcome { output, is_page, bundle: Vec::new(), troubles, code, code_if_unwritten: TROUBLE })
}
