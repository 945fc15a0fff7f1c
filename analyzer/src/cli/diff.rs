//! `diff` and `export`.
//!
//! Must not do: replace a file by half of one. An exported text is written whole, or not at all.

use std::fs::File;
use std::io::{ErrorKind, Read, Write};
use std::path::{Path, PathBuf};

use clap::Args;
use mlx5_schemas::bundle::trust::AllowedSigners;
use mlx5_schemas::model::fact::View;
use mlx5_schemas::model::report::{DiffOutcome, ReportResult};

use super::import::{folder, pending_in};
use super::run::{Edge, Outcome, TROUBLE, finish, open, page, words};
use super::{Common, Format};
use crate::diff::{HandPair, Options, Selection};
use crate::pattern::Pattern;
use crate::render::Style;
use crate::{case, diff, golden, render};

/// Arguments of `diff`.
#[derive(Debug, Args)]
#[command(after_help = DIFF_EXAMPLES)]
pub struct DiffArgs {
    /// The first bundle, text, or exported text.
    pub left: PathBuf,
    /// The second one.
    pub right: PathBuf,
    /// Compare NV configuration in this view alone: default, current or next.
    #[arg(long, value_name = "VIEW", value_parser = parse_view)]
    pub view: Option<View>,
    /// Compare only what this pattern takes; repeatable. `*` within a step, `**` across steps, `?` one character.
    #[arg(long, value_name = "PATTERN")]
    pub only: Vec<String>,
    /// Do not compare what this pattern takes; repeatable.
    #[arg(long, value_name = "PATTERN")]
    pub ignore: Vec<String>,
    /// List what changes by itself too (temperatures, counters, clocks, the log); it never counts.
    #[arg(long)]
    pub volatile: bool,
    /// Compare this card of the first with that card of the second; repeatable.
    #[arg(long = "pair", value_name = "LEFT=RIGHT", value_parser = HandPair::parse)]
    pub pairs: Vec<HandPair>,
    /// Print a unified diff of the two as exported texts.
    #[arg(long, conflicts_with = "format")]
    pub unified: bool,
    /// Options of every verb.
    #[command(flatten)]
    pub common: Common,
}

const DIFF_EXAMPLES: &str = "\
Examples:
  mlx5-analyzer diff BEFORE AFTER
  mlx5-analyzer diff OLD-FIRMWARE NEW-FIRMWARE --view default
  mlx5-analyzer diff golden.txt BUNDLE
  mlx5-analyzer diff HOST-A HOST-B --pair 3b:00.0=5e:00.0 --ignore 'fw/base_*'";

/// Arguments of `export`.
#[derive(Debug, Args)]
#[command(after_help = EXPORT_EXAMPLES)]
pub struct ExportArgs {
    /// The bundle or text.
    pub bundle: PathBuf,
    /// What to export; everything where there is no pattern.
    #[arg(value_name = "PATTERN")]
    pub patterns: Vec<String>,
    /// NV configuration in this view alone: default, current or next.
    #[arg(long, value_name = "VIEW", value_parser = parse_view)]
    pub view: Option<View>,
    /// Leave out what this pattern takes; repeatable.
    #[arg(long, value_name = "PATTERN")]
    pub ignore: Vec<String>,
    /// Also what changes by itself (temperatures, counters, clocks, the log).
    #[arg(long)]
    pub volatile: bool,
    /// Also what names one card among others of its kind (serial number, MAC, GUID).
    #[arg(long)]
    pub identity: bool,
    /// The file to write; an exported text that is there is replaced, no other file is. `-` is standard output.
    #[arg(short, long, value_name = "FILE", default_value = STDOUT)]
    pub output: PathBuf,
    /// Options of every verb.
    #[command(flatten)]
    pub common: Common,
}

const EXPORT_EXAMPLES: &str = "\
Examples:
  mlx5-analyzer export BUNDLE 'nv/**' --view default -o golden.txt
  mlx5-analyzer export BUNDLE 'LINK_TYPE_P*' NUM_OF_VFS SRIOV_EN
  mlx5-analyzer diff golden.txt BUNDLE";

/// The name that means standard output.
const STDOUT: &str = "-";

fn parse_view(text: &str) -> Result<View, String> {
    View::ALL
        .into_iter()
        .find(|view| view.word() == text)
        .ok_or_else(|| format!("the views are {}", View::ALL.map(View::word).join(", ")))
}

fn patterns(texts: &[String]) -> Vec<Pattern> {
    texts.iter().map(|text| Pattern::new(text)).collect()
}

/// Carries out `diff`.
pub(super) fn run_diff(
    args: &DiffArgs,
    allowed: Option<&AllowedSigners>,
    edge: Edge<'_>,
) -> Result<Outcome, String> {
    let open = |path: &Path| case::open(path, allowed, edge.now).map_err(|error| words(&error));
    let (left, right) = (open(&args.left)?, open(&args.right)?);
    let options = Options {
        selection: Selection {
            view: args.view,
            only: patterns(&args.only),
            ignore: patterns(&args.ignore),
            volatile: args.volatile,
            identity: false,
        },
        pairs: args.pairs.clone(),
        unified: args.unified,
    };
    let diffed = diff::diff_with(left, right, &options, edge.catalog).map_err(|error| words(&error))?;
    let report = diffed.report;
    let code = match report.outcome {
        DiffOutcome::Same => 0,
        DiffOutcome::Different => 1,
        DiffOutcome::Undecided => TROUBLE,
    };
    let page = match diffed.unified {
        Some(text) => page(args.common.format, edge, |page| render::unified(page, &text, &report)),
        None => page(args.common.format, edge, |page| render::diff(page, &report)),
    };
    finish(edge, page, ReportResult::Diff(report), code)
}

/// Carries out `export`.
pub(super) fn run_export(
    args: &ExportArgs,
    allowed: Option<&AllowedSigners>,
    edge: Edge<'_>,
) -> Result<Outcome, String> {
    if args.common.format == Format::Json {
        return Err("export writes one form, which is text; show --format json has the same facts".to_owned());
    }
    // Before anything is read, so that a name that is taken is known at once.
    let to_stdout = args.output == Path::new(STDOUT);
    if !to_stdout {
        may_write(&args.output)?;
    }
    let case = open(&args.bundle, allowed, edge)?;
    let selection = Selection {
        view: args.view,
        only: patterns(&args.patterns),
        ignore: patterns(&args.ignore),
        volatile: args.volatile,
        identity: args.identity,
    };
    let exported = golden::write(&case, &selection, edge.catalog).map_err(|error| words(&error))?;
    let told = format!("{}: {exported}", args.output.display());
    let output = match to_stdout {
        false => {
            write_file(&args.output, &exported.text)?;
            page(args.common.format, edge, |page| page.line(Style::Plain, &told)).unwrap_or_default()
        }
        true => exported.text,
    };
    Ok(Outcome {
        output,
        is_page: false,
        bundle: Vec::new(),
        troubles: Vec::new(),
        code: 0,
        code_if_unwritten: TROUBLE,
    })
}

/// Whether a file may be written: it is not there, or is an exported text.
fn may_write(path: &Path) -> Result<(), String> {
    let shown = path.display();
    let mut head = Vec::new();
    let length = u64::try_from(golden::FORMAT.len()).unwrap_or(u64::MAX);
    let read = File::open(path).and_then(|file| file.take(length).read_to_end(&mut head));
    match read {
        Ok(_) if head == golden::FORMAT.as_bytes() => Ok(()),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(()),
        Ok(_) => {
            Err(format!("{shown} exists, and does not begin with {}; name another file", golden::FORMAT))
        }
        Err(error) => Err(format!("{shown}: what is there cannot be read: {error}")),
    }
}

/// The file gets its name when it is whole; who may read it stays as it was.
fn write_file(path: &Path, text: &str) -> Result<(), String> {
    let shown = path.display();
    let cannot = |error: std::io::Error| format!("{shown}: the text cannot be written: {error}");
    let mut file = pending_in(folder(path)).map_err(cannot)?;
    if let Ok(found) = path.metadata() {
        file.as_file().set_permissions(found.permissions()).map_err(cannot)?;
    }
    file.write_all(text.as_bytes()).and_then(|()| file.as_file().sync_all()).map_err(cannot)?;
    file.persist(path).map(|_| ()).map_err(|error| cannot(error.error))
}
